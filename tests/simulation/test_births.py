"""A run that its process creates and claims by one commit comes to the same, wherever that dies."""

from typing import Literal

import pytest

from mn_notebook.domain.events import LeaseTaken
from mn_notebook.testing.simulation import CRASH_SIDES, CrashAt
from tests.simulation import oracle
from tests.simulation.simulation import Simulation
from tests.simulation.stories import STORIES
from tests.simulation.test_crashes import reference_of

CASES = ("python", "tools", "agent", "approval")
Birth = Literal["here", "together"]
BIRTHS: tuple[Birth, ...] = ("here", "together")


def leases_of(simulation: Simulation) -> list[tuple[str, int]]:
    events = (recorded.event for recorded in simulation.witness.events)
    return [(event.owner, event.fence) for event in events if isinstance(event, LeaseTaken)]


@pytest.mark.parametrize("birth", BIRTHS)
@pytest.mark.parametrize("side", CRASH_SIDES)
@pytest.mark.parametrize("story", CASES)
def test_a_crash_at_every_single_commit_changes_nothing(story: str, side: str, birth: Birth):
    """The first of them creates the run and claims it; whoever comes next goes on from there."""
    undisturbed = Simulation(STORIES[story], birth=birth, thorough=True).run()
    oracle.check(undisturbed.seen, reference_of(story).outcome)
    landed = 0
    for commit in range(1, undisturbed.commits[0] + 1):
        crash = CrashAt(commit, "before" if side == "before" else "after")
        simulation = Simulation(STORIES[story], crashes=[crash], birth=birth).run()
        oracle.check(simulation.seen, undisturbed.outcome)
        landed += len(simulation.processes) == 2
        born = [recorded.event.kind for recorded in simulation.witness.events[:2]]
        assert born == ["run.created", "lease.taken"]
    # With other delays more may share a commit, and the last ones are not reached.
    assert landed >= undisturbed.commits[0] - 3


def test_the_first_step_is_announced_by_the_commit_that_creates_the_run():
    """Where the engine hears of it in time; a crash before it leaves no trace of either."""
    here, together = (Simulation(STORIES["python"], birth=birth).run() for birth in BIRTHS)
    assert together.commits[0] == here.commits[0] - 1
    crashed = Simulation(STORIES["python"], [CrashAt(1, "before")], birth="together").run()
    assert leases_of(crashed) == [("process-1", 1)]
    crashed = Simulation(STORIES["python"], [CrashAt(1, "after")], birth="together").run()
    assert leases_of(crashed) == [("process-0", 1), ("process-1", 2)]
    assert crashed.witness.events[3].event.kind == "step.started"


def test_a_process_that_dies_right_after_the_birth_of_a_run_leaves_it_to_the_next():
    """It is not created again; the next owner has the next fence."""
    simulation = Simulation(STORIES["python"], [CrashAt(1, "after")], birth="here").run()
    assert leases_of(simulation) == [("process-0", 1), ("process-1", 2)]


@pytest.mark.parametrize("birth", BIRTHS)
def test_a_birth_that_ended_unclearly_is_not_repeated(birth: Birth):
    """The commit went through and seemed to fail: tried again, it finds its own run."""
    simulation = Simulation(
        STORIES["python"], birth=birth, unclear=lambda _process, commit: commit == 1
    ).run()
    oracle.check(simulation.seen, reference_of("python").outcome)
    assert simulation.processes[0].writer.commits >= 2
    assert leases_of(simulation) == [("process-0", 1)]
