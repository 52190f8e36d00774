"""Looks whether everything in a store fits together, in bounded time, and changes nothing."""

import hashlib
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from mn_notebook.domain.events import (
    ApprovalDecided,
    ApprovalRequested,
    Recorded,
    UnknownEvent,
    read_event,
)
from mn_notebook.domain.fold import fold
from mn_notebook.domain.ids import RunId
from mn_notebook.domain.state import RunState
from mn_notebook.domain.workflow import Workflow
from mn_notebook.ports import Summary
from mn_notebook.store.artifacts import artifact_path
from mn_notebook.store.database import Database
from mn_notebook.store.holding import ENDED
from mn_notebook.store.journal import summary_columns
from mn_notebook.store.raw import (
    Row,
    hashes_in,
    hashes_in_bytes,
    open_raw,
    run_ids,
    select,
    whole_events,
)
from mn_notebook.store.seals import COMMAND_COLUMNS, RUN_COLUMNS, WORKFLOW_COLUMNS, fits, seal
from mn_notebook.store.sqlite import columns

Summarise = Callable[[RunState], Summary]
"""Makes a run's row of its state; the engine's, so that the store need not know it."""
_RUN = columns.RUN
_STEPS_BETWEEN_LOOKS = 20_000
"""SQLite's own check asks after so many of its steps whether its time is over."""


@dataclass(frozen=True, slots=True)
class Damage:
    """Something that is not as it was written."""

    run_id: str
    """'' when it concerns the store as a whole."""
    text: str


@dataclass(slots=True)
class Examination:
    """What was looked at, what was found, and what was not looked at."""

    damages: list[Damage] = field(default_factory=list)
    runs: int = 0
    events: int = 0
    artifacts: int = 0
    unsealed: int = 0
    """Events that an older version wrote, without a seal."""
    newer: int = 0
    """Runs with events that a newer version wrote: they were not folded."""
    left: list[str] = field(default_factory=list)
    """What was not looked at, in words; empty when everything was."""


def examine(
    database: Database, summarise: Summarise, *, seconds: float | None = None
) -> Examination:
    """Look at a store's pages, its runs and its artifacts, for so long at most.

    Raises:
        sqlite3.Error: it cannot even be opened.
    """
    if database.path is None:
        return Examination()
    with closing(open_raw(database.path)) as connection:
        return _Examiner(connection, database.folder, summarise, seconds).look()


