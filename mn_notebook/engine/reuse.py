"""Finds, in a run that has been made, the steps that another run need not do again."""

from collections.abc import Callable, Mapping

from mn_notebook.domain.ids import NodePath, RunId, StepPath
from mn_notebook.domain.state import RunState
from mn_notebook.domain.values import Stored
from mn_notebook.errors import StoreError

Found = tuple[StepPath, Stored]
_CACHED = 8


class Reusable:
    """The outputs of earlier runs, by what determined them."""

    def __init__(self, state_of: Callable[[RunId], RunState]) -> None:
        """Look into runs through ``state_of``."""
        self._state_of = state_of
        self._known: dict[RunId, Mapping[tuple[NodePath, str], Found]] = {}

    def find(self, run_id: RunId, node: NodePath, step_key: str) -> Found | None:
        """Return where in a run a step with this key succeeded, and its output; None: nowhere."""
        if run_id not in self._known:
            while len(self._known) >= _CACHED:
                self._known.pop(next(iter(self._known)))
            self._known[run_id] = self._outputs(run_id)
        return self._known[run_id].get((node, step_key))

    def _outputs(self, run_id: RunId) -> Mapping[tuple[NodePath, str], Found]:
        try:
            state = self._state_of(run_id)
        except StoreError:
            # The run was deleted, or cannot be read here: everything is done anew.
            return {}
        found: dict[tuple[NodePath, str], Found] = {}
        undone = state.undo.touched
        for path, instance in sorted(state.instances.items()):
            # Items and iterations may have one key; every process has to choose the same of them.
            known = instance.status == "succeeded" and instance.step_key
            if path in undone:
                continue  # What it did has been undone.
            if known and not _by_hand(state, instance.node):
                key = (instance.node, instance.step_key)
                found.setdefault(key, (path, instance.output))
        return found


def _by_hand(state: RunState, node: NodePath) -> bool:
    """Tell whether a person gave the output: nothing of it says what the step would give."""
    return state.progress[node].given is not None
