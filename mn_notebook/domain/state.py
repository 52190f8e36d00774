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

from mn_notebook.domain.accounts import Account
from mn_notebook.domain.events import (
    ApprovalRequested,
    BudgetReached,
    CodeRef,
    ErrorInfo,
    ToolAsked,
    ToolShortened,
)
from mn_notebook.domain.ids import (
    ROOT,
    ApprovalId,
    AttemptToken,
    CallId,
    Fence,
    NodePath,
    ProcessId,
    RunId,
    ScopePath,
    StepName,
    StepPath,
    instance_path,
    node_path,
)
from mn_notebook.domain.joins import Tally
from mn_notebook.domain.messages import Estimate, Price, Usage
from mn_notebook.domain.replacing import replace
from mn_notebook.domain.undoing import Undo
from mn_notebook.domain.values import NOTHING, Stored
from mn_notebook.domain.workflow import Budget, Effect, Step, Workflow

RunPhase = Literal["created", "started", "succeeded", "failed", "cancelled"]
InstanceStatus = Literal[
    "running", "retrying", "interrupted", "waiting", "succeeded", "failed", "skipped", "cancelled"
]
ProgressStatus = Literal["pending", "open", "succeeded", "failed", "skipped"]
CallStatus = Literal[
    "open", "succeeded", "failed", "asked", "refused", "in_doubt", "settled", "lost", "answered"
]


RETRY_TOKENS = 20.0
"""So many retries may a run have in excess of the share that its successes earn."""


@dataclass(frozen=True)
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
    decided_by: str = ""
    """Who changed its arguments, or answered in its place."""
    rules: tuple[str, ...] = ()
    """The rules of the policy that spoke about it, in words."""
    asks: ToolAsked | None = None
    """What it asked a person last; answered where it is ``approved``."""
    given: Stored | None = None
    """What the person filled in; None: he declined, or has not answered."""
    estimate: Estimate | None = None
    """What is reserved for a model call."""
    rung: int = 0
    """Which model of the step's ladder it asks."""
    climbed: str = ""
    """Why the model below is asked no more."""
    tool_mode: Literal["native", "schema"] | None = None
    about: CallId | None = None
    """The tool call whose result it is to summarise."""
    shortened: ToolShortened | None = None
    """What of a long result a model is shown."""
    reused: CallId | None = None
    """The identical call whose outcome it has taken over."""


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


@dataclass(frozen=True)
class Scope:
    """A graph of steps: the run's own, or that of a subworkflow."""

    path: ScopePath
    workflow: Workflow
    unended: int
    """Steps that have not ended."""
    inputs: Stored = NOTHING
    parent: ScopePath | None = None
    """The graph that the step stands in which runs this one; None: it is the run's own."""
    active: int = 0
    """Attempts under way in it and below it."""
    failure: ErrorInfo | None = None
    """Why nothing new is started here any more."""
    broken: int = 0
    """Steps whose failure ends it."""
    held: ErrorInfo | None = None
    """The failure that counts again when the steps that are tried afresh have ended."""
    retried: int = 0
    """Failed steps that are being tried afresh while others stay failed."""
    closed: bool = False
    """The step that runs it has ended."""
    account: Account = field(default_factory=Account)
    """What was spent in it and below it."""


