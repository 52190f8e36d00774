"""Verbs that move runs: run, resume, cancel."""

from typing import Any

from mn_notebook.client import NewRun
from mn_notebook.domain.ids import RunId
from mn_notebook.domain.picture import RunPicture
from mn_notebook.domain.words import one_line
from mn_notebook.errors import RunError, StoreTooNew, UsageError
from mn_notebook.ports import RunLine
from mn_notebook.verbs.files import (
    bring_code_of,
    find_workflow,
    is_file_name,
    missing_code,
)
from mn_notebook.verbs.follow import ENDED, follow, taken_up
from mn_notebook.verbs.inputs import plain_inputs, read_inputs
from mn_notebook.verbs.options import Flag
from mn_notebook.verbs.results import Decided, Resumed
from mn_notebook.verbs.session import Definition, Session


def run(session: Session, workflow: str, /, *inputs: str, wait: Flag = False) -> RunPicture:
    """Start a run of a workflow.

    In a notebook it goes on in the background, and the cell ends at once. A terminal stays with the
    run for as long as it goes on by itself; with --wait also while a person is asked, who can
    decide anywhere else. Limits on cost are not available yet.

    Args:
        session: Whose store it is.
        workflow: The name of a workflow of this notebook, or a YAML file.
        inputs: One name=value for each input: text as it is, lists as YAML or JSON. name=@file
            reads a file, a table from CSV, Parquet or JSON; name=:variable takes a variable of the
            notebook.
        wait: Wait for the end of the run.
    """
    definition = find_workflow(session, workflow)
    given = read_inputs(definition.checked.workflow, inputs, session.variable)
    run_id = start(session, definition, given)
    return shown(session, run_id, wait=wait)


def run_with(session: Session, workflow: str, values: dict[str, Any]) -> RunId:
    """Start a run with Python values as inputs; a DataFrame goes in as a table."""
    return start(session, find_workflow(session, workflow), plain_inputs(values))


def start(session: Session, definition: Definition, inputs: dict[str, Any]) -> RunId:
    """Start a run of a definition; it is durable on return.

    Raises:
        UsageError: an input does not fit, or a file's code is not there.
    """
    runtime = session.engine()
    workflow = definition.checked.workflow
    if is_file_name(definition.origin) and definition.origin != session.settings.notebook:
        _require_code(session, definition)
    new = NewRun(
        workflow,
        definition.checked.source,
        definition.origin,
        inputs,
        runtime.code.references(workflow),
    )
    if definition.origin not in (session.settings.notebook, *session.origins):
        session.origins.append(definition.origin)
    if session.serves_origin:
        return runtime.start(new)
    # A terminal looks after this run alone, not after everything of its file.
    run_id = runtime.client.start(new)
    runtime.resume(run_id)
    return run_id


def _require_code(session: Session, definition: Definition) -> None:
    absent = missing_code(session.engine(), definition.checked.workflow.steps)
    if absent:
        message = (
            f"{absent[0]}: a workflow in a file names its code as package.module:name; "
            "modules beside the file are found"
        )
        raise UsageError(message)


def shown(session: Session, run_id: RunId, *, wait: bool) -> RunPicture:
    """Let the face show a run, wait for it where that is asked for, and return its picture."""
    if session.face.shown is not None:
        session.face.shown(run_id)
    if wait or session.face.waits:
        return follow(session, run_id, patient=wait or session.face.patient)
    return session.client.picture(run_id)


def resume(
    session: Session,
    run: str | None = None,
    /,
    *,
    all: Flag = False,  # noqa: A002 - the option is called so
    wait: Flag = False,
) -> Resumed:
    """Go on with a run that failed or was interrupted.

    Finished calls are not made again. A run that waits for a person is told about: deciding moves
    it on.

    Args:
        session: Whose store it is.
        run: The run's id, or its beginning.
        all: Every interrupted run of this store whose code is here.
        wait: Wait for the end also while a person is asked.
    """
    if all == (run is not None):
        message = f"expected a run's id or --all; `{session.program} runs` lists them"
        raise UsageError(message)
    if run is not None:
        return _resume_one(session, session.client.run(run), wait=wait)
    return _resume_all(session, wait=wait)


def _resume_one(session: Session, line: RunLine, *, wait: bool) -> Resumed:
    short = line.run_id[:4]
    if line.status in ("succeeded", "cancelled"):
        message = f"run {short} has {_ended_how(line)}; nothing of it is left to do"
        raise UsageError(message)
    note = _adopt(session, line)
    if note:
        return Resumed((shown(session, line.run_id, wait=False),), (note,))
    return Resumed((shown(session, line.run_id, wait=wait),), ())


