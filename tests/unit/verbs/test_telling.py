"""Journals as sentences."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from mn_notebook.domain.events import (
    KINDS,
    ErrorInfo,
    ModelResponded,
    NoteAdded,
    Recorded,
    StepFailed,
)
from mn_notebook.domain.ids import CallId, RunId, StepPath
from mn_notebook.domain.messages import Price
from mn_notebook.domain.values import Stored
from mn_notebook.verbs.telling import WORDS, told

AT = datetime(2026, 7, 3, 14, 2, 5, tzinfo=UTC)


def test_every_kind_of_event_has_words() -> None:
    """A fact that can be recorded can be told."""
    assert set(WORDS) == set(KINDS)


def test_line_has_number_time_place_and_fact() -> None:
    """A line says which fact, when, where and what."""
    error = ErrorInfo(type="ValueError", message="no such ticker")
    event = StepFailed(path=StepPath("check[a]"), attempt=2, error=error, final=False)
    line = told(Recorded(run_id=RunId("r"), seq=7, at=AT, event=event))
    assert line == (
        "   7  14:02:05  check[a]: attempt 2 failed: no such ticker; it may be tried again"
    )


def test_untrusted_text_cannot_move_the_cursor() -> None:
    """What a tool printed is made harmless and kept on its line."""
    event = NoteAdded(path=StepPath("a"), text="x\x1b[2J\ny" * 200)
    line = told(Recorded(run_id=RunId("r"), seq=1, at=AT, event=event))
    assert "\x1b" not in line
    assert "\n" not in line
    assert len(line) < 200


@pytest.mark.parametrize(
    ("price", "scripted", "words"),
    [
        (Price(usd=None, source="unknown"), False, "price unknown"),
        (Price(usd=Decimal("0.02"), source="genai-prices 0.2.3"), False, "$0.02"),
        (Price(usd=Decimal(0), source="local"), False, "$0"),
        (Price(usd=Decimal(0), source="scripted"), True, "scripted"),
    ],
)
def test_answer_says_what_it_cost_or_that_nobody_knows(
    price: Price, scripted: bool, words: str
) -> None:
    """Unknown is never taken for nothing, nor a script for a model."""
    event = ModelResponded(
        path=StepPath("a"),
        call_id=CallId("a!1"),
        message=Stored(value={}),
        finish_reason="stop",
        model="m",
        provider="p",
        usage=None,
        price=price,
        latency_seconds=1.0,
        scripted=scripted,
    )
    line = told(Recorded(run_id=RunId("r"), seq=1, at=AT, event=event))
    assert f", {words}" in line
