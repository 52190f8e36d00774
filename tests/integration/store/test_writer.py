"""The one writer of a process, on a real file."""

import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from mn_notebook.domain import events as e
from mn_notebook.domain.ids import Fence, RunId
from mn_notebook.errors import Fenced, StoreError, StoreUnwritable
from mn_notebook.ports import Group
from mn_notebook.store.database import Database
from mn_notebook.store.store import Store
from mn_notebook.store.writer import CROWD, GroupWriter, InlineWriter
from tests.integration.store.files import end, holder, opened, said, script, tell
from tests.unit.store.stores import create, group

PATIENCE = 20.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    one = opened(path)
    yield one
    one.close()


class Held:
    """Keeps a writer busy, so that what comes meanwhile becomes one batch."""

    def __init__(self, writer: Any) -> None:
        self._free = threading.Event()
        self._busy = threading.Event()
        writer.submit(self._hold, lambda _result, _fault: None)
        self._busy.wait(PATIENCE)

    def _hold(self, _cursor: Any) -> None:
        self._busy.set()
        self._free.wait(PATIENCE)

    def let_go(self) -> None:
        self._free.set()


def owned(store: Store, count: int = 1) -> list[tuple[RunId, Fence]]:
    leases = holder(store, "p1")
    found = []
    for number in range(count):
        run_id = create(store, f"run{number}")
        fence = leases.claim(run_id, store.clock.now())
        assert fence is not None
        found.append((run_id, fence))
    return found


class Told:
    """Collects what becomes of groups."""

    def __init__(self, expected: int) -> None:
        self.found: dict[str, Any] = {}
        self._expected = expected
        self._all = threading.Event()

    def submit(self, store: Store, one: Group) -> None:
        def appended(last: int | None, fault: Exception | None) -> None:
            self.found[one.batch] = fault or last
            if len(self.found) == self._expected:
                self._all.set()

        store.journal.submit(one, appended)

    def wait(self) -> dict[str, Any]:
        assert self._all.wait(PATIENCE)
        return self.found


def test_groups_that_arrive_together_share_one_commit(store: Store):
    """A crowd pays for the disk once."""
    runs = owned(store, 20)
    writer = store.writer
    assert isinstance(writer, GroupWriter)
    held = Held(writer)
    before = writer.commits
    told = Told(20)
    for run_id, fence in runs:
        told.submit(store, group(store, run_id, fence, e.RunStarted(), batch=run_id))
    held.let_go()
    assert set(told.wait().values()) == {3}
    assert writer.commits - before <= 2


def test_a_refused_group_harms_none_of_its_batch(store: Store):
    """It writes nothing; the others are written."""
    (one, fence), (other, other_fence) = owned(store, 2)
    held = Held(store.writer)
    told = Told(3)
    told.submit(store, group(store, one, fence, e.RunStarted(), batch="good"))
    told.submit(store, group(store, other, Fence(99), e.RunStarted(), batch="refused"))
    told.submit(store, group(store, other, other_fence, e.RunStarted(), batch="good too"))
    held.let_go()
    found = told.wait()
    assert (found["good"], found["good too"]) == (3, 3)
    assert isinstance(found["refused"], Fenced)


def breaks(_cursor: Any) -> None:
    raise ValueError("a defect")


def doubles(cursor: Any) -> None:
    cursor.execute("INSERT INTO mn_migration VALUES ('0001_first_tables', '', 0)")


@pytest.mark.parametrize("defect", [breaks, doubles])
def test_an_operation_with_a_defect_fails_alone_and_at_once(store: Store, defect: Any):
    """It is told so, what came with it is written, and the writer lives on."""
    ((run_id, fence),) = owned(store)
    held = Held(store.writer)
    faults: list[Any] = []
    failed = threading.Event()

    def done(_result: Any, fault: Any) -> None:
        faults.append(fault)
        failed.set()

    told = Told(2)
    told.submit(store, group(store, run_id, fence, e.RunStarted(), batch="before"))
    store.writer.submit(defect, done)
    told.submit(store, group(store, run_id, fence, e.RunCancelled(), batch="after"))
    held.let_go()
    assert told.wait() == {"before": 3, "after": 4}
    assert failed.wait(PATIENCE)
    assert isinstance(faults[0], StoreError)
    assert store.writer.trouble is None
    assert store.writer.call(lambda _cursor: 7) == 7


