"""The journal on SQL: append under a fence or a token, and read."""

import sys
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any

from mn_notebook.domain.events import ApprovalExpired, Recorded, RunCreated
from mn_notebook.domain.ids import RunId, WorkflowHash
from mn_notebook.domain.workflow import Workflow
from mn_notebook.errors import BudgetExceeded, Fenced, StoreError, StoreTooNew
from mn_notebook.ports import Appended, Group, Summary
from mn_notebook.store.artifacts import missing_artifact
from mn_notebook.store.births import Births, FirstOwner
from mn_notebook.store.budgets import COUNTED, Spending
from mn_notebook.store.compiled import Compiled
from mn_notebook.store.database import Cursor, Database
from mn_notebook.store.event_rows import event_row, recorded, written
from mn_notebook.store.projection import Projection
from mn_notebook.store.raw import EVENT_COLUMNS
from mn_notebook.store.reader import Reader
from mn_notebook.store.seals import damaged
from mn_notebook.store.sqlite import journal as sql
from mn_notebook.store.times import time_text
from mn_notebook.store.workflows import Workflows
from mn_notebook.store.writer import Writer

_ALL = sys.maxsize
"""As a limit: none."""


def _events_of(kinds: int) -> Compiled:
    """Return the query for events of so many kinds; nobody asks so who goes on with a run."""
    from mn_notebook.store.compiling import compiled
    from mn_notebook.store.statements.journal import events_of

    return compiled(events_of(kinds))


