"""The part of the fold that concerns the calls of an attempt.

An attempt may run elsewhere and write for itself, between any two events of the run's owner. So
these events change only the sub-state of their step and sums that do not care about order.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from mn_notebook.domain import fold_budgets
from mn_notebook.domain.call_parts import (
    appended,
    changed_calls,
    model_call,
    summed,
    superseding,
    tool_call,
)
from mn_notebook.domain.events import (
    ApprovalDecided,
    ApprovalRequested,
    LimitWaited,
    ModelFailed,
    ModelRequested,
    ModelResponded,
    NoteAdded,
    ToolAsked,
    ToolFailed,
    ToolInDoubt,
    ToolJudged,
    ToolSettled,
    ToolStarted,
    ToolSucceeded,
)
from mn_notebook.domain.fold_parts import with_instance
from mn_notebook.domain.ids import CallId, StepPath
from mn_notebook.domain.messages import Usage
from mn_notebook.domain.replacing import replace
from mn_notebook.domain.state import Call, CallStatus, Instance, Limited, RunState, Totals

COMMITTED = ("succeeded", "settled")


def has_committed_write(calls: tuple[Call, ...]) -> bool:
    """Tell whether something was, or may have been, done that a fresh start would do again."""
    return any(
        call.kind == "tool"
        and call.effect == "write"
        and (call.status in COMMITTED or call.doubtful)
        for call in calls
    )


def with_decision(
    calls: tuple[Call, ...], request: ApprovalRequested, event: ApprovalDecided
) -> tuple[Call, ...]:
    """Return the calls as a person's decision leaves them."""
    if request.subject not in ("call", "in_doubt", "ask"):
        return calls
    if not completes(request, event):
        return calls
    asked = {proposed.call_id for proposed in request.calls}
    if request.subject == "ask":
        return tuple(_told(call, event) if call.id in asked else call for call in calls)
    return tuple(_decided(call, request, event) if call.id in asked else call for call in calls)


def _told(call: Call, event: ApprovalDecided) -> Call:
    """Return a call that asked something, with the answer, or with the word that there is none."""
    if event.decision not in ("answer", "reject"):
        return call
    given = event.answers if event.decision == "answer" else None
    return replace(call, approved=True, given=given, decided_by=event.by)


def completes(request: ApprovalRequested, event: ApprovalDecided) -> bool:
    """Tell whether a decision is the last one that a question needs."""
    enough = event.counts and len(request.given) + 1 >= request.needed
    return event.decision != "approve" or enough


def _decided(call: Call, request: ApprovalRequested, event: ApprovalDecided) -> Call:
    if event.decision == "approve":
        return replace(_approved(call, event), approvals=len(request.given) + 1)
    if event.decision == "answer":
        return replace(call, status="answered", result=event.value, decided_by=event.by)
    if event.decision in ("reject", "stop"):
        because = event.because or f"{event.by} said no"
        doubtful = call.status == "in_doubt" and not call.not_happened
        return replace(call, status="refused", because=because, doubtful=doubtful)
    return call


def _approved(call: Call, event: ApprovalDecided) -> Call:
    edited = next((proposed for proposed in event.calls if proposed.call_id == call.id), None)
    if edited is None:
        return replace(call, approved=True)
    return replace(
        call,
        approved=True,
        args=edited.args,
        args_hash=edited.args_hash,
        key=edited.key,
        decided_by=event.by,
    )


def _model_requested(state: RunState, event: ModelRequested, at: datetime) -> RunState:
    call = replace(model_call(event, at, "open"), estimate=event.estimate)
    instance = superseding(state.instances[event.path], event.attempt)
    asked = with_instance(_let_through(state, event.path), appended(instance, call))
    return fold_budgets.reserved(asked, instance.node, event.estimate)


def _model_responded(state: RunState, event: ModelResponded, _at: datetime) -> RunState:
    instance = state.instances[event.path]
    usage = event.usage or Usage()
    calls = changed_calls(
        instance.calls,
        event.call_id,
        status="succeeded",
        result=event.message,
        finish_reason=event.finish_reason,
        answered_by=event.model,
        usage=event.usage,
        price=event.price,
        latency_seconds=event.latency_seconds,
    )
    answered = replace(
        instance,
        calls=calls,
        interruptions=0,
        put_offs=0,
        usage=summed(instance.usage, usage),
        cost_usd=instance.cost_usd + (event.price.usd or 0),
        cost_known=instance.cost_known and event.price.usd is not None,
        model_calls=instance.model_calls + 1,
        answered_by=event.model,
    )
    before = state.totals
    totals = replace(
        before,
        calls=before.calls + 1,
        model_calls=before.model_calls + 1,
        usage=summed(before.usage, usage),
        cost_usd=before.cost_usd + (event.price.usd or 0),
        cost_known=before.cost_known and event.price.usd is not None,
        scripted=before.scripted or event.scripted,
    )
    instances = state.instances.set(answered.path, answered)
    after = replace(state, instances=instances, totals=totals)
    return fold_budgets.answered(after, instance.node, _named(instance, event.call_id), event)