@dataclass(frozen=True)
class Progress:
    """How a step stands as a node of its graph."""

    scope: ScopePath
    step: int
    """The step's position in the workflow of its graph."""
    number: int
    """Unique in the run; steps that may begin at the same time begin in this order."""
    tally: Tally
    """How its needs have ended."""
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
    skipped: int = 0
    waiting_because: str | None = None
    error: ErrorInfo | None = None
    """Why the step failed, or could not even begin."""
    iterations: Map[int, int] = field(default_factory=Map)
    """The iteration that an item is in, where it is not the first; the step itself is -1."""
    first_iteration: int = 1
    """The iteration that the step itself began with when it was last done anew."""
    turn: int = 1
    """Grows when a ``for_each`` is done anew as a whole."""
    redos: int = 0
    """So often has this approval sent the work back."""
    feedback: str | None = None
    """Why the work was sent back."""
    called: bool = False
    """A fallback whose step has failed."""
    stand_in: NodePath | None = None
    """The fallback that was called; its value stands for this step's."""
    given: Stored | None = None
    """What a person gave instead of the step's output."""
    retried: bool = False
    """It failed and is being tried afresh while others stay failed."""
    account: Account = field(default_factory=Account)
    """What the step has spent, however often it was done."""

    @property
    def total(self) -> int:
        """Return the number of items; 0 before the expansion."""
        return len(self.keys)

    def iteration_of(self, item: int | None) -> int:
        """Return the iteration that an item, or the step itself, is in."""
        return self.iterations.get(_ITSELF if item is None else item, 1)

    def in_iteration(self, item: int | None, iteration: int) -> "Progress":
        """Return the progress with an item, or the step itself, in another iteration."""
        position = _ITSELF if item is None else item
        return replace(self, iterations=self.iterations.set(position, iteration))

    def from_iteration(self, iteration: int) -> "Progress":
        """Return the progress of a step that is done anew, beginning with an iteration."""
        return replace(self.in_iteration(None, iteration), first_iteration=iteration)


_ITSELF = -1


@dataclass(frozen=True)
class OpenApproval:
    """An approval that nobody has decided yet."""

    request: ApprovalRequested
    requested_at: datetime
    escalated: bool = False
    """Nobody decided in time; it is shown more urgently."""
    delegated_to: str = ""
    """Who should decide, as somebody said."""


@dataclass(frozen=True)
class Spared:
    """What was not used, because identical calls had been made."""

    model_calls: int = 0
    tool_calls: int = 0
    usage: Usage = field(default_factory=Usage)
    cost_usd: Decimal = Decimal(0)
    """The part that is known."""
    cost_known: bool = True


@dataclass(frozen=True)
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
    spared: Spared = field(default_factory=Spared)


