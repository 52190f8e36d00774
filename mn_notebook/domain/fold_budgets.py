"""The part of the fold that concerns budgets: what is reserved, spent, reached and raised."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from mn_notebook.domain.accounts import Account
from mn_notebook.domain.events import (
    ApprovalClosed,
    ApprovalDecided,
    ApprovalRequested,
    BudgetRaised,
    BudgetReached,
    ModelFailed,
    ModelResponded,
)
from mn_notebook.domain.fold_parts import closed as end_span
from mn_notebook.domain.fold_parts import with_progress, with_scope, without
from mn_notebook.domain.ids import ROOT, NodePath, StepPath
from mn_notebook.domain.messages import Estimate
from mn_notebook.domain.replacing import replace
from mn_notebook.domain.state import Call, OpenApproval, RunState
from mn_notebook.domain.workflow import Budget


def reserved(state: RunState, node: NodePath, estimate: Estimate | None) -> RunState:
    """Count a call that was announced, in its step and in all around it."""
    return _booked(state, node, lambda account: account.reserve(estimate))


def answered(state: RunState, node: NodePath, call: Call | None, event: ModelResponded) -> RunState:
    """Count what a call has really used; what its server does not say is taken as reckoned."""
    estimate, usage = _reckoned(call), event.usage
    reckoned = Decimal(0) if estimate is None or estimate.usd is None else estimate.usd
    usd = reckoned if event.price.usd is None else event.price.usd
    said = estimate.tokens if estimate is not None else 0
    tokens = said if usage is None else usage.input_tokens + usage.output_tokens
    return _booked(state, node, lambda account: account.settle(estimate, usd, tokens))


def failed(state: RunState, node: NodePath, call: Call | None, event: ModelFailed) -> RunState:
    """Give back what was reserved for a call that failed, unless it may have been paid for."""
    estimate = _reckoned(call)
    if event.paid:
        usd = Decimal(0) if estimate is None or estimate.usd is None else estimate.usd
        tokens = estimate.tokens if estimate is not None else 0
        return _booked(state, node, lambda account: account.settle(estimate, usd, tokens))
    return _booked(state, node, lambda account: account.settle(estimate, Decimal(0), 0))


def _reckoned(call: Call | None) -> Estimate | None:
    return None if call is None else call.estimate


def _booked(state: RunState, node: NodePath, book: Callable[[Account], Account]) -> RunState:
    here: NodePath | None = node
    while here is not None:
        progress = state.progress[here]
        state = with_progress(state, here, replace(progress, account=book(progress.account)))
        scope = state.scopes[progress.scope]
        here = None
        if scope.path != ROOT:
            state = with_scope(state, replace(scope, account=book(scope.account)))
            here = state.instances[StepPath(scope.path)].node
    return replace(state, account=book(state.account))


def clocked(state: RunState, at: datetime) -> RunState:
    """Let the time that is under way begin or end, with the first or the last attempt."""
    since = state.working_since
    if since is None:
        return replace(state, working_since=at)
    seconds = state.worked_seconds + max(0.0, (at - since).total_seconds())
    return replace(state, worked_seconds=seconds, working_since=None)


def left_alone(state: RunState, at: datetime) -> RunState:
    """Let the time end with the last that is known of an owner, and begin anew with the next one.

    What was under way went on for nobody knows how long: no longer than its process, and that may
    have ended at once. Days in which no process owned the run are nobody's work.
    """
    known = state.told_at
    if not state.active or known is None:
        return state
    instances = state.instances
    for path in state.active:
        instance = instances[path]
        spans = end_span(instance.spans, known, "interrupted")
        instances = instances.set(path, replace(instance, spans=spans))
    left = replace(state, instances=instances)
    return clocked(clocked(left, known), at) if state.working_since is not None else left


def asked(state: RunState, event: ApprovalRequested, at: datetime) -> RunState:
    """Let a person be asked on behalf of the whole run: no attempt waits for it."""
    asking = OpenApproval(event, at)
    expiring = state.expiring
    if event.expires_at is not None:  # A new day brings a new budget, without anybody's word.
        expiring = expiring.set(event.approval_id, event.expires_at)
    approvals = state.approvals.set(event.approval_id, asking)
    return replace(state, approvals=approvals, expiring=expiring)


def decided(state: RunState, event: ApprovalDecided, _at: datetime) -> RunState:
    """Let the run go on; after a no, without asking a model any more."""
    changed = _unasked(state, event)
    if event.decision != "reject":
        return changed
    because = f"the budget was spent, and {event.by} stopped there"
    return replace(changed, stopped_short=because)


def closed(state: RunState, event: ApprovalClosed, _at: datetime) -> RunState:
    """Let the run go on, or end, without a decision."""
    return _unasked(state, event)


def _unasked(state: RunState, event: ApprovalDecided | ApprovalClosed) -> RunState:
    return replace(
        state,
        reached=None,
        approvals=without(state.approvals, event.approval_id),
        expiring=without(state.expiring, event.approval_id),
    )


def question_of(state: RunState) -> ApprovalRequested | None:
    """Return the question that waits on behalf of the run, or None."""
    if state.reached is None:
        return None
    waiting = (asking.request for asking in state.approvals.values())
    return next((request for request in waiting if request.subject == "budget"), None)


def is_about_budget(state: RunState, event: ApprovalDecided | ApprovalClosed) -> bool:
    """Tell whether a question was put on behalf of the run, for want of money, time or calls."""
    return state.approvals[event.approval_id].request.subject == "budget"


def _budget_reached(state: RunState, event: BudgetReached, _at: datetime) -> RunState:
    return replace(state, reached=event)


def _budget_raised(state: RunState, event: BudgetRaised, at: datetime) -> RunState:
    said = {key: value for key, value in event.budget if value is not None}
    asking = question_of(state) is not None  # Then its answer lets the run go on.
    changed = replace(
        state,
        model=event.model or state.model,
        reached=state.reached if asking else None,
        stopped_short="",
    )
    if event.level == "run" and said:
        before = state.budget or Budget()
        changed = bounded(changed, before.model_copy(update=said), at)
    elif event.level in ("step", "workflow") and said:
        key = (event.level, event.where)
        before = state.raised.get(key) or _declared(state, event) or Budget()
        changed = replace(changed, raised=changed.raised.set(key, before.model_copy(update=said)))
    return changed


def bounded(state: RunState, budget: Budget | None, at: datetime) -> RunState:
    """Let a run have a budget."""
    timed = budget is not None and budget.seconds is not None
    since = state.working_since
    if timed and not state.timed and state.active:
        since = at
    return replace(state, budget=budget, timed=state.timed or timed, working_since=since)


def _declared(state: RunState, event: BudgetRaised) -> Budget | None:
    if event.level == "step":
        step = state.step_at(NodePath(event.where))
        found: Budget | None = getattr(step, "budget", None)
        return found
    for path, scope in state.scopes.items():
        if path == event.where:
            return scope.workflow.budget
    return None


APPLY: Mapping[type, Callable[[RunState, Any, datetime], RunState]] = {
    BudgetReached: _budget_reached,
    BudgetRaised: _budget_raised,
}
