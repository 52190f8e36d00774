"""YAML text to a tree with positions."""

import re
from collections.abc import Iterator

from ruamel.yaml import YAML
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from mn_notebook.language.findings import Findings
from mn_notebook.language.mistakes import YamlMistakeError, braces_as_key, explained
from mn_notebook.language.scalars import resolve_plain
from mn_notebook.language.tree import Entry, Fields, Items, Mark, Node, Scalar

_MOST_CHARACTERS = 4_000_000
_MOST_NODES = 200_000
_HALVES = re.compile(r"[\ud800-\udfff]")
"""Enough for 10,000 steps with their fields; what values repeat is counted, too."""
_DEEPEST = 40
_NO_MERGE = (
    "`<<` is not part of the language: write the keys out; what all steps share can stand below "
    "`defaults:`"
)
_STRING_TAG = "tag:yaml.org,2002:str"


def read_text(source: str, findings: Findings, *, first_line: int = 1) -> Fields | None:
    """Return the mapping that a text holds, or None when the text cannot be read as one.

    What is wrong is added to the findings: one problem for a text that is no YAML, since what
    follows a syntax error is guesswork, and all that the tree shows otherwise.
    """
    text = normalised(source)
    try:
        root = _Reader(text, findings, first_line).document()
    except YamlMistakeError as wrong:
        findings.problem(Mark(wrong.line + first_line, wrong.column + 1), wrong.message)
        return None
    if isinstance(root, Fields):
        return root
    mark = Mark(first_line, 1) if root is None else root.mark
    findings.problem(mark, "expected a workflow: keys such as `inputs:` and `steps:`")
    return None


def normalised(source: str) -> str:
    r"""Return the text as it is read: ``\n`` ends every line, and the last one too."""
    text = source.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return text if text.endswith("\n") else text + "\n"


