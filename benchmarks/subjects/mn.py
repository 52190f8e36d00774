"""mn_notebook: workflows built with `mn.Workflow`, run by the runtime of a notebook."""

import json
import sqlite3
import subprocess
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import mn_notebook as mn
from benchmarks import kernel as cell_by_cell
from benchmarks import wait_costs
from benchmarks.case import Case, WrongResult, require_total
from benchmarks.commands import command, last_line
from benchmarks.meter import percentile
from benchmarks.payload import total_of
from benchmarks.writers import gate, own_number
from mn_notebook.client import NewRun, RunClient, open_client
from mn_notebook.domain.ids import RunId, StepPath
from mn_notebook.ports import RunLine
from mn_notebook.runtime import Runtime, open_runtime
from mn_notebook.settings import MnSettings

WORK = "benchmarks.payload:work"
NOTEBOOK = "bench.ipynb"


def chain_of(steps: int) -> "mn.Workflow":
    """Return a workflow of steps that each need the one before."""
    flow = mn.Workflow(f"chain_{steps}")
    for i in range(steps):
        flow.python(f"s{i}", WORK, args={"i": i}, needs=[f"s{i - 1}"] if i else [])
    return flow


def graph_of(middle: int) -> "mn.Workflow":
    """Return a workflow that spreads from one step and comes together in one."""
    flow = mn.Workflow("graph")
    flow.python("first", WORK, args={"i": 0})
    names = [f"m{i}" for i in range(middle)]
    for i, name in enumerate(names):
        flow.python(name, WORK, args={"i": i}, needs=["first"])
    flow.python("last", WORK, args={"i": 0}, needs=names)
    return flow


def asking() -> "mn.Workflow":
    """Return a workflow with a step before and a step after a person's decision."""
    flow = mn.Workflow("asking", inputs={"i": int})
    flow.python("before", WORK, args={"i": "{{ inputs.i }}"})
    flow.approve("review", "Go on?", needs=["before"])
    flow.python("after", WORK, args={"i": "{{ inputs.i }}"}, needs=["review"])
    return flow


def settings(folder: Path, *, at_once: int = 64) -> MnSettings:
    """Return the defaults, with a store of one's own."""
    return MnSettings(
        store=str(folder / "store.db"), notebook=str(folder / NOTEBOOK), max_attempts=at_once
    )


def new_run(runtime: Runtime, flow: "mn.Workflow", **inputs: int) -> NewRun:
    """Return a run of a workflow that is checked, and so not a part of what is measured."""
    checked = flow.check()
    return NewRun(checked.workflow, checked.source, runtime.origin, inputs)


def ended(line: RunLine) -> bool:
    """Tell whether a run has come to its end."""
    return line.finished_at is not None


def finish(runtime: Runtime, run_id: RunId) -> None:
    """Wait for the end of a run.

    Raises:
        WrongResult: it did not succeed.
    """
    line = runtime.wait(run_id, until=ended)
    if line.status != "succeeded":
        raise WrongResult(f"run {run_id} {line.status}")


def total(runtime: Runtime, run_id: RunId, steps: list[str]) -> int:
    """Return the sum of the values that steps gave, as they are in the journal."""
    state, load = runtime.client.state(run_id), runtime.client.values.load
    values: list[Any] = [load(state.instances[StepPath(step)].output) for step in steps]
    return sum(value["v"] for value in values)


def chain_names(steps: int) -> list[str]:
    """Return the names of the steps of a chain."""
    return [f"s{i}" for i in range(steps)]


def chain(case: Case) -> None:
    """Run one workflow of many steps."""
    steps = case.sizes.chain
    runtime = open_runtime(settings(case.folder))
    new = new_run(runtime, chain_of(steps))
    with case.meter.measuring(steps, is_line=True):
        run_id = runtime.start(new)
        finish(runtime, run_id)
    require_total(total(runtime, run_id, chain_names(steps)), steps)
    runtime.close()


def fan_out(case: Case) -> None:
    """Start runs from a pool of threads, and wait for each in it."""
    sizes = case.sizes
    runtime = open_runtime(settings(case.folder, at_once=sizes.at_once))
    new = new_run(runtime, chain_of(sizes.run_steps))

    def run(_: int) -> RunId:
        run_id = runtime.start(new)
        finish(runtime, run_id)
        return run_id

    with (
        case.meter.measuring(sizes.runs * sizes.run_steps),
        ThreadPoolExecutor(sizes.at_once) as pool,
    ):
        run_ids = list(pool.map(run, range(sizes.runs)))
    for run_id in run_ids:
        require_total(total(runtime, run_id, chain_names(sizes.run_steps)), sizes.run_steps)
    runtime.close()


