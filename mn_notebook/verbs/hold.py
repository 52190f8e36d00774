"""Verbs that hold runs and let them go on: pause, resume."""

from collections.abc import Sequence
from pathlib import Path

from mn_notebook.agents.declared import bring_code
from mn_notebook.domain.ids import RunId
from mn_notebook.domain.state import RunState
from mn_notebook.domain.words import one_line
from mn_notebook.errors import MnError, RunError, StoreDamaged, StoreTooNew, UsageError
from mn_notebook.ports import RunLine
from mn_notebook.verbs.called import whole
from mn_notebook.verbs.control import waited
from mn_notebook.verbs.effect_forecast import retry_forecast
from mn_notebook.verbs.files import find_workflow, missing_code
from mn_notebook.verbs.follow import ENDED, is_overdue, past_its_time, taken_up, untaken
from mn_notebook.verbs.options import Flag
from mn_notebook.verbs.results import Asked, Decided, Resumed
from mn_notebook.verbs.session import Session
from mn_notebook.verbs.text_files import is_file_name


def pause(
    session: Session,
    run: str | None = None,
    /,
    *,
    all: Flag = False,  # noqa: A002 - the option is called so
    because: str = "",
) -> Decided | Asked:
    """Hold a run: what is under way ends and is kept, nothing new begins until it is resumed.

    Decisions can be made meanwhile; they count when the run goes on. Times that are waited for go
    on running.

    Args:
        session: Whose store it is.
        run: The run's id, or its beginning.
        all: Every run of this store that has not ended.
        because: Why, for the journal.
    """
    _require_one_or_all(session, run, all=all)
    if run is not None:
        return pause_one(session, run, because=because)
    lines = session.client.store.views.unended()
    found = [line.run_id for line in lines if not _is_held(session, line)]
    decided = tuple(_paused(session, found, because))
    return Asked(decided, "" if decided else "No run is under way.")


def pause_one(session: Session, run: str, *, because: str) -> Decided:
    """Hold one run.

    Raises:
        UsageError: it has ended, or is paused already.
    """
    return _paused(session, [session.client.run(run).run_id], because)[0]


def _paused(session: Session, runs: Sequence[RunId], because: str) -> list[Decided]:
    commands = {
        run_id: session.client.pause(run_id, because=because, via=session.via) for run_id in runs
    }
    left = untaken(session, commands)
    return [_said_of_pause(session, run_id, applied=run_id not in left) for run_id in runs]


def _said_of_pause(session: Session, run_id: RunId, *, applied: bool) -> Decided:
    short = run_id[:4]
    go_on = f"`{session.program} resume {short}` lets it go on."
    under_way = bool(session.client.state(run_id).active)
    done = f"Run {short} is paused. {go_on}"
    if under_way:
        done = f"Run {short} begins nothing new; what is under way ends first, and is kept. {go_on}"
    later = f"Recorded: no process advances run {short} now, and none will until then. {go_on}"
    return Decided(run_id, short, "", "pause", applied, done if applied else later)


def _require_one_or_all(session: Session, run: str | None, *, all: bool) -> None:  # noqa: A002
    if all == (run is not None):
        message = f"expected a run's id or --all; `{session.program} runs` lists them"
        raise UsageError(message)


def resume(
    session: Session,
    run: str | None = None,
    /,
    *,
    all: Flag = False,  # noqa: A002 - the option is called so
    wait: Flag = False,
) -> Resumed:
    """Go on with a run that is paused, was interrupted or failed.

    Finished calls are not made again; failed steps are tried afresh. A run that waits for a person
    is told about: deciding moves it on.

    Args:
        session: Whose store it is.
        run: The run's id, or its beginning.
        all: Every paused or interrupted run, and every waiting one that was decided or whose time
            has come, if its code is here.
        wait: Wait for the end; a terminal ends before when the run stands still.
    """
    _require_one_or_all(session, run, all=all)
    if run is not None:
        return _resume_one(session, session.client.run(run), wait=wait)
    return _resume_all(session, wait=wait)


def _resume_one(session: Session, line: RunLine, *, wait: bool) -> Resumed:
    short = line.run_id[:4]
    if line.status in ("succeeded", "cancelled"):
        message = f"run {short} has {_ended_how(line)}; nothing of it is left to do"
        raise UsageError(message)
    held = session.client.state(line.run_id).pause_requested
    if held:
        _announce(session, line.run_id)
    note = _let_go_on(session, line) if held else _adopt(session, line)
    picture = waited(session, line.run_id, wait=wait and not note)
    return Resumed((picture,), (note,) if note else ())


def _announce(session: Session, run_id: RunId) -> None:
    """Let the face show a run from here on, so that nothing of what it does now is missed."""
    if session.face.shown is not None:
        session.face.shown(run_id)


def _ended_how(line: RunLine) -> str:
    return "succeeded" if line.status == "succeeded" else "been cancelled"


