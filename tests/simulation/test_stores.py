"""A store that cannot be written for a while, or does not say clearly that it was."""

import functools
import sqlite3
from collections import Counter

import pytest

from tests.simulation import oracle
from tests.simulation.simulation import Simulation
from tests.simulation.stories import STORIES
from tests.simulation.test_crashes import reference_of


class Balky:
    """Refuses to make some commits so many times."""

    def __init__(self, times: int, every: int) -> None:
        self._times = times
        self._every = every
        self._tried: Counter[tuple[int, int]] = Counter()

    def __call__(self, process: int, commit: int) -> Exception | None:
        if commit % self._every:
            return None
        self._tried[process, commit] += 1
        if self._tried[process, commit] > self._times:
            return None
        return sqlite3.OperationalError("database or disk is full")


def every_third(first: int, _process: int, commit: int) -> bool:
    return commit % 3 == first


@pytest.mark.parametrize("story", STORIES)
def test_a_store_that_balks_at_every_commit_only_makes_a_run_slower(story: str):
    """Nothing acts before its commit, the order is kept, and work goes on when it can."""
    simulation = Simulation(STORIES[story], balks=Balky(3, 1), thorough=True).run()
    oracle.check(simulation.seen, reference_of(story).outcome)


@pytest.mark.parametrize("story", STORIES)
def test_a_commit_that_went_through_unclearly_is_not_made_twice(story: str):
    """After an unclear commit the writer looks before it writes again."""
    for first in range(3):
        simulation = Simulation(STORIES[story], unclear=functools.partial(every_third, first))
        oracle.check(simulation.run().seen, reference_of(story).outcome)
