"""What happens to the steps of a run, to their items and to their attempts."""

from typing import Literal

from pydantic import AwareDatetime

from mn_notebook.domain.events.facts import ErrorInfo, Fact
from mn_notebook.domain.ids import AttemptToken, CommandId, NodePath, StepPath
from mn_notebook.domain.values import NOTHING, Stored


class StepExpanded(Fact):
    """The items of a ``for_each`` are known; they are never computed again."""

    kind: Literal["step.expanded"] = "step.expanded"
    path: StepPath
    items: Stored
    """A list."""
    keys: tuple[str, ...]


class StepStarted(Fact):
    """An attempt may begin: its inputs are rendered and will not be rendered again."""

    kind: Literal["step.started"] = "step.started"
    path: StepPath
    attempt: int
    token: AttemptToken
    """'' where no process works on it: it waits for a person, time or a subworkflow."""
    input: Stored
    step_key: str
    """A hash of all that determines the step: resolved inputs, prompt, model, schema, code. ''
    where some of it cannot be told from anything else."""
    item: int | None = None
    """The position of a ``for_each`` item."""
    code_hash: str | None = None
    node: NodePath | None = None
    """The step as a node of its graph; None: the path names a step of the run's own graph."""
    iteration: int = 1
    """Which iteration of the step, or of its item, this is."""


class StepSucceeded(Fact):
    """The step's output is known; it is what every later step sees."""

    kind: Literal["step.succeeded"] = "step.succeeded"
    path: StepPath
    attempt: int
    output: Stored
    reused_from: StepPath | None = None
    """Where in the run that is reused the output was found; nothing was done or paid for it."""


class StepIterated(Fact):
    """An iteration of a ``repeat_until`` was judged."""

    kind: Literal["step.iterated"] = "step.iterated"
    path: StepPath
    """The iteration that has ended."""
    holds: bool
    """The condition holds."""
    again: bool
    """Another iteration follows; false although the condition does not hold: the bound is
    reached."""


class StepsRedone(Fact):
    """A rejection sent the work back: these steps are done once more."""

    kind: Literal["step.redone"] = "step.redone"
    path: StepPath
    """The approval that was rejected."""
    target: NodePath
    nodes: tuple[NodePath, ...]
    """The target, what lies between it and the approval, and the approval itself."""
    feedback: str
    output: Stored = NOTHING
    """What the rejected approval gives."""


class StepFailed(Fact):
    """An attempt failed; ``final``: no further one follows by itself."""

    kind: Literal["step.failed"] = "step.failed"
    path: StepPath
    attempt: int
    error: ErrorInfo
    final: bool
    item: int | None = None
    """Set when an item failed before its first attempt could start."""
    node: NodePath | None = None
    """As in `StepStarted`."""
    iteration: int = 1
    put_off: bool = False
    """The other side asked for it later: none of the attempts that the step has is used up."""


class StepInterrupted(Fact):
    """An attempt ended without an outcome: its process died, or the run was cancelled."""

    kind: Literal["step.interrupted"] = "step.interrupted"
    path: StepPath
    attempt: int
    because: str
    on_purpose: bool = False
    """The run was paused, or the step is not wanted any more: it does not count as a crash."""


class StepResumed(Fact):
    """A waiting attempt goes on: what it waited for was decided, or its time has come."""

    kind: Literal["step.resumed"] = "step.resumed"
    path: StepPath
    attempt: int
    token: AttemptToken


class StepHeld(Fact):
    """An attempt was let go of until a time: so long a limit holds back its next call."""

    kind: Literal["step.held"] = "step.held"
    path: StepPath
    attempt: int
    until: AwareDatetime


class StepRetryScheduled(Fact):
    """Another attempt will start at a time."""

    kind: Literal["step.retry_scheduled"] = "step.retry_scheduled"
    path: StepPath
    attempt: int
    """The number of the attempt to come."""
    at: AwareDatetime


class StepSkipped(Fact):
    """The step will not be done; the reason is for people."""

    kind: Literal["step.skipped"] = "step.skipped"
    path: StepPath
    """A step, or one item of it."""
    because: str
    by: str = ""
    """The person who wanted it; '' when the workflow's own rules did."""
    output: Stored | None = None
    """What a person gave instead: the step then counts as succeeded with it."""
    command_id: CommandId | None = None
    item: int | None = None
    """Of an item whose turn has not come: its place in the list. It never begins."""
    node: NodePath | None = None
    """The step of that item, where its path does not tell it."""


class StepWaiting(Fact):
    """The step cannot start yet for a reason outside the graph, such as a cell that has not run."""

    kind: Literal["step.waiting"] = "step.waiting"
    path: StepPath
    because: str
