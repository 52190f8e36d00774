"""Keeps what every simulated process would do again, to the letter, from being done again."""

import functools
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from mn_notebook.store import store
from mn_notebook.store.database import Database
from mn_notebook.store.migrations import migrate


@pytest.fixture(scope="package", autouse=True)
def tables_made_once() -> Iterator[None]:
    """A test opens thousands of stores; their tables are the same."""
    patch = pytest.MonkeyPatch()
    with make_tables_once(patch):
        yield
    patch.undo()


@contextmanager
def make_tables_once(patch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let each new store in memory be a copy of one that was migrated as any store is."""
    migrated = Database(":memory:")
    migrate(migrated)
    template = migrated.connect()
    patch.setattr(store, "migrate", functools.partial(_copied, template))
    yield
    template.close()
    migrated.close()


def _copied(template: sqlite3.Connection, database: Database) -> None:
    connection = database.connect()
    template.backup(connection)
    connection.close()
