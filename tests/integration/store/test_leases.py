"""Who may advance a run: real locks, real processes, real ends."""

import fcntl
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mn_notebook.domain import events as e
from mn_notebook.domain.ids import Fence, ProcessId, RunId
from mn_notebook.errors import Fenced
from mn_notebook.store import leases as leasing
from mn_notebook.store.leases import BEAT_SECONDS, LEASE_SECONDS, SqlLeases
from mn_notebook.store.store import Store
from mn_notebook.testing.doubles import FakeClock
from tests.integration.store.files import end, holder, opened, said, script, tell
from tests.unit.store.stores import append, create, group

if TYPE_CHECKING:
    import subprocess

RIVAL = """
import sys
from pathlib import Path
from mn_notebook.domain import events as e
from mn_notebook.domain.ids import ProcessId, RunId
from tests.integration.store.files import holder, opened
from tests.unit.store.stores import append, group
store = opened(Path(sys.argv[1]), threaded=False, name="r")
leases = holder(store, "rival")
fence = leases.claim(RunId("run1"), store.clock.now())
print("claimed", fence, flush=True)
for line in sys.stdin:
    if line.strip() == "beat":
        leases.beat()
    if line.strip() == "write":
        one = group(store, RunId("run1"), fence, e.RunStarted(), owner=ProcessId("rival"))
        print(type(append(store, one)).__name__, flush=True)
    if line.strip() == "leave":
        leases.close()
        print("left", flush=True)
"""


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def store(tmp_path: Path, clock: FakeClock) -> Iterator[Store]:
    one = opened(tmp_path / "store.db", threaded=False, clock=clock)
    yield one
    one.close()


@pytest.fixture
def me(store: Store) -> Iterator[SqlLeases]:
    leases = holder(store, "p1")
    yield leases
    leases.close()


@pytest.fixture
def rival(store: Store) -> "Iterator[subprocess.Popen[str]]":
    """Another process, which owns the run."""
    create(store)
    process = script(RIVAL, store.database.path)
    assert said(process) == "claimed 1"
    yield process
    end(process)


RUN = RunId("run1")


def claim(me: SqlLeases, store: Store) -> Fence | None:
    return me.claim(RUN, store.clock.now())


def test_a_run_of_a_living_process_cannot_be_claimed(store, me, rival):
    """One owner at any time."""
    assert claim(me, store) is None
    assert me.claimable(["n"]) == []
    assert me.is_alive(ProcessId("rival"))
    tell(rival, "write")
    assert said(rival) == "int"


def test_a_killed_process_loses_its_runs_at_once(store, me, rival):
    """No waiting for an expiry: the operating system lets go of its lock."""
    rival.kill()
    rival.wait()
    assert not me.is_alive(ProcessId("rival"))
    assert me.claimable(["n"]) == ["run1"]
    assert claim(me, store) == 2
    events = store.journal.read(RUN)
    assert events[-1].event == e.LeaseTaken(owner=ProcessId("p1"), fence=Fence(2))


def test_a_process_that_leaves_gives_its_runs_up(store, me, rival):
    """A clean end is as quick."""
    tell(rival, "leave")
    assert said(rival) == "left"
    assert store.views.run("run1").owner is None
    assert claim(me, store) == 2


def watched(me: SqlLeases, store: Store, clock: FakeClock, seconds: float) -> list[Fence | None]:
    """Look once a second, and return what each look came to."""
    found: list[Fence | None] = []
    for _ in range(round(seconds)):
        clock.advance(1)
        found.append(claim(me, store))
    return found


def test_a_frozen_process_loses_its_runs_after_a_whole_lease_and_writes_nothing_more(
    store, me, rival, clock
):
    """Measured on the rival's own monotonic clock; the thawed one is fenced."""
    os.kill(rival.pid, signal.SIGSTOP)
    try:
        assert claim(me, store) is None
        assert set(watched(me, store, clock, LEASE_SECONDS - 1)) == {None}
        for jump in (86_400, -3_600, 3_600):
            clock.jump(jump)
            assert claim(me, store) is None, "a clock that jumps harms nobody"
        # After the lease it had the time of a beat, in which the store was free.
        assert watched(me, store, clock, BEAT_SECONDS + 1) == [None, None, None, 2]
    finally:
        os.kill(rival.pid, signal.SIGCONT)
    tell(rival, "write")
    assert said(rival) == Fenced.__name__
    assert append(store, group(store, RUN, Fence(2), e.RunStarted())) == 4


def test_a_process_that_beats_keeps_its_runs(store, me, rival, clock):
    """However long it takes."""
    for _ in range(4):
        assert claim(me, store) is None
        assert set(watched(me, store, clock, LEASE_SECONDS + BEAT_SECONDS - 1)) == {None}
        tell(rival, "beat")
        tell(rival, "write")
        said(rival)
    assert claim(me, store) is None


