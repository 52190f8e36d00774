"""Whole stores, or some of their runs, in one file each: made while others write, and put back.

Such a file is a store with two more tables: what it is, and the bytes of its artifacts. It is not
opened as a store, so that nobody goes on with runs in it.
"""

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Callable, Collection, Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mn_notebook._version import __version__
from mn_notebook.domain.words import plural
from mn_notebook.errors import StoreError, StoreUnwritable, UsageError
from mn_notebook.ports import Clock, IdSource
from mn_notebook.store.artifacts import FileArtifacts, artifact_path
from mn_notebook.store.copying import copy_run, run_row
from mn_notebook.store.database import Cursor, Database
from mn_notebook.store.failures import store_failure
from mn_notebook.store.holding import fence_off, hold, unended
from mn_notebook.store.migrations import migrate
from mn_notebook.store.raw import has_table, hashes_in, hashes_in_bytes, open_raw
from mn_notebook.store.seals import damaged
from mn_notebook.store.store import Store
from mn_notebook.store.swapping import put_in_place, require_nobody, sync_file, sync_folder
from mn_notebook.store.times import time_text
from mn_notebook.store.writer import Operation

PART_BYTES = 16 * 1024 * 1024
"""An artifact is kept in parts of so many bytes."""


@dataclass(frozen=True, slots=True)
class BackupHeader:
    """What a backup says of itself."""

    kind: str
    """``backup``: a whole store; ``archive``: runs that were taken out of one."""
    made_at: datetime
    store: str
    program: str
    runs: int


@dataclass(frozen=True, slots=True)
class Written:
    """A file that was made."""

    path: Path
    runs: int
    artifacts: int
    missing: int
    """Artifacts that runs refer to and the store does not have whole."""
    size_bytes: int


def back_up(database: Database, file: Path, clock: Clock, ids: IdSource) -> Written:
    """Copy a store into one file, as it is at one moment; others may write meanwhile.

    A crash leaves at most a file whose name begins with a dot.

    Raises:
        UsageError: the file is there already, or the store is in memory.
        StoreDamaged: the store is damaged; nothing is left behind.
        StoreUnwritable: the file cannot be written.
    """

    def fill(partial: Path) -> None:
        with closing(database.connect()) as source, closing(sqlite3.connect(partial)) as target:
            source.backup(target)

    return _write(database, file, "backup", fill, clock, ids)


def archive(
    database: Database, runs: Collection[str], file: Path, clock: Clock, ids: IdSource
) -> Written:
    """Copy some runs into a file of their own; as `back_up`."""

    def fill(partial: Path) -> None:
        fresh = Database(str(partial))
        migrate(fresh)
        with closing(database.connect()) as source, closing(fresh.connect()) as target:
            source.execute("BEGIN")
            target.execute("BEGIN")
            for run_id in runs:
                copy_run(source, target.cursor(), run_id)
            target.execute("COMMIT")

    return _write(database, file, "archive", fill, clock, ids)


def _write(
    database: Database,
    file: Path,
    kind: str,
    fill: Callable[[Path], None],
    clock: Clock,
    ids: IdSource,
) -> Written:
    if database.path is None:
        message = "a store in memory has no backup: let MN_STORE name a file"
        raise UsageError(message)
    file = file.expanduser().resolve()
    if file.exists():
        message = f"the file {os.fspath(file)!r} is there already, and is not written over"
        raise UsageError(message)
    partial = file.with_name(f".{file.name}.{ids.new()}")
    try:
        fill(partial)
        written = _complete(database, partial, file, kind, clock)
        sync_file(partial)
        partial.rename(file)
        sync_folder(file.parent)
    except sqlite3.Error as fault:
        raise store_failure(fault, os.fspath(file)) from fault
    except OSError as fault:
        message = f"the file {os.fspath(file)!r} cannot be written: {fault}"
        raise StoreUnwritable(message) from fault
    finally:
        for suffix in ("", "-wal", "-shm", "-journal"):
            Path(f"{partial}{suffix}").unlink(missing_ok=True)
    return written


def _complete(database: Database, partial: Path, file: Path, kind: str, clock: Clock) -> Written:
    """Add the artifacts, and say what the file is."""
    with closing(sqlite3.connect(partial, isolation_level=None)) as target:
        target.execute("PRAGMA journal_mode=DELETE").fetchall()
        _require_sound(target, os.fspath(database.path or ""))
        target.execute("BEGIN")
        target.execute(
            "CREATE TABLE mn_backup (kind TEXT, made_at TEXT, store TEXT, program TEXT, "
            "runs INTEGER)"
        )
        target.execute(
            "CREATE TABLE mn_bytes (sha256 TEXT, part INTEGER, content BLOB, "
            "PRIMARY KEY (sha256, part))"
        )
        target.execute("DELETE FROM mn_process")
        (runs,) = target.execute("SELECT count(*) FROM mn_run").fetchone()
        said = (kind, time_text(clock.now()), os.fspath(database.path or ""), __version__, runs)
        target.execute("INSERT INTO mn_backup VALUES (?, ?, ?, ?, ?)", said)
        kept, missing = _keep_artifacts(target, database)
        target.execute("COMMIT")
    return Written(file, runs, kept, missing, partial.stat().st_size)


