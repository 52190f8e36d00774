"""Leases on one machine: an OS lock and a beat for each process, a fence for each run.

A process holds an exclusive lock on a file of its own for as long as it lives; the operating system
lets go of it however the process ends. So a dead owner's runs are taken over at once, and a clock
that jumps harms nobody. A living owner that shows no beat for a whole lease has lost its runs too:
its fence is older then, and it can write nothing. The rival measures that lease on its own
monotonic clock, counts only the time in which it looked, and makes sure at the end that the owner
could have written: neither a machine that slept nor a store that others held costs anybody a run.
"""

import fcntl
import os
import socket
import threading
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from mn_notebook.domain.events import LeaseTaken
from mn_notebook.domain.ids import Fence, ProcessId, RunId
from mn_notebook.errors import StoreUnwritable
from mn_notebook.ports import Clock
from mn_notebook.store.compiled import Compiled
from mn_notebook.store.database import Cursor, Database
from mn_notebook.store.reader import Reader
from mn_notebook.store.seals import event_seal
from mn_notebook.store.sqlite import leases as sql
from mn_notebook.store.times import time_text
from mn_notebook.store.writer import Writer

LEASE_SECONDS = 15.0
"""A living process that shows no beat for so long has lost its runs."""

BEAT_SECONDS = 3.0
"""How often a process shows that it lives."""

_LOOKS = 5
"""A rival looks at least so often in a lease; the time in which it did not look does not count."""

LEAVE_SECONDS = 3.0
"""How long a process that ends tries to say so; its lock tells as much."""


@dataclass(slots=True)
class _Silence:
    """What was seen of a process that holds its lock."""

    beat: int
    looked_at: float
    seconds: float = 0.0
    """How long it showed no beat while this process looked."""
    free_at: float | None = None
    """After how much of it this process has written: so could the other one from then on."""

    def look(self, now: float) -> None:
        """Count the time since the last look."""
        self.seconds += min(now - self.looked_at, LEASE_SECONDS / _LOOKS)
        self.looked_at = now


