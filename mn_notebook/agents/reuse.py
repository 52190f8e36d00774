"""Takes over what an identical call has given, instead of making it again.

Which calls are identical is said by names: hashes of everything that a server, or a tool, is told.
Calls of one name that are wanted at the same time wait for the first of them. What is taken over is
journaled as such, with what it spared; after a crash the journal is what is found again.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import JsonValue

from mn_notebook.agents.effects import Target, Wanted
from mn_notebook.agents.limits import server_of
from mn_notebook.domain.events import (
    AttemptEvent,
    ModelRequested,
    ModelResponded,
    ModelReused,
    ToolReused,
    ToolSucceeded,
)
from mn_notebook.domain.ids import RunId, content_hash
from mn_notebook.domain.messages import ModelProfile, ModelRequest
from mn_notebook.domain.values import Stored
from mn_notebook.domain.workflow import AgentStep, Cache, ToolStep
from mn_notebook.ports import Clock, Memory, Recorder, Remembered, Work

_MOST_KEPT = 1_000
"""So many outcomes are known without a look into the store."""


@dataclass(frozen=True, slots=True)
class Sought:
    """An outcome that would do."""

    name: str
    run_id: RunId | None
    """Of which run it has to be; None: of any."""
    since: datetime | None
    """How old it may be; None: of any age."""
    finds: bool = True
    """False: the call is made in any case, and remembered for others."""


@dataclass(frozen=True, slots=True)
class Found:
    """An outcome of an identical call."""

    of: Remembered

    def for_model(self, requested: ModelRequested, work: Work) -> ModelReused:
        """Return the fact that a model call has taken it over, from the intent to make it."""
        event = self.of.event
        assert isinstance(event, ModelResponded)
        return ModelReused(
            path=requested.path,
            attempt=requested.attempt,
            call_id=requested.call_id,
            model=requested.model,
            answered_by=event.model,
            request_hash=requested.request_hash,
            message=event.message,
            finish_reason=event.finish_reason,
            of_run=self._other_run(work),
            of_call=event.call_id,
            usage=event.usage,
            price=event.price,
            latency_seconds=event.latency_seconds,
            tool_mode=requested.tool_mode,
            rung=requested.rung,
            climbed=requested.climbed,
            reask=requested.reask,
            about=requested.about,
            scripted=event.scripted,
        )

    def for_tool(
        self, wanted: Wanted, work: Work, args: Stored, rules: tuple[str, ...]
    ) -> ToolReused:
        """Return the fact that a tool's call has taken it over."""
        event = self.of.event
        assert isinstance(event, ToolSucceeded)
        return ToolReused(
            path=work.path,
            attempt=work.attempt,
            call_id=wanted.call_id,
            answers=wanted.answers,
            index=wanted.index,
            tool=wanted.tool,
            effect=wanted.effect,
            args=args,
            args_hash=wanted.args_hash,
            key=wanted.key,
            rules=rules,
            output=event.output,
            of_run=self._other_run(work),
            of_call=event.call_id,
            latency_seconds=event.latency_seconds,
        )

    def _other_run(self, work: Work) -> RunId | None:
        return None if self.of.run_id == work.run_id else self.of.run_id


