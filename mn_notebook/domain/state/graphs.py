"""A graph of steps, and how each step stands as a node of it."""

from dataclasses import dataclass, field
from typing import Literal

from immutables import Map

from mn_notebook.domain.accounts import Account
from mn_notebook.domain.events import ErrorInfo
from mn_notebook.domain.ids import NodePath, ScopePath, StepPath
from mn_notebook.domain.joins import Tally
from mn_notebook.domain.replacing import replace
from mn_notebook.domain.values import NOTHING, Stored
from mn_notebook.domain.workflow import Workflow

ProgressStatus = Literal["pending", "open", "succeeded", "failed", "skipped"]


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
    """The first item that has not been started, and was not skipped before its turn."""
    ahead: int = 0
    """Items behind that one which were skipped before their turn."""
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
    taken: Map[StepPath, bool] = field(default_factory=Map)
    """What it has taken over from the run that is reused, by its place there."""

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