def test_somebody_who_cannot_be_told_harms_nobody(store: Store):
    """Such as a loop that has ended meanwhile."""

    def gone(_result: Any, _fault: Any) -> None:
        raise RuntimeError("the loop is closed")

    store.writer.submit(lambda _cursor: None, gone)
    assert store.writer.call(lambda _cursor: 7) == 7


def fill(store: Store) -> sqlite3.Connection:
    """Let the disk be full: the file may not grow any more."""
    connection = store.writer._connection  # type: ignore[attr-defined]
    ((pages,),) = store.writer.call(lambda cursor: cursor.execute("PRAGMA page_count").fetchall())
    store.writer.call(lambda cursor: cursor.execute(f"PRAGMA max_page_count={pages}").fetchall())
    return connection  # type: ignore[no-any-return]


def test_a_full_disk_holds_the_work_up_and_loses_nothing(store: Store):
    """It is said in words; the order is kept; when there is room again, work goes on."""
    ((run_id, fence),) = owned(store)
    connection = fill(store)
    told = Told(3)
    notes = [e.NoteAdded(path="a", text="x" * 50_000) for _ in range(3)]
    for number, note in enumerate(notes):
        told.submit(store, group(store, run_id, fence, note, batch=str(number)))
    for _ in range(200):
        if store.writer.trouble:
            break
        threading.Event().wait(0.02)
    assert "the disk is full" in str(store.writer.trouble)
    assert "nothing is lost" in str(store.writer.trouble)
    assert told.found == {}, "nothing is acted upon"
    assert len(store.journal.read(run_id)) == 2
    connection.execute("PRAGMA max_page_count=1000000")
    assert told.wait() == {"0": 3, "1": 4, "2": 5}
    assert store.writer.trouble is None


def test_a_store_that_stays_full_does_not_keep_a_program_from_ending(path: Path):
    """What could not be written is given up unacted on, and whoever asked is told."""
    store = opened(path)
    ((run_id, fence),) = owned(store)
    fill(store)
    told = Told(1)
    note = e.NoteAdded(path="a", text="x" * 50_000)
    told.submit(store, group(store, run_id, fence, note, batch="lost"))
    store.close()
    assert isinstance(told.wait()["lost"], StoreUnwritable)


