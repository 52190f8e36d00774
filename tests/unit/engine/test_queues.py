"""An attempt has its time for the work, and none of it passes in a queue."""

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from mn_notebook.domain.ids import StepPath
from mn_notebook.engine.attempt import Attempt
from mn_notebook.ports import FailedWith, Succeeded
from mn_notebook.testing.doubles import FakeClock, VirtualTimeLoop
from tests.unit.domain.journals import python, workflow
from tests.unit.engine.plays import Play, Work

PATH = StepPath("a")


class Queued(Work):
    """Waits in queues and works, in turn, for so many seconds each."""

    def __init__(self, clock: FakeClock, waits: float, works: float, times: int = 1) -> None:
        self._clock, self._waits, self._works, self._times = clock, waits, works, times

    async def run(self, work: Any, recorder: Any) -> Succeeded:
        for _ in range(self._times):
            with recorder.untimed():
                await self._clock.sleep(self._waits)
            await self._clock.sleep(self._works)
        return Succeeded("done")


def ended(handler: Callable[[FakeClock], Queued], seconds: float | None) -> tuple[Any, float]:
    """Make an attempt with this timeout; return its outcome, and after how long it came."""
    play = Play(workflow(python("a", timeout_seconds=seconds))).begin()
    handlers: Any = {"python": handler(play.clock)}
    services = replace(play.moves._services, handlers=handlers)
    outcomes: list[Any] = []
    driver = SimpleNamespace(
        state=play.state,
        append=None,
        end=lambda *told: outcomes.append(told[2]),
        step_aside=lambda _path: None,
        step_back=lambda _path: None,
    )
    loop = VirtualTimeLoop(play.clock)
    try:
        loop.run_until_complete(Attempt(driver, PATH, services)._run())
    finally:
        loop.close()
    return outcomes[0], play.clock.monotonic()


@pytest.mark.parametrize("seconds", [1.0, None])
def test_an_attempt_may_wait_for_longer_than_its_timeout(seconds: float | None) -> None:
    """A second of time, an hour in a queue."""
    outcome, after = ended(lambda clock: Queued(clock, 3600.0, 0.5), seconds)
    assert outcome == Succeeded("done")
    assert after == pytest.approx(3600.5)


def test_an_attempt_that_works_for_too_long_after_its_turn_runs_out_of_time() -> None:
    """The clock goes on where it stood."""
    outcome, after = ended(lambda clock: Queued(clock, 60.0, 1.5), 1.0)
    assert isinstance(outcome, FailedWith)
    assert outcome.error.type == "timeout"
    assert after == pytest.approx(61.0)


def test_the_time_of_an_attempt_is_that_of_all_its_work() -> None:
    """Between several queues, too."""
    outcome, after = ended(lambda clock: Queued(clock, 60.0, 0.4, times=3), 1.0)
    assert isinstance(outcome, FailedWith)
    assert after == pytest.approx(181.0)
    assert ended(lambda clock: Queued(clock, 60.0, 0.3, times=3), 1.0)[0] == Succeeded("done")
