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
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from mn_notebook.errors import StoreError
from mn_notebook.store import forks
from mn_notebook.store.database import Cursor, Database
from mn_notebook.store.failures import is_busy, is_damage, store_failure

T = TypeVar("T")
_log = logging.getLogger(__name__)
Operation = Callable[[Cursor], T]
Done = Callable[[Any, StoreError | None], None]
"""Given the result of an operation, or the error of its commit."""

MAX_BATCH = 512
CROWD = 8
"""After a commit of so many operations the next one waits a moment for those that come along."""
GATHER_SECONDS = 0.0003
"""How long: a fraction of what a commit takes, and time in which others have the interpreter."""
SLOW_SECONDS = (2, 5, 10, 30, 60, 300)
"""A commit that takes longer is told about, at each of these."""
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

    @property
    def trouble(self) -> str | None:
        """Say why nothing can be written at the moment, or that it takes very long, or None."""
        ...

    def submit(self, operation: Operation[Any], done: Done) -> None:
        """Queue an operation; ``done`` is called after its commit, on the writer's own terms."""
        ...

    def call(self, operation: Operation[T], queued: Callable[[], None] = lambda: None) -> T:
        """Run an operation and wait for its commit.

        ``queued`` is called when the operation has its place: what is queued from then on is
        written after it, or with it.

        Raises:
            StoreBusy: another program held the store for too long.
            StoreUnwritable: the store cannot be written.
        """
        ...

    def close(self) -> None:
        """Write what is queued and stop."""
        ...


def commit(
    cursor: Cursor, operations: list[Operation[Any]], check: Callable[[], None] = lambda: None
) -> list[Any]:
    """Run operations in one transaction and return their results once it is on the disk.

    ``check`` raises if the files have been deleted or replaced. It is asked right before the
    commit, and after it: what nobody will ever find was not written.
    """
    cursor.execute("BEGIN IMMEDIATE")
    try:
        results = [operation(cursor) for operation in operations]
        check()
        cursor.execute("COMMIT")
        check()
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
        self._check = database.watch()
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

    def call(self, operation: Operation[T], queued: Callable[[], None] = lambda: None) -> T:
        """Run an operation and return its result after the commit."""
        self._database.require_own()
        with self._lock:
            result = self._with_patience(operation)
        queued()
        return result

    def _with_patience(self, operation: Operation[T]) -> T:
        give_up_at = time.monotonic() + self._patience
        while True:
            try:
                result: T = commit(self._cursor, [operation], self._check)[0]
            except sqlite3.Error as fault:
                if not is_busy(fault) or time.monotonic() > give_up_at:
                    raise store_failure(fault, self._database.address) from fault
            else:
                return result

    def close(self) -> None:
        """Close the connection."""
        if not self._database.left_behind:
            self._connection.close()


@dataclass(slots=True, eq=False)
class _Entry:
    """An operation that is queued, and whom to tell."""

    operation: Operation[Any]
    done: Done
    given_up: bool = False
    """Nobody waits for it any more: it is not to be tried again."""


