"""Chooses what a scripted model says next."""

import json
import threading
from dataclasses import dataclass

from mn_notebook.domain.messages import Usage
from mn_notebook.testing.schema_sample import sample_of
from mn_notebook.testing.script import Asked, Reply, Rule, Script, ScriptedCall

_ECHO_LENGTH = 200
_CHARACTERS_PER_TOKEN = 4


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply with everything filled in."""

    reply: Reply
    model: str
    text: str | None
    calls: tuple[ScriptedCall, ...]
    usage: Usage | None
    finish_reason: str
    request_hash: str


class Prompter:
    """Chooses the answers of one script; remembers how far it has come. Safe between threads."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self._lock = threading.Lock()
        """Protects the counts below."""
        self._listed = 0
        self._matched = [0] * len(script.rules)

    def answer(self, asked: Asked) -> Answer:
        """Choose the answer and fill it in.

        Raises:
            ValueError: a schema was asked for that the echo cannot satisfy.
        """
        reply = self._choose(asked)
        text, calls = _said(self.script, reply, asked)
        fitting = "tool_calls" if calls else "stop"
        return Answer(
            reply=reply,
            model=reply.model or self.script.model,
            text=text,
            calls=calls,
            usage=(reply.usage or _count(asked, text, calls)) if reply.says_usage else None,
            finish_reason=reply.finish_reason or fitting,
            request_hash=asked.request_hash,
        )

    def _choose(self, asked: Asked) -> Reply:
        with self._lock:
            for index, rule in enumerate(self.script.rules):
                count = self._matched[index]
                if (rule.times is None or count < rule.times) and rule.matches(asked):
                    self._matched[index] += 1
                    return _reply_of(rule, asked, count)
            if self._listed < len(self.script.replies):
                self._listed += 1
                return self.script.replies[self._listed - 1]
        return self.script.default


def _reply_of(rule: Rule, asked: Asked, count: int) -> Reply:
    if rule.answer is not None:
        return rule.answer(asked)
    if not rule.replies:
        return Reply()
    place = asked.turn if rule.by == "turn" else count
    return rule.replies[min(place, len(rule.replies) - 1)]


def _said(
    script: Script, reply: Reply, asked: Asked
) -> tuple[str | None, tuple[ScriptedCall, ...]]:
    kind = reply.fault.kind if reply.fault else None
    if kind == "malformed_arguments":
        return None, (ScriptedCall(name=_some_tool(asked), arguments='{"unfinished": [1, '),)
    if kind == "unknown_tool":
        return None, (ScriptedCall(name="no_such_tool"),)
    if reply.calls:
        return reply.text, reply.calls
    if reply.text is not None:
        return reply.text, ()
    if reply.value is not None:
        return json.dumps(reply.value, ensure_ascii=False), ()
    return _echo(script, asked), ()


def _echo(script: Script, asked: Asked) -> str:
    if asked.response_schema is None:
        return f"{script.model} heard: {asked.last_user_text[:_ECHO_LENGTH]}"
    sample = sample_of(asked.response_schema, seed=asked.request_hash)
    return json.dumps(sample, ensure_ascii=False)


def _some_tool(asked: Asked) -> str:
    return asked.tools[0] if asked.tools else "some_tool"


def _count(asked: Asked, text: str | None, calls: tuple[ScriptedCall, ...]) -> Usage:
    output = (text or "") + "".join(call.name + call.arguments_text for call in calls)
    return Usage(input_tokens=_tokens(asked.all_text), output_tokens=_tokens(output))


def _tokens(text: str) -> int:
    return max(1, -(-len(text) // _CHARACTERS_PER_TOKEN))