def _require_sound(connection: sqlite3.Connection, name: str) -> None:
    found = [str(row[0]) for row in connection.execute("PRAGMA quick_check(1)")]
    if found != ["ok"]:
        raise damaged(f"{name!r} is damaged ({found[0]})")


def _keep_artifacts(target: sqlite3.Connection, database: Database) -> tuple[int, int]:
    folder = database.folder / "artifacts" if database.folder else None
    kept: set[str] = set()
    missing = 0
    waiting = referred_in(target)
    while folder is not None and waiting:
        name = waiting.pop()
        path = artifact_path(folder, name)
        if name in kept or not path.is_file():
            continue
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != name:
            missing += 1
            continue
        _keep_bytes(target, name, content)
        kept.add(name)
        waiting |= hashes_in_bytes(content) - kept
    missing += sum(name not in kept for name in named_artifacts(target))
    return len(kept), missing


def _keep_bytes(target: sqlite3.Connection, name: str, content: bytes) -> None:
    starts = range(0, max(len(content), 1), PART_BYTES)
    target.executemany(
        "INSERT INTO mn_bytes VALUES (?, ?, ?)",
        ((name, n, content[begin : begin + PART_BYTES]) for n, begin in enumerate(starts)),
    )


def referred_in(connection: sqlite3.Connection) -> set[str]:
    """Return every name in a store's events that may be that of an artifact."""
    found: set[str] = set()
    for (body,) in connection.execute("SELECT body FROM mn_event"):
        found |= hashes_in(body)
    return found


def named_artifacts(connection: sqlite3.Connection) -> set[str]:
    """Return the artifacts that events name as such."""
    query = 'SELECT body FROM mn_event WHERE instr(body, \'"artifact":"\')'
    found: set[str] = set()
    for (body,) in connection.execute(query):
        for piece in body.split('"artifact":"')[1:]:
            found.add(piece[:64])
    return {name for name in found if hashes_in(name)}


# --- putting back ------------------------------------------------------------------------------


