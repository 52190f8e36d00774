"""The work of every step, the same for all subjects: it returns about 1 KB and little else."""

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PADDING = "x" * 960
EFFECTS = "MN_BENCH_EFFECTS"
"""Names the file in which steps leave a trace; without it they leave none."""

stamps: list[float] = []
"""When each step of this process began, by `time.monotonic`."""


def work(i: int) -> dict[str, Any]:
    """Do step ``i``: note when, and return about 1 KB of JSON."""
    now = time.monotonic()
    stamps.append(now)
    traces = os.environ.get(EFFECTS)
    if traces:
        leave_trace(Path(traces), i, now)
    return {"i": i, "v": value_of(i), "pad": PADDING}


def value_of(i: int) -> int:
    """Return what step ``i`` adds to the total."""
    return i * 7 % 1000


def total_of(steps: int) -> int:
    """Return what the values of so many steps must come to."""
    return sum(value_of(i) for i in range(steps))


@dataclass(frozen=True, slots=True)
class Trace:
    """One execution of one step."""

    step: int
    process: int
    at: float


def leave_trace(file: Path, step: int, at: float) -> None:
    """Append a line at once: the execution is known even if the process dies right after it."""
    descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(descriptor, f"{step} {os.getpid()} {at:.6f}\n".encode())
    finally:
        os.close(descriptor)


def traces(file: Path) -> list[Trace]:
    """Return the executions so far, in their order; the file grows while it is read."""
    if not file.exists():
        return []
    lines = file.read_text().rpartition("\n")[0].splitlines()
    fields = [line.split() for line in lines]
    return [Trace(int(step), int(process), float(at)) for step, process, at in fields]
