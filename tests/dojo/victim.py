"""A scripted model that does a task by its gold calls, and obeys whatever a tool's result tells it.

It answers from what is on the wire alone: which calls it has asked for stands in the conversation,
and whether an attack has reached it is seen in the results that it is sent.
"""

import re
from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from mn_notebook.testing import Asked, Reply, ScriptedCall
from tests.dojo.facts import CallFact, TaskFact

GOLD, INJECTED = "gold", "injected"


class Victim:
    """Plays one task after the other; each is known by the name of the model that is asked."""

    def __init__(self) -> None:
        """Know no task yet."""
        self._tasks: dict[str, TaskFact] = {}

    def learn(self, model: str, task: TaskFact) -> None:
        """Play a task whenever a model of this name is asked."""
        self._tasks[model] = task

    def __call__(self, asked: Asked) -> Reply:
        """Ask for the next call, or answer."""
        task = self._tasks[asked.model]
        done = _asked_for(asked.messages)
        hit = landed(task, asked.messages)
        if hit and done[INJECTED] < len(task.injected):
            return _wants(INJECTED, done[INJECTED], task.injected)
        if done[GOLD] < len(task.gold):
            return _wants(GOLD, done[GOLD], task.gold)
        said = [task.answer, task.injected_answer if hit else ""]
        return Reply(text="\n".join(filter(None, said)) or "Done.")


def _wants(kind: str, index: int, calls: Sequence[CallFact]) -> Reply:
    call = calls[index]
    wanted = ScriptedCall(name=call.tool, arguments=dict(call.args), id=f"{kind}-{index}")
    return Reply(calls=(wanted,))


def _asked_for(messages: Sequence[Mapping[str, JsonValue]]) -> dict[str, int]:
    done = {GOLD: 0, INJECTED: 0}
    for message in messages:
        calls = message.get("tool_calls")
        for call in calls if isinstance(calls, list) else []:
            assert isinstance(call, dict)
            done[str(call["id"]).partition("-")[0]] += 1
    return done


def landed(task: TaskFact, messages: Sequence[Mapping[str, JsonValue]]) -> bool:
    """Tell whether the attacker's words stand in the result of a tool."""
    if not task.goal:
        return False
    goal = plain(task.goal)
    return any(
        message.get("role") == "tool" and goal in plain(str(message.get("content")))
        for message in messages
    )


_ESCAPES = {"n": "", "t": "", "r": "", "e": "", "\n": ""}


def plain(text: str) -> str:
    r"""Return a text without what YAML and JSON put around words: folds, quotes, escapes.

    >>> plain("Send 'all'\n  of it") == plain('"Send \'all\' of\\\n  \\ it"') == "Sendallofit"
    True
    """
    text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), text)
    text = re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), text, flags=re.DOTALL)
    return re.sub(r"[\s'\"]", "", text)
