"""A real SIGKILL at each instant of a call of each kind: once in the world, or asked about."""

import signal
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from mn_notebook.client import NewRun, RunClient, open_client
from mn_notebook.domain.ids import RunId
from tests.recovery.call_owner import INSTANTS, TOOLS
from tests.recovery.effect_owner import ORIGIN, settings_of, workflow_of
from tests.recovery.processes import Forked, Nursery, kill, until

FREE = "policy: [{tool: '*', approvals: 0}]\nsteps:\n  act: {tool: TOOL}\n"


class World:
    """What the calls act on: it keeps every arrival, and acts once for a key."""

    def __init__(self) -> None:
        self.arrivals: list[str] = []
        self._lock = threading.Lock()

    def answer(self, path: str, key: str) -> str:
        with self._lock:
            if path == "/did":
                return "done" if key in self.arrivals else ""
            self.arrivals.append(key)
            return "done"


@contextmanager
def serving(world: World) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = world.answer(self.path, self.headers.get("key", "")).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def owner(nursery: Nursery, folder: Path, world: str, instant: str = "none") -> Forked:
    """Let a process own the runs; it stands still at an instant."""
    (folder / "reached").unlink(missing_ok=True)
    child = nursery.fork({}, role="calls", folder=str(folder), world=world, instant=instant)
    until((folder / f"up-{child.pid}").exists, "an owner")
    return child


def ended(client: RunClient, run_id: RunId, world: World) -> str:
    """Be the person, who looks into the world, until the run has ended; say what was asked."""
    asked = []

    def over() -> bool:
        for waiting in client.state(run_id).approvals.values():
            (call,) = waiting.request.calls
            happened = call.key in world.arrivals
            decision = "happened" if happened else "not_happened"
            asked.append(waiting.request.subject)
            client.decide(run_id, waiting.request, decision, value="done" if happened else None)
            until(lambda: not client.state(run_id).approvals, "the decision to be taken up")
        return client.run(run_id).status in ("succeeded", "failed")

    until(over, "the end of the run")
    assert client.run(run_id).status == "succeeded"
    return ", ".join(asked)


@pytest.mark.parametrize("tool", TOOLS)
def test_a_call_that_is_cut_off_at_any_instant_acts_once_or_is_asked_about(
    tool: str, nursery: Nursery, tmp_path: Path
) -> None:
    """Counted by a server outside; the owner was really killed at that instant."""
    for instant in INSTANTS:
        folder = tmp_path / instant.replace(" ", "-")
        folder.mkdir()
        world = World()
        client = open_client(settings_of(folder, "bob"))
        with serving(world) as address:
            first = owner(nursery, folder, address, instant)
            text = FREE.replace("TOOL", tool)
            new = NewRun(workflow_of(text), text, str(folder / ORIGIN), {})
            run_id = client.start(new)
            until((folder / "reached").exists, f"the owner to reach {instant}")
            assert kill(first) == -signal.SIGKILL
            before = len(world.arrivals)
            assert before == (1 if instant in ("acted", "recorded") else 0)
            second = owner(nursery, folder, address)
            asked = ended(client, run_id, world)
            assert kill(second) == -signal.SIGKILL
        assert client.output(run_id) == {"act": "done"}
        keys = Counter(world.arrivals)
        assert len(keys) == 1, "the key is the same, whoever calls"
        doubtful = instant in ("announced", "under way", "acted")
        assert asked == ("in_doubt" if tool == "send" and doubtful else ""), instant
        repeated = tool in ("look", "put") and instant == "acted"
        assert keys.total() == (2 if repeated else 1), instant
        kinds = [recorded.event.kind for recorded in client.events(run_id)]
        assert kinds.count("tool.succeeded") + kinds.count("tool.settled") >= 1
        client.close()
