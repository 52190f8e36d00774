"""What a step is given: its texts, evaluated once and then journaled."""

from collections.abc import Mapping
from typing import Any

from pydantic import JsonValue

from mn_notebook.domain.ids import UNLIKE, content_hash
from mn_notebook.domain.workflow import (
    AgentStep,
    ApproveStep,
    AskStep,
    PythonStep,
    Step,
    ToolStep,
    WaitStep,
    Workflow,
    WorkflowStep,
)
from mn_notebook.errors import PermanentError
from mn_notebook.ports import Expressions


def step_input(step: Step, names: dict[str, Any], expressions: Expressions) -> dict[str, JsonValue]:
    """Return the rendered input of a step, as `step.started` records it.

    Raises:
        PermanentError: a text cannot be evaluated.
    """
    match step:
        case AgentStep():
            bound = {use.tool: expressions.fill(use.bound, names) for use in step.tools}
            return {"prompt": expressions.render(step.prompt, names), "tools": bound}
        case ToolStep() | PythonStep():
            return {"args": expressions.fill(step.args, names)}
        case AskStep():
            return {"prompt": expressions.render(step.prompt, names)}
        case WaitStep():
            return _wait_input(step, names, expressions)
        case WorkflowStep():
            return {"args": expressions.fill(step.args, names)}
        case ApproveStep():
            shown = {path: expressions.evaluate(path, names) for path in (*step.show, *step.edit)}
            return {"prompt": expressions.render(step.prompt, names), "shown": shown}


def _wait_input(
    step: WaitStep, names: dict[str, Any], expressions: Expressions
) -> dict[str, JsonValue]:
    texts = {"duration": step.duration, "until": step.until}
    filled: dict[str, JsonValue] = {
        name: expressions.fill(text, names) for name, text in texts.items() if text is not None
    }
    return filled if step.signal is None else {"signal": step.signal, **filled}


def step_key(step: Step, rendered: Mapping[str, JsonValue], identity: JsonValue) -> str:
    """Return a hash of all that determines what a step gives: a rerun takes the same over.

    ``identity`` is what its handler says of its code, model and schema. A form has none: it is what
    it asks, and for which fields. '' where some of it cannot be told: then nothing is taken over.
    """
    if _is_unlike(identity):
        return ""
    known: JsonValue = step.fields if isinstance(step, AskStep) else identity
    return content_hash([step.kind, dict(rendered), known])


def _is_unlike(identity: JsonValue) -> bool:
    """Tell whether what a handler says of its code may be the same although the code differs."""
    if not isinstance(identity, dict):
        return False
    tools = identity.get("tools")
    of_tools = tools if isinstance(tools, list) else []
    return identity.get("held") == UNLIKE or any(
        isinstance(one, list) and UNLIKE in one for one in of_tools
    )


def holds(step: Step, names: dict[str, Any], expressions: Expressions) -> bool:
    """Evaluate a step's ``when``; a step without one always holds."""
    return step.when is None or bool(expressions.evaluate(step.when, names))


def expanded(
    step: Step, names: dict[str, Any], expressions: Expressions
) -> tuple[list[JsonValue], tuple[str, ...]]:
    """Return the items of a ``for_each`` and their keys.

    Raises:
        PermanentError: it gives no list, too many items, or two items of one key.
    """
    for_each = step.for_each
    if for_each is None:
        return [], ()
    items = expressions.evaluate(for_each.over, names)
    if not isinstance(items, list):
        message = f"for_each: expected a list from {for_each.over!r}, found {_kind_of(items)}"
        raise PermanentError(message)
    items = items if for_each.first is None else items[: for_each.first]
    if len(items) > for_each.max_items:
        message = (
            f"for_each: {len(items)} items are more than the limit of {for_each.max_items}; go "
            f"over parts of the list, such as: {for_each.over} | batch(50)"
        )
        raise PermanentError(message)
    if for_each.key is None:
        return items, tuple(str(index) for index in range(len(items)))
    keys = tuple(
        _key(
            expressions.evaluate(for_each.key, {**names, for_each.item_name: item, "index": index})
        )
        for index, item in enumerate(items)
    )
    _refuse_doubles(keys, for_each.key)
    return items, keys


def _kind_of(value: JsonValue) -> str:
    match value:
        case None:
            return "nothing (null)"
        case bool():
            return str(value).lower()
        case str():
            return "a text"
        case int() | float():
            return "a number"
        case _:
            return "a mapping"


def _key(value: JsonValue) -> str:
    if isinstance(value, str | int | float) and str(value):
        return str(value)
    message = f"key: expected a text or a number for each item, found {value!r}"
    raise PermanentError(message)


def _refuse_doubles(keys: tuple[str, ...], expression: str) -> None:
    seen: set[str] = set()
    for key in keys:
        if key in seen:
            message = f"key: two items have the same key {key!r} by {expression!r}"
            raise PermanentError(message)
        seen.add(key)


def run_output(
    workflow: Workflow, names: dict[str, Any], expressions: Expressions
) -> dict[str, JsonValue]:
    """Return a run's outputs: the declared ones, else those of the steps that nobody needs."""
    if workflow.outputs:
        filled = expressions.fill(workflow.outputs, names)
        return filled if isinstance(filled, dict) else {}
    return {step.name: names[step.name] for step in workflow.steps if is_output(workflow, step)}


def is_output(workflow: Workflow, step: Step) -> bool:
    """Tell whether a step's value is an output of a workflow that declares none."""
    return not workflow.dependents[step.name] and step.name not in workflow.fallback_of
