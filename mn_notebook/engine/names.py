"""What a workflow's texts may name, with the journaled values behind the names."""

from typing import Any

from pydantic import JsonValue

from mn_notebook.domain.ids import StepName, item_path
from mn_notebook.domain.rows import StepRows
from mn_notebook.domain.state import RunState
from mn_notebook.domain.workflow import Step
from mn_notebook.engine.values import Values


def names_for(state: RunState, step: Step, values: Values) -> dict[str, Any]:
    """Return the names that a step's texts may use: inputs, run, and the steps that it needs."""
    names = base_names(state, values)
    for need in step.needs:
        names[need] = value_of(state, need, values)
    return names


def base_names(state: RunState, values: Values) -> dict[str, Any]:
    """Return the names that every text may use."""
    return {
        "inputs": values.load(state.inputs) or {},
        "run": {"id": state.run_id, "workflow": state.workflow.name},
        "previous": None,
        "feedback": None,
    }


def item_names(state: RunState, step: Step, item: int, values: Values) -> dict[str, Any]:
    """Return what the texts of one item may use besides."""
    progress = state.progress_of(step.name)
    items = values.load(progress.items) if progress.items is not None else None
    if step.for_each is None or not isinstance(items, list):
        return {}
    return {step.for_each.item_name: items[item], "index": item}


def value_of(state: RunState, name: StepName, values: Values) -> Any:
    """Return the value of a step: its output, or the outputs and rows of its items."""
    step = state.workflow.step(name)
    if step.for_each is not None:
        return _rows(state, step, values)
    instance = state.instances.get(item_path(name, None))
    return None if instance is None else values.load(instance.output)


def _rows(state: RunState, step: Step, values: Values) -> StepRows:
    progress = state.progress_of(step.name)
    items = values.load(progress.items) if progress.items is not None else []
    if not isinstance(items, list):
        return StepRows()
    rows = [
        _row(state, step, index, key, item, values)
        for index, (key, item) in enumerate(zip(progress.keys, items, strict=True))
    ]
    return StepRows([row["output"] for row in rows if row["status"] == "succeeded"], rows)


def _row(
    state: RunState, step: Step, index: int, key: str, item: JsonValue, values: Values
) -> dict[str, JsonValue]:
    instance = state.instances.get(item_path(step.name, key))
    error = instance.error if instance is not None else None
    return {
        "index": index,
        "key": key,
        "item": item,
        "status": instance.status if instance is not None else "pending",
        "output": values.load(instance.output) if instance is not None else None,
        "error": error.message if error is not None else None,
    }
