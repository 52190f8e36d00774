"""One owner at any time: kernels and terminals side by side, frozen, asleep, busy, held up."""

import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from mn_notebook.domain.events import ApprovalDecided, LeaseTaken, StepInterrupted, StepSucceeded
from mn_notebook.domain.ids import ProcessId, RunId
from tests.recovery.arena import Arena, environment
from tests.recovery.people import edits_of
from tests.recovery.processes import (
    ROOT,
    Child,
    ModelProcess,
    Nursery,
    clean_environment,
    hear,
    kill,
    said,
    until,
)

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


# --- kernels and terminals side by side ----------------------------------------------------------


def terminal(arena: Arena, *words: str) -> "subprocess.Popen[str]":
    """Type a line in a terminal that uses the same store."""
    environment = {**clean_environment(), **arena.env, "MN_USER": "terry", "PYTHONPATH": str(ROOT)}
    del environment["MN_NOTEBOOK"]
    return subprocess.Popen(
        [sys.executable, "-m", "mn_notebook", *words],
        cwd=arena.store.parent,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def approval_line(arena: Arena, run_id: RunId) -> list[str]:
    """Return what a person types to approve with the right edits."""
    asked = arena.client.open_approval(run_id, None)
    edits = edits_of(arena.client, asked.request)
    changed = [f"--edit={path}={value}" for path, value in edits.items()]
    return ["approve", run_id, str(asked.request.path), *changed]


def test_kernels_and_terminals_share_a_store(nursery: Nursery, arena: Arena) -> None:
    """Each run has one owner, of its own notebook; decisions arrive once; nothing is done twice."""
    other = "/notebooks/other.ipynb"
    first, second = nursery.fork(arena.env), nursery.fork(arena.env)
    third = nursery.fork(environment(arena.store, arena.env["OPENAI_BASE_URL"], other))
    kernels = [process_of(arena, child) for child in (first, second, third)]
    mine = [arena.start(story) for story in ("publish", "batch")]
    theirs = arena.start("publish", origin=other)
    asking = (mine[0], theirs)
    until(lambda: all(arena.client.run(one).waiting for one in asking), "the questions")

    # Two terminals at once about one question; somebody else decides the others.
    typed = [terminal(arena, *approval_line(arena, mine[0])) for _ in range(2)]
    heard = [one.communicate(timeout=60)[0] for one in typed]
    assert sum("Approved with edits" in text for text in heard) == 1, heard
    late = ("already decided: terry chose", "nothing waits ")
    assert sum(any(words in text for words in late) for text in heard) == 1, heard
    people = nursery.fork({}, role="decide", stores=[str(arena.store)])
    until(lambda: not arena.unfinished(), "the end")
    kill(people)

    assert arena.judge().faults == []
    for run_id in (*mine, theirs):
        events = [recorded.event for recorded in arena.client.events(run_id)]
        leases = [event for event in events if isinstance(event, LeaseTaken)]
        fences = [lease.fence for lease in leases]
        assert fences == list(range(1, len(fences) + 1))
        assert {lease.owner for lease in leases} <= set(
            kernels[2:] if run_id == theirs else kernels[:2]
        )
        decided = [e.approval_id for e in events if isinstance(e, ApprovalDecided)]
        assert len(decided) == len(set(decided))
        assert bool(decided) or run_id not in asking
        assert not any(isinstance(event, StepInterrupted) for event in events)
    for child in (first, second, third):
        assert not child.ended
        kill(child)


def test_who_does_not_own_a_run_says_so(nursery: Nursery, arena: Arena) -> None:
    """A second kernel and a terminal that are told to resume a run leave it to its owner."""
    owner = nursery.fork(arena.env, start=[["hung", "topic 1"]])
    (name,) = hear(owner, "ready")["runs"]
    until(lambda: arena.log.exists(), "the step to begin")
    (former,) = owners(arena, RunId(name))
    second = nursery.fork(arena.env, role="resuming", run=name)
    typed = terminal(arena, "resume", name)
    words, _ = typed.communicate(timeout=60)
    told = hear(second, "resumed")
    assert "is advanced by another living process" in " ".join(told["notes"])
    assert "cannot go on here" in words or "is advanced by another living process" in words
    assert owners(arena, RunId(name)) == [former]
    kill(owner)


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


def test_clocks_that_jump_by_an_hour_cost_nobody_a_run(nursery: Nursery, arena: Arena) -> None:
    """The owner's and the rival's, forward and back, apart and together; the work goes on."""
    start = [["hung", "topic 1"]]
    owner = nursery.fork(arena.env, lease=LEASE, clock="jumping", start=start)
    (name,) = hear(owner, "ready")["runs"]
    until(lambda: arena.log.exists(), "the step to begin")
    holder = process_of(arena, owner)
    rival = nursery.fork(arena.env, lease=LEASE, clock="jumping")
    process_of(arena, rival)
    pause(LEASE / 2)
    for child, number, words in (
        (owner, signal.SIGUSR1, "jumped +1 h"),
        (rival, signal.SIGUSR2, "jumped -1 h"),
        (owner, signal.SIGUSR2, "jumped -1 h"),
        (rival, signal.SIGUSR1, "jumped +1 h"),
    ):
        child.signal(number)
        assert abs(hear(child, words)["seconds"]) > 3_500
        pause(LEASE / 2)
    pause(LEASE)
    assert owners(arena, RunId(name)) == [holder]
    # What starts now, under clocks that differ, is done once.
    run_id = arena.start("slow")
    until(lambda: arena.client.run(run_id).status == "succeeded", "the end")
    assert len(owners(arena, run_id)) == 1
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
