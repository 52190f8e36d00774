"""A clock that moves when it is told to, a loop that tells it, and ids that repeat with a seed."""

import asyncio
import selectors
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from typing_extensions import override

_START = datetime(2030, 1, 1, tzinfo=UTC)
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
_ID_LENGTH = 16
_SAME_MOMENT_SECONDS = 1e-6
"""Timers that are nearer than this are due together."""


class FakeClock:
    """Time that passes only when somebody says so; for several loops, one after the other."""

    def __init__(self, start: datetime = _START) -> None:
        """Begin at ``start``, with 0 on the monotonic side."""
        self._start = start
        self._seconds = 0.0

    def now(self) -> datetime:
        """Return the time of day, aware, in UTC."""
        return self._start + timedelta(seconds=self._seconds)

    def monotonic(self) -> float:
        """Return the seconds that have passed."""
        return self._seconds

    async def sleep(self, seconds: float) -> None:
        """Wait, in the loop's time."""
        await asyncio.sleep(seconds)  # noqa: TID251 - this is what the port's double is made of

    def advance(self, seconds: float) -> None:
        """Let time pass on both sides."""
        self._seconds += seconds

    def jump(self, seconds: float) -> None:
        """Put the time of day forward, or back; the monotonic side knows nothing of it."""
        self._start += timedelta(seconds=seconds)


class SequentialIds:
    """Names that are new, repeatable, and tell by their first letters who made them."""

    def __init__(self, prefix: str = "id") -> None:
        """Begin every name with ``prefix``."""
        self._prefix = prefix
        self._made = 0

    def new(self) -> str:
        """Return the next name."""
        self._made += 1
        number, letters = self._made, ""
        while number:
            number, rest = divmod(number, len(_ALPHABET))
            letters = _ALPHABET[rest] + letters
        return self._prefix + letters.rjust(_ID_LENGTH - len(self._prefix), _ALPHABET[0])


class NothingWillHappen(AssertionError):
    """Every task of a virtual loop waits, and no timer is set."""


class _VirtualSelector(selectors.BaseSelector):
    """Lets the clock jump to the next timer where a real selector would sleep."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self._keys: dict[Any, selectors.SelectorKey] = {}

    @override
    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        key = selectors.SelectorKey(fileobj, 0, events, data)
        self._keys[fileobj] = key
        return key

    @override
    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._keys.pop(fileobj)

    @override
    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise NothingWillHappen("every task waits, and no timer is set")
        self._clock.advance(max(0.0, timeout))
        return []

    @override
    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._keys


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """A loop for one thread in which waiting costs no time.

    Nothing but timers and callbacks can wake it: it listens to no socket and to no other thread.
    """

    def __init__(self, clock: FakeClock) -> None:
        """Move ``clock``."""
        super().__init__(_VirtualSelector(clock))
        self._virtual_clock = clock
        self._clock_resolution = _SAME_MOMENT_SECONDS

    @override
    def time(self) -> float:
        """Return the clock's monotonic seconds."""
        return self._virtual_clock.monotonic()
