"""Keeps what every simulated process would do again, to the letter, from being done again."""

import functools
from collections.abc import Iterator

import pytest

from mn_notebook.store.database import Database


@pytest.fixture(scope="package", autouse=True)
def statements_compiled_once() -> Iterator[None]:
    """A case opens many stores; their SQL is the same."""
    compile_anew = Database.compile
    known = functools.lru_cache(maxsize=1024)(lambda statement: compile_anew(database, statement))
    database = Database(":memory:")
    patch = pytest.MonkeyPatch()
    patch.setattr(Database, "compile", lambda _database, statement: known(statement))
    yield
    patch.undo()
    database.close()
