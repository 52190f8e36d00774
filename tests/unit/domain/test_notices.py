"""Quiet hours: every minute of a day is in them or in the hours beside them."""

from datetime import UTC, datetime, time

from hypothesis import assume, given
from hypothesis import strategies as st

from mn_notebook.domain.notices import QuietHours

MINUTES = st.builds(time, st.integers(0, 23), st.integers(0, 59))


@given(MINUTES, MINUTES, MINUTES)
def test_a_minute_is_quiet_or_loud(begin: time, end: time, now: time) -> None:
    """Over midnight, too; the first minute is quiet, and the one at the end is not."""
    assume(begin != end)
    quiet, loud = QuietHours(begin, end), QuietHours(end, begin)
    at = datetime(2026, 3, 29, now.hour, now.minute, tzinfo=UTC)
    assert quiet.contain(at) is not loud.contain(at)
    assert quiet.contain(datetime.combine(at, begin))
    assert not quiet.contain(datetime.combine(at, end))
    assert QuietHours.read(str(quiet)) == quiet
