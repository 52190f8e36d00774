"""Tells when time has come to a run, by the clock of the day and by one that nobody puts back."""

from datetime import datetime, timedelta

from mn_notebook.domain.planning import times_of
from mn_notebook.domain.state import RunState
from mn_notebook.ports import Clock

_LINGER = timedelta(seconds=30)
"""A run that time alone wakes within this stays loaded."""


class Alarm:
    """Knows what a run waits for, and of times that are near how long is left."""

    def __init__(self, clock: Clock) -> None:
        """Measure with ``clock``; nothing is waited for yet."""
        self._clock = clock
        self._wake_at: datetime | None = None
        self._near: dict[datetime, float] = {}
        """Times that were near when they were set, and the monotonic time at which they come."""

    def set(self, state: RunState, wake_at: datetime | None) -> None:
        """Wait until ``wake_at``, or for no time; what is near is measured from now on."""
        self._wake_at = wake_at
        if wake_at is None and not self._near:
            return
        now, monotonic = self._clock.now(), self._clock.monotonic()
        soon = now + _LINGER
        if not self._near and (wake_at is None or wake_at > soon):
            return
        known = self._near
        self._near = {
            at: known.get(at, monotonic + (at - now).total_seconds())
            for at in times_of(state)
            if at in known or at <= soon
        }

    def set_in(self, seconds: float) -> None:
        """Wait for so many seconds, whatever else was to be waited for."""
        self._wake_at = self._clock.now() + timedelta(seconds=seconds)
        self._near[self._wake_at] = self._clock.monotonic() + seconds

    def is_due(self) -> bool:
        """Tell whether time has come to what the run waits for."""
        if self._wake_at is None:
            return False
        return self._wake_at <= self._clock.now() or bool(self.come())

    def is_soon(self) -> bool:
        """Tell whether time alone wakes the run so soon that it should stay loaded."""
        return self._wake_at is not None and self._wake_at in self._near

    def come(self) -> frozenset[datetime]:
        """Return the near times that have been waited for."""
        if not self._near:
            return frozenset()
        monotonic = self._clock.monotonic()
        return frozenset(at for at, comes in self._near.items() if comes <= monotonic)
