"""Whether things stay flat: large workflows, long journals, many runs, large stores.

Each subject is built with real events, looked at through the verbs and the displays, and, where a
step is timed, really run. Ratios compare a large subject with a small one in the same minute; the
bounds stand in ``scale_bounds.py``. Times are processor time, the least of several looks: what a
look costs does not depend on who else uses the machine, and what it reads is in memory anyway.

    python -m benchmarks.scale [SUBJECT …] [--folder DIR] [--steps 10000] [--small]

Subjects: check, chain, wide, each, events, waiting, flight, store; none means all. ``--small``
makes everything a hundred times smaller, to see whether it works.
"""

import argparse
import json
import os
import platform
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import scale_subjects as subjects
from benchmarks.scale_bounds import judged
from mn_notebook._version import __version__
from mn_notebook.client import NewRun, open_client
from mn_notebook.display import definition_html
from mn_notebook.domain.ids import ProcessId, RunId
from mn_notebook.domain.workflow import Workflow
from mn_notebook.language import Catalog, parse_cell
from mn_notebook.notebook.bundle import MIME_TYPE, picture_json, result_bundle, run_bundle
from mn_notebook.runtime import open_runtime
from mn_notebook.settings import MnSettings
from mn_notebook.verbs.decide import approvals
from mn_notebook.verbs.explain import why
from mn_notebook.verbs.look import log, runs, show
from mn_notebook.verbs.outlines import outline_of
from mn_notebook.verbs.session import Session
from mn_notebook.verbs.showing import as_text

NOTEBOOK = "n.ipynb"
Measured = dict[str, float]


@dataclass(frozen=True, slots=True)
class Sizes:
    """How large the subjects are."""

    steps: int = 10_000
    few_steps: int = 100
    items: int = 1_000
    agents: int = 1_000
    waiting: int = 10_000
    flying: int = 1_000
    few_flying: int = 10
    store_runs: int = 10_000
    """Of about 100 events each."""


SMALL = Sizes(200, 20, 100, 10, 100, 20, 5, 100)


def best(look: Callable[[], Any], times: int = 3) -> float:
    """Return the least processor time of several looks, in seconds."""
    found = []
    for _ in range(times):
        began = time.process_time()
        look()
        found.append(time.process_time() - began)
    return min(found)


# --- looks -------------------------------------------------------------------------------------


class Looks:
    """What somebody sees of a store, and how long it takes."""

    def __init__(self, path: Path, run_id: RunId) -> None:
        """Look at one run of a store, and at its lists."""
        self._settings = MnSettings(store=str(path), notebook=NOTEBOOK)
        self._path = path
        self._run_id = run_id

    def measured(self) -> Measured:
        """Return seconds and bytes."""
        session = Session(self._settings, via="notebook")
        began = time.process_time()
        session.client.state(self._run_id)
        found = {"state": time.process_time() - began}
        found |= {
            "runs": best(lambda: as_text(runs(session))),
            "show_again": best(lambda: as_text(show(session, self._run_id))),
            "why_again": best(lambda: as_text(why(session, self._run_id))),
            "log": best(lambda: as_text(log(session, self._run_id))),
            "approvals": best(lambda: as_text(approvals(session))),
            "frame": best(lambda: picture_json(session.client.picture(self._run_id))),
        }
        fresh = Session(self._settings, via="notebook")
        began = time.process_time()
        why(fresh, self._run_id)
        found["why"] = time.process_time() - began
        fresh.close()
        found |= self._sizes(session)
        session.close()
        return found | {"load_ext": self._loaded()}

    def _sizes(self, session: Session) -> Measured:
        bundle = run_bundle(session.client.picture(self._run_id))
        workflow = session.client.state(self._run_id).workflow
        return {
            "html": len(bundle["text/html"].encode()),
            "markdown": len(bundle["text/markdown"].encode()),
            "text": len(bundle["text/plain"].encode()),
            "widget": len(json.dumps(bundle[MIME_TYPE])),
            "runs_html": len(result_bundle(runs(session, most=5000))["text/html"]),
            "approvals_text": len(result_bundle(approvals(session, most=200))["text/plain"]),
            "log_text": len(result_bundle(log(session, self._run_id))["text/plain"]),
            "why_text": len(as_text(why(session, self._run_id))),
            "define": best(lambda: definition_html(outline_of(workflow))),
            "definition_html": len(definition_html(outline_of(workflow))),
        }

    def _loaded(self) -> float:
        """Return what ``%load_ext`` takes of its thread in a fresh process, imports done.

        The engine takes up what it finds meanwhile, in a thread of its own.
        """
        code = (
            "import sys, time\n"
            "from traitlets.config import Config\n"
            "from IPython.core.interactiveshell import InteractiveShell\n"
            "import mn_notebook.notebook.extension as extension\n"
            "config = Config()\n"
            f"config.MnSettings.store = {str(self._path)!r}\n"
            f"config.MnSettings.notebook = {NOTEBOOK!r}\n"
            "shell = InteractiveShell.instance(config=config)\n"
            "began = time.thread_time()\n"
            "extension.load(shell)\n"
            "sys.stderr.write(f'seconds {time.thread_time() - began}\\n')\n"
            "extension.unload(shell)\n"
        )
        told = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        return float(told.stderr.split("seconds ")[1].split()[0])


