"""What else happens to processes: they fork, are interrupted, end with work under way."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mn_notebook.domain.ids import ProcessId, RunId
from tests.recovery import stories
from tests.recovery.arena import Arena
from tests.recovery.processes import ModelProcess, Nursery, hear, kill, running_model, said, until


@pytest.fixture
def arena(nursery: Nursery, model: ModelProcess, tmp_path: Path) -> Iterator[Arena]:
    arena = Arena(nursery, model, tmp_path / "store.db", seed=3)
    yield arena
    arena.close()


def test_a_forked_child_has_no_runtime_and_its_parent_notices_nothing(
    nursery: Nursery, arena: Arena
) -> None:
    """Whatever a child asks of it is refused with a sentence; nothing hangs, nothing is written."""
    parent = nursery.fork(arena.env, role="forking", story="slow")
    ready = hear(parent, "ready")
    (name,) = arena.processes_of(parent.pid)
    for word in ("forked", "multiprocessed"):
        child = hear(parent, word)
        assert child["pid"] != ready["pid"]
        assert child["alive"] is False
        answers = child["answers"]
        for verb in ("start", "resume"):
            assert "a forked child has none" in answers[verb]
        assert answers["wait"]
        assert answers["create"]
        assert answers["close"] == ""
        assert arena.client.is_alive(ProcessId(name))
    ended = hear(parent, "ended")
    assert (ended["status"], ended["alive"]) == ("succeeded", True)
    assert parent.wait() == 0
    assert len(arena.client.runs()) == 1


def test_a_dead_owner_is_followed_at_once_although_its_forked_child_lives(
    nursery: Nursery, arena: Arena
) -> None:
    """A child lets go of the parent's lock, which the system would else keep for it."""
    parent = nursery.fork(arena.env, role="leaving_a_child", story="slow", child_seconds=20)
    ready = hear(parent, "ready")
    kill(parent)
    began = time.monotonic()
    arena.finish(deadline=0)
    assert time.monotonic() - began < 10
    assert Path(f"/proc/{ready['child']}").exists()
    assert arena.client.run(ready["runs"][0]).status == "succeeded"
    os.kill(ready["child"], signal.SIGKILL)


def test_a_hung_step_does_not_keep_the_interpreter_from_ending(
    nursery: Nursery, arena: Arena
) -> None:
    """A function that never returns is left alone; its run is interrupted, and can go on."""
    owner = nursery.fresh(arena.env, role="ending", story="hung")
    (name,) = hear(owner, "ready")["runs"]
    told_at = time.monotonic()
    assert owner.wait() == 0
    assert time.monotonic() - told_at < 8
    assert arena.client.run(name).status == "running"
    assert arena.client.run(name).owner is None


def test_interrupting_whoever_waits_leaves_the_run_going(nursery: Nursery, arena: Arena) -> None:
    """Ctrl-C detaches from a run; it never stops one."""
    owner = nursery.fork(arena.env, role="interrupted", story="slow")
    (name,) = hear(owner, "ready")["runs"]
    until(lambda: arena.log.exists(), "the step to begin")
    owner.signal(signal.SIGINT)
    assert hear(owner, "interrupted")["status"] == "running"
    assert hear(owner, "ended")["status"] == "succeeded"
    assert owner.wait() == 0
    kinds = [recorded.event.kind for recorded in arena.client.events(RunId(name))]
    assert "step.interrupted" not in kinds
    assert kinds.count("step.started") == 1


def test_a_dead_model_server_fails_a_run_with_a_sentence_and_reopening_goes_on(
    nursery: Nursery, tmp_path: Path
) -> None:
    """Transient failures are tried again, then told; nothing that had succeeded is done again."""
    with running_model(tmp_path, stories.script(seed=5).model_dump_json()) as model:
        arena = Arena(nursery, model, tmp_path / "store.db", seed=4)
        model.stop()
        run_id = arena.start("single")
        owner = nursery.fork(arena.env)
        until(lambda: arena.client.run(run_id).status == "failed", "the failure")
        kinds = [recorded.event.kind for recorded in arena.client.events(run_id)]
        assert kinds.count("model.failed") == 3
        assert kinds.count("step.retry_scheduled") == 2
        error = arena.client.state(run_id).error
        assert error is not None
        assert "127.0.0.1" in error.message
        assert "Traceback" not in error.message
        assert kinds.count("step.started") == 3

        model.start()
        arena.client.retry(run_id)
        until(lambda: arena.client.run(run_id).status == "succeeded", "the reopened run")
        assert arena.judge().faults == []
        kill(owner)
        arena.close()


def test_a_model_server_that_dies_in_the_middle_costs_one_call(
    nursery: Nursery, tmp_path: Path
) -> None:
    """Calls that were answered stay answered; the one that was cut off is made again."""
    with running_model(tmp_path, stories.script(seed=6).model_dump_json()) as model:
        arena = Arena(nursery, model, tmp_path / "store.db", seed=5)
        run_id = arena.start("study")
        owner = nursery.fork(arena.env, until="done")
        for wanted in (3, 7):
            _until_asked(model, wanted)
            model.stop()
            signal.sigtimedwait([], 0.02)
            model.start()
        assert owner.wait() == 0
        assert arena.client.run(run_id).status == "succeeded"
        assert arena.judge().faults == []
        assert said(owner, "closed")
        arena.close()


def test_text_that_utf8_cannot_say_stops_neither_its_run_nor_the_process(
    nursery: Nursery, arena: Arena
) -> None:
    """Half a surrogate pair, as models and files produce it, is replaced; the rest goes on."""
    run_id = arena.start("odd")
    arena.client.start(arena.new("odd_fault"))
    arena.start("single")
    owner = nursery.fork(arena.env, until="done")
    assert owner.wait(20) == 0, owner.output.read_text()
    assert "Traceback" not in owner.output.read_text()
    assert arena.judge().faults == []
    assert [line.status for line in arena.client.runs() if line.workflow == "odd_fault"] == [
        "failed"
    ]
    again = nursery.fork(arena.env, until="done")
    assert again.wait(20) == 0
    assert arena.client.run(run_id).status == "succeeded"


def _until_asked(model: ModelProcess, times: int) -> None:
    until(lambda: len(model.seen()) >= times, f"{times} requests")


def test_a_run_whose_events_were_refused_once_goes_on_in_the_same_process(
    nursery: Nursery, arena: Arena
) -> None:
    """Whoever gives up on a run gives up its lease too: the next look takes it over again."""
    run_id = arena.start("study")
    owner = nursery.fork(arena.env, role="stumbling", until="done")
    assert owner.wait(30) == 0, owner.output.read_text()
    assert said(owner, "stumbled"), owner.output.read_text()
    assert arena.client.run(run_id).status == "succeeded"
    arena.dead |= arena.processes_of(owner.pid)
    assert arena.judge().faults == []
