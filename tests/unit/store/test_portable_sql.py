"""The statements of the store are those of any SQL database, not of SQLite alone."""

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlmodel import SQLModel

import mn_notebook.store


def _postgresql() -> sa.Dialect:
    dialect: sa.Dialect = postgresql.dialect()
    return dialect


def _statements() -> Iterator[Any]:
    for module in pkgutil.iter_modules(mn_notebook.store.__path__):
        found = importlib.import_module(f"mn_notebook.store.{module.name}")
        for name, value in vars(found).items():
            if isinstance(value, sa.sql.expression.Executable):
                yield pytest.param(value, id=f"{module.name}.{name}")
            elif isinstance(value, dict) and name == "_STATEMENTS":
                for key, statement in value.items():
                    yield pytest.param(statement, id=f"{module.name}.{key}")


@pytest.mark.parametrize("statement", list(_statements()))
def test_a_statement_compiles_for_postgresql(statement):
    """Every statement that is compiled once for SQLite can be compiled for PostgreSQL."""
    text = str(statement.compile(dialect=_postgresql()))

    assert text.split()[0] in {"SELECT", "INSERT", "UPDATE", "DELETE"}


def test_the_tables_can_be_made_in_postgresql():
    """No column has a type that only SQLite knows."""
    importlib.import_module("mn_notebook.store.tables")
    tables = [t for t in SQLModel.metadata.sorted_tables if t.name.startswith("mn_")]

    assert len(tables) == 10
    for table in tables:
        assert "CREATE TABLE" in str(CreateTable(table).compile(dialect=_postgresql()))
        for index in table.indexes:
            assert "INDEX" in str(CreateIndex(index).compile(dialect=_postgresql()))
