"""What a workflow's texts may name, with the journaled values behind the names."""

from typing import Any

from pydantic import JsonValue

from mn_notebook.domain.fold_ends import outcome_for
from mn_notebook.domain.ids import NodePath, ScopePath, instance_path, node_path
from mn_notebook.domain.rows import StepRows
from mn_notebook.domain.state import Instance, Progress, RunState
from mn_notebook.engine.values import Values


def names_for(
    state: RunState,
    node: NodePath,
    values: Values,
    item: int | None = None,
    iteration: int | None = None,
) -> dict[str, Any]:
    """Return the names that a step's texts may use, or those of one of its items.

    ``iteration`` is the one whose texts are evaluated; None: the one that the step is in.
    """
    progress = state.progress[node]
    step = state.step_at(node)
    names = base_names(state, progress.scope, values)
    for need in step.needs:
        needed = node_path(progress.scope, need)
        # A join may let a step start although somebody rejected what it builds on: not with that.
        refused = outcome_for(state, node, needed, "succeeded") == "skipped"
        names[need] = None if refused else value_of(state, needed, values)
    names["feedback"] = progress.feedback
    if item is not None:
        names |= _item_names(state, node, progress, item, values)
    names["previous"] = _previous(state, node, item, iteration, values)
    return names


def base_names(state: RunState, scope: ScopePath, values: Values) -> dict[str, Any]:
    """Return the names that every text of a graph may use."""
    return {
        "inputs": inputs_of(state, scope, values),
        "run": {"id": state.run_id, "workflow": state.workflow.name},
        "previous": None,
        "feedback": None,
    }


def inputs_of(state: RunState, scope: ScopePath, values: Values) -> Any:
    """Return the inputs of the run, or of a subworkflow."""
    if not scope:
        return values.load(state.inputs) or {}
    given = values.load(state.scopes[scope].inputs)
    return given.get("args") or {} if isinstance(given, dict) else {}


def _item_names(
    state: RunState, node: NodePath, progress: Progress, item: int, values: Values
) -> dict[str, Any]:
    for_each = state.step_at(node).for_each
    items = values.load(progress.items) if progress.items is not None else None
    if for_each is None or not isinstance(items, list):
        return {}
    return {for_each.item_name: items[item], "index": item}


def _previous(
    state: RunState, node: NodePath, item: int | None, iteration: int | None, values: Values
) -> JsonValue:
    """Return the output of the iteration before; an item's first one follows its last turn's."""
    progress = state.progress[node]
    key = None if item is None else progress.keys[item]
    before = (iteration or progress.iteration_of(item)) - 1
    if key is not None and before == 0 and progress.turn > 1:
        instance = _last_in_turn(state, node, key, progress.turn - 1)
    else:
        instance = state.instances.get(instance_path(node, key, before, progress.turn))
    return None if instance is None else values.load(instance.output)


def _last_in_turn(state: RunState, node: NodePath, key: str, turn: int) -> Instance | None:
    """Return the last iteration of the item of this key, before all were done anew."""
    found, iteration = None, 1
    while (one := state.instances.get(instance_path(node, key, iteration, turn))) is not None:
        found, iteration = one, iteration + 1
    return found


def value_of(state: RunState, node: NodePath, values: Values) -> Any:
    """Return the value of a step: its output, what stands for it, or that of its items.

    It is null when the step has not ended, has failed or was skipped.
    """
    progress = state.progress[node]
    if progress.given is not None:
        return _given(state, node, values.load(progress.given))
    if progress.stand_in is not None:
        return value_of(state, progress.stand_in, values)
    if state.step_at(node).for_each is not None:
        return _rows(state, node, values)
    instance = state.current(node)
    if instance is None or progress.status != "succeeded":
        return None
    return values.load(instance.output)


def _given(state: RunState, node: NodePath, value: JsonValue) -> Any:
    """Return what a person gave; for a step with items as if they had given it."""
    if state.step_at(node).for_each is None or not isinstance(value, list):
        return value
    rows: list[dict[str, JsonValue]] = [
        {
            "index": index,
            "key": str(index),
            "item": None,
            "status": "succeeded",
            "output": one,
            "error": None,
        }
        for index, one in enumerate(value)
    ]
    return StepRows(value, rows)


def _rows(state: RunState, node: NodePath, values: Values) -> StepRows:
    progress = state.progress[node]
    items = values.load(progress.items) if progress.items is not None else []
    if not isinstance(items, list):
        return StepRows()
    rows = [
        _row(state, node, index, key, item, values)
        for index, (key, item) in enumerate(zip(progress.keys, items, strict=True))
    ]
    return StepRows([row["output"] for row in rows if row["status"] == "succeeded"], rows)


def _row(
    state: RunState, node: NodePath, index: int, key: str, item: JsonValue, values: Values
) -> dict[str, JsonValue]:
    instance = state.current(node, index)
    error = instance.error if instance is not None else None
    return {
        "index": index,
        "key": key,
        "item": item,
        "status": instance.status if instance is not None else "pending",
        "output": values.load(instance.output) if instance is not None else None,
        "error": error.message if error is not None else None,
    }
