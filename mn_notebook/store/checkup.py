"""Looks whether a store is in order, without changing it."""

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass

from mn_notebook.store.database import Database


@dataclass(frozen=True, slots=True)
class Checkup:
    """What was found about a store."""

    address: str
    size_bytes: int
    fault: str
    """Why it cannot be opened, or ''."""
    schema: str
    """The last migration that was applied."""
    writable: bool
    free_bytes: int
    """Space that is left on its disk."""


def look_over(database: Database) -> Checkup:
    """Look at a store's file from outside; what is in it, `examination` looks at."""
    schema, fault = "", ""
    try:
        with closing(database.connect()) as connection:
            schema = _schema(connection)
    except sqlite3.Error as found:
        fault = str(found)
    path = database.path
    return Checkup(
        address=database.address,
        size_bytes=path.stat().st_size if path is not None and path.exists() else 0,
        fault=fault,
        schema=schema,
        writable=path is None or (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)),
        free_bytes=_free(str(path.parent)) if path is not None else 0,
    )


def _schema(connection: sqlite3.Connection) -> str:
    row = connection.execute("SELECT max(name) FROM mn_migration").fetchone()
    return str(row[0]) if row else ""


def _free(folder: str) -> int:
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize
