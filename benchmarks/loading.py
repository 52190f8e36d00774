"""Measures what it takes to import a library, and to load the extension into a shell."""

import os
import statistics
import subprocess
import sys

from benchmarks.case import Case

TIMES = 5

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
    case.meter.found["import_seconds"] = _median(_IMPORT.format(IMPORTS[subject]), case)
    if subject == "mn":
        case.meter.found["load_ext_seconds"] = _median(_LOAD.format("mn_notebook"), case)


def _median(program: str, case: Case) -> float:
    return statistics.median([_seconds(program, case) for _ in range(TIMES + 1)][1:])


def _seconds(program: str, case: Case) -> float:
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "MN_STORE": str(case.folder / "store.db")},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return float(done.stdout.split()[-1])
