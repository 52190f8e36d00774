"""Reads: short queries, each seeing one consistent moment of the store."""

import sqlite3
import threading
from typing import Any

from mn_notebook.store.compiled import Compiled
from mn_notebook.store.database import Database
from mn_notebook.store.failures import is_damage, store_failure


class Reader:
    """Runs queries on as many connections as are asked at once, and uses them again.

    To open one takes longer than most queries; threads come and go.
    """

    def __init__(self, database: Database) -> None:
        """Read from ``database``."""
        self._database = database
        self._check_files = database.watch(beside=False)
        self._idle: list[sqlite3.Connection] = []
        """Those that nobody uses; each operation on it is atomic."""
        self._local = threading.local()
        """Of each thread, the connection by which it notices what others write."""
        self._open: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        """Protects the list of open connections."""

    def rows(self, query: Compiled, **values: Any) -> list[Any]:
        """Return all rows of a query; its parameters are given by name.

        Raises:
            StoreError: the store cannot be read.
        """
        return self._fetch(query.sql, query.row(values))

    def _fetch(self, sql: str, parameters: tuple[Any, ...]) -> list[Any]:
        self._database.require_own()
        try:
            self._check_files()
            connection = self._lent()
            try:
                return self._rows(connection, sql, parameters)
            finally:
                self._idle.append(connection)
        except sqlite3.Error as fault:
            raise store_failure(fault, self._database.address) from fault

    def _rows(
        self, connection: sqlite3.Connection, sql: str, parameters: tuple[Any, ...]
    ) -> list[Any]:
        try:
            return connection.execute(sql, parameters).fetchall()
        except sqlite3.OperationalError as fault:
            if not is_damage(fault):
                raise
        # One text is no text any more: read around it, and let its row's seal tell which it is.
        connection.text_factory = _legible
        try:
            return connection.execute(sql, parameters).fetchall()
        finally:
            connection.text_factory = str

    def changed(self) -> bool:
        """Tell whether another connection has written since this thread last asked."""
        self._database.require_own()
        try:
            self._check_files()
            (version,) = self._probe().execute("PRAGMA data_version").fetchone()
        except sqlite3.Error as fault:
            raise store_failure(fault, self._database.address) from fault
        before = getattr(self._local, "version", None)
        self._local.version = version
        return bool(version != before)

    def _lent(self) -> sqlite3.Connection:
        try:
            return self._idle.pop()
        except IndexError:
            return self._opened()

    def _probe(self) -> sqlite3.Connection:
        probe: sqlite3.Connection | None = getattr(self._local, "probe", None)
        if probe is None:
            probe = self._local.probe = self._opened()
        return probe

    def _opened(self) -> sqlite3.Connection:
        connection = self._database.connect()
        with self._lock:
            self._open.append(connection)
        return connection

    def close(self) -> None:
        """Close every connection."""
        if self._database.left_behind:
            return
        with self._lock:
            for connection in self._open:
                connection.close()
            self._open.clear()


def _legible(text: bytes) -> str:
    return text.decode(errors="replace")
