"""Counts the model calls that a run can make at the very most."""

from mn_notebook.domain.ids import StepName
from mn_notebook.domain.policies import retry_of
from mn_notebook.domain.turns import MAX_REASKS, REASKS_BELOW
from mn_notebook.domain.workflow import AgentStep, ApproveStep, Step, Workflow, WorkflowStep
from mn_notebook.engine.people import between
from mn_notebook.verbs.known_before import (
    given_or_defaults,
    known_items,
    most_units,
    names_before,
)


def most_calls(workflow: Workflow) -> int | None:
    """Return how many model calls a run can make at the very most, every retry included.

    None: a list may have any number of items. Nothing is rendered or priced for it.
    """
    names = names_before(workflow, given_or_defaults(workflow, None))
    redos = redone(workflow)
    total = 0
    for step in workflow.steps:
        calls = _most_of_unit(workflow, step)
        if calls == 0:
            continue
        items = None if step.for_each is None else known_items(step, names)
        units = most_units(step, items)
        if units is None or calls is None:
            return None
        total += units * calls * repeated(step) * redos.get(step.name, 1)
    return total


def _most_of_unit(workflow: Workflow, step: Step) -> int | None:
    if isinstance(step, AgentStep):
        if summarises(step):
            return None
        return sum(longest(step, len(ladder_of(workflow, step)))) * retry_of(step, "read").attempts
    if isinstance(step, WorkflowStep) and step.workflow in workflow.children:
        return most_calls(workflow.children[step.workflow])
    return 0


def ladder_of(workflow: Workflow, step: AgentStep) -> tuple[str | None, ...]:
    """Return the models that a step may ask, the first one in front; None: the default one."""
    return (step.model, *step.ladder) if step.model else (workflow.model, *workflow.ladder)


def longest(step: AgentStep, rungs: int) -> tuple[int, ...]:
    """Return how many calls an attempt can make of each model of its ladder.

    Summaries of long results are not among them: see `summarises`.
    """
    turns = step.turns if step.tools else 1
    return (*((turns + REASKS_BELOW,) * (rungs - 1)), turns + MAX_REASKS)


def summarises(step: AgentStep) -> bool:
    """Tell whether the step may ask for any number of summaries: one for each long result."""
    return bool(step.tools) and step.long_results.then == "summarise"


def repeated(step: Step) -> int:
    """Return how many iterations a step can have."""
    return step.repeat.at_most if step.repeat is not None else 1


def redone(workflow: Workflow) -> dict[StepName, int]:
    """Return how often rejections can have a step done, where they can at all."""
    times: dict[StepName, int] = {}
    for asking in workflow.steps:
        redo = asking.on_reject if isinstance(asking, ApproveStep) else None
        if redo is not None:
            for name in between(workflow, redo.target, asking.name):
                times[name] = times.get(name, 1) * (1 + redo.at_most)
    return times
