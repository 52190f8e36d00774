"""A canary in real kernels: what a notebook lets slip is in no file that is left."""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbformat import NotebookNode

from mn_notebook.testing import Script, ScriptedCall, ScriptedModelServer
from tests.canary import leaks, watched_arguments

pytestmark = [pytest.mark.timeout(120), pytest.mark.filterwarnings("ignore")]

ROOT = Path(__file__).parents[2]
CANARY = 'cnry"4f9a/Xq+27\\w'
MARK = "[secret CANARY_WORD]"
LOAD = "%load_ext mn_notebook"
CODE = """
import logging, os, signal, sys
import mn_notebook as mn

def give():
    key = mn.secret("CANARY_WORD")
    print("printed", key)
    return {"key": key, key: ["x" * 40, key]}

def frame():
    import pandas as pd
    return pd.DataFrame({"name": [mn.secret("CANARY_WORD"), "other"]})

def elsewhere():
    key = mn.secret("CANARY_WORD")
    print("printed in a child", key)
    os.write(2, key.encode())
    return key

@mn.tool(effect="read")
def look() -> str:
    "Look."
    return "the page says " + mn.secret("CANARY_WORD")

@mn.tool(effect="idempotent")
def send(text: str, *, idempotency_key: str) -> str:
    "Send."
    with open("sent.txt", "a") as file:
        file.write(idempotency_key + " " + text + "\\n")
    logging.getLogger("a.client").warning("POST /?key=%s", mn.secret("CANARY_WORD"))
    if not os.path.exists("killed.txt"):
        open("killed.txt", "w").close()
        os.kill(os.getpid(), signal.SIGKILL)
    return "sent with " + mn.secret("CANARY_WORD")

def fail():
    raise ValueError("refused: " + mn.secret("CANARY_WORD"))
"""
FLOW = """%%mn workflow flow
steps:
  give: {python: give}
  frame: {python: frame}
  elsewhere: {python: elsewhere, isolation: process}
  agent: {agent: "Look. You were told {{ give.key }}", tools: [look]}
  send:
    tool: send
    args: {text: "to {{ give.key }}"}
    needs: [frame, elsewhere, agent]
"""
FAILING = "%%mn workflow failing\nsteps:\n  fail: {python: fail}\n"

Execute = Callable[[Sequence[str]], NotebookNode]


@pytest.fixture
def server() -> Iterator[ScriptedModelServer]:
    script = Script.of(ScriptedCall(name="look"), f"it says {CANARY}", name="note")
    with ScriptedModelServer(script) as server:
        yield server


@pytest.fixture
def execute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: ScriptedModelServer
) -> Execute:
    """Run cells in a kernel of its own; what it says by itself goes to a file."""
    environment = {
        "CANARY_WORD": CANARY,
        "MN_STORE": str(tmp_path / "store.db"),
        "MN_NOTEBOOK": str(tmp_path / "flow.ipynb"),
        "OPENAI_BASE_URL": server.base_url,
        "OPENAI_API_KEY": "none",
        "MN_MODEL": "scripted:note",
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        "IPYTHONDIR": str(tmp_path / "ipython"),
        "JUPYTER_DATA_DIR": str(tmp_path / "jupyter"),
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    for name in ("JPY_SESSION_NAME", "VSCODE_PID", "MN_WAIT", "MN_SECRETS"):
        monkeypatch.delenv(name, raising=False)

    def run(cells: Sequence[str]) -> NotebookNode:
        made: Any = nbformat.v4
        notebook: NotebookNode = made.new_notebook(
            cells=[made.new_code_cell(cell) for cell in cells]
        )
        client = NotebookClient(
            notebook,
            timeout=60,
            kernel_name="python3",
            allow_errors=True,
            resources={"metadata": {"path": tmp_path}},
        )
        try:
            client.execute()
        except (CellExecutionError, DeadKernelError) as fault:
            notebook.metadata["fault"] = type(fault).__name__
        path = tmp_path / f"executed_{len(list(tmp_path.glob('executed_*')))}.ipynb"
        nbformat.write(notebook, path)
        return notebook

    return run


def said(notebook: NotebookNode, cell: int) -> str:
    return json.dumps(notebook.cells[cell].outputs, ensure_ascii=False)


def test_a_killed_kernel_and_the_next_one_leave_no_secret_anywhere(
    execute: Execute, tmp_path: Path
) -> None:
    """Not in the database, its WAL, artifacts, notebooks, exports, backups or arguments.

    The call that the kill went through is made again with the very same key and argument: both are
    made of what the journal holds.
    """
    with watched_arguments(CANARY) as lines:
        killed = execute([LOAD, CODE, FLOW, "%mn run flow"])
        assert killed.metadata["fault"] == "DeadKernelError"
        assert (tmp_path / "store.db-wal").stat().st_size > 0
        assert leaks(CANARY, tmp_path) == []
        second = execute(
            [
                LOAD,
                "import mn_notebook as mn",
                "run = mn.runs[-1].wait(); run.status, run.output",
                "run.calls, run.events, run.steps",
                "get_ipython().run_line_magic('mn', f'export {run.id} exported.yaml')",
                "mn.backup('copy.mn')",
            ]
        )
        for cell in range(6):
            assert "error" not in {output.output_type for output in second.cells[cell].outputs}, (
                cell
            )
    assert lines == []
    assert f"'succeeded', {{'send': 'sent with {MARK}'}}" in said(second, 2)
    first, again = (tmp_path / "sent.txt").read_text().splitlines()
    assert first == again
    assert first.endswith(f" to {MARK}")
    assert (tmp_path / "copy.mn").exists()
    assert (tmp_path / "exported.yaml").exists()
    assert leaks(CANARY, tmp_path) == []


def test_outputs_of_any_cell_have_no_secrets(execute: Execute, tmp_path: Path) -> None:
    """Prints, shown values, tracebacks, logs and displays, of cells and of runs."""
    notebook = execute(
        [
            LOAD,
            CODE,
            "mn.secret('CANARY_WORD')",
            "key = mn.secret('CANARY_WORD')\nprint('a ' + key)",
            "key + '.'",
            "raise ValueError('bad: ' + key)",
            "logging.getLogger('x').warning('told %s', key)",
            "from IPython.display import display, HTML\ndisplay(HTML(f'<b>{key}</b>'))",
            "!echo $CANARY_WORD",
            FAILING,
            "%mn run failing",
            "get_ipython().run_line_magic('mn', f'why {mn.runs[-1].id}')",
            "mn.runs[-1]",
            "%unload_ext mn_notebook",
        ]
    )
    for cell in (2, 3, 4, 5, 6, 7, 8, 10, 12):
        assert MARK in said(notebook, cell), (cell, said(notebook, cell))
    assert leaks(CANARY, tmp_path) == []
