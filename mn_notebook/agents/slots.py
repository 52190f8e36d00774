"""Lets so many callers do something at once; the others wait, in the order in which they came."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext

from mn_notebook.ports import Clock

Untimed = Callable[[], AbstractContextManager[None]]
"""`mn_notebook.ports.Recorder.untimed` of the attempt that waits."""

PROMISE_SECONDS = 10.0
"""So long is a slot kept for an attempt whose start is being written."""


class Slots:
    """The slots of one thing: a model's server, or a tool. Lives in one loop.

    A holder has one slot at most, and giving back is harmless when it has none. Who waits is
    bounded by the attempts that the process may have under way.
    """

    def __init__(self, total: int, clock: Clock) -> None:
        self._total = total
        self._clock = clock
        self._held: set[str] = set()
        self._promised: dict[str, float] = {}
        """Until when, by holder."""
        self._waiting: deque[tuple[str, asyncio.Future[None]]] = deque()

    @property
    def busy(self) -> int:
        """Return how many slots are held or promised."""
        self._forget_void_promises()
        return len(self._held) + len(self._promised)

    def promise(self, holder: str) -> bool:
        """Keep a slot for a holder that will soon `take` it, if one is free at once.

        An attempt that is never launched never comes for it: the promise is void after a while.
        """
        if holder not in self._held and holder not in self._promised:
            if self._waiting or self.busy >= self._total:
                return False
            self._promised[holder] = self._clock.monotonic() + PROMISE_SECONDS
        return True

    @asynccontextmanager
    async def hold(self, holder: str, untimed: Untimed = nullcontext) -> AsyncIterator[None]:
        """Have a slot inside, and give it back whatever happens there; the queue is ``untimed``."""
        with untimed():
            await self.take(holder)
        try:
            yield
        finally:
            self.give_back(holder)

    async def take(self, holder: str) -> None:
        """Take the promised slot, or the next one that is free; cancelling takes none."""
        if self._promised.pop(holder, None) is None and (self._waiting or self.busy >= self._total):
            await self._wait(holder)
        self._held.add(holder)

    def give_back(self, holder: str) -> None:
        """Let the next one have the slot."""
        self._held.discard(holder)
        self._promised.pop(holder, None)
        self._hand_out()

    async def _wait(self, holder: str) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((holder, turn))
        try:
            while not turn.done():
                await asyncio.wait([turn], timeout=self._seconds_to_void_promise())
                self._hand_out()
        except BaseException:
            turn.cancel()  # Where the slot was handed over at this very moment, that does nothing.
            self.give_back(holder)
            raise

    def _hand_out(self) -> None:
        while self._waiting and self.busy < self._total:
            holder, turn = self._waiting.popleft()
            if not turn.done():
                self._held.add(holder)
                turn.set_result(None)

    def _seconds_to_void_promise(self) -> float | None:
        if not self._promised:
            return None
        return max(0.0, min(self._promised.values()) - self._clock.monotonic())

    def _forget_void_promises(self) -> None:
        now = self._clock.monotonic()
        self._promised = {who: until for who, until in self._promised.items() if until > now}
