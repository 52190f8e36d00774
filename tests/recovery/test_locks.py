"""The lock by which a process shows that it lives."""

import fcntl
from pathlib import Path

import pytest

from mn_notebook.clock import RandomIds, SystemClock
from mn_notebook.domain.ids import ProcessId
from mn_notebook.store import leases
from mn_notebook.store.store import Store, open_store


def opened(path: Path) -> Store:
    return open_store(str(path), clock=SystemClock(), ids=RandomIds(), threaded=False)


def test_a_process_that_is_just_beginning_is_not_swept_away_by_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between making its file and locking it, a process looks dead; its lock must hold anyway."""
    store = opened(tmp_path / "store.db")
    folder = tmp_path / "store.db.d" / "processes"
    real, swept = fcntl.flock, [False]

    def flock(lock: int, operation: int) -> None:
        if operation == fcntl.LOCK_EX and not swept[0]:
            swept[0] = True
            leases._sweep(folder)
        real(lock, operation)

    monkeypatch.setattr(leases.fcntl, "flock", flock)  # type: ignore[attr-defined]
    holder = store.lease_holder(process_id=ProcessId("young"), origin="/nb", program="1")
    assert swept[0]
    assert leases.is_process_locked(store.database, "young")
    holder.close()
    assert not leases.is_process_locked(store.database, "young")
    store.close()


def test_files_of_dead_processes_are_swept_and_those_of_living_ones_stay(tmp_path: Path) -> None:
    """The folder does not grow with every kernel that was ever killed."""
    store = opened(tmp_path / "store.db")
    first = store.lease_holder(process_id=ProcessId("first"), origin="/nb", program="1")
    folder = tmp_path / "store.db.d" / "processes"
    (folder / "dead").touch()
    second = store.lease_holder(process_id=ProcessId("second"), origin="/nb", program="1")
    assert sorted(entry.name for entry in folder.iterdir()) == ["first", "second"]
    second.close()
    assert [entry.name for entry in folder.iterdir()] == ["first"]
    first.close()
    store.close()
