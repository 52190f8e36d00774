"""What is wrong with a text that is no YAML, and how its line would be right."""

import re
from collections.abc import Callable
from typing import NamedTuple

from mn_notebook.language.vocabulary import EXPRESSION_KEYS

_LEAD = r"(?P<lead>\s*(?:-\s+)*(?:(?P<key>[\w.-]+):\s+)?)"
_OPENS_WITH_BRACES = re.compile(_LEAD + r"(?P<value>\{[{%#].*)")
_HAS_VALUE = re.compile(_LEAD + r"(?P<value>\S.*)")
_TYPE_WITH_BRACKETS = re.compile(r"(?<![\"'\w])(?:list|dict)\[(?:[^\[\]]|\[[^\[\]]*\])*\]\??")
_BARE_BRACES = re.compile(r"(?<=[:,\[{\s])(?<![\"'])\{\{(?:[^{}]|\{[^{}]*\})*\}\}(?![\"'])")
_LONE = re.compile(r"\{\{(?P<inner>[^{}]*)\}\}")


class YamlMistakeError(Exception):
    """A text is no YAML; line and column are counted from 0."""

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column


def explained(error: Exception, text: str) -> YamlMistakeError:
    """Turn the parser's complaint into one that says what to write."""
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return _unmarked(error, text)
    problem = str(getattr(error, "problem", "") or "")
    lines = text.split("\n")
    context = getattr(error, "context_mark", None)
    places = [(mark.line, mark.column)]
    if context is not None and context.line != mark.line:
        places.append((context.line, context.column))
    for line, column in places:
        found = _line_mistake(_Spot(lines[line] if line < len(lines) else "", column, problem))
        if found is not None:
            message, at = found
            return YamlMistakeError(message, line, at)
    unclosed = _unclosed(problem, context, mark.line)
    return unclosed or YamlMistakeError(_reworded(problem), mark.line, mark.column)


def braces_as_key(text: str, line: int, column: int) -> YamlMistakeError:
    """Explain a ``{{`` that YAML took for the begin of a mapping."""
    spot = _Spot(text.split("\n")[line], column, "")
    found = _braces(spot) or _bare_braces(spot)
    message, at = found or ("a text with {{ }} must be quoted here", column)
    return YamlMistakeError(message, line, at)


_Mistake = tuple[str, int]
"""What to say, and the column to say it at."""


class _Spot(NamedTuple):
    line: str
    column: int
    complaint: str
    """What the parser says."""


def _line_mistake(spot: _Spot) -> _Mistake | None:
    for look in _LOOKS:
        if (found := look(spot)) is not None:
            return found
    return None


_CURLY_QUOTED = re.compile('[\u201c\u201d\u201e]([^\u201c\u201d\u201e"]*)[\u201c\u201d]')


def _cell(spot: _Spot) -> _Mistake | None:
    """Explain what was copied together with a workflow: a cell's first line, or a fence."""
    line = spot.line.strip()
    if line.startswith("%%mn "):
        name = line.removeprefix("%%mn ").removeprefix("workflow").strip()
        return f"this is the first line of a cell; in a file, write: `workflow: {name}`", 0
    if line.startswith("```"):
        return "this line is Markdown's, and no part of the workflow; remove it", 0
    return None


def _curly_quotes(spot: _Spot) -> _Mistake | None:
    match = _CURLY_QUOTED.search(spot.line)
    if match is None:
        return None
    right = _CURLY_QUOTED.sub(lambda found: quoted(found[1]), spot.line).strip()
    return f"typographic quotes do not quote here; write: `{right}`", match.start()


def _tab(spot: _Spot) -> _Mistake | None:
    indent = spot.line[: len(spot.line) - len(spot.line.lstrip())]
    if "\t" not in indent:
        return None
    right = spot.line.replace("\t", "  ").rstrip()
    return f"indent with spaces, not with a tab; write: `{right}`", indent.index("\t")


def _braces(spot: _Spot) -> _Mistake | None:
    match = _OPENS_WITH_BRACES.fullmatch(spot.line)
    if match is None:
        return None
    value = match["value"].rstrip()
    lone = _LONE.fullmatch(value)
    if lone and match["key"] in EXPRESSION_KEYS:
        right = (match["lead"] + lone["inner"].strip()).strip()
        return f"an expression stands without braces; write: `{right}`", match.start("value")
    right = (match["lead"] + quoted(value)).strip()
    return f"a text that begins with {value[:2]} must be quoted; write: `{right}`", match.start(
        "value"
    )


