"""How much of the disk's own rate the whole runtime reaches.

Two workloads through the public runtime, each beside bare SQLite commits of the same durability in
the same run, on the same disk, within the same minute: a chain of steps (one commit each at best)
and a fan-out (where a commit is shared). Seconds mean little here; the ratios are the result.

    python benchmarks/durable_steps.py [--steps 500] [--folder DIR]
"""

import argparse
import json
import os
import platform
import sqlite3
import sys
import tempfile
import time
from pathlib import Path

from mn_notebook._version import __version__
from mn_notebook.client import NewRun
from mn_notebook.domain.workflow import ForEach, PythonStep, Workflow
from mn_notebook.runtime import Runtime, open_runtime
from mn_notebook.settings import MnSettings

PAYLOAD = "x" * 1000


def work(**_given: object) -> dict[str, str]:
    """Do nothing much and return about 1 KB: what is measured is the runtime around it."""
    return {"text": PAYLOAD}


def chain(steps: int) -> Workflow:
    """Return a workflow of steps that each need the one before."""
    return Workflow(
        name="chain",
        group="bench",
        steps=tuple(
            PythonStep(
                name=f"s{n}",
                function="work",
                needs=(f"s{n - 1}",) if n else (),
                uses=(),
            )
            for n in range(steps)
        ),
    )


def fan_out(items: int) -> Workflow:
    """Return a workflow of one step with many items, 50 at a time."""
    return Workflow(
        name="fan_out",
        group="bench",
        max_concurrency=50,
        steps=(
            PythonStep(
                name="each",
                function="work",
                for_each=ForEach(over=f"range({items}) | list", concurrency=50, max_items=items),
            ),
        ),
    )


def bare_commits(folder: Path, count: int) -> float:
    """Return the commits per second of one row each, WAL and synchronous=FULL."""
    connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE IF NOT EXISTS fact (id INTEGER PRIMARY KEY, body TEXT)")
    began = time.perf_counter()
    for _ in range(count):
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO fact (body) VALUES (?)", (PAYLOAD,))
        connection.execute("COMMIT")
    seconds = time.perf_counter() - began
    connection.close()
    return count / seconds


def timed(runtime: Runtime, workflow: Workflow, steps: int) -> dict[str, float]:
    """Run a workflow and return its rate, its commits and its processor time."""
    writer = runtime.client.store.writer
    commits = getattr(writer, "commits", 0)
    cpu, began = time.process_time(), time.perf_counter()
    run_id = runtime.start(NewRun(workflow, "", runtime.origin, {}))
    line = runtime.wait(run_id, until=lambda row: row.finished_at is not None, timeout_seconds=600)
    seconds = time.perf_counter() - began
    if line.status != "succeeded":
        message = f"{workflow.name} {line.status}"
        raise SystemExit(message)
    return {
        "steps_per_second": steps / seconds,
        "commits_per_step": (getattr(writer, "commits", 0) - commits) / steps,
        "cpu_ms_per_step": (time.process_time() - cpu) / steps * 1000,
    }


def main() -> None:
    """Measure, and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--folder", type=Path, default=None)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as made:
        folder = Path(made)
        settings = MnSettings(store=str(folder / "store.db"), notebook="bench")
        runtime = open_runtime(settings, namespace={"work": work})
        timed(runtime, chain(20), 20)
        before = bare_commits(folder, options.steps)
        chained = timed(runtime, chain(options.steps), options.steps)
        fanned = timed(runtime, fan_out(options.steps * 4), options.steps * 4)
        after = bare_commits(folder, options.steps)
        runtime.close()
    bare = (before + after) / 2
    report = {
        "bare_commits_per_second": [before, after],
        "chain": {**chained, "ratio_to_bare": chained["steps_per_second"] / bare},
        "fan_out": {**fanned, "ratio_to_bare": fanned["steps_per_second"] / bare},
        "mn_notebook": __version__,
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "cores": os.cpu_count(),
    }
    sys.stdout.write(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
