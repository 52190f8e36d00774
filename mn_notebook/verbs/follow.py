"""Waits for a run in the calling thread; interrupting the wait leaves the run as it is."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from mn_notebook.domain.ids import RunId
from mn_notebook.domain.picture import RunPicture
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
    """Tell whether a run waits for a person, or for code: not for time alone."""
    if line.status != "waiting":
        return False
    return line.waiting > 0 or line.wake_at is None or line.wake_at + _OVERDUE < now


def taken_up(session: Session, run_id: RunId, command_id: str) -> bool:
    """Wait a moment for a living process to take up a command; tell whether one did."""
    session.ring()
    pause = threading.Event()
    inbox = session.client.store.inbox
    for _ in range(round(_PATIENCE_SECONDS / 0.05)):
        if all(command.id != command_id for command in inbox.pending((), (run_id,))):
            return True
        pause.wait(0.05)
    return False
