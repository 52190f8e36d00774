"""The journal on SQL: append under a fence or a token, and read."""

import json
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from pydantic import ValidationError
from pydantic_core import PydanticSerializationError
from sqlalchemy import bindparam

from mn_notebook.domain.events import (
    ApprovalExpired,
    Recorded,
    RunCreated,
    UnknownEvent,
    read_event,
)
from mn_notebook.domain.ids import RunId, WorkflowHash
from mn_notebook.domain.values import sayable
from mn_notebook.domain.workflow import Workflow
from mn_notebook.errors import Fenced, StoreError, StoreTooNew, UnknownRun
from mn_notebook.ports import Appended, Group, Summary
from mn_notebook.store.database import Cursor, Database
from mn_notebook.store.projection import Projection
from mn_notebook.store.reader import Reader
from mn_notebook.store.tables import AttemptRow, EventRow, RunRow, WorkflowRow, table_of, time_text
from mn_notebook.store.writer import Writer

_RUN = table_of(RunRow)
_EVENT = table_of(EventRow)
_ATTEMPT = table_of(AttemptRow)
_WORKFLOW = table_of(WorkflowRow)


def _moved(*conditions: Any, summary: bool = False) -> Any:
    """A statement that takes the next numbers of a run, if the writer has the right to them.

    With a ``summary`` it writes what lists show in the same go.
    """
    shown = Summary.__dataclass_fields__ if summary else ()
    return (
        sa.update(_RUN)
        .where(_RUN.c.id == bindparam("run"), *conditions)
        .values(
            head=_RUN.c.head + bindparam("count"),
            updated_at=bindparam("now"),
            **{name: bindparam(f"new_{name}") for name in shown},
        )
        .returning(_RUN.c.head)
    )


_HOLDS = (_RUN.c.fence == bindparam("held"), _RUN.c.owner == bindparam("holder"))
_BY_FENCE = _moved(*_HOLDS)
_WITH_SUMMARY = _moved(*_HOLDS, summary=True)
_BY_TOKEN = _moved(
    sa.exists().where(
        _ATTEMPT.c.run_id == bindparam("attempt_run"),
        _ATTEMPT.c.path == bindparam("path"),
        _ATTEMPT.c.token == bindparam("token"),
    )
)
_INSERT = sa.insert(_EVENT).values({name: bindparam(name) for name in EventRow.model_fields})
_WRITTEN = sa.select(sa.func.max(_EVENT.c.seq)).where(
    _EVENT.c.run_id == bindparam("run"), _EVENT.c.batch == bindparam("batch")
)
_NEW_RUN = sa.insert(_RUN).values({name: bindparam(name) for name in RunRow.model_fields})
_NEW_WORKFLOW = sa.insert(_WORKFLOW).values(
    {name: bindparam(name) for name in WorkflowRow.model_fields}
)
_HAS_WORKFLOW = sa.select(_WORKFLOW.c.hash).where(_WORKFLOW.c.hash == bindparam("which"))

_EVENTS = (
    sa.select(_EVENT.c.seq, _EVENT.c.kind, _EVENT.c.version, _EVENT.c.at, _EVENT.c.body)
    .where(_EVENT.c.run_id == bindparam("run"), _EVENT.c.seq > bindparam("after"))
    .order_by(_EVENT.c.seq)
)
_ONE_WORKFLOW = sa.select(_WORKFLOW.c.model, _WORKFLOW.c.source).where(
    _WORKFLOW.c.hash == bindparam("which")
)


