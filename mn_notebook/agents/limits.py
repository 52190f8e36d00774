"""Says when a call may begin: how many at once, how often, and whether its server is there."""

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, nullcontext
from datetime import UTC, datetime

from mn_notebook.agents.lanes import Lane
from mn_notebook.agents.load import (
    Load,
    ToolBreakers,
    place_of,
    ticket_of,
    with_place,
)
from mn_notebook.agents.loads import LocalLoads
from mn_notebook.agents.slots import Slots, Untimed
from mn_notebook.domain.admission import Answer
from mn_notebook.domain.events import ErrorInfo, LimitWaited
from mn_notebook.domain.messages import ModelProfile, ModelRequest, Usage
from mn_notebook.domain.rates import MINUTE, Rate
from mn_notebook.domain.state import Call
from mn_notebook.errors import PermanentError, TransientError
from mn_notebook.ports import Clock, Held, Loads, NotYet, Recorder, Work

MODEL_CALLS = 16
"""So many calls at one model server, where neither it nor the settings say otherwise."""
TELL_SECONDS = 1.0
"""A wait that is longer is told in the journal."""
HOLD_SECONDS = 10.0
"""A wait that is longer is no attempt's: it is let go of, and the journal keeps its place."""
_PROBE_LOOK_SECONDS = 0.25
"""So often somebody looks whether a probe has ended."""
_LEAST_SECONDS = 0.001
"""Times of the day are not exact enough for less; who comes too early asks again."""


class Limits:
    """The limits on what the attempts of one process call. Lives in the engine's loop.

    What is over a limit waits, and its intent is not journaled before it may begin. While it waits
    it has neither a slot of its server nor one of its process.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        model_calls: int = MODEL_CALLS,
        loads: Loads | None = None,
        rates: Iterable[Rate] = (),
        minute: float = MINUTE,
    ) -> None:
        self._clock = clock
        self._model_calls = model_calls
        self._load = Load(clock, loads or LocalLoads(), rates, minute=minute)
        self._breakers = ToolBreakers(clock)
        self._servers: dict[str, Slots] = {}
        self._tools: dict[tuple[str, int], Slots] = {}

    # --- models --------------------------------------------------------------------------------

    def may_ask_at_once(self, profile: ModelProfile, work: Work) -> bool:
        """Keep a slot for an attempt's first model call, if nothing has to be waited for."""
        if not self._load.is_free(profile, server_of(profile), work):
            return False
        return self._server(profile).promise(holder_of(work))

    @asynccontextmanager
    async def asking(
        self,
        profile: ModelProfile,
        work: Work,
        recorder: Recorder,
        untimed: Untimed,
        request: ModelRequest | None,
    ) -> AsyncIterator[None]:
        """Have leave to ask, and a slot of the model's server, inside; all waits are ``untimed``.

        Without a ``request`` the call was announced already, and waits for a slot at most.

        Raises:
            NotYet: it would be too long a wait.
        """
        server, holder = self._server(profile), holder_of(work)
        try:
            await _taken(server, holder, untimed)
            await self._leave_to_ask(profile, work, recorder, untimed, request)
            yield
        finally:
            server.give_back(holder)
            self._load.ended(holder)

    async def _leave_to_ask(
        self,
        profile: ModelProfile,
        work: Work,
        recorder: Recorder,
        untimed: Untimed,
        request: ModelRequest | None,
    ) -> None:
        name, holder = server_of(profile), holder_of(work)
        if request is None or self._load.is_free(profile, name, work):
            self._load.began(holder, profile, name, None)
            return
        server, wait = self._server(profile), _Wait(self._clock, work, recorder, untimed)
        place = None if _has_asked(work, recorder) else place_of(work.ticket)
        ask = self._load.ask(profile, name, work, request, holder, place)
        while True:
            answer = await self._load.admit(ask)
            ask = with_place(ask, answer)
            if answer.begins:
                break
            # Without a slot while it waits: others may have calls to make.
            server.give_back(holder)
            try:
                await wait.out(answer, lambda: self._load.is_probing(name))
            except NotYet:
                raise  # It keeps its place.
            except BaseException:
                self._load.no_longer_wanted(ask)
                raise
            await _taken(server, holder, untimed)
        self._load.began(holder, profile, name, ask)

    def answered(self, work: Work, usage: Usage | None) -> None:
        """Know that an attempt's model call was answered."""
        self._load.answered(holder_of(work), usage)

    def failed(self, work: Work, fault: TransientError | PermanentError) -> None:
        """Know that an attempt's model call failed."""
        self._load.failed(holder_of(work), fault)

    # --- tools ---------------------------------------------------------------------------------

    def may_use_at_once(
        self, tool: str, concurrency: int | None, work: Work, *, lane: Lane | None = None
    ) -> bool:
        """Keep a slot of a tool for an attempt, if it may be called at once."""
        if not self._breakers.is_closed(tool) or (lane is not None and lane.busy):
            return False
        return concurrency is None or self._tool(tool, concurrency).promise(holder_of(work))

    @asynccontextmanager
    async def using(
        self,
        tool: str,
        concurrency: int | None,
        work: Work,
        recorder: Recorder,
        untimed: Untimed,
        *,
        lane: Lane | None = None,
    ) -> AsyncIterator[None]:
        """Have leave to call a tool, a slot of it, and its ``lane`` if it has one, inside.

        All waits are ``untimed``.

        Raises:
            NotYet: it would be too long a wait.
        """
        holder = holder_of(work)
        slots = None if concurrency is None else self._tool(tool, concurrency)
        wait = _Wait(self._clock, work, recorder, untimed)
        try:
            await _taken(slots, holder, untimed)
            while (answer := self._breakers.asked(tool, holder)) is not None:
                if slots is not None:
                    slots.give_back(holder)
                await wait.out(answer, lambda: self._breakers.is_probing(tool))
                await _taken(slots, holder, untimed)
            async with _alone(lane, untimed):
                yield
        finally:
            if slots is not None:
                slots.give_back(holder)
            self._breakers.ended(tool, holder)

    def used(self, tool: str, work: Work, error: ErrorInfo | None) -> None:
        """Know how an attempt's call of a tool ended."""
        self._breakers.used(tool, holder_of(work), error)

    # --- slots ---------------------------------------------------------------------------------

    def _server(self, profile: ModelProfile) -> Slots:
        total = profile.parallel_calls or self._model_calls
        return self._servers.setdefault(server_of(profile), Slots(total, self._clock))

    def _tool(self, tool: str, concurrency: int) -> Slots:
        # Defined again with another number, it is another tool: calls of the old one may go on.
        return self._tools.setdefault((tool, concurrency), Slots(concurrency, self._clock))


