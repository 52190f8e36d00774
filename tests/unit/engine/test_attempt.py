"""An attempt whose work is done elsewhere: one outcome reaches its run, and only one."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

import pytest

from mn_notebook.domain.ids import StepPath
from mn_notebook.engine.attempt import Attempt
from mn_notebook.engine.services import Services
from mn_notebook.engine.values import Values
from mn_notebook.language.expressions import SandboxedExpressions
from mn_notebook.ports import FailedWith, Job, Outcome, Succeeded
from mn_notebook.testing.doubles import FakeClock, SequentialIds, VirtualTimeLoop
from tests.unit.domain.journals import Journal, python, workflow

PATH = StepPath("a")


class Elsewhere:
    """A handler whose work ends when a test says so."""

    def __init__(self, *, begins: bool = True) -> None:
        self.begins = begins
        self.breaks = False
        self.ended: Callable[[Outcome | Exception], None] | None = None

    def job(self, work: Any) -> Job | None:
        return self._begin if self.begins else None

    def _begin(self, ended: Callable[[Outcome | Exception], None]) -> None:
        if self.breaks:
            raise ValueError("no thread")
        self.ended = ended

    async def run(self, work: Any, recorder: Any) -> Outcome:
        return Succeeded("in the loop")


class Driver:
    """Takes outcomes."""

    def __init__(self, timeout_seconds: float | None) -> None:
        graph = workflow(python("a", timeout_seconds=timeout_seconds))
        self.state = Journal(graph).begun().started("a").state
        self.outcomes: list[Outcome | None] = []

    def append(self, *_given: Any) -> None:
        raise AssertionError

    def end(
        self, path: StepPath, attempt: int, outcome: Outcome | None, because: str | None = None
    ) -> None:
        assert (path, attempt) == (PATH, 1)
        self.outcomes.append(outcome)

    def step_aside(self, path: StepPath) -> None:
        raise AssertionError

    def step_back(self, path: StepPath) -> None:
        raise AssertionError


class Stage:
    """An attempt that has begun, in a loop whose time is free."""

    def __init__(self, *, begins: bool = True, timeout_seconds: float | None = 5.0) -> None:
        self.clock = FakeClock()
        self.loop = VirtualTimeLoop(self.clock)
        self.handler = Elsewhere(begins=begins)
        self.driver = Driver(timeout_seconds)
        services = Services(
            journal=cast("Any", None),
            values=Values(cast("Any", None)),
            expressions=SandboxedExpressions(),
            clock=self.clock,
            ids=SequentialIds(),
            handlers=cast("Any", {"python": self.handler}),
        )
        self.attempt = Attempt(self.driver, PATH, services)

    def play(self, *moves: Callable[[], Any], seconds: float = 1.0) -> list[Outcome | None]:
        """Start the attempt, make moves in the loop, and return the outcomes after a while."""

        async def play() -> None:
            loop = asyncio.get_running_loop()
            self.attempt.begin(self._post)
            self.attempt.go_on(loop.create_task)
            for move in moves:
                move()
            await self.clock.sleep(seconds)

        try:
            self.loop.run_until_complete(play())
        finally:
            self.loop.close()
        return self.driver.outcomes

    def _post(self, action: Callable[[], None]) -> None:
        self.loop.call_soon(action)

    def cancel(self) -> None:
        self.attempt.cancel(self._post)

    def end(self, outcome: Outcome | Exception) -> Callable[[], None]:
        def move() -> None:
            assert self.handler.ended is not None
            self.handler.ended(outcome)

        return move


def test_the_outcome_arrives_once():
    """Whatever is said after it is nobody's business."""
    stage = Stage()
    assert stage.play(stage.end(Succeeded("x")), stage.end(Succeeded("y"))) == [Succeeded("x")]


def test_what_is_raised_is_a_failure():
    """Also where a handler forgot to make one of it."""
    stage = Stage()
    (outcome,) = stage.play(stage.end(ValueError("no")))
    assert isinstance(outcome, FailedWith)
    assert "no" in outcome.error.message


@pytest.mark.parametrize("late", [False, True])
def test_time_runs_out(late):
    """The work goes on in its thread, and what it comes to is not taken."""
    stage = Stage()
    (outcome,) = stage.play(seconds=6.0)
    assert isinstance(outcome, FailedWith)
    assert "5 s" in outcome.error.message
    if late:
        stage.attempt._finish(Succeeded("late"))
        assert len(stage.driver.outcomes) == 1


def test_work_without_a_limit_may_take_for_ever():
    """Nothing is set to stop it."""
    assert Stage(timeout_seconds=None).play(seconds=1e6) == []


def test_cancelling_ends_it_without_an_outcome():
    """The run is told once; the outcome that comes too late is dropped."""
    stage = Stage()
    cancel = stage.cancel
    assert stage.play(cancel, cancel, stage.end(Succeeded("late"))) == [None]


def test_cancelling_after_the_end_changes_nothing():
    """The outcome has been taken."""
    stage = Stage()

    def later() -> None:
        asyncio.get_running_loop().call_later(0.5, stage.cancel)

    assert stage.play(stage.end(Succeeded("x")), later) == [Succeeded("x")]


def test_a_handler_that_declines_is_awaited():
    """And nothing else."""
    assert Stage(begins=False).play() == [Succeeded("in the loop")]


def test_what_was_cancelled_before_its_commit_never_begins():
    """The commit that announced it may still arrive."""
    stage = Stage()
    stage.cancel()
    assert stage.play() == [None]
    assert stage.handler.ended is None


def test_work_that_cannot_even_begin_has_failed():
    """Nobody waits for it in vain."""
    stage = Stage()
    stage.handler.breaks = True
    (outcome,) = stage.play()
    assert isinstance(outcome, FailedWith)
    assert "no thread" in outcome.error.message
