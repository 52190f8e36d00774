"""Hours, many runs, several owners, and a process that ends every few minutes."""

import os
from dataclasses import replace

import pytest

from mn_notebook.domain.ids import RunId, StepName
from mn_notebook.domain.workflow import Expiry
from tests.simulation import oracle
from tests.simulation.cases import QUICK, Behaviour, Case, approve, python, wait, workflow
from tests.simulation.generated import generated
from tests.simulation.schedule import Fault, Schedule
from tests.simulation.simulation import Simulation
from tests.simulation.world import World

HOURS = float(os.environ.get("MN_SOAK_HOURS", "1.5"))
EVERY_SECONDS = 300.0
"""So often a run begins."""
KILLS_EVERY_SECONDS = 200.0
RATES: dict[Fault, float] = {
    "a rival takes over": 0.01,
    "a slow commit": 0.02,
    "an unclear commit": 0.01,
}


def patient(name: str) -> Case:
    """Return a run that waits for most of an hour, and for a person who never comes."""
    first, last = f"{name}first", f"{name}last"
    flow = workflow(
        python(first, retry=QUICK),
        wait(f"{name}wait", first, duration="30m"),
        approve(f"{name}ask", first, expires=Expiry(after_seconds=900.0, then="skip")),
        python(last, f"{name}wait", retry=QUICK),
    )
    # It takes longer than a run that is compared with.
    return Case(flow, {f"{name}ask": Behaviour(decision="absent")}, confluent=False)


def cases() -> dict[RunId, Case]:
    """Return the runs of all these hours: every fourth one waits for long."""
    found: dict[RunId, Case] = {}
    for number in range(int(HOURS * 3600 / EVERY_SECONDS)):
        name = f"r{number}x"
        case = patient(name) if number % 4 == 0 else generated(number, 1 + number % 7, name)
        found[RunId(f"run-{number}.")] = replace(case, tool_mode="native")
    return found


@pytest.mark.timeout(max(120, HOURS * 30))
def test_hours_of_many_runs_lose_nothing_though_a_process_ends_every_few_minutes():
    """Every run comes to its end, to the same one, and nothing is done twice."""
    schedule = Schedule("soak", rates=dict(RATES), most=dict.fromkeys(RATES, 10000))
    schedule.owners = 2
    world = World(
        cases(),
        schedule,
        stormy_seconds=HOURS * 3600,
        most_seconds=HOURS * 3600 + 7200,
        starts_at=lambda number: number * EVERY_SECONDS,
        kills_every_seconds=KILLS_EVERY_SECONDS,
    ).run()
    assert world.clock.monotonic() > (HOURS - 0.5) * 3600
    assert world.kills >= HOURS * 3600 / KILLS_EVERY_SECONDS / 2
    assert len(world.processes) >= world.kills
    for number, seen in enumerate(world.seen.values()):
        case = seen.case
        reference = Simulation(replace(case, seed=0)).run() if case.confluent else None
        oracle.check(seen, None if reference is None else reference.outcome)
        if number % 4 == 0:
            last = seen.state.progress_of(StepName(f"r{number}xlast"))
            assert last.status == "succeeded"
            assert not seen.state.approvals
