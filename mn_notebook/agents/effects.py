"""One tool call, from its intent to its outcome; the same for steps and for agents.

The intent is durable before the call. What a dead attempt left open is looked into, in this order:
the tool's own ``check`` says what happened; a tool that does not write is called again with the
same key; otherwise a person is asked. A ``write`` is never repeated blindly.
"""

import functools
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import JsonValue

from mn_notebook.agents.asking import AskedBack
from mn_notebook.agents.calling import (
    Caller,
    NotKept,
    jsonable,
    printed_before,
    user_fault,
    words_of,
)
from mn_notebook.agents.doubt import leaves_doubt
from mn_notebook.agents.judging import Proposal
from mn_notebook.agents.lanes import Lane
from mn_notebook.agents.notes import note
from mn_notebook.agents.timing import within
from mn_notebook.domain.events import (
    AttemptEvent,
    ErrorInfo,
    ToolAsked,
    ToolFailed,
    ToolInDoubt,
    ToolJudged,
    ToolSettled,
    ToolStarted,
    ToolSucceeded,
)
from mn_notebook.domain.ids import CallId, content_hash, idempotency_key
from mn_notebook.domain.judging import CHANGED, Verdict
from mn_notebook.domain.state import Call
from mn_notebook.domain.values import Stored
from mn_notebook.domain.workflow import Effect, Schema
from mn_notebook.errors import PermanentError, StoreBusy, StoreUnwritable
from mn_notebook.ports import Clock, Recorder, WaitsFor, Work

_log = logging.getLogger(__name__)

TROUBLE_SECONDS = 1.0
"""After so long a store that could not keep a value is tried again."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a call is made to."""

    name: str
    effect: Effect
    function: Callable[..., Any]
    prepared: Callable[[Mapping[str, JsonValue], str], dict[str, Any]]
    """Checked arguments, from the call's arguments and its key; raises PermanentError."""
    check: Callable[[str], Any] | None = None
    retry_all: bool = False
    concurrency: int | None = None
    """So many calls may be under way at once in this process; None: any number."""
    limited_as: str = ""
    """Under which name they are counted; empty: under its own."""
    isolated: bool = False
    """It is called in a process of its own."""
    bound: Mapping[str, JsonValue] = field(default_factory=dict)
    """Arguments that the workflow gives, and an agent neither sees nor sets."""
    parameters: Schema = field(default_factory=dict)
    """The JSON Schema of the arguments, bound ones included; empty where nobody knows it."""
    said: str = ""
    """What the workflow calls it; empty: by its own name."""
    compensates: bool = False
    """It knows how to undo a call."""
    timeout_seconds: float | None = None
    """How long a call may take; None: as long as its step."""
    lane: Lane | None = None
    """Keeps its calls apart; None: they may be made side by side."""
    identity: str = ""
    """A hash of what is called; '': nobody knows whether it stays the same."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A call that somebody wants: a step, or an agent's answer."""

    call_id: CallId
    tool: str
    effect: Effect
    args: dict[str, JsonValue]
    key: str
    answers: CallId | None = None
    index: int = 0
    resumed: JsonValue = None
    """What a call goes on with that asked a person something: its state, and what was given."""

    @property
    def args_hash(self) -> str:
        """Name exactly this call of this tool."""
        return content_hash([self.tool, self.args])


@dataclass(frozen=True, slots=True)
class Made:
    """How a call ended: its event, and the value or the error."""

    events: tuple[AttemptEvent, ...]
    value: JsonValue = None
    error: ErrorInfo | None = None
    doubtful: bool = False
    asked: ToolAsked | None = None
    """It has not ended: a person is asked something first."""


def key_of(work: Work, tool: str, args: dict[str, JsonValue], calls: tuple[Call, ...]) -> str:
    """Return the idempotency key of a new call, the next of its kind in the transcript."""
    same = content_hash([tool, args])
    earlier = sum(1 for known in calls if known.kind == "tool" and known.args_hash == same)
    return idempotency_key(work.run_id, work.path, tool, args, earlier + 1)


def proposal_of(target: Target, wanted: Wanted) -> Proposal:
    """Return a call as a policy looks at it."""
    return Proposal(
        tool=wanted.tool,
        effect=wanted.effect,
        args=wanted.args,
        args_hash=wanted.args_hash,
        parameters=target.parameters,
        said=target.said or target.name,
        own_name=target.limited_as or target.name,
        taken=lambda: _taken(target, wanted),
    )


