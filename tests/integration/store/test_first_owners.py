"""A run that is created and claimed by one commit: who owns it, whatever becomes of its creator."""

import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mn_notebook.domain import events as e
from mn_notebook.domain.ids import Fence, ProcessId, RunId
from mn_notebook.errors import Fenced, StoreBusy
from mn_notebook.store.database import Database
from mn_notebook.store.leases import SqlLeases
from mn_notebook.store.store import Store
from mn_notebook.store.writer import GroupWriter
from tests.integration.store.files import end, holder, opened, said, script, tell
from tests.unit.store.stores import create, group

CREATOR = """
import sys
from pathlib import Path
from mn_notebook.domain import events as e
from mn_notebook.domain.ids import Fence, ProcessId, RunId
from tests.integration.store.files import holder, opened
from tests.unit.store.stores import append, create, group
store = opened(Path(sys.argv[1]), threaded=False, name="r")
leases = holder(store, "rival")
create(store, owner=leases)
print("created", flush=True)
for line in sys.stdin:
    one = group(store, RunId("run1"), Fence(1), e.RunStarted(), owner=ProcessId("rival"))
    print(type(append(store, one)).__name__, flush=True)
"""
RUN = RunId("run1")
ME = ProcessId("p1")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    one = opened(tmp_path / "store.db")
    yield one
    one.close()


@pytest.fixture
def me(store: Store) -> Iterator[SqlLeases]:
    leases = holder(store, "p1")
    yield leases
    leases.close()


def writer_of(store: Store) -> GroupWriter:
    assert isinstance(store.writer, GroupWriter)
    return store.writer


def facts(store: Store, run_id: RunId = RUN) -> list[Any]:
    return [recorded.event for recorded in store.journal.read(run_id)]


def test_creation_and_lease_are_one_commit_and_the_next_group_is_written_under_it(store, me):
    """The events, the row and the numbers are those of a run that was claimed afterwards."""
    before = writer_of(store).commits
    told: list[Any] = []
    create(store, owner=me, queued=told.extend)
    assert writer_of(store).commits == before + 1
    assert told == list(store.journal.read(RUN))
    assert facts(store)[1:] == [e.LeaseTaken(owner=ME, fence=Fence(1))]
    line = store.views.run(RUN)
    assert (line.owner, line.fence, line.head, line.status) == (ME, 1, 2, "queued")
    assert me.held() == {RUN: 1}
    written: list[Any] = []
    store.journal.submit(
        group(store, RUN, Fence(1), e.RunStarted()), lambda *said: written.append(said)
    )
    store.writer.call(lambda _cursor: None)
    assert written == [(3, None)]


def test_creations_at_once_share_a_commit(store, me):
    """Twenty threads that create runs while the disk is busy wait for one commit together."""
    busy, free = threading.Event(), threading.Event()

    def hold(_cursor: Any) -> None:
        busy.set()
        free.wait(10)

    store.writer.submit(hold, lambda _result, _fault: None)
    assert busy.wait(10)
    before = writer_of(store).commits, writer_of(store).operations
    threads = [
        threading.Thread(target=create, args=(store, f"run{n}"), kwargs={"owner": me})
        for n in range(20)
    ]
    for thread in threads:
        thread.start()
    while writer_of(store)._queue.qsize() < len(threads):
        threading.Event().wait(0.01)
    free.set()
    for thread in threads:
        thread.join(10)
    made = writer_of(store).commits - before[0], writer_of(store).operations - before[1]
    assert made == (2, 21)
    assert set(me.held().values()) == {1}
    assert len(me.held()) == 20


def test_nobody_else_can_claim_what_a_living_process_has_created(store, me):
    """One owner from the first moment: there is no time in which a rival could be faster."""
    creator = script(CREATOR, store.database.path)
    assert said(creator) == "created"
    try:
        assert me.claimable(["n"]) == []
        assert me.claim(RUN, store.clock.now()) is None
        tell(creator)
        assert said(creator) == "int"
    finally:
        end(creator)


def test_a_creator_killed_right_after_its_commit_leaves_a_run_that_is_taken_over_at_once(store, me):
    """No lease has to run out; the next owner has the next fence, and the first is refused."""
    creator = script(CREATOR, store.database.path)
    assert said(creator) == "created"
    creator.send_signal(signal.SIGKILL)
    assert creator.wait() == -signal.SIGKILL
    end(creator)
    assert me.claimable(["n"]) == [RUN]
    assert me.claim(RUN, store.clock.now()) == 2
    kinds = [event.kind for event in facts(store)]
    assert kinds == ["run.created", "lease.taken", "lease.taken"]
    written: list[Any] = []
    late = group(store, RUN, Fence(1), e.RunStarted(), owner=ProcessId("rival"))
    store.journal.submit(late, lambda *said: written.extend(said))
    store.writer.call(lambda _cursor: None)
    assert written[0] is None
    assert isinstance(written[1], Fenced)


def test_a_process_without_a_lock_creates_a_run_that_anybody_may_claim(store, tmp_path):
    """A lease is held by who holds its lock: one that has left takes none."""
    left = holder(store, "left")
    left.close()
    create(store, owner=left)
    line = store.views.run(RUN)
    assert (line.owner, line.fence, line.head) == (None, 0, 1)
    heir = holder(store, "heir")
    assert heir.claim(RUN, store.clock.now()) == 1
    heir.close()


def test_a_held_store_refuses_a_creation_and_nothing_of_it_is_written_later(tmp_path, monkeypatch):
    """Whoever was told that there is no run finds none, when the store is free again."""
    monkeypatch.setattr(GroupWriter.__init__, "__kwdefaults__", {"patience_seconds": 0.2})
    store = opened(tmp_path / "store.db")
    me = holder(store, "p1")
    other = Database(str(tmp_path / "store.db"), "full").connect()
    other.execute("PRAGMA busy_timeout = 0")
    other.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(StoreBusy):
            create(store, owner=me)
    finally:
        other.execute("ROLLBACK")
        other.close()
    store.writer.call(lambda _cursor: None)
    assert me.held() == {}
    assert store.views.runs(most=5) == []
    me.close()
    store.close()


def test_runs_that_nobody_advances_are_claimed_by_one_commit(store, me):
    """Each with its next fence; one that a living process has is left alone, unknown ones too."""
    creator = script(CREATOR, store.database.path)
    assert said(creator) == "created"
    try:
        free = [create(store, f"free{n}") for n in range(5)]
        before = writer_of(store).commits
        found = me.claim_all([*free, RUN, RunId("never")], store.clock.now())
        assert writer_of(store).commits == before + 1
        assert found == dict.fromkeys(free, 1) == me.held()
        assert me.claim_all([RUN], store.clock.now()) == {}
        assert me.claim_all([], store.clock.now()) == {}
    finally:
        end(creator)
    assert me.claim_all([RUN], store.clock.now()) == {RUN: 2}
    assert [event.kind for event in facts(store, free[4])] == ["run.created", "lease.taken"]
