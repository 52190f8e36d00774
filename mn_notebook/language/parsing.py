"""Templates and expressions as trees of nodes, without what could run long or reach out."""

import math
import re
from collections.abc import Callable, Iterator
from typing import TypeVar

from jinja2 import TemplateSyntaxError, nodes
from jinja2.parser import Parser

from mn_notebook.language.bounds import MOST_SOURCE
from mn_notebook.language.sandbox import TOLLS, BoundedEnvironment
from mn_notebook.language.words import hint

ENVIRONMENT = BoundedEnvironment()
"""Shared by all texts: it holds nothing of any of them."""

_DEEPEST = 80
_DEEPEST_LOOPS = 4
_OPENING = re.compile(r"\{\{-?(?P<inner>.*?)-?\}\}|\{%")
_BRACES = re.compile(r"\{\{|\{%|\}\}|%\}")
_LONE = re.compile(r"\s*\{\{-?(?P<inner>.*?)-?\}\}\s*", re.DOTALL)

_TAGS: dict[type[nodes.Node], str] = {
    nodes.Macro: "macro",
    nodes.CallBlock: "call",
    nodes.FilterBlock: "filter",
    nodes.Include: "include",
    nodes.Import: "import",
    nodes.FromImport: "import",
    nodes.Extends: "extends",
    nodes.Block: "block",
    nodes.AssignBlock: "set … endset",
    nodes.ScopedEvalContextModifier: "autoescape",
    nodes.NSRef: "namespace",
}
_ALLOWED: tuple[type[nodes.Node], ...] = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.For,
    nodes.If,
    nodes.Assign,
    nodes.With,
    nodes.Name,
    nodes.Const,
    nodes.Tuple,
    nodes.List,
    nodes.Dict,
    nodes.Pair,
    nodes.Keyword,
    nodes.CondExpr,
    nodes.Filter,
    nodes.Test,
    nodes.Call,
    nodes.Getitem,
    nodes.Getattr,
    nodes.Slice,
    nodes.Concat,
    nodes.Compare,
    nodes.Operand,
    nodes.BinExpr,
    nodes.UnaryExpr,
)


class TextError(ValueError):
    """A text is no template or no expression; ``offset`` says where in it."""

    def __init__(self, message: str, offset: int = 0) -> None:
        super().__init__(message)
        self.offset = offset


def parse_template(text: str) -> nodes.Template:
    """Return the nodes of a template.

    Raises:
        TextError: it is none, or holds what texts may not.
    """
    parsed = _guarded(text, ENVIRONMENT.parse, _in_template)
    _check(parsed, text)
    return parsed


def parse_expression(text: str) -> nodes.Expr:
    """Return the nodes of an expression.

    Raises:
        TextError: it is none, or holds what texts may not.
    """
    if not text.strip():
        raise TextError("expected an expression, found nothing")
    try:
        parsed = _guarded(text, _expression, line_offset)
    except TextError as wrong:
        raise _with_braces(text) or wrong from wrong
    _check(parsed, text)
    return parsed


def _with_braces(text: str) -> TextError | None:
    braces = _BRACES.search(text)
    if braces is None:
        return None
    lone = _LONE.fullmatch(text)
    fix = f"; write: {lone['inner'].strip()}" if lone else ""
    return TextError(f"an expression stands without braces{fix}", braces.start())


def lone_expression(parsed: nodes.Template) -> nodes.Expr | None:
    """Return the expression of a template that is nothing else: a lone ``{{ x }}``."""
    inner = [
        node
        for output in parsed.body
        for node in (output.nodes if isinstance(output, nodes.Output) else [output])
        if not (isinstance(node, nodes.TemplateData) and not node.data.strip())
    ]
    match inner:
        case [nodes.Expr() as lone] if not isinstance(lone, nodes.TemplateData):
            return lone
        case _:
            return None


def plain_path(node: nodes.Node) -> tuple[str, ...] | None:
    """Return the names of ``a.b.c``, or None for any other expression."""
    fields: list[str] = []
    while True:
        match node:
            case nodes.Getattr(node=inner, attr=name):
                fields.append(name)
            case nodes.Getitem(node=inner, arg=nodes.Const(value=str(name))):
                fields.append(name)
            case nodes.Name(name=name):
                return (name, *reversed(fields))
            case _:
                return None
        node = inner


def line_offset(text: str, line: int) -> int:
    """Return where a line of a text begins; lines are counted from 1."""
    position = 0
    for _ in range(line - 1):
        position = text.find("\n", position) + 1
    return position


def walk(root: nodes.Node) -> Iterator[tuple[nodes.Node, int]]:
    """Yield every node below and with ``root``, and how deep it is."""
    waiting = [(root, 0)]
    while waiting:
        node, depth = waiting.pop()
        yield node, depth
        waiting.extend((child, depth + 1) for child in node.iter_child_nodes())


_Parsed = TypeVar("_Parsed", bound=nodes.Node)


