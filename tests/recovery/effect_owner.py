"""Owns the runs of one store, with tools that act on a file and stop where a test wants to kill.

A moment is a name and a side, such as ``refund:after``. At it the process says ``reached`` in a
file of its own and stands still. It advances whatever the store holds; people act through clients
of their own.
"""

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mn_notebook.agents.tools import ToolRegistry, make_tool
from mn_notebook.language import Catalog, parse_cell
from mn_notebook.runtime import open_runtime
from mn_notebook.settings import MnSettings
from mn_notebook.testing import (
    Asked,
    ModelFault,
    Reply,
    Rule,
    Script,
    ScriptedCall,
    ScriptedModel,
)

ORIGIN = "effects.ipynb"
TEXT = """
steps:
  one: {tool: pay, args: {to: ann}}
  two: {tool: post, args: {text: hello}, needs: [one]}
  three: {tool: pay, args: {to: bob}, needs: [two]}
  four: {tool: mail, args: {to: eve}, needs: [three]}
  end: {wait: {signal: never}, needs: [four]}
"""
AGENT = """
steps:
  clerk:
    agent: Pay ann, and say that it is done.
    tools: [pay]
    turns: 6
    retry: {attempts: 1}
"""


class Outside:
    """The world: a file of lines, and the moments at which a process stands still."""

    def __init__(self, folder: Path, moment: str = "") -> None:
        self.log = folder / "outside.jsonl"
        self.reached = folder / "reached"
        self._moment = moment

    def act(self, name: str, key: str, **more: Any) -> None:
        """Do something to the world, once for a key where there is one."""
        self._stand_still_at(f"{name}:before")
        if not key or not self.did(name, key):
            line = json.dumps({"name": name, "key": key, **more}) + "\n"
            log = os.open(self.log, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
            os.write(log, line.encode())
            os.fsync(log)
            os.close(log)
        self._stand_still_at(f"{name}:after")

    def did(self, name: str, key: str) -> bool:
        """Tell whether something was done with a key."""
        return any(line["name"] == name and line["key"] == key for line in self.lines())

    def lines(self) -> list[dict[str, Any]]:
        """Return all that was done to the world, in its order."""
        if not self.log.exists():
            return []
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def _stand_still_at(self, moment: str) -> None:
        if moment == self._moment:
            written = self.reached.with_suffix(".new")
            written.write_text(moment)
            written.rename(self.reached)  # Whoever sees it sees all of it.
            threading.Event().wait()


def registry_of(outside: Outside) -> ToolRegistry:
    """Return the tools that act on the world."""

    def pay(to: str, idempotency_key: str) -> str:
        outside.act("pay", idempotency_key, to=to)
        return f"paid {to}"

    def was_paid(key: str) -> str | None:
        return next((f"paid {line['to']}" for line in outside.lines() if line["key"] == key), None)

    def refund(to: str, result: str, idempotency_key: str) -> str:
        assert result == f"paid {to}"
        outside.act("refund", idempotency_key, to=to)
        return f"refunded {to}"

    def post(text: str, idempotency_key: str) -> None:
        outside.act("post", idempotency_key, text=text)

    def mail(to: str, idempotency_key: str) -> None:
        outside.act("mail", idempotency_key, to=to)

    def recall(to: str) -> None:
        outside.act("recall", "", to=to)

    registry = ToolRegistry()
    registry.add(make_tool(pay, check=was_paid, compensate=refund))
    registry.add(make_tool(post))
    registry.add(make_tool(mail, compensate=recall))
    return registry


def settings_of(folder: Path, user: str = "ann") -> MnSettings:
    """Return the settings of everybody who uses the store."""
    return MnSettings(
        store=str(folder / "store.db"),
        notebook=str(folder / ORIGIN),
        user=user,
        model="scripted:clerk",
    )


def workflow_of(text: str) -> Any:
    """Read a workflow."""
    return parse_cell("brief", text, Catalog(tools=None, functions=None, types={})).workflow


def clerk(folder: Path) -> Callable[[Asked], Reply]:
    """Return a model that pays and then fails, until somebody mends it; it notes what it saw."""

    def answer(asked: Asked) -> Reply:
        with (folder / "asked.jsonl").open("a") as file:
            file.write(json.dumps([m.get("role") for m in asked.messages]) + "\n")
        if not any(message.get("role") == "tool" for message in asked.messages):
            return Reply(calls=(ScriptedCall(name="pay", arguments={"to": "ann"}),))
        if not (folder / "mended").exists():
            return Reply(fault=ModelFault(kind="status", status=400))
        return Reply(text="done")

    return answer


def own(folder: Path, moment: str) -> None:
    """Advance runs until the end, which is a kill."""
    outside = Outside(folder, moment)
    runtime = open_runtime(
        settings_of(folder),
        registry=registry_of(outside),
        models=ScriptedModel(Script(name="clerk", rules=(Rule(answer=clerk(folder)),))),
    )
    (folder / f"up-{os.getpid()}").touch()
    threading.Event().wait()
    runtime.close()
