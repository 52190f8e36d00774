"""Budgets over real processes: one that is killed in the middle of a call, two that share a day."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mn_notebook.clock import SystemClock
from mn_notebook.domain.ids import RunId
from mn_notebook.runtime.models import configured_models, local_models
from mn_notebook.testing import ModelFault, Reply, Script, ScriptedModelServer
from tests.integration.house import House, Kernel, waits_until

ROOT = Path(__file__).parents[2]
PROGRAM = """
import sys
from pathlib import Path

from mn_notebook.client import NewRun
from mn_notebook.runtime import open_runtime
from tests.integration.house import House, workflow_of

folder, notebook, base_url, day, text = sys.argv[1:]
settings = House(Path(folder)).settings(notebook)
settings.base_url, settings.day_budget = base_url, day
runtime = open_runtime(settings)
run_id = runtime.start(NewRun(workflow_of(text), text, runtime.origin, {}))
print(run_id, flush=True)
line = runtime.wait(run_id, until=lambda line: line.status in ("succeeded", "failed"))
print(line.status, flush=True)
runtime.close()
"""
CHAIN = """
budget: {calls: 2}
steps:
  a: {agent: Say a.}
  b: {agent: "Say b, after {{ a }}."}
"""
FAN = """
steps:
  look:
    for_each: "range(30) | list"
    concurrency: 8
    agent: "In NAME look at {{ item }}"
"""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A store of its own."""
    found = House(tmp_path)
    yield found
    found.close()


Begin = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def begin(house: House) -> Iterator[Begin]:
    """Begins processes that own runs of the store; none outlives the test."""
    children: list[subprocess.Popen[str]] = []

    def process(
        server: ScriptedModelServer, text: str, *, notebook: str, day: str = ""
    ) -> "subprocess.Popen[str]":
        told = [str(house.folder), notebook, server.base_url, day, text]
        command = [sys.executable, "-c", PROGRAM, *told]
        child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        children.append(child)
        return child

    yield process
    for child in children:
        if child.poll() is None:
            child.kill()
        with child:
            pass


def said_by(child: "subprocess.Popen[str]") -> str:
    assert child.stdout is not None
    return child.stdout.readline().strip()


def test_call_that_was_lost_with_its_process_counts_its_estimate(
    house: House, begin: Begin
) -> None:
    """A process is killed between request and answer: what it reserved stays counted as spent."""
    hang = ModelFault(kind="hang")
    replies = (Reply(fault=hang), Reply(text="said"), Reply(text="said"), Reply(text="said"))
    with ScriptedModelServer(Script(name="test", replies=replies)) as server:
        child = begin(server, CHAIN, notebook="a.ipynb")
        run_id = RunId(said_by(child))
        assert waits_until(lambda: len(server.requests) == 1, seconds=20)
        child.kill()
        assert child.wait(20) == -signal.SIGKILL
        client = house.client()
        kinds = [recorded.event.kind for recorded in client.events(run_id)]
        assert kinds.count("model.requested") == 1
        assert "model.responded" not in kinds
        reserved = client.state(run_id).account
        assert reserved.calls == 1
        assert reserved.open_tokens > 0

        settings = house.settings()
        settings.base_url = server.base_url
        models = configured_models(settings, local_models(settings), SystemClock())
        kernel = house.kernel(models=models)
        assert waits_until(lambda: kernel.client.run(run_id).waiting == 1, seconds=20)
        account = kernel.client.state(run_id).account
        assert account.calls == 2  # the lost one, and its repetition; there is none left for b
        assert account.open_tokens == reserved.open_tokens
        assert len(server.requests) == 2
        kernel.decide(run_id, "approve")
        assert kernel.until(run_id, seconds=20).status == "succeeded"
        assert kernel.client.state(run_id).account.open_tokens == reserved.open_tokens
        assert _by_day(house) == [("", 3, account_tokens(kernel, run_id))]


def account_tokens(kernel: Kernel, run_id: RunId) -> int:
    return kernel.client.state(run_id).account.counted_tokens


def _by_day(house: House) -> list[tuple[str, int, int]]:
    connection = house.client().store.database.connect()
    rows = connection.execute(
        "SELECT workflow_class, calls, tokens FROM mn_spending WHERE workflow_class = ''"
    ).fetchall()
    connection.close()
    return [(str(whose), int(calls), int(tokens)) for whose, calls, tokens in rows]


def test_two_processes_share_a_days_budget(house: House, begin: Begin) -> None:
    """Sixty calls of two processes stop at ten together, and all are made when more is given."""
    with ScriptedModelServer(Script(name="test")) as server:
        names = ("a.ipynb", "b.ipynb")
        children = [
            begin(server, FAN.replace("NAME", name), notebook=name, day="calls=10")
            for name in names
        ]
        runs = [RunId(said_by(child)) for child in children]
        client = house.client()

        def both_stand() -> bool:
            lines = [client.run(run_id) for run_id in runs]
            return all(line.waiting == 1 and line.owner is None for line in lines)

        assert waits_until(both_stand, seconds=30)
        assert len(server.requests) == 10
        assert _by_day(house)[0][1] == 10
        for run_id in runs:
            request = client.open_approval(run_id, None).request
            client.decide(run_id, request, "approve", edits={"calls": 100})
        assert [said_by(child) for child in children] == ["succeeded", "succeeded"]
        assert [child.wait(20) for child in children] == [0, 0]
        assert len(server.requests) == 60
        assert len({str(request.body) for request in server.requests}) == 60
        assert _by_day(house)[0][1] == 60
