"""Notebooks that nobody looks at: real kernels, driven by nbclient."""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbformat import NotebookNode

from mn_notebook.testing import Script, ScriptedModelServer

pytestmark = [pytest.mark.timeout(90), pytest.mark.filterwarnings("ignore")]

ROOT = Path(__file__).parents[2]
MIME_TYPE = "application/vnd.mn-notebook.run+json"
LOAD = "%load_ext mn_notebook"
CODE = """
import os, signal
import mn_notebook as mn

@mn.tool(effect="read")
def find(q: str) -> list[str]:
    "Find things."
    print("printed by a tool")
    return [q + " rose", q + " fell"]

@mn.tool(effect="write")
def publish(text: str, *, idempotency_key: str) -> str:
    "Publish."
    with open("published.txt", "a") as file:
        file.write(text + "\\n")
    return "ok"

def once(facts):
    with open("once.txt", "a") as file:
        file.write("began\\n")
    if os.environ.get("KILL") and not os.path.exists("killed.txt"):
        open("killed.txt", "w").close()
        os.kill(os.getpid(), signal.SIGKILL)
    return {"count": len(facts)}
"""
BRIEF = """%%mn workflow brief
inputs: {who: str}
steps:
  find:
    tool: find
    args: {q: "{{ inputs.who }}"}
  say:
    agent: Say something about {{ find }}
    output: {note: str}
  count:
    python: once
    args: {facts: "{{ find }}"}
    needs: [say]
"""
ASKING = (
    BRIEF
    + """
  review:
    approve: Publish it?
    for: publish
    needs: [count]
  publish:
    tool: publish
    args: {text: "{{ say.note }}"}
    needs: [review]
"""
)

Execute = Callable[[Sequence[str]], NotebookNode]


@pytest.fixture
def server() -> Iterator[ScriptedModelServer]:
    with ScriptedModelServer(Script(name="note")) as server:
        yield server


@pytest.fixture
def execute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: ScriptedModelServer
) -> Execute:
    """Run the cells of a notebook in a kernel of its own, as a server without users would."""
    environment = {
        "MN_STORE": str(tmp_path / "store.db"),
        "MN_NOTEBOOK": str(tmp_path / "brief.ipynb"),
        "OPENAI_BASE_URL": server.base_url,
        "OPENAI_API_KEY": "none",
        "MN_MODEL": "scripted:note",
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        "IPYTHONDIR": str(tmp_path / "ipython"),
        "JUPYTER_DATA_DIR": str(tmp_path / "jupyter"),
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    for name in ("JPY_SESSION_NAME", "VSCODE_PID", "MN_WAIT"):
        monkeypatch.delenv(name, raising=False)

    def run(cells: Sequence[str]) -> NotebookNode:
        made: Any = nbformat.v4
        notebook: NotebookNode = made.new_notebook(
            cells=[made.new_code_cell(cell) for cell in cells]
        )
        client = NotebookClient(
            notebook, timeout=60, kernel_name="python3", resources={"metadata": {"path": tmp_path}}
        )
        try:
            client.execute()
        except (CellExecutionError, DeadKernelError) as fault:
            notebook.metadata["fault"] = str(fault)
            notebook.metadata["died"] = isinstance(fault, DeadKernelError)
        return notebook

    return run


def streams(notebook: NotebookNode, cell: int) -> str:
    return "".join(
        output.get("text", "")
        for output in notebook.cells[cell].outputs
        if output.output_type == "stream"
    )


def test_notebook_waits_and_saves_the_end(execute: Execute) -> None:
    """A notebook that nobody looks at waits for its run and saves its end and no step's print.

    Above it stands what the run was expected to cost.
    """
    notebook = execute([LOAD, CODE, BRIEF, "%mn run brief who=ACME", "mn.runs[-1].output"])
    assert "fault" not in notebook.metadata, notebook.metadata["fault"]
    [expected, saved] = notebook.cells[3].outputs
    assert expected.text.startswith("No run to go by. If each agent answers at once: ")
    assert expected.text.count("\n") == 1
    assert saved.data[MIME_TYPE]["picture"]["status"] == "succeeded"
    assert set(saved.data) == {MIME_TYPE, "text/html", "text/markdown", "text/plain"}
    assert "succeeded" in saved.data["text/plain"]
    assert notebook.cells[4].outputs[0].data["text/plain"] == "{'count': {'count': 2}}"
    assert "printed by a tool" not in "".join(streams(notebook, cell) for cell in range(5))


def test_human_wait_stops_the_notebook_with_the_command(execute: Execute, tmp_path: Path) -> None:
    """Where nobody can be asked, the cell fails and names run, step and command."""
    notebook = execute([LOAD, CODE, ASKING, "%mn run brief who=ACME", "open('after.txt', 'w')"])
    said = streams(notebook, 3)
    assert "waits for a person at step review" in said
    assert "%mn approve " in said
    assert " review`" in said
    assert "Traceback" not in said
    assert not (tmp_path / "after.txt").exists()
    assert not (tmp_path / "published.txt").exists()
    pictures = [output for output in notebook.cells[3].outputs if "data" in output]
    assert pictures[0].data[MIME_TYPE]["picture"]["status"] == "waiting"


def test_failed_run_fails_the_cell_with_a_sentence(execute: Execute) -> None:
    """A run that fails lets its cell fail, without a traceback of ours."""
    failing = CODE + "\ndef once(facts):\n    raise ValueError('no facts today')\n"
    notebook = execute([LOAD, failing, BRIEF, "%mn run brief who=ACME"])
    said = streams(notebook, 3)
    assert "failed: " in said
    assert "no facts today" in said
    assert "Traceback" not in said
    assert "fault" in notebook.metadata


def test_killed_kernel_goes_on_in_a_second_one(
    execute: Execute,
    tmp_path: Path,
    server: ScriptedModelServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After a SIGKILL the next kernel finishes the run, and no finished call is made again.

    It does so before any cell of the notebook has run: its user has signed what was recorded.
    """
    monkeypatch.setenv("KILL", "yes")
    killed = execute([LOAD, CODE, BRIEF, "%mn run brief who=ACME"])
    assert killed.metadata["died"]
    asked = len(server.requests)
    second = execute([LOAD, "import mn_notebook as mn", "mn.runs[-1].wait().output"])
    assert "fault" not in second.metadata, second.metadata["fault"]
    welcome = streams(second, 0)
    assert "1 run was interrupted and goes on: brief · ACME (run " in welcome
    assert second.cells[2].outputs[-1].data["text/plain"] == "{'count': {'count': 2}}"
    assert len(server.requests) == asked == 1
    assert (tmp_path / "once.txt").read_text() == "began\n" * 2
