"""What follows from a command: events to journal, and attempts to begin when they are durable."""

from dataclasses import dataclass

from mn_notebook.domain.events import AttemptEvent, RunEvent
from mn_notebook.domain.ids import ApprovalId, NodePath, StepPath

AnyEvent = RunEvent | AttemptEvent


@dataclass(frozen=True, slots=True)
class Move:
    """What follows from a command."""

    events: tuple[AnyEvent, ...] = ()
    launches: tuple[StepPath, ...] = ()
    """Attempts to begin once the events are durable."""
    blocked: NodePath | ApprovalId | None = None
    """A step whose code is not there, or an approval that must not expire any more."""
