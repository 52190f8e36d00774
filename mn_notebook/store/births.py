"""Creates runs: a run's first facts, its row and its workflow, by one commit."""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from mn_notebook.domain.events import LeaseTaken, Recorded, RunCreated
from mn_notebook.domain.ids import Fence, ProcessId, RunId
from mn_notebook.domain.workflow import Workflow
from mn_notebook.store.artifacts import missing_artifact
from mn_notebook.store.database import Cursor
from mn_notebook.store.event_rows import body_of, event_row, recorded, written
from mn_notebook.store.seals import RUN_COLUMNS, seal_of
from mn_notebook.store.sqlite import columns
from mn_notebook.store.sqlite import journal as sql
from mn_notebook.store.times import time_text
from mn_notebook.store.workflows import Workflows
from mn_notebook.store.writer import Writer

_CREATED, _LEASED = "created", "lease-1"
"""The batches of what is written when a run is created."""


class FirstOwner(Protocol):
    """A process that takes the lease of a run in the very commit that creates it."""

    @property
    def process_id(self) -> ProcessId:
        """Return the name of this process."""
        ...

    def may_own(self) -> bool:
        """Tell whether the process holds its lock: without it nothing is owned."""
        ...

    def show_life(self, cursor: Cursor) -> None:
        """Show a beat in this transaction."""
        ...


class Births:
    """Writes what makes a run; nothing of it, or all."""

    def __init__(self, writer: Writer, workflows: Workflows, artifacts: Path | None) -> None:
        """Write with ``writer``; ``artifacts`` is the folder of what events may name."""
        self._writer = writer
        self._workflows = workflows
        self._artifacts = artifacts
        self._insert = sql.INSERT
        self._run_is_there = sql.RUN_IS_THERE
        self._new_run = sql.NEW_RUN

    def create(
        self,
        run_id: RunId,
        workflow: Workflow,
        source: str,
        event: RunCreated,
        at: datetime,
        *,
        owner: FirstOwner | None = None,
        queued: Callable[[Sequence[Recorded]], None] = lambda _events: None,
    ) -> None:
        """Write a run's first fact, and its workflow if this version of it is new.

        With an ``owner`` that may own runs, its lease is taken in the same commit, with fence 1.
        ``queued`` is given the run's events, as they will be read, when they have their place among
        all that is to be written: a group that is queued from then on is written after them, with
        them, or not at all. Durable on return; a crash before leaves nothing, and a crash after it
        leaves a run that whoever comes next takes over.

        Raises:
            UsageError: the workflow's text has a secret in it.
        """
        self._workflows.refuse_secrets(workflow, source)
        leased = owner if owner is not None and owner.may_own() else None
        now = time_text(at)
        event, body = written(event)
        rows = [event_row(run_id, 1, event, now, _CREATED, body)]
        if leased is not None:
            lease = LeaseTaken(owner=leased.process_id, fence=Fence(1))
            rows.append(event_row(run_id, 2, lease, now, _LEASED, body_of(lease)))
        row = _first_row(run_id, workflow, event, now, len(rows), leased)
        tried = [False]

        def operation(cursor: Cursor) -> None:
            if tried[0] and self._is_there(cursor, run_id):
                return  # An earlier commit ended unclearly: it went through.
            tried[0] = True
            missing = missing_artifact(self._artifacts, rows[0][-2])
            if missing is not None:
                raise missing
            self._workflows.save(cursor, workflow, source, at)
            cursor.execute(self._new_run.sql, self._new_run.row(row))
            cursor.executemany(self._insert.sql, rows)
            if leased is not None:
                leased.show_life(cursor)

        events = [recorded(run_id, None, fact[1:]) for fact in rows]
        self._writer.call(operation, lambda: queued(events))

    def _is_there(self, cursor: Cursor, run_id: RunId) -> bool:
        cursor.execute(self._run_is_there.sql, self._run_is_there.row({"run": run_id}))
        return cursor.fetchone() is not None


def _first_row(
    run_id: RunId,
    workflow: Workflow,
    event: RunCreated,
    now: str,
    head: int,
    owner: FirstOwner | None,
) -> dict[str, Any]:
    row = dict.fromkeys(columns.RUN) | {
        "id": run_id,
        "workflow_hash": workflow.hash,
        "workflow": workflow.name,
        "origin": event.origin,
        "title": event.title,
        "status": "queued",
        "head": head,
        "fence": 0 if owner is None else 1,
        "owner": None if owner is None else owner.process_id,
        "created_at": now,
        "updated_at": now,
        "cost_usd": "0",
        "cost_known": True,
        "steps_done": 0,
        "steps_total": len(workflow.steps),
        "waiting": 0,
        "scripted": False,
    }
    return {**row, "seal": seal_of(row, RUN_COLUMNS)}
