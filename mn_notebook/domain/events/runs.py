"""What happens to a run as a whole, from its creation to its end."""

from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from mn_notebook.domain.events.facts import ErrorInfo, Fact
from mn_notebook.domain.ids import (
    CommandId,
    Fence,
    ProcessId,
    RunId,
    StepName,
    StepPath,
    WorkflowHash,
)
from mn_notebook.domain.values import Stored
from mn_notebook.domain.workflow import Budget, Effect


class CodeRef(BaseModel):
    """A tool or function that a run refers to, as it was when the run was created."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    hash: str
    source: str = ""
    module: str | None = None
    """Where it can be imported from; None: it lives in a notebook."""
    effect: Effect = "write"
    defines: str = ""
    """The name that the source binds; '': the source does not stand alone."""
    imports: tuple[str, ...] = ()
    """The import statements that the source needs."""
    helpers: tuple[str, ...] = ()
    """The notebook's functions, classes and plain constants that it needs, in an order in which
    they can be executed."""
    live: tuple[str, ...] = ()
    """Other globals that it uses, such as a frame or a client: only a running kernel has them."""
    refusal: str = ""
    """Why the source says too little, as half a sentence."""
    cell: int | None = None
    """The execution count of the cell that defined it."""
    cell_id: str = ""
    """What the notebook's file calls that cell; '' where the front end does not say it."""
    environment: dict[str, str] = Field(default_factory=dict)
    """The versions of Python and of the packages that it imports."""
    signature: str = ""
    """Proves which user recorded it."""


class RunCreated(Fact):
    """Somebody asked for a run; the workflow's version and the inputs are fixed here."""

    kind: Literal["run.created"] = "run.created"
    workflow: str
    workflow_hash: WorkflowHash
    origin: str
    """The notebook, or file, that the workflow belongs to."""
    title: str
    inputs: Stored
    by: str
    code: tuple[CodeRef, ...] = ()
    program: str = ""
    """The version of the package that wrote this."""
    reuses: RunId | None = None
    """The run whose unchanged steps are taken over, unpaid."""
    afresh: tuple[StepName, ...] = ()
    """Steps that are not taken over, changed or not."""
    budget: Budget | None = None
    """The most that the run may spend; None: an older program wrote this, and nothing bounds it."""
    cheaper: str = ""
    """The model that it goes on with when a person wants a cheaper one; '': none was named."""


class LeaseTaken(Fact):
    """A process became the run's owner."""

    kind: Literal["lease.taken"] = "lease.taken"
    owner: ProcessId
    fence: Fence


class RunStarted(Fact):
    """The first owner began to advance the run."""

    kind: Literal["run.started"] = "run.started"


class RunCancelRequested(Fact):
    """Somebody asked to stop; attempts under way are being cancelled."""

    kind: Literal["run.cancel_requested"] = "run.cancel_requested"
    by: str
    because: str = ""
    command_id: CommandId | None = None


class RunPauseRequested(Fact):
    """Somebody asked to hold the run: what is under way ends, nothing new begins."""

    kind: Literal["run.pause_requested"] = "run.pause_requested"
    by: str
    because: str = ""
    command_id: CommandId | None = None


class RunPaused(Fact):
    """Nothing is under way any more; the run stays as it is until somebody resumes it."""

    kind: Literal["run.paused"] = "run.paused"


class RunResumed(Fact):
    """A paused run goes on, or one that was about to pause does not."""

    kind: Literal["run.resumed"] = "run.resumed"
    by: str
    command_id: CommandId | None = None
    asked_at: AwareDatetime | None = None
    """When somebody asked for it: a pause that was asked for before that is over with it."""


class RunReopened(Fact):
    """A failed run goes on: its failed steps are tried afresh."""

    kind: Literal["run.reopened"] = "run.reopened"
    by: str
    command_id: CommandId | None = None
    paths: tuple[StepPath, ...] | None = None
    """The failed steps and items that are tried; None: all."""


class RunSucceeded(Fact):
    """Every step has ended and the outputs are known."""

    kind: Literal["run.succeeded"] = "run.succeeded"
    output: Stored
    partial: str = ""
    """Why not all was done that could have been; '': it was."""


class RunFailed(Fact):
    """A step failed for good and nothing is under way any more."""

    kind: Literal["run.failed"] = "run.failed"
    error: ErrorInfo


class RunCancelled(Fact):
    """The run was stopped on request."""

    kind: Literal["run.cancelled"] = "run.cancelled"
