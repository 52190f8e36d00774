"""A crash at any commit, before or after it, as often as one likes: the run comes to the same."""

import functools

import pytest

from mn_notebook.testing.simulation import CRASH_SIDES, CrashAt
from tests.simulation import invariants, oracle
from tests.simulation.cases import Case
from tests.simulation.generated import generated
from tests.simulation.simulation import Simulation
from tests.simulation.stories import STORIES


def undisturbed(case: Case) -> Simulation:
    """Return the run that had no fault, held against everything but itself."""
    simulation = Simulation(case, thorough=True).run()
    oracle.check(simulation.seen, None)
    return simulation


@functools.cache
def reference_of(story: str) -> Simulation:
    return undisturbed(STORIES[story])


@pytest.mark.parametrize("side", CRASH_SIDES)
@pytest.mark.parametrize("story", STORIES)
def test_a_crash_at_every_single_commit_changes_nothing(story: str, side: str):
    """Before and after every commit of a run there is nothing that a crash could spoil."""
    reference = reference_of(story)
    for commit in range(1, reference.commits[0] + 1):
        crash = CrashAt(commit, "before" if side == "before" else "after")
        simulation = Simulation(STORIES[story], crashes=[crash]).run()
        try:
            oracle.check(simulation.seen, reference.outcome)
        except invariants.Broken as fault:
            raise AssertionError(f"{story}, {crash}: {fault}") from fault


@pytest.mark.parametrize("commit", [2, 3, 5])
@pytest.mark.parametrize("side", CRASH_SIDES)
@pytest.mark.parametrize("story", STORIES)
def test_a_process_that_dies_again_and_again_at_the_same_place_gets_there_in_the_end(
    story: str, side: str, commit: int
):
    """Progress is kept from life to life, and a person is asked where there is none."""
    crash = CrashAt(commit, "before" if side == "before" else "after")
    simulation = Simulation(STORIES[story], crashes=[crash] * 6).run()
    oracle.check(simulation.seen, reference_of(story).outcome)


def test_the_same_seed_gives_the_same_journal():
    """A simulation repeats itself to the letter."""
    first, second = (
        Simulation(generated(7, 6), crashes=[CrashAt(9, "after")]).run() for _ in range(2)
    )
    assert first.witness.events == second.witness.events
    assert first.clock.now() == second.clock.now()
