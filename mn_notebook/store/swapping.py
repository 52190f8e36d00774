"""Puts a file in the place of a store, and keeps the one that was there; nothing is destroyed.

Only when no process lives that may own runs. At each moment of a crash the old store is complete
under one of its two names, with what SQLite keeps beside it.
"""

import os
import sqlite3
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path

from mn_notebook.errors import StoreBusy
from mn_notebook.store.database import Database
from mn_notebook.store.leases import locked_processes


def require_nobody(database: Database, verb: str) -> None:
    """Refuse when a process lives that has this store open for runs.

    Raises:
        StoreBusy: with how many there are.
    """
    found = locked_processes(database)
    if found:
        message = (
            f"{verb} needs the store for itself, and {len(found)} living "
            f"{'process uses' if len(found) == 1 else 'processes use'} it: shut the kernels down "
            "that loaded mn_notebook (or `%unload_ext mn_notebook` in each), then try again in a "
            "terminal; nothing was changed"
        )
        raise StoreBusy(message)


def put_in_place(new: Path, database: Database, why: str, at: datetime) -> Path | None:
    """Let ``new`` be the store from now on; return where the old one is kept, if there was one.

    Raises:
        StoreBusy: another program has the old one open.
    """
    path = database.path
    if path is None:
        message = "expected a store in a file"
        raise ValueError(message)
    kept = None
    if path.exists():
        kept = _free_name(path, why, at)
        _settle_wal(path)
        _keep(path, kept)
    os.replace(new, path)  # noqa: PTH105 - replaces what is there, at once
    sync_folder(path.parent)
    return kept


def _free_name(path: Path, why: str, at: datetime) -> Path:
    base = f"{path.name}.{why}-{at:%Y%m%d-%H%M%S}"
    names = (path.with_name(base + (f"-{n}" if n else "")) for n in range(1000))
    return next(name for name in names if not name.exists())


def _settle_wal(path: Path) -> None:
    """Bring what is beside the old store into it, where it is whole enough for that."""
    with suppress(sqlite3.DatabaseError), closing(sqlite3.connect(path, timeout=2)) as connection:
        try:
            connection.execute("PRAGMA journal_mode=DELETE").fetchall()
        except sqlite3.OperationalError as fault:
            if "locked" in str(fault):
                message = (
                    f"another program has the store {os.fspath(path)!r} open: end it, then try "
                    "again; nothing was changed"
                )
                raise StoreBusy(message) from fault
            raise


def _keep(path: Path, kept: Path) -> None:
    wal = Path(f"{path}-wal")
    if wal.exists():
        # A damaged store may need it. First it gets its second name, then it loses the first one,
        # so that it is never taken for a part of the new store.
        os.link(wal, f"{kept}-wal")
        os.link(path, kept)
        sync_folder(path.parent)
        path.unlink()
        wal.unlink()
    else:
        os.link(path, kept)
    Path(f"{path}-shm").unlink(missing_ok=True)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_file(path: Path) -> None:
    """Bring a file to the disk."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())
