"""Owners of runs are killed at random instants, over every kind of step."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.recovery.arena import AIMS, Arena, kill_in_parallel
from tests.recovery.audit import Findings
from tests.recovery.processes import ModelProcess, Nursery, kill

SEED = int(os.environ.get("MN_RECOVERY_SEED", "7"))
KILLS = int(os.environ.get("MN_RECOVERY_KILLS", "34"))
"""In each of the four stores."""
STORIES: list[tuple[str, ...]] = [
    ("study", "publish"),
    ("publish", "batch"),
    ("batch", "clerk"),
    ("clerk", "study"),
]


@contextmanager
def mortal_people(nursery: Nursery, stores: list[str]) -> Iterator[None]:
    """Let people decide in a process that is killed, and replaced, about twice a second."""
    over = threading.Event()

    def live() -> None:
        while not over.is_set():
            people = nursery.fork({}, role="decide", stores=stores)
            over.wait(0.6)
            kill(people)
            assert not people.output.read_text(), people.output.read_text()

    thread = threading.Thread(target=live)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_no_run_is_lost_and_no_finished_call_is_repeated_when_owners_are_killed(
    nursery: Nursery, model: ModelProcess, tmp_path: Path
) -> None:
    """Whatever the outside saw twice was an open intent at a kill; every run ends as it should."""
    arenas = [
        Arena(nursery, model, tmp_path / f"store-{number}.db", SEED + number)
        for number in range(len(STORIES))
    ]
    with mortal_people(nursery, [str(arena.store) for arena in arenas]):
        kill_in_parallel(arenas, STORIES, KILLS)
    found = Findings()
    landed = dict.fromkeys(AIMS, 0)
    for arena in arenas:
        found.add(arena.judge())
        for aim, count in arena.landed.by_aim.items():
            landed[aim] += count
        arena.close()

    report = f"kills that landed {sum(landed.values())} {landed}; {found}"
    (tmp_path / "report.txt").write_text(report)
    print(report)  # noqa: T201 - shown by `pytest -s`, and when the test fails
    assert found.faults == [], "\n".join([report, *found.faults])
    assert sum(landed.values()) >= 100
    assert all(landed[aim] for aim in AIMS)
    assert len(found.cut_off) >= 40
    assert found.repeated_acts > 0
    assert found.lost_model_calls > 0
    assert found.settled["happened"] > 0
    assert found.settled["not_happened"] > 0
    assert found.checked > 0
