"""Do values of known types go to where they fit?"""

import re
from collections.abc import Iterator

from jinja2 import nodes

from mn_notebook.domain.shapes import first_fault
from mn_notebook.domain.type_words import type_text
from mn_notebook.domain.workflow import Schema
from mn_notebook.language.drafts import Draft, Given
from mn_notebook.language.findings import Findings
from mn_notebook.language.knowledge import Knowledge
from mn_notebook.language.parsing import (
    TextError,
    lone_expression,
    parse_expression,
    parse_template,
    plain_path,
)
from mn_notebook.language.shapes import choices_of, clash, item_of, kind_text, kinds_of, schema_at
from mn_notebook.language.tree import Fields, Items, Scalar, described, plain, scalars
from mn_notebook.language.words import hint

_BRACES = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_WORD = re.compile(r"[^\W\d]")
_ORDERED = frozenset({"lt", "lteq", "gt", "gteq"})
_EQUAL = frozenset({"eq", "ne"})


def check_types(draft: Draft, knowledge: Knowledge, findings: Findings) -> None:
    """Report what cannot fit: arguments, lists to go over, and comparisons."""
    for given in draft.given:
        _check_given(given, draft, knowledge, findings)
    _check_over(draft, knowledge, findings)
    for key, condition in draft.conditions:
        for comparison in _comparisons(condition):
            message = _wrong_comparison(comparison, draft, key, knowledge)
            if message is not None:
                at = condition.text.find(repr(comparison.value)[1:-1])
                findings.problem(condition.locate(max(at, 0)), message)


# --- arguments ----------------------------------------------------------------------------------


def _check_given(given: Given, draft: Draft, knowledge: Knowledge, findings: Findings) -> None:
    node = given.node
    if not any("{{" in text.text or "{%" in text.text for text in scalars(node)):
        if first_fault(plain(node), given.wanted) is not None:
            findings.problem(
                node.mark,
                f"expected {type_text(given.wanted)} for {given.what}, found {described(node)}",
            )
        return
    if isinstance(node, Scalar):
        _check_template(node, given, draft, knowledge, findings)
        return
    for part in _parts(given):
        _check_given(part, draft, knowledge, findings)


def _parts(given: Given) -> Iterator[Given]:
    """Yield what stands inside of a list or a mapping, where its type is known."""
    match given.node:
        case Items(items=items):
            inner = item_of(given.wanted)
            yield from (Given(item, inner, given.what) for item in items if inner is not None)
        case Fields():
            for key, value in given.node:
                inner = schema_at(given.wanted, (key.text,))
                if inner is not None:
                    yield Given(value, inner, f"{key.text!r} in {given.what}")
        case _:
            pass


def _check_template(
    text: Scalar, given: Given, draft: Draft, knowledge: Knowledge, findings: Findings
) -> None:
    try:
        lone = lone_expression(parse_template(text.text))
    except TextError:
        return  # reported where its names are read
    path = plain_path(lone) if lone is not None else None
    found: Schema | None = {"type": "string"} if lone is None else None
    if path is not None:
        found = knowledge.schema_of(path, draft)
    if found is None or not clash(found, given.wanted):
        return
    if lone is None and not _WORD.search(_BRACES.sub("", text.text)):
        return  # such as a number that is put together from digits
    said = f"{'.'.join(path)!r} is {kind_text(found)}" if path else "this template makes text"
    findings.problem(text.mark, f"expected {type_text(given.wanted)} for {given.what}; {said}")


# --- lists --------------------------------------------------------------------------------------


def _check_over(draft: Draft, knowledge: Knowledge, findings: Findings) -> None:
    schema = knowledge.list_of(draft)
    kinds = kinds_of(schema) if schema is not None else None
    if schema is None or kinds is None or draft.over is None or "array" in kinds:
        return
    text = draft.over.text.strip()
    fix = _list_below(schema, text) or "; declare it as a list, such as list[str]"
    findings.problem(
        draft.over.mark, f"`for_each` goes over a list, and {text!r} is {kind_text(schema)}{fix}"
    )


def _list_below(schema: Schema, text: str) -> str:
    """Name a field that is a list, when there is one."""
    properties = schema.get("properties")
    for name in properties if isinstance(properties, dict) else ():
        inner = schema_at(schema, (name,))
        if inner is not None and "array" in (kinds_of(inner) or ()):
            return f"; write: for_each: {text}.{name}"
    return ""


# --- comparisons --------------------------------------------------------------------------------


class _Comparison:
    __slots__ = ("operator", "path", "value")

    def __init__(self, path: tuple[str, ...], operator: str, value: object) -> None:
        self.path = path
        self.operator = operator
        self.value = value


def _comparisons(condition: Scalar) -> Iterator[_Comparison]:
    try:
        root = parse_expression(condition.text)
    except TextError:
        return
    compared = root.find_all(nodes.Compare)
    for node in [root, *compared] if isinstance(root, nodes.Compare) else compared:
        if isinstance(node, nodes.Compare):
            left: nodes.Node = node.expr
            for operand in node.ops:
                yield from _compared(left, operand.op, operand.expr)
                left = operand.expr


def _compared(left: nodes.Node, operator: str, right: nodes.Node) -> Iterator[_Comparison]:
    if operator in _EQUAL | _ORDERED:
        for one, other in ((left, right), (right, left)):
            path = plain_path(one)
            if path is not None and isinstance(other, nodes.Const):
                yield _Comparison(path, operator, other.value)
    elif operator in ("in", "notin") and isinstance(right, nodes.List | nodes.Tuple):
        path = plain_path(left)
        for item in right.items:
            if path is not None and isinstance(item, nodes.Const):
                yield _Comparison(path, "eq", item.value)


def _wrong_comparison(
    comparison: _Comparison, draft: Draft, key: str, knowledge: Knowledge
) -> str | None:
    schema = knowledge.schema_of(comparison.path, draft, key=key)
    if schema is None or comparison.value is None:
        return None
    said, value = ".".join(comparison.path), comparison.value
    choices = choices_of(schema)
    if choices is not None and isinstance(value, str):
        if value in choices:
            return None
        return f"{said!r} is {' | '.join(choices)}, and never {value!r}{hint(value, choices)}"
    return _wrong_kind(said, schema, value)


def _wrong_kind(said: str, schema: Schema, value: object) -> str | None:
    kinds = kinds_of(schema)
    found = next((kind for of, kind in _OF.items() if type(value) is of), None)
    if kinds is None or found is None or found in kinds:
        return None
    fix = ""
    if found == "string" and "number" in kinds and str(value).lstrip("-").isdigit():
        fix = f"; write {value} without quotes"
    elif found == "number" and "string" in kinds:
        fix = f"; write '{value}'"
    elif "array" in kinds:
        fix = f"; compare its length: {said} | length"
    return f"{said!r} is {kind_text(schema)} and is compared with {value!r}{fix}"


_OF: dict[type, str] = {str: "string", int: "number", float: "number", bool: "boolean"}