def idle_look(path: Path) -> float:
    """Return the processor time of a worker's look for what it may claim, in milliseconds."""
    client = open_client(MnSettings(store=str(path), notebook=NOTEBOOK))
    leases = client.store.lease_holder(
        process_id=ProcessId("looker"), origin=NOTEBOOK, program="scale"
    )
    leases.claimable([NOTEBOOK])
    began = time.process_time()
    for _ in range(100):
        leases.claimable([NOTEBOOK])
    taken = (time.process_time() - began) * 10
    leases.close()
    client.close()
    return taken


# --- running -----------------------------------------------------------------------------------


def work(**_given: object) -> dict[str, str]:
    """Do nothing much: what is measured is the runtime around it."""
    return {"text": "x" * 200}


def cpu_per_step(folder: Path, workflow: Workflow, steps: int, count: int = 1) -> float:
    """Really run a workflow so many times at once; return milliseconds of processor for a step."""
    settings = MnSettings(
        store=str(folder / f"{workflow.name}-{steps}-{count}.db"),
        notebook=NOTEBOOK,
        durability="normal",
    )
    runtime = open_runtime(settings, namespace={"work": work})
    began = time.process_time()
    started = [runtime.start(NewRun(workflow, "", NOTEBOOK, {})) for _ in range(count)]
    for run_id in started:
        line = runtime.wait(
            run_id, until=lambda row: row.finished_at is not None, timeout_seconds=900
        )
        if line.status != "succeeded":
            message = f"{workflow.name} {line.status}"
            raise SystemExit(message)
    taken = time.process_time() - began
    runtime.close()
    return taken * 1000 / steps / count


def ratio(large: float, small: float) -> float:
    """Return how many times as much a large one takes."""
    return large / small if small else 0.0


# --- subjects ----------------------------------------------------------------------------------


