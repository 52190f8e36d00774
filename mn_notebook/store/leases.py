"""Leases on one machine: an OS lock and a beat for each process, a fence for each run.

A process holds an exclusive lock on a file of its own for as long as it lives; the operating system
lets go of it however the process ends. So a dead owner's runs are taken over at once, and a clock
that jumps harms nobody. A living owner that shows no beat for a whole lease, measured on the
rival's own monotonic clock, has lost its runs too: its fence is older then, and it can write
nothing.
"""

import fcntl
import os
import socket
import threading
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam

from mn_notebook.domain.events import LeaseTaken
from mn_notebook.domain.ids import Fence, ProcessId, RunId
from mn_notebook.ports import Clock
from mn_notebook.store.database import Compiled, Cursor, Database
from mn_notebook.store.reader import Reader
from mn_notebook.store.tables import EventRow, ProcessRow, RunRow, table_of, time_text
from mn_notebook.store.writer import Writer

LEASE_SECONDS = 15.0
"""A living process that shows no beat for so long has lost its runs."""

BEAT_SECONDS = 3.0
LEAVE_SECONDS = 3.0
"""How long a process that ends tries to say so; its lock tells as much."""

_RUN = table_of(RunRow)
_EVENT = table_of(EventRow)
_PROCESS = table_of(ProcessRow)

_CLAIM = (
    sa.update(_RUN)
    .where(
        _RUN.c.id == bindparam("run"),
        _RUN.c.fence == bindparam("seen"),
        _RUN.c.owner.is_not_distinct_from(bindparam("former")),
    )
    .values(
        owner=bindparam("me"),
        fence=_RUN.c.fence + 1,
        head=_RUN.c.head + 1,
        updated_at=bindparam("now"),
    )
    .returning(_RUN.c.head, _RUN.c.fence)
)
_RELEASE = (
    sa.update(_RUN)
    .where(_RUN.c.id == bindparam("run"), _RUN.c.fence == bindparam("held"))
    .values(owner=bindparam("nobody"))
)
_RELEASE_ALL = (
    sa.update(_RUN).where(_RUN.c.owner == bindparam("me")).values(owner=bindparam("nobody"))
)
_INSERT_EVENT = sa.insert(_EVENT).values({name: bindparam(name) for name in EventRow.model_fields})
_REGISTER = sa.insert(_PROCESS).values({name: bindparam(name) for name in ProcessRow.model_fields})
_BEAT = (
    sa.update(_PROCESS).where(_PROCESS.c.id == bindparam("which")).values(beat=_PROCESS.c.beat + 1)
)
_END = sa.update(_PROCESS).where(_PROCESS.c.id == bindparam("which")).values(ended=True)
_OWNER = sa.select(_RUN.c.owner, _RUN.c.fence).where(_RUN.c.id == bindparam("run"))
_BEAT_OF = sa.select(_PROCESS.c.beat, _PROCESS.c.ended).where(_PROCESS.c.id == bindparam("which"))
_UNFINISHED = (
    sa.select(_RUN.c.id, _RUN.c.owner)
    .where(
        _RUN.c.origin == bindparam("origin"),
        sa.or_(
            _RUN.c.status == "queued",
            _RUN.c.status == "running",
            sa.and_(
                _RUN.c.status == "waiting",
                sa.or_(
                    _RUN.c.wake_at <= bindparam("now"),
                    _RUN.c.owner.is_not(None),
                    # It waits for code, which this process may have.
                    sa.and_(_RUN.c.waiting == 0, _RUN.c.wake_at.is_(None)),
                ),
            ),
        ),
    )
    .order_by(_RUN.c.created_at)
)


