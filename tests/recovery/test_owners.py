"""One owner at any time: kernels and terminals side by side, frozen, asleep, busy, held up."""

import signal
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from mn_notebook.domain.events import LeaseTaken, StepInterrupted, StepSucceeded
from mn_notebook.domain.ids import ProcessId, RunId
from tests.recovery.arena import Arena
from tests.recovery.processes import Child, ModelProcess, Nursery, hear, kill, said, until

LEASE = 1.5
"""Seconds; for tests that would take too long with the real ones."""


@pytest.fixture
def arena(nursery: Nursery, model: ModelProcess, tmp_path: Path) -> Iterator[Arena]:
    arena = Arena(nursery, model, tmp_path / "store.db", seed=8)
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


def beats(arena: Arena, name: ProcessId) -> int:
    """Return how often a process has shown that it lives."""
    query = "SELECT beat FROM mn_process WHERE id = ?"
    return int(arena.peek.execute(query, (name,)).fetchone()[0])


def pause(seconds: float) -> None:
    threading.Event().wait(seconds)


# --- no lease is taken from whoever could not show a beat ----------------------------------------


def test_nobody_is_taken_for_frozen_while_nobody_can_write(nursery: Nursery, arena: Arena) -> None:
    """Another program holds the store for several leases: the owner lives, and keeps its runs."""
    owner = nursery.fork(arena.env, lease=LEASE, start=[["hung", "topic 1"]])
    (name,) = hear(owner, "ready")["runs"]
    run_id = RunId(name)
    until(lambda: arena.log.exists(), "the step to begin")
    holder = process_of(arena, owner)
    rival = nursery.fork(arena.env, lease=LEASE)
    process_of(arena, rival)
    pause(LEASE / 2)
    with arena.held():
        before = beats(arena, holder)
        pause(LEASE * 2)
        assert beats(arena, holder) == before, "a beat was written: the store was not held"
    until(lambda: beats(arena, holder) > before, "a beat")
    pause(LEASE * 1.5)
    assert owners(arena, run_id) == [holder]
    kill(owner)
    kill(rival)


def test_processes_that_were_frozen_together_keep_their_runs(
    nursery: Nursery, arena: Arena
) -> None:
    """A machine that stops as a whole: a rival that was frozen too has seen no silence."""
    owner = nursery.fork(arena.env, lease=LEASE, start=[["hung", "topic 1"]])
    (name,) = hear(owner, "ready")["runs"]
    until(lambda: arena.log.exists(), "the step to begin")
    holder = process_of(arena, owner)
    rival = nursery.fork(arena.env, lease=LEASE)
    process_of(arena, rival)
    pause(LEASE / 2)
    arena.freeze(rival)
    arena.freeze(owner)
    before = beats(arena, holder)
    pause(LEASE * 2)
    assert beats(arena, holder) == before, "a frozen process showed a beat"
    # The rival thaws first: what it sees is an owner whose last beat is several leases old.
    rival.signal(signal.SIGCONT)
    pause(LEASE / 5)
    owner.signal(signal.SIGCONT)
    until(lambda: beats(arena, holder) > before, "a beat")
    pause(LEASE * 1.5)
    assert owners(arena, RunId(name)) == [holder]
    kill(owner)
    kill(rival)


# --- frozen beyond the lease, then thawed --------------------------------------------------------


def test_who_was_frozen_before_a_commit_writes_nothing_and_says_so(
    nursery: Nursery, arena: Arena
) -> None:
    """The step's outcome was on its way to the store: it is refused, and its user is told why."""
    frozen = nursery.fork(arena.env, role="freezing", at="before", story="slower", lease=LEASE)
    (name,) = hear(frozen, "ready")["runs"]
    run_id = RunId(name)
    hear(frozen, "freezing")
    former = process_of(arena, frozen)
    rival = nursery.fork(arena.env, lease=LEASE)
    heir = process_of(arena, rival)
    until(lambda: owners(arena, run_id)[-1] == heir, "the heir")
    assert said(frozen, "thawed") is None
    frozen.signal(signal.SIGCONT)

    told = hear(frozen, "thawed")
    assert told["lost"].startswith("Another process advances it now: this one showed no sign of ")
    assert "nothing of it counts" in told["lost"]
    assert told["owns"] is False
    assert told["why"][0] == told["lost"]
    assert "showed no sign of life for a whole lease" in " ".join(told["why"][1:])
    hear(frozen, "ended")
    assert frozen.wait() == 0
    assert "Another process advances it now" in frozen.output.read_text(), "the log tells it, too"
    assert owners(arena, run_id) == [former, heir]
    events = [recorded.event for recorded in arena.client.events(run_id)]
    outcomes = [event for event in events if isinstance(event, StepSucceeded)]
    assert [event.attempt for event in outcomes] == [2]
    (cut_off,) = [event for event in events if isinstance(event, StepInterrupted)]
    assert "frozen, or kept busy" in cut_off.because
    kill(rival)


def test_who_was_frozen_inside_a_commit_keeps_its_run(nursery: Nursery, arena: Arena) -> None:
    """It holds the store, so that nobody can take over; thawed, it goes on where it stopped."""
    frozen = nursery.fork(arena.env, role="freezing", at="inside", story="slow", lease=LEASE)
    (name,) = hear(frozen, "ready")["runs"]
    run_id = RunId(name)
    hear(frozen, "freezing")
    former = process_of(arena, frozen)
    with pytest.raises(sqlite3.OperationalError, match="locked"), arena.held():
        pass
    rival = nursery.fork({**arena.env, "MN_NOTEBOOK": "/other"}, role="asking", run=name)
    assert "held by another program" in hear(rival, "answered")["words"]
    assert owners(arena, run_id) == [former]
    frozen.signal(signal.SIGCONT)
    told = hear(frozen, "thawed")
    assert told["lost"] == ""
    hear(frozen, "ended")
    assert frozen.wait() == 0
    assert owners(arena, run_id) == [former]
    kinds = [recorded.event.kind for recorded in arena.client.events(run_id)]
    assert kinds.count("step.started") == kinds.count("step.succeeded") == 1
    kill(rival)