class _Reader:
    """Builds the tree of one text from the parser's events."""

    def __init__(self, text: str, findings: Findings, first_line: int) -> None:
        self._text = text
        self._findings = findings
        self._first_line = first_line
        self._events = _events(text)
        self._anchors: dict[str, Node | None] = {}
        self._size = 0

    def document(self) -> Node | None:
        """Read the only document of the text.

        Raises:
            YamlMistakeError: it is no YAML, or not of the kind that a workflow is written in.
        """
        root: Node | None = None
        for event in self._events:
            if isinstance(event, DocumentStartEvent) and root is not None:
                raise _wrong(event, "expected one document; remove the line `---`")
            if isinstance(event, NodeEvent):
                root = self._node(event, 0)
        return root

    def _node(self, event: Event, depth: int) -> Node:
        if depth > _DEEPEST:
            raise _wrong(event, f"expected at most {_DEEPEST} levels of nesting")
        if isinstance(event, AliasEvent):
            node = self._alias(event)
        else:
            self._begin_anchor(event)
            node = self._content(event, depth)
            if anchor := getattr(event, "anchor", None):
                self._anchors[anchor] = node
        return node

    def _content(self, event: Event, depth: int) -> Node:
        self._check_tag(event)
        self._count(event, 1)
        match event:
            case ScalarEvent():
                return self._scalar(event)
            case SequenceStartEvent():
                return self._items(event, depth)
            case MappingStartEvent():
                return self._fields(event, depth)
            case _:  # the parser's grammar gives a node here
                raise _wrong(event, "expected a value")

    def _begin_anchor(self, event: Event) -> None:
        if anchor := getattr(event, "anchor", None):
            self._anchors[anchor] = None

    def _alias(self, event: AliasEvent) -> Node:
        node = self._anchors.get(event.anchor)
        if node is None:
            raise _wrong(
                event,
                f"`*{event.anchor}` is YAML's sign for a repeated value, and no value is marked "
                f"`&{event.anchor}` before it; quote a text that begins with *",
            )
        self._count(event, node.size)
        return node

    def _count(self, event: Event, size: int) -> None:
        self._size += size
        if self._size > _MOST_NODES:
            raise _wrong(event, f"expected at most {_MOST_NODES} values in a workflow")

    def _check_tag(self, event: Event) -> None:
        tag = getattr(event, "tag", None)
        if tag is not None and tag not in (_STRING_TAG, "!"):
            self._findings.problem(
                self._mark(event),
                f"tags such as {str(tag).removeprefix('tag:yaml.org,2002:')!r} are not part of "
                "the language; remove it, or quote a text that begins with !",
            )

    def _mark(self, event: Event) -> Mark:
        start = event.start_mark
        return Mark(start.line + self._first_line, start.column + 1)

    def _scalar(self, event: ScalarEvent) -> Scalar:
        text = self._whole(event, str(event.value))
        end = event.end_mark.index
        rest = self._text.find("\n", end)
        implied = event.style is None and event.tag is None
        return Scalar(
            mark=self._mark(event),
            value=resolve_plain(text) if implied else text,
            text=text,
            style=event.style or "",
            region=self._text[event.start_mark.index : end],
            after=self._text[end : max(rest, end)],
        )

    def _whole(self, event: ScalarEvent, text: str) -> str:
        r"""Join what JSON escapes as two halves, such as ``\ud83d\ude00``; report a lone half."""
        if not _HALVES.search(text):
            return text
        joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        if joined.count("\ufffd") > text.count("\ufffd"):
            self._findings.problem(
                self._mark(event),
                "a text holds half of a character (a lone surrogate); write the character itself",
            )
        return joined

    def _items(self, event: SequenceStartEvent, depth: int) -> Items:
        items: list[Node] = []
        while not isinstance(inner := next(self._events), SequenceEndEvent):
            items.append(self._node(inner, depth + 1))
        size = 1 + sum(item.size for item in items)
        return Items(self._mark(event), tuple(items), size, self._closed(event, inner))

    def _fields(self, event: MappingStartEvent, depth: int) -> Fields:
        entries: dict[str, Entry] = {}
        while not isinstance(inner := next(self._events), MappingEndEvent):
            key = self._key(event, inner, depth)
            value = self._node(next(self._events), depth + 1)
            if key.text == "<<" and not key.style:
                place = (key.mark.line - self._first_line, key.mark.column - 1)
                raise YamlMistakeError(_NO_MERGE, *place)
            if key.text in entries:
                first = entries[key.text].key.mark.line
                self._findings.problem(
                    key.mark, f"duplicate key {key.text!r}; it stands in line {first} already"
                )
            else:
                entries[key.text] = Entry(key, value)
        size = 1 + sum(1 + entry.value.size for entry in entries.values())
        fields = tuple(entries.values())
        closed = self._closed(event, inner)
        return Fields(self._mark(event), fields, bool(event.flow_style), size, closed)

    def _closed(self, start: SequenceStartEvent | MappingStartEvent, end: Event) -> int:
        return end.start_mark.line + self._first_line if start.flow_style else 0

    def _key(self, outer: MappingStartEvent, event: Event, depth: int) -> Scalar:
        key = self._node(event, depth + 1)
        if isinstance(key, Scalar):
            if not key.style and key.text[:1].isspace():
                # YAML knows one space, and takes the others for letters.
                code = f"U+{ord(key.text[0]):04X}"
                raise _wrong(event, f"indent with plain spaces, not with the character {code}")
            return key
        if isinstance(event, MappingStartEvent) and event.flow_style and outer.flow_style:
            raise braces_as_key(self._text, outer.start_mark.line, outer.start_mark.column)
        raise _wrong(event, "expected a word as a key")


def _wrong(event: Event, message: str) -> YamlMistakeError:
    return YamlMistakeError(message, event.start_mark.line, event.start_mark.column)


def _events(text: str) -> Iterator[Event]:
    """Yield the parser's events; whatever it stumbles over becomes a `YamlMistakeError`."""
    if len(text) > _MOST_CHARACTERS:
        raise YamlMistakeError(f"expected at most {_MOST_CHARACTERS} characters", 0, 0)
    try:
        yield from YAML(typ="safe", pure=True).parse(text)
    except Exception as error:  # the parser leaks ValueError and others on odd input
        raise explained(error, text) from error