def _ended_how(line: RunLine) -> str:
    return "succeeded" if line.status == "succeeded" else "been cancelled"


def _adopt(session: Session, line: RunLine) -> str:
    """Take a run over and reopen it if it failed; say why it does not go on, or nothing."""
    runtime = session.engine()
    _bring(session, line)
    recorded = session.client.store.inbox.pending((), (line.run_id,))
    owned = runtime.resume(line.run_id)
    if line.status == "failed":
        return _reopen(session, line)
    if not owned:
        return f"Run {line.run_id[:4]} is advanced by another living process."
    runtime.unblock()
    for command in recorded:
        taken_up(session, line.run_id, command.id)
    return _what_it_waits_for(session, line.run_id)


def _bring(session: Session, line: RunLine) -> None:
    """Make a run's code available.

    Raises:
        UsageError: a terminal cannot have it; a notebook waits for its cell.
    """
    reason = _why_not_here(session, line)
    if reason and session.via == "terminal":
        message = (
            f"run {line.run_id[:4]} cannot go on here: {reason}; it goes on where it belongs: "
            f"{one_line(line.origin, 200)}"
        )
        raise UsageError(message)


def _reopen(session: Session, line: RunLine) -> str:
    command_id = session.client.retry(line.run_id, via=session.via)
    if taken_up(session, line.run_id, command_id):
        return ""
    return (
        f"Recorded: run {line.run_id[:4]} tries its failed steps again when its owner comes back."
    )


def _what_it_waits_for(session: Session, run_id: RunId) -> str:
    line = session.client.run(run_id)
    if line.status != "waiting" or not line.waiting:
        return ""
    picture = session.client.picture(run_id)
    if not picture.approvals:
        return ""
    return f"Run {run_id[:4]} waits for a person: `{picture.approvals[0].command}` moves it on."


def _resume_all(session: Session, *, wait: bool) -> Resumed:
    runtime = session.engine()
    notes: list[str] = []
    going: list[RunId] = []
    for line in session.client.runs(most=1000):
        if not is_interrupted(session, line):
            continue
        reason = _reason(session, line)
        if reason:
            notes.append(f"Run {line.run_id[:4]} ({one_line(line.workflow, 60)}) stays: {reason}.")
        elif runtime.resume(line.run_id):
            going.append(line.run_id)
    for run_id in going:
        if session.face.shown is not None:
            session.face.shown(run_id)
    pictures = tuple(shown_again(session, run_id, wait=wait) for run_id in going)
    return Resumed(pictures, tuple(notes))


def _reason(session: Session, line: RunLine) -> str:
    try:
        return _why_not_here(session, line)
    except StoreTooNew as fault:
        return str(fault)


def shown_again(session: Session, run_id: RunId, *, wait: bool) -> RunPicture:
    """Wait for a run that is shown already, where that is asked for."""
    if wait or session.face.waits:
        return follow(session, run_id, patient=wait or session.face.patient)
    return session.client.picture(run_id)


def is_interrupted(session: Session, line: RunLine) -> bool:
    """Tell whether a run was under way and nobody advances it any more."""
    if line.status in ENDED or line.status == "waiting":
        return False
    return line.owner is None or not session.client.is_alive(line.owner)


def _why_not_here(session: Session, line: RunLine) -> str:
    """Say which code that a run still needs is not there, or nothing."""
    state = session.client.state(line.run_id)
    try:
        bring_code_of(line.origin, state.workflow)
    except RunError as fault:
        return str(fault)
    left = [
        state.step_at(node)
        for node, progress in state.progress.items()
        if progress.status not in ("succeeded", "skipped")
    ]
    absent = missing_code(session.engine(), left)
    return absent[0] if absent else ""


def cancel(session: Session, run: str, /, *, because: str = "") -> Decided:
    """Stop a run; what is under way is stopped, nothing is undone.

    Args:
        session: Whose store it is.
        run: The run's id, or its beginning.
        because: Why, for the journal.
    """
    line = session.client.run(run)
    short = line.run_id[:4]
    if line.status in ENDED:
        message = f"run {short} has ended already: it is {line.status}"
        raise UsageError(message)
    command_id = session.client.cancel(line.run_id, because=because, via=session.via)
    applied = taken_up(session, line.run_id, command_id)
    text = f"Run {short} is being stopped; nothing that it did is undone."
    if not applied:
        text = (
            f"Recorded: no process advances run {short} now. It is stopped as soon as its notebook "
            f"is open again, or with `{session.program} resume {short}`."
        )
    return Decided(line.run_id, short, "", "cancel", applied, text)
