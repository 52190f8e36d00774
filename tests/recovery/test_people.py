"""People decide while nobody is there to hear it."""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mn_notebook.domain.events import ApprovalDecided, StepInterrupted
from mn_notebook.domain.ids import RunId
from tests.recovery import outside
from tests.recovery.arena import Arena
from tests.recovery.people import decide_one, edits_of
from tests.recovery.processes import Child, ModelProcess, Nursery, kill, until


@pytest.fixture
def arena(nursery: Nursery, model: ModelProcess, tmp_path: Path) -> Iterator[Arena]:
    arena = Arena(nursery, model, tmp_path / "store.db", seed=1)
    yield arena
    arena.close()


def test_an_approval_outlives_its_process_and_is_decided_while_none_lives(
    nursery: Nursery, arena: Arena
) -> None:
    """A decision made while the owner is dead is taken up by the next owner, once."""
    run_id = arena.start("ask")
    owner = nursery.fork(arena.env)
    until(lambda: arena.client.run(run_id).status == "waiting", "the approval")
    assert kill(owner) == -signal.SIGKILL

    request = arena.client.open_approval(run_id, "review").request
    arena.client.decide(run_id, request, "approve", edits=edits_of(arena.client, request))
    assert arena.client.run(run_id).status == "waiting"

    arena.finish(deadline=0)
    assert arena.judge().faults == []
    kinds = [recorded.event.kind for recorded in arena.client.events(run_id)]
    assert kinds.count("approval.requested") == 1
    assert kinds.count("approval.decided") == 1
    assert "step.interrupted" not in kinds


def test_a_decision_is_not_lost_when_its_owner_dies_before_it_takes_it_up(
    nursery: Nursery, arena: Arena
) -> None:
    """The command waits in the store: the owner was frozen when it came, and never thawed."""
    run_id = arena.start("ask")
    owner = nursery.fork(arena.env)
    until(lambda: arena.client.run(run_id).status == "waiting", "the approval")
    arena.freeze(owner)
    request = arena.client.open_approval(run_id, "review").request
    arena.client.decide(run_id, request, "approve", edits=edits_of(arena.client, request))
    assert kill(owner) == -signal.SIGKILL
    assert not _decided(arena, run_id)

    arena.finish(deadline=0)
    assert arena.judge().faults == []
    assert len(_decided(arena, run_id)) == 1


@pytest.mark.parametrize("milliseconds", [0, 20, 60, 90, 110, 130])
def test_a_decision_counts_once_wherever_its_owner_dies_after_it(
    nursery: Nursery, arena: Arena, milliseconds: int
) -> None:
    """Taking a command up and journaling it are one transaction."""
    run_id = arena.start("ask")
    owner = nursery.fork(arena.env)
    until(lambda: arena.client.run(run_id).status == "waiting", "the approval")
    request = arena.client.open_approval(run_id, "review").request
    arena.client.decide(run_id, request, "approve", edits=edits_of(arena.client, request))
    signal.sigtimedwait([], milliseconds / 1000)
    kill(owner)
    arena.dead |= arena.processes_of(owner.pid)

    people = nursery.fork({}, role="decide", stores=[str(arena.store)])
    arena.finish(deadline=0)
    kill(people)
    assert arena.judge().faults == []
    about_review = [fact for fact in _decided(arena, run_id) if fact.path == "review"]
    assert len(about_review) == 1


def test_a_step_that_takes_its_process_down_is_tried_again_when_a_person_says_so(
    nursery: Nursery, arena: Arena
) -> None:
    """Three interruptions without progress, and the run asks; approved, it tries once more."""
    run_id = arena.start("deadly")
    assert _until_it_asks(nursery, arena) == 3
    events = [recorded.event for recorded in arena.client.events(run_id)]
    assert sum(isinstance(event, StepInterrupted) for event in events) == 3
    (waiting,) = arena.client.approvals()
    assert waiting.subject == "crashing"
    assert "3 times" in waiting.prompt

    decide_one(arena.client, run_id, waiting.approval_id, arena.log)
    arena.finish(deadline=0)
    state = arena.client.state(run_id)
    assert state.phase == "succeeded"
    assert arena.client.values.load(state.output) == {"done": "survived"}


def test_a_step_that_takes_its_process_down_fails_when_a_person_says_no(
    nursery: Nursery, arena: Arena
) -> None:
    """A rejected retry fails the run with a sentence, and kills no further process."""
    run_id = arena.start("deadly")
    assert _until_it_asks(nursery, arena) == 3
    request = arena.client.open_approval(run_id, None).request
    arena.client.decide(run_id, request, "reject")
    arena.finish(deadline=0)
    line = arena.client.run(run_id)
    error = arena.client.state(run_id).error
    assert line.status == "failed"
    assert error is not None
    assert "ended its process again and again" in error.message


def test_a_step_that_really_segfaults_is_asked_about_after_three_processes(
    nursery: Nursery, arena: Arena
) -> None:
    """A fault in C code takes kernel after kernel down: the fourth one asks instead."""
    run_id = arena.start("segfault")
    assert _until_it_asks(nursery, arena, -signal.SIGSEGV) == 3
    (waiting,) = arena.client.approvals()
    assert (waiting.run_id, waiting.subject) == (run_id, "crashing")
    assert [line.name for line in outside.read(arena.log)] == ["segfault"] * 3


def test_a_step_that_segfaults_in_a_process_of_its_own_fails_by_the_signals_name(
    nursery: Nursery, arena: Arena
) -> None:
    """Its kernel lives, and finishes what else there is."""
    run_id = arena.start("segfault_apart")
    other = arena.start("odd")
    owner = nursery.fork(arena.env, until="done")
    assert owner.wait(60) == 0, owner.output.read_text()
    assert arena.client.run(other).status == "succeeded"
    state = arena.client.state(run_id)
    assert state.phase == "failed"
    assert state.error is not None
    assert "the child ended with signal 11 (SIGSEGV)" in state.error.message
    lines = [line for line in outside.read(arena.log) if line.name == "segfault"]
    assert len(lines) == 1
    assert lines[0].pid != owner.pid


def _until_it_asks(nursery: Nursery, arena: Arena, end: int = -signal.SIGKILL) -> int:
    """Begin process after process until one survives, which asks; return how many died."""
    died = 0
    while True:
        child = nursery.fork(arena.env)
        _until_ended_or(child, lambda: bool(arena.client.approvals()))
        if arena.client.approvals():
            kill(child)
            return died
        assert child.wait() == end
        died += 1


def _until_ended_or(child: Child, happened: Callable[[], bool]) -> None:
    until(lambda: child.ended or happened(), "an end, or a question")


def _decided(arena: Arena, run_id: RunId) -> list[ApprovalDecided]:
    events = (recorded.event for recorded in arena.client.events(run_id))
    return [event for event in events if isinstance(event, ApprovalDecided)]


def test_a_cancel_that_comes_while_nobody_lives_is_obeyed_by_the_next_owner(
    nursery: Nursery, arena: Arena
) -> None:
    """What was under way is not begun again before the cancel is taken up."""
    run_id = arena.start("hung")
    owner = nursery.fork(arena.env)
    until(
        lambda: arena.log.exists() and any(one.what == "begin" for one in outside.read(arena.log)),
        "the step to begin",
    )
    assert kill(owner) == -signal.SIGKILL
    arena.client.cancel(run_id)
    arena.finish(deadline=0)
    assert arena.client.run(run_id).status == "cancelled"
    begun = [line for line in outside.read(arena.log) if line.what == "begin"]
    assert len(begun) == 1
