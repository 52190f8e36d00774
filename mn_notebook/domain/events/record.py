"""Which events there are, in their place in a journal: written once, read for ever."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from mn_notebook.domain.events.approvals import (
    ApprovalClosed,
    ApprovalDecided,
    ApprovalDelegated,
    ApprovalEscalated,
    ApprovalExpired,
    ApprovalRequested,
    PermissionGranted,
    PermissionRevoked,
)
from mn_notebook.domain.events.budgets import BudgetRaised, BudgetReached
from mn_notebook.domain.events.calls import (
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
    ToolShortened,
    ToolStarted,
    ToolSucceeded,
)
from mn_notebook.domain.events.reuse import ModelReused, ToolReused
from mn_notebook.domain.events.runs import (
    LeaseTaken,
    RunCancelled,
    RunCancelRequested,
    RunCreated,
    RunFailed,
    RunPaused,
    RunPauseRequested,
    RunReopened,
    RunResumed,
    RunStarted,
    RunSucceeded,
)
from mn_notebook.domain.events.steps import (
    StepExpanded,
    StepFailed,
    StepHeld,
    StepInterrupted,
    StepIterated,
    StepResumed,
    StepRetryScheduled,
    StepSkipped,
    StepsRedone,
    StepStarted,
    StepSucceeded,
    StepWaiting,
)
from mn_notebook.domain.events.undoing import (
    CompensationFailed,
    CompensationInDoubt,
    CompensationStarted,
    CompensationSucceeded,
    UndoDeclined,
    UndoRequested,
)
from mn_notebook.domain.events.waits import SignalAwaited, SignalReceived, TimerFired, TimerSet
from mn_notebook.domain.ids import RunId

AttemptEvent = (
    ModelRequested
    | ModelResponded
    | ModelFailed
    | ModelReused
    | ToolJudged
    | ToolStarted
    | ToolSucceeded
    | ToolFailed
    | ToolInDoubt
    | ToolAsked
    | ToolSettled
    | ToolShortened
    | ToolReused
    | LimitWaited
    | NoteAdded
)
"""What an attempt writes for itself, under its token."""

RunEvent = (
    RunCreated
    | LeaseTaken
    | RunStarted
    | RunCancelRequested
    | RunPauseRequested
    | RunPaused
    | RunResumed
    | RunReopened
    | RunSucceeded
    | RunFailed
    | RunCancelled
    | StepExpanded
    | StepStarted
    | StepSucceeded
    | StepIterated
    | StepsRedone
    | StepFailed
    | StepInterrupted
    | StepHeld
    | StepResumed
    | StepRetryScheduled
    | StepSkipped
    | StepWaiting
    | ApprovalRequested
    | ApprovalDecided
    | ApprovalExpired
    | ApprovalEscalated
    | ApprovalClosed
    | ApprovalDelegated
    | PermissionGranted
    | PermissionRevoked
    | UndoRequested
    | UndoDeclined
    | CompensationStarted
    | CompensationSucceeded
    | CompensationFailed
    | CompensationInDoubt
    | TimerSet
    | TimerFired
    | SignalAwaited
    | SignalReceived
    | BudgetReached
    | BudgetRaised
)
"""What only the run's owner writes, under its fence."""

Event = Annotated[RunEvent | AttemptEvent, Field(discriminator="kind")]


class Recorded(BaseModel):
    """An event with its place in the journal of its run."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    run_id: RunId
    seq: int
    """1 for the first event of a run; the only order there is."""
    at: datetime
    """When the owner said it happened; for people, never for order."""
    event: RunEvent | AttemptEvent

    @classmethod
    def known(
        cls, run_id: RunId, seq: int, at: datetime, event: RunEvent | AttemptEvent
    ) -> "Recorded":
        """Return a record of parts that are known to be right, made quickly.

        A long journal has a hundred thousand; ``model_construct`` takes three times as long, and
        longer than to look at every part.
        """
        made = cls.__new__(cls)
        fields = {"run_id": run_id, "seq": seq, "at": at, "event": event}
        object.__setattr__(made, "__dict__", fields)
        object.__setattr__(made, "__pydantic_fields_set__", set(fields))
        object.__setattr__(made, "__pydantic_extra__", None)
        object.__setattr__(made, "__pydantic_private__", None)
        return made


UPGRADES: dict[tuple[str, int], Any] = {
    ("approval.decided", 1): lambda fields: fields,
    ("approval.requested", 1): lambda fields: fields,
}
"""From an older version of a kind: a function from its JSON object to that of the next version."""


def read_event(kind: str, version: int, body: str | bytes) -> RunEvent | AttemptEvent:
    """Decode a stored event, upgrading an older form.

    Raises:
        UnknownEvent: a newer program wrote it.
    """
    known = KINDS.get(kind)
    if known is None or version > known.VERSION:
        raise UnknownEvent(kind, version)
    if version == known.VERSION:
        event: RunEvent | AttemptEvent = known.model_validate_json(body)
        return event
    fields = TypeAdapter(dict[str, Any]).validate_json(body)
    for older in range(version, known.VERSION):
        fields = UPGRADES[kind, older](fields)
    # Of the class that the column says: the journal leaves the kind out of the body.
    upgraded: RunEvent | AttemptEvent = known.model_validate(fields)
    return upgraded


class UnknownEvent(Exception):
    """A newer program wrote an event that this one does not know."""

    def __init__(self, kind: str, version: int) -> None:
        super().__init__(f"event {kind!r} of version {version}")
        self.kind = kind
        self.version = version


KINDS: dict[str, Any] = {
    member.model_fields["kind"].default: member
    for union in (RunEvent, AttemptEvent)
    for member in union.__args__
}
"""Every kind of event and its class."""

ATTEMPT_KINDS = frozenset(member.model_fields["kind"].default for member in AttemptEvent.__args__)