def check(_folder: Path, sizes: Sizes) -> Measured:
    """Check a cell of thousands of steps."""
    taken = {}
    for steps in (sizes.steps // 10, sizes.steps):
        use = "{{python: work, args: {{x: '{{{{ s{} }}}}'}}}}"
        lines = ["steps:", "  s0: {python: work}"]
        lines += [f"  s{n}: {use.format(n - 1)}" for n in range(1, steps)]
        text, catalog = "\n".join(lines), Catalog(tools=None, functions=None, types={})
        began = time.process_time()
        parse_cell("big", text, catalog)
        taken[steps] = (time.process_time() - began) / steps * 1000
    small, large = taken.values()
    return {"ms_per_step": large, "step_ratio": ratio(large, small)}


def _of_workflow(
    folder: Path, sizes: Sizes, make: Callable[[int], Workflow], upto: int
) -> Measured:
    cpu_per_step(folder, subjects.chain(20), 20)  # what is done once in a process is done here
    small = cpu_per_step(folder, make(sizes.few_steps), sizes.few_steps)
    large = cpu_per_step(folder, make(sizes.steps), sizes.steps)
    path = folder / f"{make.__name__}.db"
    seeder = subjects.Seeder(path, NOTEBOOK)
    workflow = make(sizes.steps)
    run_id = seeder.run(workflow, subjects.walked(workflow, upto))
    seeder.close()
    timed = {"cpu_ms_per_step": large, "step_ratio": ratio(large, small)}
    return timed | Looks(path, run_id).measured()


def chain(folder: Path, sizes: Sizes) -> Measured:
    """Run, and look at, steps that each need the one before."""
    return _of_workflow(folder, sizes, subjects.chain, sizes.steps // 2)


def wide(folder: Path, sizes: Sizes) -> Measured:
    """Run, and look at, steps beside each other."""
    return _of_workflow(folder, sizes, subjects.wide, sizes.steps // 2)


def each(folder: Path, sizes: Sizes) -> Measured:
    """Run, and look at, a step with many items."""
    cpu_per_step(folder, subjects.chain(20), 20)
    small = cpu_per_step(folder, subjects.each(sizes.items // 10), sizes.items // 10)
    large = cpu_per_step(folder, subjects.each(sizes.items), sizes.items)
    path = folder / "each.db"
    seeder = subjects.Seeder(path, NOTEBOOK)
    run_id = seeder.run(subjects.each(sizes.items), subjects.fanned(sizes.items))
    seeder.close()
    timed = {"cpu_ms_per_step": large, "step_ratio": ratio(large, small)}
    return timed | Looks(path, run_id).measured()


def events(folder: Path, sizes: Sizes) -> Measured:
    """Look at, and take up, a run of 100 events for each of its steps."""
    path = folder / "events.db"
    seeder = subjects.Seeder(path, NOTEBOOK)
    workflow = subjects.agents(sizes.agents)
    run_id = seeder.run(workflow, subjects.talked(sizes.agents, 49))
    count = seeder.events
    seeder.close()
    found = Looks(path, run_id).measured()
    runtime = open_runtime(MnSettings(store=str(path), notebook="elsewhere", model="scripted:none"))
    began = time.process_time()
    runtime.resume(run_id)
    found["claim"] = time.process_time() - began
    runtime.close()
    return found | {"events": count}


def waiting(folder: Path, sizes: Sizes) -> Measured:
    """Look at thousands of runs that wait for a person, and let a process own their notebook."""
    path = folder / "waiting.db"
    seeder = subjects.Seeder(path, NOTEBOOK)
    workflow = subjects.asking()
    run_id = RunId("")
    for number in range(sizes.waiting):
        run_id = RunId(f"w{number:08}")
        seeder.run(workflow, subjects.asked(run_id), run_id)
    seeder.close()
    found = Looks(path, run_id).measured()
    found["idle_look"] = idle_look(path)
    found["bytes_of_store_per_run"] = path.stat().st_size / sizes.waiting
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    runtime = open_runtime(MnSettings(store=str(path), notebook=NOTEBOOK))
    threading.Event().wait(3)
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    runtime.close()
    found["bytes_of_memory_per_run"] = max(after - before, 0) / sizes.waiting
    return found


def flight(folder: Path, sizes: Sizes) -> Measured:
    """Really run many runs at once, beside a few."""
    cpu_per_step(folder, subjects.chain(20), 20)
    few = cpu_per_step(folder, subjects.chain(10), 10, sizes.few_flying)
    tracemalloc.start()
    many_folder = folder / "many"
    many_folder.mkdir()
    large = cpu_per_step(many_folder, subjects.chain(10), 10, sizes.flying)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return {
        "bytes_per_run": peak / sizes.flying,
        "traced_cpu_ms_per_step": large,
        **_untraced(folder, sizes, few),
    }


def _untraced(folder: Path, sizes: Sizes, few: float) -> Measured:
    large = cpu_per_step(folder, subjects.chain(10), 10, sizes.flying)
    return {"cpu_ms_per_step": large, "step_ratio": ratio(large, few)}


def store(folder: Path, sizes: Sizes) -> Measured:
    """Look at a store of a hundred events for each of its runs."""
    path = folder / "store.db"
    seeder = subjects.Seeder(path, NOTEBOOK)
    workflow = subjects.chain(48)
    run_id = seeder.copies(sizes.store_runs, workflow, subjects.walked(workflow, 48))
    count = seeder.events
    seeder.close()
    found = Looks(path, run_id).measured()
    return found | {"idle_look": idle_look(path), "events": count}


SUBJECTS: dict[str, Callable[[Path, Sizes], Measured]] = {
    one.__name__: one for one in (check, chain, wide, each, events, waiting, flight, store)
}


def _measured(names: list[str], folder: Path, sizes: Sizes) -> Iterator[tuple[str, float]]:
    for name in names:
        began = time.monotonic()
        with tempfile.TemporaryDirectory(dir=folder) as made:
            for measurement, value in SUBJECTS[name](Path(made), sizes).items():
                yield f"{name}.{measurement}", value
        sys.stderr.write(f"{name}: {time.monotonic() - began:.0f} s\n")


def main() -> int:
    """Measure, print one JSON object, and return 1 where a bound is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("subjects", nargs="*", choices=[[], *SUBJECTS], default=[])
    parser.add_argument("--folder", type=Path, default=None)
    parser.add_argument("--steps", type=int, default=Sizes().steps)
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--out", type=Path, default=None, help="a file for the result as well")
    options = parser.parse_args()
    sizes = SMALL if options.small else Sizes(steps=options.steps)
    measured = dict(_measured(options.subjects or list(SUBJECTS), options.folder, sizes))
    verdicts = judged(measured)
    report = {
        "bounds": verdicts,
        "measured": measured,
        "missed": [name for name, verdict in verdicts.items() if verdict["verdict"] == "missed"],
        "mn_notebook": __version__,
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
    }
    text = json.dumps(report, indent=2) + "\n"
    if options.out is not None:
        options.out.write_text(text)
    sys.stdout.write(text)
    return 1 if report["missed"] else 0


if __name__ == "__main__":
    sys.exit(main())