class _Examiner:
    def __init__(
        self,
        connection: sqlite3.Connection,
        folder: Path | None,
        summarise: Summarise,
        seconds: float | None,
    ) -> None:
        self._connection = connection
        self._artifacts = folder / "artifacts" if folder else None
        self._summarise = summarise
        self._began = time.monotonic()
        self._seconds = seconds
        self._found = Examination()
        self._workflows: dict[str, Workflow | None] = {}
        self._referred: dict[str, str] = {}
        """Each artifact that is referred to, and a run that does."""

    def look(self) -> Examination:
        # One transaction sees one moment, also while others write.
        self._connection.execute("BEGIN")
        self._pages()
        self._runs()
        self._all_artifacts()
        return self._found

    def _is_over(self, share: float = 1.0) -> bool:
        return self._seconds is not None and time.monotonic() - self._began > self._seconds * share

    def _note(self, run_id: str, text: str) -> None:
        self._found.damages.append(Damage(run_id, text))

    def _pages(self) -> None:
        self._connection.set_progress_handler(lambda: self._is_over(0.5), _STEPS_BETWEEN_LOOKS)
        try:
            for (said,) in self._connection.execute("PRAGMA integrity_check(5)").fetchall():
                if said != "ok":
                    self._note("", f"SQLite says: {said}")
        except sqlite3.Error as fault:
            if getattr(fault, "sqlite_errorcode", 0) == sqlite3.SQLITE_INTERRUPT:
                self._found.left.append("the file's pages as a whole")
            else:
                self._note("", f"SQLite says: {fault}")
        finally:
            self._connection.set_progress_handler(None, 0)

    def _runs(self) -> None:
        ids = run_ids(self._connection)
        for number, run_id in enumerate(ids):
            if self._is_over(0.8):
                self._found.left.append(f"{len(ids) - number:,} of {len(ids):,} runs")
                return
            try:
                self._run(run_id)
            except sqlite3.Error as fault:
                self._note(run_id, f"it cannot be read ({fault})")

    def _run(self, run_id: str) -> None:
        self._found.runs += 1
        query = f"{select(self._connection, 'mn_run', _RUN)} WHERE id = ?"
        row = self._connection.execute(query, (run_id,)).fetchone()
        whole = whole_events(self._connection, run_id)
        self._found.events += len(whole.rows)
        self._found.unsealed += sum(event[7] is None for event in whole.rows)
        for event in whole.rows:
            for name in hashes_in(event[6]):
                self._referred.setdefault(name, run_id)
        if whole.fault:
            self._note(run_id, whole.fault)
        elif row is None:
            self._note(run_id, "it has events, and is missing among the runs")
        else:
            self._row(dict(zip(_RUN, row, strict=True)), whole.rows)
        for text in self._commands(run_id):
            self._note(run_id, text)

    def _row(self, row: dict[str, Any], events: list[Row]) -> None:
        run_id = row["id"]
        if not fits(row["seal"], seal(row[name] for name in RUN_COLUMNS)):
            self._note(run_id, "its row in the list of runs is not as it was written")
        if row["head"] != len(events):
            self._note(run_id, f"it has {len(events)} events, and should have {row['head']}")
            return
        recorded = self._read(run_id, events)
        workflow = self._workflow(row["workflow_hash"])
        if workflow is None:
            self._note(run_id, f"its workflow {row['workflow_hash']!r} is damaged or missing")
        elif recorded is not None:
            self._projections(row, workflow, recorded)

    def _read(self, run_id: str, events: list[Row]) -> list[Recorded] | None:
        try:
            return [recorded_of(event) for event in events]
        except UnknownEvent:
            self._found.newer += 1
        except ValidationError:
            # A newer program may have written a field that this one does not know.
            self._found.newer += 1
        except (TypeError, ValueError) as fault:
            self._note(run_id, f"an event cannot be read ({fault})")
        return None

    def _workflow(self, name: str) -> Workflow | None:
        if name not in self._workflows:
            self._workflows[name] = workflow_of(self._connection, name)
        return self._workflows[name]

    def _projections(
        self, row: dict[str, Any], workflow: Workflow, recorded: list[Recorded]
    ) -> None:
        run_id = row["id"]
        state = fold(workflow, RunId(run_id), recorded)
        leases = [one.event.fence for one in recorded if one.event.kind == "lease.taken"]
        if row["fence"] < max(leases, default=0):
            self._note(run_id, f"its fence is {row['fence']}, and was {max(leases)} before")
        ended = state.phase in ENDED
        if (row["status"] in ENDED) != ended:
            self._note(run_id, f"it is listed as {row['status']}, and its journal says otherwise")
        elif ended:
            # While a run is under way, its row may lag behind what attempts write for themselves.
            expected = summary_columns(self._summarise(state))
            # The row was written a moment before its event got its time.
            del expected["finished_at"]
            wrong = sorted(name for name, value in expected.items() if row[name] != value)
            if wrong:
                self._note(run_id, f"the list of runs differs from its journal: {', '.join(wrong)}")
        for text in self._approvals(run_id, recorded):
            self._note(run_id, text)

    def _approvals(self, run_id: str, recorded: list[Recorded]) -> Iterator[str]:
        query = (
            "SELECT id, path, subject, prompt, status, decision, decided_by FROM mn_approval "
            "WHERE run_id = ?"
        )
        rows = {row[0]: row[1:] for row in self._connection.execute(query, (run_id,))}
        for one in recorded:
            event = one.event
            if isinstance(event, ApprovalRequested):
                asked = (event.path, event.subject, event.prompt)
                if rows.get(event.approval_id, ())[:3] != asked:
                    yield f"the approval at {event.path!r} is listed otherwise than it was asked"
            elif isinstance(event, ApprovalDecided):
                made = ("decided", event.decision, event.by)
                if rows.get(event.approval_id, ())[3:] != made:
                    yield f"the decision at {event.path!r} is listed otherwise than it was made"

    def _commands(self, run_id: str) -> Iterator[str]:
        columns = (*COMMAND_COLUMNS, "seal")
        query = f"{select(self._connection, 'mn_command', columns)} WHERE run_id = ?"
        for *values, found in self._connection.execute(query, (run_id,)):
            if not fits(found, seal(values)):
                yield f"the command {values[0]!r} is not as it was written"

    def _all_artifacts(self) -> None:
        if self._artifacts is None:
            return
        waiting = list(self._referred.items())
        while waiting:
            name, run_id = waiting.pop()
            if self._is_over():
                self._found.left.append(f"{len(waiting) + 1:,} artifacts at least")
                return
            path = artifact_path(self._artifacts, name)
            if not path.exists():
                if self._is_artifact(run_id, name):
                    self._note(run_id, f"the artifact {name[:12]} is missing")
                continue
            self._found.artifacts += 1
            content = path.read_bytes()
            if hashlib.sha256(content).hexdigest() != name:
                self._note(run_id, f"the artifact {name[:12]} is not as it was written")
            for inner in hashes_in_bytes(content) - self._referred.keys():
                self._referred[inner] = run_id
                waiting.append((inner, run_id))

    def _is_artifact(self, run_id: str, name: str) -> bool:
        """Tell whether an event names an artifact so, and not some other hash."""
        query = "SELECT 1 FROM mn_event WHERE run_id = ? AND instr(body, ?) LIMIT 1"
        wanted = f'"artifact":"{name}"'
        return self._connection.execute(query, (run_id, wanted)).fetchone() is not None


def recorded_of(event: Row) -> Recorded:
    """Return a row as an event.

    Raises:
        UnknownEvent: a newer program wrote it.
        ValueError: it is damaged.
    """
    run_id, seq, kind, version, at, _batch, body, _seal = event
    return Recorded.model_construct(
        run_id=RunId(run_id),
        seq=seq,
        at=datetime.fromisoformat(at),
        event=read_event(kind, version, body),
    )


def workflow_of(connection: sqlite3.Connection, name: str) -> Workflow | None:
    """Return a version of a workflow, or None when it is missing or damaged."""
    row = workflow_row(connection, name)
    try:
        return None if row is None else Workflow.model_validate_json(row[2])
    except ValidationError:
        return None


def workflow_row(connection: sqlite3.Connection, name: str) -> Row | None:
    """Return the row of a workflow, or None when it is missing or damaged."""
    columns = (*WORKFLOW_COLUMNS, "seal")
    try:
        query = f"{select(connection, 'mn_workflow', columns)} WHERE hash = ?"
        row: Row | None = connection.execute(query, (name,)).fetchone()
    except sqlite3.Error:
        return None
    return row if row is not None and fits(row[-1], seal(row[:-1])) and row[0] == name else None
