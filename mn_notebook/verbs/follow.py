"""Waits for a run in the calling thread; interrupting the wait leaves the run as it is."""

import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from mn_notebook.domain.ids import RunId
from mn_notebook.domain.picture import RunPicture
from mn_notebook.engine.summary import NEVER
from mn_notebook.ports import RunLine
from mn_notebook.verbs.session import Session

ENDED = ("succeeded", "failed", "cancelled")
_POLL_SECONDS = 0.2
_PATIENCE_SECONDS = 2.0
_OVERDUE = timedelta(seconds=5)
"""Its time has come and it does not go on: it waits for code."""


def follow(session: Session, run_id: RunId, *, patient: bool) -> RunPicture:
    """Wait for the end of a run, or until nothing of it goes on by itself, and return its picture.

    ``patient`` goes on waiting while a person is asked, or a cell has to run. A run that another
    process advances is followed through the store.
    """

    def done(line: RunLine) -> bool:
        now = session.client.store.clock.now()
        return line.status in ENDED or (not patient and stands_still(line, now))

    runtime = session.runtime
    if runtime is not None:
        runtime.wait(run_id, until=done, tick=session.face.tick)
    else:
        _poll(session, run_id, done)
    return session.client.picture(run_id)


def _poll(session: Session, run_id: RunId, done: Callable[[RunLine], bool]) -> None:
    pause = threading.Event()
    while True:
        line = session.client.run(run_id)
        if session.face.tick is not None:
            session.face.tick(line)
        if done(line):
            return
        pause.wait(_POLL_SECONDS)


def stands_still(line: RunLine, now: datetime) -> bool:
    """Tell whether a run is paused, or waits for a person, a signal or code: not for time alone."""
    if line.status == "paused":
        return True
    if line.status != "waiting":
        return False
    if line.waiting or line.wake_at is None or line.wake_at == NEVER:
        return True
    return is_overdue(line, now)


def is_overdue(line: RunLine, now: datetime) -> bool:
    """Tell whether the time that a run waits for has passed, and it did not go on."""
    return line.wake_at is not None and line.wake_at < now - _OVERDUE


def past_its_time(session: Session, run_id: RunId) -> None:
    """Wait a moment until a run that was just taken over has done what its time has come for."""
    pause = threading.Event()
    for _ in range(round(_PATIENCE_SECONDS / 0.05)):
        line = session.client.run(run_id)
        if line.wake_at is None or line.wake_at > session.client.store.clock.now():
            return
        pause.wait(0.05)


def taken_up(session: Session, run_id: RunId, command_id: str) -> bool:
    """Wait a moment for a living process to take up a command; tell whether one did."""
    return run_id not in untaken(session, {run_id: command_id})


def untaken(session: Session, commands: Mapping[RunId, str]) -> frozenset[RunId]:
    """Wait a moment for living processes to take up commands; return the runs where none did."""
    session.ring()
    pause = threading.Event()
    inbox = session.client.store.inbox
    asked = frozenset(commands.values())
    left: frozenset[RunId] = frozenset(commands)
    for _ in range(round(_PATIENCE_SECONDS / 0.05)):
        waiting = inbox.pending((), tuple(left))
        left = frozenset(command.run_id for command in waiting if command.id in asked)
        if not left:
            break
        pause.wait(0.05)
    return left
