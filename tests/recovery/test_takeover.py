"""One owner at any time: who takes a run over, when, and what the former owner may still write."""

import os
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mn_notebook.domain.events import LeaseTaken
from mn_notebook.domain.ids import ProcessId, RunId
from tests.recovery.arena import Arena, environment
from tests.recovery.processes import Child, ModelProcess, Nursery, hear, kill, until

LEASE = 2.0
"""Seconds; for the tests of frozen processes, which would take too long with the real ones."""


@pytest.fixture
def arena(nursery: Nursery, model: ModelProcess, tmp_path: Path) -> Iterator[Arena]:
    arena = Arena(nursery, model, tmp_path / "store.db", seed=2)
    yield arena
    arena.close()


def owners(arena: Arena, run_id: RunId) -> list[str]:
    """Return who owned a run, one after the other."""
    events = (recorded.event for recorded in arena.client.events(run_id))
    return [event.owner for event in events if isinstance(event, LeaseTaken)]


def process_of(arena: Arena, child: Child) -> ProcessId:
    """Return the name of a child's process in the store."""
    hear(child, "ready")
    (name,) = arena.processes_of(child.pid)
    return ProcessId(name)


def test_ninety_items_survive_five_kills_in_their_middle(nursery: Nursery, arena: Arena) -> None:
    """Every item is done, in order, and none is repeated that was finished."""
    run_id = arena.start("ninety")
    # Three of the kills may meet one item, by chance: then somebody is asked about it.
    people = nursery.fork({}, role="decide", stores=[str(arena.store)])
    for wanted in (4, 11, 18, 25, 32):
        owner = nursery.fork(arena.env)
        _until_done(arena, run_id, wanted)
        assert kill(owner) == -signal.SIGKILL
        arena.dead |= arena.processes_of(owner.pid)
        assert arena.unfinished() == [run_id]
    arena.finish(deadline=0)
    kill(people)
    found = arena.judge()
    assert found.faults == []
    assert found.tool_calls == 91 + found.repeated_acts
    assert found.repeated_acts <= found.interruptions <= 5 * 4


def _until_done(arena: Arena, run_id: RunId, items: int) -> None:
    until(lambda: _items_done(arena, run_id) >= items, f"{items} items")


def _items_done(arena: Arena, run_id: RunId) -> int:
    """Count by a look that takes no time: a slow one would come when all is done."""
    query = "SELECT count(*) FROM mn_event WHERE run_id = ? AND kind = 'step.succeeded'"
    (done,) = arena.peek.execute(query, (run_id,)).fetchone()
    return int(done) - 1


def test_of_two_processes_one_owns_each_run_and_the_other_takes_over_within_three_seconds(
    nursery: Nursery, arena: Arena
) -> None:
    """A survivor needs no restart to notice that an owner has died."""
    first = nursery.fork(arena.env, start=[["hung", f"topic {n}"] for n in range(3)])
    runs = [RunId(name) for name in hear(first, "ready")["runs"]]
    until(lambda: all(arena.client.run(r).status == "running" for r in runs), "the runs")
    second = nursery.fork(arena.env)
    heir = process_of(arena, second)
    signal.sigtimedwait([], 2.5)
    assert [owners(arena, run_id) for run_id in runs] == [[process_of(arena, first)]] * 3

    kill(first)
    died_at = time.monotonic()
    until(lambda: all(owners(arena, r)[-1] == heir for r in runs), "the heir")
    # It looks every two seconds; a machine with other work may add some. A lease takes fifteen.
    assert time.monotonic() - died_at < 6
    assert [len(owners(arena, run_id)) for run_id in runs] == [2, 2, 2]
    kill(second)


def test_a_run_has_one_owner_while_many_processes_begin_at_once(
    nursery: Nursery, arena: Arena
) -> None:
    """Rivals that all see the same dead owner do its runs' work once."""
    arena.top_up(("study", "batch", "publish"), at_least=6)
    people = nursery.fork({}, role="decide", stores=[str(arena.store)])
    first = nursery.fork(arena.env)
    until(lambda: arena.events_seen() > 60, "some progress")
    kill(first)
    arena.dead |= arena.processes_of(first.pid)
    rivals = [nursery.fork(arena.env, until="done") for _ in range(5)]
    assert [rival.wait() for rival in rivals] == [0] * 5
    kill(people)
    assert arena.judge().faults == []


def test_a_frozen_owner_keeps_its_runs_for_a_lease_and_can_write_nothing_afterwards(
    nursery: Nursery, arena: Arena
) -> None:
    """A rival waits for a whole lease without a beat; who thaws later is refused, and says so."""
    run_id = arena.start("slower")
    frozen = nursery.fork(arena.env, lease=LEASE)
    until(lambda: arena.log.exists(), "the step to begin")
    former = process_of(arena, frozen)
    rival = nursery.fork(arena.env, lease=LEASE)
    heir = process_of(arena, rival)
    frozen_at = time.monotonic()
    arena.freeze(frozen)

    until(lambda: owners(arena, run_id)[-1] == heir, "the heir")
    # The last beat that the rival saw may be two fifths of a lease old at the freeze.
    assert time.monotonic() - frozen_at > LEASE * 0.6
    assert time.monotonic() - frozen_at < LEASE * 5

    frozen.signal(signal.SIGCONT)
    until(lambda: not arena.unfinished(), "the end")
    until(lambda: "has another owner now" in frozen.output.read_text(), "the former owner to tell")
    assert not frozen.ended
    assert owners(arena, run_id) == [former, heir]
    kinds = [recorded.event.kind for recorded in arena.client.events(run_id)]
    assert kinds.count("step.succeeded") == 1
    assert kinds.count("step.interrupted") == 1
    before_thaw = kinds.index("step.interrupted")
    assert "step.succeeded" not in kinds[:before_thaw]
    assert arena.client.is_alive(former)
    kill(frozen)
    kill(rival)


