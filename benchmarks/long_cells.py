"""How long a busy cell keeps the engine waiting.

The engine shares a kernel's interpreter with the cells. While a cell runs pure Python, the engine
gets its turn every few milliseconds; while a cell is inside one call of C code that keeps the
interpreter's lock, nothing else in the process runs. Both are measured here: how late the engine's
loop comes to what it was to do every 10 ms, and how fast a chain of durable steps goes meanwhile.

    python -m benchmarks.long_cells [--seconds 3] [--steps 60] [--switch-ms 5] [--folder DIR]
"""

import argparse
import asyncio
import ctypes
import json
import os
import platform
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from mn_notebook._version import __version__
from mn_notebook.client import NewRun
from mn_notebook.domain.workflow import PythonStep, Workflow
from mn_notebook.runtime import Runtime, open_runtime
from mn_notebook.settings import MnSettings

TICK_SECONDS = 0.01


def work(**_given: object) -> dict[str, str]:
    """Do nothing much: what is measured is the runtime around it."""
    return {"text": "x" * 1000}


def chain(steps: int) -> Workflow:
    """Return a workflow of steps that each need the one before."""
    names = [f"s{n}" for n in range(steps)]
    return Workflow(
        name="chain",
        group="bench",
        steps=tuple(
            PythonStep(name=name, function="work", needs=(names[n - 1],) if n else (), uses=())
            for n, name in enumerate(names)
        ),
    )


# --- what a cell does ----------------------------------------------------------------------------


def idle(seconds: float) -> None:
    """Wait, as a cell does that has nothing to do."""
    threading.Event().wait(seconds)


def pure_python(seconds: float) -> None:
    """Count, in bytecode that lets go of the interpreter every few milliseconds."""
    until, number = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        number += 1


def short_c_calls(seconds: float) -> None:
    """Sort again and again, in calls of some 50 ms that keep the interpreter's lock."""
    until, numbers = time.monotonic() + seconds, [(n * 7919) % 300_007 for n in range(300_007)]
    while time.monotonic() < until:
        sorted(numbers)


def one_c_call(seconds: float) -> None:
    """Make one call that keeps the interpreter's lock until it returns."""
    ctypes.PyDLL(None).usleep(ctypes.c_uint(int(seconds * 1e6)))


CELLS: dict[str, Callable[[float], None]] = {
    "idle": idle,
    "pure Python": pure_python,
    "C calls of 50 ms": short_c_calls,
    "one C call": one_c_call,
}


# --- measuring -----------------------------------------------------------------------------------


def lateness(runtime: Runtime, cell: Callable[[float], None], seconds: float) -> dict[str, float]:
    """Return by how many milliseconds the engine's loop is late while a cell runs."""
    late: list[float] = []
    begun, over = threading.Event(), threading.Event()

    def begin() -> None:
        loop = asyncio.get_running_loop()

        def tick(due: float) -> None:
            now = loop.time()
            late.append((now - due) * 1000)
            begun.set()
            if not over.is_set():
                following = now + TICK_SECONDS
                loop.call_at(following, tick, following)

        loop.call_soon(tick, loop.time())

    runtime._background.post(begin)  # noqa: SLF001 - what is measured is the loop itself
    begun.wait()
    cell(seconds)
    over.set()
    threading.Event().wait(0.1)
    ordered = sorted(late)
    return {
        "ticks": len(ordered),
        "p50_ms": round(statistics.median(ordered), 2),
        "p99_ms": round(ordered[int(len(ordered) * 0.99)], 2),
        "max_ms": round(ordered[-1], 2),
    }


def chained(runtime: Runtime, cell: Callable[[float], None], steps: int) -> float:
    """Return how many durable steps a second a chain does while a cell runs over and over."""
    over = threading.Event()
    flow = chain(steps)
    run_id = runtime.start(NewRun(flow, "", runtime.origin, {}))
    ended: list[float] = []

    def look() -> None:
        # In a thread of its own, as the cell keeps the main one.
        runtime.wait(run_id, until=lambda line: line.status in ("succeeded", "failed"))
        ended.append(time.monotonic())
        over.set()

    began = time.monotonic()
    thread = threading.Thread(target=look)
    thread.start()
    while not over.is_set():
        cell(0.2)
    thread.join()
    line = runtime.client.run(run_id)
    if line.status != "succeeded":
        message = f"the run {line.status}"
        raise RuntimeError(message)
    return steps / (ended[0] - began)


def measured(folder: Path, seconds: float, steps: int) -> dict[str, object]:
    """Measure every kind of cell in one process, beside an idle one."""
    settings = MnSettings(store=str(folder / "store.db"), notebook=str(folder / "bench.ipynb"))
    runtime = open_runtime(settings, namespace={"work": work})
    try:
        chained(runtime, idle, 10)
        found = {name: lateness(runtime, cell, seconds) for name, cell in CELLS.items()}
        # A call that holds the lock for as long as it is measured leaves nothing to count.
        rates = {
            name: round(chained(runtime, cell, steps), 1)
            for name, cell in CELLS.items()
            if cell is not one_c_call
        }
        leases = {line.run_id: line.fence for line in runtime.client.runs(most=100)}
    finally:
        runtime.close()
    return {
        "seconds_per_cell": seconds,
        "steps": steps,
        "lateness_of_the_loop": found,
        "steps_per_second": rates,
        "share_of_idle": {name: round(rate / rates["idle"], 3) for name, rate in rates.items()},
        "most_leases_of_a_run": max(leases.values()),
    }


def main() -> None:
    """Measure and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--switch-ms", type=float, default=sys.getswitchinterval() * 1000)
    given = parser.parse_args()
    sys.setswitchinterval(given.switch_ms / 1000)
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        report = measured(Path(folder), given.seconds, given.steps)
    machine = {
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "system": platform.platform(),
        "cores": os.cpu_count(),
        "switch_interval_ms": sys.getswitchinterval() * 1000,
        "mn_notebook": __version__,
    }
    json.dump({"machine": machine, **report}, sys.stdout, indent=2)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
