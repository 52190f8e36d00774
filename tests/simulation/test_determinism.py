"""The same journal gives the same next move, in whatever process."""

import os
import subprocess
import sys

from tests.simulation.generated import generated
from tests.simulation.simulation import Simulation

TELL = """
import json
from tests.simulation.test_determinism import told
print(json.dumps(told()))
"""


def told() -> list[list[object]]:
    """Return every event of some runs, in the order in which they came to be."""
    found: list[list[object]] = []
    for seed in (3, 11, 19):
        simulation = Simulation(generated(seed, 7)).run()
        found += [
            [one.seq, one.at.isoformat(), one.event.model_dump_json()]
            for one in simulation.witness.events
        ]
    return found


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
