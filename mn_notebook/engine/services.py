"""What a runner works with."""

from collections import deque
from collections.abc import Callable, Collection, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from mn_notebook.domain.events import ErrorInfo
from mn_notebook.domain.ids import ApprovalId, NodePath, RunId, StepPath
from mn_notebook.domain.state import RunState
from mn_notebook.domain.values import Stored
from mn_notebook.domain.workflow import Effect, Step
from mn_notebook.engine.decisions import Asking
from mn_notebook.engine.values import Values
from mn_notebook.errors import MnError
from mn_notebook.ports import (
    Ceiling,
    Clock,
    Expressions,
    IdSource,
    Journal,
    Mistaken,
    StepHandler,
    Undoer,
    Undone,
    never_mistaken,
)

TROUBLE_SECONDS = 1.0
"""After so long a store that failed is asked again."""

Reuses = Callable[
    [RunId, NodePath, str, StepPath, Collection[StepPath]], tuple[StepPath, Stored] | None
]
"""See `mn_notebook.engine.reuse.Reusable.find`."""

Spawn = Callable[[Coroutine[Any, Any, None]], Any]
"""Starts a task that somebody waits for, and returns it."""


@dataclass(frozen=True, slots=True)
class Services:
    """The ports and parts that every runner of a worker shares."""

    journal: Journal
    values: Values
    expressions: Expressions
    clock: Clock
    ids: IdSource
    handlers: Mapping[str, StepHandler]
    """By the kind of step."""
    prepare: Callable[[RunState], None] = lambda _state: None
    """Brings what a run needs, such as its code, before it goes on here."""
    is_decided: Callable[[ApprovalId], bool] = lambda _approval_id: False
    """Tells whether somebody has decided an approval, taken up or not."""
    reusable: Reuses = lambda _run_id, _node, _step_key, _path, _taken: None
    """Finds, in a run that is reused, the output of a step with this key, and where it stands."""
    ceilings: tuple[Ceiling, ...] = ()
    """What runs may spend on a day beside their own budgets."""

    mistaken: Mistaken = never_mistaken
    """Tells whether a step would call another tool than the one that its workflow declares."""

    undoer: Undoer = field(default_factory=lambda: NoUndoer())
    """Undoes calls."""

    def effect_of(self, step: Step) -> Effect:
        """Return what a step does to the world at most."""
        handler = self.handlers.get(step.kind)
        try:
            return "read" if handler is None else handler.effect(step)
        except MnError:
            return "write"  # What cannot be had might do anything.

    def missing(self, state: RunState, node: NodePath) -> str | None:
        """Say what a step needs that is not there, or None."""
        step = state.step_at(node)
        handler = self.handlers.get(step.kind)
        if handler is None:
            return None
        return self.another(state, node) or handler.missing(step)

    def another(self, state: RunState, node: NodePath) -> str | None:
        """Say what a step would call in place of what its workflow declares, or None."""
        workflow = state.scopes[state.progress[node].scope].workflow
        return self.mistaken(workflow, state.step_at(node)) if workflow.tools else None

    @property
    def asking(self) -> Asking:
        """Return what is needed to ask a person."""
        return Asking(self.values, self.expressions, self.effect_of)


class NoUndoer:
    """Undoes nothing: where no tool of a process brings a compensation."""

    def missing(self, _step: Step, tool: str, /) -> str | None:
        """Say that the tool is not there."""
        return f"the tool {tool!r} is not there"

    def repeats(self, _step: Step, _tool: str, /) -> bool | None:
        """Say that there is nothing to make."""
        return None

    async def check(self, *_call: object) -> Undone:
        """Know nothing."""
        return Undone(error=ErrorInfo(type="NotThere", message="the tool is not there"))

    async def undo(self, *_call: object) -> Undone:
        """Undo nothing."""
        return Undone(error=ErrorInfo(type="NotThere", message="the tool is not there"))


class Slots:
    """How many attempts of a process may be under way at once."""

    def __init__(self, total: int) -> None:
        """Allow ``total`` attempts."""
        self._total = total
        self.busy = 0

    @property
    def free(self) -> int:
        """Return how many further attempts may begin."""
        return max(0, self._total - self.busy)


class Doorbell:
    """Brings what happened in other threads into the loop, with one wake-up for a crowd."""

    def __init__(self, call_soon_threadsafe: Callable[..., Any]) -> None:
        """Ring in the loop whose ``call_soon_threadsafe`` is given."""
        self._wake = call_soon_threadsafe
        self._waiting: deque[Callable[[], None]] = deque()
        self._rung = False

    def post(self, action: Callable[[], None]) -> None:
        """Run an action in the loop, after all that were posted before; from any thread."""
        self.leave(action)
        self.ring()

    def leave(self, action: Callable[[], None]) -> None:
        """Post an action without ringing: whoever leaves it rings when there is time."""
        self._waiting.append(action)

    def ring(self) -> None:
        """Let the loop do what was posted."""
        if not self._rung:
            # A second ring by a racing thread is harmless: the drain finds nothing to do.
            self._rung = True
            # Where the loop has ended nobody is left to be told; the journal's thread must go on.
            with suppress(RuntimeError):
                self._wake(self._drain)

    def _drain(self) -> None:
        self._rung = False
        while self._waiting:
            self._waiting.popleft()()
