"""The JSON of an event of some version means the same for ever."""

from typing import Any

import pytest
from pydantic import BaseModel

from mn_notebook.domain import events as e
from mn_notebook.domain.events import KINDS
from tests.golden.shapes import may_grow_to, recorded, shape_of, wrongs

RECORD = "python -m tests.golden.shapes"


def test_every_event_has_the_shape_that_its_version_was_recorded_with() -> None:
    """A shape that changes is another version."""
    assert wrongs(KINDS, recorded()) == [], f"what is new is recorded by: {RECORD}"


class Grown(e.RunPaused):
    """A field more, with a default."""

    because: str = ""


class Demanding(e.RunPaused):
    """A field more that must be given."""

    because: str


class Retyped(e.RunResumed):
    """A field of another type."""

    by: int  # type: ignore[assignment]


class Narrower(e.RunPauseRequested):
    """A field that could be left out and cannot any more."""

    because: str


@pytest.mark.parametrize(
    ("kind", "cls", "said"),
    [
        ("run.paused", Grown, "run.paused of version 1 has more fields: record it"),
        ("run.paused", Demanding, "run.paused of version 1 has another shape"),
        ("run.resumed", Retyped, "run.resumed of version 1 has another shape"),
        ("run.pause_requested", Narrower, "run.pause_requested of version 1 has another shape"),
    ],
)
def test_a_shape_that_changed_is_noticed(kind: str, cls: type[BaseModel], said: str) -> None:
    """Whatever is not read as before needs a version of its own; what only grew is recorded."""
    (found,) = wrongs({**KINDS, kind: cls}, recorded())
    assert found.startswith(said)


def test_an_inner_object_that_changed_is_noticed() -> None:
    """What an event holds belongs to its shape, defaults included: they are not written."""
    before: Any = shape_of(KINDS["run.failed"])
    now: Any = shape_of(KINDS["run.failed"])
    assert may_grow_to(before, now)
    now["$defs"]["ErrorInfo"]["properties"]["detail"]["default"] = "none"
    assert not may_grow_to(before, now)


def test_a_new_version_has_to_read_the_older_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """And to be recorded."""

    class Later(e.RunPaused):
        VERSION = 2
        because: str

    later = {**KINDS, "run.paused": Later}
    assert wrongs(later, recorded()) == [
        "run.paused: version 1 has no function in UPGRADES that reads it",
        "run.paused of version 2 is new: record it",
    ]
    monkeypatch.setitem(e.UPGRADES, ("run.paused", 1), lambda old: {**old, "because": ""})
    assert wrongs(later, recorded()) == ["run.paused of version 2 is new: record it"]


def test_an_event_that_is_gone_or_goes_back_is_noticed() -> None:
    """Kinds and versions are for ever."""
    known = recorded()
    known["run.dreamt"] = known["run.paused"]
    known["run.paused"] = {1: known["run.paused"][1], 2: {}}
    assert wrongs(KINDS, known) == [
        "run.dreamt is gone: what was written by it is unreadable",
        "run.paused: its VERSION went back from 2 to 1",
    ]
