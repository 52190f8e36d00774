"""What is known of servers is shared by all who have the store open, and outlives them."""

import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from mn_notebook.domain.admission import breaker_row, pace_key
from mn_notebook.domain.breakers import Breaker
from mn_notebook.store.store import Store, open_store
from mn_notebook.testing import FakeClock, SequentialIds

KEY = "breaker:s"


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Any]:
    clock, opened = FakeClock(), list[Store]()

    def another() -> Store:
        path = str(tmp_path / "store.db")
        opened.append(open_store(path, clock=clock, ids=SequentialIds(), threaded=False))
        return opened[-1]

    another.clock = clock  # type: ignore[attr-defined]
    yield another
    for store in opened:
        store.close()


def put(store: Store, rows: Mapping[str, Any]) -> None:
    faults: list[Any] = []
    store.loads.change(list(rows), lambda _known: rows, faults.append)
    assert faults == [None]


def seen(store: Store, *keys: str) -> Mapping[str, Any]:
    found: dict[str, Any] = {}

    def look(known: Mapping[str, Any]) -> Mapping[str, Any]:
        found.update(known)
        return {}

    store.loads.change(keys, look, lambda _fault: None)
    return found


def test_what_one_process_learns_another_one_knows(stores: Any) -> None:
    """Also one that comes later."""
    one, other = stores(), stores()
    row = breaker_row(Breaker.opened(now=stores.clock.now().timestamp()), 1e9)
    rate: Any = {"until": 9e9, "requests": [[1.5, 2]]}
    put(one, {KEY: row, "rate:x": rate})
    assert other.loads.troubles() == {KEY: row}
    one.close()
    assert seen(stores(), KEY, "rate:x", "none") == {KEY: row, "rate:x": rate, "none": None}


def test_row_that_is_not_needed_any_more_goes(stores: Any) -> None:
    """When it says so, or when its time is over and another one comes."""
    store, now = stores(), stores.clock.now().timestamp()
    put(store, {KEY: {"until": now + 10}, "run:old": {"until": now + 10}})
    put(store, {KEY: None})
    assert seen(store, KEY, "run:old") == {KEY: None, "run:old": {"until": now + 10}}
    stores.clock.advance(11)
    put(store, {"run:new": {"until": now + 100}})
    assert seen(store, "run:old", "run:new") == {"run:old": None, "run:new": {"until": now + 100}}


def test_damaged_row_is_learnt_anew(
    stores: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It is neither believed, nor does it keep anybody from anything."""
    store = stores()
    put(store, {KEY: {"until": 9e9, "open_until": 1}})
    with sqlite3.connect(tmp_path / "store.db") as raw:
        raw.execute("UPDATE mn_load SET body = replace(body, '1', '9')")
    raw.close()
    assert store.loads.troubles() == {KEY: None}
    assert seen(store, KEY) == {KEY: None}
    assert "damaged" in caplog.text
    put(store, {KEY: {"until": 9e9}})
    assert store.loads.troubles() == {KEY: {"until": 9e9}}


def test_only_rows_of_trouble_are_looked_at(stores: Any) -> None:
    """A thousand runs with a minute of their own do not make the look long."""
    store = stores()
    rows: dict[str, Any] = {f"run:{n}": {"until": 9e9} for n in range(50)}
    put(store, rows | {pace_key("s/m"): {"until": 9e9}})
    assert set(store.loads.troubles()) == {pace_key("s/m")}
