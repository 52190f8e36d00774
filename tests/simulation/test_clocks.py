"""A clock that is put forward or back while runs wait, and a machine that sleeps."""

from typing import Any

import pytest

from mn_notebook.domain.workflow import Expiry, Retry
from tests.simulation.cases import Behaviour, Case, approve, python, wait, workflow
from tests.simulation.simulation import RUN, Simulation

HOUR = 3_600.0
JUMP_AT = 1.0
"""Seconds after the beginning; by then the step under test waits."""


def lived(case: Case, jump: float, *, most: float = 400.0) -> tuple[Simulation, float]:
    """Live until the run has ended, and return for how long; the clock jumps once."""
    simulation = Simulation(case)
    simulation.create()
    process = simulation.process()
    ends: list[float] = []
    jumped: list[float] = []

    async def until_ended(_process: Any) -> None:
        simulation.person.look(simulation.state)
        while not simulation.state.ended and simulation.clock.monotonic() < most:
            await simulation.clock.sleep(0.5)
        ends.append(simulation.clock.monotonic())
        await simulation.clock.sleep(1.0)
        process.worker.stop()

    async def jumping() -> None:
        await simulation.clock.sleep(JUMP_AT)
        assert not simulation.state.ended
        jumped.append(jump)
        simulation.clock.jump(jump)

    simulation.live(process, until_ended, jumping)
    assert jumped, "the clock jumped while the run waited"
    return simulation, ends[0]


def kinds_of(simulation: Simulation) -> list[str]:
    return [fact.event.kind for fact in simulation.store.journal.read(RUN)]


def retried() -> Case:
    step = python("a", retry=Retry(attempts=3, backoff_seconds=10.0, max_backoff_seconds=12.0))
    return Case(workflow(step), {"a": Behaviour(transient=1)}, slow=False)


def waited(seconds: float) -> Case:
    return Case(workflow(wait("a", duration=f"{seconds:g}s")), slow=False)


@pytest.mark.parametrize("jump", [-HOUR, HOUR], ids=["back", "forward"])
def test_a_pause_before_a_retry_is_not_held_up_by_a_clock_that_jumps(jump):
    """Put back by an hour, it would last an hour; put forward, the retry only comes sooner."""
    simulation, seconds = lived(retried(), jump)
    assert simulation.state.phase == "succeeded"
    assert seconds < 16
    assert "step.retry_scheduled" in kinds_of(simulation)
    simulation.close()


def test_a_short_wait_is_not_held_up_by_a_clock_that_is_put_back():
    """It lasts as long as it says while its process lives."""
    simulation, seconds = lived(waited(20.0), -HOUR)
    assert simulation.state.phase == "succeeded"
    assert 19 < seconds < 25
    simulation.close()


def test_of_several_short_waits_none_is_held_up():
    """The clock is still behind when the first of them is over."""
    both = (wait("a", duration="6s"), wait("b", duration="12s"))
    flow = workflow(*both, wait("c", "b", duration="5s"))
    simulation, seconds = lived(Case(flow, slow=False), -HOUR)
    assert simulation.state.phase == "succeeded"
    assert 16 < seconds < 24
    simulation.close()


def test_a_long_wait_is_a_date():
    """Put back, the clock comes to it later; put forward, or after a sleep, sooner."""
    simulation, seconds = lived(waited(100.0), -100.0)
    assert simulation.state.phase == "succeeded"
    assert 199 < seconds < 210
    simulation.close()
    simulation, seconds = lived(waited(HOUR), HOUR)
    assert simulation.state.phase == "succeeded"
    assert seconds < 10
    simulation.close()


@pytest.mark.parametrize(
    ("jump", "ends"), [(HOUR, "failed"), (-HOUR, "created")], ids=["forward", "back"]
)
def test_an_approval_expires_by_the_clock_of_its_store(jump, ends):
    """Put forward, silence means no at once; put back, there is more time to decide."""
    flow = workflow(approve("a", expires=Expiry(after_seconds=HOUR)))
    simulation, seconds = lived(
        Case(flow, {"a": Behaviour(decision="absent")}, slow=False), jump, most=60
    )
    kinds = [fact.event.kind for fact in simulation.store.journal.read(RUN)]
    assert ("approval.expired" in kinds) == (ends == "failed")
    assert (seconds < 20) == (ends == "failed")
    simulation.close()