def header_of(file: Path) -> BackupHeader:
    """Read what a backup says of itself.

    Raises:
        UsageError: it is none.
        StoreDamaged: it cannot be read.
    """
    file = file.expanduser().resolve()
    if not file.is_file():
        message = f"there is no file {os.fspath(file)!r}"
        raise UsageError(message)
    try:
        with closing(open_raw(file, immutable=True)) as connection:
            if has_table(connection, "mn_backup"):
                row = connection.execute("SELECT * FROM mn_backup").fetchone()
                return BackupHeader(row[0], datetime.fromisoformat(row[1]), *row[2:])
    except (sqlite3.Error, TypeError, ValueError) as fault:
        if getattr(fault, "sqlite_errorcode", 0) != sqlite3.SQLITE_NOTADB:
            raise damaged(f"the backup {os.fspath(file)!r} cannot be read ({fault})") from fault
    message = (
        f"{os.fspath(file)!r} is no backup: expected a file that `mn backup` or `mn prune` made; "
        "to use another store, let MN_STORE name it"
    )
    raise UsageError(message)


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back."""

    runs: tuple[str, ...]
    held: tuple[str, ...]
    """Those that have not ended: they are paused."""
    there: tuple[str, ...]
    """Those of an archive that the store had already."""
    kept: Path | None
    """Where the store is that was replaced."""


def restore(database: Database, file: Path, clock: Clock, ids: IdSource) -> Restored:
    """Replace a store by a backup of a whole one; the one that was there is kept.

    Its runs that have not ended are paused: what they did after the backup is not known in it. Any
    owner from before has an older fence. A crash leaves the old store or the new one.

    Raises:
        StoreBusy: a living process uses the store.
        StoreDamaged: the backup is damaged.
        StoreUnwritable: there is no room for it.
    """
    require_nobody(database, "`restore`")
    path = database.path
    if path is None:
        message = "a store in memory cannot be restored: let MN_STORE name a file"
        raise UsageError(message)
    new = path.with_name(f".{path.name}.{ids.new()}")
    try:
        shutil.copyfile(file.expanduser(), new)
        _bring_artifacts(new, database, ids)
        held = _make_ready(new, database, clock, file)
        with closing(open_raw(new)) as connection:
            runs = tuple(str(row[0]) for row in connection.execute("SELECT id FROM mn_run"))
        sync_file(new)
        kept = put_in_place(new, database, "replaced", clock.now())
    except sqlite3.Error as fault:
        raise store_failure(fault, os.fspath(file)) from fault
    except OSError as fault:
        message = f"{os.fspath(path)!r} cannot be restored: {fault}; nothing was changed"
        raise StoreUnwritable(message) from fault
    finally:
        for suffix in ("", "-wal", "-shm", "-journal"):
            Path(f"{new}{suffix}").unlink(missing_ok=True)
    return Restored(runs, tuple(held), (), kept)


def _bring_artifacts(file: Path, database: Database, ids: IdSource) -> None:
    keep = FileArtifacts(database, ids)
    with closing(open_raw(file, immutable=True)) as connection:
        for name, content in _artifacts_in(connection):
            if keep.put(content, media_type="") != name:
                raise damaged(f"the artifact {name[:12]} in the backup is not as it was written")


def _artifacts_in(connection: sqlite3.Connection) -> Iterable[tuple[str, bytes]]:
    names = connection.execute("SELECT DISTINCT sha256 FROM mn_bytes ORDER BY sha256").fetchall()
    for (name,) in names:
        parts = connection.execute(
            "SELECT content FROM mn_bytes WHERE sha256 = ? ORDER BY part", (name,)
        )
        yield name, b"".join(part[0] for part in parts)


def _make_ready(new: Path, database: Database, clock: Clock, file: Path) -> list[str]:
    """Turn the copy of a backup into a store whose runs nobody else can write into."""
    before = _fences(database)
    with closing(sqlite3.connect(new, isolation_level=None)) as connection:
        _require_sound(connection, os.fspath(file))
        connection.execute("DROP TABLE mn_backup")
        connection.execute("DROP TABLE mn_bytes")
        connection.execute("VACUUM")
    fresh = Database(str(new))
    migrate(fresh)
    with closing(fresh.connect()) as connection:
        cursor = connection.cursor()
        cursor.execute("BEGIN IMMEDIATE")
        # Whoever opens it next writes down where it is; its file is no copy of another one.
        cursor.execute("UPDATE mn_store SET inode = 0, path = ?", (os.fspath(database.path or ""),))
        runs = unended(cursor)
        for (run_id,) in cursor.execute("SELECT id FROM mn_run").fetchall():
            fence_off(cursor, run_id, beyond=before.get(run_id, 0))
        because = f"it was restored from {file.name}, and may have gone on after that backup"
        hold(cursor, runs, because, clock.now())
        cursor.execute("COMMIT")
        cursor.execute("PRAGMA journal_mode=DELETE").fetchall()
    return runs


def _fences(database: Database) -> dict[str, int]:
    """Return the fences of the store that is replaced, as far as it can be read."""
    found: dict[str, int] = {}
    if database.path is None or not database.path.exists():
        return found
    try:
        with closing(open_raw(database.path)) as connection:
            for run_id, fence in connection.execute("SELECT id, fence FROM mn_run"):
                if isinstance(fence, int):
                    found[str(run_id)] = fence
    except sqlite3.Error:
        return found
    return found


def bring_back(store: Store, file: Path) -> Restored:
    """Put the runs of an archive into a store that is in use; those it has stay as they are.

    One transaction for each run: a crash leaves some of them to be brought back by the next call.

    Raises:
        StoreDamaged: the archive is damaged.
    """
    file = file.expanduser().resolve()
    brought: list[str] = []
    there: list[str] = []
    try:
        with closing(open_raw(file, immutable=True)) as source:
            _require_sound(source, os.fspath(file))
            for name, content in _artifacts_in(source):
                if store.artifacts.put(content, media_type="") != name:
                    raise damaged(f"the artifact {name[:12]} in the archive is damaged")
            for (run_id,) in source.execute("SELECT id FROM mn_run ORDER BY created_at").fetchall():
                copied = store.writer.call(_bringing(source, run_id))
                (brought if copied else there).append(run_id)
    except sqlite3.Error as fault:
        raise store_failure(fault, os.fspath(file)) from fault
    return Restored(tuple(brought), (), tuple(there), None)


def _bringing(source: sqlite3.Connection, run_id: str) -> Operation[bool]:
    found = run_row(source, run_id)
    if found is None:
        message = f"run {run_id!r} is missing in the archive"
        raise StoreError(message)

    def operation(cursor: Cursor) -> bool:
        if not copy_run(source, cursor, run_id):
            return False
        fence_off(cursor, run_id)
        return True

    return operation


def in_words(written: Written) -> str:
    """Tell what a file holds."""
    lost = f"; {plural(written.missing, 'artifact')} could not be read" if written.missing else ""
    return (
        f"{plural(written.runs, 'run')} and {plural(written.artifacts, 'artifact')}, "
        f"{written.size_bytes / 1e6:,.1f} MB{lost}"
    )
