"""Verbs by which a person helps a run along: retry, skip, signal."""

from dataclasses import replace

from pydantic import JsonValue

from mn_notebook.domain.ids import StepPath
from mn_notebook.domain.shapes import first_fault
from mn_notebook.domain.state import RunState
from mn_notebook.domain.type_words import type_text
from mn_notebook.domain.words import plural
from mn_notebook.domain.workflow import AgentStep, Schema, Step
from mn_notebook.engine.people import waiting_item
from mn_notebook.errors import UsageError
from mn_notebook.ports import RunLine
from mn_notebook.verbs.asking import asked
from mn_notebook.verbs.effect_forecast import retry_forecast
from mn_notebook.verbs.follow import taken_up, untaken
from mn_notebook.verbs.inputs import read_free
from mn_notebook.verbs.results import Asked, Decided
from mn_notebook.verbs.session import Session


def retry(session: Session, run: str, step: str | None = None, /) -> Decided:
    """Try failed steps of a failed run afresh: one of them, or all.

    It says what becomes of the effects of these steps: which are not made again, repeated, checked
    first or asked about. Retries that a workflow asks for itself need no verb.

    Args:
        session: Whose store it is.
        run: The run's id, or its beginning.
        step: The failed step, or one failed item of it; without it all failed steps.
    """
    line = session.client.run(run)
    foretold = retry_forecast(session, line.run_id, step)
    command_id = session.client.retry(line.run_id, step, via=session.via)
    what = "Its failed steps are" if step is None else f"{step} is"
    said = asked(
        session,
        line.run_id,
        step or "",
        "retry",
        applied=taken_up(session, line.run_id, command_id),
        done=f"Run {line.run_id[:4]} goes on: {what[0].lower()}{what[1:]} tried afresh.",
        later=f"{what} tried afresh",
    )
    return replace(said, text=f"{said.text} {foretold}") if foretold else said


def skip(
    session: Session, run: str, step: str, /, *, because: str, value: str | None = None
) -> Decided:
    """Leave a step undone, or put a value in its place.

    Without a value the step counts as skipped, and what needs it goes by its join rule. With a
    value it counts as succeeded: the value is an override, and the journal says whose.

    Args:
        session: Whose store it is.
        run: The run's id, or its beginning.
        step: The step, or one item of it, also before its turn; a failed one will do as well.
        because: Why, for the journal and for whoever reads it.
        value: What stands in its place, as JSON, else as a text; @file and :variable will do.
    """
    line = session.client.run(run)
    given = None if value is None else _read(session, line, step, value)
    return skip_with(session, line, step, given, has_value=value is not None, because=because)


def _read(session: Session, line: RunLine, path: str, text: str) -> JsonValue:
    step = _step_at(session.client.state(line.run_id), path)
    as_text = isinstance(step, AgentStep) and step.output is None and step.for_each is None
    return read_free(text, session.variable, as_text=as_text)


def skip_with(
    session: Session,
    line: RunLine,
    path: str,
    value: JsonValue,
    *,
    has_value: bool,
    because: str,
) -> Decided:
    """Leave a step undone, or put a value in its place, as `skip` does.

    Raises:
        UsageError: there is no such step, it has ended, or the value is not what it would give.
    """
    if has_value:
        _require_fit(session.client.state(line.run_id), path, value)
    command_id = session.client.skip(
        line.run_id, path, value=value, has_value=has_value, because=because, via=session.via
    )
    how = "takes the value that you gave" if has_value else "is skipped"
    return asked(
        session,
        line.run_id,
        path,
        "skip",
        applied=taken_up(session, line.run_id, command_id),
        done=f"{path} of run {line.run_id[:4]} {how}.",
        later=f"{path} {how}",
    )


def _step_at(state: RunState, path: str) -> Step | None:
    for node in state.progress:
        if node == path:
            return state.step_at(node)
    instance = state.instances.get(StepPath(path))
    if instance is not None:
        return state.step_at(instance.node)
    waiting = waiting_item(state, StepPath(path))
    return None if waiting is None else state.step_at(waiting[0])


def _require_fit(state: RunState, path: str, value: JsonValue) -> None:
    """Refuse a value that the steps which follow could not use."""
    step = _step_at(state, path)
    whole = step is not None and step.for_each is not None and path in state.progress
    if whole and not isinstance(value, list):
        message = f"the value of {path!r}: expected a list, one output for each item"
        raise UsageError(message)
    schema: Schema | None = getattr(step, "output", None)
    if schema is None:
        return
    for one in value if whole and isinstance(value, list) else [value]:
        fault = first_fault(one, schema)
        if fault is not None:
            message = (
                f"the value of {path!r}: expected {type_text(schema)}, found {one!r} ({fault})"
            )
            raise UsageError(message)


def signal(
    session: Session, name: str, run: str | None = None, /, *, value: str | None = None
) -> Asked:
    """Send a signal to the runs that wait for it, or will.

    A run that does not wait for it yet keeps it until it does.

    Args:
        session: Whose store it is.
        name: The signal's name, as the workflow says it.
        run: Only this run: its id, or the beginning of it.
        value: What the waiting step gets as its output, as JSON, else as a text; @file and
            :variable will do.
    """
    given = None if value is None else read_free(value, session.variable)
    return signal_with(session, name, run, given)


def signal_with(session: Session, name: str, run: str | None, value: JsonValue) -> Asked:
    """Send a signal with a value, as `signal` does.

    Raises:
        UsageError: no run can wait for it.
    """
    run_id = None if run is None else session.client.run(run).run_id
    reached = session.client.signal(name, run_id=run_id, value=value, via=session.via)
    pending = session.client.store.inbox.pending((), reached)
    left = untaken(session, {c.run_id: c.id for c in pending if c.kind == "signal"})
    decided = tuple(
        asked(
            session,
            one,
            "",
            "signal",
            applied=one not in left,
            done=f"Run {one[:4]} has it.",
            later="It gets the signal",
        )
        for one in reached
    )
    return Asked(decided, f"The signal {name!r} is sent to {plural(len(reached), 'run')}.")