class Reuse:
    """Knows which outcomes may be taken over, and finds them. Lives in the engine's loop."""

    def __init__(self, clock: Clock, memory: Memory | None = None) -> None:
        """Find what other processes, and this one before a crash, have asked in ``memory``."""
        self._clock = clock
        self._memory = memory
        self._recent: OrderedDict[str, Remembered] = OrderedDict()
        self._locks: dict[str, tuple[asyncio.Lock, int]] = {}

    # --- what is sought ------------------------------------------------------------------------

    def of_model(self, work: Work, profile: ModelProfile, request: ModelRequest) -> Sought | None:
        """Return what would do in place of a model call; None: it is made, and forgotten."""
        step = work.step
        if not isinstance(step, AgentStep) or not _shares(step):
            return None
        if profile.chosen_by_server and step.cache is not None and step.cache.scope != "run":
            return None  # By then it may be another model that the server has loaded.
        server = [server_of(profile), *([profile.server] if profile.server else [])]
        name: JsonValue = ["model", *server, request.model_dump(mode="json")]
        return self._sought(work, step.cache, name)

    def may_find(self, work: Work) -> bool:
        """Tell whether a model call of a step is looked for before it is announced."""
        step = work.step
        return isinstance(step, AgentStep) and _shares(step) and not work.again

    def of_read(
        self, work: Work, target: Target, wanted: Wanted, recorder: Recorder
    ) -> Sought | None:
        """Return what would do in place of a call that reads; None: it is made, and forgotten.

        After a step has done something itself it looks anew at the world.
        """
        step = work.step
        if not isinstance(step, AgentStep | ToolStep) or step.cache is None:
            return None
        if step.cache.scope == "off" or target.effect != "read" or not target.identity:
            return None
        if any(call.kind == "tool" and call.effect != "read" for call in recorder.calls()):
            return None
        return self._sought(work, step.cache, ["read", target.identity, wanted.args])

    def _sought(self, work: Work, cache: Cache | None, asked: JsonValue) -> Sought | None:
        if cache is None:  # Only items of one step share, and those of one pass.
            name = content_hash([asked, work.run_id, work.node, work.iteration, work.turn])[:32]
            return Sought(name, work.run_id, None, finds=not work.afresh)
        name = content_hash(asked)[:32]
        if cache.scope == "run":
            return Sought(name, work.run_id, None, finds=not work.again)
        age = cache.max_age_seconds
        since = None if age is None else self._clock.now() - timedelta(seconds=age)
        return Sought(name, None, since, finds=not work.again)

    # --- finding -------------------------------------------------------------------------------

    @asynccontextmanager
    async def alone(
        self, sought: Sought, untimed: Callable[[], AbstractContextManager[None]]
    ) -> AsyncIterator[Found | None]:
        """Have what was found inside, or nothing, and nobody else beside who seeks the same.

        Waiting for another's call is ``untimed``.
        """
        if not sought.finds:
            yield None
            return
        lock, waiting = self._locks.get(sought.name, (asyncio.Lock(), 0))
        self._locks[sought.name] = (lock, waiting + 1)
        try:
            with untimed():
                await lock.acquire()
            try:
                yield self._found(sought)
            finally:
                lock.release()
        finally:
            lock, waiting = self._locks.pop(sought.name)
            if waiting > 1:
                self._locks[sought.name] = (lock, waiting - 1)

    def remember(self, sought: Sought, work: Work, event: ModelResponded | ToolSucceeded) -> None:
        """Know what a call has given, for those that seek the same."""
        if not event.remembered:
            return
        self._recent[sought.name] = Remembered(work.run_id, self._clock.now(), event)
        self._recent.move_to_end(sought.name)
        while len(self._recent) > _MOST_KEPT:
            self._recent.popitem(last=False)

    def keep(self, sought: Sought, work: Work, events: Iterable[AttemptEvent]) -> None:
        """Know what a tool's call has given, of the events that it ended with."""
        for event in events:
            if isinstance(event, ToolSucceeded):
                self.remember(sought, work, event)

    def _found(self, sought: Sought) -> Found | None:
        known = self._recent.get(sought.name)
        if known is None or not _does(known, sought):
            known = None
            if self._memory is not None:
                known = self._memory.find(sought.name, run_id=sought.run_id, since=sought.since)
        return None if known is None else Found(known)


def _shares(step: AgentStep) -> bool:
    """Tell whether answers of a step count for others, or those of others for it.

    Where nothing is said, items share. Those whose prompts are the same on purpose do not: several
    opinions are wanted then.
    """
    if step.cache is None:
        return step.for_each is not None and step.names_item
    return step.cache.scope != "off"


def _does(known: Remembered, sought: Sought) -> bool:
    own = sought.run_id is None or known.run_id == sought.run_id
    return own and (sought.since is None or known.at >= sought.since)


def request_hash(request: ModelRequest) -> str:
    """Name a model request: equal requests have equal hashes."""
    return content_hash(request.model_dump(mode="json"))[:32]
