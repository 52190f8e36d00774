"""The journal on SQL: append under a fence or a token, and read."""

import json
import re
import sys
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Protocol

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from mn_notebook.domain.events import (
    ApprovalExpired,
    LeaseTaken,
    Recorded,
    RunCreated,
    UnknownEvent,
    read_event,
)
from mn_notebook.domain.ids import Fence, ProcessId, RunId, WorkflowHash
from mn_notebook.domain.values import sayable
from mn_notebook.domain.workflow import Workflow
from mn_notebook.errors import Fenced, StoreError, StoreTooNew, UnknownRun
from mn_notebook.ports import Appended, Group, Summary
from mn_notebook.secrecy.events import thoroughly_without_secrets
from mn_notebook.secrecy.known import may_hold, needles, refuse
from mn_notebook.store.artifacts import artifact_path
from mn_notebook.store.compiled import Compiled
from mn_notebook.store.database import Cursor, Database
from mn_notebook.store.projection import Projection
from mn_notebook.store.raw import EVENT_COLUMNS
from mn_notebook.store.reader import Reader
from mn_notebook.store.seals import (
    RUN_COLUMNS,
    WORKFLOW_COLUMNS,
    damaged,
    event_seal,
    fits,
    seal,
    seal_of,
)
from mn_notebook.store.sqlite import columns
from mn_notebook.store.sqlite import journal as sql
from mn_notebook.store.times import time_text
from mn_notebook.store.writer import Writer

_CREATED, _LEASED = "created", "lease-1"
"""The batches of what is written when a run is created."""
_NAMES = '"artifact":"'
_NAMED = re.compile(r'"artifact":"([0-9a-f]{64})"')
_ALL = sys.maxsize
"""As a limit: none."""


def _events_of(kinds: int) -> Compiled:
    """Return the query for events of so many kinds; nobody asks so who goes on with a run."""
    from mn_notebook.store.compiling import compiled
    from mn_notebook.store.statements.journal import events_of

    return compiled(events_of(kinds))


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


