"""A unit of work: how its attempts stand, and what they have made of it."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

from mn_notebook.domain.events import ErrorInfo
from mn_notebook.domain.ids import ApprovalId, AttemptToken, NodePath, StepPath
from mn_notebook.domain.messages import Usage
from mn_notebook.domain.state.calls import Call
from mn_notebook.domain.values import NOTHING, Stored

InstanceStatus = Literal[
    "running", "retrying", "interrupted", "waiting", "succeeded", "failed", "skipped", "cancelled"
]


@dataclass(frozen=True)
class Limited:
    """What holds a unit of work back that could do something."""

    limit: str
    """For people."""
    until: datetime
    ticket: str = ""
    """What the next attempt shows to keep its place."""


@dataclass(frozen=True)
class Span:
    """A stretch of an attempt, or of waiting."""

    attempt: int
    status: Literal["running", "succeeded", "failed", "interrupted", "waiting", "retrying"]
    start: datetime
    end: datetime | None = None


@dataclass(frozen=True)
class Instance:
    """One unit of work: a step, or one item of a ``for_each`` step."""

    path: StepPath
    node: NodePath
    """The step as a node of its graph."""
    item: int | None
    status: InstanceStatus
    iteration: int = 1
    attempt: int = 0
    """The number of the last attempt that started."""
    failures: int = 0
    """Attempts that failed; interrupted ones don't count, nor those that were put off."""
    put_offs: int = 0
    """How often in a row the other side asked for it later; those attempts don't count either."""
    put_off_since: datetime | None = None
    """When it did for the first time."""
    put_off: bool = False
    """The last attempt was."""
    interruptions: int = 0
    """Attempts in a row that ended without an outcome and without a finished call."""
    token: AttemptToken | None = None
    input: Stored = NOTHING
    step_key: str = ""
    calls: tuple[Call, ...] = ()
    """The transcript that the next model turn continues, oldest first."""
    call_count: int = 0
    """Calls ever begun here; numbers the next one."""
    output: Stored = NOTHING
    error: ErrorInfo | None = None
    retry_at: datetime | None = None
    approval: ApprovalId | None = None
    rejected: bool = False
    """An approve step whose answer was no."""
    authorised: tuple[str, ...] = ()
    """Hashes of the calls that this approve step's decision allows."""
    spans: tuple[Span, ...] = ()
    usage: Usage = field(default_factory=Usage)
    cost_usd: Decimal = Decimal(0)
    cost_known: bool = True
    model_calls: int = 0
    answered_by: str | None = None
    afresh: bool = False
    """Somebody had it tried afresh: it asks anew, and takes no other call's outcome over."""
    reused_from: StepPath | None = None
    """Where in the reused run the output was found."""
    wake_at: datetime | None = None
    """When time moves a wait on, or ends a wait or a subworkflow that takes too long."""
    wake_ends_it: bool = False
    """At that time the step fails."""
    signal: str | None = None
    """The signal that a wait waits for."""
    received: Stored | None = None
    """What came with the signal."""
    unjudged: bool = False
    """It ended well, and whether another iteration follows, or has begun, is not settled."""
    sent_back: bool = False
    """An approval whose rejection had the work done anew."""
