"""The verb that says what a run would cost, and what a step would be given, free."""

import json
import shlex
from collections.abc import Mapping
from typing import Any

from pydantic import JsonValue

from mn_notebook.domain.ids import NodePath
from mn_notebook.domain.inputs import checked_inputs
from mn_notebook.domain.state import RunState
from mn_notebook.domain.workflow import Budget, Step, Workflow
from mn_notebook.engine.inputs import expanded, step_input
from mn_notebook.engine.names import value_of
from mn_notebook.errors import PermanentError, UsageError
from mn_notebook.language.expressions import SandboxedExpressions
from mn_notebook.verbs.called import whole
from mn_notebook.verbs.control import dollars
from mn_notebook.verbs.costs import cost_preview
from mn_notebook.verbs.files import find_workflow
from mn_notebook.verbs.inputs import read_inputs
from mn_notebook.verbs.iterate import former_inputs, last_of, step_named
from mn_notebook.verbs.results import Preview, Rendered
from mn_notebook.verbs.session import Definition, Session

_CHARACTERS_PER_TOKEN = 3.5
_FIRST = 2
"""So many items of a for_each are shown."""


def preview(
    session: Session,
    workflow: str,
    step: str | None = None,
    /,
    *inputs: str,
    budget: str | None = None,
) -> Preview:
    """Say what a run would cost, and show what a step would be given; nothing is run or paid.

    The cost is that of the runs before it, and what the definition bounds it to. The values are
    those of the newest run of the workflow.

    Args:
        session: Whose store it is.
        workflow: The name of a workflow of this notebook, or a YAML file.
        step: A step, to see its rendered prompt or arguments; of a for_each its first items.
        inputs: Inputs that differ from the newest run's, as name=value.
        budget: The most that the run may spend, in dollars, as `run` takes it.
    """
    if step is not None and "=" in step:
        inputs, step = (step, *inputs), None
    definition = find_workflow(session, workflow)
    typed = read_inputs(definition.checked.workflow, inputs, session.variable)
    granted = None if budget is None else dollars(budget)
    return preview_of(session, definition, typed, step, budget=granted, said=workflow)


def preview_of(
    session: Session,
    definition: Definition,
    typed: Mapping[str, JsonValue],
    step: str | None = None,
    *,
    budget: Budget | None = None,
    said: str = "",
) -> Preview:
    """Say what a run of a definition would cost, and what a step would be given.

    ``typed`` are inputs that differ from the newest run's; ``said`` is how the workflow was named.

    Raises:
        UsageError: there is no such step, or an input does not fit.
    """
    complete = whole(session, definition)
    declared = None if step is None else complete.step(step_named(complete, step))
    last = last_of(session, definition)
    state = None if last is None else session.client.state(last.run_id)
    former = {} if state is None else former_inputs(session, state, complete)
    values = _values(complete, former, typed, needed=declared is not None)
    rendered: list[Rendered] = []
    if declared is not None and values is not None:
        names = _names(session, complete, declared, state, values, said=said)
        rendered = _rendered_or_refused(declared, names)
    expected = cost_preview(session, complete, definition.origin, values, budget=budget, full=True)
    return Preview(
        workflow=complete.name,
        step=step or "",
        run_id="" if last is None or values is None else last.run_id,
        rendered=tuple(rendered[:_FIRST]),
        more=max(0, len(rendered) - _FIRST),
        cost=_FREE if expected is None else "\n".join(expected.told),
        expected=expected,
    )


_FREE = "It asks no model: a run costs nothing."


def _values(
    workflow: Workflow,
    former: Mapping[str, JsonValue],
    typed: Mapping[str, JsonValue],
    *,
    needed: bool,
) -> dict[str, JsonValue] | None:
    """Return the inputs; None: some are missing, and nobody named any.

    Raises:
        UsageError: they do not fit, or are needed.
    """
    try:
        return checked_inputs(workflow, {**former, **typed})
    except UsageError:
        if needed or typed:
            raise
        return None


def _rendered_or_refused(step: Step, names: dict[str, Any]) -> list[Rendered]:
    try:
        return _rendered(step, names)
    except PermanentError as fault:
        message = f"{step.name!r} cannot be rendered: {fault}"
        raise UsageError(message) from fault


def _names(
    session: Session,
    workflow: Workflow,
    step: Step,
    state: RunState | None,
    inputs: Mapping[str, JsonValue],
    *,
    said: str,
) -> dict[str, Any]:
    names: dict[str, Any] = {"inputs": dict(inputs), "previous": None, "feedback": None}
    names["run"] = {"id": "", "workflow": workflow.name}
    for need in step.needs:
        progress = None if state is None else state.progress.get(NodePath(need))
        if state is None or progress is None or progress.status in ("pending", "open"):
            _refuse(session, said, step, need, state)
        else:
            names[need] = value_of(state, NodePath(need), session.client.values)
    return names


def _refuse(session: Session, said: str, step: Step, need: str, state: RunState | None) -> None:
    """Refuse for want of a value; ``said`` is how the workflow was named, and is named again."""
    if need not in step.uses:
        return  # It only has to come before: no text names it.
    where = "there is no run yet" if state is None else f"run {state.run_id[:4]} has none"
    message = (
        f"{step.name!r} uses the value of {need!r}, and {where}: "
        f"`{session.program} try {shlex.quote(said)} {need}` makes one"
    )
    raise UsageError(message)


def _rendered(step: Step, names: dict[str, Any]) -> list[Rendered]:
    expressions = SandboxedExpressions()
    if step.for_each is None:
        return [_one("", step_input(step, names, expressions))]
    items, keys = expanded(step, names, expressions)
    name = step.for_each.item_name
    shown = [
        _one(key, step_input(step, {**names, name: item, "index": index}, expressions))
        for index, (key, item) in enumerate(zip(keys[:_FIRST], items[:_FIRST], strict=True))
    ]
    return [*shown, *(Rendered(key, "", 0, 0) for key in keys[_FIRST:])]


def _one(key: str, given: Mapping[str, JsonValue]) -> Rendered:
    prompt = given.get("prompt")
    rest = given.get("shown", given.get("args", {})) if isinstance(prompt, str) else given
    text = prompt if isinstance(prompt, str) else ""
    if rest:
        text = "\n\n".join(filter(None, [text, json.dumps(rest, indent=2, ensure_ascii=False)]))
    return Rendered(key, text, len(text), round(len(text) / _CHARACTERS_PER_TOKEN))
