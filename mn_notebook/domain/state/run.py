"""A run as a whole: its graphs and units of work, what it waits for and what it has used."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

from immutables import Map

from mn_notebook.domain.accounts import Account
from mn_notebook.domain.events import ApprovalRequested, BudgetReached, CodeRef, ErrorInfo
from mn_notebook.domain.ids import (
    ROOT,
    ApprovalId,
    AttemptToken,
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
from mn_notebook.domain.messages import Usage
from mn_notebook.domain.state.graphs import Progress, Scope
from mn_notebook.domain.state.instances import Instance, Limited
from mn_notebook.domain.undoing import Undo
from mn_notebook.domain.values import NOTHING, Stored
from mn_notebook.domain.workflow import Budget, Step, Workflow

RunPhase = Literal["created", "started", "succeeded", "failed", "cancelled"]

RETRY_TOKENS = 20.0
"""So many retries may a run have in excess of the share that its successes earn."""


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
    told_at: datetime | None = None
    """When it happened: until then, at least, somebody owned the run."""
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
    """The time that is over; what nobody owned the run in is not in it."""
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

    @property
    def nodes(self) -> list[NodePath]:
        """Return the steps of all graphs in their order; that of `progress` is none at all."""
        return sorted(self.progress, key=lambda node: self.progress[node].number)

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
