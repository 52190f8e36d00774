"""Says how many calls may be under way: by model server, by tool, and by the minute for a run."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING

from mn_notebook.agents.lanes import Lane
from mn_notebook.agents.slots import Minute, Slots, Untimed
from mn_notebook.domain.messages import ModelProfile
from mn_notebook.ports import Clock, Work

if TYPE_CHECKING:
    from mn_notebook.domain.ids import RunId

MODEL_CALLS = 16
"""So many calls at one model server, where neither it nor the settings say otherwise."""


class Limits:
    """The limits of one process on what its attempts call. Lives in the engine's loop.

    What is over a limit waits, and its intent is not journaled before it may begin. After a
    restart the last minute of a run is not remembered: its calls are counted afresh.
    """

    def __init__(self, clock: Clock, *, model_calls: int = MODEL_CALLS) -> None:
        self._clock = clock
        self._model_calls = model_calls
        self._servers: dict[str, Slots] = {}
        self._tools: dict[tuple[str, int], Slots] = {}
        self._minutes: dict[tuple[RunId, str], Minute] = {}
        """By run and workflow: a subworkflow has a limit of its own, or none."""

    def may_ask_at_once(self, profile: ModelProfile, work: Work) -> bool:
        """Keep a slot for an attempt's first model call, if nothing has to be waited for."""
        server, holder = self._server(profile), holder_of(work)
        if not server.promise(holder):
            return False
        if self._seconds_to_wait(work) == 0:
            return True
        server.give_back(holder)
        return False

    @asynccontextmanager
    async def asking(
        self, profile: ModelProfile, work: Work, untimed: Untimed, *, announced: bool
    ) -> AsyncIterator[None]:
        """Have a slot of the model's server inside; the queue for it is ``untimed``.

        ``announced``: the call has its place in its run's minute already.
        """
        server, holder = self._server(profile), holder_of(work)
        try:
            with untimed():
                await server.take(holder)
                # Without a slot while it waits for its minute: others may have calls to make.
                while not announced and (seconds := self._seconds_to_wait(work)) > 0:
                    server.give_back(holder)
                    await self._clock.sleep(seconds)
                    await server.take(holder)
            yield
        finally:
            server.give_back(holder)

    def may_use_at_once(
        self, tool: str, concurrency: int | None, work: Work, *, lane: Lane | None = None
    ) -> bool:
        """Keep a slot of a tool for an attempt, if one is free at once."""
        if lane is not None and lane.busy:
            return False
        return concurrency is None or self._tool(tool, concurrency).promise(holder_of(work))

    def using(
        self,
        tool: str,
        concurrency: int | None,
        work: Work,
        untimed: Untimed,
        *,
        lane: Lane | None = None,
    ) -> AbstractAsyncContextManager[None]:
        """Have a slot of a tool inside, and its ``lane`` if it has one; queues are ``untimed``."""
        if concurrency is None:
            return _unlimited()
        slot = self._tool(tool, concurrency).hold(holder_of(work), untimed)
        return slot if lane is None else _alone(slot, lane, untimed)

    def _server(self, profile: ModelProfile) -> Slots:
        total = profile.parallel_calls or self._model_calls
        return self._servers.setdefault(server_of(profile), Slots(total, self._clock))

    def _tool(self, tool: str, concurrency: int) -> Slots:
        # Defined again with another number, it is another tool: calls of the old one may go on.
        return self._tools.setdefault((tool, concurrency), Slots(concurrency, self._clock))

    def _seconds_to_wait(self, work: Work) -> float:
        at_most = work.workflow.calls_per_minute
        if at_most is None:
            return 0.0
        now = self._clock.monotonic()
        whose = (work.run_id, work.workflow.name)
        if whose not in self._minutes:
            busy = {who: minute for who, minute in self._minutes.items() if not minute.is_idle(now)}
            self._minutes = {**busy, whose: Minute(at_most)}
        return self._minutes[whose].seconds_to_wait(now)


def server_of(profile: ModelProfile) -> str:
    """Name the server that answers for a model: each local model has one of its own."""
    if profile.provider == "local":
        return f"local:{profile.name}"
    return profile.provider


def holder_of(work: Work) -> str:
    """Name an attempt, which makes one call at a time."""
    return f"{work.run_id}/{work.path}/{work.attempt}"


@asynccontextmanager
async def _alone(
    slot: AbstractAsyncContextManager[None], lane: Lane, untimed: Untimed
) -> AsyncIterator[None]:
    async with slot:
        with untimed():
            turn = await lane.take()
        try:
            yield
        finally:
            turn.end()


@asynccontextmanager
async def _unlimited() -> AsyncIterator[None]:
    yield
