"""Rates, paces and breakers over real HTTP: several processes, storms, and restarts."""

import functools
import json
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mn_notebook.agents.limits import Limits
from mn_notebook.client import NewRun, RunClient, open_client
from mn_notebook.clock import SystemClock
from mn_notebook.domain.events import LimitWaited, ModelResponded
from mn_notebook.domain.ids import RunId
from mn_notebook.domain.words import instant
from mn_notebook.ports import RunLine
from mn_notebook.runtime import Runtime, wiring
from mn_notebook.runtime.models import configured_models, local_models
from mn_notebook.settings import MnSettings
from mn_notebook.testing import Asked, ModelFault, Reply, Rule, Script, ScriptedModelServer
from mn_notebook.verbs import explain
from mn_notebook.verbs.look import line_of
from mn_notebook.verbs.session import Session
from tests.integration.house import House, waits_until, workflow_of
from tests.integration.rated import TEXT

ROOT = Path(__file__).parents[2]


class Provider:
    """A server that answers as it is told to at the moment, and notes when it was asked."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.refused: list[float] = []
        self._faults: list[Reply] = []
        self._storm_seconds = 0.0
        self._clock = SystemClock()
        self._lock = threading.Lock()
        self.server = ScriptedModelServer(Script(name="test", rules=(Rule(answer=self._answer),)))

    def _answer(self, _asked: Asked) -> Reply:
        with self._lock:
            now = self._clock.now().timestamp()
            self.times.append(now)
            if not self._faults or now > self.times[0] + self._storm_seconds:
                return Reply(text="hello")
            self.refused.append(now)
            return self._faults[len(self.refused) % len(self._faults)]

    def storm(self, faults: list[Reply], seconds: float) -> None:
        """Refuse everything for so long, from the first call on."""
        self._faults, self._storm_seconds = faults, seconds

    @property
    def answered(self) -> Counter[str]:
        """How often each call was answered, by its id."""
        seen = self.server.requests
        return Counter(one.call_id for one in seen if one.outcome == "text" and one.call_id)


@pytest.fixture
def provider() -> Iterator[Provider]:
    here = Provider()
    with here.server:
        yield here


def environment(folder: Path, provider: Provider, **more: str) -> dict[str, str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("MN_")}
    return plain | {
        "MN_STORE": str(folder / "store.db"),
        "MN_NOTEBOOK": str(folder / "a.ipynb"),
        "MN_MODEL": "scripted:test",
        "OPENAI_BASE_URL": provider.server.base_url,
        **more,
    }


def process(env: dict[str, str], runs: int, topic: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "tests.integration.rated", str(runs), topic]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, env=env, stdin=pipe, stdout=pipe)


def together(processes: list["subprocess.Popen[bytes]"]) -> float:
    """Let processes begin at the same time, and end well; return when that was."""
    for each in processes:
        assert each.stdout is not None
        assert each.stdout.readline() == b"ready\n"
    began = SystemClock().now().timestamp()
    for each in processes:
        assert each.stdin is not None
        each.stdin.write(b"go\n")
        each.stdin.flush()
    assert [each.wait(120) for each in processes] == [0, 0]
    for each in processes:
        for stream in (each.stdin, each.stdout):
            assert stream is not None
            stream.close()
    return began


def facts(client: RunClient, kind: type) -> list[tuple[RunId, float, Any]]:
    """Every fact of a kind, of all runs: whose, when and what."""
    return [
        (line.run_id, recorded.at.timestamp(), recorded.event)
        for line in client.runs(most=200)
        for recorded in client.events(line.run_id)
        if isinstance(recorded.event, kind)
    ]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    here = House(tmp_path)
    yield here
    here.close()


@pytest.fixture
def looking(tmp_path: Path) -> Iterator[Callable[[], RunClient]]:
    clients: list[RunClient] = []

    def look() -> RunClient:
        clients.append(open_client(MnSettings(store=str(tmp_path / "store.db"), user="bob")))
        return clients[-1]

    yield look
    for client in clients:
        client.close()


def test_two_processes_together_keep_a_rate(
    tmp_path: Path, provider: Provider, looking: Callable[[], RunClient]
) -> None:
    """The server is never asked more often than is allowed, counted from when they begin.

    A slow machine only makes it less. Alone each of them could ask twice as much as there is.
    """
    rates = json.dumps({"*": {"requests": 8, "per": "4s"}})
    env = environment(tmp_path, provider, MN_RATES=rates)
    began = together([process(env, 10, topic) for topic in ("one", "two")])
    times = sorted(at for at in provider.times if at >= began)
    assert (len(provider.times), len(times)) == (22, 20)
    for number, at in enumerate(times):
        assert at >= began + number // 8 * 4.0 - 0.05, f"call {number + 1} came too early"
    assert set(provider.answered.values()) == {1}
    assert len(facts(looking(), ModelResponded)) == 22


# --- storms ------------------------------------------------------------------------------------

MINUTE = 2.0
"""How long a minute is for the paces and breakers of these tests."""
STORM_SECONDS = 4.0
RUNS = 50


def faults(*statuses: int) -> list[Reply]:
    return [Reply(fault=ModelFault(kind="status", status=status)) for status in statuses]


@pytest.mark.parametrize(("statuses", "most"), [((503,), 44), ((429, 503, 500), 48)], ids=str)
def test_storm_dies_down_and_every_run_ends_well(
    house: House,
    provider: Provider,
    monkeypatch: pytest.MonkeyPatch,
    statuses: tuple[int, ...],
    most: int,
) -> None:
    """50 runs want to call a server that refuses everything for a while.

    16 calls may be under way at once, and as many may have been announced when the first fail;
    after that few are made, and no call is lost, or answered twice. The bound holds on a slow
    machine too: who is slow calls less.
    """
    monkeypatch.setattr(wiring, "Limits", functools.partial(Limits, minute=MINUTE))
    settings = house.settings()
    settings.base_url = provider.server.base_url
    provider.storm(faults(*statuses), STORM_SECONDS)
    models = configured_models(settings, local_models(settings), SystemClock())
    kernel = house.kernel(models=models)
    started = [kernel.start(TEXT, who=f"w{number}") for number in range(RUNS)]
    ends = [kernel.until(run_id, seconds=120).status for run_id in started]
    assert ends == ["succeeded"] * RUNS
    assert set(provider.answered.values()) == {1}
    assert len(provider.answered) == RUNS
    assert len(provider.refused) >= 5, "there was no storm"
    assert len(provider.refused) <= most
    told = facts(kernel.client, LimitWaited)
    assert told, "nobody said that it waited"
    waited = {run_id for run_id, _, _ in told}
    assert len(told) <= 6 * len(waited), "waits are told seldom"


# --- what is seen of it ------------------------------------------------------------------------


def test_run_that_waits_for_a_rate_says_so_everywhere(
    tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In lists, views, reasons and words; no process has anything to do with it meanwhile.

    The next process knows the rate as well as the one before.
    """
    for name, value in environment(tmp_path, provider).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("MN_RATES", '{"*": {"requests": 1, "per": "1h"}}')
    limit = "the rate of '*' (1 request in 1 h)"
    session = Session(MnSettings())
    runtime = session.engine()
    try:
        _started(runtime, "ann", "succeeded")
        line = _started(runtime, "bob", "waiting")
        assert line.wake_at is not None
        until = instant(line.wake_at)
        said = f"waiting until {until} for {limit}"
        assert line_of(runtime.client, line).status_text == said
        picture = runtime.client.picture(line.run_id)
        assert (picture.status_text, picture.nodes[0].status) == (said, "waiting")
        assert f"{line.wake_at:%H:%M:%S} UTC: {limit}" in picture.nodes[0].detail
        why = explain.why(session, line.run_id[:4])
        assert f"say waits for {limit}: its next call may begin at {until}" in why.why[0]
        assert waits_until(lambda: runtime.client.run(line.run_id).owner is None)
    finally:
        session.close()
    another = Session(MnSettings())
    try:
        assert another.client.run(line.run_id).wake_at == line.wake_at
        later = _started(another.engine(), "eve", "waiting")
        assert later.wake_at is not None
        assert later.wake_at - line.wake_at >= timedelta(minutes=59)
    finally:
        another.close()
    assert len(provider.times) == 1


def _started(runtime: Runtime, who: str, status: str) -> RunLine:
    new = NewRun(workflow_of(TEXT), TEXT, runtime.origin, {"who": who})
    run_id = runtime.start(new)
    line = runtime.wait(run_id, until=lambda line: line.status == status, timeout_seconds=30)
    assert line.status == status
    return line
