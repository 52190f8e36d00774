"""The part of the fold that concerns what people are asked and what they decide."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from immutables import Map

from mn_notebook.domain import fold_budgets, fold_calls
from mn_notebook.domain.events import (
    ApprovalClosed,
    ApprovalDecided,
    ApprovalDelegated,
    ApprovalEscalated,
    ApprovalExpired,
    ApprovalRequested,
    PermissionGranted,
    PermissionRevoked,
)
from mn_notebook.domain.fold_parts import HERE, closed, deactivate, with_instance, without
from mn_notebook.domain.ids import ApprovalId
from mn_notebook.domain.replacing import replace
from mn_notebook.domain.state import OpenApproval, RunState, Span


def _approval_requested(state: RunState, event: ApprovalRequested, at: datetime) -> RunState:
    if event.subject == "budget":
        return fold_budgets.asked(state, event, at)
    instance = state.instances[event.path]
    waiting = replace(
        instance,
        status="waiting",
        approval=event.approval_id,
        spans=(*closed(instance.spans, at), Span(instance.attempt, "waiting", at)),
    )
    changed = deactivate(with_instance(state, waiting), event.path)
    return replace(
        changed,
        approvals=state.approvals.set(event.approval_id, OpenApproval(event, at)),
        expiring=_expiring(state, event),
        due=without(state.due, event.path),
    )


def _expiring(state: RunState, event: ApprovalRequested) -> Map[ApprovalId, datetime]:
    if event.expires_at is None or event.then == "wait":
        return state.expiring
    return state.expiring.set(event.approval_id, event.expires_at)


def _approval_decided(state: RunState, event: ApprovalDecided, at: datetime) -> RunState:
    request = state.approvals[event.approval_id].request
    if request.subject == "budget":
        return fold_budgets.decided(state, event, at)
    instance = state.instances[event.path]
    decided = replace(
        instance,
        approval=None,
        rejected=event.decision == "reject" and request.subject in ("approve", "crashing"),
        authorised=event.authorised,
        interruptions=0,
        calls=fold_calls.with_decision(instance.calls, request, event),
        spans=closed(instance.spans, at),
    )
    changed = replace(
        state,
        instances=state.instances.set(event.path, decided),
        approvals=without(state.approvals, event.approval_id),
        expiring=without(state.expiring, event.approval_id),
    )
    if not fold_calls.completes(request, event):
        return changed  # The question to the next person follows at once.
    if request.subject == "crashing":
        return replace(changed, due=changed.due.set(event.path, at))
    return replace(changed, ready=changed.ready.set(event.path, HERE))


def _approval_expired(state: RunState, event: ApprovalExpired, at: datetime) -> RunState:
    silence = ApprovalDecided(
        approval_id=event.approval_id,
        path=event.path,
        decision="reject",
        by="nobody",
        via="expiry",
        decided_at=at,
        because="nobody decided in time",
    )
    return _approval_decided(state, silence, at)


def _approval_escalated(state: RunState, event: ApprovalEscalated, _at: datetime) -> RunState:
    waiting = replace(state.approvals[event.approval_id], escalated=True)
    return replace(
        state,
        approvals=state.approvals.set(event.approval_id, waiting),
        expiring=without(state.expiring, event.approval_id),
    )


def _approval_closed(state: RunState, event: ApprovalClosed, at: datetime) -> RunState:
    if fold_budgets.is_about_budget(state, event):
        return fold_budgets.closed(state, event, at)
    instance = replace(state.instances[event.path], approval=None)
    return replace(
        with_instance(state, instance),
        approvals=without(state.approvals, event.approval_id),
        expiring=without(state.expiring, event.approval_id),
    )


def _approval_delegated(state: RunState, event: ApprovalDelegated, _at: datetime) -> RunState:
    waiting = replace(state.approvals[event.approval_id], delegated_to=event.to)
    return replace(state, approvals=state.approvals.set(event.approval_id, waiting))


def _permission_granted(state: RunState, event: PermissionGranted, _at: datetime) -> RunState:
    return replace(state, permissions=state.permissions.set(event.tool, event.by))


def _permission_revoked(state: RunState, event: PermissionRevoked, _at: datetime) -> RunState:
    return replace(state, permissions=without(state.permissions, event.tool))


APPLY: Mapping[type, Callable[[RunState, Any, datetime], RunState]] = {
    ApprovalRequested: _approval_requested,
    ApprovalDecided: _approval_decided,
    ApprovalExpired: _approval_expired,
    ApprovalEscalated: _approval_escalated,
    ApprovalClosed: _approval_closed,
    ApprovalDelegated: _approval_delegated,
    PermissionGranted: _permission_granted,
    PermissionRevoked: _permission_revoked,
}
