"""Reads: short queries, each seeing one consistent moment of the store."""

import sqlite3
import threading
from typing import Any

from mn_notebook.store.compiled import Compiled
from mn_notebook.store.database import Database
from mn_notebook.store.failures import is_damage, store_failure


class Reader:
    """Runs queries on one connection for each thread that asks."""

    def __init__(self, database: Database) -> None:
        """Read from ``database``."""
        self._database = database
        self._check_files = database.watch(beside=False)
        self._local = threading.local()
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
        try:
            self._check_files()
            return self._rows(sql, parameters)
        except sqlite3.Error as fault:
            raise store_failure(fault, self._database.address) from fault

    def _rows(self, sql: str, parameters: tuple[Any, ...]) -> list[Any]:
        connection = self._connection()
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
        ((version,),) = self._fetch("PRAGMA data_version", ())
        before = getattr(self._local, "version", None)
        self._local.version = version
        return bool(version != before)

    def _connection(self) -> sqlite3.Connection:
        self._database.require_own()
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._database.connect()
            self._local.connection = connection
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
