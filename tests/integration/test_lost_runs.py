"""A run that another process takes over: what its former owner shows and says."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mn_notebook.engine import worker
from mn_notebook.notebook.publisher import Publisher
from mn_notebook.verbs import explain
from mn_notebook.verbs.session import Session
from tests.integration.house import House, waits_until

if TYPE_CHECKING:
    from mn_notebook.domain.picture import RunPicture

HOLDING = "steps: {hold: {python: hold}}"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    one = House(tmp_path)
    yield one
    one.close()


def test_a_view_and_why_tell_that_another_process_advances_the_run(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loss is noticed at the next beat, without any write of this process."""
    monkeypatch.setattr(worker, "BEAT_SECONDS", 0.2)
    go = threading.Event()
    kernel = house.kernel(hold=go.wait)
    run_id = kernel.start(HOLDING)
    kernel.until(run_id, "running")
    session = Session(house.settings(), _runtime=kernel.runtime)
    publisher = Publisher(session)
    shown: list[RunPicture] = []
    stop = publisher.follow(run_id, shown.append)
    heir = house.kernel(notebook="b.ipynb", hold=go.wait)
    assert waits_until(lambda: "step.started" in kernel.kinds(run_id))
    assert kernel.runtime.lost == {}

    # As a rival does that has seen no beat for a lease.
    name = heir.runtime._leases.process_id
    path = house.folder / "store.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(
            "UPDATE mn_run SET owner = ?, fence = fence + 1 WHERE id = ?", (name, run_id)
        )
    assert waits_until(lambda: run_id in kernel.runtime.lost)
    words = kernel.runtime.lost[run_id]
    assert words.startswith("Another process advances it now")
    assert explain.why(session, run_id).why[0] == words
    assert waits_until(lambda: bool(shown) and shown[-1].next == words)
    go.set()
    assert not waits_until(lambda: "step.succeeded" in kernel.kinds(run_id), 0.5)
    stop()
    publisher.close()


def test_a_view_tells_that_the_store_cannot_be_written(house: House) -> None:
    """And no more of it when it can: nothing was lost meanwhile."""
    go = threading.Event()
    kernel = house.kernel(hold=go.wait)
    run_id = kernel.start(HOLDING)
    assert waits_until(lambda: "step.started" in kernel.kinds(run_id))
    publisher = Publisher(Session(house.settings(), _runtime=kernel.runtime))
    shown: list[RunPicture] = []
    publisher.follow(run_id, shown.append)
    with closing(sqlite3.connect(house.folder / "store.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        go.set()
        assert waits_until(lambda: bool(shown) and "held by another program" in shown[-1].next)
        assert "step.succeeded" not in kernel.kinds(run_id)
        other.execute("ROLLBACK")
    kernel.until(run_id, "succeeded")
    assert waits_until(lambda: shown[-1].status == "succeeded")
    publisher.close()
