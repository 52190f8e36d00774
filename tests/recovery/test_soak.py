"""Minutes of everything at once, on one store, by processes of which most are killed.

``MN_SOAK_MINUTES`` says how long (seconds of it in `make test`; `make nightly` takes a quarter of
an hour). One process lives from the beginning to the end: what it holds must not grow.
"""

import os
import random
import signal
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from typing_extensions import override

from mn_notebook.clock import RandomIds, SystemClock
from mn_notebook.domain.ids import RunId
from mn_notebook.engine.summary import summary_of
from mn_notebook.store.examination import examine
from mn_notebook.store.store import open_store
from tests.recovery.arena import Arena, _pause
from tests.recovery.processes import Forked, ModelProcess, Nursery, hear, kill
from tests.recovery.test_kills import mortal_people, until_gone

MINUTES = float(os.environ.get("MN_SOAK_MINUTES", "0.2"))
LONG_MINUTES = 5.0
"""From so long on it is told what grows."""
STORIES = (
    *("dialogue", "study", "thrifty", "publish", "tree", "mishap"),
    *("batch", "thrifty", "clerk", "two_hundred"),
)
AT_ONCE = 8
"""So many runs are under way."""
LEAST_ROBBED, PATIENCE_SECONDS = 5, 90.0
LIVES_SECONDS = (0.5, 5.0)
"""A mortal owner lives between so long and so long."""
MOST_GROWTH, MOST_MEGABYTES = 1.25, 20.0
"""How much more the immortal may hold in the last fifth of the time than in the second one."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What a process holds at a moment."""

    share: float
    """Of the time that has gone by."""
    megabytes: float
    files: int
    threads: int


def sample(pid: int, share: float) -> Sample:
    """Look at a living process."""
    status = dict(
        line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines()
    )
    files = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    kilobytes = int(status["VmRSS"].split()[0])
    return Sample(share, round(kilobytes / 1024, 1), files, int(status["Threads"]))


class Field(Arena):
    """An arena in which hundreds of runs have ended, and are looked at no more."""

    _over: frozenset[RunId] = frozenset()

    @override
    def unfinished(self) -> list[RunId]:
        found = [run_id for run_id in self.runs if run_id not in self._over]
        self._over |= {run_id for run_id in found if self._is_over(run_id)}
        return [run_id for run_id in found if run_id not in self._over]


@dataclass(slots=True)
class Soak:
    """The owners of a store: one that lives, and two that are killed and replaced."""

    arena: Field
    nursery: Nursery
    chance: random.Random
    kills: int = 0
    robbed: int = 0
    """Runs that were under way with an owner when it was killed."""
    samples: list[Sample] = field(default_factory=list)
    started: Counter[str] = field(default_factory=Counter)
    _ends: dict[Forked, float] = field(default_factory=dict)

    def live(self, seconds: float) -> Forked:
        """Let all go on for so long; return the owner that has lived all the time."""
        immortal = self.nursery.fork(self.arena.env)
        hear(immortal, "ready")
        began = time.monotonic()
        helped = looked = began
        while (now := time.monotonic()) - began < seconds or (
            # Which owner gets a run is chance: seconds alone would not always show a takeover.
            self.robbed < LEAST_ROBBED and now - began < seconds + PATIENCE_SECONDS
        ):
            self._begin_runs()
            self._kill_and_replace(now)
            if now - helped > 1.0:
                helped = now
                self.arena._help()
            if now - looked > 1.0:
                looked = now
                self.samples.append(sample(immortal.pid, (now - began) / seconds))
            _pause(0.05)
        for owner in list(self._ends):
            self._kill(owner)
        return immortal

    def _begin_runs(self) -> None:
        while len(self.arena.unfinished()) < AT_ONCE:
            story = STORIES[len(self.arena.runs) % len(STORIES)]
            self.started[story] += 1
            self.arena.start(story)

    def _kill_and_replace(self, now: float) -> None:
        for owner in [one for one, end in self._ends.items() if end <= now]:
            if self.chance.random() < 0.5:
                self.arena._ask("before")
            self._kill(owner)
        while len(self._ends) < 2:
            self._ends[self.nursery.fork(self.arena.env)] = now + self.chance.uniform(
                *LIVES_SECONDS
            )

    def _kill(self, owner: Forked) -> None:
        del self._ends[owner]
        assert kill(owner) == -signal.SIGKILL, owner.output.read_text()
        names = self.arena.processes_of(owner.pid)
        self.arena.dead |= names
        query = "SELECT count(*) FROM mn_run WHERE owner = ? AND status = 'running'"
        for name in names:
            (left,) = self.arena.peek.execute(query, (name,)).fetchone()
            self.robbed += int(left)
        self.kills += 1

    def report(self) -> str:
        """Say what was done, and what the immortal held over the time."""
        lines = [f"{self.kills} kills, runs {dict(self.started)}"]
        lines += [str(one) for one in self.samples[:: max(1, len(self.samples) // 20)]]
        return "\n".join(lines)


def damages(store: Path) -> tuple[list[str], int]:
    """Return what `mn doctor` finds wrong with a store, and how many events it has read."""
    opened = open_store(str(store), clock=SystemClock(), ids=RandomIds(), threaded=False)
    try:
        found = examine(opened.database, summary_of)
    finally:
        opened.close()
    assert not found.left
    return [damage.text for damage in found.damages], found.events


def highest(samples: list[Sample], low: float, high: float) -> Sample:
    """Return the most that was held in a part of the time."""
    some = [one for one in samples if low <= one.share <= high]
    return Sample(
        high,
        max(one.megabytes for one in some),
        max(one.files for one in some),
        max(one.threads for one in some),
    )


@pytest.mark.timeout(MINUTES * 60 + 300)
def test_minutes_of_everything_lose_nothing_and_leave_nothing(
    nursery: Nursery, model: ModelProcess, tmp_path: Path
) -> None:
    """Every run ends; outside, journal and rows agree; the process that lives holds no more."""
    arena = Field(nursery, model, tmp_path / "store.db", seed=50, controlled=True)
    soak = Soak(arena, nursery, random.Random(5))
    with mortal_people(nursery, [str(arena.store)]):
        immortal = soak.live(MINUTES * 60)
        arena.finish(time.monotonic() + 180)
    rest = sample(immortal.pid, 1.0)
    found = arena.judge()
    wrong, events = damages(arena.store)
    report = f"{soak.report()}\n  at rest: {rest}\n{events} events; {found}"
    print(report)  # noqa: T201 - shown by `pytest -s`, and when the test fails
    assert found.faults == [], "\n".join(found.faults[:20])
    assert arena.went_on(immortal.pid) == []
    assert wrong == []
    assert arena.unfinished() == []
    assert until_gone(arena) == []
    assert not immortal.ended
    assert "Traceback" not in immortal.output.read_text()
    assert soak.kills >= MINUTES * 60 / LIVES_SECONDS[1]
    assert found.interruptions > 0
    if MINUTES >= LONG_MINUTES:
        early, late = highest(soak.samples, 0.2, 0.4), highest(soak.samples, 0.8, 1.0)
        assert late.megabytes <= early.megabytes * MOST_GROWTH + MOST_MEGABYTES, report
        assert rest.files <= early.files, report
        assert rest.threads <= early.threads, report
    kill(immortal)
    arena.close()