def graph(case: Case) -> None:
    """Run one workflow with a wide middle."""
    runtime = open_runtime(settings(case.folder))
    new = new_run(runtime, graph_of(case.sizes.middle))
    with case.meter.measuring(case.sizes.graph):
        run_id = runtime.start(new)
        finish(runtime, run_id)
    names = [f"m{i}" for i in range(case.sizes.middle)]
    require_total(total(runtime, run_id, names), case.sizes.middle)
    runtime.close()


def begin(case: Case) -> None:
    """Run the chain; the driver kills this process in the middle."""
    runtime = open_runtime(settings(case.folder))
    finish(runtime, runtime.start(new_run(runtime, chain_of(case.sizes.chain))))


def go_on(case: Case) -> None:
    """Open the notebook's runtime again: it goes on by itself."""
    runtime = open_runtime(settings(case.folder))
    (line,) = runtime.client.runs()
    finish(runtime, line.run_id)
    case.meter.found["total"] = total(runtime, line.run_id, chain_names(case.sizes.chain))


def waiting(case: Case) -> None:
    """Let runs wait for an approval, and approve some here and some from another process."""
    runtime = open_runtime(settings(case.folder))
    flow, run_ids = asking(), list[RunId]()

    def start(i: int) -> RunId:
        return runtime.start(new_run(runtime, flow, i=i))

    def park(numbers: Sequence[int]) -> None:
        with ThreadPoolExecutor(case.sizes.at_once) as pool:
            run_ids.extend(pool.map(start, numbers))
        with closing(sqlite3.connect(case.folder / "store.db", timeout=60)) as store:
            while _count_waiting(store) < len(run_ids):
                time.sleep(0.1)

    def approve(number: int) -> None:
        _approve(runtime.client, run_ids[number])
        runtime.ring()

    wait_costs.measure(case, park, lambda: store_bytes(case.folder))
    wait_costs.measure_decisions(case, approve)
    (case.folder / "runs.json").write_text(json.dumps(run_ids))
    _decide_elsewhere(case)
    runtime.close()


def _count_waiting(store: sqlite3.Connection) -> int:
    (count,) = store.execute("SELECT count(*) FROM mn_run WHERE status = 'waiting'").fetchone()
    return int(count)


def store_bytes(folder: Path) -> dict[str, int]:
    """Return the size of the store's files, and of all but the events of the runs."""
    with closing(sqlite3.connect(folder / "store.db", timeout=60)) as store:
        store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (events,) = store.execute(
            "SELECT sum(pgsize) FROM dbstat WHERE name = 'mn_event'"
        ).fetchone()
    whole = wait_costs.folder_bytes(folder)
    return {"store_bytes": whole, "other_bytes": whole - int(events)}


def _approve(client: RunClient, run_id: RunId) -> None:
    asked = client.open_approval(run_id, None)
    client.decide(run_id, asked.request, "approve")


def _decide_elsewhere(case: Case) -> None:
    done = subprocess.run(command("mn", "decide", case), capture_output=True, text=True, check=True)
    case.meter.found["elsewhere_p50_ms"] = last_line(done.stdout)["p50_ms"]


def decide(case: Case) -> None:
    """Approve runs that another process owns."""
    client = open_client(settings(case.folder))
    run_ids = json.loads((case.folder / "runs.json").read_text())
    numbers = range(case.sizes.decisions, 2 * case.sizes.decisions)
    found = wait_costs.latencies(
        lambda number: _approve(client, run_ids[number]), numbers, case.folder / "traces"
    )
    case.meter.found["p50_ms"] = percentile(sorted(found), 0.5)
    client.close()


def write(case: Case) -> None:
    """Run a chain in a store that others write to as well, as a notebook of its own."""
    mine = settings(case.folder)
    mine.notebook = str(case.folder / f"{own_number()}.ipynb")
    flow = chain_of(case.sizes.run_steps).check()
    runtime = open_runtime(mine)
    gate(case.folder)
    run_id = runtime.start(NewRun(flow.workflow, flow.source, runtime.origin, {}))
    finish(runtime, run_id)
    found = total(runtime, run_id, chain_names(case.sizes.run_steps))
    case.meter.found["succeeded"] = found == total_of(case.sizes.run_steps)
    runtime.close()


def kernel(case: Case) -> None:
    """Define and run the chain in cells, with the magics of a notebook."""
    steps = case.sizes.chain
    flow = chain_of(steps)
    text = flow.text().partition("\n")[2]
    cells = [
        "import time; a = time.monotonic()\n"
        "%load_ext mn_notebook\n"
        "case.meter.found['load_ext_seconds'] = time.monotonic() - a",
        f"%%mn workflow {flow.name}\n{text}",
        f"with case.meter.measuring({steps}, is_line=True):\n"
        f"    get_ipython().run_line_magic('mn', 'run {flow.name} --wait')",
        "import mn_notebook as mn\n"
        "from benchmarks.case import require_total\n"
        f"require_total(sum(mn.runs[-1][f's{{i}}']['v'] for i in range({steps})), {steps})",
    ]
    cell_by_cell.measure("mn", case, cells)
