"""Keeps a forked child's hands off the stores that its parent had open.

SQLite's locks belong to a process, and what it knows of them lies in memory that a fork copies. A
child that goes on with a connection of its parent, or opens the same store anew, believes that it
holds locks which the system never gave it: the parent may then throw away what the child has
committed. Closing such a connection is as bad. So in a child they are neither used nor closed, and
those stores stay shut; a process that is begun, rather than forked, may open them.
"""

import os
import sqlite3
import weakref
from pathlib import Path
from typing import Protocol

from mn_notebook.errors import StoreError


class Connection(sqlite3.Connection):
    """A connection that a fork can find."""


class Openable(Protocol):
    """A database, as far as forks are concerned."""

    left_behind: bool
    """It was open when this process was forked: it belongs to the parent."""
    path: Path | None
    connections: "weakref.WeakSet[Connection]"


_open: "weakref.WeakSet[Openable]" = weakref.WeakSet()
_shut: set[Path] = set()
"""The stores that belong to the parent."""


def opened(database: Openable) -> None:
    """Keep in mind that a database is open."""
    _open.add(database)


def closed(database: Openable) -> None:
    """Forget a database; none of its connections may be in use."""
    _open.discard(database)


def require_own(path: Path | None) -> None:
    """Refuse a store that belongs to the process from which this one was forked.

    Raises:
        StoreError: it does; the message says what may be done instead.
    """
    if path is not None and path in _shut:
        raise StoreError(refusal(str(path)))


def refusal(address: str) -> str:
    """Say why a forked child writes and reads nothing."""
    return (
        f"the store {address!r} belongs to the process from which this one was forked, and SQLite "
        "loses what a forked child writes: let the parent do it, or begin the child with "
        "subprocess, or with multiprocessing's method 'spawn'"
    )


def _in_child() -> None:
    import ctypes

    for database in list(_open):
        database.left_behind = True
        if database.path is not None:
            _shut.add(database.path)
        for connection in list(database.connections):
            # Never freed: closing it here would undo what the parent is just writing.
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(connection))
    _open.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
