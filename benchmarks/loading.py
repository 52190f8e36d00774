"""Measures what it takes to import a library, and to load the extension into a shell.

A profile of it says how long each module took, by Python's own ``-X importtime``.
"""

import os
import statistics
import subprocess
import sys

from benchmarks.case import Case

TIMES = 5
MOST_MODULES = 30

IMPORTS = {
    "mn": "import mn_notebook",
    "langgraph": "import langgraph.graph, langgraph.checkpoint.sqlite",
    "dbos": "import dbos",
    "burr": "import burr.core, burr.core.persistence",
    "prefect": "import prefect",
    "restate": "import restate",
}

_IMPORT = "import time; a = time.perf_counter(); {}; print(time.perf_counter() - a)"
_LOAD = """
import time
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
a = time.perf_counter()
shell.run_line_magic("load_ext", "{}")
print(time.perf_counter() - a)
"""


def measure(subject: str, case: Case) -> None:
    """Import the subject in fresh processes; the first one, which fills caches, is not counted."""
    if case.meter.is_profiled:
        case.meter.profile = import_times(_LOAD.format("mn_notebook"), case)
        return
    case.meter.found["import_seconds"] = _median(_IMPORT.format(IMPORTS[subject]), case)
    if subject == "mn":
        case.meter.found["load_ext_seconds"] = _median(_LOAD.format("mn_notebook"), case)


def _median(program: str, case: Case) -> float:
    return statistics.median([_seconds(program, case) for _ in range(TIMES + 1)][1:])


def import_times(program: str, case: Case) -> list[str]:
    """Return which modules took the longest, with what they import."""
    told = _run(["-X", "importtime", "-c", program], case).stderr.splitlines()
    rows = [line.removeprefix("import time:").split("|") for line in told if line.count("|") == 2]
    timed = [(int(whole), name.rstrip()) for _, whole, name in rows[1:]]
    longest = sorted(timed, reverse=True)[:MOST_MODULES]
    return ["milliseconds  module, with what it imports first"] + [
        f"{microseconds / 1000:12.1f} {name}" for microseconds, name in longest
    ]


def _seconds(program: str, case: Case) -> float:
    return float(_run(["-c", program], case).stdout.split()[-1])


def _run(arguments: list[str], case: Case) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "MN_STORE": str(case.folder / "store.db")},
        capture_output=True,
        text=True,
        check=True,
    )
