"""The statements of the store are those of any SQL database, and are compiled ahead for SQLite."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlmodel import SQLModel

from mn_notebook.store import compiling
from mn_notebook.store.statements.journal import events_of
from mn_notebook.store.tables import TABLES


def _postgresql() -> sa.Dialect:
    dialect: sa.Dialect = postgresql.dialect()
    return dialect


def _statements() -> Iterator[Any]:
    yield pytest.param(events_of(2), id="journal.events_of")
    for module in compiling.DEFINITIONS:
        for name, value in compiling.statements_of(module):
            named = value if isinstance(value, Mapping) else {name: value}
            for key, statement in named.items():
                yield pytest.param(statement, id=f"{module}.{key}")


@pytest.mark.parametrize("statement", list(_statements()))
def test_a_statement_compiles_for_postgresql(statement):
    """Every statement that is compiled once for SQLite can be compiled for PostgreSQL."""
    text = str(statement.compile(dialect=_postgresql()))

    assert text.split()[0] in {"SELECT", "INSERT", "UPDATE", "DELETE"}


def test_the_tables_can_be_made_in_postgresql():
    """No column has a type that only SQLite knows."""
    assert len(TABLES) == 15
    for table in TABLES.values():
        assert "CREATE TABLE" in str(CreateTable(table).compile(dialect=_postgresql()))
        for index in table.indexes:
            assert "INDEX" in str(CreateIndex(index).compile(dialect=_postgresql()))


def test_what_is_compiled_ahead_is_what_is_defined():
    """Nobody changes a table or a statement and forgets the text that is executed."""
    stale = [path.name for path, text in compiling.texts().items() if path.read_text() != text]

    assert not stale, "run: python -m mn_notebook.store.compiling"


def test_every_table_is_among_them():
    """A new table has its columns, and can be made by a migration."""
    assert {t for t in SQLModel.metadata.tables if t.startswith("mn_")} == set(TABLES)


def test_every_module_of_statements_is_compiled():
    """A module that is not named would be executed by nobody."""
    found = {path.stem for path in compiling.FOLDER.with_name("statements").glob("[a-z]*.py")}

    assert found == set(compiling.DEFINITIONS)