def test_an_owner_that_was_idle_for_longer_than_a_lease_is_not_taken_for_frozen(
    nursery: Nursery, arena: Arena
) -> None:
    """Taking a run is a sign of life: a rival that saw the last beat long ago must see it."""
    owner = nursery.fork(arena.env, lease=2.5, beat=1.8, start=[["slow", "topic 1"]])
    rival = nursery.fork(arena.env, lease=2.5)
    process_of(arena, rival)
    until(lambda: not _running(arena), "the end of the first run")
    for _ in range(2):
        signal.sigtimedwait([], 3.0)
        arena.start("slow")
        until(lambda: not _running(arena), "the end of the run")
    for line in arena.client.runs():
        assert len(owners(arena, line.run_id)) == 1, owners(arena, line.run_id)
    kill(owner)
    kill(rival)


def _running(arena: Arena) -> bool:
    lines = arena.client.runs()
    return not lines or any(line.status in ("running", "queued") for line in lines)


def test_a_store_that_cannot_be_written_does_not_keep_a_process_from_ending(
    nursery: Nursery, arena: Arena
) -> None:
    """Whoever holds the store for long delays an end by seconds, not for ever."""
    told = arena.store.with_name("told")
    os.mkfifo(told)
    owner = nursery.fork(arena.env, stdin=told, until="told", start=[["hung", "topic 1"]])
    with told.open("w") as file:
        (name,) = hear(owner, "ready")["runs"]
        until(lambda: arena.client.run(name).status == "running", "the run")
        name_of_owner = process_of(arena, owner)
        with arena.held():
            file.close()
            assert owner.wait(30) == 0
    assert not arena.client.is_alive(name_of_owner)


def test_a_clean_end_gives_up_the_leases_at_once(nursery: Nursery, arena: Arena) -> None:
    """Nobody has to find out that the owner is gone; what was under way goes on elsewhere."""
    told = arena.store.with_name("told")
    told.touch()
    owner = nursery.fork(arena.env, stdin=told, until="told", start=[["slow", "topic 1"]])
    (name,) = hear(owner, "ready")["runs"]
    assert owner.wait() == 0
    line = arena.client.run(name)
    assert line.status in ("queued", "running")
    assert line.owner is None
    arena.finish(deadline=0)
    assert arena.client.run(name).status == "succeeded"


def test_a_program_that_simply_ends_gives_up_the_leases_too(nursery: Nursery, arena: Arena) -> None:
    """No one calls `close` when a kernel is shut down."""
    owner = nursery.fresh(arena.env, until="end_of_main", start=[["slow", "topic 1"]])
    (name,) = hear(owner, "ready")["runs"]
    assert owner.wait() == 0
    assert arena.client.run(name).owner is None
    arena.finish(deadline=0)
    assert arena.client.run(name).status == "succeeded"


def test_the_proof_notices_an_owner_that_repeats_blindly(nursery: Nursery, arena: Arena) -> None:
    """A test that cannot fail proves nothing: with the doubt taken out, writes are done twice."""
    people = nursery.fork({}, role="decide", stores=[str(arena.store)])
    for _ in range(12):
        arena.top_up(("publish",), at_least=4)
        owner = nursery.fork(arena.env, role="careless")
        arena.see_lines(owner, arena.log, b'"did"')
        kill(owner)
        arena.dead |= arena.processes_of(owner.pid)
    last = nursery.fork(arena.env, role="careless", until="done")
    assert last.wait() == 0
    kill(people)
    found = arena.judge()
    assert any("was done 2 times" in fault for fault in found.faults)


def test_the_proof_notices_an_owner_that_loses_or_doubles_what_people_ask(
    nursery: Nursery, arena: Arena
) -> None:
    """A pause that comes to nothing without a reason, and a signal that counts twice, are told."""
    run_id = arena.start("dialogue")
    arena.client.pause(run_id)
    arena.client.signal("go", run_id=run_id, value=1)
    people = nursery.fork({}, role="decide", stores=[str(arena.store)])
    owner = nursery.fork(arena.env, role="deaf", until="done")
    assert owner.wait() == 0
    kill(people)
    faults = arena.judge().faults
    assert any("the command pause" in fault and "for no reason" in fault for fault in faults)
    assert any("the command signal" in fault and "took effect 2 times" in fault for fault in faults)


def test_a_store_whose_first_opening_was_killed_opens_the_next_time(
    nursery: Nursery, model: ModelProcess, tmp_path: Path
) -> None:
    """A migration is applied wholly or not at all."""
    chance = random.Random(1)
    stores = [tmp_path / f"young-{number}.db" for number in range(10)]
    for store in stores:
        child = nursery.fork(environment(store, model.base_url), start=[["ask", "topic 1"]])
        signal.sigtimedwait([], chance.uniform(0.0, 0.1))
        assert kill(child) == -signal.SIGKILL
    for store in stores:
        arena = Arena(nursery, model, store, seed=6)
        assert len(arena.client.runs()) <= 1
        run_id = arena.start("slow")
        owner = nursery.fork(arena.env)
        _until_succeeded(arena, run_id)
        kill(owner)
        arena.close()


def _until_succeeded(arena: Arena, run_id: RunId) -> None:
    until(lambda: arena.client.run(run_id).status == "succeeded", "a run")
