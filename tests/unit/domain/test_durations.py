"""Durations are written as people say them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mn_notebook.domain.durations import parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("2s", 2), ("5m", 300), ("1h30m", 5400), ("1.5h", 5400), ("500ms", 0.5), ("1w", 604800)],
)
def test_duration_has_seconds(text: str, seconds: float) -> None:
    """Each unit counts what it should."""
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "5", "m", "5 m", "-5m", "5y", "1h 30m", "9999999w", "٣s"])
def test_wrong_duration_is_refused(text: str) -> None:
    """Anything else says what a duration is."""
    with pytest.raises(ValueError, match="expected a duration"):
        parse_duration(text)


@given(st.text(max_size=12))
def test_any_text_is_a_duration_or_a_value_error(text: str) -> None:
    """Nothing else comes out."""
    try:
        assert parse_duration(text) >= 0
    except ValueError:
        return
