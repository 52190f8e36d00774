"""Finds, in a run that has been made, the steps that another run need not do again."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from mn_notebook.domain.ids import NodePath, RunId, StepPath
from mn_notebook.domain.state import RunState
from mn_notebook.domain.values import Stored
from mn_notebook.errors import StoreError

Found = tuple[StepPath, Stored]
Origin = tuple[RunId, StepPath]
StateOf = Callable[[RunId], RunState]
_CACHED = 8


@dataclass(frozen=True, slots=True)
class _Outputs:
    """What a run has for others, as of a number of events."""

    head: int
    found: Mapping[tuple[StepPath, str], Found]
    """By path and key."""
    alike: Mapping[tuple[NodePath, str], Sequence[Found]]
    """Those of each step with one key, in the order of their paths."""
    origins: Mapping[StepPath, Origin]


class Reusable:
    """The outputs of earlier runs, by what determined them."""

    def __init__(self, state_of: StateOf) -> None:
        """Look into runs through ``state_of``."""
        self._state_of = state_of
        self._known: dict[RunId, _Outputs] = {}

    def find(
        self,
        run_id: RunId,
        node: NodePath,
        step_key: str,
        path: StepPath,
        taken: Collection[StepPath] = (),
    ) -> Found | None:
        """Return where in a run a step with this key succeeded, and its output; None: nowhere.

        Of several items or iterations with this key it is the one at ``path``, if it is among them;
        and never one of those that were ``taken``: what was done twice can be taken over twice.
        What was undone is not found, in the run or in the one that it took the output over from.
        """
        try:
            state = self._state_of(run_id)
        except StoreError:
            # The run was deleted, or cannot be read here: everything is done anew.
            return None
        found = self._found(state, node, step_key, path, taken)
        if found is not None and self._is_undone(self._outputs(state).origins[found[0]]):
            del self._known[run_id]  # It was undone since.
            found = self._found(state, node, step_key, path, taken)
        return found

    def _found(
        self,
        state: RunState,
        node: NodePath,
        step_key: str,
        path: StepPath,
        taken: Collection[StepPath],
    ) -> Found | None:
        known = self._outputs(state)
        own = known.found.get((path, step_key))
        alike = known.alike.get((node, step_key), ())
        every = alike if own is None else (own, *alike)
        return next((one for one in every if one[0] not in taken), None)

    def _outputs(self, state: RunState) -> _Outputs:
        known = self._known.get(state.run_id)
        if known is None or known.head != state.head:
            while len(self._known) >= _CACHED:
                self._known.pop(next(iter(self._known)))
            known = self._known[state.run_id] = self._outputs_of(state)
        return known

    def _outputs_of(self, state: RunState) -> _Outputs:
        found: dict[tuple[StepPath, str], Found] = {}
        alike: dict[tuple[NodePath, str], list[Found]] = {}
        origins: dict[StepPath, Origin] = {}
        for path, instance in sorted(state.instances.items()):
            # Items and iterations may have one key; every process has to choose the same of them.
            known = instance.status == "succeeded" and instance.step_key
            if not known or _by_hand(state, instance.node):
                continue
            origins[path] = origin_of(state, path, self._state_of)
            if self._is_undone(origins[path]):
                continue
            own = (path, instance.output)
            found[path, instance.step_key] = own
            alike.setdefault((instance.node, instance.step_key), []).append(own)
        return _Outputs(state.head, found, alike, origins)

    def _is_undone(self, origin: Origin) -> bool:
        try:
            return origin[1] in self._state_of(origin[0]).undo.touched
        except StoreError:
            return False


def origin_of(state: RunState, path: StepPath, state_of: StateOf) -> Origin:
    """Return the run, and the unit of work in it, that did what gave an output.

    A run may have taken it over from another one, which has it from a third. Where one of these is
    gone, the last that is there.
    """
    while True:
        instance = state.instances.get(path)
        if instance is None or instance.reused_from is None or state.reuses is None:
            return state.run_id, path
        try:
            older = state_of(state.reuses)
        except StoreError:
            return state.run_id, path
        state, path = older, instance.reused_from


def undone_in(state: RunState, state_of: StateOf) -> frozenset[StepPath]:
    """Return the units of work of a run whose effects were undone, here or where they were had."""
    taken = (path for path, one in state.instances.items() if one.reused_from is not None)
    origins = {path: origin_of(state, path, state_of) for path in taken}
    runs = {run_id for run_id, _ in origins.values() if run_id != state.run_id}
    undone = {run_id: state_of(run_id).undo.touched for run_id in runs}
    here = state.undo.touched
    return here | {path for path, (run_id, at) in origins.items() if at in undone.get(run_id, here)}


def _by_hand(state: RunState, node: NodePath) -> bool:
    """Tell whether a person gave the output: nothing of it says what the step would give."""
    return state.progress[node].given is not None
