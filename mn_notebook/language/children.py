"""What a workflow gives and takes when another one calls it."""

from collections.abc import Mapping

from mn_notebook.domain.ids import StepName
from mn_notebook.domain.workflow import (
    AgentStep,
    PythonStep,
    Schema,
    Step,
    ToolStep,
    Workflow,
)
from mn_notebook.language.catalog import Catalog
from mn_notebook.language.drafts import Draft
from mn_notebook.language.findings import Findings
from mn_notebook.language.reading import Parameters
from mn_notebook.language.words import hint


def parameters_of(child: Workflow) -> Parameters:
    """Return what a workflow takes: its inputs."""
    return Parameters(
        owner=f"the workflow {child.name!r}",
        types={name: field.json_schema for name, field in child.inputs.items()},
        required=frozenset(name for name, field in child.inputs.items() if field.required),
    )


def result_of(child: Workflow) -> Schema:
    """Return the schema of what a workflow gives, as far as its own text tells it."""
    if child.outputs:
        known: dict[str, Schema] = {name: {} for name in child.outputs}
    else:
        known = {name: _output(child.step(name)) for name in _last_steps(child)}
    return {"type": "object", "properties": {**known}, "additionalProperties": False}


def _last_steps(child: Workflow) -> list[StepName]:
    return [
        step.name
        for step in child.steps
        if not child.dependents[step.name] and step.name not in child.fallback_of
    ]


def _output(step: Step) -> Schema:
    match step:
        case AgentStep() | ToolStep() | PythonStep() if step.output is not None:
            schema = step.output
        case AgentStep():
            schema = {"type": "string"}
        case _:
            schema = {}
    if "$defs" in schema:  # its references would look for them at the root
        return {}
    return schema if step.for_each is None else {"type": "array", "items": schema}


def check_calls(
    name: str, drafts: Mapping[str, Draft], catalog: Catalog, findings: Findings
) -> None:
    """Report calls of workflows that nobody knows, or that lead back to the workflow itself."""
    for draft in drafts.values():
        if draft.calls is None:
            continue
        message = _wrong_call(name, draft.calls.text, catalog.workflows)
        if message is not None:
            findings.problem(draft.calls.mark, message)


def _wrong_call(name: str, called: str, workflows: Mapping[str, Workflow] | None) -> str | None:
    if called == name:
        return (
            f"the workflow {name!r} calls itself, without an end; to do steps again, write "
            "`repeat_until` with `at_most`"
        )
    if workflows is None:
        return None
    if called not in workflows:
        near = hint(called, set(workflows) - {name}, nouns="workflows")
        return f"unknown workflow {called!r}{near or '; define it before this one'}"
    way = _way_back(name, called, workflows)
    if way is None:
        return None
    return (
        f"the workflow {name!r} calls itself, without an end: {' → '.join((name, *way))}; "
        "remove one of these calls"
    )


def _way_back(name: str, called: str, workflows: Mapping[str, Workflow]) -> tuple[str, ...] | None:
    """Return the calls that lead from ``called`` to ``name``, both named, or None."""
    waiting: list[tuple[str, ...]] = [(called,)]
    seen = {called}
    while waiting:
        way = waiting.pop()
        child = workflows.get(way[-1])
        for further in child.calls if child else ():
            if further == name:
                return (*way, further)
            if further not in seen:
                seen.add(further)
                waiting.append((*way, further))
    return None
