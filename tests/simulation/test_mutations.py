"""Tests of the tests: each guarantee is broken on purpose, and the oracle has to notice."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from immutables import Map

from mn_notebook.agents import loop, tool_step
from mn_notebook.agents.effects import started
from mn_notebook.agents.tool_step import CallHandler
from mn_notebook.domain import fold as folding
from mn_notebook.domain import planning
from mn_notebook.domain.events import (
    RunPauseRequested,
    RunStarted,
    StepInterrupted,
    StepIterated,
    StepSkipped,
)
from mn_notebook.domain.fold_parts import without
from mn_notebook.domain.ids import content_hash
from mn_notebook.domain.planning import BeginStep
from mn_notebook.domain.replacing import replace
from mn_notebook.domain.values import NOTHING
from mn_notebook.engine.runner import Runner
from mn_notebook.store.journal import SqlJournal
from mn_notebook.testing.simulation import CRASH_SIDES, CrashAt, SimulatedWriter
from tests.simulation import oracle, test_trouble
from tests.simulation.simulation import Simulation
from tests.simulation.stories import STORIES


def launches_before_the_commit(patch: pytest.MonkeyPatch) -> None:
    flush = Runner._flush

    def hasty(runner: Runner) -> None:
        launches = tuple(runner._launches)
        flush(runner)
        for path in launches:
            attempt = runner._attempts.get(path)
            if attempt is not None:
                attempt.begin(runner._doorbell.post)
            runner._launch(path, attempt)

    patch.setattr(Runner, "_flush", hasty)


def acknowledges_before_the_commit(patch: pytest.MonkeyPatch) -> None:
    def submit(writer: SimulatedWriter, operation: Any, done: Any) -> None:
        if writer.dead:
            return
        writer._queue.append((operation, lambda _result, _fault: None))
        done(writer.commits + 1, None)
        if writer._timer is None:
            loop_ = asyncio.get_running_loop()
            writer._timer = loop_.call_later(0.2, writer._write)

    patch.setattr(SimulatedWriter, "submit", submit)


def forgets_finished_calls(patch: pytest.MonkeyPatch) -> None:
    interrupted = folding._APPLY[StepInterrupted]

    def forgetful(state: Any, event: Any, at: Any) -> Any:
        after = interrupted(state, event, at)
        instance = replace(after.instances[event.path], calls=())
        return replace(after, instances=after.instances.set(event.path, instance))

    patch.setitem(folding._APPLY, StepInterrupted, forgetful)


def repeats_writes_blindly(patch: pytest.MonkeyPatch) -> None:
    async def blindly(self: CallHandler, target: Any, wanted: Any, work: Any, pen: Any) -> Any:
        await pen.record(started(work, wanted, pen))
        return self._outcome(work, wanted, await self._make(target, wanted, work, pen))

    patch.setattr(CallHandler, "_reconcile", blindly)


def puts_the_attempt_into_the_key(patch: pytest.MonkeyPatch) -> None:
    def key_of(work: Any, tool: str, args: Any, calls: Any) -> str:
        return content_hash([work.path, tool, args, len(calls), work.attempt])

    patch.setattr(tool_step, "key_of", key_of)
    patch.setattr(loop, "key_of", key_of)


def starts_before_the_outcome(patch: pytest.MonkeyPatch) -> None:
    def starts(state: Any, _now: Any) -> Any:
        for node, progress in state.progress.items():
            if progress.status == "pending" and node not in state.instances:
                yield node, BeginStep(node)

    patch.setattr(planning, "_starts", starts)


def does_an_iteration_that_ended_again(patch: pytest.MonkeyPatch) -> None:
    def forgetful(state: Any, event: Any, _at: Any) -> Any:
        judged = replace(state, judging=without(state.judging, event.path))
        if not event.again:
            return iterated(state, event, _at)
        return replace(judged, due=judged.due.set(event.path, _at))

    iterated = folding._APPLY[StepIterated]
    patch.setitem(folding._APPLY, StepIterated, forgetful)


def loses_the_value_of_a_skip(patch: pytest.MonkeyPatch) -> None:
    skipped = folding._APPLY[StepSkipped]

    def forgetful(state: Any, event: Any, at: Any) -> Any:
        output = event.output and NOTHING
        return skipped(state, event.model_copy(update={"output": output}), at)

    patch.setitem(folding._APPLY, StepSkipped, forgetful)


def keeps_no_signal_over_a_crash(patch: pytest.MonkeyPatch) -> None:
    begin = Runner.begin

    def forgetful(runner: Runner) -> None:
        runner.state = replace(runner.state, signals=Map())
        begin(runner)

    patch.setattr(Runner, "begin", forgetful)


def starts_something_while_paused(patch: pytest.MonkeyPatch) -> None:
    def deaf(state: Any, _event: Any, _at: Any) -> Any:
        return state

    patch.setitem(folding._APPLY, RunPauseRequested, deaf)


def leaves_the_dead_attempts_open(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Runner, "_interrupt", lambda _runner, _path, _because: None)


MUTATIONS: dict[Callable[[pytest.MonkeyPatch], None], tuple[str, ...]] = {
    launches_before_the_commit: ("python",),
    acknowledges_before_the_commit: ("tools",),
    forgets_finished_calls: ("agent", "agent that breaks"),
    repeats_writes_blindly: ("doubt", "approval"),
    puts_the_attempt_into_the_key: ("tools",),
    starts_before_the_outcome: ("python",),
    leaves_the_dead_attempts_open: ("python",),
    does_an_iteration_that_ended_again: ("iterations",),
    loses_the_value_of_a_skip: ("skips",),
    keeps_no_signal_over_a_crash: ("waits",),
    starts_something_while_paused: ("pause",),
}


def crash_everywhere(story: str) -> None:
    """Run a story with a crash at each of its first commits, and hold it against the oracle."""
    for commit in range(1, 40):
        for side in CRASH_SIDES:
            simulation = Simulation(STORIES[story], crashes=[CrashAt(commit, side)]).run()
            oracle.check(simulation.seen, None)


@pytest.mark.parametrize("mutate", MUTATIONS, ids=lambda mutate: mutate.__name__)
def test_the_oracle_notices_an_engine_that(
    mutate: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
):
    """A guarantee that nobody would miss is not tested."""
    mutate(monkeypatch)
    for story in MUTATIONS[mutate]:
        with pytest.raises(Exception) as noticed:  # noqa: PT011 - it may be noticed in many ways
            crash_everywhere(story)
        assert isinstance(noticed.value, AssertionError | ExceptionGroup | KeyError | RuntimeError)


def test_the_robbery_notices_a_journal_that_checks_no_fence(monkeypatch: pytest.MonkeyPatch):
    """An old owner that can still write is found out."""
    take = SqlJournal._take_numbers

    def whoever(self: SqlJournal, cursor: Any, group: Any, now: str) -> int | None:
        cursor.execute("SELECT fence, owner FROM mn_run")
        fence, owner = cursor.fetchone()
        return take(self, cursor, replace(group, fence=fence, owner=owner, token=None), now)

    monkeypatch.setattr(SqlJournal, "_take_numbers", whoever)
    with pytest.raises((AssertionError, ExceptionGroup)):
        test_trouble.test_a_robbed_owner_writes_nothing_once_the_new_owner_has_written()


def test_the_robbery_notices_an_owner_that_decides_before_the_old_tokens_are_void(
    monkeypatch: pytest.MonkeyPatch,
):
    """Taking over and going on in one breath would repeat a finished call."""

    def in_one_breath(runner: Runner) -> None:
        if runner.state.phase == "created":
            runner._fold(RunStarted())
        for path in sorted(runner.state.active):
            runner._interrupt(path, "taken over")
        runner.advance()

    monkeypatch.setattr(Runner, "begin", in_one_breath)
    with pytest.raises((AssertionError, ExceptionGroup)):
        test_trouble.test_an_outcome_that_a_robbed_owner_wrote_in_time_is_not_made_again()
