"""A workflow's text as a file that brings inputs to try it with."""

import json
import re
from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from mn_notebook.errors import DefinitionError
from mn_notebook.language.findings import Findings
from mn_notebook.language.text import normalised, read_text
from mn_notebook.language.tree import Fields, Scalar, plain

_MARKER = re.compile(r"^(?:---|\.\.\.)(?=\s|$)", re.MULTILINE)
_DIRECTIVE = re.compile(r"^%(?:YAML|TAG)\b.*\n", re.MULTILINE)
_OURS = ("workflow", "examples")


def with_examples(
    source_text: str,
    name: str,
    inputs: Mapping[str, JsonValue] | Sequence[Mapping[str, JsonValue]],
) -> str:
    """Return a workflow's text as a file: its name on top, its comments kept, examples at the end.

    ``inputs`` are those of one example or of several; they replace the ones that the text has.
    The file parses to a workflow with the same hash, but for its name when that is another one.

    Raises:
        DefinitionError: the text is no YAML.
    """
    findings = Findings()
    root = read_text(source_text, findings)
    if root is None or findings.problems:
        raise DefinitionError(findings.problems, name=name)
    examples = [inputs] if isinstance(inputs, Mapping) else list(inputs)
    text = _DIRECTIVE.sub("\n", _MARKER.sub("", normalised(source_text)))
    indent = " " * (root.mark.column - 1)
    body = _as_json(root) if root.flow else _without(text, root)
    top = f"{indent}workflow: {_key(name)}{_remark(root)}\n"
    return top + body + _examples(examples, indent)


def _remark(root: Fields) -> str:
    """Return the comment behind the name that a text has already."""
    entry = root.get("workflow")
    after = entry.value.after if entry and isinstance(entry.value, Scalar) else ""
    return after if after.lstrip().startswith("#") and not root.flow else ""


def _needs_quotes(name: str) -> bool:
    return name.casefold() in ("null", "true", "false") or not name.isidentifier()


def _without(text: str, root: Fields) -> str:
    """Remove the lines of our own keys from a text."""
    lines = text.split("\n")
    starts = [entry.key.mark.line - 1 for entry in root] + [len(lines) - 1]
    kept = lines[: starts[0]]
    for entry, start, end in zip(root, starts, starts[1:], strict=False):
        if entry.key.text in _OURS:
            kept += _comments(lines[start + 1 : end])
        else:
            kept += lines[start:end]
    return "\n".join(kept) + "\n" if kept else ""


def _comments(lines: list[str]) -> list[str]:
    """Keep what stands between a removed key and the next one: comments and empty lines."""
    last = max((at for at, line in enumerate(lines) if not _is_comment(line)), default=-1)
    return lines[last + 1 :]


def _is_comment(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")


def _as_json(root: Fields) -> str:
    """A text in braces cannot be added to line by line; JSON says the same."""
    return "".join(
        f"{_json(entry.key.text)}: {_json(plain(entry.value))}\n"
        for entry in root
        if entry.key.text not in _OURS
    )


def _examples(examples: Sequence[Mapping[str, JsonValue]], indent: str) -> str:
    if not examples:
        return ""
    lines = [f"{indent}examples:"]
    for example in examples:
        fields = [f"{_key(key)}: {_json(value)}" for key, value in example.items()] or ["{}"]
        lines += [
            f"{indent}{'  - ' if position == 0 else '    '}{field}"
            for position, field in enumerate(fields)
        ]
    return "\n".join(lines) + "\n"


def _key(key: str) -> str:
    return _json(key) if _needs_quotes(key) else key


_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")


def _json(value: JsonValue | Mapping[str, JsonValue]) -> str:
    """Return JSON that YAML reads as the same value, whatever characters it has."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match.group()):04x}", text)
