"""Keeps what every simulated process would do again, to the letter, from being done again."""

import functools
import sqlite3
from collections.abc import Iterator

import pytest

from mn_notebook.store import store
from mn_notebook.store.database import Database
from mn_notebook.store.migrations import migrate


@pytest.fixture(scope="package", autouse=True)
def tables_made_once() -> Iterator[None]:
    """A test opens thousands of stores; their tables are the same."""
    patch = pytest.MonkeyPatch()
    migrated = Database(":memory:")
    migrate(migrated)
    template = migrated.connect()
    patch.setattr(store, "migrate", functools.partial(_copied, template))
    yield
    patch.undo()
    template.close()
    migrated.close()


def _copied(template: sqlite3.Connection, database: Database) -> None:
    connection = database.connect()
    template.backup(connection)
    connection.close()
