"""Kernels whose workflows use servers: those that nobody here wrote, and one that misbehaves."""

import os
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

from pydantic import JsonValue
from typing_extensions import override

from mn_notebook.agents.mcp.kept import KeptServer
from mn_notebook.agents.mcp.servers import Servers
from mn_notebook.client import NewRun
from mn_notebook.clock import SystemClock
from mn_notebook.domain.events import ApprovalRequested
from mn_notebook.domain.ids import RunId
from mn_notebook.domain.servers import Server
from mn_notebook.domain.workflow import Effect
from mn_notebook.runtime.servers import servers_of
from mn_notebook.settings import MnSettings
from mn_notebook.testing import Reply
from tests.integration.house import House, Kernel, waits_until, workflow_of

ROOT = Path(__file__).parents[3]
INSTALLED = ROOT / ".servers"
WILD = Path(__file__).with_name("wild.py")


def installed(*parts: str) -> str:
    """Return the path of a server that the tests' own script has installed."""
    path = INSTALLED.joinpath(*parts)
    assert path.exists(), f"{path} is not there: run scripts/servers.sh"
    return str(path)


def node(name: str, *arguments: str) -> tuple[str, ...]:
    program = shutil.which("node")
    assert program is not None
    return (program, installed("node", "node_modules", ".bin", name), *arguments)


class Wild:
    """The server that misbehaves, and what it did."""

    def __init__(self, folder: Path, *words: str) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        command = (sys.executable, "-I", "-S", str(WILD), str(folder), *words)
        self.server = Server(command=command, timeout_seconds=30)

    def lines(self, file: str) -> list[str]:
        path = self.folder / file
        return path.read_text().splitlines() if path.exists() else []

    @property
    def notes(self) -> list[str]:
        """What it wrote, without the keys."""
        return [line.rpartition(" ")[0] for line in self.lines("notes")]

    @property
    def keys(self) -> list[str]:
        return [line.rpartition(" ")[2] for line in self.lines("notes")]

    @property
    def pid(self) -> int:
        return int(self.lines("pid")[-1])

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)

    def put(self, file: str, text: str = "") -> None:
        (self.folder / file).write_text(text)


class Guild(House):
    """A store with kernels that know servers."""

    own = "servers.yaml"
    """The user's file; with another one, nothing of what was declared is known."""

    @override
    def settings(self, notebook: str = "a.ipynb", user: str = "ann") -> MnSettings:
        found = super().settings(notebook, user)
        found.servers = str(self.folder / self.own)
        return found

    @property
    def servers(self) -> Servers:
        return servers_of(self.settings())

    def know(self, **servers: Server) -> None:
        """Declare servers, and wait until they have said what they offer."""
        self.servers.declare(servers)
        for name in servers:
            self.server(name).want().result(30)
            assert self.server(name).definitions is not None, self.server(name).fault

    def server(self, name: str) -> KeptServer:
        kept = self.servers.kept(name)
        assert kept is not None
        return kept

    def trust(self, name: str, *tools: str, effect: Effect | None = None) -> None:
        self.servers.trust(name, tools, effect, SystemClock().now(), "ann")

    def effect(self, name: str) -> Effect:
        tool = self.servers.tool(name)
        assert tool is not None
        return tool.effect

    @override
    def kernel(self, *replies: Reply, **more: Any) -> "GuildKernel":
        made = super().kernel(*replies, **more)
        return GuildKernel(made.runtime, made.namespace, made.registry)

    @override
    def close(self) -> None:
        super().close()
        for own in (self.own, Guild.own):
            self.own = own
            self.servers.close()


class GuildKernel(Kernel):
    """A kernel that starts runs as the verbs do: with the servers and tools that they refer to."""

    @override
    def start(self, text: str, **inputs: JsonValue) -> RunId:
        workflow = workflow_of(text)
        code = self.runtime.code
        assert code.servers is not None
        code.servers.get().declare(workflow.servers)
        refs = code.references(workflow)
        return self.runtime.start(NewRun(workflow, text, self.runtime.origin, inputs, refs))

    def asked(self, run_id: RunId, subject: str = "call") -> ApprovalRequested:
        """Wait for a question of some kind, and return it."""

        def open_ones() -> list[ApprovalRequested]:
            waiting = self.client.state(run_id).approvals.values()
            return [one.request for one in waiting if one.request.subject == subject]

        assert waits_until(lambda: bool(open_ones()), 30), self.kinds(run_id)
        return open_ones()[0]

    def ended(self, run_id: RunId) -> str:
        return self.until(run_id, seconds=30).status

    def error(self, run_id: RunId) -> str:
        return str(self.client.picture(run_id).error)


def one_call(tool: str, **args: JsonValue) -> str:
    """Return a workflow of one call."""
    import json

    return f"steps:\n  act:\n    tool: {tool}\n    args: {json.dumps(args)}\n"
