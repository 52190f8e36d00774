"""Verbs that start and stop runs: run, cancel."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mn_notebook.client import NewRun
from mn_notebook.domain.ids import RunId, StepName
from mn_notebook.domain.picture import RunPicture
from mn_notebook.domain.workflow import Budget, Workflow
from mn_notebook.engine.budgeting import read_fields
from mn_notebook.errors import UsageError
from mn_notebook.ports import RunLine
from mn_notebook.verbs.asking import asked
from mn_notebook.verbs.beside import meant_code
from mn_notebook.verbs.called import all_steps, family, whole
from mn_notebook.verbs.costs import foresee
from mn_notebook.verbs.files import Missing, find_workflow, missing_in
from mn_notebook.verbs.follow import ENDED, follow, taken_up
from mn_notebook.verbs.inputs import plain_inputs, read_inputs
from mn_notebook.verbs.options import Flag
from mn_notebook.verbs.results import Decided
from mn_notebook.verbs.served import bring_servers
from mn_notebook.verbs.session import Definition, Session
from mn_notebook.verbs.text_files import is_file_name
from mn_notebook.verbs.undo import said_of_effects


def run(
    session: Session,
    workflow: str,
    /,
    *inputs: str,
    budget: str | None = None,
    wait: Flag = False,
    stay: Flag = False,
) -> RunPicture:
    """Start a run of a workflow.

    In a notebook it goes on in the background, and the cell ends at once. A terminal always waits,
    for as long as the run goes on by itself: it ends with 3 when only a person, a signal or code
    moves the run on. When its budget is used up, the run asks.

    Args:
        session: Whose store it is.
        workflow: The name of a workflow of this notebook, or a YAML file.
        inputs: One name=value for each input: text as it is, lists as YAML or JSON. name=@file
            reads a file, a table from CSV, Parquet or JSON; name=:variable takes a variable of the
            notebook.
        budget: The most that it may spend, in dollars; else what the workflow says, else what the
            settings say, else $1.
        wait: Wait for the end of the run; a terminal ends before when the run stands still.
        stay: Wait also while the run stands still; whoever decides elsewhere moves it on.
    """
    definition = find_workflow(session, workflow)
    given = read_inputs(definition.checked.workflow, inputs, session.variable)
    granted = None if budget is None else dollars(budget)
    run_id = start(session, definition, given, granted)
    return shown(session, run_id, wait=wait, stay=stay)


def run_with(
    session: Session, workflow: str, values: dict[str, Any], budget: Budget | None = None
) -> RunId:
    """Start a run with Python values as inputs; a DataFrame goes in as a table."""
    definition = find_workflow(session, workflow)
    return start(session, definition, plain_inputs(values), budget, once=True)


def dollars(said: object) -> Budget:
    """Return a budget of an amount in dollars.

    Raises:
        UsageError: it is none.
    """
    return read_fields({"usd": str(said)})


def start(
    session: Session,
    definition: Definition,
    inputs: dict[str, Any],
    budget: Budget | None = None,
    *,
    once: bool = False,
) -> RunId:
    """Start a run of a definition; it is durable on return.

    Before that the face is told what it is expected to cost; ``once``: of each version once.

    Raises:
        UsageError: an input does not fit, or a file's code is not there.
    """
    workflow = whole(session, definition)
    foresee(session, workflow, definition.origin, inputs, budget, once=once)
    return start_reusing(session, definition, workflow, inputs, Reuse(budget=budget))


@dataclass(frozen=True, slots=True)
class Reuse:
    """What a run takes over from another one."""

    run_id: RunId | None = None
    afresh: tuple[StepName, ...] = ()
    """Steps that are done anew in any case."""
    title: str = ""
    """What tells the run from others, before its inputs."""
    budget: Budget | None = None
    """What it may spend, where that is said for this run alone."""


def start_reusing(
    session: Session,
    definition: Definition,
    workflow: Workflow,
    inputs: Mapping[str, Any],
    reuse: Reuse,
) -> RunId:
    """Start a run of a definition's workflow, or of a part of it; it is durable on return.

    Raises:
        UsageError: an input does not fit, or a file's code is not there.
    """
    runtime = session.engine()
    if is_file_name(definition.origin) and definition.origin != session.settings.notebook:
        _require_code(session, workflow, Path(definition.origin).parent)
    bring_servers(session, workflow)
    code = [ref for one in family(workflow) for ref in runtime.code.references(one)]
    new = NewRun(
        workflow,
        definition.checked.source,
        definition.origin,
        inputs,
        tuple({ref.name: ref for ref in code}.values()),
        reuses=reuse.run_id,
        afresh=reuse.afresh,
        title=reuse.title,
        budget=reuse.budget,
    )
    if definition.origin not in (session.settings.notebook, *session.origins):
        session.origins.append(definition.origin)
    if session.serves_origin:
        return runtime.start(new)
    # A terminal looks after this run alone, not after everything of its file.
    run_id = runtime.client.start(new)
    runtime.resume(run_id)
    return run_id


def _require_code(session: Session, workflow: Workflow, folder: Path) -> None:
    """Refuse a workflow whose code is not there: all of it is told at once.

    Raises:
        UsageError: with each step, and what is probably meant.
    """
    absent = missing_in(session.engine(), all_steps(workflow))
    if not absent:
        return
    failed = [found.said for found in absent if found.said.startswith("importing ")]
    if failed:
        message = f"{failed[0]}; nothing was started"
        raise UsageError(message)
    lines = [_said_missing(found, folder) for found in absent]
    head = lines[0] if len(lines) == 1 else "\n  ".join(["code is not there:", *lines])
    message = (
        f"{head}\nA workflow in a file names its code as module:name, or package.module:name; "
        "modules beside the file are found"
    )
    raise UsageError(message)


def _said_missing(found: Missing, folder: Path) -> str:
    # No cell brings it: a terminal has none, and the file may be run from anywhere.
    what = found.said.partition(": run the cell")[0]
    return f"step {found.step!r}: {what}{meant_code(folder, found.name)}"


def shown(session: Session, run_id: RunId, *, wait: bool, stay: bool = False) -> RunPicture:
    """Let the face show a run, wait for it where that is asked for, and return its picture."""
    if session.face.shown is not None:
        session.face.shown(run_id)
    return waited(session, run_id, wait=wait, stay=stay)


def waited(session: Session, run_id: RunId, *, wait: bool, stay: bool = False) -> RunPicture:
    """Wait for a run where that is asked for, and return its picture.

    In a notebook somebody can answer what the run asks; a script in a terminal has to get on, and
    waits through that only if it is to ``stay``.
    """
    if not (wait or stay or session.face.waits):
        return session.client.picture(run_id)
    asked_here = wait and session.via != "terminal"
    return follow(session, run_id, patient=stay or asked_here)


def cancel(
    session: Session,
    run: str,
    /,
    *,
    undo: Flag = False,
    keep: Flag = False,
    because: str = "",
) -> Decided:
    """Stop a run, and say what of that which it did could be undone.

    What is under way is stopped. Nothing is undone without --undo; it can be later, with `undo`.

    Args:
        session: Whose store it is.
        run: The run's id, or its beginning.
        undo: Undo what it did, the last call first, as far as it can be undone.
        keep: Leave what it did as it is, and do not offer to undo it.
        because: Why, for the journal.
    """
    if undo and keep:
        message = "--undo and --keep cannot be meant both"
        raise UsageError(message)
    line = session.client.run(run)
    applied = _told_to_stop(session, line, undo=undo, keep=keep, because=because)
    done = f"Run {line.run_id[:4]} is being stopped; nothing that it did is undone."
    if applied:
        done = said_of_effects(session, line.run_id, done, undo=undo, keep=keep)
    return _stopped(session, line.run_id, done, applied=applied, undo=undo)


def stop(session: Session, run: str, *, undo: bool = False, because: str = "") -> Decided:
    """Stop a run as `cancel` does, without waiting for its end: a view shows what becomes of it."""
    line = session.client.run(run)
    applied = _told_to_stop(session, line, undo=undo, keep=False, because=because)
    then = "what it did is undone then, the last call first" if undo else "nothing is undone"
    done = f"Run {line.run_id[:4]} is being stopped; {then}."
    return _stopped(session, line.run_id, done, applied=applied, undo=undo)


def _told_to_stop(session: Session, line: RunLine, *, undo: bool, keep: bool, because: str) -> bool:
    _require_stoppable(session, line)
    command_id = session.client.cancel(
        line.run_id, because=because, undo=undo, keep=keep, via=session.via
    )
    return taken_up(session, line.run_id, command_id)


def _stopped(session: Session, run_id: RunId, done: str, *, applied: bool, undo: bool) -> Decided:
    later = "It is stopped, and what it did is undone," if undo else "It is stopped"
    return asked(session, run_id, "", "cancel", applied=applied, done=done, later=later)


def _require_stoppable(session: Session, line: RunLine) -> None:
    short, program = line.run_id[:4], session.program
    if line.status in ENDED:
        message = f"run {short} has ended already: it is {line.status}"
        raise UsageError(message)
    if session.client.state(line.run_id).undoing:
        message = (
            f"run {short} has ended already, and what it did is being undone: "
            f"`{program} undo {short} --keep` stops that"
        )
        raise UsageError(message)
