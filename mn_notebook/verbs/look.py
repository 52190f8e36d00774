"""Verbs that only look: runs, show, log, check."""

import contextlib
import shlex
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from mn_notebook.client import RunClient
from mn_notebook.domain.budgets import GRANTING, granted
from mn_notebook.domain.events import LimitWaited
from mn_notebook.domain.ids import step_of
from mn_notebook.domain.next_words import limit_text
from mn_notebook.domain.picture import RunPicture
from mn_notebook.domain.runline import RunLine
from mn_notebook.domain.state import Limited
from mn_notebook.domain.statuses import Owner
from mn_notebook.domain.unread import sentence
from mn_notebook.engine.summary import NEVER
from mn_notebook.errors import MnError, UsageError
from mn_notebook.language import parse_file
from mn_notebook.language.words import hint
from mn_notebook.ports import RunLine as StoredLine
from mn_notebook.verbs.beside import notes_on_code
from mn_notebook.verbs.called import whole
from mn_notebook.verbs.define import defined, outlined
from mn_notebook.verbs.files import catalog_for, find_workflow
from mn_notebook.verbs.options import Flag
from mn_notebook.verbs.outlines import SHORT_HASH
from mn_notebook.verbs.problems import explained
from mn_notebook.verbs.results import Defined, RunList, RunLog
from mn_notebook.verbs.session import Definition, Session
from mn_notebook.verbs.telling import told
from mn_notebook.verbs.text_files import is_file_name, read_text_file
from mn_notebook.verbs.untaken import picture_with_untaken


def runs(session: Session, /, *, here: Flag = False, most: int = 20) -> RunList:
    """List the newest runs of every notebook.

    Args:
        session: Whose store it is.
        here: Only those of this notebook.
        most: How many at most.
    """
    if here and session.via == "terminal":
        message = "--here asks for the runs of a notebook; in a terminal there is none"
        raise UsageError(message)
    origin = session.settings.notebook if here else None
    stored = session.client.runs(origin=origin, most=max(most, 1))
    lines = tuple(
        shown.model_copy(update={"status_text": shown.status_text + _older(session, line)})
        for line in stored
        for shown in [line_of(session.client, line)]
    )
    total = session.client.store.views.count(origin=origin)
    return RunList(lines, max(total - len(lines), 0))


def show(session: Session, run: str, /) -> RunPicture | Defined:
    """Show a run: its steps, what it waits for, what it cost and what comes next.

    Of a workflow it shows the graph, and what it may do and ask, with all that it calls.

    Args:
        session: Whose store it is.
        run: The run's id, or its beginning; or a workflow's name, or its YAML file.
    """
    if run in session.definitions or is_file_name(run):
        found = defined(session, find_workflow(session, run))
        return found if run in session.definitions else _said_as(run, found)
    line = session.client.run(run)
    picture = picture_with_untaken(session, session.client.picture(line.run_id))
    text = picture.status_text + _older(session, line)
    return picture.model_copy(update={"status_text": text})


def _older(session: Session, line: StoredLine) -> str:
    """Say that a run has another version of its workflow than the one that stands now."""
    definition = session.definitions.get(line.workflow)
    if definition is None or definition.origin != line.origin:
        return ""
    try:
        now = whole(session, definition).hash
    except MnError:
        return ""  # What it calls is not there: nobody can tell.
    if now == line.workflow_hash:
        return ""
    return f" · version {line.workflow_hash[:SHORT_HASH]}, not the present one"