@dataclass(frozen=True)
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
    reuses: RunId | None = None
    afresh: tuple[StepName, ...] = ()
    code: tuple[CodeRef, ...] = ()
    """The code that the run was started with."""
    created_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    owner: ProcessId | None = None
    fence: Fence | None = None
    scopes: Map[ScopePath, Scope] = field(default_factory=Map)
    """The graphs: the run's own under `ROOT`, and those of subworkflows that have begun."""
    progress: Map[NodePath, Progress] = field(default_factory=Map)
    instances: Map[StepPath, Instance] = field(default_factory=Map)
    frontier: Map[int, NodePath] = field(default_factory=Map)
    """Steps whose join rule holds and of which nothing has begun, by their numbers: the order of
    texts as keys would differ from process to process."""
    doomed: Map[int, NodePath] = field(default_factory=Map)
    """Steps that can never start and have not been skipped yet."""
    fanning: Map[int, NodePath] = field(default_factory=Map)
    """Expanded steps with items that have not been started."""
    judging: Map[StepPath, bool] = field(default_factory=Map)
    """Iterations that have ended and were not judged yet."""
    repeating: Map[StepPath, bool] = field(default_factory=Map)
    """Iterations that another one follows."""
    closing: Map[ScopePath, bool] = field(default_factory=Map)
    """Subworkflows that have come to their end."""
    timers: Map[StepPath, datetime] = field(default_factory=Map)
    """What time alone moves on, or ends."""
    awaited: Map[str, Map[StepPath, bool]] = field(default_factory=Map)
    """Who waits for a signal."""
    signals: Map[str, tuple[Stored, ...]] = field(default_factory=Map)
    """Signals that nobody has waited for yet, oldest first."""
    signalled: Map[StepPath, bool] = field(default_factory=Map)
    """Waits whose signal has come."""
    active: Map[StepPath, AttemptToken] = field(default_factory=Map)
    """Attempts under way."""
    due: Map[StepPath, datetime] = field(default_factory=Map)
    """Attempts to start again: interrupted ones at once, failed ones at their time."""
    ready: Map[StepPath, bool] = field(default_factory=Map)
    """Waiting attempts that a decision has released."""
    limited: Map[StepPath, Limited] = field(default_factory=Map)
    """What waits for a limit: for a moment in its attempt, or let go of until its time."""
    approvals: Map[ApprovalId, OpenApproval] = field(default_factory=Map)
    permissions: Map[str, str] = field(default_factory=Map)
    """Tools that need no approval in this run any more, and who said so."""
    expiring: Map[ApprovalId, datetime] = field(default_factory=Map)
    """Approvals to which silence will say no, and when."""
    retry_tokens: float = RETRY_TOKENS
    """How many retries the run may make without slowing down; see `policies.retry_delay`."""
    cancel_requested: bool = False
    pause_requested: bool = False
    paused: bool = False
    resume_asked_at: datetime | None = None
    """When somebody asked for the resume that was obeyed last."""
    totals: Totals = field(default_factory=Totals)
    output: Stored = NOTHING
    error: ErrorInfo | None = None
    undo: Undo = field(default_factory=Undo)
    """What of the run can be undone, and how far that has come."""
    account: Account = field(default_factory=Account)
    """What the run has spent and reserved."""
    budget: Budget | None = None
    """The most that the run may spend, as it stands now; None: nothing bounds it."""
    raised: Map[tuple[str, str], Budget] = field(default_factory=Map)
    """What people gave steps and subworkflows, by level and place."""
    reached: BudgetReached | None = None
    """A budget is used up: nothing new begins before a person has decided."""
    cheaper: str = ""
    """The model that a person may let it go on with."""
    model: str = ""
    """The model that all calls are made with, for the sake of the budget; '': each step's own."""
    stopped_short: str = ""
    """Why no model is asked any more; '': they are."""
    partial: str = ""
    """Why the run ended well although not all was done; '': it was."""
    timed: bool = False
    """The time in which something is under way is measured: there is a budget of it."""
    worked_seconds: float = 0.0
    working_since: datetime | None = None

    @property
    def ended(self) -> bool:
        """Tell whether nothing can happen any more unless somebody asks for it.

        But for the undoing of what was done: see `undoing`.
        """
        return self.phase in ("succeeded", "failed", "cancelled")

    @property
    def undoing(self) -> bool:
        """Tell whether the run has ended, and what it did is being undone."""
        return self.undo.wanted and self.ended and self.undo.goes_on

    @property
    def root(self) -> Scope:
        """Return the run's own graph."""
        return self.scopes[ROOT]

    @property
    def failure(self) -> ErrorInfo | None:
        """Return why nothing new is started any more, or None."""
        return self.root.failure

    @property
    def unended(self) -> int:
        """Return how many steps of the run's own graph have not ended."""
        return self.root.unended

    @property
    def done(self) -> int:
        """Return how many steps of the run's own graph need no further work."""
        return len(self.workflow.steps) - self.root.unended - self.root.broken

    def progress_of(self, name: StepName, scope: ScopePath = ROOT) -> Progress:
        """Return how a step stands."""
        return self.progress[node_path(scope, name)]

    def step_at(self, node: NodePath) -> Step:
        """Return the declared step of a node."""
        progress = self.progress[node]
        return self.scopes[progress.scope].workflow.steps[progress.step]

    def step_of(self, path: StepPath) -> Step:
        """Return the declared step of a unit of work, or of a step that has not begun."""
        instance = self.instances.get(path)
        return self.step_at(NodePath(path) if instance is None else instance.node)

    def current_path(self, node: NodePath, item: int | None = None) -> StepPath:
        """Name the unit of work that a step, or one of its items, is in now."""
        progress = self.progress[node]
        key = None if item is None else progress.keys[item]
        return instance_path(node, key, progress.iteration_of(item), progress.turn)

    def current(self, node: NodePath, item: int | None = None) -> Instance | None:
        """Return the unit of work that a step, or one of its items, is in; None: not begun."""
        return self.instances.get(self.current_path(node, item))

    def is_current(self, instance: Instance) -> bool:
        """Tell whether a step, or one of its items, is in this unit of work, and past no other."""
        item = instance.item
        known = item is None or item < self.progress[instance.node].total
        return known and self.current_path(instance.node, item) == instance.path

    def stopped(self, scope: ScopePath) -> bool:
        """Tell whether a graph, or one around it, has failed: nothing new begins there."""
        here: ScopePath | None = scope
        while here is not None:
            found = self.scopes[here]
            if found.failure is not None or found.closed:
                return True
            here = found.parent
        return False
