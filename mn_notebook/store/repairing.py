"""Saves what is whole of a damaged store into a fresh one, which takes its place.

The old file is kept as it is, beside the new one. Of each run its events up to the first that is
missing or damaged are saved; what follows from them is made anew. A run that lost events is paused:
what it did since is not known.
"""

import hashlib
import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from mn_notebook.domain.events import LeaseTaken, Recorded, RunCreated, UnknownEvent
from mn_notebook.domain.fold import fold
from mn_notebook.domain.ids import RunId
from mn_notebook.domain.words import plural
from mn_notebook.domain.workflow import Workflow
from mn_notebook.errors import StoreDamaged, StoreUnwritable, UsageError
from mn_notebook.ports import Clock, IdSource
from mn_notebook.store.artifacts import artifact_path
from mn_notebook.store.copying import WORKFLOW, insert, rows_of, run_row
from mn_notebook.store.database import Cursor, Database
from mn_notebook.store.examination import Summarise, recorded_of, workflow_of, workflow_row
from mn_notebook.store.failures import store_failure
from mn_notebook.store.holding import fence_off, hold
from mn_notebook.store.journal import summary_columns
from mn_notebook.store.migrations import migrate
from mn_notebook.store.projection import Projection
from mn_notebook.store.raw import EVENT_COLUMNS, Row, hashes_in, open_raw, run_ids, whole_events
from mn_notebook.store.seals import COMMAND_COLUMNS, RUN_COLUMNS, fits, seal, seal_of
from mn_notebook.store.sqlite.columns import COMMAND, RUN
from mn_notebook.store.swapping import put_in_place, require_nobody, sync_file


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a run."""

    run_id: str
    events: int
    """So many were saved."""
    lost: str
    """What was lost of it, in words; '' when it is whole."""


@dataclass(frozen=True, slots=True)
class Repaired:
    """What a repair did."""

    runs: tuple[Saved, ...]
    kept: Path | None
    """Where the damaged file is."""
    artifacts: tuple[str, ...]
    """Artifacts that are missing or damaged; damaged files were moved aside."""


def repair(database: Database, summarise: Summarise, clock: Clock, ids: IdSource) -> Repaired:
    """Replace a store by what is whole of it. A crash leaves the old store or the new one.

    Raises:
        StoreBusy: a living process uses the store.
        StoreDamaged: nothing of it can be read.
        StoreUnwritable: there is no room for the new one.
    """
    require_nobody(database, "`doctor --repair`")
    path = database.path
    if path is None or not path.exists():
        message = "there is no file to be repaired"
        raise UsageError(message)
    new = path.with_name(f".{path.name}.{ids.new()}")
    try:
        fresh = Database(str(new))
        migrate(fresh)
        with closing(open_raw(path)) as source, closing(fresh.connect()) as target:
            saver = _Saver(source, target.cursor(), summarise, clock)
            target.execute("BEGIN IMMEDIATE")
            runs = tuple(saver.save(run_id) for run_id in run_ids(source))
            saver.save_identity(path)
            target.execute("COMMIT")
            target.execute("PRAGMA journal_mode=DELETE").fetchall()
        _require_something(runs, path)
        sync_file(new)
        artifacts = _check_artifacts(database, saver.referred)
        kept = put_in_place(new, database, "damaged", clock.now())
    except sqlite3.Error as fault:
        raise store_failure(fault, os.fspath(path)) from fault
    except OSError as fault:
        message = f"{os.fspath(path)!r} cannot be repaired: {fault}; nothing was changed"
        raise StoreUnwritable(message) from fault
    finally:
        for suffix in ("", "-wal", "-shm", "-journal"):
            Path(f"{new}{suffix}").unlink(missing_ok=True)
    return Repaired(runs, kept, artifacts)


def _require_something(runs: tuple[Saved, ...], path: Path) -> None:
    if not any(run.events for run in runs):
        message = (
            f"no run of {os.fspath(path)!r} can be read; nothing was changed: `mn restore FILE` "
            "brings back a backup, or move the file away and begin with a new store"
        )
        raise StoreDamaged(message)


class _Saver:
    def __init__(
        self,
        source: sqlite3.Connection,
        target: Cursor,
        summarise: Summarise,
        clock: Clock,
    ) -> None:
        self.referred: dict[str, None] = {}
        self._source = source
        self._target = target
        self._projection = Projection()
        self._summarise = summarise
        self._clock = clock

    def save_identity(self, path: Path) -> None:
        """Let the new store be the same store; whoever opens it writes down where it is.

        If the damaged one was a copy that nobody has opened yet, the new one is, too.
        """
        columns = "id, path, inode, host, seen_at"
        try:
            row = self._source.execute(f"SELECT {columns} FROM mn_store").fetchone()  # noqa: S608
        except sqlite3.Error:
            return
        if row is not None:
            store_id, was, inode, host, seen_at = row
            is_here = (was, inode) == (os.fspath(path), path.stat().st_ino)
            values = (store_id, was, 0 if is_here else inode, host, seen_at)
            self._target.execute(
                f"INSERT INTO mn_store ({columns}) VALUES (?, ?, ?, ?, ?)",  # noqa: S608
                values,
            )

    def save(self, run_id: str) -> Saved:
        whole = whole_events(self._source, run_id)
        row = self._row(run_id)
        fault = whole.fault or _short(row, len(whole.rows))
        if not whole.rows:
            return Saved(run_id, 0, f"all of it: {fault or 'it has no events'}")
        try:
            recorded = [recorded_of(event) for event in whole.rows]
        except (UnknownEvent, ValidationError):
            return self._save_unread(run_id, row, whole.rows, fault)
        except (TypeError, ValueError) as broken:
            return Saved(run_id, 0, f"all of it: an event cannot be read ({broken})")
        created = recorded[0].event
        workflow = self._workflow(created)
        if not isinstance(created, RunCreated) or workflow is None:
            return Saved(run_id, 0, "all of it: its workflow is damaged or missing")
        self._save_whole(run_id, row, whole.rows, recorded, workflow)
        if fault:
            because = f"{fault}: it and what followed is lost, and what it did is not known"
            hold(self._target, [run_id], because, self._clock.now())
        return Saved(run_id, len(whole.rows), _lost(fault, row, len(whole.rows)))

    def _row(self, run_id: str) -> dict[str, Any] | None:
        try:
            return run_row(self._source, run_id)
        except sqlite3.Error:
            return None

    def _workflow(self, created: object) -> Workflow | None:
        if not isinstance(created, RunCreated):
            return None
        row = workflow_row(self._source, created.workflow_hash)
        insert(self._target, "mn_workflow", WORKFLOW, [] if row is None else [row])
        return workflow_of(self._source, created.workflow_hash)

    def _save_whole(
        self,
        run_id: str,
        row: dict[str, Any] | None,
        events: list[Row],
        recorded: list[Recorded],
        workflow: Workflow,
    ) -> None:
        created = recorded[0].event
        assert isinstance(created, RunCreated)
        state = fold(workflow, RunId(run_id), recorded)
        values: dict[str, Any] = dict.fromkeys(RUN) | {
            "id": run_id,
            "workflow_hash": created.workflow_hash,
            "workflow": created.workflow,
            "origin": created.origin,
            "title": created.title,
            "head": len(events),
            "fence": _fence(row, recorded),
            "created_at": events[0][4],
            "updated_at": events[-1][4],
            "steps_total": len(workflow.steps),
            **summary_columns(self._summarise(state)),
        }
        values["seal"] = seal_of(values, RUN_COLUMNS)
        insert(self._target, "mn_run", RUN, [tuple(values[name] for name in RUN)])
        self._save_events(events)
        for one in recorded:
            self._projection.write(self._target, run_id, one.event, one.at)
        self._save_commands(run_id)
        fence_off(self._target, run_id)

    def _save_events(self, events: list[Row]) -> None:
        insert(self._target, "mn_event", EVENT_COLUMNS, events)
        for event in events:
            self.referred.update(dict.fromkeys(hashes_in(event[6])))

    def _save_commands(self, run_id: str) -> None:
        try:
            rows = rows_of(self._source, "mn_command", COMMAND, run_id)
        except sqlite3.Error:
            return
        found = [dict(zip(COMMAND, row, strict=True)) for row in rows]
        whole = [one for one in found if fits(one["seal"], seal(one[c] for c in COMMAND_COLUMNS))]
        insert(
            self._target, "mn_command", COMMAND, [tuple(one[c] for c in COMMAND) for one in whole]
        )
        for one in whole:
            if one["kind"] == "decide" and not one["taken"]:
                self._mark_decided(one)

    def _mark_decided(self, command: dict[str, Any]) -> None:
        """A decision that waits to be taken up is the decision: nobody may make a second one."""
        self._target.execute(
            "UPDATE mn_approval SET status = 'decided', decided_by = ?, decided_at = ?, "
            "decision = json_extract(?, '$.decision') "
            "WHERE id = json_extract(?, '$.approval_id') AND status = 'open'",
            (command["by"], command["at"], command["body"], command["body"]),
        )

    def _save_unread(
        self, run_id: str, row: dict[str, Any] | None, events: list[Row], fault: str
    ) -> Saved:
        """Save a run of a newer program as it is: nothing can be made anew of it here."""
        if fault or row is None or not fits(row["seal"], seal_of(row, RUN_COLUMNS)):
            said = fault or "its row is damaged"
            return Saved(run_id, 0, f"all of it: {said}, and a newer version wrote it")
        workflow = workflow_row(self._source, row["workflow_hash"])
        insert(self._target, "mn_workflow", WORKFLOW, [] if workflow is None else [workflow])
        insert(self._target, "mn_run", RUN, [tuple(row[name] for name in RUN)])
        self._save_events(events)
        self._save_commands(run_id)
        fence_off(self._target, run_id)
        return Saved(run_id, len(events), "")


def _short(row: dict[str, Any] | None, count: int) -> str:
    """Say that the last events are missing, if the list of runs knows of more."""
    head = row["head"] if row is not None and isinstance(row["head"], int) else count
    # A head that makes no sense is damage of the row, which is made anew.
    return f"event {count + 1} is missing" if count < head <= count + 1_000_000 else ""


def _lost(fault: str, row: dict[str, Any] | None, count: int) -> str:
    if not fault:
        return ""
    head = row["head"] if row is not None and isinstance(row["head"], int) else 0
    more = head - count
    return f"{fault}; {plural(more, 'event')} lost" if 0 < more <= 1_000_000 else f"{fault}"


def _fence(row: dict[str, Any] | None, recorded: list[Recorded]) -> int:
    leases = [one.event.fence for one in recorded if isinstance(one.event, LeaseTaken)]
    known = max(leases, default=0)
    found = row["fence"] if row is not None and isinstance(row["fence"], int) else 0
    # A damaged number may be any; each lease takes one more, and each of them is an event.
    return max(known, found) if found <= known + 1_000_000 else known


def _check_artifacts(database: Database, referred: dict[str, None]) -> tuple[str, ...]:
    """Return the artifacts that are damaged; their files make room for whoever keeps them anew."""
    found: list[str] = []
    folder = database.folder
    for name in referred if folder is not None else ():
        path = artifact_path(folder / "artifacts", name) if folder is not None else Path()
        if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() != name:
            path.rename(path.with_name(f"{name}.damaged"))
            found.append(name)
    return tuple(found)
