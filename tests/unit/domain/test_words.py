"""Amounts, times and texts are said the same way everywhere, and never say too much."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mn_notebook.domain import words

NOW = datetime(2026, 7, 3, 14, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        (None, "unknown"),
        ("0", "$0.00"),
        ("0.5", "$0.50"),
        ("0.031", "$0.031"),
        ("0.07125", "$0.0713"),
        ("0.99996", "$1.00"),
        ("0.00001", "less than $0.0001"),
        ("1", "$1.00"),
        ("12.345", "$12.35"),
        ("1234567.8", "$1,234,567.80"),
        ("-0.05", "-$0.05"),
    ],
)
def test_money_shows_small_costs_exactly_enough(amount: str | None, said: str) -> None:
    """Cents of a cent are seen below a dollar, cents above."""
    assert words.money(None if amount is None else Decimal(amount)) == said


@given(st.decimals(0, 10_000, places=7))
def test_at_least_never_says_more_than_was_spent(amount: Decimal) -> None:
    """A floor is rounded down."""
    said = words.at_least(amount).removeprefix("at least $").replace(",", "")
    assert 0 <= amount - Decimal(said) < Decimal("0.01")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-3, "0 s"),
        (0, "0 s"),
        (0.04, "0 s"),
        (1.84, "1.8 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (41.2, "41 s"),
        (59.7, "1 min"),
        (188, "3 min 8 s"),
        (3600, "1 h"),
        (3605, "1 h"),
        (3840, "1 h 4 min"),
        (165_600, "1 d 22 h"),
    ],
)
def test_duration_uses_the_two_largest_units(seconds: float, said: str) -> None:
    """A length of time is read at a glance."""
    assert words.duration(seconds) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "now"), (188, "3 min 8 s ago"), (-165_600, "in 1 d 22 h")],
    ids=["now", "past", "future"],
)
def test_age_tells_past_from_future(seconds: int, said: str) -> None:
    """An age is said from now."""
    assert words.age(NOW - timedelta(seconds=seconds), NOW) == said


@given(st.text(st.characters(codec=None)))
def test_plain_text_holds_no_control_and_can_be_stored(text: str) -> None:
    """What is shown cannot steer a terminal, reverse a line or break a file."""
    shown = words.plain(text)
    assert shown.encode().decode() == shown
    assert not any(ord(letter) < 32 and letter not in "\n\t" for letter in shown)
    assert not set(shown) & {"\x7f", "\x9b", "\u202e", "\u2066"}


def test_what_is_taken_out_of_a_text_is_named() -> None:
    """A hidden letter is made visible, not dropped."""
    assert words.plain("pay \u202e100\x1b[2J\r\n") == "pay \\u202e100\\x1b[2J\n"


@given(st.text(), st.integers(1, 40))
def test_one_line_is_one_line_and_fits(text: str, width: int) -> None:
    """A text fits its place."""
    line = words.one_line(text, width)
    assert len(line) <= width
    assert len(line.splitlines()) <= 1
