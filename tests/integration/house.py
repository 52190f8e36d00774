"""A store with kernels around it: runtimes that are opened, closed, and share nothing else."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from mn_notebook.agents.tools import ToolRegistry, make_tool
from mn_notebook.client import NewRun, RunClient, open_client
from mn_notebook.domain.ids import RunId
from mn_notebook.domain.workflow import Workflow
from mn_notebook.language import Catalog, parse_cell
from mn_notebook.ports import Clock, ModelClient, RunLine
from mn_notebook.runtime import Runtime, open_runtime
from mn_notebook.settings import MnSettings
from mn_notebook.testing import Reply, Script, ScriptedModel

ENDED = ("succeeded", "failed", "cancelled")


def workflow_of(text: str) -> Workflow:
    """Read a workflow as a cell does, with nothing known of tools and functions."""
    return parse_cell("brief", text, Catalog(tools=None, functions=None, types={})).workflow


class House:
    """One store; opens kernels on it, and closes them all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._open: list[Runtime | RunClient] = []

    def settings(self, notebook: str = "a.ipynb", user: str = "ann") -> MnSettings:
        return MnSettings(
            store=str(self.folder / "store.db"),
            notebook=str(self.folder / notebook),
            user=user,
            model="scripted:test",
            servers=str(self.folder / "servers.yaml"),
            trust=str(self.folder / "trust.json"),
        )

    def kernel(
        self,
        *replies: Reply,
        notebook: str = "a.ipynb",
        user: str = "ann",
        models: ModelClient | None = None,
        tools: tuple[Any, ...] = (),
        settings: MnSettings | None = None,
        clock: Clock | None = None,
        **namespace: Any,
    ) -> "Kernel":
        registry = ToolRegistry()
        for one in tools:
            registry.add(one if hasattr(one, "spec") else make_tool(one))
        runtime = open_runtime(
            settings or self.settings(notebook, user),
            namespace=namespace,
            registry=registry,
            clock=clock,
            models=models or ScriptedModel(Script(name="test", replies=replies)),
        )
        self._open.append(runtime)
        return Kernel(runtime, namespace, registry)

    def client(self, user: str = "bob") -> RunClient:
        client = open_client(self.settings(user=user))
        self._open.append(client)
        return client

    def close(self) -> None:
        for one in self._open:
            with suppress(Exception):
                one.close()


class Kernel:
    """A runtime, and the ways that an analyst goes with it."""

    def __init__(self, runtime: Runtime, namespace: dict[str, Any], registry: ToolRegistry) -> None:
        self.runtime = runtime
        self.client = runtime.client
        self.namespace = namespace
        self.registry = registry

    def start(self, text: str, **inputs: JsonValue) -> RunId:
        return self.runtime.start(NewRun(workflow_of(text), text, self.runtime.origin, inputs))

    def until(self, run_id: RunId, *statuses: str, seconds: float = 10) -> RunLine:
        wanted = statuses or ENDED
        return self.runtime.wait(
            run_id, until=lambda line: line.status in wanted, timeout_seconds=seconds
        )

    def finish(self, text: str, **inputs: JsonValue) -> JsonValue:
        """Run a workflow to its end and return its output."""
        run_id = self.start(text, **inputs)
        line = self.until(run_id)
        assert line.status == "succeeded", self.client.picture(run_id).error
        return self.output(run_id)

    def output(self, run_id: RunId) -> JsonValue:
        return self.client.values.load(self.client.state(run_id).output)

    def failure(self, text: str, **inputs: JsonValue) -> str:
        """Run a workflow to its failure and return the words."""
        run_id = self.start(text, **inputs)
        assert self.until(run_id).status == "failed"
        return str(self.client.picture(run_id).error)

    def decide(self, run_id: RunId, decision: str, **more: Any) -> None:
        request = self.client.open_approval(run_id, more.pop("path", None)).request
        self.client.decide(run_id, request, decision, **more)
        self.runtime.ring()

    def kinds(self, run_id: RunId) -> list[str]:
        return [recorded.event.kind for recorded in self.client.events(run_id)]


def waits_until(holds: Callable[[], bool], seconds: float = 5.0) -> bool:
    """Look again and again until something holds."""
    import threading

    pause = threading.Event()
    for _ in range(round(seconds / 0.02)):
        if holds():
            return True
        pause.wait(0.02)
    return False
