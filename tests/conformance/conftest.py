"""Keeps what every simulated process would do again, to the letter, from being done again."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy.schema import CreateIndex, CreateTable

from mn_notebook.store.database import Database


@pytest.fixture(scope="package", autouse=True)
def statements_compiled_once() -> Iterator[None]:
    """A case opens many stores; their SQL is the same."""
    compile_anew = Database.compile
    known: dict[Any, Any] = {}

    def once(database: Database, statement: Any) -> Any:
        made_anew = isinstance(statement, CreateTable | CreateIndex)
        key = (type(statement), statement.element.name) if made_anew else statement
        if key not in known:
            known[key] = compile_anew(database, statement)
        return known[key]

    patch = pytest.MonkeyPatch()
    patch.setattr(Database, "compile", once)
    yield
    patch.undo()
