"""Says what a scripted model answers, and how it fails, as values."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from mn_notebook.domain.ids import content_hash
from mn_notebook.domain.messages import Usage

FaultKind = Literal[
    "status",
    "reset",
    "reset_mid_body",
    "half_body",
    "hang",
    "drip",
    "garbage_status_line",
    "malformed_json",
    "wrong_shape",
    "html_page",
    "error_in_success",
    "empty_choices",
    "null_content",
    "missing_finish_reason",
    "wrong_finish_reason",
    "announced_calls",
    "malformed_arguments",
    "unknown_tool",
    "truncated_stream",
    "stream_without_done",
    "malformed_chunk",
    "error_chunk",
    "endless_stream",
    "refused_stream",
    "whole_for_stream",
]
"""The ways in which a model's server misbehaves on purpose.

Whole and streamed answers alike: ``status`` (with headers, such as ``retry-after``), ``reset``,
``reset_mid_body``, ``half_body``, ``hang``, ``drip``, ``garbage_status_line``, ``malformed_json``,
``wrong_shape``, ``html_page``, ``error_in_success``, ``empty_choices``, ``null_content``,
``missing_finish_reason``, ``wrong_finish_reason``, ``announced_calls``, ``malformed_arguments``,
``unknown_tool``.

Made for streams: ``truncated_stream`` (it ends early, and in good order), ``stream_without_done``,
``malformed_chunk``, ``error_chunk``, ``endless_stream`` (it says something now and then, for ever),
``refused_stream`` (an error for who asks for a stream; a whole answer for who does not) and
``whole_for_stream`` (a whole answer for who asks for a stream).
"""


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ModelFault(_Value):
    """One misbehaviour."""

    kind: FaultKind
    status: int = 503
    """For ``status`` and ``error_in_success``."""
    message: str = "scripted failure"
    code: str | None = None
    """The error's code, such as ``insufficient_quota``."""
    headers: dict[str, str] = Field(default_factory=dict)
    body: str | None = None
    """Sent as it is instead of an error made from ``message`` and ``code``."""
    drip_seconds: float = 0.05
    """For ``drip`` and ``endless_stream``: the pause before each byte, or event."""


class ScriptedCall(_Value):
    """A tool call that the model asks for."""

    name: str
    arguments: JsonValue = Field(default_factory=dict)
    """Text is sent as it is, well formed or not; anything else as JSON."""
    id: str | None = None

    @property
    def arguments_text(self) -> str:
        """The arguments as they are sent."""
        return self.arguments if isinstance(self.arguments, str) else json.dumps(self.arguments)


class Reply(_Value):
    """One answer; without text, value or calls it is the echo of what was asked."""

    text: str | None = None
    value: JsonValue = None
    """Answered as JSON text."""
    calls: tuple[ScriptedCall, ...] = ()
    usage: Usage | None = None
    """None: counted from the lengths of the texts."""
    says_usage: bool = True
    finish_reason: str | None = None
    """None: the one that fits."""
    model: str | None = None
    """The model that pretends to have answered; None: ``scripted:NAME``."""
    delay_seconds: float = Field(default=0.0, ge=0)
    headers: dict[str, str] = Field(default_factory=dict)
    fault: ModelFault | None = None


@dataclass(frozen=True)
class Asked:
    """What a scripted model was asked."""

    model: str
    messages: Sequence[Mapping[str, JsonValue]]
    """As they are on the wire."""
    tools: tuple[str, ...] = ()
    """The names of the tools that were offered natively."""
    response_schema: dict[str, JsonValue] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    """Lower-case names, without the key."""

    @property
    def last_user_text(self) -> str:
        """What the user said last."""
        said = [_text(message) for message in self.messages if message.get("role") == "user"]
        return said[-1] if said else ""

    @property
    def all_text(self) -> str:
        """Everything that was said, by anybody."""
        return "\n".join(_text(message) for message in self.messages)

    @property
    def turn(self) -> int:
        """How often the model has answered since the user spoke last."""
        roles = [message.get("role") for message in self.messages]
        since = len(roles) - roles[::-1].index("user") if "user" in roles else 0
        return roles[since:].count("assistant")

    @cached_property
    def request_hash(self) -> str:
        """A hash of what was asked: equal requests have equal hashes."""
        messages: list[JsonValue] = [dict(message) for message in self.messages]
        return content_hash([self.model, messages, list(self.tools), self.response_schema])


