"""What the texts of a notebook's cells, or of a script, say about its global names."""

import ast
import linecache
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from mn_notebook.agents.names import bound_by

MAX_LITERAL = 10_000
"""Characters of a written constant that is recorded; a longer one is data."""

_SECRET = re.compile(r"key|token|secret|passw|pwd|credential|auth", re.IGNORECASE)


def cell_of(file: str, namespace: Mapping[str, Any]) -> int | None:
    """Return the number of the cell, as in ``[4]``, whose code has this file name, if known."""
    text = "".join(linecache.getlines(file)).strip()
    cells = _cells(namespace)
    for number in range(len(cells) - 1, 0, -1):
        if text and cells[number].strip() == text:
            return number
    return None


_IDS: dict[int, str] = {}
"""The ids of the cells of this process's notebook, by their numbers."""


def remember_cell(number: int, cell_id: str) -> None:
    """Keep the id that a notebook's file gives the cell which runs under this number."""
    _IDS[number] = cell_id


def id_of_cell(number: int | None) -> str:
    """Return the id of the cell that ran under a number; '' where nobody told it."""
    return "" if number is None else _IDS.get(number, "")


def written(name: str, file: str, namespace: Mapping[str, Any]) -> str | None:
    """Return the statement that last bound a global name, as one that can be executed anew.

    Only for imports, classes and plain constants; None for everything else. Where a notebook keeps
    the texts of its cells these are searched, the newest first; then the file of whoever uses it.
    """
    for text in _texts(file, namespace):
        found = _bindings(text)
        if name in found:
            return found[name]
    return None


def _texts(file: str, namespace: Mapping[str, Any]) -> Iterator[str]:
    yield from reversed(_cells(namespace))
    yield "".join(linecache.getlines(file))


def _cells(namespace: Mapping[str, Any]) -> list[str]:
    """Return the cells that have run, which IPython keeps in the namespace."""
    cells = namespace.get("In")
    return [str(cell) for cell in cells] if isinstance(cells, list) else []


@lru_cache(maxsize=1024)
def _bindings(text: str) -> Mapping[str, str | None]:
    """Return what a cell binds at its top, and how; None where that cannot be executed alone."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return {}
    found: dict[str, str | None] = {}
    for statement in tree.body:
        for name, how in _bound(statement, text):
            earlier = found.get(name)
            found[name] = f"{earlier}\n{how}" if _both_needed(earlier, how) else how
    return found


def _both_needed(earlier: str | None, how: str | None) -> bool:
    """``import a.b`` and ``import a.c`` bind the same name, and both count."""
    return all(text is not None and re.match(r"import \w+\.", text) for text in (earlier, how))


def _bound(statement: ast.stmt, text: str) -> Iterator[tuple[str, str | None]]:
    match statement:
        case ast.Import(names=names):
            for alias in names:
                yield alias.asname or alias.name.partition(".")[0], f"import {_alias(alias)}"
        case ast.ImportFrom(module=str(module), names=names, level=0):
            for alias in names:
                yield alias.asname or alias.name, f"from {module} import {_alias(alias)}"
        case ast.ClassDef(name=name):
            yield name, _segment(statement, text)
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            yield name, _constant(name, value, text)
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
            yield name, _constant(name, value, text)
        case _:
            yield from ((name, None) for name in bound_by(statement))


def _alias(alias: ast.alias) -> str:
    return alias.name if alias.asname in (None, alias.name) else f"{alias.name} as {alias.asname}"


def _segment(statement: ast.ClassDef, text: str) -> str:
    first = min([statement.lineno, *(one.lineno for one in statement.decorator_list)])
    return "\n".join(text.splitlines()[first - 1 : statement.end_lineno]) + "\n"


def _constant(name: str, value: ast.expr, text: str) -> str | None:
    """Return the assignment of a plain constant; what sounds like a secret is not recorded."""
    try:
        literal = ast.literal_eval(value)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
    if isinstance(literal, str | bytes) and _SECRET.search(name):
        return None
    segment = ast.get_source_segment(text, value) or ""
    return f"{name} = ({segment})\n" if 0 < len(segment) <= MAX_LITERAL else None
