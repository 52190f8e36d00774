"""Measures runs that wait for a person: what they cost, and how soon a decision moves them on."""

import os
import time
import tracemalloc
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from benchmarks.case import Case, WrongResult
from benchmarks.meter import percentile
from benchmarks.payload import EFFECTS, traces
from benchmarks.processes import CpuTime, memory_bytes

PATIENCE_SECONDS = 30.0
MOST_LINES = 25
POLL_SECONDS = 0.002
SETTLE_SECONDS = 1.0
"""What a subject still does in the background when the last run waits."""

Park = Callable[[Sequence[int]], None]
"""Starts runs with these numbers, and returns when all of them wait."""
Decide = Callable[[int], None]
"""Decides for the run with this number, so that its next step is done."""


def measure(case: Case, park: Park, store_bytes: Callable[[], dict[str, int]]) -> None:
    """Let runs wait, and note what each adds to the store and to memory, and what idling costs.

    Some wait already when counting begins: what is loaded for the first ones is not theirs.
    ``store_bytes`` gives sizes by name; what a run adds to each is noted.
    """
    count, first = case.sizes.waiting, case.sizes.decisions
    park(range(first))
    if case.meter.is_profiled:
        case.meter.profile = memory_lines(lambda: park(range(first, first + count)), count)
        return
    bytes_before, memory = store_bytes(), memory_bytes()
    began = time.monotonic()
    park(range(first, first + count))
    case.meter.found["park_seconds"] = time.monotonic() - began
    time.sleep(SETTLE_SECONDS)
    case.meter.found["memory_bytes_per_run"] = (memory_bytes() - memory) / count
    for name, size in store_bytes().items():
        case.meter.found[f"{name}_per_run"] = (size - bytes_before[name]) / count
    cpu = CpuTime()
    time.sleep(case.sizes.idle_seconds)
    case.meter.found["idle_cores"] = cpu.seconds() / case.sizes.idle_seconds


def memory_lines(act: Callable[[], None], count: int) -> list[str]:
    """Return where the memory was asked for that an act has left behind, for each of so many."""
    tracemalloc.start()
    before = tracemalloc.take_snapshot()
    act()
    time.sleep(SETTLE_SECONDS)
    grown = tracemalloc.take_snapshot().compare_to(before, "lineno")[:MOST_LINES]
    tracemalloc.stop()
    lines = [
        (one.size_diff / count, "/".join(one.traceback[0].filename.split("/")[-2:]), one)
        for one in grown
    ]
    return ["bytes a run  where they were asked for"] + [
        f"{size:11.1f}  {file}:{one.traceback[0].lineno}" for size, file, one in lines
    ]


def measure_decisions(case: Case, decide: Decide) -> None:
    """Note how long it takes from a decision in this process to the step that it lets go on."""
    file = case.folder / "traces"
    os.environ[EFFECTS] = str(file)
    found = latencies(decide, range(case.sizes.decisions), file)
    case.meter.found["decision_p50_ms"] = percentile(sorted(found), 0.5)


def latencies(decide: Decide, numbers: Iterable[int], file: Path) -> list[float]:
    """Decide for one run after the other; return the milliseconds until each goes on.

    Raises:
        WrongResult: a run did not go on.
    """
    found = []
    for number in numbers:
        began = time.monotonic()
        decide(number)
        found.append((_went_on(number, file) - began) * 1000)
    return found


def _went_on(number: int, file: Path) -> float:
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        moments = [trace.at for trace in traces(file) if trace.step == number]
        if moments:
            return moments[-1]
        time.sleep(POLL_SECONDS)
    raise WrongResult(f"run {number} did not go on after its decision")


def folder_bytes(folder: Path) -> int:
    """Return the size of all files of a folder, without the traces and counts of the harness."""
    own = {"traces", "syncs", "runs.json"}
    files = (file for file in folder.rglob("*") if file.is_file() and file.name not in own)
    return sum(file.stat().st_size for file in files)