Said = JsonValue | ScriptedCall | tuple[ScriptedCall, ...] | ModelFault | Reply
"""What `Script.of` makes a reply of."""


def fails(status: int, *, code: str | None = None, **headers: str) -> ModelFault:
    """Return an answer with an HTTP error; headers are written with ``_`` for ``-``.

    >>> fails(429, retry_after="2").headers
    {'retry-after': '2'}
    """
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return ModelFault(kind="status", status=status, code=code, headers=named)


def _reply(said: Said) -> Reply:
    match said:
        case Reply():
            return said
        case ModelFault():
            return Reply(fault=said)
        case ScriptedCall():
            return Reply(calls=(said,))
        case tuple():
            return Reply(calls=said)
        case str():
            return Reply(text=said)
        case _:
            return Reply(value=said)


Answerer = Callable[[Asked], Reply]
"""Decides in Python; only in the process that scripts it."""


class Rule(_Value):
    """Answers those requests that it matches.

    Several replies are given one after the other, and the last one from then on. ``by="turn"``
    chooses by the turn of the conversation instead: it needs no memory, so that it holds when the
    server or the asking process starts again.
    """

    contains: str | None = None
    """A piece of what the user said last."""
    regex: str | None = None
    """Searched for in what the user said last."""
    anywhere: bool = False
    """``contains`` and ``regex`` look at all messages."""
    model: str | None = None
    """A regular expression for the whole name of the model."""
    tool: str | None = None
    """A tool that is offered."""
    replies: tuple[Reply, ...] = ()
    by: Literal["count", "turn"] = "count"
    times: int | None = None
    """So often at most; then the rule is as good as gone."""
    answer: Answerer | None = Field(default=None, exclude=True)

    def matches(self, asked: Asked) -> bool:
        """Tell whether every condition holds."""
        text = asked.all_text if self.anywhere else asked.last_user_text
        return (
            (self.contains is None or self.contains in text)
            and (self.regex is None or re.search(self.regex, text) is not None)
            and (self.model is None or re.fullmatch(self.model, asked.model) is not None)
            and (self.tool is None or self.tool in asked.tools)
        )


class Script(_Value):
    """What a scripted model answers: rules first, then the list, then the default.

    Without any of them it echoes: the smallest instance of the schema that was asked for, or a
    text that begins with its name. Equal requests get equal echoes.

    Most scripts are lists, and `Script.of` makes one of what is said:

    >>> script = Script.of("hello", {"kind": "bug"}, ScriptedCall(name="look"), fails(503))
    >>> [reply.fault.status if reply.fault else reply.text for reply in script.replies]
    ['hello', None, None, 503]

    Where steps run side by side the order of their calls is not certain: let rules answer.

    >>> polite = Rule(contains="thank you", replies=(Reply(text="You are welcome."),))
    >>> script = Script(rules=(polite,), default=Reply(text="What can I do?"))
    """

    name: str = "echo"
    """The model calls itself ``scripted:NAME``."""
    rules: tuple[Rule, ...] = ()
    replies: tuple[Reply, ...] = ()
    """Given one after the other to what no rule matches."""
    default: Reply = Reply()
    """Given when the list is used up."""

    @property
    def model(self) -> str:
        """The name that answers are stamped with."""
        return f"scripted:{self.name}"

    @classmethod
    def of(cls, *said: "Said", name: str = "script") -> "Script":
        """Return a script that says one thing after the other, and then echoes.

        Text is said as it is; any other value as JSON; a tool call is asked for, or several of them
        in a tuple; a fault misbehaves; a `Reply` says exactly what happens.
        """
        return cls(name=name, replies=tuple(_reply(one) for one in said))

    @classmethod
    def read(cls, path: Path) -> "Script":
        """Read a script from a file of JSON."""
        return cls.model_validate_json(path.read_bytes())


def _text(message: Mapping[str, JsonValue]) -> str:
    content = message.get("content")
    if isinstance(content, list):
        return "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else ""
