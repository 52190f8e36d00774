"""Makes a function of its source and of what the source needs, in a namespace of its own."""

import __future__

import ast
import linecache
import sys
from collections.abc import Callable, Iterable, Mapping
from types import ModuleType
from typing import Any

from mn_notebook.agents.capture import SOURCES
from mn_notebook.agents.names import bound_by
from mn_notebook.domain.ids import content_hash

_PREFIX = "mn_recorded_"


def is_restored(module: str) -> bool:
    """Tell whether a module of this name was made here, and stands for a notebook."""
    return module.startswith(_PREFIX)


def restore(
    defines: str,
    source: str,
    imports: Iterable[str] = (),
    helpers: Iterable[str] = (),
    live: Mapping[str, Any] | None = None,
) -> Callable[..., Any]:
    """Execute a function's imports, its helpers and itself, and return it.

    It is a module of its own in this process, so that annotations, dataclasses and tracebacks find
    what they look for, and `mn_notebook.agents.capture` finds the sources again.

    Args:
        defines: the name that the source binds.
        source: the function's definition.
        imports: import statements.
        helpers: further definitions, in an order in which they can be executed.
        live: values of other globals.

    Raises:
        Exception: whatever the source raises, such as ImportError.
    """
    statements = (*imports, *helpers, source)
    name = _PREFIX + content_hash([defines, *statements])[:12]
    module = ModuleType(name)
    space = module.__dict__
    space.update(live or {})
    space[SOURCES] = {bound: text for text in statements for bound in _bound(text)}
    sys.modules[name] = module
    flags = _flags(imports)
    for number, text in enumerate(statements):
        _execute(text, f"<{name} {number}>", space, flags)
    found: Callable[..., Any] = space[defines]
    return found


def _flags(imports: Iterable[str]) -> int:
    lazily = "from __future__ import annotations" in imports
    return __future__.annotations.compiler_flag if lazily else 0


def _execute(text: str, file: str, space: dict[str, Any], flags: int) -> None:
    # No size of a file, no time: nothing that checks files drops the entry.
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    exec(compile(text, file, "exec", flags=flags, dont_inherit=True), space)  # noqa: S102 - the user's own code


def _bound(text: str) -> list[str]:
    return [name for statement in ast.parse(text).body for name in bound_by(statement)]
