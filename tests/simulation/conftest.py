"""Keeps what every simulated process would do again, to the letter, from being done again."""

import functools
import sqlite3
from collections.abc import Iterator

import pytest

from mn_notebook.store import store
from mn_notebook.store.database import Database
from mn_notebook.store.migrations import migrate


@pytest.fixture(scope="package", autouse=True)
def statements_compiled_and_tables_made_once() -> Iterator[None]:
    """A test opens thousands of stores; their SQL is the same, and so are their tables."""
    compile_anew = Database.compile
    known = functools.lru_cache(maxsize=1024)(lambda statement: compile_anew(database, statement))
    database = Database(":memory:")
    patch = pytest.MonkeyPatch()
    patch.setattr(Database, "compile", lambda _database, statement: known(statement))
    migrated = Database(":memory:")
    migrate(migrated)
    template = migrated.connect()
    patch.setattr(store, "migrate", functools.partial(_copied, template))
    yield
    patch.undo()
    template.close()
    migrated.close()
    database.close()


def _copied(template: sqlite3.Connection, database: Database) -> None:
    connection = database.connect()
    template.backup(connection)
    connection.close()
