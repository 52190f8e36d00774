"""Says what is known of a run's texts and lists before it begins."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import JsonValue

from mn_notebook.domain.past_runs import Fan
from mn_notebook.domain.workflow import AgentStep, Step, Workflow, WorkflowStep
from mn_notebook.engine.inputs import expanded
from mn_notebook.errors import PermanentError
from mn_notebook.language.expressions import SandboxedExpressions

_SAMPLE = 50
"""The prompts of so many items are rendered; the others are taken to be as long."""
_PRIME = 7_919
_EXPRESSIONS = SandboxedExpressions()


def asks_models(workflow: Workflow, step: Step) -> bool:
    """Tell whether a step asks a model, or calls a workflow that does."""
    if isinstance(step, WorkflowStep):
        child = workflow.children.get(step.workflow)
        return child is not None and child.asks_models
    return isinstance(step, AgentStep)


def fans_of(
    workflow: Workflow, inputs: Mapping[str, JsonValue]
) -> tuple[dict[str, Fan], tuple[str, ...]]:
    """Return the steps of a graph that ask models for each item of a list.

    First those whose number of items the inputs tell, then those of which nobody knows it yet.
    """
    names = names_before(workflow, inputs)
    fans, unknown = {}, []
    for step in workflow.steps:
        if step.for_each is None or not asks_models(workflow, step):
            continue
        items = known_items(step, names)
        if items is None:
            unknown.append(step.name)
        else:
            at_once = min(step.for_each.concurrency, workflow.max_concurrency)
            fans[str(step.name)] = Fan(len(items), at_once)
    return fans, tuple(unknown)


def given_or_defaults(
    workflow: Workflow, inputs: Mapping[str, JsonValue] | None
) -> Mapping[str, JsonValue]:
    """Return inputs as far as they are known: those that are given, else the defaults."""
    if inputs is not None:
        return inputs
    return {name: field.default for name, field in workflow.inputs.items() if not field.required}


def names_before(workflow: Workflow, inputs: Mapping[str, JsonValue]) -> dict[str, Any]:
    """Return the names that are known before a run begins."""
    return {
        "inputs": dict(inputs),
        "run": {"id": "", "workflow": workflow.name},
        "previous": None,
        "feedback": None,
    }


def known_items(step: Step, names: dict[str, Any]) -> list[JsonValue] | None:
    """Return the items of a step, where they follow from what is known; else None."""
    try:
        return expanded(step, names, _EXPRESSIONS)[0]
    except PermanentError:
        return None  # It follows from what is not known yet; or the run will say what is wrong.


def rendered(prompt: str, names: dict[str, Any]) -> str | None:
    """Return a text as it will be; None: it names what is not known yet."""
    if "{" not in prompt:
        return prompt  # To compile a template takes longer than all else that is reckoned of it.
    try:
        return _EXPRESSIONS.render(prompt, names)
    except PermanentError:
        return None


def filled(args: Mapping[str, JsonValue], names: dict[str, Any]) -> JsonValue:
    """Return arguments as they will be; None: they name what is not known yet."""
    try:
        return _EXPRESSIONS.fill(dict(args), names)
    except PermanentError:
        return None


def most_units(step: Step, items: Sequence[JsonValue] | None) -> int | None:
    """Return how many units a step can have at the very most; None: nobody has bounded them."""
    for_each = step.for_each
    if for_each is None:
        return 1
    if items is not None:
        return len(items)
    # The most items that a list may have at all say nothing of how many it will have.
    return for_each.first


def sample_of(items: int) -> list[int]:
    """Return places of so many items that are spread over all of them, in no even rhythm.

    Every tenth of a list may be of one kind: rows that were sorted, or were put together in turn.
    """
    if items <= _SAMPLE:
        return list(range(items))
    block = items // _SAMPLE
    return [index * items // _SAMPLE + index * _PRIME % block for index in range(_SAMPLE)]


def as_text(value: JsonValue) -> str:
    """Return a value as long as a template writes it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
