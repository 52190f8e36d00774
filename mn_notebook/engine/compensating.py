"""Makes the compensations of a run: one at a time, each after the commit of its intent."""

from collections.abc import Callable
from typing import Any

from mn_notebook.domain.events import CompensationStarted
from mn_notebook.domain.state import RunState
from mn_notebook.domain.undoing import Undoable
from mn_notebook.engine.move import AnyEvent, Move
from mn_notebook.engine.services import Services, Spawn
from mn_notebook.engine.undoing import Undoing, not_undone

Undone = Callable[[tuple[AnyEvent, ...]], None]
"""Is told in the loop what a compensation came to."""


class Compensating:
    """The compensation of a run that is under way, or about to be."""

    def __init__(self, services: Services, spawn: Spawn) -> None:
        """Undo in tasks that ``spawn`` starts."""
        self._undoing = Undoing(services)
        self._spawn = spawn
        self._next: Undoable | None = None
        """The call whose compensation begins with the next commit."""
        self.is_under_way = False
        self._task: Any = None

    def begin(self, state: RunState, call: Undoable) -> Move:
        """Return the intent of a compensation; it is made when that is durable."""
        move = self._undoing.begin(state, call.call_id)
        if any(isinstance(event, CompensationStarted) for event in move.events):
            self._next, self.is_under_way = call, True
        return move

    def take(self) -> Undoable | None:
        """Return the call whose intent is in the group that is about to be queued."""
        call, self._next = self._next, None
        return call

    def make(self, state: RunState, call: Undoable, undone: Undone) -> None:
        """Make a compensation whose intent is durable, or a check, which needs none."""
        self.is_under_way = True
        self._task = self._spawn(self._made(state, call, undone))

    async def _made(self, state: RunState, call: Undoable, undone: Undone) -> None:
        step = state.step_of(call.path)
        try:
            events = await self._undoing.make(call, step)
        except Exception as fault:  # noqa: BLE001 - whatever is raised is the call's outcome
            events = (not_undone(call, fault),)
        finally:
            self._task, self.is_under_way = None, False
        undone(events)

    def abandon(self) -> None:
        """Stop what is under way; the next owner will find it cut off."""
        if self._task is not None:
            self._task.cancel()
