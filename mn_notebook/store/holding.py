"""Holds the runs of a store that is not the one they were last advanced in, such as a copy.

What they did elsewhere since is not known here, so nothing of them begins by itself: they are
paused, in their journals and with the reason, until somebody resumes them. An owner that they had
before can write nothing any more: its fence is older, and the tokens of its attempts are void.
"""

from collections.abc import Collection
from datetime import datetime

from mn_notebook.domain.events import RunPauseRequested
from mn_notebook.store.database import Cursor
from mn_notebook.store.seals import event_seal
from mn_notebook.store.times import time_text

ENDED = ("succeeded", "failed", "cancelled")
BY = "mn"
"""Who pauses a run, where no person did."""


def unended(cursor: Cursor) -> list[str]:
    """Return the runs that have not ended."""
    cursor.execute("SELECT id FROM mn_run WHERE status NOT IN (?, ?, ?) ORDER BY id", ENDED)
    return [str(row[0]) for row in cursor.fetchall()]


def hold(cursor: Cursor, runs: Collection[str], because: str, at: datetime) -> None:
    """Fence runs and pause them, inside the caller's transaction."""
    for run_id in runs:
        fence_off(cursor, run_id)
        cursor.execute(
            "SELECT kind FROM mn_event WHERE run_id = ? AND kind IN ('run.pause_requested', "
            "'run.resumed', 'run.reopened') ORDER BY seq DESC LIMIT 1",
            (run_id,),
        )
        if cursor.fetchone() != ("run.pause_requested",):
            _pause(cursor, run_id, because, time_text(at))


def fence_off(cursor: Cursor, run_id: str, *, beyond: int = 0) -> None:
    """Take a run from its owner and its attempts, with a fence that is greater than ``beyond``."""
    cursor.execute("DELETE FROM mn_attempt WHERE run_id = ?", (run_id,))
    cursor.execute(
        "UPDATE mn_run SET owner = NULL, fence = max(fence, ?) + 1 WHERE id = ?", (beyond, run_id)
    )


def _pause(cursor: Cursor, run_id: str, because: str, now: str) -> None:
    cursor.execute(
        "UPDATE mn_run SET head = head + 1, updated_at = ? WHERE id = ? RETURNING head, fence",
        (now, run_id),
    )
    head, fence = cursor.fetchone()
    event = RunPauseRequested(by=BY, because=because)
    body = event.model_dump_json(exclude_defaults=True)
    columns = (run_id, head, event.kind, event.VERSION, now, f"held-{fence}", body)
    cursor.execute(
        "INSERT INTO mn_event (run_id, seq, kind, version, at, batch, body, seal) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (*columns, event_seal(*columns)),
    )