def _adopt(session: Session, line: RunLine) -> str:
    """Take a run over and reopen it if it failed; say why it does not go on, or nothing."""
    runtime = session.engine()
    _bring(session, line)
    _announce(session, line.run_id)
    before = session.client.state(line.run_id)
    owned = _taken_over(session, line.run_id)
    runtime.unblock()
    state = session.client.state(line.run_id)
    if state.undoing:
        return ""  # What it did is being undone: that is all that goes on.
    if state.phase == "failed" and not _failed_just_now(session, before):
        return _reopen(session, line)
    if state.pause_requested:
        return _let_go_on(session, line)
    if not owned:
        return f"Run {line.run_id[:4]} is advanced by another living process."
    return _what_it_waits_for(session, line.run_id)


def _taken_over(session: Session, run_id: RunId) -> bool:
    """Take a run over, and up what was recorded for it; tell whether this process has it.

    Whoever looks afterwards sees what silence has come to meanwhile.
    """
    recorded = session.client.store.inbox.pending((), (run_id,))
    owned = session.engine().resume(run_id)
    for command in recorded:
        taken_up(session, run_id, command.id)
    if owned:
        past_its_time(session, run_id)
    return owned


def _failed_just_now(session: Session, before: RunState) -> bool:
    """Tell whether a run has failed only since it was taken over, by what was recorded or did.

    Whoever declines a form, and then lets the run go on, wants it declined, and not asked again.
    """
    kinds = ("run.reopened",)
    reopened = session.client.events(before.run_id, after=before.head, most=1, kinds=kinds)
    return before.phase != "failed" or bool(reopened)


def _let_go_on(session: Session, line: RunLine) -> str:
    """Let a paused run go on where it belongs, or else here; say why it does not, or nothing."""
    command_id = session.client.resume(line.run_id, via=session.via)
    if not taken_up(session, line.run_id, command_id):
        reason = _why_not_here(session, line)
        if reason and session.via == "terminal":
            return (
                f"Recorded: run {line.run_id[:4]} goes on when its notebook is open again. "
                f"It cannot go on here: {reason}."
            )
        session.engine().resume(line.run_id)
        taken_up(session, line.run_id, command_id)
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
    foretold = retry_forecast(session, line.run_id, None)
    command_id = session.client.retry(line.run_id, via=session.via)
    for text in filter(None, (foretold, _changed_since(session, line))):
        if session.face.said is not None:
            session.face.said(text)
    if taken_up(session, line.run_id, command_id):
        return ""
    return (
        f"Recorded: run {line.run_id[:4]} tries its failed steps again when its owner comes back."
    )


def _changed_since(session: Session, line: RunLine) -> str:
    """Say that a run goes on with its own workflow, where its file has another one by now."""
    if not is_file_name(line.origin) or line.origin in session.definitions:
        return ""
    try:
        now = whole(session, find_workflow(session, line.origin))
    except MnError:
        return ""  # The file is not there any more, or cannot be right: nobody can tell.
    if now.name != line.workflow or now.hash == line.workflow_hash:
        return ""
    short = line.run_id[:4]
    return (
        f"{Path(line.origin).name} has changed since, and run {short} goes on with the workflow "
        f"that it began with: `{session.program} rerun {short}` runs it as it stands now."
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
    notes: list[str] = []
    going: list[RunId] = []
    for line in session.client.store.views.unended():
        held = _is_held(session, line)
        if not held and not is_interrupted(session, line) and not _could_go_on(session, line):
            continue
        reason = "" if held else _reason(session, line)
        if reason:
            notes.append(f"Run {line.run_id[:4]} ({one_line(line.workflow, 60)}) stays: {reason}.")
            continue
        _announce(session, line.run_id)
        owned = held or _taken_over(session, line.run_id)
        # To hold it may be what was recorded.
        note = _let_go_on(session, line) if owned and (held or _is_held(session, line)) else ""
        if note:
            notes.append(note)
        elif owned:
            going.append(line.run_id)
    pictures = tuple(waited(session, run_id, wait=wait) for run_id in going)
    return Resumed(pictures, tuple(notes))


def _is_held(session: Session, line: RunLine) -> bool:
    try:
        return session.client.state(line.run_id).pause_requested
    except (StoreTooNew, StoreDamaged):
        return False


def _reason(session: Session, line: RunLine) -> str:
    try:
        return _why_not_here(session, line)
    except (StoreTooNew, StoreDamaged) as fault:
        return str(fault)


def is_interrupted(session: Session, line: RunLine) -> bool:
    """Tell whether a run was under way and nobody advances it any more."""
    if line.status in (*ENDED, "waiting", "paused"):
        return False
    return line.owner is None or not session.client.is_alive(line.owner)


def _could_go_on(session: Session, line: RunLine) -> bool:
    """Tell whether a waiting run would go on if anybody advanced it, and nobody does."""
    if line.status != "waiting" or line.owner is not None:
        return False
    store = session.client.store
    recorded = bool(store.inbox.pending((), (line.run_id,)))
    return recorded or is_overdue(line, store.clock.now())


def _why_not_here(session: Session, line: RunLine) -> str:
    """Say which code that a run still needs is not there, or nothing."""
    state = session.client.state(line.run_id)
    try:
        bring_code(line.origin, state.workflow)
    except RunError as fault:
        return str(fault)
    left = [
        state.step_at(node)
        for node, progress in state.progress.items()
        if progress.status not in ("succeeded", "skipped")
    ]
    runtime = session.engine()
    runtime.recall(state)
    absent = missing_code(runtime, left)
    return absent[0] if absent else ""