class SqlJournal:
    """The facts of every run, in the tables of a store."""

    def __init__(self, database: Database, writer: Writer, reader: Reader) -> None:
        """Keep facts in ``database`` through its one writer."""
        self._writer = writer
        self._reader = reader
        self._projection = Projection(database)
        self._by_fence = database.compile(_BY_FENCE)
        self._by_token = database.compile(_BY_TOKEN)
        self._with_summary = database.compile(_WITH_SUMMARY)
        self._insert = database.compile(_INSERT)
        self._written = database.compile(_WRITTEN)
        self._new_run = database.compile(_NEW_RUN)
        self._new_workflow = database.compile(_NEW_WORKFLOW)
        self._has_workflow = database.compile(_HAS_WORKFLOW)
        self._load_workflow = lru_cache(maxsize=256)(self._read_workflow)

    # --- writing -------------------------------------------------------------------------------

    def submit(self, group: Group, appended: Appended) -> None:
        """Queue a group; see `mn_notebook.ports.Journal.submit`."""
        tried = [False]

        def operation(cursor: Cursor) -> int | Fenced:
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
        self, run_id: RunId, workflow: Workflow, source: str, event: RunCreated, at: datetime
    ) -> None:
        """Write a run's first fact, and its workflow if this version of it is new.

        Durable on return; a crash before leaves nothing.
        """
        self._writer.call(lambda cursor: self._create(cursor, run_id, workflow, source, event, at))

    def _create(
        self,
        cursor: Cursor,
        run_id: RunId,
        workflow: Workflow,
        source: str,
        event: RunCreated,
        at: datetime,
    ) -> None:
        self._save_workflow(cursor, workflow, source, at)
        now = time_text(at)
        row = dict.fromkeys(RunRow.model_fields) | {
            "id": run_id,
            "workflow_hash": workflow.hash,
            "workflow": workflow.name,
            "origin": event.origin,
            "title": event.title,
            "status": "queued",
            "head": 1,
            "fence": 0,
            "created_at": now,
            "updated_at": now,
            "cost_usd": "0",
            "cost_known": True,
            "steps_done": 0,
            "steps_total": len(workflow.steps),
            "waiting": 0,
            "scripted": False,
        }
        cursor.execute(self._new_run.sql, self._new_run.row(row))
        cursor.execute(self._insert.sql, self._event_row(run_id, 1, event, now, "created"))

    def _save_workflow(self, cursor: Cursor, workflow: Workflow, source: str, at: datetime) -> None:
        known = self._has_workflow
        cursor.execute(known.sql, known.row({"which": workflow.hash}))
        if cursor.fetchone() is not None:
            return
        row = {
            "hash": workflow.hash,
            "name": workflow.name,
            "model": workflow.model_dump_json(),
            "source": source,
            "created_at": time_text(at),
        }
        cursor.execute(self._new_workflow.sql, self._new_workflow.row(row))

    def _append(self, cursor: Cursor, group: Group) -> int | Fenced:
        for event in group.events:
            if isinstance(event, ApprovalExpired) and self._projection.is_decided(cursor, event):
                return Fenced(f"{event.path!r} was decided in time: nothing of this was written")
        now = time_text(group.at)
        head = self._take_numbers(cursor, group, now, len(group.events))
        if head is None:
            return Fenced(_refusal(group))
        first = head - len(group.events) + 1
        rows = [
            self._event_row(group.run_id, first + position, event, now, group.batch)
            for position, event in enumerate(group.events)
        ]
        cursor.executemany(self._insert.sql, rows)
        for event in group.events:
            self._projection.write(cursor, group.run_id, event, group.at)
        return head

    def _take_numbers(self, cursor: Cursor, group: Group, now: str, count: int) -> int | None:
        values: dict[str, Any] = {"run": group.run_id, "count": count, "now": now}
        if group.token is None:
            statement = self._by_fence
            values |= {"held": group.fence, "holder": group.owner}
            if group.summary is not None:
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

    def _event_row(
        self, run_id: str, seq: int, event: Any, now: str, batch: str
    ) -> tuple[Any, ...]:
        row = {
            "run_id": run_id,
            "seq": seq,
            "kind": event.kind,
            "version": event.VERSION,
            "at": now,
            "batch": batch,
            "body": _body(event),
        }
        return self._insert.row(row)

    # --- reading -------------------------------------------------------------------------------

    def read(self, run_id: RunId, *, after: int = 0) -> Sequence[Recorded]:
        """Return events; see `mn_notebook.ports.Journal.read`."""
        rows = self._reader.rows(_EVENTS, run=run_id, after=after)
        return [_recorded(run_id, *row) for row in rows]

    def read_known(
        self, run_id: RunId, *, after: int = 0
    ) -> tuple[Sequence[Recorded], StoreTooNew | None]:
        """Return events up to the first one that a newer program wrote, and what is wrong there."""
        known: list[Recorded] = []
        try:
            for row in self._reader.rows(_EVENTS, run=run_id, after=after):
                known.append(_recorded(run_id, *row))  # noqa: PERF401 - kept when the next one fails
        except StoreTooNew as fault:
            return known, fault
        return known, None

    def workflow(self, workflow_hash: WorkflowHash) -> Workflow:
        """Return a version of a workflow, from a cache when it was read before."""
        return self._load_workflow(workflow_hash)[0]

    def source(self, workflow_hash: WorkflowHash) -> str:
        """Return the text that a version of a workflow was written as, or ''."""
        return self._load_workflow(workflow_hash)[1]

    def _read_workflow(self, workflow_hash: WorkflowHash) -> tuple[Workflow, str]:
        rows = self._reader.rows(_ONE_WORKFLOW, which=workflow_hash)
        if not rows:
            message = f"the store has no workflow {workflow_hash!r}; `mn doctor` looks into it"
            raise UnknownRun(message)
        try:
            return Workflow.model_validate_json(rows[0][0]), str(rows[0][1])
        except ValidationError as fault:
            raise _too_new(f"workflow {workflow_hash!r}") from fault


def _body(event: Any) -> str:
    try:
        body: str = event.model_dump_json(exclude_defaults=True)
    except PydanticSerializationError:
        # A message or a print with half a surrogate pair in it.
        fields = event.model_dump(mode="json", exclude_defaults=True)
        body = sayable(json.dumps(fields, ensure_ascii=False))
    return body


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


def _recorded(run_id: RunId, seq: int, kind: str, version: int, at: str, body: str) -> Recorded:
    try:
        event = read_event(kind, version, body)
    except (UnknownEvent, ValidationError) as fault:
        raise _too_new(f"event {seq} of run {run_id!r} ({kind!r}, version {version})") from fault
    return Recorded.model_construct(
        run_id=run_id, seq=seq, at=datetime.fromisoformat(at), event=event
    )


def _too_new(what: str) -> StoreTooNew:
    return StoreTooNew(
        f"{what} was written by another version of mn_notebook and cannot be read here: "
        "upgrade mn-notebook to look at it or to go on with it"
    )