def test_time_in_which_a_rival_did_not_look_is_no_silence(store, me, rival, clock):
    """It may have slept itself, or been frozen, or held up: it has seen nothing then."""
    assert claim(me, store) is None
    for _ in range(4):
        clock.advance(3_600)
        assert claim(me, store) is None
    assert me.claimable(["n"]) == []
    tell(rival, "beat")
    tell(rival, "write")
    assert said(rival) == "int"


def test_a_beat_in_the_last_moment_saves_a_run(store, me, rival, clock):
    """Between the rival's last look and its commit, the owner may have shown that it lives."""
    assert claim(me, store) is None
    assert set(watched(me, store, clock, LEASE_SECONDS + BEAT_SECONDS - 1)) == {None}
    clock.advance(1)
    call, late = store.writer.call, []

    def slowly(operation):
        tell(rival, "beat")
        tell(rival, "write")
        late.append(said(rival))
        return call(operation)

    store.writer.call = slowly
    assert claim(me, store) is None
    assert late == ["int"], "the rival wrote before the claim"
    store.writer.call = call
    assert claim(me, store) is None
    assert store.views.run("run1").owner == "rival"


def test_a_process_that_was_silent_while_nobody_could_write_keeps_its_runs(store, me, rival, clock):
    """The lease is over when the store is free again: the owner's beat may be just behind."""
    assert claim(me, store) is None
    assert set(watched(me, store, clock, LEASE_SECONDS - 1)) == {None}
    call, waited = store.writer.call, []

    def held_up(operation):
        clock.advance(600)
        waited.append(600)
        return call(operation)

    store.writer.call = held_up
    clock.advance(1)
    assert claim(me, store) is None
    assert waited, "the claim had to wait for the store"
    store.writer.call = call
    assert claim(me, store) is None
    tell(rival, "beat")
    tell(rival, "write")
    assert said(rival) == "int"
    assert set(watched(me, store, clock, LEASE_SECONDS)) == {None}


def test_a_claim_that_came_to_nothing_can_be_made_again_by_its_process(store, me):
    """Such as one after which the journal could not be read."""
    create(store)
    assert claim(me, store) == 1
    assert me.claimable(["n"]) == ["run1"]
    assert claim(me, store) == 2


def test_of_two_claims_at_once_one_wins(store, me):
    """The owner that a claimant has seen must still be there when it writes."""
    create(store)
    other = holder(store, "p2")
    seen = other._claim_of(RUN)
    assert seen is not None
    assert claim(me, store) == 1
    now = store.clock.now()
    assert store.writer.call(lambda cursor: other._take(cursor, seen, now)) is None
    assert store.views.run("run1").owner == "p1"
    other.close()


def test_only_runs_of_the_asked_origins_with_work_are_offered(store, me):
    """A run that waits for a person is none of them; one that its time has come for is."""
    create(store, "mine")
    create(store, "theirs", origin="other")
    assert me.claimable(["n"]) == ["mine"]
    connection = store.database.connect()
    connection.execute("UPDATE mn_run SET status = 'waiting', waiting = 1")
    assert me.claimable(["n", "other"]) == []
    connection.execute("UPDATE mn_run SET wake_at = '2029-01-01T00:00:00.000000+00:00'")
    assert me.claimable(["n", "other"]) == ["mine", "theirs"]
    connection.execute("UPDATE mn_run SET status = 'succeeded'")
    assert me.claimable(["n", "other"]) == []
    connection.close()


def test_a_lock_file_that_was_swept_away_before_it_was_locked_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Otherwise a living process would look dead to everybody."""
    flock = fcntl.flock
    stolen: list[int] = []

    def swept(handle: int, how: int) -> None:
        if not stolen:
            stolen.append(handle)
            (tmp_path / "me").unlink()
        flock(handle, how)

    monkeypatch.setattr(fcntl, "flock", swept)
    lock = leasing._take_lock(tmp_path, "me")
    monkeypatch.undo()
    assert lock is not None
    assert leasing._is_locked(tmp_path, "me")
    os.close(lock)
    assert not leasing._is_locked(tmp_path, "me")


def test_the_files_of_the_dead_are_swept_away_and_those_of_the_living_are_not(tmp_path: Path):
    """A folder does not fill up."""
    living = leasing._take_lock(tmp_path, "living")
    dead = leasing._take_lock(tmp_path, "dead")
    assert living is not None
    assert dead is not None
    os.close(dead)
    mine = leasing._take_lock(tmp_path, "mine")
    assert mine is not None
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["living", "mine"]
    os.close(living)
    os.close(mine)
