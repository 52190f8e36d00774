"""What a store is, and whether it is still where it was: two copies must not go on with one run.

A store carries a name of its own, and the path, the inode and the host of the file that it was last
opened as. A file that is moved keeps its inode; a copy has another one. If the original is still
there, or lies on a machine that cannot be asked, the copy becomes a store of its own: its runs are
held (see `mn_notebook.store.holding`), and somebody who resumes one there does so knowingly.
"""

import logging
import os
import socket
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from mn_notebook.domain.words import plural
from mn_notebook.errors import StoreDamaged
from mn_notebook.ports import Clock, IdSource
from mn_notebook.store.database import Database
from mn_notebook.store.failures import is_busy, store_failure
from mn_notebook.store.holding import hold, unended
from mn_notebook.store.times import time_text

_log = logging.getLogger(__name__)
_READ = "SELECT id, path, inode, host FROM mn_store"


@dataclass(frozen=True, slots=True)
class _Place:
    store_id: str
    path: str
    inode: int
    host: str


def recognise(database: Database, clock: Clock, ids: IdSource) -> None:
    """Notice whether a store was moved or copied since somebody last opened it.

    Nothing is written when it is where it was, or when it may only be read.

    Raises:
        StoreDamaged: it is a copy that was taken while a program wrote, and is torn.
    """
    if database.path is None:
        return
    here = _Place(ids.new(), str(database.path), database.path.stat().st_ino, socket.gethostname())
    try:
        with closing(database.connect()) as connection:
            if not _is_known(_place(connection), here):
                _settle(connection, here, clock)
    except sqlite3.Error as fault:
        readonly = (getattr(fault, "sqlite_errorcode", 0) & 0xFF) == sqlite3.SQLITE_READONLY
        if not (readonly or is_busy(fault)):  # Held by others: whoever opens it next looks again.
            raise store_failure(fault, database.address) from fault


def _place(connection: sqlite3.Connection) -> _Place | None:
    row = connection.execute(_READ).fetchone()
    return None if row is None else _Place(*row)


def _is_known(known: _Place | None, here: _Place) -> bool:
    return known is not None and (known.path, known.inode) == (here.path, here.inode)


def _settle(connection: sqlite3.Connection, here: _Place, clock: Clock) -> None:
    """Write down where the store is now, and hold its runs if it is a copy; in one transaction."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        known = _place(connection)  # Asked again: another program may have been faster.
        if not _is_known(known, here):
            original = _original(known, here)
            if known is not None and known.inode not in (here.inode, 0):
                _require_whole(connection, here)
            store_id = here.store_id if original or known is None else known.store_id
            connection.execute("DELETE FROM mn_store")
            connection.execute(
                "INSERT INTO mn_store (id, path, inode, host, seen_at) VALUES (?, ?, ?, ?, ?)",
                (store_id, here.path, here.inode, here.host, time_text(clock.now())),
            )
            if original:
                _hold_all(connection, here, original, clock)
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise


def _hold_all(connection: sqlite3.Connection, here: _Place, original: str, clock: Clock) -> None:
    cursor = connection.cursor()
    runs = unended(cursor)
    because = f"this store is a copy of {original}, where the run may have gone on"
    hold(cursor, runs, because, clock.now())
    if runs:
        count = plural(len(runs), "run that has", "runs that have")
        _log.warning(
            "the store %r is a copy of %s: %s not ended stay paused here, so that nothing is done "
            "twice; `mn resume RUN` goes on with one here",
            here.path,
            original,
            count,
            extra={"run_id": None, "step_id": None},
        )


def _original(known: _Place | None, here: _Place) -> str:
    """Return where the store is that this one is a copy of, or '' when it is none."""
    if known is None or known.inode in (here.inode, 0):
        return ""
    if known.host != here.host:
        return f"{known.path} on {known.host}"
    if known.path == here.path:
        return ""
    there = Path(known.path)
    return known.path if _is_twin(there, known.store_id) else ""


def _is_twin(there: Path, store_id: str) -> bool:
    """Tell whether the file at a path is the store of that name."""
    if not there.is_file():
        return False
    try:
        with closing(sqlite3.connect(f"{there.as_uri()}?mode=ro", uri=True)) as connection:
            found = _place(connection)
    except sqlite3.Error:
        return True  # It is there and cannot be asked at the moment.
    return found is not None and found.store_id == store_id


def _require_whole(connection: sqlite3.Connection, here: _Place) -> None:
    """Refuse a copy that does not fit together."""
    found = [str(row[0]) for row in connection.execute("PRAGMA quick_check(1)")]
    unfitting = connection.execute(
        "SELECT id FROM mn_run WHERE head != "
        "(SELECT coalesce(max(seq), 0) FROM mn_event WHERE run_id = mn_run.id) LIMIT 1"
    ).fetchone()
    if found == ["ok"] and unfitting is None:
        return
    what = found[0] if found != ["ok"] else f"run {unfitting[0]!r} lacks events"
    message = (
        f"the store {os.fspath(here.path)!r} is a copy that is torn ({what}): it was copied while "
        "a program wrote. `mn backup FILE` copies a store in use; `mn doctor --repair` saves what "
        "is whole of this one"
    )
    raise StoreDamaged(message)
