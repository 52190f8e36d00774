"""The tool calls of one attempt of an agent: judged, announced, made, and looked into."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Protocol

from pydantic import JsonValue

from mn_notebook.agents.calling import Caller
from mn_notebook.agents.effects import (
    Made,
    Target,
    Wanted,
    ask_about,
    ask_back,
    ask_for,
    judged,
    key_of,
    look_into,
    make,
    proposal_of,
    started,
    wanted_from,
)
from mn_notebook.agents.judging import Judge
from mn_notebook.agents.limits import Limits
from mn_notebook.agents.numbering import next_call_id
from mn_notebook.agents.reuse import Reuse, Sought
from mn_notebook.domain.events import AttemptEvent
from mn_notebook.domain.ids import CallId
from mn_notebook.domain.judging import Verdict, second_thoughts
from mn_notebook.domain.transcripts import Result
from mn_notebook.domain.turns import RefuseTool, UseTool
from mn_notebook.domain.workflow import Effect
from mn_notebook.ports import Clock, Outcome, Recorder, WaitsFor, Work

Untimed = Callable[[], AbstractContextManager[None]]
"""Lets the attempt have as much time after a wait as before it."""


class Surroundings(Protocol):
    """What the calls of an agent's tools need around them."""

    call: Caller
    judge: Judge
    limits: Limits
    reuse: Reuse

    @property
    def clock(self) -> Clock:
        """Return what tells the time."""
        ...

    def target(self, name: str, work: Work) -> Target:
        """Return what a tool's call is made to."""
        ...


class AgentTools:
    """Makes the tool calls that an agent's model asks for, in one attempt."""

    def __init__(
        self,
        around: Surroundings,
        work: Work,
        recorder: Recorder,
        untimed: Untimed,
        said: Callable[[], str],
    ) -> None:
        """``said`` gives what the agent said with its last calls, in words."""
        self._around = around
        self._work = work
        self._recorder = recorder
        self._untimed = untimed
        self._said = said

    async def use(self, move: UseTool) -> Outcome | None:
        """Make a call, or go on with one; what is returned ends the attempt."""
        target = self._around.target(move.tool, self._work)
        if move.result is not None:
            return await self._use_again(target, move.result)
        # In full, with what the model does not see: it is journaled, asked about and made so.
        wanted = self._wanted(move, target.effect, target.bound)
        verdict = self._judged(target, wanted)
        if verdict.outcome == "allow":
            return await self._make_or_reuse(target, wanted, verdict.rules)
        return await self._kept_back(target, wanted, verdict)

    async def _kept_back(self, target: Target, wanted: Wanted, verdict: Verdict) -> Outcome | None:
        """Refuse a call, or ask a person about it."""
        fact = judged(self._work, wanted, self._recorder, verdict)
        if verdict.outcome == "refuse":
            await self._recorder.record(fact)
            return None
        return ask_for(target, wanted, verdict, (fact,), said=self._said())

    def _judged(self, target: Target, wanted: Wanted) -> Verdict:
        return self._around.judge(self._work, proposal_of(target, wanted), self._recorder)

    async def _use_again(self, target: Target, result: Result) -> Outcome | None:
        """Go on with a call that was approved, settled as not happened, or left open by a crash."""
        call = next(call for call in self._recorder.calls() if call.id == result.call_id)
        wanted = wanted_from(call, self._recorder)
        left_open = result.status == "open"
        if left_open and "write" in (target.effect, call.effect):  # as it was begun, or is by now
            made = await look_into(
                target,
                wanted,
                self._work,
                self._recorder,
                self._around.clock,
                self._around.call,
            )
            if made.doubtful and made.events[0].kind == "tool.in_doubt":
                return ask_about(wanted, made)
            await self._recorder.record(*made.events)
            return None
        if call.asks is None and not left_open:
            verdict = second_thoughts(self._judged(target, wanted), call)
            if verdict is not None:
                return await self._kept_back(target, wanted, verdict)
        return await self._announce_and_make(target, wanted)

    async def _make_or_reuse(
        self, target: Target, wanted: Wanted, rules: tuple[str, ...]
    ) -> Outcome | None:
        """Take over what an identical call gave that only reads, or make this one."""
        reuse = self._around.reuse
        sought = reuse.of_read(self._work, target, wanted, self._recorder)
        if sought is None:
            return await self._announce_and_make(target, wanted, rules)
        async with reuse.alone(sought, self._untimed) as found:
            if found is None:
                return await self._announce_and_make(target, wanted, rules, sought)
            args = self._recorder.keep(wanted.args)
            await self._recorder.record(found.for_tool(wanted, self._work, args, rules))
            return None

    async def _announce_and_make(
        self,
        target: Target,
        wanted: Wanted,
        rules: tuple[str, ...] = (),
        sought: Sought | None = None,
    ) -> Outcome | None:
        """Announce a call when it may begin at once, not before, and make it."""
        limits, ways = self._around.limits, (self._recorder, self._untimed)
        async with limits.using(
            target.name, target.concurrency, self._work, *ways, lane=target.lane
        ):
            await self._recorder.record(started(self._work, wanted, self._recorder, target, rules))
            return await self._make(target, wanted, sought)

    async def _make(self, target: Target, wanted: Wanted, sought: Sought | None) -> Outcome | None:
        around = self._around
        ways = (self._work, self._recorder, around.clock, around.call)
        name = "" if sought is None else sought.name
        made = await make(target, wanted, *ways, remembered=name)
        around.limits.used(target.name, self._work, made.error)
        if made.doubtful:
            return ask_about(wanted, made)
        if made.asked is not None:
            return ask_back(wanted, made.asked, *made.events)
        await self._recorder.record(*made.events)
        if sought is not None:
            around.reuse.keep(sought, self._work, made.events)
        return None

    def _wanted(
        self,
        move: UseTool | RefuseTool,
        effect: Effect,
        bound: Mapping[str, JsonValue] | None = None,
    ) -> Wanted:
        args: dict[str, JsonValue]
        args = move.args if isinstance(move.args, dict) else {"malformed": move.args}
        args = {**args, **(bound or {})}
        calls = self._recorder.calls()
        return Wanted(
            call_id=next_call_id(self._work, self._recorder),
            tool=move.tool,
            effect=effect,
            args=args,
            key=key_of(self._work, move.tool, args, calls),
            answers=CallId(move.answers),
            index=move.index,
        )

    def refusal(self, move: RefuseTool) -> AttemptEvent:
        """Return the fact that a model asked for a call that cannot be."""
        wanted = self._wanted(move, "write")
        return judged(self._work, wanted, self._recorder, Verdict("refuse", because=move.because))

    def still_waiting(self, call_ids: tuple[str, ...]) -> WaitsFor:
        """Return what a person has to decide before anything else happens."""
        call = next(call for call in self._recorder.calls() if call.id in call_ids)
        wanted = wanted_from(call, self._recorder)
        if call.status == "in_doubt":
            return ask_about(wanted, Made(()))
        if call.asks is not None:
            return ask_back(wanted, call.asks)
        target = self._around.target(call.name, self._work)
        return ask_for(target, wanted, self._judged(target, wanted), said=self._said())


def bound_of(work: Work, name: str) -> dict[str, JsonValue]:
    """Return the arguments of a tool that the workflow sets and no model sees."""
    bound = work.input.get("tools")
    given = bound.get(name) if isinstance(bound, dict) else None
    return given if isinstance(given, dict) else {}
