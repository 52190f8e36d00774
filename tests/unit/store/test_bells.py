"""Bells: whoever writes rings, and nothing depends on it."""

import select
import socket
import sys
from pathlib import Path

import pytest

from mn_notebook.store.bells import Bell, Bells
from mn_notebook.store.database import Database

# Everywhere else a Python without these sockets is a failure, and no reason to look away.
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no bells")


@pytest.fixture
def bells(tmp_path: Path) -> Bells:
    deep = tmp_path / ("a long name of a folder " * 8) / "store.db"
    return Bells(Database(str(deep)))


def rung(bell: Bell) -> bool:
    ready, _, _ = select.select([bell], [], [], 0)
    return bool(ready)


def test_everybody_hears_a_ring_once(bells: Bells) -> None:
    """Wherever the store lies: the names of sockets are short, those of folders are not."""
    hung = [bells.hang(name) for name in ("one", "two")]
    for bell in hung:
        assert bell is not None
        assert not rung(bell)
    bells.ring()
    bells.ring()
    for bell in hung:
        assert bell is not None
        assert rung(bell)
        bell.heard()
        assert not rung(bell)
        bell.take_down()


def test_the_bell_of_a_dead_process_is_taken_down(bells: Bells) -> None:
    """It was not told that it would die."""
    bell = bells.hang("dead")
    assert bell is not None
    bell._socket.close()
    (left,) = bell._path.parent.iterdir()
    bells.ring()
    assert not left.exists()


def test_a_bell_that_nobody_hears_stops_nobody(bells: Bells) -> None:
    """It is full at some time; who rings goes on."""
    bell = bells.hang("deaf")
    assert bell is not None
    for _ in range(2_000):
        bells.ring()
    assert rung(bell)
    bell.take_down()
    bells.ring()


def test_a_store_in_memory_has_none() -> None:
    """Nobody else can write there."""
    database = Database(":memory:")
    assert Bells(database).hang("one") is None
    Bells(database).ring()
    database.close()


def test_where_there_are_no_such_sockets_nothing_is_hung_and_nothing_fails(
    bells: Bells, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows; also beside a store that came from a system that has them."""
    bell = bells.hang("from elsewhere")
    assert bell is not None
    monkeypatch.delattr(socket, "AF_UNIX")
    assert bells.hang("here") is None
    bells.ring()
    bell.take_down()
