"""AgentDojo's environments, as this side sees them: worlds behind a pipe."""

import json
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from typing_extensions import override

from mn_notebook.errors import PermanentError
from tests.dojo.effects import effect_of
from tests.dojo.facts import CallFact, Ending, TaskFact, ToolFact, World

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".dojo" / "bin" / "python"
"""Where `scripts/dojo.sh` installs AgentDojo."""
_SCRIPT = Path(__file__).with_name("world_process.py")


class Dojo:
    """The process with the environments; a context manager. One task is at hand at a time."""

    def __init__(self, python: Path = PYTHON) -> None:
        """Start the process; AgentDojo is loaded when it is first asked something."""
        self._lock = threading.Lock()
        """Protects the pipe: one question, one answer."""
        self._process = subprocess.Popen(
            [python, _SCRIPT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def ask(self, do: str, **more: Any) -> Any:
        """Ask the process one thing."""
        with self._lock:
            stdin, stdout = self._process.stdin, self._process.stdout
            assert stdin is not None
            assert stdout is not None
            stdin.write(json.dumps({"do": do, **more}) + "\n")
            stdin.flush()
            line = stdout.readline()
        if not line:
            message = f"the process of AgentDojo ended when it was asked to {do} {more}"
            raise RuntimeError(message)
        return json.loads(line)


class Suite(World):
    """One of AgentDojo's suites; its environment is that of the task at hand."""

    def __init__(self, dojo: Dojo, name: str, found: Mapping[str, Any]) -> None:
        """Look at a suite of a process that said this of it."""
        self._dojo = dojo
        self.name = name
        self.users: Sequence[str] = found["users"]
        self.injections: Sequence[str] = found["injections"]
        self.aimless: Sequence[str] = found["aimless"]
        """Attacks of which AgentDojo does not say what would reach their goal."""
        self._tools = tuple(
            ToolFact(one["name"], one["text"], [tuple(each) for each in one["parameters"]])
            for one in found["tools"]
        )

    @property
    @override
    def tools(self) -> Sequence[ToolFact]:
        return self._tools

    def prepare(self, user: str, injection: str | None = None) -> TaskFact:
        """Take up a task, with an attack in its environment where one is named."""
        found = self._dojo.ask("prepare", suite=self.name, user=user, injection=injection)
        gold, injected = self._calls(found.pop("gold")), self._calls(found.pop("injected"))
        return TaskFact(**found, gold=gold, injected=injected)

    @override
    def begin(self) -> None:
        self._dojo.ask("begin")

    @override
    def call(self, tool: str, args: Mapping[str, Any]) -> str:
        found = self._dojo.ask("call", tool=tool, args=dict(args))
        if found["error"]:
            raise PermanentError(found["error"])
        return str(found["text"])

    @override
    def end(self, answer: str) -> Ending:
        found = self._dojo.ask("end", answer=answer)
        return Ending(**{**found, "calls": self._calls(found["calls"])})

    def _calls(self, found: Sequence[Mapping[str, Any]]) -> list[CallFact]:
        return [CallFact(**one, effect=effect_of(self.name, one["tool"])) for one in found]


def suites_of(dojo: Dojo) -> dict[str, Suite]:
    """Return all suites by name."""
    found = dojo.ask("about")["suites"]
    return {name: Suite(dojo, name, said) for name, said in found.items()}