def _taken(target: Target, wanted: Wanted) -> dict[str, JsonValue]:
    """Return the arguments of a call as its tool takes them.

    Raises:
        PermanentError: it does not.
    """
    prepared = target.prepared(wanted.args, wanted.key)
    return {name: jsonable(value) for name, value in prepared.items() if name in wanted.args}


def started(
    work: Work,
    wanted: Wanted,
    recorder: Recorder,
    target: Target,
    rules: tuple[str, ...] = (),
) -> ToolStarted:
    """Return the intent of a call; ``rules`` are those that let it be made."""
    return ToolStarted(
        path=work.path,
        attempt=work.attempt,
        call_id=wanted.call_id,
        answers=wanted.answers,
        index=wanted.index,
        tool=wanted.tool,
        effect=wanted.effect,
        args=recorder.keep(wanted.args),
        args_hash=wanted.args_hash,
        key=wanted.key,
        rules=rules,
        compensates=target.compensates,
        checks=target.check is not None,
    )


def judged(work: Work, wanted: Wanted, recorder: Recorder, verdict: Verdict) -> ToolJudged:
    """Return the fact that a call was not simply allowed."""
    return ToolJudged(
        path=work.path,
        attempt=work.attempt,
        call_id=wanted.call_id,
        answers=wanted.answers,
        index=wanted.index,
        tool=wanted.tool,
        effect=wanted.effect,
        args=recorder.keep(wanted.args),
        args_hash=wanted.args_hash,
        key=wanted.key,
        verdict="refuse" if verdict.outcome == "refuse" else "ask",
        because=verdict.because,
        rules=verdict.rules,
    )


def wanted_from(call_: Call, recorder: Recorder) -> Wanted:
    """Return a call of the transcript as one that is to be made."""
    args = recorder.load(call_.args)
    return Wanted(
        call_id=call_.id,
        tool=call_.name,
        effect=call_.effect,
        args=args if isinstance(args, dict) else {},
        key=call_.key,
        answers=call_.answers,
        index=call_.index,
        resumed=_resumed(call_, recorder),
    )


def _resumed(call_: Call, recorder: Recorder) -> JsonValue:
    if call_.asks is None or not call_.approved:
        return None
    given = None if call_.given is None else recorder.load(call_.given)
    return {"state": recorder.load(call_.asks.state), "given": given}


async def make(
    target: Target,
    wanted: Wanted,
    work: Work,
    recorder: Recorder,
    clock: Clock,
    call: Caller,
    remembered: str = "",
) -> Made:
    """Make a call whose intent is durable; others find its outcome as ``remembered``."""
    began = clock.monotonic()
    try:
        arguments = target.prepared(wanted.args, wanted.key)
        if wanted.resumed is not None:
            arguments["resumed"] = wanted.resumed
        caller = call if target.lane is None else target.lane.through(call)
        returned = await within(target.timeout_seconds, caller(target.function, arguments))
        output = await _kept_of_call(returned.value, recorder, clock)
    except AskedBack as asked:
        return await _asked_back(asked, wanted, work, recorder, clock)
    except Exception as fault:  # noqa: BLE001 - the analyst's code may raise anything
        return _failed(target, wanted, work, fault, clock.monotonic() - began)
    seconds = clock.monotonic() - began
    succeeded = ToolSucceeded(
        path=work.path,
        call_id=wanted.call_id,
        output=output,
        latency_seconds=round(seconds, 6),
        remembered=remembered,
    )
    return Made((*note(work.path, returned.printed), succeeded), value=returned.value)


async def _asked_back(
    asked: AskedBack, wanted: Wanted, work: Work, recorder: Recorder, clock: Clock
) -> Made:
    question = ToolAsked(
        path=work.path,
        call_id=wanted.call_id,
        prompt=asked.prompt,
        form=asked.form,
        state=await kept(asked.state, recorder, clock),
    )
    return Made((question,), asked=question)


async def kept(value: JsonValue, recorder: Recorder, clock: Clock) -> Stored:
    """Keep what a call gave, however long the store cannot take it: it was done, or paid for.

    Until then nothing is known of it to anybody else; a crash leaves the call open.
    """
    while True:
        try:
            return recorder.keep(value)
        except (StoreBusy, StoreUnwritable) as fault:
            _log.warning("%s", fault, extra={"run_id": None, "step_id": None})
            await clock.sleep(TROUBLE_SECONDS)


