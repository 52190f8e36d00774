"""Where a run stands: the values that the fold of its journal is made of.

Everything is immutable. Collections that grow with the workflow or the run are persistent maps, so
that a changed state shares all but a few nodes with the one before and an event costs the same in
a run of ten steps and of ten thousand.
"""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

from immutables import Map

from mn_notebook.domain.events import ApprovalRequested, ErrorInfo
from mn_notebook.domain.ids import (
    ApprovalId,
    AttemptToken,
    CallId,
    Fence,
    ProcessId,
    RunId,
    StepName,
    StepPath,
)
from mn_notebook.domain.messages import Price, Usage
from mn_notebook.domain.values import NOTHING, Stored
from mn_notebook.domain.workflow import Effect, Workflow

RunPhase = Literal["created", "started", "succeeded", "failed", "cancelled"]
InstanceStatus = Literal[
    "running", "retrying", "interrupted", "waiting", "succeeded", "failed", "cancelled"
]
ProgressStatus = Literal["pending", "open", "succeeded", "failed", "skipped"]
CallStatus = Literal[
    "open", "succeeded", "failed", "asked", "refused", "in_doubt", "settled", "lost"
]


@dataclass(frozen=True, slots=True)
class Call:
    """A model call or tool call of a step, as far as the journal knows it."""

    id: CallId
    kind: Literal["model", "tool"]
    attempt: int
    """The attempt that last began it; older than the running one: nobody is making it any more."""
    status: CallStatus
    name: str
    """The model asked for, or the tool."""
    started_at: datetime
    answers: CallId | None = None
    index: int = 0
    effect: Effect = "read"
    args: Stored = NOTHING
    args_hash: str = ""
    key: str = ""
    result: Stored = NOTHING
    """A model's message, or a tool's output."""
    error: ErrorInfo | None = None
    because: str = ""
    finish_reason: str = ""
    answered_by: str | None = None
    """The model that really answered."""
    reask: bool = False
    usage: Usage | None = None
    price: Price | None = None
    latency_seconds: float = 0.0
    approved: bool = False
    """A person allowed this very call."""
    not_happened: bool = False
    """It was in doubt and is known not to have happened: it may be made."""
    doubtful: bool = False
    """It was refused while in doubt: whether it happened is still unknown."""
    request_hash: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of an attempt, or of waiting."""

    attempt: int
    status: Literal["running", "succeeded", "failed", "interrupted", "waiting", "retrying"]
    start: datetime
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class Instance:
    """One unit of work: a step, or one item of a ``for_each`` step."""

    path: StepPath
    step: int
    """The step's position in the workflow."""
    item: int | None
    status: InstanceStatus
    attempt: int = 0
    """The number of the last attempt that started."""
    failures: int = 0
    """Attempts that failed; interrupted ones don't count."""
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


@dataclass(frozen=True, slots=True)
class Progress:
    """How a step stands as a node of the graph."""

    open_needs: int
    status: ProgressStatus = "pending"
    doomed: str | None = None
    """Why it can never start."""
    skipped_because: str | None = None
    items: Stored | None = None
    """The list that a ``for_each`` was expanded to."""
    keys: tuple[str, ...] = ()
    next_item: int = 0
    """The first item that has not been started."""
    busy: int = 0
    """Items started and not ended."""
    succeeded: int = 0
    failed: int = 0
    waiting_because: str | None = None
    error: ErrorInfo | None = None
    """Why the step could not even begin."""

    @property
    def total(self) -> int:
        """Return the number of items; 0 before the expansion."""
        return len(self.keys)


@dataclass(frozen=True, slots=True)
class OpenApproval:
    """An approval that nobody has decided yet."""

    request: ApprovalRequested
    requested_at: datetime


@dataclass(frozen=True, slots=True)
class Totals:
    """What the run has used so far."""

    calls: int = 0
    usage: Usage = field(default_factory=Usage)
    cost_usd: Decimal = Decimal(0)
    """The part that is known."""
    cost_known: bool = True
    scripted: bool = False
    model_calls: int = 0
    tool_calls: int = 0


@dataclass(frozen=True, slots=True)
class RunState:
    """Where a run stands; only `mn_notebook.domain.fold.apply` makes a new one."""

    workflow: Workflow
    run_id: RunId
    phase: RunPhase = "created"
    head: int = 0
    """The number of the last event folded."""
    origin: str = ""
    title: str = ""
    by: str = ""
    inputs: Stored = NOTHING
    created_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    owner: ProcessId | None = None
    fence: Fence | None = None
    progress: Map[int, Progress] = field(default_factory=Map)
    """By the position of the step."""
    instances: Map[StepPath, Instance] = field(default_factory=Map)
    frontier: Map[int, bool] = field(default_factory=Map)
    """Steps whose needs are met and of which nothing has begun."""
    doomed: Map[int, bool] = field(default_factory=Map)
    """Steps that can never start and have not been skipped yet."""
    fanning: Map[int, bool] = field(default_factory=Map)
    """Expanded steps with items that have not been started."""
    active: Map[StepPath, AttemptToken] = field(default_factory=Map)
    """Attempts under way."""
    due: Map[StepPath, datetime] = field(default_factory=Map)
    """Attempts to start again: interrupted ones at once, failed ones at their time."""
    ready: Map[StepPath, bool] = field(default_factory=Map)
    """Waiting attempts that a decision has released."""
    approvals: Map[ApprovalId, OpenApproval] = field(default_factory=Map)
    expiring: Map[ApprovalId, datetime] = field(default_factory=Map)
    """Approvals to which silence will say no, and when."""
    unended: int = 0
    """Steps that have not ended."""
    succeeded: int = 0
    """Steps that ended well."""
    failure: ErrorInfo | None = None
    """Why nothing new is started any more."""
    cancel_requested: bool = False
    totals: Totals = field(default_factory=Totals)
    output: Stored = NOTHING
    error: ErrorInfo | None = None

    @property
    def ended(self) -> bool:
        """Tell whether nothing can happen any more unless somebody asks for it."""
        return self.phase in ("succeeded", "failed", "cancelled")

    def progress_of(self, name: StepName) -> Progress:
        """Return how a step stands."""
        return self.progress[self.workflow.index[name]]
