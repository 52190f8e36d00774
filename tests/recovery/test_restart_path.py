"""What a process loads before it goes on with a run that another one has left."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

STEPS = """
import json, os, signal, sys
from pathlib import Path

FOLDER = Path(__file__).parent


def work(i):
    with (FOLDER / "done").open("a") as done:
        done.write(f"{i}\\n")
    if i == 2 and not (FOLDER / "loaded").exists():
        if os.environ["ROUND"] == "1":
            os.kill(os.getpid(), signal.SIGKILL)
        (FOLDER / "loaded").write_text(json.dumps(sorted(sys.modules)))
    return {"i": i}
"""
BEGIN = """
import sys
from mn_notebook.client import NewRun
from mn_notebook.language.builder import Workflow
from mn_notebook.runtime import open_runtime
from mn_notebook.settings import MnSettings

flow = Workflow("chain")
for i in range(4):
    flow.python(f"s{i}", "restart_steps:work", args={"i": i}, needs=[f"s{i - 1}"] if i else [])
checked = flow.check()
runtime = open_runtime(MnSettings(store=sys.argv[1] + "/store.db", notebook="n.ipynb"))
run_id = runtime.start(NewRun(checked.workflow, checked.source, "n.ipynb", {}))
runtime.wait(run_id, until=lambda line: line.finished_at is not None)
"""
GO_ON = """
import sys
from mn_notebook.runtime import open_runtime
from mn_notebook.settings import MnSettings

runtime = open_runtime(MnSettings(store=sys.argv[1] + "/store.db", notebook="n.ipynb"))
(line,) = runtime.client.runs()
line = runtime.wait(line.run_id, until=lambda line: line.finished_at is not None)
print(line.status)
runtime.close()
"""

NOT_NEEDED = (
    *(
        "sqlalchemy",
        "sqlmodel",
        "jinja2",
        "openai",
        "httpx",
        "ctypes",
        "ruamel",
        "cyclopts",
        "rich",
    ),
    *("rich", "IPython", "jupyter_server", "pandas", "pyarrow"),
    *("mn_notebook.verbs", "mn_notebook.display", "mn_notebook.notebook", "mn_notebook.testing"),
    *("mn_notebook.language.parsing", "mn_notebook.language.builder", "mn_notebook.domain.drawing"),
    *("mn_notebook.agents.loop", "mn_notebook.agents.model", "mn_notebook.agents.local"),
    "mn_notebook.store.tables",
)
"""Definitions, languages, vendors, faces: none of them is needed to do the next step."""

MOST_MODULES = 567
"""Of all packages together; there were 681 when all that a process may ever need was loaded."""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The modules that a process has when it begins the first step after a kill."""
    folder = tmp_path_factory.mktemp("restart")
    (folder / "restart_steps.py").write_text(STEPS)
    killed = _run(folder, BEGIN, "1")
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert (folder / "done").read_text().split() == ["0", "1", "2"]
    gone_on = _run(folder, GO_ON, "2")
    assert gone_on.stdout.split() == ["succeeded"], gone_on.stderr
    assert (folder / "done").read_text().split() == ["0", "1", "2", "2", "3"]
    return set(json.loads((folder / "loaded").read_text()))


def _run(folder: Path, program: str, number: str) -> "subprocess.CompletedProcess[str]":
    root = Path(__file__).parents[2]
    environment = {"PYTHONPATH": f"{root}:{folder}", "ROUND": number, "HOME": str(folder)}
    command = [sys.executable, "-c", program, str(folder)]
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, timeout=50
    )


@pytest.mark.recovery
@pytest.mark.parametrize("module", NOT_NEEDED)
def test_what_a_step_does_not_need_is_not_loaded_before_it(module: str, loaded: set[str]) -> None:
    """A run is gone on with as soon as it can be: what it does not need has to wait."""
    assert not {name for name in loaded if name == module or name.startswith(f"{module}.")}


@pytest.mark.recovery
def test_few_modules_are_loaded_before_the_first_new_step(loaded: set[str]) -> None:
    """Imports are most of what a restart takes, and they creep in one by one."""
    ours = [name for name in loaded if name.startswith("mn_notebook")]

    assert len(loaded) <= MOST_MODULES, f"{len(loaded)} modules, of which {len(ours)} are ours"