class SqlJournal:
    """The facts of every run, in the tables of a store."""

    def __init__(self, database: Database, writer: Writer, reader: Reader) -> None:
        """Keep facts in ``database`` through its one writer."""
        self._writer = writer
        self._reader = reader
        self._projection = Projection()
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
        self._run_is_there = sql.RUN_IS_THERE
        self._new_run = sql.NEW_RUN
        self._new_workflow = sql.NEW_WORKFLOW
        self._has_workflow = sql.HAS_WORKFLOW
        self._innocent: set[tuple[str, str, int]] = set()
        """Texts of workflows that have been looked into, and for how many secrets."""
        self._load_workflow = lru_cache(maxsize=256)(self._read_workflow)

    # --- writing -------------------------------------------------------------------------------

    def submit(self, group: Group, appended: Appended) -> None:
        """Queue a group; see `mn_notebook.ports.Journal.submit`."""
        tried = [False]

        def operation(cursor: Cursor) -> int | StoreError:
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
        """Write a run's first fact, and its workflow if this version of it is new.

        With an ``owner`` that may own runs, its lease is taken in the same commit, with fence 1.
        ``queued`` is given the run's events, as they will be read, when they have their place among
        all that is to be written: a group that is queued from then on is written after them, with
        them, or not at all. Durable on return; a crash before leaves nothing, and a crash after it
        leaves a run that whoever comes next takes over.

        Raises:
            UsageError: the workflow's text has a secret in it.
        """
        self._refuse_secrets(workflow, source)
        leased = owner if owner is not None and owner.may_own() else None
        now = time_text(at)
        event, body = _written(event)
        rows = [self._event_row(run_id, 1, event, now, _CREATED, body)]
        if leased is not None:
            lease = LeaseTaken(owner=leased.process_id, fence=Fence(1))
            rows.append(self._event_row(run_id, 2, lease, now, _LEASED, _body(lease)))
        row = _first_row(run_id, workflow, event, now, len(rows), leased)
        tried = [False]

        def operation(cursor: Cursor) -> None:
            if tried[0] and self._is_there(cursor, run_id):
                return  # An earlier commit ended unclearly: it went through.
            tried[0] = True
            missing = self._missing_artifact(rows[0][-2])
            if missing is not None:
                raise missing
            self._save_workflow(cursor, workflow, source, at)
            cursor.execute(self._new_run.sql, self._new_run.row(row))
            cursor.executemany(self._insert.sql, rows)
            if leased is not None:
                leased.show_life(cursor)

        events = [_recorded(run_id, None, fact[1:]) for fact in rows]
        self._writer.call(operation, lambda: queued(events))

    def _refuse_secrets(self, workflow: Workflow, source: str) -> None:
        """Look into a text once, and again only when more secrets are known by then."""
        known = len(needles())
        looked = (workflow.hash, source, known)
        if known and looked not in self._innocent:
            what = f"the text of the workflow {workflow.name!r}"
            refuse(what, [workflow.model_dump_json(), source])
            self._innocent.add(looked)

    def _is_there(self, cursor: Cursor, run_id: RunId) -> bool:
        cursor.execute(self._run_is_there.sql, self._run_is_there.row({"run": run_id}))
        return cursor.fetchone() is not None

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
        sealed = {**row, "seal": seal_of(row, WORKFLOW_COLUMNS)}
        cursor.execute(self._new_workflow.sql, self._new_workflow.row(sealed))

    def _append(self, cursor: Cursor, group: Group) -> int | StoreError:
        for event in group.events:
            if isinstance(event, ApprovalExpired) and self._projection.is_decided(cursor, event):
                return Fenced(f"{event.path!r} was decided in time: nothing of this was written")
        now = time_text(group.at)
        facts = [_written(event) for event in group.events]
        for _, body in facts:
            missing = self._missing_artifact(body)
            if missing is not None:
                return missing
        head = self._take_numbers(cursor, group, now, len(group.events))
        if head is None:
            return Fenced(_refusal(group))
        first = head - len(group.events) + 1
        rows = [
            self._event_row(group.run_id, first + place, event, now, group.batch, body)
            for place, (event, body) in enumerate(facts)
        ]
        cursor.executemany(self._insert.sql, rows)
        for event, _ in facts:
            self._projection.write(cursor, group.run_id, event, group.at)
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

    def _event_row(
        self, run_id: str, seq: int, event: Any, now: str, batch: str, body: str
    ) -> tuple[Any, ...]:
        columns = (run_id, seq, event.kind, event.VERSION, now, batch, body)
        return (*columns, event_seal(*columns))

    def _missing_artifact(self, body: str) -> StoreError | None:
        """Refuse an event that names an artifact which has been cleared since it was put.

        Asked inside the transaction: whoever clears artifacts does so in one of their own.
        """
        if self._artifacts is None or _NAMES not in body:
            return None
        for name in _NAMED.findall(body):
            if not artifact_path(self._artifacts, name).exists():
                message = f"artifact {name[:12]} is missing from the store: nothing was written"
                return StoreError(message)
        return None

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
            return [_recorded(run_id, None, row) for row in self._rows_of(run_id, after, kinds)]
        rows = self._fitting_rows(run_id, after, most)
        return [_recorded(run_id, expected, row) for expected, row in enumerate(rows, after + 1)]

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
                known.append(_recorded(run_id, None if kinds else expected, row))
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
        rows = self._reader.rows(sql.ONE_WORKFLOW, which=workflow_hash)
        if not rows:
            message = f"the store has no workflow {workflow_hash!r}; `mn doctor` looks into it"
            raise UnknownRun(message)
        *columns, found = rows[0]
        if columns[0] != workflow_hash or not fits(found, seal(columns)):
            raise damaged(f"workflow {workflow_hash!r} is not as it was written")
        try:
            workflow = Workflow.model_validate_json(columns[2])
        except ValidationError as fault:
            raise _too_new(f"workflow {workflow_hash!r}") from fault
        return workflow, str(columns[3])


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


def _written(event: Any) -> tuple[Any, str]:
    """Return an event as it is written, and its body.

    Who makes events leaves secrets out of them; this is the last place where one could still slip
    through, and costs a few searches in what is encoded anyway.
    """
    body = _body(event)
    if not may_hold(body):
        return event, body
    clean = thoroughly_without_secrets(event)
    return clean, _body(clean)


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


def summary_columns(summary: Summary) -> dict[str, Any]:
    """Return a summary as the columns of a run's row."""
    return {name.removeprefix("new_"): value for name, value in _summary_values(summary).items()}


def _unfitting(run_id: str, head: object, last: int, after: int) -> str:
    if isinstance(head, int) and head < after:
        return f"run {run_id!r} has gone back from event {after} to {head}"
    return f"run {run_id!r} has {last} events, and should have {head}"


def _recorded(run_id: RunId, expected: int | None, row: Sequence[Any]) -> Recorded:
    seq, kind, version, at, batch, body, found = row
    if expected is not None and seq != expected:
        raise damaged(f"event {expected} of run {run_id!r} is missing")
    if found is not None and found != event_seal(run_id, seq, kind, version, at, batch, body):
        raise damaged(f"event {seq} of run {run_id!r} is not as it was written")
    try:
        event = read_event(kind, version, body)
        moment = datetime.fromisoformat(at)
    except (UnknownEvent, ValidationError) as fault:
        raise _too_new(f"event {seq} of run {run_id!r} ({kind!r}, version {version})") from fault
    except (TypeError, ValueError) as fault:
        raise damaged(f"event {seq} of run {run_id!r} cannot be read") from fault
    return Recorded.known(run_id, seq, moment, event)


def _too_new(what: str) -> StoreTooNew:
    return StoreTooNew(
        f"{what} was written by another version of mn_notebook and cannot be read here: "
        "upgrade mn-notebook to look at it or to go on with it"
    )