def test_a_store_that_cannot_be_opened_is_said_before_anything_runs(
    path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Not in a thread that nobody hears."""
    opened(path).close()
    database = Database(str(path))
    monkeypatch.setattr(database, "_uri", (path.parent / "no" / "such.db").as_uri())
    for writer in (GroupWriter, InlineWriter):
        with pytest.raises(StoreUnwritable, match="cannot be opened"):
            writer(database)


def test_a_file_that_may_only_be_read_is_said_to_be_read_only(
    path: Path, monkeypatch: pytest.MonkeyPatch
):
    """And can be read."""
    first = opened(path)
    run_id = create(first)
    monkeypatch.setattr(first.database, "_uri", f"{path.as_uri()}?mode=ro")
    writer = InlineWriter(first.database)
    with pytest.raises(StoreUnwritable, match="read-only"):
        writer.call(lambda cursor: cursor.execute("UPDATE mn_run SET head = 7"))
    assert first.views.run(run_id).head == 1
    writer.close()
    first.close()


def test_a_store_that_another_program_holds_is_waited_for(store: Store, path: Path):
    """Busy is not broken."""
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    timer = threading.Timer(2.5, lambda: other.execute("ROLLBACK"))
    timer.start()
    ((run_id, fence),) = owned(store)
    told = Told(1)
    told.submit(store, group(store, run_id, fence, e.RunStarted()))
    assert told.wait() == {"b": 3}
    timer.join()
    other.close()


WRITERS = """
import sys, threading
from pathlib import Path
from tests.integration.store.files import opened
from tests.unit.store.stores import create
path, number, threads = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
stores = [opened(path, threaded=False, name=f"w{number}{thread}x") for thread in range(threads)]
print("ready", flush=True)
sys.stdin.readline()
def work(thread):
    for turn in range(3):
        create(stores[thread], f"run-{number}-{thread}-{turn}")
workers = [threading.Thread(target=work, args=(thread,)) for thread in range(threads)]
[worker.start() for worker in workers]
[worker.join() for worker in workers]
print("done", flush=True)
"""


@pytest.mark.timeout(120)
def test_fifty_writers_in_several_processes_never_find_the_store_locked(path: Path):
    """They wait for each other; every run is there in the end."""
    opened(path).close()
    processes = [script(WRITERS, path, number, 10) for number in range(5)]
    try:
        assert [said(process) for process in processes] == ["ready"] * 5
        for process in processes:
            tell(process)
        assert [said(process) for process in processes] == ["done"] * 5
    finally:
        for process in processes:
            end(process)
    store = opened(path)
    assert len(store.views.runs(most=1000)) == 150
    store.close()


def test_many_threads_write_through_one_writer(store: Store):
    """Every caller gets its own answer."""
    with ThreadPoolExecutor(20) as pool:
        list(pool.map(lambda number: create(store, f"run{number}"), range(100)))
    assert len(store.views.runs(most=1000)) == 100
    writer = store.writer
    assert isinstance(writer, GroupWriter)
    assert writer.commits < writer.operations


class Arriving:
    """Stands for the moment in which a writer waits: other operations come along meanwhile."""

    def __init__(self, writer: GroupWriter, come: int) -> None:
        self.waits = 0
        self._come, self._writer, self._closing = come, writer, writer._closing

    def wait(self, _seconds: float) -> bool:
        self.waits += 1
        for _ in range(self._come):
            self._writer.submit(lambda _cursor: None, lambda _result, _fault: None)
        self._come = 0
        return False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._closing, name)


@pytest.mark.parametrize("crowd", [1, CROWD - 1, CROWD, CROWD + 1])
def test_after_a_crowd_the_writer_waits_a_moment_for_those_that_come_along(store, crowd):
    """They share its commit; a run on its own is never held up."""
    writer: Any = store.writer
    held = Held(writer)
    for _ in range(crowd):
        writer.submit(lambda _cursor: None, lambda _result, _fault: None)
    held.let_go()
    while writer.operations < crowd + 1:
        threading.Event().wait(0.01)
    writer._closing = Arriving(writer, come=3)
    made = writer.commits, writer.operations
    writer.call(lambda _cursor: None)
    gathers = crowd >= CROWD
    assert writer._closing.waits == int(gathers)
    assert (writer.commits - made[0], writer.operations - made[1]) == (1, 4 if gathers else 1)


def test_threads_that_come_and_go_read_on_the_same_connections(store):
    """To open one takes longer than most queries, and none is left behind."""
    create(store)
    for _ in range(20):
        thread = threading.Thread(target=lambda: store.views.run("run1"))
        thread.start()
        thread.join(PATIENCE)
    assert len(store.reader._open) == 1
    both = threading.Barrier(2)
    rows = store.reader._rows

    def together(*given: Any) -> Any:
        both.wait(PATIENCE)
        return rows(*given)

    store.reader._rows = together
    with ThreadPoolExecutor(2) as pool:
        lines = list(pool.map(store.views.run, ["run1", "run1"]))
    assert [line.head for line in lines] == [1, 1]
    assert len(store.reader._open) == 2