def _guarded(
    text: str, parse: Callable[[str], _Parsed], place: Callable[[str, int], int]
) -> _Parsed:
    if len(text) > MOST_SOURCE:
        raise TextError(f"expected at most {MOST_SOURCE} characters")
    try:
        return parse(text)
    except TemplateSyntaxError as error:
        message = error.message or ""
        if unclosed := _UNCLOSED.search(message):
            raise _never_closed(text, unclosed["tag"]) from error
        told = _reworded(message) + _operator(text, message)
        raise TextError(told, place(text, error.lineno)) from error
    except RecursionError as error:
        raise TextError("this is nested too deeply") from error
    except (ValueError, OverflowError) as error:  # such as a number of ten thousand digits
        raise TextError(f"this cannot be read: {error}") from error


def _expression(text: str) -> nodes.Expr:
    parser = Parser(ENVIRONMENT, text, state="variable")
    expression = parser.parse_expression()
    if not parser.stream.eos:
        found = parser.stream.current
        raise TemplateSyntaxError(f"unexpected {found.value!r}", found.lineno)
    return expression


_UNCLOSED = re.compile(r"innermost block that needs to be closed is '(?P<tag>\w+)'")


def _never_closed(text: str, tag: str) -> TextError:
    opened = [0]
    for found in re.finditer(rf"\{{%[-+]?\s*(?P<end>end)?{tag}\b", text):
        if not found["end"]:
            opened.append(found.start())
        elif len(opened) > 1:
            opened.pop()
    return TextError(f"{{% {tag} %}} is never closed; add {{% end{tag} %}}", opened[-1])


_TOKENS = {
    "end of print statement": "}}",
    "end of statement block": "%}",
    "begin of print statement": "{{",
    "begin of statement block": "{%",
}


_OPERATORS = {
    "'='": ("=", "; to compare, write =="),
    "'&'": ("&&", "; write: and"),
    "'|'": ("||", "; write: or"),
    "'!'": ("!", "; write: not"),
    "'?'": ("?", "; write: A if CONDITION else B"),
}
"""What the parser stops at, how other languages write it, and what it is here."""


def _operator(text: str, message: str) -> str:
    """Return how an operator is written that stands where the parser stopped."""
    stopped = message.partition("got ")[2] or message.partition("unexpected ")[2]
    fixes = [fix for found, (sign, fix) in _OPERATORS.items() if found in stopped and sign in text]
    return fixes[0] if fixes else ""


def _reworded(message: str) -> str:
    for words, token in _TOKENS.items():
        message = message.replace(f"'{words}'", repr(token)).replace(words, repr(token))
    message = message.replace("expected token ", "expected ").rstrip(".")
    message = message.replace("unexpected 'end of template'", "something is missing at the end")
    return message[:1].lower() + message[1:]


def _in_template(text: str, line: int) -> int:
    """Find the braces on a line that cannot be read, else the first ones, else the line."""
    start = line_offset(text, line)
    end = text.find("\n", start)
    openings = list(_OPENING.finditer(text, start, len(text) if end < 0 else end))
    for opening in openings:
        if opening["inner"] is not None and not _is_expression(opening["inner"]):
            return opening.start()
    braces = [opening for opening in openings if opening["inner"] is None] or openings
    return braces[0].start() if braces else start


def _is_expression(text: str) -> bool:
    try:
        _expression(text)
    except (TemplateSyntaxError, RecursionError, ValueError, OverflowError):
        return False
    return True


def _check(root: nodes.Node, text: str) -> None:
    for node, depth in walk(root):
        message = _refusal(node, depth)
        if message is not None:
            raise TextError(message, _in_template(text, node.lineno))
    if _loop_depth(root) > _DEEPEST_LOOPS:
        raise TextError(f"expected loops at most {_DEEPEST_LOOPS} deep")


def _refusal(node: nodes.Node, depth: int) -> str | None:
    if depth > _DEEPEST:
        return "this is nested too deeply"
    if not isinstance(node, _ALLOWED):
        return f"{{% {_TAGS.get(type(node), type(node).__name__.lower())} %}} is not available"
    if getattr(node, "dyn_args", None) or getattr(node, "dyn_kwargs", None):
        return "* and ** cannot be used in a call"
    match node:
        case nodes.Const(value=float(number)) if not math.isfinite(number):
            return "this number is too large"
        case nodes.For(recursive=True):
            return "a loop cannot be recursive"
        case nodes.Filter(name=name) if name in TOLLS or name not in ENVIRONMENT.filters:
            known = set(ENVIRONMENT.filters) - TOLLS
            return f"unknown filter {name!r}{hint(name, known, nouns='filters')}"
        case nodes.Test(name=name) if name not in ENVIRONMENT.tests:
            return f"unknown test {name!r}{hint(name, ENVIRONMENT.tests, nouns='tests')}"
    return None


def _loop_depth(root: nodes.Node) -> int:
    deepest, waiting = 0, [(root, 0)]
    while waiting:
        node, loops = waiting.pop()
        loops += isinstance(node, nodes.For)
        deepest = max(deepest, loops)
        waiting.extend((child, loops) for child in node.iter_child_nodes())
    return deepest
