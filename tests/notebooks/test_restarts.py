"""A kernel is killed in the middle of a run: what goes on at once, and what waits for what."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.manager import KernelManager

from mn_notebook.client import RunClient, open_client
from mn_notebook.domain.events import RunCreated, StepStarted
from mn_notebook.settings import MnSettings
from tests.integration.house import waits_until

pytestmark = [pytest.mark.timeout(120), pytest.mark.filterwarnings("ignore")]

ROOT = Path(__file__).parents[2]
LOAD = "%load_ext mn_notebook"
GLOBALS = """
import os, time
import pandas as pd
import mn_notebook as mn
RATE = 0.5
class Client:
    def __init__(self):
        self.sent = []
    def send(self, what):
        self.sent.append(what)
        return f"sent {what}"
client = Client()
frame = pd.DataFrame({"n": [1, 2, 3]})
"""
FUNCTIONS = """
def halved(n: int) -> float:
    return n * RATE

def hold(where):
    open(where + ".began", "a").write("began\\n")
    while not os.path.exists(where):
        time.sleep(0.02)
    return [4, 2]

def tidy(rows):
    return pd.Series(rows).sort_values().map(halved).tolist()

@mn.tool(effect="read")
def push(what: list[float]) -> str:
    "Push through the client."
    return client.send(what)

def count(extra):
    return int(frame["n"].sum()) + extra
"""
WORKFLOW = """%%mn workflow brief
inputs: {where: str}
steps:
  hold: {python: hold, args: {where: "{{ inputs.where }}"}}
  tidy: {python: tidy, args: {rows: "{{ hold }}"}}
  push: {tool: push, args: {what: "{{ tidy }}"}}
  count: {python: count, args: {extra: 1}, needs: [push]}
"""


class Notebook:
    """A kernel, and the cells that somebody runs in it."""

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        self._manager = KernelManager(kernel_name="python3")
        self._manager.start_kernel(env=env, cwd=str(folder))
        self.client: Any = self._manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    def run(self, code: str) -> str:
        """Run a cell and return what it printed."""
        said: list[str] = []

        def hear(message: dict[str, Any]) -> None:
            if message["msg_type"] == "stream":
                said.append(message["content"]["text"])

        reply = self.client.execute_interactive(code, timeout=60, output_hook=hear)
        assert reply["content"]["status"] == "ok", reply["content"]
        return "".join(said)

    def kill(self) -> None:
        self._manager.signal_kernel(signal.SIGKILL)
        self.close()

    def close(self) -> None:
        self.client.stop_channels()
        self._manager.shutdown_kernel(now=True)
        self._manager.cleanup_resources()


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    mine = {
        "MN_STORE": str(tmp_path / "store.db"),
        "MN_NOTEBOOK": str(tmp_path / "brief.ipynb"),
        "MN_WAIT": "no",
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        "IPYTHONDIR": str(tmp_path / "ipython"),
        "JUPYTER_DATA_DIR": str(tmp_path / "jupyter"),
    }
    kept = {name: text for name, text in os.environ.items() if not name.startswith("OPENAI_")}
    return {**kept, **mine}


@pytest.fixture
def store(env: dict[str, str]) -> Iterator[RunClient]:
    client = open_client(MnSettings(store=env["MN_STORE"], notebook=env["MN_NOTEBOOK"]))
    yield client
    client.close()


@pytest.fixture
def open_notebook(tmp_path: Path, env: dict[str, str]) -> Iterator[Callable[..., Notebook]]:
    opened: list[Notebook] = []

    def begin(**more: str) -> Notebook:
        opened.append(Notebook(tmp_path, {**env, **more}))
        return opened[-1]

    yield begin
    for notebook in opened:
        notebook.close()


def interrupted(notebook: Notebook, where: Path) -> None:
    """Start the run, and kill the kernel in the middle of its first step."""
    for cell in (LOAD, GLOBALS, FUNCTIONS, WORKFLOW):
        notebook.run(cell)
    notebook.run(f"%mn run brief where='{where}'")
    assert waits_until(where.with_suffix(".began").exists, 20)
    notebook.kill()


def waiting_for(store: RunClient) -> dict[str, str]:
    """Return what each step of the run waits for."""
    (line,) = store.runs()
    nodes = store.picture(line.run_id).nodes
    return {node.name: node.detail for node in nodes if node.status == "waiting"}


def test_restarted_kernel_goes_on_with_what_needs_no_cell_and_says_what_the_rest_waits_for(
    open_notebook: Callable[..., Notebook], store: RunClient, tmp_path: Path
) -> None:
    """A module alias is an import and goes on; a client and a frame live only in their kernel."""
    where = tmp_path / "go"
    interrupted(open_notebook(), where)
    where.touch()
    second = open_notebook()
    second.run(LOAD)
    assert waits_until(lambda: "push" in waiting_for(store), 30)
    (line,) = store.runs()
    picture = store.picture(line.run_id)
    assert {node.name: node.status for node in picture.nodes} == {
        "hold": "succeeded",
        "tidy": "succeeded",
        "push": "waiting",
        "count": "pending",
    }
    assert waiting_for(store)["push"] == (
        "the tool 'push' is not there: run the cell that defines it (cell 3), or what defines its "
        "global 'client'"
    )

    # The cell of the global alone will do: the tool is made of its recorded source.
    second.run("class Client:\n    def send(self, what):\n        return f'again {what}'\n")
    second.run("client = Client()")
    assert waits_until(lambda: "count" in waiting_for(store), 20)
    assert "or what defines its global 'frame'" in waiting_for(store)["count"]

    # And so will its own cell, changed: what has not started yet is done as it is now.
    second.run("def count(extra):\n    return 100 + extra\n")
    assert waits_until(lambda: store.run(line.run_id).status == "succeeded", 20)
    state = store.state(line.run_id)
    outputs = {path: store.values.load(one.output) for path, one in state.instances.items()}
    assert outputs == {
        "hold": [4, 2],
        "tidy": [1.0, 2.0],
        "push": "again [1.0, 2.0]",
        "count": 101,
    }
    events = [fact.event for fact in store.events(line.run_id)]
    (created,) = [event for event in events if isinstance(event, RunCreated)]
    recorded = {ref.name: ref for ref in created.code}
    starts = [event for event in events if isinstance(event, StepStarted)]
    began = {str(event.path): event.code_hash for event in starts}
    assert began["tidy"] == recorded["tidy"].hash
    assert began["push"] == recorded["push"].hash
    assert began["count"] != recorded["count"].hash
    assert recorded["tidy"].imports == ("import pandas as pd",)
    assert recorded["count"].live == ("frame",)
    assert "pandas" in recorded["tidy"].environment
