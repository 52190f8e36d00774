"""Calls that share answers, in processes that are really killed: nothing that was paid is lost."""

import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

from mn_notebook.client import NewRun, open_client
from mn_notebook.testing import Reply, Script
from mn_notebook.testing.model_server import ScriptedModelServer
from tests.integration.house import waits_until, workflow_of
from tests.recovery.spared_owner import settings_of

NAMES = "abcabcabcabcabcd"
TEXT = f"""
steps:
  look:
    for_each: "'{NAMES}' | list"
    concurrency: 2
    agent: Look at {{{{ item }}}}
    cache: run
  again:
    for_each: "'{NAMES}' | list"
    agent: Look at {{{{ item }}}}
    needs: [look]
    cache: run
"""


def owner(folder: Path, base_url: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.recovery.spared_owner", str(folder), base_url]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    child = subprocess.Popen(command, text=True, **pipes)  # type: ignore[call-overload]
    assert child.stdout is not None
    assert child.stdout.readline() == "up\n"
    return child  # type: ignore[no-any-return]


def kill(child: subprocess.Popen[str]) -> int:
    child.send_signal(signal.SIGKILL)
    child.communicate()  # and closes its pipes
    return child.returncode


def test_shared_answers_outlive_the_process_that_asked_for_them(tmp_path: Path) -> None:
    """Each is asked for once, and once more at most for each kill that met it under way."""
    script = Script(name="m", default=Reply(text="seen", delay_seconds=0.25))
    client = open_client(settings_of(tmp_path))
    with ScriptedModelServer(script) as server:
        first = owner(tmp_path, server.base_url)
        new = NewRun(workflow_of(TEXT), TEXT, str(tmp_path / "a.ipynb"), {})
        run_id = client.start(new)
        assert waits_until(lambda: len(server.requests) >= 2, seconds=30)
        assert kill(first) == -signal.SIGKILL
        second = owner(tmp_path, server.base_url)
        assert waits_until(lambda: client.run(run_id).status == "succeeded", seconds=60)
        assert kill(second) == -signal.SIGKILL
        asked = Counter(str(request.body["messages"]) for request in server.requests)
    events = [recorded.event for recorded in client.events(run_id)]
    kinds = Counter(event.kind for event in events)
    lost = kinds["model.requested"] - kinds["model.responded"]
    assert len(asked) == 4
    assert asked.total() <= 4 + lost + 1  # whatever was about to be announced
    assert lost <= 2
    items = 2 * len(NAMES)
    assert kinds["model.responded"] == 4
    assert kinds["model.responded"] + kinds["model.reused"] == items
    assert client.state(run_id).totals.spared.model_calls == kinds["model.reused"]
    client.close()
