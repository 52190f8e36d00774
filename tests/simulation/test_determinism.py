"""The same journal gives the same next move, in whatever process."""

import os
import subprocess
import sys

from tests.simulation.test_schedules import Setting

TELL = """
import json
from tests.simulation.test_determinism import told
print(json.dumps(told()))
"""


SEEDS = (5, 9, 33, 142, 244)
"""Among them a rerun, two runs beside each other, several owners, and a call in doubt."""


def told() -> list[list[object]]:
    """Return every event of some worlds, in the order in which they came to be."""
    found: list[list[object]] = []
    for seed in SEEDS:
        world = Setting(seed).world().run()
        found += [[strike.crossing, strike.fault, strike.where] for strike in world.schedule.struck]
        found += [
            [run_id, one.seq, one.at.isoformat(), one.event.model_dump_json()]
            for run_id, seen in world.seen.items()
            for one in seen.events
        ]
    return found


def test_the_worlds_that_are_told_of_hold_the_whole_language():
    """What no world holds, no order of a hash table could spoil."""
    kinds = {row[-1] for row in told() if isinstance(row[-1], str)}
    said = " ".join(kinds)
    for event in WANTED:
        assert f'"kind":"{event}"' in said, event


WANTED = (
    "step.expanded",
    "step.iterated",
    "step.redone",
    "step.skipped",
    "step.interrupted",
    "step.retry_scheduled",
    "approval.requested",
    "approval.decided",
    "approval.expired",
    "timer.fired",
    "signal.received",
    "run.pause_requested",
    "run.resumed",
    "tool.in_doubt",
    "tool.settled",
)


def test_no_decision_depends_on_the_order_of_a_hash_table():
    """Two processes with different hash seeds write the same journals."""
    answers = {
        subprocess.run(  # a script of our own, as another process would run it
            [sys.executable, "-c", TELL],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(answers) == 1
