"""Opens a store: its address, and its connections."""

import itertools
import os
import random
import sqlite3
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from mn_notebook.errors import StoreError, StoreUnwritable, UsageError
from mn_notebook.store import forks
from mn_notebook.store.failures import is_busy
from mn_notebook.store.files import OpenFiles
from mn_notebook.store.filesystems import filesystem_of, is_network

BUSY_MILLISECONDS = 2_000
"""How long one statement waits for another program's write before it is tried again."""

CHECKPOINT_PAGES = 4_000
"""So many pages (16 MB) are gathered in the log before they are copied into the file: each time
costs two more syncs, and what there is to gather from a killed process is read in milliseconds."""

OPENING_SECONDS = 10.0
"""How long an opening waits for other programs that open the same store."""

_PAUSE = threading.Event()
"""Never set: a wait for it is a pause."""

_MEMORIES = itertools.count()
"""Tells databases in memory from each other."""


class Cursor(Protocol):
    """What the hot path needs of a driver's cursor."""

    @property
    def rowcount(self) -> int:
        """Return how many rows the last statement changed."""
        ...

    def execute(self, sql: str, parameters: Any = ..., /) -> Any:
        """Run one statement."""
        ...

    def executemany(self, sql: str, parameters: Any, /) -> Any:
        """Run one statement for each row."""
        ...

    def fetchone(self) -> Any:
        """Return the next row or None."""
        ...

    def fetchall(self) -> list[Any]:
        """Return the rows that are left."""
        ...


class Database:
    """A store's file (or, later, server): where it is, and how it is spoken to.

    Every SQLite connection runs in WAL mode with ``synchronous=FULL``: when a commit returns, it is
    on the disk. With ``durability`` normal it runs with ``synchronous=NORMAL``, which SQLite
    documents to survive the death of a process, and to lose the last commits, but never the
    consistency of the file, when the power fails.
    """

    def __init__(self, address: str, durability: str = "full") -> None:
        """Open the store at a path, ``sqlite:///PATH``, or ``:memory:`` (for tests).

        Raises:
            UsageError: an address that is not supported.
            StoreUnwritable: the folder cannot be made or written, or lies on a network.
            StoreError: this process was forked from one that has the store open.
        """
        self.durability = durability
        self.left_behind = False
        """It was open when this process was forked: it belongs to the parent."""
        self.connections: weakref.WeakSet[forks.Connection] = weakref.WeakSet()
        self.path = _path_of(address)
        forks.require_own(self.path)
        if self.path is not None:
            _prepare_folder(self.path)
        memory = f"file:mn-{next(_MEMORIES)}?mode=memory&cache=shared"
        self._uri = self.path.as_uri() if self.path else memory
        self._files = OpenFiles(self.path, beside=False) if self.path else None
        # A database in memory lives as long as one connection to it.
        self._keeper = None if self.path else self.connect()
        forks.opened(self)

    @property
    def address(self) -> str:
        """Return where the store is, as a user writes it."""
        return str(self.path) if self.path else ":memory:"

    @property
    def folder(self) -> Path | None:
        """Return the folder that holds what lies beside the database, or None in memory."""
        return self.path.with_name(self.path.name + ".d") if self.path else None

    def connect(self) -> sqlite3.Connection:
        """Return a driver connection in autocommit mode; the caller closes it.

        Raises:
            sqlite3.Error: the file cannot be opened.
            StoreError: this process was forked from one that has the store open.
        """
        self.require_own()
        connection = sqlite3.connect(
            self._uri,
            uri=True,
            timeout=BUSY_MILLISECONDS / 1000,
            check_same_thread=False,
            factory=forks.Connection,
        )
        self.connections.add(connection)
        try:
            _prepare_connection(connection, self.durability)
            if self._files is not None:
                self._files.check()
        except BaseException:
            connection.close()
            raise
        return connection

    def watch(self, *, beside: bool = True) -> Callable[[], None]:
        """Return what asks whether the file that is open is still the store.

        It raises `FilesGone` when it was deleted or replaced. Who keeps a connection open can ask
        so, too, of what SQLite keeps ``beside`` it.
        """
        if self._files is None:
            return _nothing
        return self._files.beside().check if beside else self._files.check

    def require_own(self) -> None:
        """Refuse to be used in a forked child.

        Raises:
            StoreError: this is one.
        """
        if self.left_behind:
            raise StoreError(forks.refusal(self.address))

    def close(self) -> None:
        """Let go of what keeps a database in memory alive."""
        if self.left_behind:
            return
        forks.closed(self)
        if self._keeper is not None:
            self._keeper.close()


def _nothing() -> None:
    """Nobody deletes what is in memory."""


def _path_of(address: str) -> Path | None:
    if address in (":memory:", "sqlite://", "sqlite:///:memory:"):
        return None
    if "://" in address and not address.startswith("sqlite:///"):
        message = (
            f"the store's address {address!r} is not supported yet: expected a file path or "
            "sqlite:///PATH; set MN_STORE to one"
        )
        raise UsageError(message)
    return Path(address.removeprefix("sqlite:///")).expanduser().resolve()


def _prepare_folder(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        message = f"the store's folder {str(path.parent)!r} cannot be made: {fault}; set MN_STORE"
        raise StoreUnwritable(message) from fault
    kind = filesystem_of(path.parent)
    if is_network(kind):
        message = (
            f"the store {str(path)!r} lies on a network file system ({kind}), where SQLite loses "
            "data; set MN_STORE to a path on a local disk"
        )
        raise StoreUnwritable(message)


def _prepare_connection(connection: sqlite3.Connection, durability: str) -> None:
    # Transactions are begun explicitly: the driver's implicit ones would not be IMMEDIATE.
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")
    give_up_at = time.monotonic() + OPENING_SECONDS
    while True:
        try:
            _choose_modes(connection, durability)
        except sqlite3.OperationalError as fault:
            if not is_busy(fault) or time.monotonic() > give_up_at:
                raise
            _PAUSE.wait(random.uniform(0.001, 0.02))  # noqa: S311 - only spreads rivals out
        else:
            return


def _choose_modes(connection: sqlite3.Connection, durability: str) -> None:
    (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    if mode != "wal":
        # SQLite does not wait for others here, as it does elsewhere: of several programs that open
        # a new store at once, all but one are refused and have to ask again.
        connection.execute("PRAGMA journal_mode=WAL")
    mode = "NORMAL" if durability == "normal" else "FULL"
    connection.execute(f"PRAGMA synchronous={mode}")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")


def default_address(data_folder: Path) -> str:
    """Return the address of the user's own store."""
    return os.fspath(data_folder / "store.db")
