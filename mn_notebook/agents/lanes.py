"""Keeps calls of a tool that is not thread-safe from ever being made side by side.

A call that timed out, or whose step was cancelled, goes on in its thread although nobody waits for
it any more: until that has ended, no other one begins.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from mn_notebook.agents.calling import Caller, Returned, call


class Turn:
    """The right to make one call."""

    def __init__(self, leave: Callable[[], None]) -> None:
        self._leave = leave
        self._begun = False

    def begin(self) -> Callable[[], None]:
        """Return what is to be called, from any thread, when the call has really ended."""
        self._begun = True
        return self._leave

    def end(self) -> None:
        """Give the turn back, unless a call was begun with it: that one's end does it."""
        if not self._begun:
            self._begun = True
            self._leave()


class Lane:
    """One call at a time, in all loops and threads of this process, in the order of asking."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        """Protects the queue from threads whose calls end while a loop looks at it."""
        self._busy = False
        self._turn: Turn | None = None
        self._waiting: deque[tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]] = deque()

    @property
    def busy(self) -> bool:
        """Tell whether a call is being made, also one that nobody waits for any more."""
        return self._busy

    async def take(self) -> Turn:
        """Wait for a turn; cancelling takes none."""
        loop = asyncio.get_running_loop()
        with self._lock:
            if not self._busy:
                return self._taken()
            mine: asyncio.Future[None] = loop.create_future()
            self._waiting.append((loop, mine))
        try:
            await mine
        except asyncio.CancelledError:
            with self._lock:
                queued = (loop, mine) in self._waiting
                if queued:
                    self._waiting.remove((loop, mine))
            if not queued:
                self._leave()  # It was handed over at this very moment.
            raise
        with self._lock:
            return self._taken()

    def through(self, caller: Caller) -> Caller:
        """Return a way of calling that holds the present turn until the call has really ended."""

        async def called(function: Callable[..., Any], arguments: Mapping[str, Any]) -> Returned:
            turn = self._turn
            if turn is None:
                return await caller(function, arguments)
            ended = turn.begin()
            if caller is call:
                return await call(function, arguments, ended=ended)
            try:
                return await caller(function, arguments)
            finally:
                ended()

        return called

    def _taken(self) -> Turn:
        self._busy = True
        self._turn = Turn(self._leave)
        return self._turn

    def _leave(self) -> None:
        """Hand the turn to the next one that waits, or to nobody."""
        with self._lock:
            self._turn = None
            while self._waiting:
                loop, next_one = self._waiting.popleft()
                # Where that loop has ended, nobody waits any more.
                with suppress(RuntimeError):
                    loop.call_soon_threadsafe(_hand_over, next_one, self._leave)
                    return
            self._busy = False


def _hand_over(waiting: "asyncio.Future[None]", leave: Callable[[], None]) -> None:
    if waiting.done():
        leave()
    else:
        waiting.set_result(None)


_LANES: dict[str, Lane] = {}


def lane_of(tool: str) -> Lane:
    """Return the lane of a tool; two tools of one name share it."""
    return _LANES.setdefault(tool, Lane())
