"""The one writer of a process: operations that arrive together share a commit.

An operation is a function of a cursor that runs inside the batch's transaction. Its result, or the
error it returns, is handed out only after the commit is on the disk. An operation that finds itself
refused (a lost fence, a decided approval) returns that as its result and writes nothing; it never
fails the batch.
"""

import logging
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, Protocol, TypeVar

from mn_notebook.errors import StoreError
from mn_notebook.store import forks
from mn_notebook.store.database import Cursor, Database
from mn_notebook.store.failures import is_busy, store_failure

T = TypeVar("T")
_log = logging.getLogger(__name__)
Operation = Callable[[Cursor], T]
Done = Callable[[Any, StoreError | None], None]
"""Given the result of an operation, or the error of its commit."""

MAX_BATCH = 512
RETRY_SECONDS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
"""How long to wait before a batch is tried again; the last one repeats."""


_DEFECTS = (
    sqlite3.IntegrityError,
    sqlite3.ProgrammingError,
    sqlite3.InterfaceError,
    sqlite3.DataError,
    sqlite3.NotSupportedError,
)
"""What an operation itself does wrong: trying again cannot help."""


class Writer(Protocol):
    """Runs operations durably, in the order they were given."""

    trouble: str | None
    """Why nothing can be written at the moment, in words, or None."""

    def submit(self, operation: Operation[Any], done: Done) -> None:
        """Queue an operation; ``done`` is called after its commit, on the writer's own terms."""
        ...

    def call(self, operation: Operation[T]) -> T:
        """Run an operation and wait for its commit.

        Raises:
            StoreBusy: another program held the store for too long.
            StoreUnwritable: the store cannot be written.
        """
        ...

    def close(self) -> None:
        """Write what is queued and stop."""
        ...


def commit(cursor: Cursor, operations: list[Operation[Any]]) -> list[Any]:
    """Run operations in one transaction and return their results once it is on the disk."""
    cursor.execute("BEGIN IMMEDIATE")
    try:
        results = [operation(cursor) for operation in operations]
        cursor.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            cursor.execute("ROLLBACK")
        raise
    return results


class InlineWriter:
    """Writes in the caller's own thread: for clients that write seldom, and for simulations."""

    def __init__(self, database: Database, *, patience_seconds: float = 10.0) -> None:
        """Write to ``database``, trying for so long when another program holds it."""
        self.trouble: str | None = None
        self._database = database
        self._connection = _connected(database)
        self._cursor = self._connection.cursor()
        self._patience = patience_seconds
        self._lock = threading.Lock()
        """Protects the connection: a transaction belongs to one caller at a time."""

    def submit(self, operation: Operation[Any], done: Done) -> None:
        """Run an operation at once."""
        try:
            result = self.call(operation)
        except StoreError as fault:
            done(None, fault)
        else:
            done(result, None)

    def call(self, operation: Operation[T]) -> T:
        """Run an operation and return its result after the commit."""
        self._database.require_own()
        with self._lock:
            return self._with_patience(operation)

    def _with_patience(self, operation: Operation[T]) -> T:
        give_up_at = time.monotonic() + self._patience
        while True:
            try:
                result: T = commit(self._cursor, [operation])[0]
            except sqlite3.Error as fault:
                if not is_busy(fault) or time.monotonic() > give_up_at:
                    raise store_failure(fault, self._database.address) from fault
            else:
                return result

    def close(self) -> None:
        """Close the connection."""
        if not self._database.left_behind:
            self._connection.close()


