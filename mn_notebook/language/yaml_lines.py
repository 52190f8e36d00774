"""Values as lines of YAML that the language reads back as the same values."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from mn_notebook.language.scalars import resolve_plain

Writable: TypeAlias = "str | int | float | bool | Mapping[str, Any] | Sequence[Any] | None"
"""JSON, in whatever mappings and sequences."""

_WIDTH = 88
_KEY = re.compile(r"[^\W\d][\w-]*")
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")
_INDICATORS = frozenset("-?:,[]{}#&*!|>'\"%@`")
_FLOW = frozenset(",[]{}")
_DOCUMENT = ("---", "...")


def entry_lines(key: str, value: Writable, indent: int = 0) -> list[str]:
    """Return the lines of a key with its value, in braces where that fits on one line.

    >>> print(*entry_lines("retry", {"attempts": 3, "backoff": "2s"}), sep="|")
    retry: {attempts: 3, backoff: 2s}
    """
    return _behind(f"{' ' * indent}{key_text(key)}:", value, indent)


def block_lines(fields: Mapping[str, Writable], indent: int = 0) -> list[str]:
    """Return the lines of a mapping, each key on a line of its own."""
    return [line for key, value in fields.items() for line in entry_lines(key, value, indent)]


def section_lines(key: str, fields: Mapping[str, Writable], indent: int = 0) -> list[str]:
    """Return the lines of a key whose value is a mapping that is never put on one line."""
    return [f"{' ' * indent}{key_text(key)}:", *block_lines(fields, indent + 2)]


def key_text(key: str) -> str:
    """Return a key, quoted where it has to be."""
    return key if _KEY.fullmatch(key) and isinstance(resolve_plain(key), str) else json_text(key)


def json_text(value: Writable) -> str:
    """Return JSON that YAML reads as the same value, whatever characters it has."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match.group()):04x}", text)


def _behind(head: str, value: Writable, indent: int) -> list[str]:
    match value:
        case str() if (block := _literal(value)) is not None:
            style, lines = block
            pad = " " * (indent + 2)
            return [f"{head} {style}", *(pad + line if line else "" for line in lines)]
        case str():
            return [f"{head} {_scalar(value, flow=False)}"]
        case Mapping() if value and not _fits(head, value):
            return [head, *block_lines(value, indent + 2)]
        case list() | tuple() if value and not _fits(head, value):
            return [head, *(line for item in value for line in _item(item, indent + 2))]
        case _:
            return [f"{head} {_inline(value)}"]


def _item(value: Writable, indent: int) -> list[str]:
    head = " " * indent + "-"
    if isinstance(value, Mapping) and value and not _fits(head, value):
        first, *rest = block_lines(value, indent + 2)
        return [f"{head} {first.lstrip()}", *rest]
    if isinstance(value, Mapping) and len(value) == 1:
        ((key, inner),) = value.items()
        return [f"{head} {key_text(key)}: {_inline(inner)}"]
    return _behind(head, value, indent)


def _fits(head: str, value: Writable) -> bool:
    return not _has_lines(value) and len(head) + 1 + len(_inline(value)) <= _WIDTH


def _has_lines(value: Writable) -> bool:
    match value:
        case str():
            return _literal(value) is not None
        case Mapping():
            return any(map(_has_lines, value.values()))
        case list() | tuple():
            return any(map(_has_lines, value))
        case _:
            return False


def _inline(value: Writable) -> str:
    match value:
        case str():
            return _scalar(value, flow=True)
        case Mapping():
            fields = (f"{key_text(key)}: {_inline(inner)}" for key, inner in value.items())
            return "{" + ", ".join(fields) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(_inline, value)) + "]"
        case _:
            return json_text(value)


def _scalar(text: str, *, flow: bool) -> str:
    return text if _is_plain(text, flow=flow) else json_text(text)


def _is_plain(text: str, *, flow: bool) -> bool:
    if not text or not text.isprintable() or text != text.strip():
        return False
    if text[0] in _INDICATORS or text.startswith(_DOCUMENT) or text.endswith(":"):
        return False
    if ": " in text or " #" in text or (flow and _FLOW & set(text)):
        return False
    return isinstance(resolve_plain(text), str)


def _literal(text: str) -> tuple[str, list[str]] | None:
    """Return a text of several lines as the lines below a ``|``, or None where that is no way."""
    lines = text.removesuffix("\n").split("\n")
    if "\n" not in text or lines[0][:1] in ("", " ") or not lines[-1]:
        return None
    for line in lines:
        if not line.isprintable() or (line and not line.strip()):
            return None
    return ("|" if text.endswith("\n") else "|-"), lines