def _named(instance: Instance, call_id: CallId) -> Call | None:
    return next((call for call in reversed(instance.calls) if call.id == call_id), None)


def _counted(totals: Totals, *, model: bool) -> Totals:
    return replace(
        totals,
        calls=totals.calls + 1,
        model_calls=totals.model_calls + (1 if model else 0),
        tool_calls=totals.tool_calls + (0 if model else 1),
    )


def _model_failed(state: RunState, event: ModelFailed, _at: datetime) -> RunState:
    instance = state.instances[event.path]
    calls = changed_calls(
        instance.calls,
        event.call_id,
        status="failed",
        error=event.error,
        latency_seconds=event.latency_seconds,
    )
    changed = with_instance(state, replace(instance, calls=calls))
    changed = replace(changed, totals=_counted(state.totals, model=True))
    return fold_budgets.failed(changed, instance.node, _named(instance, event.call_id), event)


def _tool_judged(state: RunState, event: ToolJudged, at: datetime) -> RunState:
    status: CallStatus = "asked" if event.verdict == "ask" else "refused"
    instance = state.instances[event.path]
    if any(call.id == event.call_id for call in instance.calls):  # It was allowed, and is not now.
        changes = {"status": status, "because": event.because, "rules": event.rules}
        calls = changed_calls(
            instance.calls, event.call_id, **changes, approved=False, not_happened=False
        )
        return with_instance(state, replace(instance, calls=calls))
    call = replace(tool_call(event, at, status), because=event.because)
    return with_instance(state, appended(instance, call))


def _tool_started(state: RunState, event: ToolStarted, at: datetime) -> RunState:
    state = _let_through(state, event.path)
    instance = state.instances[event.path]
    if any(call.id == event.call_id for call in instance.calls):
        calls = changed_calls(
            instance.calls, event.call_id, status="open", attempt=event.attempt, not_happened=False
        )
        return with_instance(state, replace(instance, calls=calls))
    return with_instance(state, appended(instance, tool_call(event, at, "open")))


def _tool_succeeded(state: RunState, event: ToolSucceeded, _at: datetime) -> RunState:
    instance = state.instances[event.path]
    calls = changed_calls(
        instance.calls,
        event.call_id,
        status="succeeded",
        result=event.output,
        latency_seconds=event.latency_seconds,
    )
    changed = with_instance(state, replace(instance, calls=calls, interruptions=0))
    return replace(changed, totals=_counted(state.totals, model=False))


def _tool_failed(state: RunState, event: ToolFailed, _at: datetime) -> RunState:
    instance = state.instances[event.path]
    calls = changed_calls(
        instance.calls,
        event.call_id,
        status="failed",
        error=event.error,
        latency_seconds=event.latency_seconds,
    )
    changed = with_instance(state, replace(instance, calls=calls))
    return replace(changed, totals=_counted(state.totals, model=False))


def _tool_in_doubt(state: RunState, event: ToolInDoubt, _at: datetime) -> RunState:
    instance = state.instances[event.path]
    calls = changed_calls(
        instance.calls, event.call_id, status="in_doubt", because=event.evidence, doubtful=False
    )
    return with_instance(state, replace(instance, calls=calls))


def _tool_asked(state: RunState, event: ToolAsked, _at: datetime) -> RunState:
    instance = state.instances[event.path]
    calls = changed_calls(
        instance.calls, event.call_id, status="asked", approved=False, asks=event, given=None
    )
    return with_instance(state, replace(instance, calls=calls, interruptions=0))


def _tool_settled(state: RunState, event: ToolSettled, _at: datetime) -> RunState:
    instance = state.instances[event.path]
    happened = event.outcome == "happened"
    calls = changed_calls(
        instance.calls,
        event.call_id,
        status="settled" if happened else "in_doubt",
        result=event.output,
        not_happened=not happened,
        doubtful=False,
        because=event.because,
    )
    return with_instance(state, replace(instance, calls=calls, interruptions=0))


def _limit_waited(state: RunState, event: LimitWaited, _at: datetime) -> RunState:
    limited = Limited(event.limit, event.until, event.ticket)
    return replace(state, limited=state.limited.set(event.path, limited))


def _let_through(state: RunState, path: StepPath) -> RunState:
    """Know that what was held back by a limit has begun."""
    if path not in state.limited:
        return state
    return replace(state, limited=state.limited.delete(path))


def _note_added(state: RunState, _event: NoteAdded, _at: datetime) -> RunState:
    return state


APPLY: Mapping[type, Callable[[RunState, Any, datetime], RunState]] = {
    ModelRequested: _model_requested,
    ModelResponded: _model_responded,
    ModelFailed: _model_failed,
    ToolJudged: _tool_judged,
    ToolStarted: _tool_started,
    ToolSucceeded: _tool_succeeded,
    ToolFailed: _tool_failed,
    ToolInDoubt: _tool_in_doubt,
    ToolAsked: _tool_asked,
    ToolSettled: _tool_settled,
    LimitWaited: _limit_waited,
    NoteAdded: _note_added,
}
