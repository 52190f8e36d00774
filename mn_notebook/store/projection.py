"""The rows that go with an event, so that lists and rights need not read the journal."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from mn_notebook.domain.events import (
    ApprovalClosed,
    ApprovalDecided,
    ApprovalDelegated,
    ApprovalEscalated,
    ApprovalExpired,
    ApprovalRequested,
    BudgetRaised,
    PermissionRevoked,
    RunCancelled,
    RunCancelRequested,
    RunFailed,
    RunPauseRequested,
    RunReopened,
    RunResumed,
    SignalReceived,
    StepFailed,
    StepInterrupted,
    StepSkipped,
    StepStarted,
    StepSucceeded,
    UndoDeclined,
    UndoRequested,
)
from mn_notebook.store.database import Cursor
from mn_notebook.store.sqlite import projection as sql
from mn_notebook.store.times import time_text


class Projection:
    """Writes, with each event, the rows that follow from it."""

    def is_decided(self, cursor: Cursor, event: ApprovalExpired) -> bool:
        """Tell whether somebody decided in time what is said to have expired."""
        statement = sql.STATEMENTS["decision"]
        cursor.execute(statement.sql, statement.row({"which": event.approval_id}))
        return cursor.fetchone() is not None

    def write(self, cursor: Cursor, run_id: str, event: Any, at: datetime) -> None:
        """Write the rows of one event inside its transaction."""
        rows = _ROWS.get(type(event))
        if rows is None:
            return
        for name, values in rows(run_id, event, at):
            statement = sql.STATEMENTS[name]
            cursor.execute(statement.sql, statement.row(values))


Rows = list[tuple[str, dict[str, Any]]]
Asked = (
    RunCancelRequested
    | RunReopened
    | RunPauseRequested
    | RunResumed
    | SignalReceived
    | ApprovalDelegated
    | PermissionRevoked
    | UndoRequested
    | UndoDeclined
    | BudgetRaised
)


def _started(run_id: str, event: StepStarted, _at: datetime) -> Rows:
    if not event.token:
        return []  # It waits for a person, for time or for a subworkflow: nobody writes for it.
    row = {"token": event.token, "run_id": run_id, "path": event.path}
    return [("open_attempt", row)]


def _ended(run_id: str, event: StepSucceeded | StepFailed | StepInterrupted, _at: datetime) -> Rows:
    return [("close_attempt", {"run_id": run_id, "path": event.path})]


def _asked(run_id: str, event: ApprovalRequested, at: datetime) -> Rows:
    row = {
        "id": event.approval_id,
        "run_id": run_id,
        "path": event.path,
        "subject": event.subject,
        "status": "open",
        "prompt": event.prompt,
        "requested_at": time_text(at),
        # Where silence does not mean no, it can be decided at any time.
        "expires_at": time_text(event.expires_at)
        if event.expires_at is not None and event.then in ("reject", "skip")
        else None,
    }
    return [("ask", row)]


def _decided(_run_id: str, event: ApprovalDecided, _at: datetime) -> Rows:
    ended = {
        "which": event.approval_id,
        "status": "decided",
        "decision": event.decision,
        "decided_by": event.by,
        "decided_at": time_text(event.decided_at),
    }
    return [("end_approval", ended), *_taken(event.command_id)]


def _expired(_run_id: str, event: ApprovalExpired, at: datetime) -> Rows:
    ended = {
        "which": event.approval_id,
        "status": "expired",
        "decision": "reject",
        "decided_by": "nobody",
        "decided_at": time_text(at),
    }
    return [("end_approval", ended)]


def _escalated(_run_id: str, event: ApprovalEscalated, at: datetime) -> Rows:
    return [("escalate", {"which": event.approval_id, "at": time_text(at), "to": event.to})]


def _withdrawn(run_id: str, event: ApprovalClosed, _at: datetime) -> Rows:
    closed = {
        "which": event.approval_id,
        "status": "closed",
        "decision": None,
        "decided_by": None,
        "decided_at": None,
    }
    return [("end_approval", closed), ("close_attempt", {"run_id": run_id, "path": event.path})]


def _skipped(run_id: str, event: StepSkipped, _at: datetime) -> Rows:
    if not event.by:
        return []
    return [("close_attempt", {"run_id": run_id, "path": event.path}), *_taken(event.command_id)]


def _asked_for(_run_id: str, event: Asked, _at: datetime) -> Rows:
    return _taken(event.command_id)


def _taken(command_id: str | None) -> Rows:
    return [] if command_id is None else [("take_command", {"which": command_id})]


def _over(run_id: str, _event: RunFailed | RunCancelled, _at: datetime) -> Rows:
    return [("close_approvals", {"run": run_id}), ("close_attempts", {"run_id": run_id})]


_ROWS: Mapping[type, Callable[[str, Any, datetime], Rows]] = {
    StepStarted: _started,
    StepSucceeded: _ended,
    StepFailed: _ended,
    StepInterrupted: _ended,
    ApprovalRequested: _asked,
    ApprovalDecided: _decided,
    ApprovalExpired: _expired,
    ApprovalEscalated: _escalated,
    ApprovalClosed: _withdrawn,
    StepSkipped: _skipped,
    RunCancelRequested: _asked_for,
    UndoRequested: _asked_for,
    UndoDeclined: _asked_for,
    RunPauseRequested: _asked_for,
    RunResumed: _asked_for,
    RunReopened: _asked_for,
    SignalReceived: _asked_for,
    ApprovalDelegated: _asked_for,
    PermissionRevoked: _asked_for,
    BudgetRaised: _asked_for,
    RunFailed: _over,
    RunCancelled: _over,
}
