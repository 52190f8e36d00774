"""Keeps what every simulated process would do again, to the letter, from being done again."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy.schema import CreateIndex, CreateTable

from mn_notebook.engine import worker
from mn_notebook.store.database import Database


@pytest.fixture(scope="package", autouse=True)
def what_is_the_same_done_once() -> Iterator[None]:
    """A case opens many stores, whose SQL is the same, and seconds in which nothing happens."""
    patch = pytest.MonkeyPatch()
    hasten(patch)
    yield
    patch.undo()


def hasten(patch: pytest.MonkeyPatch) -> None:
    """Compile each statement once, and look around less often."""
    patch.setattr(worker, "PROBE_SECONDS", 0.5)
    compile_anew = Database.compile
    known: dict[Any, Any] = {}

    def once(database: Database, statement: Any) -> Any:
        made_anew = isinstance(statement, CreateTable | CreateIndex)
        key = (type(statement), statement.element.name) if made_anew else statement
        if key not in known:
            known[key] = compile_anew(database, statement)
        return known[key]

    patch.setattr(Database, "compile", once)
