"""Takes runs that have ended out of a store, with their artifacts, so that the file shrinks.

The order makes each moment of a crash harmless: an archive is complete before anything is taken
out; a run goes as a whole, in one transaction; its artifacts go after it. What a crash leaves is
garbage that nobody refers to, and the next call clears it.

An artifact is on the disk before the commit that names it. So one is cleared only when it is older
than `YOUNG_SECONDS` and no event names it, asked under the store's write lock; and a commit that
names one which is not there is refused (see `SqlJournal`), so that no event ever names nothing.
"""

import fcntl
import os
import shutil
import sqlite3
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from mn_notebook.errors import StoreBusy
from mn_notebook.ports import RunLine
from mn_notebook.store.artifacts import artifact_path
from mn_notebook.store.copying import forget_run, forget_unused_workflows
from mn_notebook.store.database import Cursor, Database
from mn_notebook.store.failures import is_busy
from mn_notebook.store.holding import ENDED
from mn_notebook.store.raw import hashes_in, hashes_in_bytes
from mn_notebook.store.store import Store
from mn_notebook.store.writer import Operation

YOUNG_SECONDS = 900.0
"""An artifact that was put since may be named by a commit that is still to come."""


@dataclass(frozen=True, slots=True)
class Weight:
    """What runs take up."""

    events: int
    event_bytes: int
    artifacts: int
    artifact_bytes: int
    """Of those that no other run refers to."""


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was taken out."""

    runs: tuple[str, ...]
    stayed: tuple[str, ...]
    """Those that had changed meanwhile."""
    artifacts: int
    bytes_before: int
    bytes_after: int
    """Of the database and the artifacts."""
    note: str
    """Why the file did not shrink, or ''."""


@contextmanager
def alone(database: Database) -> Iterator[None]:
    """Keep others from pruning, or backing up, at the same time.

    Raises:
        StoreBusy: somebody does.
    """
    folder = database.folder
    if folder is None:
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    lock = os.open(folder / "keeping.lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as fault:
            message = "another program backs this store up, or prunes it: try again when it is done"
            raise StoreBusy(message) from fault
        yield
    finally:
        os.close(lock)


def weigh(store: Store, runs: Collection[str]) -> Weight:
    """Tell what runs take up, and what would be free without them."""
    with closing(store.database.connect()) as connection:
        connection.execute("BEGIN")
        events = size = 0
        for run_id in runs:
            query = "SELECT count(*), coalesce(sum(length(body)), 0) FROM mn_event WHERE run_id = ?"
            count, length = connection.execute(query, (run_id,)).fetchone()
            events, size = events + count, size + length
        others = _referred(connection, store.database, without=frozenset(runs))
    paths = [path for path in _files(store.database) if path.name not in others]
    return Weight(events, size, len(paths), sum(path.stat().st_size for path in paths))


def prune(store: Store, lines: Sequence[RunLine]) -> Pruned:
    """Take runs out, clear what nobody refers to, and let the file shrink.

    A run that is not as its line says any more, such as one that somebody goes on with, stays.
    """
    before = size_of(store.database)
    gone = [line.run_id for line in lines if store.writer.call(_forgetting(line))]
    store.writer.call(forget_unused_workflows)
    artifacts = clear_artifacts(store)
    note = shrink(store.database)
    stayed = tuple(line.run_id for line in lines if line.run_id not in gone)
    return Pruned(tuple(gone), stayed, artifacts, before, size_of(store.database), note)


def _forgetting(line: RunLine) -> Operation[bool]:
    def operation(cursor: Cursor) -> bool:
        cursor.execute(
            "SELECT status, head, owner FROM mn_run WHERE id = ? AND NOT EXISTS "
            "(SELECT 1 FROM mn_command WHERE run_id = mn_run.id AND taken = 0)",
            (line.run_id,),
        )
        row = cursor.fetchone()
        if row is None or row[0] not in ENDED or row[1] != line.head or row[2] is not None:
            return False
        forget_run(cursor, line.run_id)
        return True

    return operation


def clear_artifacts(store: Store) -> int:
    """Remove the artifacts that no event names and that nobody can be about to name."""
    database = store.database
    if database.folder is None:
        return 0
    with closing(database.connect()) as connection:
        connection.execute("BEGIN")
        heads = dict(connection.execute("SELECT id, head FROM mn_run").fetchall())
        referred = _referred(connection, database)
    old = time.time() - YOUNG_SECONDS  # noqa: TID251 - the age of files, by the clock that dates them
    candidates = {
        path.name: path
        for path in _files(database)
        if path.name not in referred and path.stat().st_mtime < old
    }

    def operation(cursor: Cursor) -> int:
        # Nobody commits meanwhile. What has been committed since the look is looked at now.
        named: set[str] = set()
        for body in _bodies_since(cursor, heads):
            named |= hashes_in(body)
        for name in _with_inner(named, database) & candidates.keys():
            del candidates[name]
        still = [path for path in candidates.values() if path.stat().st_mtime < old]
        for path in still:
            path.unlink(missing_ok=True)
        return len(still)

    found = store.writer.call(operation) if candidates else 0
    _clear_partials(database, old)
    return found


def _bodies_since(cursor: Cursor, heads: dict[str, int]) -> Iterator[str]:
    cursor.execute("SELECT id, head FROM mn_run")
    for run_id, head in cursor.fetchall():
        if heads.get(run_id) != head:
            cursor.execute(
                "SELECT body FROM mn_event WHERE run_id = ? AND seq > ?",
                (run_id, heads.get(run_id, 0)),
            )
            yield from (body for (body,) in cursor.fetchall())


def _clear_partials(database: Database, old: float) -> None:
    """Remove what a crash left half written."""
    folder = database.folder
    for path in [] if folder is None else (folder / "artifacts").glob("*/.*"):
        if path.stat().st_mtime < old:
            path.unlink(missing_ok=True)


def _files(database: Database) -> list[Path]:
    folder = database.folder
    if folder is None or not (folder / "artifacts").is_dir():
        return []
    return [path for path in (folder / "artifacts").glob("??/*") if hashes_in(path.name)]


def _referred(
    connection: sqlite3.Connection, database: Database, *, without: Collection[str] = ()
) -> set[str]:
    """Return every name that events, or the artifacts that they name, may refer to."""
    found: set[str] = set()
    for run_id, body in connection.execute("SELECT run_id, body FROM mn_event"):
        if run_id not in without:
            found |= hashes_in(body)
    return _with_inner(found, database)


def _with_inner(names: set[str], database: Database) -> set[str]:
    """Return names, and those that the artifacts of these names refer to in turn."""
    found = set(names)
    waiting = list(names)
    while waiting and database.folder is not None:
        path = artifact_path(database.folder / "artifacts", waiting.pop())
        if path.is_file():
            inner = hashes_in_bytes(path.read_bytes()) - found
            found |= inner
            waiting += inner
    return found


def shrink(database: Database) -> str:
    """Give free pages back to the disk; say in words why that was not possible, or ''."""
    if database.path is None:
        return ""
    needed = database.path.stat().st_size
    if shutil.disk_usage(database.path.parent).free < 2 * needed:
        return (
            f"the file keeps its size, and uses the room itself: to shrink it takes "
            f"{2 * needed / 1e6:,.0f} MB of free disk"
        )
    try:
        with closing(database.connect()) as connection:
            connection.execute("VACUUM")
            busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.Error as fault:
        if not is_busy(fault):
            raise
        busy = 1
    if busy:
        return "the file shrinks when nobody reads it any more: another program does now"
    return ""


def size_of(database: Database) -> int:
    """Return the bytes of a store's files and artifacts."""
    if database.path is None:
        return 0
    beside = [Path(f"{database.path}{suffix}") for suffix in ("", "-wal")]
    return sum(path.stat().st_size for path in (*beside, *_files(database)) if path.exists())
