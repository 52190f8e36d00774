"""When to try again, and after how long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mn_notebook.domain.events import ErrorInfo
from mn_notebook.domain.policies import ONCE, STEADY, retry_delay, retry_of
from mn_notebook.domain.workflow import Retry
from tests.unit.domain.journals import ERROR, FATAL, python, tool


@pytest.mark.parametrize(
    ("effect", "retry"), [("read", STEADY), ("idempotent", STEADY), ("write", ONCE)]
)
def test_what_writes_is_tried_once_unless_it_says_otherwise(effect: str, retry: Retry):
    """The default follows the effect."""
    assert retry_of(tool("a"), effect) == retry  # type: ignore[arg-type]


def test_a_step_that_says_how_often_is_believed():
    """Its own word comes first."""
    mine = Retry(attempts=7)
    assert retry_of(python("a", retry=mine), "write") is mine


def test_what_cannot_be_helped_is_not_tried_again():
    """A permanent error ends the chain at once."""
    assert retry_delay(Retry(attempts=9), FATAL, 1, "s") is None


@given(
    attempts=st.integers(1, 100),
    backoff=st.floats(0, 100),
    most=st.floats(0, 200),
    failures=st.integers(1, 200),
    seed=st.text(),
    asked=st.none() | st.floats(0, 1000),
)
def test_a_delay_is_bounded_and_repeats_with_its_seed(
    attempts: int, backoff: float, most: float, failures: int, seed: str, asked: float | None
):
    """Never more than the longest backoff or what the other side asked for; never a surprise."""
    retry = Retry(attempts=attempts, backoff_seconds=backoff, max_backoff_seconds=most)
    error = ErrorInfo(type="T", message="m", retry_after_seconds=asked)
    delay = retry_delay(retry, error, failures, seed)
    assert (delay is None) == (failures >= attempts)
    if delay is not None:
        assert (asked or 0.0) <= delay <= max(most, asked or 0.0)
        assert delay >= min(backoff, most) * 0.75
        assert delay == retry_delay(retry, error, failures, seed)


def test_the_delay_doubles_up_to_its_bound():
    """Three quarters of it at least."""
    retry = Retry(attempts=10, backoff_seconds=2, max_backoff_seconds=10)
    delays = [retry_delay(retry, ERROR, failures, "s") or 0.0 for failures in (1, 2, 3, 4)]
    for delay, most in zip(delays, (2, 4, 8, 10), strict=True):
        assert most * 0.75 <= delay <= most
