"""Verbs that run a workflow once more, and pay for what has changed: try, rerun."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated

from cyclopts import Parameter
from pydantic import JsonValue

from mn_notebook.agents.handlers import make_handlers
from mn_notebook.domain.ids import RunId, StepName
from mn_notebook.domain.inputs import checked_inputs
from mn_notebook.domain.state import RunState
from mn_notebook.domain.words import one_line, plural
from mn_notebook.domain.workflow import Workflow
from mn_notebook.engine.reuse import undone_in
from mn_notebook.errors import UsageError
from mn_notebook.language.expressions import SandboxedExpressions
from mn_notebook.language.words import hint
from mn_notebook.ports import RunLine
from mn_notebook.verbs.called import whole
from mn_notebook.verbs.control import Reuse, shown, start_reusing
from mn_notebook.verbs.effect_forecast import rerun_forecast
from mn_notebook.verbs.files import find_workflow
from mn_notebook.verbs.forecast import Forecast, Foreteller
from mn_notebook.verbs.inputs import read_inputs
from mn_notebook.verbs.options import Flag
from mn_notebook.verbs.results import Started
from mn_notebook.verbs.session import Definition, Session
from mn_notebook.verbs.text_files import is_file_name
from mn_notebook.verbs.trial import following, part_for

_MOST_LOOKED_AT = 200
_SAMPLE = 3


def rerun(
    session: Session,
    run: str | None = None,
    /,
    *inputs: str,
    from_: Annotated[str | None, Parameter(name="--from")] = None,
    wait: Flag = False,
) -> Started:
    """Run the workflow as it stands now, and take over the steps that have not changed.

    A step is taken over, unpaid, when all that determines it is as it was: what it is given, its
    prompt, its model, the form of its output, its code. So is what a person filled in; what people
    decided is asked again.

    Args:
        session: Whose store it is.
        run: The run to take over from: its id, or the beginning of it; without it the newest.
        inputs: Inputs that differ from that run's, as name=value.
        from_: Do this step, and all that follow from it, anew in any case.
        wait: Wait for the end of the run; a terminal ends before when the run stands still.
    """
    if run is not None and "=" in run:
        inputs, run = (run, *inputs), None
    line = session.client.run(run) if run is not None else _newest(session)
    definition = present_definition(session, line)
    given = read_inputs(definition.checked.workflow, inputs, session.variable)
    run_id, forecast = rerun_with(session, line, definition, given, from_)
    return Started(shown(session, run_id, wait=wait), forecast.text)


def rerun_with(
    session: Session,
    line: RunLine,
    definition: Definition,
    changes: Mapping[str, JsonValue],
    from_: str | None,
) -> tuple[RunId, Forecast]:
    """Start a rerun with some other inputs; say what is expected of its steps.

    Raises:
        UsageError: there is no such step, or an input does not fit.
    """
    workflow = whole(session, definition)
    afresh = () if from_ is None else following(workflow, step_named(workflow, from_))
    state = session.client.state(line.run_id)
    inputs = checked_inputs(workflow, {**former_inputs(session, state, workflow), **changes})
    forecast = foreteller(session, state, inputs).forecast(workflow, afresh)
    forecast = replace(forecast, effects=rerun_forecast(session, line.run_id, forecast))
    if session.face.said is not None:
        session.face.said(forecast.text)
    run_id = start_reusing(session, definition, workflow, inputs, Reuse(line.run_id, afresh))
    return run_id, forecast


def foreteller(session: Session, state: RunState, inputs: Mapping[str, JsonValue]) -> Foreteller:
    """Return what foretells the steps of a run that reuses ``state``."""
    runtime = session.engine()
    handlers = make_handlers(runtime.code, runtime.models, session.client.store.clock)
    undone = undone_in(state, session.client.state)
    values, expressions = session.client.values, SandboxedExpressions()
    return Foreteller(state, values, expressions, handlers, inputs, undone)


def _newest(session: Session) -> RunLine:
    origins = [None] if session.via == "terminal" else [session.settings.notebook, *session.origins]
    lines = [line for origin in origins for line in session.client.runs(origin=origin, most=1)]
    if not lines:
        message = f"there is no run to take over from; `{session.program} run` starts one"
        raise UsageError(message)
    return max(lines, key=lambda line: line.created_at)


def present_definition(session: Session, line: RunLine) -> Definition:
    """Return the definition of a run's workflow as it stands now.

    Raises:
        UsageError: it is not here.
    """
    defined = session.definitions.get(line.workflow)
    if defined is not None and defined.origin == line.origin:
        return defined
    if is_file_name(line.origin):
        return find_workflow(session, line.origin)
    if defined is not None:
        return defined
    where = f"in {one_line(line.origin, 200)}" if session.via == "terminal" else "here"
    message = (
        f"the workflow {line.workflow!r} of run {line.run_id[:4]} is a cell: run the cell that "
        f"begins with `%%mn workflow {line.workflow}` {where} first"
    )
    raise UsageError(message)


def former_inputs(session: Session, state: RunState, workflow: Workflow) -> dict[str, JsonValue]:
    """Return what a run was started with, as far as the workflow has such inputs now."""
    given = session.client.values.load(state.inputs)
    known = given if isinstance(given, dict) else {}
    return {name: value for name, value in known.items() if name in workflow.inputs}


def step_named(workflow: Workflow, name: str) -> StepName:
    """Return the name of a step of a workflow.

    Raises:
        UsageError: it has no such step.
    """
    if name not in workflow.index:
        near = hint(name, workflow.index, nouns="its steps")
        message = f"workflow {workflow.name!r} has no step {name!r}{near}"
        raise UsageError(message)
    return StepName(name)


def try_(
    session: Session,
    workflow: str,
    step: str,
    /,
    *inputs: str,
    items: int | None = None,
    wait: Flag = False,
) -> Started:
    """Run one step, and what it needs, on a sample.

    What has not changed since the newest run of the workflow is taken over, unpaid, its inputs
    too. The trial is a run of its own, and is called so.

    Args:
        session: Whose store it is.
        workflow: The name of a workflow of this notebook, or a YAML file.
        step: The step to try.
        inputs: Inputs that differ from the newest run's, as name=value.
        items: Of a for_each step, on how many of the first items; 3 if nothing is said.
        wait: Wait for the end of the trial, also while a person is asked.
    """
    definition = find_workflow(session, workflow)
    complete = whole(session, definition)
    name = step_named(complete, step)
    first = _sample(complete, name, items)
    part = part_for(complete, name, first)
    last = last_of(session, definition)
    given = read_inputs(complete, inputs, session.variable)
    state = None if last is None else session.client.state(last.run_id)
    former = {} if state is None else former_inputs(session, state, complete)
    values = checked_inputs(complete, {**former, **given})
    note = "" if state is None else foreteller(session, state, values).forecast(part, ()).text
    if session.face.said is not None and note:
        session.face.said(note)
    on = "" if first is None else f" on {plural(first, 'item')}"
    reuse = Reuse(None if last is None else last.run_id, (), title=f"trial of {name}{on}")
    run_id = start_reusing(session, definition, part, values, reuse)
    return Started(shown(session, run_id, wait=wait), note)


def _sample(workflow: Workflow, name: StepName, items: int | None) -> int | None:
    step = workflow.step(name)
    if step.for_each is None:
        if items is not None:
            message = f"{name!r} has no items: --items is for a step with for_each"
            raise UsageError(message)
        return None
    if items is not None and items < 1:
        message = f"--items: expected at least 1, found {items}"
        raise UsageError(message)
    return items or _SAMPLE


def last_of(session: Session, definition: Definition) -> RunLine | None:
    """Return the newest run of a definition, whatever became of it, or None."""
    name = definition.checked.workflow.name
    lines = session.client.runs(origin=definition.origin, most=_MOST_LOOKED_AT)
    return next((line for line in lines if line.workflow == name), None)
