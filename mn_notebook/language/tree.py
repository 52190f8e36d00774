"""Workflow text as a tree in which every key and value knows where it stands."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from pydantic import JsonValue


class Mark(NamedTuple):
    """A place in the text that the user wrote; line and column are counted from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value."""

    mark: Mark
    value: str | int | float | bool | None
    text: str
    """The value as text, after YAML's quotes and folding are gone."""
    style: str
    """Empty for a plain scalar, else YAML's indicator: a quote, ``|`` or ``>``."""
    region: str = field(default="", repr=False)
    """The stretch of source that the scalar was read from."""
    after: str = field(default="", repr=False)
    """What follows the scalar on its last line."""
    size: int = 1

    def locate(self, offset: int) -> Mark:
        """Return where the character at ``offset`` of the text stands in the source.

        The word at the offset is looked up in the source, because quotes, folding and indentation
        leave words whole. When it cannot be found there, the scalar's own place is returned.
        """
        match = re.compile(r"[^\s\"'\\]+").search(self.text, offset)
        if match is None:
            return self.mark
        word, found = match.group(), -1
        for _ in range(self.text.count(word, 0, match.start()) + 1):
            found = self.region.find(word, found + 1 if found < 0 else found + len(word))
            if found < 0:
                return self.mark
        return self._mark_at(found)

    def _mark_at(self, position: int) -> Mark:
        before = self.region[:position]
        lines = before.count("\n")
        if lines == 0:
            return Mark(self.mark.line, self.mark.column + position)
        return Mark(self.mark.line + lines, position - before.rfind("\n"))


@dataclass(frozen=True, slots=True)
class Items:
    """A list of values."""

    mark: Mark
    items: "tuple[Node, ...]"
    size: int = 1
    closed: int = 0
    """The line of its closing bracket; 0 without brackets."""


class Entry(NamedTuple):
    """A key of a mapping with its value."""

    key: Scalar
    value: "Node"


@dataclass(frozen=True, slots=True)
class Fields:
    """A mapping; its keys are unique."""

    mark: Mark
    entries: tuple[Entry, ...]
    flow: bool = False
    """Written with braces."""
    size: int = 1
    closed: int = 0
    """The line of its closing brace; 0 without braces."""

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    def get(self, name: str) -> Entry | None:
        """Return the entry of a key, or None."""
        return next((entry for entry in self.entries if entry.key.text == name), None)


Node = Scalar | Items | Fields


def plain(node: Node) -> JsonValue:
    """Return a node's value without its positions."""
    match node:
        case Scalar():
            return node.value
        case Items():
            return [plain(item) for item in node.items]
        case Fields():
            return {entry.key.text: plain(entry.value) for entry in node}


def last_line(node: Node) -> int:
    """Return the line that a node ends at; comments behind it are not part of it."""
    match node:
        case Scalar():
            return node.mark.line + node.region.rstrip().count("\n")
        case Items(items=inside) if not node.closed:
            return max(map(last_line, inside), default=node.mark.line)
        case Fields(entries=entries) if not node.closed:
            return max((entry_end(entry) for entry in entries), default=node.mark.line)
        case _:
            return node.closed


def entry_end(entry: Entry) -> int:
    """Return the line that a key with its value ends at."""
    return max(entry.key.mark.line, last_line(entry.value))


def scalars(node: Node) -> Iterator[Scalar]:
    """Yield every scalar value below a node, in the order of the text."""
    match node:
        case Scalar():
            yield node
        case Items():
            for item in node.items:
                yield from scalars(item)
        case Fields():
            for entry in node:
                yield from scalars(entry.value)


def described(node: Node) -> str:
    """Say in a few words what a node is, for messages: ``the number 5``, ``a list``."""
    match node:
        case Items():
            return "a list"
        case Fields():
            return "a mapping"
        case Scalar(value=None):
            return "nothing"
        case Scalar(value=bool(value)):
            return "true" if value else "false"
        case Scalar(value=int() | float()):
            return f"the number {node.text}"
        case Scalar():
            return repr(_shortened(node.text))


def _shortened(text: str, limit: int = 60) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
