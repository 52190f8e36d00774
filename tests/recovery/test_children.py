"""Children of ``isolation: process`` end with their owner: counted by a server outside.

Each pulses the server while it lives. So the server knows who was alive at a kill, and who goes on
after it.
"""

import signal
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typing_extensions import override

from mn_notebook.client import NewRun
from mn_notebook.domain.ids import RunId
from mn_notebook.language import Catalog, parse_cell
from tests.recovery.apart import WORLD
from tests.recovery.arena import ORIGIN, Arena
from tests.recovery.processes import ModelProcess, Nursery, kill, until
from tests.recovery.roles import reached_end

FUNCTIONS = ("working", "deaf", "parting")
"""One that ends when it is asked to, one that is deaf to that, and one with a child below it."""
EFFECTS = ("read", "write")
MOST_PULSES = 10
"""So many may still arrive from each: a busy machine may not end it in the same instant."""
WORKS = [f"{function}-{effect}" for function in FUNCTIONS for effect in EFFECTS]


class World:
    """Writes down what it hears, in order, and says what may be done by now."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str, int]] = []
        """What, of which work, and from which process."""
        self.lets = ""
        self._lock = threading.Lock()

    def hear(self, path: str) -> str:
        what, name, pid = path.strip("/").split("/")
        with self._lock:
            self.heard.append((what, name, int(pid)))
            return self.lets

    def pids(self, what: str, name: str) -> list[int]:
        """Return who told something, oldest first."""
        with self._lock:
            return [pid for one, other, pid in self.heard if (one, other) == (what, name)]

    def all_pulse(self, names: list[str]) -> bool:
        """Tell whether every one of them was heard since the last time."""
        return all(self.pids("pulse", name) for name in names)

    def late(self, dead: set[int], since: int) -> Counter[int]:
        """Count what was heard of the dead from so many words on."""
        return Counter(pid for _, _, pid in self.heard[since:] if pid in dead)


@contextmanager
def serving(world: World) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = world.hear(self.path).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        @override
        def handle_error(self, *_args: object) -> None:
            """Outlive whoever was killed while it was told something."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def started(arena: Arena, work: str) -> RunId:
    """Start a run of one step that is called in a process of its own."""
    function, _, effect = work.partition("-")
    text = f"""
outputs: {{done: "{{{{ work }}}}"}}
policy: [{{tool: "*", approvals: 0}}]
steps:
  work:
    python: tests.recovery.apart:{function}
    isolation: process
    effect: {effect}
    args: {{name: {work}}}
"""
    workflow = parse_cell("apart", text, Catalog(tools=None, functions=None, types={})).workflow
    return arena.client.start(NewRun(workflow, text, ORIGIN, {}))


def lives(pid: int) -> bool:
    """Tell whether a process is there; one that only waits to be taken note of is not."""
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def settled(arena: Arena, world: World, runs: dict[str, RunId]) -> dict[str, str]:
    """Be the person, who asks the world, until all runs have ended; say what was asked."""
    asked = dict.fromkeys(runs, "")

    def over() -> bool:
        for work, run_id in runs.items():
            for waiting in arena.client.state(run_id).approvals.values():
                asked[work] += waiting.request.subject
                happened = bool(world.pids("act", work))
                decision, value = ("happened", "done") if happened else ("not_happened", None)
                arena.client.decide(run_id, waiting.request, decision, value=value)
                _until_heard(arena, run_id)
        return all(reached_end(arena.client.run(run_id)) for run_id in runs.values())

    until(over, "the end of the runs")
    return asked


def _until_heard(arena: Arena, run_id: RunId) -> None:
    until(lambda: not arena.client.state(run_id).approvals, "the decision to be taken up")


@pytest.mark.parametrize("acted", [False, True], ids=["before they act", "after they have acted"])
def test_children_end_with_their_owner_and_do_nothing_more(
    nursery: Nursery, model: ModelProcess, tmp_path: Path, *, acted: bool
) -> None:
    """Eight live when it is killed; its heir begins at once, and then the world lets all act."""
    world, arena = World(), Arena(nursery, model, tmp_path / "store.db", seed=8)
    below = [f"{work}.below" for work in WORKS if work.startswith("parting")]
    world.lets = "act" if acted else ""
    with serving(world) as address:
        env = {**arena.env, WORLD: address}
        runs = {work: started(arena, work) for work in WORKS}
        first = nursery.fork(env)
        until(lambda: world.all_pulse([*WORKS, *below]), "all children to pulse")
        until(lambda: all(world.pids("act", work) for work in WORKS) or not acted, "all acts")
        children = {pid for name in [*WORKS, *below] for pid in world.pids("pulse", name)}
        assert len(children) == len([*WORKS, *below])
        assert all(map(lives, children))

        assert kill(first) == -signal.SIGKILL
        heard = len(world.heard)
        second = nursery.fork(env)

        def goes_on() -> bool:
            return max(world.late(children, heard).values(), default=0) > MOST_PULSES

        until(lambda: goes_on() or not any(map(lives, children)), "the end of all children")
        assert not goes_on(), "an orphan goes on"
        heard = len(world.heard)
        world.lets = "act end"
        asked = settled(arena, world, runs)
        assert kill(second) == -signal.SIGKILL
        until(lambda: not arena.orphans(), "the end of the heir's children")

    # What each had sent may arrive after its end; an act was not among it, see the counts below.
    assert max(world.late(children, heard).values(), default=0) <= 1, "an orphan went on"
    for work, run_id in runs.items():
        writes = work.endswith("write")
        assert arena.client.run(run_id).status == "succeeded"
        assert arena.client.output(run_id) == {"done": "done"}
        assert asked[work] == ("in_doubt" if writes else "")
        assert len(world.pids("act", work)) == (2 if acted and not writes else 1)
        assert len(world.pids("begin", work)) == (1 if acted and writes else 2)
    arena.close()
