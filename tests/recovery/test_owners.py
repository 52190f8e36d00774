"""One owner at any time: kernels and terminals side by side, frozen, asleep, busy, held up."""

import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from mn_notebook.domain.events import LeaseTaken
from mn_notebook.domain.ids import ProcessId, RunId
from tests.recovery.arena import Arena
from tests.recovery.processes import Child, ModelProcess, Nursery, hear, kill, until

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