async def _kept_of_call(value: JsonValue, recorder: Recorder, clock: Clock) -> Stored:
    """Keep what a call returned.

    Raises:
        NotKept: it cannot be kept; the call was made all the same.
    """
    try:
        return await kept(value, recorder, clock)
    except PermanentError as fault:
        raise NotKept(str(fault)) from fault


def _failed(target: Target, wanted: Wanted, work: Work, fault: Exception, seconds: float) -> Made:
    printed = note(work.path, printed_before(fault))
    error = user_fault(fault, retry_all=target.retry_all)
    if "write" in (target.effect, wanted.effect) and leaves_doubt(fault):
        evidence = f"the call ended with {error.message}"
        doubt = ToolInDoubt(path=work.path, call_id=wanted.call_id, evidence=evidence)
        return Made((*printed, doubt), doubtful=True)
    failed = ToolFailed(
        path=work.path, call_id=wanted.call_id, error=error, latency_seconds=round(seconds, 6)
    )
    return Made((*printed, failed), error=error)


async def look_into(
    target: Target, wanted: Wanted, work: Work, recorder: Recorder, clock: Clock, call: Caller
) -> Made:
    """Find out what became of a ``write`` that a dead attempt began."""
    if target.check is None:
        evidence = "the process ended between the start of the call and its outcome"
        return _in_doubt(wanted, work, evidence)
    try:
        check = functools.partial(target.check, wanted.key)
        found = await within(target.timeout_seconds, call(check, {}))
    except Exception as fault:  # noqa: BLE001 - a check that fails leaves the doubt
        evidence = f"its check failed: {type(fault).__name__}: {words_of(fault)}"
        return _in_doubt(wanted, work, evidence)
    happened = found.value is not None
    settled = ToolSettled(
        path=work.path,
        call_id=wanted.call_id,
        outcome="happened" if happened else "not_happened",
        output=await kept(found.value, recorder, clock),
        by="check",
        because="the tool's own check said so",
    )
    return Made((settled,), value=found.value, doubtful=not happened)


def _in_doubt(wanted: Wanted, work: Work, evidence: str) -> Made:
    doubt = ToolInDoubt(path=work.path, call_id=wanted.call_id, evidence=evidence)
    return Made((doubt,), doubtful=True)


def ask_about(wanted: Wanted, made: Made) -> WaitsFor:
    """Return the wait for a person who knows whether a call happened."""
    evidence = next((e.evidence for e in made.events if isinstance(e, ToolInDoubt)), "")
    return WaitsFor(
        "in_doubt",
        (wanted.call_id,),
        prompt=f"Did this call of {wanted.tool!r} happen?",
        evidence=evidence,
        events=made.events,
    )


def ask_back(wanted: Wanted, asked: ToolAsked, *events: AttemptEvent) -> WaitsFor:
    """Return the wait for a person who answers what a call asks."""
    prompt = f"{wanted.tool} asks: {asked.prompt}"
    return WaitsFor("ask", (wanted.call_id,), prompt=prompt, events=events, form=asked.form)


def ask_for(
    target: Target,
    wanted: Wanted,
    verdict: Verdict,
    events: tuple[AttemptEvent, ...] = (),
    *,
    said: str = "",
) -> WaitsFor:
    """Return the wait for a person who may allow a call.

    ``said`` is what the agent said when it asked for it.
    """
    changed = CHANGED in verdict.because
    code = " Its code has changed since the run was started." if changed else ""
    return WaitsFor(
        "call",
        (wanted.call_id,),
        prompt=f"May {wanted.tool!r} be called? {_DOES[wanted.effect]}{code}",
        events=events,
        because=verdict.because,
        said=said[:MAX_SAID],
        form=target.parameters or None,
        approvals=max(verdict.approvals, 1),
        expires=verdict.expires,
    )


_DOES: dict[Effect, str] = {
    "read": "It reads.",
    "idempotent": "It may be repeated.",
    "write": "It writes.",
}
MAX_SAID = 2_000
"""Characters of what an agent said that a person is shown beside its call."""


__all__ = [
    "Made",
    "Target",
    "Wanted",
    "ask_about",
    "ask_back",
    "ask_for",
    "judged",
    "kept",
    "key_of",
    "look_into",
    "make",
    "proposal_of",
    "started",
    "wanted_from",
]