class GroupWriter:
    """A thread that owns one connection; whatever is queued goes into one commit.

    A lone operation is committed at once, a crowd shares the disk's round trip. When the store
    cannot be written, the batch is kept and tried again, in order, until it can be: nothing that
    depends on it goes on meanwhile, and `trouble` says why.
    """

    def __init__(self, database: Database) -> None:
        """Start writing to ``database``.

        Raises:
            StoreUnwritable: it cannot be opened.
        """
        self.trouble: str | None = None
        self.commits = 0
        self.operations = 0
        self._database = database
        self._queue: queue.SimpleQueue[tuple[Operation[Any], Done] | None] = queue.SimpleQueue()
        self._closing = threading.Event()
        self._ended = False
        self._connection = _connected(database)
        self._thread = threading.Thread(target=self._run, name="mn-writer", daemon=True)
        self._thread.start()

    def submit(self, operation: Operation[Any], done: Done) -> None:
        """Queue an operation; ``done`` is called in the writer's thread after the commit."""
        if self._closing.is_set():
            done(None, StoreError("the store was closed; nothing was written"))
            return
        if self._database.left_behind:
            done(None, StoreError(forks.refusal(self._database.address)))
            return
        if self._ended:
            done(None, StoreError("the store's writer has ended; nothing was written"))
            return
        self._queue.put((operation, done))

    def call(self, operation: Operation[T]) -> T:
        """Queue an operation and wait for its commit."""
        waiting: Future[T] = Future()

        def done(result: Any, fault: StoreError | None) -> None:
            if fault is None:
                waiting.set_result(result)
            else:
                waiting.set_exception(fault)

        self.submit(operation, done)
        return waiting.result()

    def close(self) -> None:
        """Write what is queued and stop; what cannot be written by now is given up unacted on."""
        if self._database.left_behind:
            return
        self._closing.set()
        self._queue.put(None)
        self._thread.join(timeout=30)

    def _run(self) -> None:
        cursor = self._connection.cursor()
        open_for_more = True
        while open_for_more:
            batch, open_for_more = self._next_batch()
            if batch:
                self._write(cursor, batch)
        self._ended = True
        self._connection.close()

    def _next_batch(self) -> tuple[list[tuple[Operation[Any], Done]], bool]:
        """Wait for an operation and take all that came with it; False: there will be no more."""
        batch: list[tuple[Operation[Any], Done]] = []
        entry = self._queue.get()
        while entry is not None:
            batch.append(entry)
            if len(batch) >= MAX_BATCH:
                return batch, True
            try:
                entry = self._queue.get_nowait()
            except queue.Empty:
                return batch, True
        return batch, False

    def _write(self, cursor: Cursor, batch: list[tuple[Operation[Any], Done]]) -> None:
        operations = [operation for operation, _ in batch]
        try:
            results, fault = self._until_written(cursor, operations)
        except Exception as broken:  # noqa: BLE001 - a defect must not stop the one writer
            self._without_the_broken(cursor, batch, broken)
            return
        self.commits += 1
        self.operations += len(batch)
        for (_, done), result in zip(batch, results, strict=True):
            _tell(done, result, fault)

    def _without_the_broken(
        self, cursor: Cursor, batch: list[tuple[Operation[Any], Done]], broken: Exception
    ) -> None:
        """Let an operation that cannot be done fail alone, and write what came with it."""
        if len(batch) > 1:
            for entry in batch:
                self._write(cursor, [entry])
            return
        _log.error("an operation on the store is broken", exc_info=broken)
        fault = StoreError(f"this cannot be written: {type(broken).__name__}: {broken}")
        fault.__cause__ = broken
        ((_, done),) = batch
        _tell(done, None, fault)

    def _until_written(
        self, cursor: Cursor, operations: list[Operation[Any]]
    ) -> tuple[list[Any], StoreError | None]:
        tries = 0
        while True:
            try:
                results = commit(cursor, operations)
            except _DEFECTS:
                raise
            except sqlite3.Error as fault:
                trouble = store_failure(fault, self._database.address)
                self.trouble = str(trouble)
                if self._closing.is_set():
                    return [None] * len(operations), trouble
                self._closing.wait(RETRY_SECONDS[min(tries, len(RETRY_SECONDS) - 1)])
                tries += 1
            else:
                self.trouble = None
                return results, None


def _connected(database: Database) -> sqlite3.Connection:
    try:
        return database.connect()
    except sqlite3.Error as fault:
        raise store_failure(fault, database.address) from fault


def _tell(done: Done, result: Any, fault: StoreError | None) -> None:
    try:
        done(result, fault)
    except Exception:  # noqa: BLE001 - whatever it is, it is the asker's trouble
        # Who asked may be gone, such as a loop that has ended; the others still want to be told.
        _log.exception("nobody could be told of a commit")
