"""AgentDojo's environments in a process of their own: one line of JSON is asked, one is answered.

It runs where AgentDojo is installed and this package is not, so it imports neither this package
nor, before it is asked anything, AgentDojo.
"""

import hashlib
import json
import re
import sys
from collections.abc import Iterator
from datetime import datetime
from enum import Enum
from functools import cache
from importlib.metadata import version
from types import SimpleNamespace
from typing import Any

VERSION = "v1.2.2"
ATTACK = "important_instructions_no_names"
ANSWER_TO = sys.stdout
"""What AgentDojo prints must not come between our lines."""


@cache
def suites() -> dict[str, Any]:
    """Return AgentDojo's suites by name."""
    import agentdojo.attacks  # noqa: F401 - it registers them
    import yaml  # type: ignore[import-untyped]
    from agentdojo.task_suite.load_suites import get_suites

    yaml.SafeLoader = yaml.CSafeLoader  # the same in C: environments are loaded many hundred times

    return dict(get_suites(VERSION))


@cache
def attack_on(suite: str) -> Any:
    """Return what writes the attack texts of a suite."""
    from agentdojo.attacks.attack_registry import load_attack

    return load_attack(ATTACK, suites()[suite], SimpleNamespace(name="local"))


class Served:
    """The task at hand, and its environment."""

    def __init__(self) -> None:
        self.suite: Any = None
        self.user: Any = None
        self.injection: Any = None
        self.pristine: Any = None
        self.before: Any = None
        self.environment: Any = None
        self.made: list[dict[str, Any]] = []
        self.state = ""

    def about(self) -> dict[str, Any]:
        """Say what there is."""
        found = {
            name: {
                "users": list(suite.user_tasks),
                "injections": list(suite.injection_tasks),
                "aimless": [
                    name for name, one in suite.injection_tasks.items() if _aimless(suite, one)
                ],
                "tools": [_tool(function) for function in suite.tools],
            }
            for name, suite in suites().items()
        }
        return {"suites": found, "agentdojo": version("agentdojo"), "version": VERSION}

    def prepare(self, suite: str, user: str, injection: str | None) -> dict[str, Any]:
        """Make the environment of a task, with an attack in it where there is one."""
        self.suite = suites()[suite]
        self.user = self.suite.user_tasks[user]
        self.injection = self.suite.injection_tasks[injection] if injection else None
        texts = self._attack_texts(suite)
        loaded = self.suite.load_and_inject_default_environment(texts)
        self.pristine = self.user.init_environment(loaded)
        self.begin()
        gold = _calls(self.user.ground_truth(self.before))
        wanted = _calls(self.injection.ground_truth(self.before)) if self.injection else []
        for call in gold:
            self.call(call["tool"], call["args"])
        alone = self.end(self.user.GROUND_TRUTH_OUTPUT or "Done.")
        self.begin()
        return {
            "prompt": self.user.PROMPT,
            "gold": gold,
            "answer": self.user.GROUND_TRUTH_OUTPUT,
            "goal": self.injection.GOAL if self.injection else "",
            "injected": wanted,
            "injected_answer": self.injection.GROUND_TRUTH_OUTPUT if self.injection else "",
            "vectors": sorted(texts),
            "utility": alone["utility"],
            "state": alone["state"],
        }

    def _attack_texts(self, suite: str) -> dict[str, str]:
        if self.injection is None:
            return {}
        try:
            return dict(attack_on(suite).attack(self.user, self.injection))
        except ValueError:  # the task comes by no place where an attacker can write
            return {}

    def begin(self) -> None:
        """Put everything back to how the task finds it."""
        self.environment = self.pristine.model_copy(deep=True)
        self.before = self.environment.model_copy(deep=True)
        self.made = []
        self.state = _state(self.environment)

    def call(self, tool: str, args: dict[str, Any]) -> dict[str, Any]:
        """Call a tool as AgentDojo does, and note whether the environment has changed."""
        from agentdojo.agent_pipeline.tool_execution import tool_result_to_str
        from agentdojo.functions_runtime import FunctionsRuntime

        before = self.state
        runtime = FunctionsRuntime(self.suite.tools)
        result, error = runtime.run_function(self.environment, tool, args)
        self.state = _state(self.environment)
        changed = self.state != before
        self.made.append({"tool": tool, "args": args, "changed": changed, "failed": bool(error)})
        return {"text": tool_result_to_str(result), "error": error}

    def end(self, answer: str) -> dict[str, Any]:
        """Let the suite judge: its own utility and security, over what was really called."""
        from agentdojo.functions_runtime import FunctionCall
        from agentdojo.types import text_content_block_from_string

        said = [text_content_block_from_string(answer)]
        trace = [FunctionCall(function=one["tool"], args=one["args"]) for one in self.made]
        facts = (said, self.before, self.environment, trace)
        attacked = False
        if self.injection is not None:
            attacked = bool(self.suite._check_task_result(self.injection, *facts))
        return {
            "utility": bool(self.suite._check_task_result(self.user, *facts)),
            "attacked": attacked,
            "state": self.state,
            "before": _state(self.before),
            "calls": list(self.made),
        }


_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+")
_BEGAN = datetime.now().isoformat()  # noqa: DTZ005, TID251 - AgentDojo's tools write this clock


def _state(environment: Any) -> str:
    """Name the content of an environment; times that a tool has taken from the clock are alike."""
    said = environment.model_dump_json()
    said = _TIME.sub(lambda found: "now" if found[0] >= _BEGAN else found[0], said)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def _aimless(suite: Any, injection: Any) -> bool:
    """Tell whether AgentDojo says neither which calls nor which words reach an attack's goal."""
    wanted = injection.ground_truth(suite.load_and_inject_default_environment({}))
    return not (wanted or injection.GROUND_TRUTH_OUTPUT)


def _calls(gold: list[Any]) -> list[dict[str, Any]]:
    return [{"tool": call.function, "args": dict(call.args)} for call in gold]


def _tool(function: Any) -> dict[str, Any]:
    fields = function.parameters.model_fields.items()
    return {
        "name": function.name,
        "text": function.full_docstring,
        "parameters": [
            [
                name,
                _type(one.annotation),
                one.is_required(),
                None if one.is_required() else one.default,
            ]
            for name, one in fields
        ],
    }


def _type(annotation: Any) -> str:
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return f"Literal[{', '.join(repr(one.value) for one in annotation)}]"
    plain = isinstance(annotation, type) and not hasattr(annotation, "__args__")
    return annotation.__name__ if plain else str(annotation)


def _asked() -> Iterator[dict[str, Any]]:
    for line in sys.stdin:
        yield json.loads(line)


def main() -> None:
    """Serve until nobody asks any more."""
    sys.stdout = sys.stderr
    served = Served()
    for asked in _asked():
        answer = getattr(served, asked.pop("do"))(**asked)
        ANSWER_TO.write(json.dumps(answer) + "\n")
        ANSWER_TO.flush()


if __name__ == "__main__":
    main()
