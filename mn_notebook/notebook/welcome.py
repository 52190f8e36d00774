"""The line that ``%load_ext`` prints: what is there, what waits, and what goes on again."""

import threading
from collections.abc import Sequence
from pathlib import Path

from mn_notebook.agents.endpoints import provider_of
from mn_notebook.domain.words import one_line, plural
from mn_notebook.engine.summary import NEVER
from mn_notebook.errors import MnError
from mn_notebook.ports import RunLine
from mn_notebook.verbs.follow import ENDED
from mn_notebook.verbs.hold import is_interrupted
from mn_notebook.verbs.session import Session

_PATIENCE_SECONDS = 1.5
_MOST_NAMED = 3
_MOST_LOOKED_AT = 1000
_MOST_READ = 5_000
"""Events of a run that is looked at before the line is said."""


def interrupted_runs(session: Session) -> Sequence[RunLine]:
    """Return this notebook's runs that were under way when their process ended."""
    views, origin = session.client.store.views, session.settings.notebook
    lines = [
        *views.standing(origin, "running", most=_MOST_LOOKED_AT),
        *views.standing(origin, "queued", most=_MOST_LOOKED_AT),
    ]
    lines.sort(key=lambda line: line.created_at, reverse=True)
    return [line for line in lines if is_interrupted(session, line)]


def welcome(session: Session, interrupted: Sequence[RunLine]) -> str:
    """Return the line; ``interrupted`` are the runs that were found so before the engine began."""
    said = [f"mn_notebook: store {session.client.store.database.address}", _model(session)]
    waiting = session.client.store.views.count_approvals()
    if waiting:
        said.append(plural(waiting, "decision waits", "decisions wait") + " for you: %mn approvals")
    lines = [" · ".join(said)]
    if interrupted:
        lines.append(_going_on(session, interrupted))
    return "\n".join([*lines, *_left_behind(session), *_standing(session)])


def _left_behind(session: Session) -> list[str]:
    """Name interrupted runs of notebooks that are there no more, as after a renaming.

    No notebook takes them over by itself: which one it would be is for somebody to say.
    """
    left = [
        line
        for line in session.client.runs(most=_MOST_LOOKED_AT)
        if is_interrupted(session, line) and _is_gone(line.origin)
    ]
    if not left:
        return []
    one = "run was interrupted, and its notebook is not where it was"
    head = plural(
        len(left), one, "runs were interrupted, and their notebooks are not where they were"
    )
    files = sorted({one_line(Path(line.origin).name, 60) for line in left})
    told = [*files[:_MOST_NAMED], *(["…"] if len(files) > _MOST_NAMED else [])]
    named = _named(left[:_MOST_NAMED], len(left))
    return [f"{head} ({', '.join(told)}): {named}; %mn resume RUN lets it go on here"]


def _is_gone(origin: str) -> bool:
    path = Path(origin)
    try:
        return path.suffix == ".ipynb" and path.is_absolute() and not path.exists()
    except OSError:
        return False  # It cannot be looked for, so nobody knows.


def _standing(session: Session) -> list[str]:
    """Say which runs of this notebook go on only when somebody wants it, and how."""
    views, origin = session.client.store.views, session.settings.notebook
    said = []
    paused = views.count_standing(origin, "paused")
    if paused:
        head = plural(paused, "run is paused", "runs are paused")
        named = _named(views.standing(origin, "paused", most=_MOST_NAMED), paused)
        said.append(f"{head}: {named}; %mn resume RUN lets it go on")
    awaiting = views.count_awaiting(origin, NEVER)
    if awaiting:
        head = plural(awaiting, "run waits for a signal", "runs wait for a signal")
        named = _named(views.awaiting(origin, NEVER, most=_MOST_NAMED), awaiting)
        said.append(f"{head}: {named}; %mn why RUN tells which")
    return said


def _named(lines: Sequence[RunLine], total: int) -> str:
    named = [f"{_name(line)} (run {line.run_id[:4]})" for line in lines]
    more = total - len(named)
    return ", ".join([*named, *([f"{more} more"] if more else [])])


def _model(session: Session) -> str:
    runtime = session.runtime
    if runtime is None:
        return "no engine"
    try:
        profile = runtime.models.profile(None)
    except MnError:
        return "no model configured (%mn doctor)"
    url = session.settings.base_url
    place = provider_of(url) if url else profile.provider
    name = "its first model" if profile.name == "default" else profile.name
    return f"model {one_line(name, 60)} ({one_line(place, 60)})"


def _going_on(session: Session, interrupted: Sequence[RunLine]) -> str:
    until = session.client.clock.monotonic() + _PATIENCE_SECONDS
    named = [
        f"{_name(line)} (run {line.run_id[:4]}){_why(session, line, until)}"
        for line in interrupted[:_MOST_NAMED]
    ]
    more = len(interrupted) - len(named)
    if more:
        named.append(f"{more} more")
    head = "1 run was interrupted and goes on" if len(interrupted) == 1 else None
    head = head or f"{len(interrupted)} runs were interrupted and go on"
    return f"{head}: {', '.join(named)}"


def _name(line: RunLine) -> str:
    return " · ".join(one_line(part, 40) for part in (line.workflow, line.title) if part)


def _why(session: Session, line: RunLine, until: float) -> str:
    """Wait a moment for the run to be taken over, and say what it still waits for."""
    if line.head > _MOST_READ:
        return ""  # To read it takes longer than a notebook should take to load.
    unread = _unread(session, line)
    if unread is not None:
        return f": {one_line(str(unread), 160)}"
    pause = threading.Event()
    while session.client.clock.monotonic() < until:
        try:
            picture = session.client.picture(line.run_id)
        except MnError as fault:
            return f": {one_line(str(fault), 160)}"
        stuck = [node.detail for node in picture.nodes if node.status == "waiting"]
        if picture.status == "waiting" and not picture.approvals and stuck:
            return f", as soon as this is mended: {one_line(stuck[0], 160)}"
        going = any(node.status == "running" for node in picture.nodes)
        if picture.rev > line.head + 1 and (going or picture.status in ENDED):
            return ""
        pause.wait(0.05)
    return ""


def _unread(session: Session, line: RunLine) -> MnError | None:
    """Return why a run is not gone on with here: a newer program wrote on."""
    try:
        return session.client.known_state(line.run_id)[1]
    except MnError as fault:
        return fault