class SqlLeases:
    """Who may advance a run, in the tables of a store and the locks of this machine."""

    def __init__(
        self,
        database: Database,
        writer: Writer,
        reader: Reader,
        clock: Clock,
        *,
        process_id: ProcessId,
        origin: str,
        program: str,
    ) -> None:
        """Register this process; it owns nothing yet."""
        self._process_id = process_id
        self._writer = writer
        self._reader = reader
        self._clock = clock
        self._folder = database.folder / "processes" if database.folder else None
        self._lock: int | None = _take_lock(self._folder, process_id)
        self._beats: dict[ProcessId, tuple[int, float]] = {}
        self._claim = database.compile(_CLAIM)
        self._release = database.compile(_RELEASE)
        self._release_all = database.compile(_RELEASE_ALL)
        self._insert = database.compile(_INSERT_EVENT)
        self._beat = database.compile(_BEAT)
        self._end = database.compile(_END)
        register = database.compile(_REGISTER)
        row = {
            "id": process_id,
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "program": program,
            "origin": origin,
            "started_at": time_text(clock.now()),
            "beat": 0,
            "ended": False,
        }
        writer.call(lambda cursor: _run(cursor, register, row))

    @property
    def process_id(self) -> ProcessId:
        """Return the name of this process."""
        return self._process_id

    def claimable(self, origins: Collection[str]) -> Sequence[RunId]:
        """Return unfinished runs of these origins that have work and no other living owner.

        Those that this process owns are among them: a claim may not have been followed up.
        """
        now = self._clock.now()
        return [
            RunId(run_id)
            for origin in sorted(origins)
            for run_id, owner in self._reader.rows(_UNFINISHED, origin=origin, now=time_text(now))
            if owner in (None, self._process_id) or not self.is_alive(owner)
        ]

    def claim(self, run_id: RunId, at: datetime) -> Fence | None:
        """Become a run's owner; see `mn_notebook.ports.Leases.claim`."""
        rows = self._reader.rows(_OWNER, run=run_id)
        if not rows:
            return None
        former, fence = rows[0]
        if former not in (None, self._process_id) and self.is_alive(former):
            return None
        return self._writer.call(lambda cursor: self._take(cursor, run_id, former, fence, at))

    def _take(
        self, cursor: Cursor, run_id: RunId, former: str | None, seen: int, at: datetime
    ) -> Fence | None:
        now = time_text(at)
        values = {
            "run": run_id,
            "seen": seen,
            "former": former,
            "me": self._process_id,
            "now": now,
        }
        _run(cursor, self._claim, values)
        row = cursor.fetchone()
        if row is None:
            return None
        head, fence = row
        event = LeaseTaken(owner=self._process_id, fence=Fence(fence))
        fact = {
            "run_id": run_id,
            "seq": head,
            "kind": event.kind,
            "version": event.VERSION,
            "at": now,
            "batch": f"lease-{fence}",
            "body": event.model_dump_json(exclude_defaults=True),
        }
        _run(cursor, self._insert, fact)
        # A process that owned nothing showed no beats: a rival must not take it for a frozen one.
        _run(cursor, self._beat, {"which": self._process_id})
        return Fence(fence)

    def release(self, run_id: RunId, fence: Fence) -> None:
        """Stop being the owner, with the next commit."""
        values = {"run": run_id, "held": fence, "nobody": None}
        self._writer.submit(lambda cursor: _run(cursor, self._release, values), _ignore)

    def beat(self) -> None:
        """Show rivals that this process lives, with the next commit."""
        values = {"which": self._process_id}
        self._writer.submit(lambda cursor: _run(cursor, self._beat, values), _ignore)

    def is_alive(self, process_id: ProcessId) -> bool:
        """Tell whether a process holds its lock and has shown a beat within a lease."""
        if process_id == self._process_id:
            return True
        rows = self._reader.rows(_BEAT_OF, which=process_id)
        if not rows or rows[0][1] or not _is_locked(self._folder, process_id):
            return False
        return self._beats_in_time(process_id, int(rows[0][0]))

    def _beats_in_time(self, process_id: ProcessId, beat: int) -> bool:
        now = self._clock.monotonic()
        seen = self._beats.get(process_id)
        if seen is None or seen[0] != beat:
            self._beats[process_id] = (beat, now)
            return True
        return now - seen[1] < LEASE_SECONDS

    def close(self) -> None:
        """Give up all runs and the lock; a crash does the same, only less tidily."""
        if self._lock is None and self._folder is not None:
            return
        left = threading.Event()
        self._writer.submit(self._leave, lambda _result, _fault: left.set())
        # A store that cannot be written must not keep a program from ending.
        left.wait(LEAVE_SECONDS)
        _drop_lock(self._folder, self._process_id, self._lock)
        self._lock = None

    def _leave(self, cursor: Cursor) -> None:
        _run(cursor, self._release_all, {"me": self._process_id, "nobody": None})
        _run(cursor, self._end, {"which": self._process_id})

    def disown(self) -> None:
        """Forget the lock in a forked child, where it belongs to the parent."""
        if self._lock is not None:
            with suppress(OSError):
                os.close(self._lock)
            self._lock = None


def _run(cursor: Cursor, statement: Compiled, values: dict[str, Any]) -> None:
    cursor.execute(statement.sql, statement.row(values))


def _ignore(_result: object, _fault: object) -> None:
    """A lost beat or release harms nobody: rivals wait a little longer."""


def _take_lock(folder: Path | None, process_id: str) -> int | None:
    if folder is None:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    _sweep(folder)
    while True:
        lock = os.open(folder / process_id, os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _is_file_at(folder / process_id, lock):
            return lock
        # Somebody swept the file away before it was locked: nobody would see this lock.
        os.close(lock)


def _sweep(folder: Path) -> None:
    """Remove the files of processes that are gone."""
    for entry in folder.iterdir():
        with suppress(OSError):
            _remove_unlocked(entry)


def _remove_unlocked(path: Path) -> None:
    """Remove a file that nobody has locked, and let nobody lock it meanwhile."""
    probe = os.open(path, os.O_RDWR)
    try:
        fcntl.flock(probe, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if _is_file_at(path, probe):
            path.unlink()
    finally:
        os.close(probe)


def _is_file_at(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _is_locked(folder: Path | None, process_id: str) -> bool:
    if folder is None:
        return False
    try:
        probe = os.open(folder / process_id, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(probe, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    else:
        return False
    finally:
        os.close(probe)


def is_process_locked(database: Database, process_id: str) -> bool:
    """Tell whether a process holds its lock; a beat is not asked for."""
    return _is_locked(database.folder / "processes" if database.folder else None, process_id)


def _drop_lock(folder: Path | None, process_id: str, lock: int | None) -> None:
    if folder is None or lock is None:
        return
    (folder / process_id).unlink(missing_ok=True)
    os.close(lock)
