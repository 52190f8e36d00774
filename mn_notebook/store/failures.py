"""Tells what a database error means for a user."""

import sqlite3

from mn_notebook.errors import StoreBusy, StoreDamaged, StoreError, StoreUnwritable
from mn_notebook.store.seals import REPAIR

_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_UNWRITABLE = {
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_READONLY: "it is read-only",
    sqlite3.SQLITE_IOERR: "the disk reports an error",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened",
    sqlite3.SQLITE_PERM: "access is denied",
}


class FilesGone(sqlite3.OperationalError):
    """The files of an open store were deleted or replaced; the message says what to do."""


def store_failure(fault: sqlite3.Error, address: str) -> StoreError:
    """Return the error of our own tree for one of the driver."""
    if isinstance(fault, FilesGone):
        return StoreUnwritable(str(fault))
    code = (getattr(fault, "sqlite_errorcode", None) or 0) & 0xFF
    if code in _BUSY:
        return StoreBusy(f"the store {address!r} is held by another program; try again")
    if code in _UNWRITABLE:
        return StoreUnwritable(
            f"the store {address!r} cannot be written: {_UNWRITABLE[code]} ({fault}); "
            "nothing is lost, and work goes on when it can be written again"
        )
    if is_damage(fault):
        other = ""
        if code == sqlite3.SQLITE_NOTADB:
            other = "; where another file was meant, MN_STORE names the store"
        return StoreDamaged(f"the store {address!r} is damaged ({fault}): {REPAIR}{other}")
    return StoreError(f"the store {address!r} answered: {fault}; `mn doctor` looks into it")


def is_damage(fault: sqlite3.Error) -> bool:
    """Tell whether the file itself is not as SQLite wrote it."""
    code = (getattr(fault, "sqlite_errorcode", None) or 0) & 0xFF
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) or "decode" in str(fault)


def is_busy(fault: sqlite3.Error) -> bool:
    """Tell whether another program merely holds the store at the moment."""
    return isinstance(store_failure(fault, ""), StoreBusy)