def log(session: Session, run: str, /, *, step: str | None = None, most: int = 200) -> RunLog:
    """Tell what happened in a run, fact by fact.

    Of a long journal the last facts are told; the others are counted.

    Args:
        session: Whose store it is.
        run: The run's id, or its beginning.
        step: Only what concerns this step, or this item of it.
        most: How many facts at most, the last ones; 0 tells all.
    """
    line = session.client.run(run)
    shown = line_of(session.client, line)
    # Numbers have no gaps: the last ones are found without a look at the others.
    after = max(line.head - most, 0) if most > 0 and step is None else 0
    events, fault = session.client.known_events(line.run_id, after=after)
    read = events[-1].seq if events else after
    unread = "" if fault is None else sentence(read)
    if step is None:
        return RunLog(shown, tuple(events), tuple(map(told, events)), after, unread)
    _require_step(session, line, step)
    concerned = [
        recorded
        for recorded in events
        if (path := getattr(recorded.event, "path", None)) is not None
        and step in (path, step_of(path))
    ]
    kept = tuple(concerned[-most:] if most > 0 else concerned)
    return RunLog(shown, kept, tuple(map(told, kept)), len(concerned) - len(kept), unread)


def _require_step(session: Session, line: StoredLine, step: str) -> None:
    names = session.client.known_state(line.run_id)[0].workflow.index
    if step_of_text(step) not in names:
        near = hint(step, names, nouns="its steps")
        message = f"run {line.run_id[:4]} has no step {step!r}{near}"
        raise UsageError(message)


def step_of_text(text: str) -> str:
    """Return the step that a path, as somebody typed it, begins with."""
    return text.partition("[")[0]


def check(session: Session, file: str, /) -> Defined:
    """Check a workflow's file without running it.

    Args:
        session: Whose store it is.
        file: A YAML file that begins with `workflow: NAME`.
    """
    path = Path(file).expanduser()
    text = read_text_file(path)
    with explained(text, where=str(path)):
        checked = parse_file(text, catalog_for(session, path))
    found = outlined(session, Definition(checked, str(path.resolve())))
    return _said_as(
        file, replace(found, notes=notes_on_code(session, checked.workflow, path.parent))
    )


def _said_as(file: str, found: Defined) -> Defined:
    """Let the command that runs a workflow name the file, as somebody has just typed it."""
    return replace(found, outline=found.outline.model_copy(update={"said": shlex.quote(file)}))


def line_of(client: RunClient, line: StoredLine) -> RunLine:
    """Return a run of the store as a face lists it."""
    owner = client.owner(line)
    return RunLine(
        run_id=line.run_id,
        short_id=line.run_id[:4],
        workflow=line.workflow,
        title=line.title,
        status=line.status,
        status_text=_limit_text(client, line) or _status_text(line, owner),
        created_at=line.created_at,
        finished_at=line.finished_at,
        steps_done=line.steps_done,
        steps_total=line.steps_total,
        cost_usd=line.cost_usd if line.cost_known else None,
        cost_floor_usd=line.cost_usd,
        budget_usd=_dollars(client, line),
        waiting=line.waiting,
        origin=line.origin,
        owner=owner,
        scripted=line.scripted,
    )


def _dollars(client: RunClient, line: StoredLine) -> Decimal | None:
    """Return what a run may spend; nothing is said of it where no model is asked."""
    with contextlib.suppress(MnError):  # A list shows what it can, also of a damaged run.
        if client.store.journal.workflow(line.workflow_hash).asks_models:
            events, _ = client.known_events(line.run_id, kinds=GRANTING)
            budget = granted(events)
            return None if budget is None else budget.usd
    return None


def _limit_text(client: RunClient, line: StoredLine) -> str:
    """Say which limit a run waits for that has nothing else to do; only its journal knows."""
    if line.status != "waiting" or line.waiting or line.wake_at in (None, NEVER):
        return ""
    events, _ = client.known_events(line.run_id, kinds=("limit.waited",))
    for recorded in reversed(events):
        event = recorded.event
        if isinstance(event, LimitWaited) and event.until == line.wake_at:
            return limit_text(Limited(event.limit, event.until))
    return ""


def _status_text(line: StoredLine, owner: Owner) -> str:
    if line.status in ("queued", "running") and owner == "gone":
        return "interrupted: its process ended"
    if line.status == "waiting":
        if line.waiting:
            return "waiting for a person"
        if line.wake_at == NEVER:
            return "waiting for a signal"
        return "waiting for code" if line.wake_at is None else "waiting for its time"
    return str(line.status)
