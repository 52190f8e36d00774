"""Cells that keep the kernel busy, and interrupts, while the engine works: in a real kernel."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.manager import KernelManager

from mn_notebook.client import RunClient, open_client
from mn_notebook.domain.events import LeaseTaken, StepStarted
from mn_notebook.domain.ids import RunId
from mn_notebook.engine import worker
from mn_notebook.runtime import Runtime, open_runtime
from mn_notebook.settings import MnSettings
from mn_notebook.store import leases
from tests.integration.house import waits_until

pytestmark = [pytest.mark.timeout(120), pytest.mark.filterwarnings("ignore")]

ROOT = Path(__file__).parents[2]
LEASE = 1.5
SHORT = f"""
from mn_notebook.store import leases
from mn_notebook.engine import worker
leases.LEASE_SECONDS = {LEASE}
leases.BEAT_SECONDS = worker.BEAT_SECONDS = worker.RECOVER_SECONDS = {LEASE / 5}
"""
STEPS = """
import os, time
def hold(where):
    open(where + ".began", "a").write("began\\n")
    while not os.path.exists(where):
        time.sleep(0.02)
    return 1

def apart(where):
    import os, time
    from pathlib import Path
    Path(where + ".apart").write_text(str(os.getpid()))
    while not os.path.exists(where):
        time.sleep(0.02)
    return 2
"""
HOLDING = """%%mn workflow brief
inputs: {where: str}
steps:
  hold: {python: hold, args: {where: "{{ inputs.where }}"}}
"""
BOTH = """%%mn workflow brief
inputs: {where: str}
steps:
  hold: {python: hold, args: {where: "{{ inputs.where }}"}, needs: []}
  apart:
    python: apart
    isolation: process
    args: {where: "{{ inputs.where }}"}
    needs: []
"""
BUSY_IN_C = "import ctypes; ctypes.PyDLL(None).usleep(ctypes.c_uint({micro}))"
"""Keeps the interpreter's lock, as a long call of C code does."""


class Kernel:
    """A kernel whose cells may be left running."""

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        self.manager = KernelManager(kernel_name="python3")
        self.manager.start_kernel(env=env, cwd=str(folder))
        self._client: Any = self.manager.blocking_client()
        self._client.start_channels()
        self._client.wait_for_ready(timeout=60)

    def begin(self, code: str) -> str:
        """Begin a cell and return the name of its request.

        Where it fails, the kernel does not throw away what is asked of it right afterwards.
        """
        name: str = self._client.execute(code, stop_on_error=False)
        return name

    def reply(self, name: str) -> dict[str, Any]:
        """Wait for the end of a cell."""
        while True:
            message = self._client.get_shell_msg(timeout=60)
            if message["parent_header"].get("msg_id") == name:
                content: dict[str, Any] = message["content"]
                return content

    def run(self, code: str) -> str:
        """Run a cell and return what it printed and displayed as text."""
        said: list[str] = []

        def hear(message: dict[str, Any]) -> None:
            content = message["content"]
            said.append(content.get("text", "") or content.get("data", {}).get("text/plain", ""))

        reply = self._client.execute_interactive(code, timeout=60, output_hook=hear)
        assert reply["content"]["status"] == "ok", reply["content"]
        return "".join(said)

    def close(self) -> None:
        self._client.stop_channels()
        self.manager.shutdown_kernel(now=True)
        self.manager.cleanup_resources()


@pytest.fixture
def settings(tmp_path: Path) -> MnSettings:
    return MnSettings(store=str(tmp_path / "store.db"), notebook=str(tmp_path / "brief.ipynb"))


@pytest.fixture
def kernel(tmp_path: Path, settings: MnSettings) -> Iterator[Kernel]:
    mine = {
        "MN_STORE": settings.store,
        "MN_NOTEBOOK": settings.notebook,
        "MN_WAIT": "no",
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        "IPYTHONDIR": str(tmp_path / "ipython"),
        "JUPYTER_DATA_DIR": str(tmp_path / "jupyter"),
    }
    kept = {name: text for name, text in os.environ.items() if not name.startswith("OPENAI_")}
    kernel = Kernel(tmp_path, {**kept, **mine})
    yield kernel
    kernel.close()