class GroupWriter:
    """A thread that owns one connection; whatever is queued goes into one commit.

    A lone operation is committed at once, a crowd shares the disk's round trip. When the store
    cannot be written, the batch is kept and tried again, in order, until it can be: nothing that
    depends on it goes on meanwhile, and `trouble` says why.
    """

    def __init__(self, database: Database, *, patience_seconds: float = 10.0) -> None:
        """Start writing to ``database``; `call` waits for so long when it cannot be written.

        Raises:
            StoreUnwritable: it cannot be opened.
        """
        self.commits = 0
        self.operations = 0
        self._fault: str | None = None
        self._committing_since: float | None = None
        self._patience = patience_seconds
        self._database = database
        self._queue: queue.SimpleQueue[_Entry | None] = queue.SimpleQueue()
        self._closing = threading.Event()
        self._ended = False
        self._crowd = 0
        """How many operations the last commit had."""
        self._connection = _connected(database)
        self._check_files = database.watch()
        self._thread = threading.Thread(target=self._run, name="mn-writer", daemon=True)
        self._thread.start()

    @property
    def trouble(self) -> str | None:
        """Say why nothing can be written at the moment, or that a commit takes very long."""
        if self._fault is not None:
            return self._fault
        since = self._committing_since
        if since is None:
            return None
        passed = time.monotonic() - since
        longer = [bound for bound in SLOW_SECONDS if passed > bound]
        if not longer:
            return None
        return (
            f"the disk of the store {self._database.address!r} is slow: a commit has been under "
            f"way for more than {longer[-1]} s; nothing is lost, and work goes on as it ends"
        )

    def submit(self, operation: Operation[Any], done: Done) -> None:
        """Queue an operation; ``done`` is called in the writer's thread after the commit."""
        self._submit(_Entry(operation, done))

    def _submit(self, entry: _Entry) -> bool:
        """Queue an entry, or refuse it at once; tell which."""
        if self._closing.is_set():
            entry.done(None, StoreError("the store was closed; nothing was written"))
        elif self._database.left_behind:
            entry.done(None, StoreError(forks.refusal(self._database.address)))
        elif self._ended:
            entry.done(None, StoreError("the store's writer has ended; nothing was written"))
        else:
            self._queue.put(entry)
            return True
        return False

    def call(self, operation: Operation[T], queued: Callable[[], None] = lambda: None) -> T:
        """Queue an operation and wait for its commit.

        While a commit is under way it is waited for, however slow the disk is. When the store
        cannot be written for longer than the writer's patience, the operation is given up: it is
        never written later.
        """
        waiting: Future[T] = Future()

        def done(result: Any, fault: StoreError | None) -> None:
            if fault is None:
                waiting.set_result(result)
            else:
                waiting.set_exception(fault)

        entry = _Entry(operation, done)
        if self._submit(entry):
            queued()
        with suppress(TimeoutError):
            return waiting.result(self._patience)
        entry.given_up = True
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
            self._crowd = len(batch)
            if batch:
                self._write(cursor, batch)
        self._ended = True
        self._connection.close()

    def _next_batch(self) -> tuple[list[_Entry], bool]:
        """Wait for an operation and take all that came with it; False: there will be no more."""
        batch: list[_Entry] = []
        entry = self._queue.get()
        if self._crowd >= CROWD:
            self._closing.wait(GATHER_SECONDS)
        while entry is not None:
            batch.append(entry)
            if len(batch) >= MAX_BATCH:
                return batch, True
            try:
                entry = self._queue.get_nowait()
            except queue.Empty:
                return batch, True
        return batch, False

    def _write(self, cursor: Cursor, batch: list[_Entry]) -> None:
        try:
            results, fault = self._until_written(cursor, batch)
        except Exception as broken:  # noqa: BLE001 - a defect must not stop the one writer
            self._without_the_broken(cursor, batch, broken)
            return
        self.commits += 1
        self.operations += len(batch)
        for entry, result in zip(batch, results, strict=True):
            _tell(entry.done, result, fault)

    def _without_the_broken(self, cursor: Cursor, batch: list[_Entry], broken: Exception) -> None:
        """Let an operation that cannot be done fail alone, and write what came with it."""
        if len(batch) > 1:
            for entry in batch:
                self._write(cursor, [entry])
            return
        if isinstance(broken, sqlite3.Error) and is_damage(broken):
            fault = store_failure(broken, self._database.address)
            _log.error("%s", fault)
        else:
            _log.error("an operation on the store is broken", exc_info=broken)
            fault = StoreError(f"this cannot be written: {type(broken).__name__}: {broken}")
        fault.__cause__ = broken
        _tell(batch[0].done, None, fault)

    def _until_written(
        self, cursor: Cursor, batch: list[_Entry]
    ) -> tuple[list[Any], StoreError | None]:
        """Commit a batch, trying until it is written; entries that are given up are taken out."""
        tries = 0
        while batch:
            try:
                results = commit(cursor, [entry.operation for entry in batch], self._check)
            except _DEFECTS:
                raise
            except sqlite3.Error as fault:
                if is_damage(fault):
                    raise  # Trying again cannot help, and what came with it must not wait for it.
                trouble = store_failure(fault, self._database.address)
                self._fault = str(trouble)
                if self._closing.is_set():
                    return [None] * len(batch), trouble
                self._closing.wait(RETRY_SECONDS[min(tries, len(RETRY_SECONDS) - 1)])
                tries += 1
                batch.extend(self._waiting())
                _drop_given_up(batch, trouble)
            else:
                self._fault = None
                return results, None
            finally:
                self._committing_since = None
        return [], None

    def _waiting(self) -> list[_Entry]:
        """Take what has come meanwhile: it must not wait unheard behind what cannot be written."""
        found: list[_Entry] = []
        with suppress(queue.Empty):
            while (entry := self._queue.get_nowait()) is not None:
                found.append(entry)
            self._queue.put(None)  # The last one, which ends the thread.
        return found

    def _check(self) -> None:
        self._check_files()
        self._committing_since = time.monotonic()


def _drop_given_up(batch: list[_Entry], trouble: StoreError) -> None:
    """Tell those that have waited long enough, and try their operations no more."""
    for entry in [entry for entry in batch if entry.given_up]:
        batch.remove(entry)
        _tell(entry.done, None, trouble)


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
