"""Turns what a server's tool answered into a value, or into the failure that it is.

All of it is data. That a tool says that it did not fail proves nothing; an answer that is not what
its server declared is not believed.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import JsonValue

from mn_notebook.agents.mcp.faults import ToolSaidError, UnlikeDeclared
from mn_notebook.domain.definitions import ToolDefinition
from mn_notebook.domain.shapes import first_fault
from mn_notebook.domain.values import sayable

MAX_RESULT = 1_000_000
"""Characters of a result that are kept."""
MAX_ERROR = 2_000
"""Characters of an error that are told."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a tool answered, of no library's type."""

    blocks: tuple[Mapping[str, Any], ...] = ()
    """Pieces of content, as JSON."""
    structured: JsonValue = None
    has_structured: bool = False
    is_error: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """What a server asks a person before it goes on with a call."""

    prompt: str
    form: dict[str, JsonValue]
    """The JSON Schema of an object: what is to be filled in."""
    state: JsonValue = field(default=None)
    """What the server wants to be told again, with the answer; only it understands it."""

    @property
    def asks(self) -> bool:
        """Tell whether a person is asked at all; else the server only wants more time."""
        return bool(self.prompt) or bool(self.form.get("properties"))


def value_of(answer: Answer, definition: ToolDefinition) -> JsonValue:
    """Return the value that an answer is: what is structured, else its text.

    Raises:
        ToolSaidError: it says that the tool failed.
        UnlikeDeclared: it is not what the tool's schema declares, or too large.
    """
    text = "\n".join(part for part in map(_text_of, answer.blocks) if part)
    if answer.is_error:
        said = text or json.dumps(answer.structured, ensure_ascii=False)
        raise ToolSaidError(f"{definition.name!r} says: {_short(said)}")
    if not answer.has_structured:
        if definition.output_schema is not None:
            message = f"{definition.name!r} gave no structured result, and declares one"
            raise UnlikeDeclared(f"{message}; it said: {_short(text)}")
        return _cut(text)
    if definition.output_schema is not None:
        fault = first_fault(answer.structured, definition.output_schema)
        if fault is not None:
            message = f"the result of {definition.name!r} is not what it declares: {fault}"
            raise UnlikeDeclared(message)
    size = len(json.dumps(answer.structured, ensure_ascii=False))
    if size > MAX_RESULT:
        message = f"the result of {definition.name!r} has {size:,} characters of JSON"
        raise UnlikeDeclared(f"{message}; at most {MAX_RESULT:,} are kept: ask for less")
    return answer.structured


def _cut(text: str) -> str:
    if len(text) <= MAX_RESULT:
        return sayable(text)
    return f"{sayable(text[:MAX_RESULT])}… (cut: {len(text) - MAX_RESULT:,} characters more)"


def _short(text: str) -> str:
    return sayable(text if len(text) <= MAX_ERROR else f"{text[:MAX_ERROR]}…")


def _text_of(block: Mapping[str, Any]) -> str:
    match block.get("type"):
        case "text":
            return str(block.get("text", ""))
        case "image" | "audio" as kind:
            size = len(str(block.get("data", ""))) * 3 // 4
            return f"[{kind} of {size:,} bytes, {block.get('mimeType', 'unknown')}: not kept]"
        case "resource_link":
            return f"[link: {block.get('uri', '')}]"
        case "resource":
            return _resource(block.get("resource"))
        case other:
            return f"[{other}: not kept]"


def _resource(resource: Any) -> str:
    if not isinstance(resource, Mapping):
        return "[resource: not kept]"
    if "text" in resource:
        return str(resource["text"])
    size = len(str(resource.get("blob", ""))) * 3 // 4
    return f"[{resource.get('uri', 'resource')} of {size:,} bytes: not kept]"
