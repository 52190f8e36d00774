"""Brings a store to the form that this program writes: named steps, each applied once.

A migration and the record that it was applied are one transaction: a crash leaves it wholly done or
wholly undone. Migrations only add, so that an older process which is alive goes on; one that must
break waits until none is, and says for whom. A store in which a *newer* program recorded one that
breaks is refused rather than misread.
"""

import importlib
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime

from mn_notebook.errors import StoreBusy, StoreTooNew, UsageError
from mn_notebook.store.database import Database
from mn_notebook.store.failures import store_failure
from mn_notebook.store.leases import is_process_locked
from mn_notebook.store.times import time_text

Migration = Callable[[Database, sqlite3.Connection], None]


def _make(connection: sqlite3.Connection, *names: str) -> None:
    """Make tables and their indexes as they are defined."""
    # Their definitions take long to load: a store that is there already is opened without them.
    from mn_notebook.store.compiling import making

    for name in names:
        for statement in making(name):
            connection.execute(statement)


def _0001_first_tables(_database: Database, connection: sqlite3.Connection) -> None:
    _make(connection, "mn_workflow", "mn_run", "mn_event", "mn_attempt", "mn_approval")
    _make(connection, "mn_command", "mn_process", "mn_artifact")


def _0002_seals(_database: Database, connection: sqlite3.Connection) -> None:
    for table in ("mn_event", "mn_workflow", "mn_run", "mn_command"):
        connection.execute(f"ALTER TABLE {table} ADD COLUMN seal BIGINT")


def _0003_identity(_database: Database, connection: sqlite3.Connection) -> None:
    _make(connection, "mn_store")


def _0004_large_stores(_database: Database, connection: sqlite3.Connection) -> None:
    """Let lists and looks for work read what they show, however much else there is."""
    # Not among the tables' own indexes: those are made by the first migration, for ever.
    connection.execute(
        "CREATE INDEX mn_run_by_origin_and_age ON mn_run (origin, created_at DESC, id)"
    )
    connection.execute("CREATE INDEX mn_run_by_wake ON mn_run (origin, status, wake_at, waiting)")
    connection.execute("CREATE INDEX mn_approval_by_age ON mn_approval (status, requested_at, id)")


def _0005_notices(_database: Database, connection: sqlite3.Connection) -> None:
    _make(connection, "mn_notice")


def _0006_budgets(_database: Database, connection: sqlite3.Connection) -> None:
    _make(connection, "mn_spending", "mn_reservation")


def _0007_load(_database: Database, connection: sqlite3.Connection) -> None:
    """Let all processes know what each of them has learnt of the servers that they call."""
    _make(connection, "mn_load")


def _0008_answers(_database: Database, connection: sqlite3.Connection) -> None:
    """Let calls find what identical ones have given."""
    _make(connection, "mn_answer")


def _0009_escalations(_database: Database, connection: sqlite3.Connection) -> None:
    """Let people be told that nobody has decided in time."""
    connection.execute("ALTER TABLE mn_approval ADD COLUMN escalated_at VARCHAR(32)")
    connection.execute("ALTER TABLE mn_approval ADD COLUMN escalated_to TEXT")


MIGRATIONS: tuple[tuple[str, Migration], ...] = (
    ("0001_first_tables", _0001_first_tables),
    ("0002_seals", _0002_seals),
    ("0003_identity", _0003_identity),
    ("0004_large_stores", _0004_large_stores),
    ("0005_notices", _0005_notices),
    ("0006_budgets", _0006_budgets),
    ("0007_load", _0007_load),
    ("0008_answers", _0008_answers),
    ("0009_escalations", _0009_escalations),
)
"""In the order of their application; a name is never reused."""


BREAKING: frozenset[str] = frozenset()
"""Those of them after which older programs can use the store no more."""


def migrate(
    database: Database,
    migrations: tuple[tuple[str, Migration], ...] = MIGRATIONS,
    breaking: frozenset[str] = BREAKING,
) -> None:
    """Apply what is pending.

    Raises:
        StoreTooNew: a newer program changed the store in a way this one cannot live with.
        StoreBusy: another program held the store for too long, or an older one uses it still.
        StoreUnwritable: the store cannot be written.
    """
    try:
        with closing(database.connect()) as connection:
            if not pending(connection, migrations):
                return
            # Loaded before the store is held: others wait for it no longer than has to be.
            importlib.import_module("mn_notebook.store.compiling")
            connection.execute("BEGIN IMMEDIATE")
            try:
                _apply_all(database, connection, migrations, breaking)
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")
    except sqlite3.Error as fault:
        raise store_failure(fault, database.address) from fault


def _apply_all(
    database: Database,
    connection: sqlite3.Connection,
    migrations: tuple[tuple[str, Migration], ...],
    breaking: frozenset[str],
) -> None:
    # Asked again inside the transaction: another process may have been faster.
    for name, migration in pending(connection, migrations):
        if not _has_table(connection, "mn_migration"):
            _make(connection, "mn_migration")
        if name in breaking:
            _require_nobody(database, connection)
        migration(database, connection)
        now = time_text(datetime.now(UTC))  # noqa: TID251 - about this store, not about a run
        connection.execute(
            "INSERT INTO mn_migration (name, applied_at, breaking) VALUES (?, ?, ?)",
            (name, now, name in breaking),
        )


def _require_nobody(database: Database, connection: sqlite3.Connection) -> None:
    """Refuse to break a store under a process that is alive: whoever is, is older."""
    if not _has_table(connection, "mn_process"):
        return
    query = "SELECT id, pid, program, origin FROM mn_process WHERE NOT ended ORDER BY started_at"
    for process_id, pid, program, origin in connection.execute(query):
        if is_process_locked(database, process_id):
            message = (
                f"this version of mn_notebook has to change the store {database.address!r}, and an "
                f"older one uses it still: process {pid} (mn_notebook {program}, {origin}). End "
                "that process, such as by shutting its kernel down, then try again; nothing was "
                "changed"
            )
            raise StoreBusy(message)


def applied(connection: sqlite3.Connection) -> dict[str, bool]:
    """Return the names of the applied migrations, and whether each breaks older programs."""
    if not _has_table(connection, "mn_migration"):
        return {}
    rows = connection.execute("SELECT name, breaking FROM mn_migration").fetchall()
    return {name: bool(breaking) for name, breaking in rows}


def pending(
    connection: sqlite3.Connection, migrations: tuple[tuple[str, Migration], ...] = MIGRATIONS
) -> list[tuple[str, Migration]]:
    """Return the migrations that are still to be applied.

    Raises:
        StoreTooNew: a newer program recorded a breaking one that this program does not know.
        UsageError: it is a backup.
    """
    if _has_table(connection, "mn_backup"):
        message = "this file is a backup, not a store: `mn restore FILE` puts it back"
        raise UsageError(message)
    done = applied(connection)
    known = {name for name, _ in migrations}
    foreign = sorted(name for name, breaking in done.items() if breaking and name not in known)
    if foreign:
        message = (
            f"a newer version of mn_notebook changed this store ({', '.join(foreign)}): "
            "upgrade mn-notebook here, or set MN_STORE to another file"
        )
        raise StoreTooNew(message)
    return [(name, migration) for name, migration in migrations if name not in done]


def _has_table(connection: sqlite3.Connection, name: str) -> bool:
    query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
    return connection.execute(query, (name,)).fetchone() is not None


__all__ = ["MIGRATIONS", "Migration", "StoreBusy", "applied", "migrate", "pending"]