@dataclass(frozen=True, slots=True)
class _Claim:
    """A run whose owner, as it was seen, has ended or has lost it."""

    run_id: RunId
    former: ProcessId | None
    seen: int
    """The fence that it had."""
    silence: _Silence | None = None
    """What was seen of a former owner that holds its lock."""


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
        self._silences: dict[ProcessId, _Silence] = {}
        self._claim = sql.CLAIM
        self._release = sql.RELEASE
        self._release_all = sql.RELEASE_ALL
        self._insert = sql.INSERT_EVENT
        self._beat = sql.BEAT
        self._beat_of = sql.BEAT_OF
        self._end = sql.END
        register = sql.REGISTER
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
        now = time_text(self._clock.now())
        rows = [
            row
            for origin in sorted(origins)
            for row in self._reader.rows(sql.UNFINISHED, origin=origin, now=now)
        ]
        living = {owner: self.is_alive(owner) for owner in {row[1] for row in rows} - {None}}
        return [
            RunId(run_id)
            for run_id, owner in rows
            if owner in (None, self._process_id) or not living[owner]
        ]

    def claim(self, run_id: RunId, at: datetime) -> Fence | None:
        """Become a run's owner; see `mn_notebook.ports.Leases.claim`."""
        return self.claim_all([run_id], at).get(run_id)

    def claim_all(self, run_ids: Sequence[RunId], at: datetime) -> Mapping[RunId, Fence]:
        """Become the owner of runs; see `mn_notebook.ports.Leases.claim_all`."""
        if self._writer.trouble is not None:
            # To wait for it would hold up the engine, which has to say what it waits for.
            raise StoreUnwritable(self._writer.trouble)
        claims = [claim for run_id in run_ids if (claim := self._claim_of(run_id)) is not None]
        if not claims:
            return {}
        fences = self._writer.call(lambda cursor: [self._take(cursor, one, at) for one in claims])
        return {
            claim.run_id: fence
            for claim, fence in zip(claims, fences, strict=True)
            if fence is not None
        }

    def _claim_of(self, run_id: RunId) -> _Claim | None:
        """Return what is to be claimed as it was seen, or None when a living process has it."""
        rows = self._reader.rows(sql.OWNER, run=run_id)
        if not rows:
            return None
        former, fence = rows[0]
        if former in (None, self._process_id):
            return _Claim(run_id, former, fence)
        if not self._has_lost(former):
            return None
        return _Claim(run_id, former, fence, self._silences.get(former))

    def may_own(self) -> bool:
        """Tell whether this process holds its lock: what it owned without would look abandoned."""
        return self._lock is not None or self._folder is None

    def show_life(self, cursor: Cursor) -> None:
        """Show a beat in the transaction that gives this process a run.

        A process that owned nothing showed none: a rival must not take it for a frozen one.
        """
        _run(cursor, self._beat, {"which": self._process_id})

    def _has_lost(self, process_id: ProcessId) -> bool:
        """Tell whether the runs of a process may be taken over."""
        if self.is_alive(process_id):
            return False
        silence = self._silences.get(process_id)
        return silence is None or self._could_write(silence)

    def _could_write(self, silence: _Silence) -> bool:
        """Tell whether a silent process had the time of a beat in which the store was free.

        While somebody else holds the store, nobody can show a beat.
        """
        if silence.free_at is None:
            self._writer.call(_nothing)
            silence.looked_at = self._clock.monotonic()
            silence.free_at = silence.seconds
        return silence.seconds - silence.free_at >= BEAT_SECONDS

    def _take(self, cursor: Cursor, claim: _Claim, at: datetime) -> Fence | None:
        silence = claim.silence
        if silence is not None and self._was_heard(cursor, claim.former, silence.beat):
            return None
        now = time_text(at)
        values = {
            "run": claim.run_id,
            "seen": claim.seen,
            "former": claim.former,
            "me": self._process_id,
            "now": now,
        }
        _run(cursor, self._claim, values)
        row = cursor.fetchone()
        if row is None:
            return None
        head, fence = row
        event = LeaseTaken(owner=self._process_id, fence=Fence(fence))
        body = event.model_dump_json(exclude_defaults=True)
        columns = (claim.run_id, head, event.kind, event.VERSION, now, f"lease-{fence}", body)
        cursor.execute(self._insert.sql, (*columns, event_seal(*columns)))
        self.show_life(cursor)
        return Fence(fence)

    def _was_heard(self, cursor: Cursor, process_id: str | None, beat: int) -> bool:
        """Tell whether a process has shown a beat since it was taken for silent."""
        _run(cursor, self._beat_of, {"which": process_id})
        row = cursor.fetchone()
        return row is not None and int(row[0]) != beat

    def held(self) -> Mapping[RunId, Fence]:
        """Return the runs that this process owns as the store knows it, each with its fence."""
        rows = self._reader.rows(sql.HELD, me=self._process_id)
        return {RunId(run_id): Fence(fence) for run_id, fence in rows}

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
        rows = self._reader.rows(sql.BEAT_OF, which=process_id)
        if not rows or rows[0][1] or not self.is_locked(process_id):
            self._silences.pop(process_id, None)
            return False
        return self._beats_in_time(process_id, int(rows[0][0]))

    def is_locked(self, process_id: ProcessId) -> bool:
        """Tell whether a process is there, whether or not it shows any beat."""
        return _is_locked(self._folder, process_id)

    def _beats_in_time(self, process_id: ProcessId, beat: int) -> bool:
        now = self._clock.monotonic()
        silence = self._silences.get(process_id)
        if silence is None or silence.beat != beat:
            self._silences[process_id] = _Silence(beat, now)
            return True
        silence.look(now)
        return silence.seconds < LEASE_SECONDS

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


def _nothing(_cursor: Cursor) -> None:
    """Write nothing: that a commit went through is the answer."""


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


def locked_processes(database: Database) -> list[str]:
    """Return the processes that hold their locks, this one among them if it does."""
    folder = database.folder / "processes" if database.folder else None
    if folder is None or not folder.is_dir():
        return []
    names = sorted(entry.name for entry in folder.iterdir())
    return [name for name in names if _is_locked(folder, name)]


def _drop_lock(folder: Path | None, process_id: str, lock: int | None) -> None:
    if folder is None or lock is None:
        return
    (folder / process_id).unlink(missing_ok=True)
    os.close(lock)