def _bare_braces(spot: _Spot) -> _Mistake | None:
    first = _BARE_BRACES.search(spot.line)
    if first is None:
        return None
    right = _BARE_BRACES.sub(lambda match: quoted(match.group()), spot.line).strip()
    return f"a text with {{{{ }}}} must be quoted here; write: `{right}`", first.start()


def _brackets(spot: _Spot) -> _Mistake | None:
    first = _TYPE_WITH_BRACKETS.search(spot.line)
    if "got '['" not in spot.complaint or first is None:
        return None
    right = _TYPE_WITH_BRACKETS.sub(lambda match: quoted(match.group()), spot.line).strip()
    return f"a type with brackets must be quoted inside {{ }}; write: `{right}`", first.start()


def _colon(spot: _Spot) -> _Mistake | None:
    match = _HAS_VALUE.fullmatch(spot.line)
    if (
        "mapping values are not allowed" not in spot.complaint
        or match is None
        or match["key"] is None
    ):
        return None
    if spot.column <= match.start("value"):
        return None
    right = (match["lead"] + quoted(match["value"].rstrip())).strip()
    return f"a text with a colon and a space must be quoted; write: `{right}`", match.start("value")


def _odd_first(spot: _Spot) -> _Mistake | None:
    match = _HAS_VALUE.fullmatch(spot.line)
    if match is None or match["key"] is None or match["value"][0] not in "@`%&*!|>'\"[{":
        return None
    if match["value"][0] in "[{" and not re.search(r"[\]}]\s*[^\s\]},]", match["value"]):
        return None  # not a text that begins with a bracket, but a bracket that is not closed
    if spot.column < match.start("value") or "end of stream" in spot.complaint:
        return None
    value = match["value"].rstrip()
    right = (match["lead"] + quoted(value)).strip()
    return f"a text that begins with {value[0]} must be quoted; write: `{right}`", match.start(
        "value"
    )


_LOOKS: tuple[Callable[[_Spot], _Mistake | None], ...] = (
    _cell,
    _tab,
    _braces,
    _brackets,
    _bare_braces,
    _colon,
    _curly_quotes,
    _odd_first,
)


def quoted(text: str) -> str:
    """Quote a text for YAML in the way that needs the fewest escapes.

    >>> print(quoted('say "hi"'), quoted("plain"))
    'say "hi"' "plain"
    """
    if '"' in text or "\\" in text:
        return "'" + text.replace("'", "''") + "'"
    return f'"{text}"'


def _unclosed(problem: str, context: object, mark_line: int) -> YamlMistakeError | None:
    if context is None:
        return None
    line, column = getattr(context, "line", 0), getattr(context, "column", 0)
    if "end of stream" in problem:
        return YamlMistakeError("a quote is opened here and never closed", line, column)
    if "expected ',' or" in problem and line != mark_line:
        return YamlMistakeError("a bracket is opened here and not closed", line, column)
    return None


_REWORDED = (
    ("could not find expected ':'", "expected `key: value`; a colon is missing"),
    ("mapping values are not allowed", "expected no further colon here; quote the text, or indent"),
    (
        "expected <block end>",
        "this line does not fit the ones above it; align it with the keys beside it",
    ),
    ("expected ',' or '}'", "expected a comma or } here"),
    ("expected ',' or ']'", "expected a comma or ] here"),
    ("cannot start any token", "a text cannot begin with this character; quote the text"),
)


def _reworded(problem: str) -> str:
    for complaint, words in _REWORDED:
        if complaint in problem:
            return words
    return f"this is not valid YAML: {problem or 'unknown syntax'}"


def _unmarked(error: Exception, text: str) -> YamlMistakeError:
    position = getattr(error, "position", None)
    character = getattr(error, "character", None)
    if isinstance(error, YamlMistakeError):
        return error
    if isinstance(position, int) and character is not None:
        before = text[:position]
        column = position - (before.rfind("\n") + 1)
        code = character if isinstance(character, int) else ord(str(character)[0])
        return YamlMistakeError(
            f"the character U+{code:04X} is not allowed; remove it", before.count("\n"), column
        )
    return YamlMistakeError("this is not valid YAML", 0, 0)