@pytest.fixture
def rival(settings: MnSettings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runtime]:
    """A second owner of the same notebook's runs, in this process; it looks at once."""
    monkeypatch.setattr(leases, "LEASE_SECONDS", LEASE)
    monkeypatch.setattr(leases, "BEAT_SECONDS", LEASE / 5)
    for name in ("BEAT_SECONDS", "RECOVER_SECONDS"):
        monkeypatch.setattr(worker, name, LEASE / 5)
    names: dict[str, Any] = {}
    exec(STEPS, names)
    runtime = open_runtime(settings, namespace=names)
    yield runtime
    runtime.close()


def owners(client: RunClient, run_id: RunId) -> list[str]:
    events = (fact.event for fact in client.events(run_id))
    return [event.owner for event in events if isinstance(event, LeaseTaken)]


def test_a_call_that_keeps_the_interpreter_costs_a_lease_only_where_a_rival_waits(
    kernel: Kernel, settings: MnSettings, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Nothing happens meanwhile, and nothing is lost; a rival's takeover is noticed and told."""
    where = tmp_path / "go"
    for cell in (SHORT, "%load_ext mn_notebook", STEPS, HOLDING, f"%mn run brief where='{where}'"):
        kernel.run(cell)
    assert waits_until(where.with_suffix(".began").exists, 20)
    kernel.run(BUSY_IN_C.format(micro=int(LEASE * 2e6)))
    kernel.run("import time; time.sleep(0.5)")

    rival: Runtime = request.getfixturevalue("rival")
    (line,) = rival.client.runs()
    run_id, (former,) = line.run_id, owners(rival.client, line.run_id)
    waits_until(lambda: False, LEASE * 1.5)
    assert owners(rival.client, run_id) == [former], "no lease is lost while the kernel can beat"

    busy = kernel.begin(BUSY_IN_C.format(micro=int(LEASE * 4e6)))
    assert waits_until(lambda: len(owners(rival.client, run_id)) == 2, LEASE * 3.5)
    assert kernel.manager.is_alive()
    assert kernel.reply(busy)["status"] == "ok"
    why = ""

    def told() -> bool:
        nonlocal why
        why = kernel.run(f"%mn why {run_id}")
        return "Another process advances it now: this one showed no sign of life for" in why

    assert waits_until(told, 10), why
    assert "frozen, or kept busy" in why
    where.touch()
    assert waits_until(lambda: rival.client.run(run_id).status == "succeeded", 20)
    starts = [f.event for f in rival.client.events(run_id) if isinstance(f.event, StepStarted)]
    assert [start.attempt for start in starts] == [1, 2]
    kinds = [fact.event.kind for fact in rival.client.events(run_id)]
    assert kinds.count("step.succeeded") == 1


def test_interrupting_cells_disturbs_no_run(
    kernel: Kernel, settings: MnSettings, tmp_path: Path
) -> None:
    """It detaches from a run that is waited for, and reaches no function of a run."""
    where = tmp_path / "go"
    for cell in ("%load_ext mn_notebook", STEPS, BOTH):
        kernel.run(cell)
    waiting = kernel.begin(f"%mn run brief where='{where}' --wait")
    began, apart = where.with_suffix(".began"), where.with_suffix(".apart")
    assert waits_until(lambda: began.exists() and apart.exists(), 30)
    kernel.manager.interrupt_kernel()
    detached = kernel.reply(waiting)
    assert detached["evalue"].startswith("Detached: what was started goes on in the background")
    for number, cell in enumerate(("while True: pass", "import time; time.sleep(60)")):
        mark = tmp_path / f"cell-{number}"
        name = kernel.begin(f"open({str(mark)!r}, 'w').close()\n{cell}")
        assert waits_until(mark.exists, 20)
        waits_until(lambda: False, 0.2)
        kernel.manager.interrupt_kernel()
        assert kernel.reply(name)["ename"] == "KeyboardInterrupt"

    client = open_client(settings)
    (line,) = client.runs()
    assert line.status == "running"
    where.touch()
    assert waits_until(lambda: client.run(line.run_id).status == "succeeded", 20)
    kinds = [fact.event.kind for fact in client.events(line.run_id)]
    assert kinds.count("step.started") == kinds.count("step.succeeded") == 2
    assert not {"step.interrupted", "run.cancel_requested", "step.failed"} & set(kinds)
    assert len(owners(client, line.run_id)) == 1
    client.close()
