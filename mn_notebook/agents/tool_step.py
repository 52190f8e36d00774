"""Steps that make one journaled call: those of kind ``tool``, and ``python`` steps that write."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

from pydantic import JsonValue

from mn_notebook.agents.calling import Caller, call
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
from mn_notebook.agents.isolation import call_isolated
from mn_notebook.agents.judging import Judge
from mn_notebook.agents.limits import Limits
from mn_notebook.agents.output import output_fault
from mn_notebook.agents.reuse import Reuse, Sought
from mn_notebook.domain.events import AttemptEvent, ErrorInfo
from mn_notebook.domain.ids import CallId
from mn_notebook.domain.judging import Verdict, second_thoughts
from mn_notebook.domain.state import Call
from mn_notebook.domain.workflow import Effect, PythonStep, Schema, Step, ToolStep
from mn_notebook.errors import PermanentError
from mn_notebook.ports import (
    Clock,
    FailedWith,
    Job,
    Mistaken,
    Outcome,
    Recorder,
    Succeeded,
    Work,
    never_mistaken,
)

FindTarget = Callable[[Step], Target | None]


class CallHandler:
    """Makes the one call of a step, at most once if it writes."""

    def __init__(
        self,
        find: FindTarget,
        clock: Clock,
        *,
        identity: Callable[[Step], JsonValue],
        missing: Callable[[Step], str | None],
        judge: Judge | None = None,
        call: Caller = call,
        limits: Limits | None = None,
        isolated: Caller = call_isolated,
    ) -> None:
        """Find what is called through ``find``; ``call`` and ``isolated`` are how it is called."""
        self.reuse = Reuse(clock)
        self.mistaken: Mistaken = never_mistaken
        """Tells whether another tool than the declared one would be called."""
        self._call = call
        self._limits = limits or Limits(clock)
        self._isolated = isolated
        self._find = find
        self._clock = clock
        self._identity = identity
        self._missing = missing
        self._judge = judge or Judge()

    def missing(self, step: Step) -> str | None:
        """Say which tool is not there."""
        return self._missing(step)

    def effect(self, step: Step) -> Effect:
        """Return the declared effect; what is not there might write."""
        target = self._find(step)
        return "write" if target is None else target.effect

    def identity(self, step: Step) -> JsonValue:
        """Return the hash of what is called."""
        return self._identity(step)

    def opening(self, work: Work, recorder: Recorder) -> tuple[AttemptEvent, ...]:
        """Return the intent of the call, where nobody has to be asked first and a slot is free."""
        target = self._find(work.step)
        to_be_made = None if target is None else self._to_be_made(work, target, recorder)
        if target is None or to_be_made is None:
            return ()
        wanted, rules = to_be_made
        intent = started(work, wanted, recorder, target, rules)
        name = target.limited_as or target.name
        free = self._limits.may_use_at_once(name, target.concurrency, work, lane=target.lane)
        return (intent,) if free else ()

    def _to_be_made(
        self, work: Work, target: Target, recorder: Recorder
    ) -> tuple[Wanted, tuple[str, ...]] | None:
        """Return the call that an attempt may begin with, without asking anybody.

        With it go the rules of the policy that allow it.
        """
        last = _last(work.calls)
        if last is None:
            wanted = self._first(work, target)
            if self._sought(target, wanted, work, recorder) is not None:
                return None  # It is looked for first.
            verdict = self._judge(work, proposal_of(target, wanted), recorder)
            return (wanted, verdict.rules) if verdict.outcome == "allow" else None
        if last.status == "open" and last.attempt != work.attempt and not _writes(target, last):
            return wanted_from(last, recorder), last.rules
        return None

    def job(self, _work: Work, /) -> Job | None:
        """Return nothing: what is done here is journaled while it is done."""
        return None

    async def run(self, work: Work, recorder: Recorder) -> Outcome:
        """Make the call, or say what it waits for."""
        target = self._find(work.step)
        if target is None:
            message = self._missing(work.step) or "what the step calls is not there any more"
            raise PermanentError(message)
        another = self.mistaken(work.workflow, work.step)
        if another is not None:  # It was defined since the attempt began.
            raise PermanentError(another)
        last = _last(recorder.calls())
        if last is not None:
            return await self._continue(target, last, work, recorder)
        wanted = self._first(work, target)
        verdict = self._judge(work, proposal_of(target, wanted), recorder)
        if verdict.outcome == "allow":  # and there was no free slot when the attempt began
            return await self._make_or_reuse(target, wanted, work, recorder, verdict.rules)
        return _kept_back(target, wanted, verdict, judged(work, wanted, recorder, verdict))

    async def _make_or_reuse(
        self,
        target: Target,
        wanted: Wanted,
        work: Work,
        recorder: Recorder,
        rules: tuple[str, ...],
    ) -> Outcome:
        """Take over what an identical call gave that only reads, or make this one."""
        sought = self._sought(target, wanted, work, recorder)
        if sought is None:
            return await self._announce_and_make(target, wanted, work, recorder, rules=rules)
        async with self.reuse.alone(sought, recorder.untimed) as found:
            if found is None:
                return await self._announce_and_make(
                    target, wanted, work, recorder, rules=rules, sought=sought
                )
            reused = found.for_tool(wanted, work, recorder.keep(wanted.args), rules)
            value = recorder.load(reused.output)
            return _ended(work.step, Made((reused,), value=value))

    def _sought(
        self, target: Target, wanted: Wanted, work: Work, recorder: Recorder
    ) -> Sought | None:
        return self.reuse.of_read(work, target, wanted, recorder)

    async def _continue(
        self, target: Target, last: Call, work: Work, recorder: Recorder
    ) -> Outcome:
        wanted = wanted_from(last, recorder)
        if last.status in ("succeeded", "settled", "answered"):
            return _ended(work.step, Made((), value=recorder.load(last.result)))
        if last.status == "open" and last.attempt == work.attempt:
            async with self._using(target, work, recorder):
                made = await self._make(target, wanted, work, recorder)
            return self._outcome(work, wanted, made)
        return await self._go_on(target, wanted, last, work, recorder)

    async def _go_on(
        self, target: Target, wanted: Wanted, last: Call, work: Work, recorder: Recorder
    ) -> Outcome:
        """Go on with a call that was refused, approved, or left by an earlier attempt."""
        if last.doubtful and last.attempt != work.attempt:
            return await self._reconcile(target, wanted, last, work, recorder)
        if last.status == "refused":
            message = f"a person refused the call of {last.name!r}: {last.because}"
            return FailedWith(ErrorInfo(type="ApprovalRejected", message=message, permanent=True))
        left_open = last.status == "open"
        # That the call was once allowed does not say that it may be made twice.
        in_doubt = last.status == "in_doubt" and not last.not_happened
        if in_doubt or (left_open and _writes(target, last)):
            return await self._reconcile(target, wanted, last, work, recorder)
        if left_open or last.approved or last.not_happened:
            return await self._make_if_still_allowed(target, wanted, last, work, recorder)
        if last.asks is not None:
            return ask_back(wanted, last.asks)
        return ask_for(target, wanted, self._judge(work, proposal_of(target, wanted), recorder))

    async def _make_if_still_allowed(
        self,
        target: Target,
        wanted: Wanted,
        last: Call,
        work: Work,
        recorder: Recorder,
        *facts: AttemptEvent,
    ) -> Outcome:
        """Make a call that was allowed before, if nothing has come up since that forbids it."""
        begun = last.asks is not None or (last.status == "open" and not _writes(target, last))
        if not begun:
            proposal = proposal_of(target, wanted)
            verdict = second_thoughts(self._judge(work, proposal, recorder), last)
            if verdict is not None:
                fact = judged(work, wanted, recorder, verdict)
                return _kept_back(target, wanted, verdict, *facts, fact)
        return await self._announce_and_make(target, wanted, work, recorder, *facts)

    async def _announce_and_make(
        self,
        target: Target,
        wanted: Wanted,
        work: Work,
        recorder: Recorder,
        *facts: AttemptEvent,
        rules: tuple[str, ...] = (),
        sought: Sought | None = None,
    ) -> Outcome:
        """Announce a call when it may begin at once, not before, and make it."""
        async with self._using(target, work, recorder):
            await recorder.record(*facts, started(work, wanted, recorder, target, rules))
            made = await self._make(target, wanted, work, recorder, sought)
        if sought is not None and made.error is None and made.asked is None:
            # Before anybody takes it over: what is reused stands in the journal.
            await recorder.record(*made.events)
            self.reuse.keep(sought, work, made.events)
            made = replace(made, events=())
        return self._outcome(work, wanted, made)

    def _using(
        self, target: Target, work: Work, recorder: Recorder
    ) -> AbstractAsyncContextManager[None]:
        name = target.limited_as or target.name
        return self._limits.using(
            name, target.concurrency, work, recorder, recorder.untimed, lane=target.lane
        )

    async def _make(
        self,
        target: Target,
        wanted: Wanted,
        work: Work,
        recorder: Recorder,
        sought: Sought | None = None,
    ) -> Made:
        caller = self._isolated if target.isolated else self._call
        name = "" if sought is None else sought.name
        made = await make(target, wanted, work, recorder, self._clock, caller, remembered=name)
        self._limits.used(target.limited_as or target.name, work, made.error)
        return made

    async def _reconcile(
        self, target: Target, wanted: Wanted, last: Call, work: Work, recorder: Recorder
    ) -> Outcome:
        made = await look_into(target, wanted, work, recorder, self._clock, self._call)
        if not made.doubtful:
            return _ended(work.step, made)
        if target.check is None or made.events[0].kind == "tool.in_doubt":
            return ask_about(wanted, made)
        return await self._make_if_still_allowed(target, wanted, last, work, recorder, *made.events)

    def _outcome(self, work: Work, wanted: Wanted, made: Made) -> Outcome:
        if made.doubtful:
            return ask_about(wanted, made)
        if made.asked is not None:
            return ask_back(wanted, made.asked, *made.events)
        return _ended(work.step, made)

    def _first(self, work: Work, target: Target) -> Wanted:
        args = work.input.get("args")
        args = args if isinstance(args, dict) else {}
        return Wanted(
            call_id=CallId(f"{work.path}!{work.call_count + 1}"),
            tool=target.name,
            effect=target.effect,
            args=args,
            key=key_of(work, target.name, args, ()),
        )


def _writes(target: Target, last: Call) -> bool:
    """Tell whether a call that was begun may have written: as it was begun, or as its tool is."""
    return "write" in (target.effect, last.effect)


def _kept_back(target: Target, wanted: Wanted, verdict: Verdict, *facts: AttemptEvent) -> Outcome:
    """Refuse a call, or ask a person about it."""
    if verdict.outcome == "refuse":
        return FailedWith(_denied(wanted, verdict.because), facts)
    return ask_for(target, wanted, verdict, facts)


def _denied(wanted: Wanted, because: str) -> ErrorInfo:
    message = f"the call of {wanted.tool!r} was not allowed: {because}"
    return ErrorInfo(type="PolicyDenied", message=message, permanent=True)


def _last(calls: tuple[Call, ...]) -> Call | None:
    return next((call for call in reversed(calls) if call.kind == "tool"), None)


def _ended(step: Step, made: Made) -> Outcome:
    if made.error is not None:
        return FailedWith(made.error, made.events)
    fault = output_fault(made.value, _schema(step))
    if fault is not None:
        return FailedWith(fault, made.events)
    return Succeeded(made.value, made.events)


def _schema(step: Step) -> Schema | None:
    return step.output if isinstance(step, ToolStep | PythonStep) else None