class SqlJournal:
    """The facts of every run, in the tables of a store."""

    def __init__(self, database: Database, writer: Writer, reader: Reader) -> None:
        """Keep facts in ``database`` through its one writer."""
        self._writer = writer
        self._reader = reader
        self._projection = Projection()
        self._spending = Spending()
        self._artifacts = database.folder / "artifacts" if database.folder else None
        self._by_fence = sql.BY_FENCE
        self._by_token = sql.BY_TOKEN
        self._with_summary = sql.WITH_SUMMARY
        self._with_counts = sql.WITH_COUNTS
        self._insert = sql.INSERT
        if self._insert.names != EVENT_COLUMNS:
            message = "expected the columns of an event in the order of its table"
            raise TypeError(message)
        self._written = sql.WRITTEN
        self._workflows = Workflows(reader)
        self._births = Births(writer, self._workflows, self._artifacts)

    # --- writing -------------------------------------------------------------------------------

    def submit(self, group: Group, appended: Appended) -> None:
        """Queue a group; see `mn_notebook.ports.Journal.submit`."""
        tried = [False]

        def operation(cursor: Cursor) -> int | StoreError | BudgetExceeded:
            if tried[0]:
                # An earlier commit ended unclearly: it may have gone through.
                seq = self._seq_of_batch(cursor, group)
                if seq is not None:
                    return self._still_counts(cursor, group, seq)
            tried[0] = True
            return self._append(cursor, group)

        def done(result: Any, fault: StoreError | None) -> None:
            if fault is None and isinstance(result, int):
                appended(result, None)
            else:
                appended(None, fault or result)

        self._writer.submit(operation, done)

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
        """Write a run's first facts; see `mn_notebook.store.births.Births.create`."""
        self._births.create(run_id, workflow, source, event, at, owner=owner, queued=queued)

    def _append(self, cursor: Cursor, group: Group) -> int | StoreError | BudgetExceeded:
        for event in group.events:
            if isinstance(event, ApprovalExpired) and self._projection.is_decided(cursor, event):
                return Fenced(f"{event.path!r} was decided in time: nothing of this was written")
        now = time_text(group.at)
        facts = [written(event) for event in group.events]
        for _, body in facts:
            missing = missing_artifact(self._artifacts, body)
            if missing is not None:
                return missing
        if group.ceilings:
            too_much = self._spending.too_much(cursor, group)
            if too_much is not None:
                return too_much
        head = self._take_numbers(cursor, group, now, len(group.events))
        if head is None:
            return Fenced(_refusal(group))
        first = head - len(group.events) + 1
        rows = [
            event_row(group.run_id, first + place, event, now, group.batch, body)
            for place, (event, body) in enumerate(facts)
        ]
        cursor.executemany(self._insert.sql, rows)
        for event, _ in facts:
            self._projection.write(cursor, group.run_id, event, group.at)
            if type(event) in COUNTED:
                self._spending.write(cursor, group, event)
        return head

    def _take_numbers(self, cursor: Cursor, group: Group, now: str, count: int) -> int | None:
        values: dict[str, Any] = {"run": group.run_id, "count": count, "now": now}
        if group.token is None:
            statement = self._by_fence
            values |= {"held": group.fence, "holder": group.owner}
            if group.summary is not None and group.counts_only:
                statement = self._with_counts
                values["new_steps_done"] = group.summary.steps_done
            elif group.summary is not None:
                statement = self._with_summary
                values |= _summary_values(group.summary)
        else:
            statement = self._by_token
            values |= {
                "attempt_run": group.run_id,
                "path": getattr(group.events[0], "path", ""),
                "token": group.token,
            }
        cursor.execute(statement.sql, statement.row(values))
        row = cursor.fetchone()
        return None if row is None else int(row[0])

    def _still_counts(self, cursor: Cursor, group: Group, seq: int) -> int | Fenced:
        """Return the number of a group that was written, unless somebody took over since.

        Then what it announces is no longer this writer's to do: the new owner knows of it.
        """
        if self._take_numbers(cursor, group, time_text(group.at), 0) is None:
            return Fenced(f"run {group.run_id!r} was taken over before this could be acted upon")
        return seq

    def _seq_of_batch(self, cursor: Cursor, group: Group) -> int | None:
        values = {"run": group.run_id, "batch": group.batch}
        cursor.execute(self._written.sql, self._written.row(values))
        (seq,) = cursor.fetchone()
        return None if seq is None else int(seq)

    # --- reading -------------------------------------------------------------------------------

    def read(
        self,
        run_id: RunId,
        *,
        after: int = 0,
        most: int | None = None,
        kinds: Collection[str] = (),
    ) -> Sequence[Recorded]:
        """Return events; see `mn_notebook.ports.Journal.read`."""
        if kinds:
            return [recorded(run_id, None, row) for row in self._rows_of(run_id, after, kinds)]
        rows = self._fitting_rows(run_id, after, most)
        return [recorded(run_id, expected, row) for expected, row in enumerate(rows, after + 1)]

    def _rows_of(self, run_id: RunId, after: int, kinds: Collection[str]) -> list[Sequence[Any]]:
        named = {f"kind_{n}": kind for n, kind in enumerate(sorted(kinds))}
        return self._reader.rows(_events_of(len(kinds)), run=run_id, after=after, **named)

    def _fitting_rows(self, run_id: RunId, after: int, most: int | None) -> list[Sequence[Any]]:
        """Return rows of events whose number fits the run's head.

        Raises:
            StoreDamaged: it does not, or the run itself is missing.
        """
        limit = _ALL if most is None else most
        rows = self._reader.rows(sql.EVENTS, run=run_id, after=after, most=limit)
        if not rows:
            self._require_unknown(run_id)
            return []
        head = rows[0][0]
        last = after if rows[0][1] is None else rows[-1][1]
        if head != last and (len(rows) < limit or head < last):
            raise damaged(_unfitting(run_id, head, last, after))
        return [] if rows[0][1] is None else [row[1:] for row in rows]

    def _require_unknown(self, run_id: RunId) -> None:
        """Refuse a run of which there are events, and which the list of runs does not have."""
        if self._reader.rows(sql.ANY_EVENT, run=run_id):
            raise damaged(f"run {run_id!r} has events, and is missing among the runs")

    def read_known(
        self, run_id: RunId, *, after: int = 0, kinds: Collection[str] = ()
    ) -> tuple[Sequence[Recorded], StoreTooNew | None]:
        """Return events up to the first one that a newer program wrote, and what is wrong there."""
        rows = (
            self._rows_of(run_id, after, kinds)
            if kinds
            else self._fitting_rows(run_id, after, None)
        )
        known: list[Recorded] = []
        try:
            for expected, row in enumerate(rows, after + 1):
                known.append(recorded(run_id, None if kinds else expected, row))
        except StoreTooNew as fault:
            return known, fault
        return known, None

    def workflow(self, workflow_hash: WorkflowHash) -> Workflow:
        """Return a version of a workflow, from a cache when it was read before."""
        return self._workflows.load(workflow_hash)[0]

    def source(self, workflow_hash: WorkflowHash) -> str:
        """Return the text that a version of a workflow was written as, or ''."""
        return self._workflows.load(workflow_hash)[1]


def _refusal(group: Group) -> str:
    if group.token is None:
        return f"run {group.run_id!r} has another owner now: nothing of this group was written"
    return f"an attempt of run {group.run_id!r} was closed: nothing of this group was written"


def _summary_values(summary: Summary) -> dict[str, Any]:
    return {
        "new_status": summary.status,
        "new_cost_usd": str(summary.cost_usd),
        "new_cost_known": summary.cost_known,
        "new_steps_done": summary.steps_done,
        "new_waiting": summary.waiting,
        "new_scripted": summary.scripted,
        "new_finished_at": summary.finished_at and time_text(summary.finished_at),
        "new_wake_at": summary.wake_at and time_text(summary.wake_at),
    }


def summary_columns(summary: Summary) -> dict[str, Any]:
    """Return a summary as the columns of a run's row."""
    return {name.removeprefix("new_"): value for name, value in _summary_values(summary).items()}


def _unfitting(run_id: str, head: object, last: int, after: int) -> str:
    if isinstance(head, int) and head < after:
        return f"run {run_id!r} has gone back from event {after} to {head}"
    return f"run {run_id!r} has {last} events, and should have {head}"
