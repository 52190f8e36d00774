"""What is done to take back what a run did."""

from typing import Literal

from mn_notebook.domain.events.facts import ErrorInfo, Fact
from mn_notebook.domain.ids import CallId, CommandId, StepPath
from mn_notebook.domain.values import NOTHING, Stored


class UndoRequested(Fact):
    """Somebody wants what the run did to be undone, once it has ended."""

    kind: Literal["undo.requested"] = "undo.requested"
    by: str
    because: str = ""
    leave: tuple[str, ...] = ()
    """Steps, or items of them, whose calls are left as they are."""
    again: bool = False
    """Compensations that are in doubt are made once more."""
    command_id: CommandId | None = None


class UndoDeclined(Fact):
    """Somebody chose to leave what the run did as it is."""

    kind: Literal["undo.declined"] = "undo.declined"
    by: str
    because: str = ""
    command_id: CommandId | None = None


class CompensationStarted(Fact):
    """A call is about to be undone."""

    kind: Literal["compensation.started"] = "compensation.started"
    path: StepPath
    call_id: CallId
    """The call that is undone."""
    tool: str
    key: str
    """That of the call."""
    attempt: int = 1
    repeats: bool = False
    """It takes the key, so that it may be repeated."""


class CompensationSucceeded(Fact):
    """A call is undone; its compensation is never made again."""

    kind: Literal["compensation.succeeded"] = "compensation.succeeded"
    path: StepPath
    call_id: CallId
    output: Stored = NOTHING
    latency_seconds: float = 0.0


class CompensationFailed(Fact):
    """A call was not undone; what was done before it stays as it is, too."""

    kind: Literal["compensation.failed"] = "compensation.failed"
    path: StepPath
    call_id: CallId
    error: ErrorInfo
    latency_seconds: float = 0.0


class CompensationInDoubt(Fact):
    """A compensation was begun, and nobody can tell whether the call is undone."""

    kind: Literal["compensation.in_doubt"] = "compensation.in_doubt"
    path: StepPath
    call_id: CallId
    evidence: str
    again: bool = False
    """It is repeated with the same key."""
