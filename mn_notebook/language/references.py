"""Which names a text uses: ``gather.facts`` in ``{{ gather.facts | first }}``."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from jinja2 import nodes

from mn_notebook.language.parsing import (
    line_offset,
    parse_expression,
    parse_template,
    plain_path,
    walk,
)

_GLOBALS = frozenset({"range"})


class Reference(NamedTuple):
    """A name that a text takes from outside, with the fields that follow it."""

    path: tuple[str, ...]
    offset: int
    """Where in the text it stands, as nearly as can be told."""
    is_guarded: bool = False
    """The text says what it does when there is nothing."""


def references(text: str, *, expression: bool = False) -> frozenset[tuple[str, ...]]:
    """Return the paths that a template, or an expression, takes from outside.

    >>> sorted(references("{{ gather.facts[0].text }} {% for p in plan %}{{ p.x }}{% endfor %}"))
    [('gather', 'facts'), ('plan',)]

    Raises:
        TextError: it is no template or no expression.
    """
    return frozenset(found.path for found in find_references(text, expression=expression))


def find_references(text: str, *, expression: bool) -> tuple[Reference, ...]:
    """Return every reference of a text with its place.

    Raises:
        TextError: it is no template or no expression.
    """
    root = parse_expression(text) if expression else parse_template(text)
    found = dict.fromkeys(_Names().visit(root, frozenset()))
    guarded = _with_default(root)
    whole = {path[0] for path, _ in found if len(path) == 1}  # such as: if contact
    return tuple(
        Reference(path, _offset(text, path, line), path in guarded or path[0] in whole)
        for path, line in found
    )


def _with_default(root: nodes.Node) -> frozenset[tuple[str, ...]]:
    """Return the paths that have a ``| default`` behind them."""
    filters = [node for node, _ in walk(root) if isinstance(node, nodes.Filter)]
    paths = (plain_path(node.node) for node in filters if node.name == "default" and node.node)
    return frozenset(path for path in paths if path is not None)


_Found = tuple[tuple[str, ...], int]


class _Names:
    """Walks a text's nodes and keeps account of the names that the text itself binds."""

    def visit(self, node: nodes.Node, bound: frozenset[str]) -> Iterator[_Found]:
        match node:
            case nodes.For():
                yield from self._loop(node, bound)
            case nodes.With():
                yield from self._with(node, bound)
            case nodes.Call(node=nodes.Getattr(node=inner)):
                yield from self.visit(inner, bound)
                for argument in (*node.args, *node.kwargs):
                    yield from self.visit(argument, bound)
            case nodes.Name() | nodes.Getattr() | nodes.Getitem():
                yield from self._path(node, bound)
            case _:
                yield from self._all(list(node.iter_child_nodes()), bound)

    def _all(self, parts: list[nodes.Node], bound: frozenset[str]) -> Iterator[_Found]:
        """Visit nodes in order; what one of them assigns is bound for the next ones."""
        for part in parts:
            yield from self.visit(part, bound)
            bound |= _assigned(part)

    def _loop(self, node: nodes.For, bound: frozenset[str]) -> Iterator[_Found]:
        yield from self.visit(node.iter, bound)
        inside = bound | _stored(node.target) | {"loop"}
        yield from self._all([*([node.test] if node.test else []), *node.body], inside)
        yield from self._all(list(node.else_), bound)

    def _with(self, node: nodes.With, bound: frozenset[str]) -> Iterator[_Found]:
        for value in node.values:
            yield from self.visit(value, bound)
        inside = bound.union(*(_stored(target) for target in node.targets))
        yield from self._all(list(node.body), inside)

    def _path(self, node: nodes.Node, bound: frozenset[str]) -> Iterator[_Found]:
        fields: list[str] = []
        while True:
            match node:
                case nodes.Getattr(node=inner, attr=name):
                    fields.append(name)
                case nodes.Getitem(node=inner, arg=nodes.Const(value=str(name))):
                    fields.append(name)
                case nodes.Getitem(node=inner, arg=argument):
                    yield from self.visit(argument, bound)
                    fields.clear()  # what follows an index belongs to an item of the list
                case _:
                    break
            node = inner
        if not isinstance(node, nodes.Name):
            yield from self.visit(node, bound)
        elif node.ctx == "load" and node.name not in bound and node.name not in _GLOBALS:
            yield (node.name, *reversed(fields)), node.lineno


def _assigned(part: nodes.Node) -> frozenset[str]:
    """Return the names that are set once a part is done; a condition has no scope of its own."""
    match part:
        case nodes.Assign():
            return _stored(part.target)
        case nodes.If():
            return frozenset().union(*map(_assigned, part.iter_child_nodes()))
        case _:
            return frozenset()


def _stored(target: nodes.Node) -> frozenset[str]:
    names = [target] if isinstance(target, nodes.Name) else list(target.find_all(nodes.Name))
    return frozenset(name.name for name in names)


def _offset(text: str, path: tuple[str, ...], line: int) -> int:
    start = line_offset(text, line)
    for length in range(len(path), 0, -1):
        words = r"[\s.\[\]\"']+".join(map(re.escape, path[:length]))
        if found := re.compile(rf"(?<![\w.]){words}(?!\w)").search(text, start):
            return found.start()
    return start
