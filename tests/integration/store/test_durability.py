"""A store is as durable as its user chose."""

from contextlib import closing
from pathlib import Path

import pytest

from mn_notebook.store.database import Database


@pytest.mark.parametrize(("durability", "mode"), [("full", 2), ("normal", 1)])
def test_every_connection_is_as_durable_as_was_chosen(tmp_path: Path, durability: str, mode: int):
    """SQLite itself says which mode a connection has."""
    database = Database(str(tmp_path / "store.db"), durability)
    with closing(database.connect()) as connection:
        assert connection.execute("PRAGMA synchronous").fetchone() == (mode,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
