"""Derives the part of a workflow that one step needs, for trying that step on a sample."""

from collections.abc import Iterable

from mn_notebook.domain.ids import StepName
from mn_notebook.domain.workflow import ApproveStep, Step, Workflow


def part_for(workflow: Workflow, name: StepName, first: int | None) -> Workflow:
    """Return the workflow with nothing but a step, on its first items, and what it needs.

    Fallbacks come along; an approval that authorises a step which is left out only asks.
    """
    kept = needed_for(workflow, [name])
    steps = [_fitted(step, kept, name, first) for step in workflow.steps if step.name in kept]
    fields = {field: getattr(workflow, field) for field in type(workflow).model_fields}
    # Not by model_copy, which would bring along what is cached here, such as the hash.
    return Workflow.model_construct(**{**fields, "steps": tuple(steps), "outputs": {}})


def needed_for(workflow: Workflow, names: Iterable[StepName]) -> frozenset[StepName]:
    """Return steps with all that they follow from, and the fallbacks of these."""
    found: set[StepName] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            step = workflow.step(name)
            waiting += [*step.needs, *([step.fallback] if step.fallback else [])]
    return frozenset(found)


def following(workflow: Workflow, name: StepName) -> tuple[StepName, ...]:
    """Return a step and all that follow from it, in the order of the text."""
    found: set[StepName] = set()
    waiting = [name]
    while waiting:
        here = waiting.pop()
        if here not in found:
            found.add(here)
            step = workflow.step(here)
            waiting += [workflow.steps[position].name for position in workflow.dependents[here]]
            waiting += [step.fallback] if step.fallback else []
    return tuple(step.name for step in workflow.steps if step.name in found)


def _fitted(step: Step, kept: frozenset[StepName], name: StepName, first: int | None) -> Step:
    if isinstance(step, ApproveStep) and step.authorises not in (None, *kept):
        step = step.model_copy(update={"authorises": None})
    if step.name == name and step.for_each is not None and first is not None:
        sample = step.for_each.model_copy(update={"first": first})
        step = step.model_copy(update={"for_each": sample})
    return step