Asked = Callable[[], bool]


class _Wait:
    """The waits of one call for its limits, told in the journal where they are worth it."""

    def __init__(self, clock: Clock, work: Work, recorder: Recorder, untimed: Untimed) -> None:
        self._clock = clock
        self._work = work
        self._recorder = recorder
        self._untimed = untimed
        self._told_until = float("-inf")
        self._behind_probes = 0.0

    async def out(self, answer: Answer, is_probing: Asked) -> None:
        """Wait until an answer's time has come, or a probe has ended that it waits for.

        Raises:
            NotYet: that would be too long.
        """
        seconds = answer.at - self._clock.now().timestamp()
        patient = answer.behind_a_probe and self._behind_probes < HOLD_SECONDS
        if seconds > HOLD_SECONDS and not patient:
            raise NotYet(Held(answer.limit, _moment(answer.at), ticket_of(answer.place)))
        if seconds > TELL_SECONDS and answer.at > self._told_until + TELL_SECONDS:
            self._told_until = answer.at
            await self._recorder.record(self._told(answer))
        with self._untimed():
            if answer.behind_a_probe:
                await self._behind_a_probe(min(seconds, HOLD_SECONDS), is_probing)
            else:
                await self._clock.sleep(max(seconds, _LEAST_SECONDS))

    async def _behind_a_probe(self, seconds: float, is_probing: Asked) -> None:
        probing = True
        while probing and seconds > 0:
            pause = min(seconds, _PROBE_LOOK_SECONDS)
            await self._clock.sleep(max(pause, _LEAST_SECONDS))
            seconds -= pause
            self._behind_probes += pause
            probing = is_probing()

    def _told(self, answer: Answer) -> LimitWaited:
        work = self._work
        return LimitWaited(
            path=work.path,
            attempt=work.attempt,
            limit=answer.limit,
            until=_moment(answer.at),
            ticket=ticket_of(answer.place),
        )


async def _taken(slots: Slots | None, holder: str, untimed: Untimed) -> None:
    """Have a slot; only where it has to be waited for, the time is not counted."""
    if slots is not None:
        with nullcontext() if slots.promise(holder) else untimed():
            await slots.take(holder)


def _has_asked(work: Work, recorder: Recorder) -> bool:
    """Tell whether a model call was made since the attempt began or went on.

    For that one it used the place that it had.
    """
    return _model_calls(recorder.calls()) > _model_calls(work.calls)


def _model_calls(calls: tuple[Call, ...]) -> int:
    return sum(1 for call in calls if call.kind == "model")


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def server_of(profile: ModelProfile) -> str:
    """Name the server that answers for a model: each local model has one of its own."""
    if profile.provider == "local":
        return f"local:{profile.name}"
    return profile.provider


def holder_of(work: Work) -> str:
    """Name an attempt, which makes one call at a time."""
    return f"{work.run_id}/{work.path}/{work.attempt}"


@asynccontextmanager
async def _alone(lane: Lane | None, untimed: Untimed) -> AsyncIterator[None]:
    if lane is None:
        yield
        return
    with untimed() if lane.busy else nullcontext():
        turn = await lane.take()
    try:
        yield
    finally:
        turn.end()
