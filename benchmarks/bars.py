"""The bars: what the runtime is meant to reach, as it was written down before it was measured."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from benchmarks.medians import Spread, figure
from benchmarks.results import Run

Verdict = Literal["met", "missed", "not measured"]


@dataclass(frozen=True, slots=True)
class Bar:
    """A figure of mn_notebook that is to be at most, or at least, so much."""

    promise: str
    job: str
    disk: str
    figure: str
    limit: float
    source: str
    """Where the limit comes from."""
    is_least: bool = False
    unit: str = ""

    def verdict(self, found: Spread | None) -> Verdict:
        """Say whether the bar is met: by the median, not by the best run."""
        if found is None:
            return "not measured"
        reached = found.median >= self.limit if self.is_least else found.median <= self.limit
        return "met" if reached else "missed"


PHYSICS = "what the disk allows: bare commits, one for each step"
PEERS = "better than the best peer that was measured"
PEOPLE = "below what a person notices"

BARS: Sequence[Bar] = (
    Bar(
        "one sync for each step of a chain (1.05: what a checkpoint of the log adds)",
        "chain",
        "2ms",
        "syncs_per_step",
        1.05,
        PHYSICS,
    ),
    Bar(
        "syncs for each step of the fan-out",
        "fan_out",
        "2ms",
        "syncs_per_step",
        0.05,
        "concurrent steps share a commit",
    ),
    Bar(
        "chain, of the rate of bare commits",
        "chain",
        "2ms",
        "ratio_to_bare",
        0.85,
        f"{PHYSICS}; {PEERS} (0.43)",
        is_least=True,
    ),
    Bar(
        "processor time for each step of a chain",
        "chain",
        "free",
        "cpu_ms_per_step",
        0.3,
        "the least of the peers (0.30, without a journal of intents)",
        unit="ms",
    ),
    Bar(
        "fan-out",
        "fan_out",
        "2ms",
        "steps_per_second",
        2_500,
        f"{PEERS} (156; Restate 1,410 at free syncs)",
        is_least=True,
        unit="steps/s",
    ),
    Bar(
        "graph of 100 steps",
        "graph",
        "free",
        "steps_per_second",
        2_000,
        f"{PEERS} (1,886)",
        is_least=True,
        unit="steps/s",
    ),
    Bar(
        "first new step after a kill, from when the interpreter is up",
        "recovery",
        "2ms",
        "first_new_step_seconds",
        0.3,
        f"{PEERS} (0.35)",
        unit="s",
    ),
    Bar(
        "finished steps that are executed again after a kill",
        "recovery",
        "2ms",
        "repeated_steps",
        0,
        "a guarantee",
    ),
    Bar(
        "store of a run that waits, beyond its own events (10,000 of them)",
        "many_waiting",
        "free",
        "other_bytes_per_run",
        1024,
        "a workflow is stored once",
        unit="bytes",
    ),
    Bar(
        "memory of a run that waits (10,000 of them)",
        "many_waiting",
        "free",
        "memory_bytes_per_run",
        1024,
        "waiting is a row, no coroutine; the least of the peers is 1.4 KB",
        unit="bytes",
    ),
    Bar(
        "a core's share while 10,000 runs wait",
        "many_waiting",
        "free",
        "idle_cores",
        0.001,
        "nothing is polled",
        unit="cores",
    ),
    Bar(
        "decision to next step, in the process that owns the run",
        "waiting",
        "free",
        "decision_p50_ms",
        5,
        f"{PEOPLE}; {PEERS} that delivers it (7)",
        unit="ms",
    ),
    Bar(
        "decision to next step, from another process",
        "waiting",
        "free",
        "elsewhere_p50_ms",
        100,
        PEOPLE,
        unit="ms",
    ),
    Bar(
        "runs that fail while 50 processes write to one store",
        "writers",
        "2ms",
        "failed_runs",
        0,
        "a guarantee",
    ),
    Bar("`import mn_notebook`", "loading", "free", "import_seconds", 0.3, PEOPLE, unit="s"),
    Bar("`%load_ext mn_notebook`", "loading", "free", "load_ext_seconds", 1.0, PEOPLE, unit="s"),
)


@dataclass(frozen=True, slots=True)
class Judged:
    """A bar, and what was found."""

    bar: Bar
    found: Spread | None
    verdict: Verdict


def judged(runs: Sequence[Run]) -> list[Judged]:
    """Put every bar beside what was found."""
    found = [figure(runs, bar.job, bar.disk, "mn", bar.figure) for bar in BARS]
    return [Judged(bar, one, bar.verdict(one)) for bar, one in zip(BARS, found, strict=True)]


def missed(runs: Sequence[Run]) -> list[Bar]:
    """Return the bars that were measured and not met."""
    return [one.bar for one in judged(runs) if one.verdict == "missed"]
