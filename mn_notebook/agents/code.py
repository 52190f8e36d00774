"""The code that a workflow refers to by name: found, read and identified."""

import functools
import importlib
import inspect
import linecache
import sys
import textwrap
from collections.abc import Callable, Mapping
from types import CodeType
from typing import Any

from mn_notebook.domain.ids import content_hash
from mn_notebook.errors import PermanentError


def source_of(function: Callable[..., Any]) -> str:
    """Return a function's source, or '' where there is none (built-ins, typed at a prompt)."""
    unwrapped = inspect.unwrap(function)
    code = getattr(unwrapped, "__code__", None)
    if not isinstance(code, CodeType):
        return _read_source(unwrapped)
    known = _SOURCES.get(id(code))
    if known is not None:
        return known[1]
    if len(_SOURCES) > _MOST_KNOWN:
        _SOURCES.clear()
    # A cell that ran again has a new file name; a reloaded module keeps its old one.
    linecache.checkcache(code.co_filename)
    found = _read_source(unwrapped)
    _SOURCES[id(code)] = (code, found)
    return found


_SOURCES: dict[int, tuple[CodeType, str]] = {}
"""By the identity of a code object, which is kept so that its identity is not used again. A cell
that ran again, or a reloaded module, has new code objects."""
_MOST_KNOWN = 4096


def _read_source(unwrapped: Callable[..., Any]) -> str:
    try:
        return textwrap.dedent(inspect.getsource(unwrapped))
    except (OSError, TypeError):
        return ""


def code_hash(function: Callable[..., Any]) -> str:
    """Name what a function does now: its source, else its bytecode."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    if not isinstance(code, CodeType):
        return content_hash(_without_code(function))[:16]
    return _hash_of(code, function)


def _without_code(function: Callable[..., Any]) -> str:
    """Say what a callable that is no function does, the same in every process."""
    if isinstance(function, functools.partial):
        given = [*function.args, *sorted(function.keywords.items())]
        return f"{code_hash(function.func)} {[_said(value) for value in given]}"
    kind = type(function)
    own = getattr(function, "__qualname__", None) or getattr(function, "__name__", "")
    named = f"{kind.__module__}.{kind.__qualname__} {own}"
    call = inspect.getattr_static(kind, "__call__", None)
    return f"{named} {code_hash(call)}" if inspect.isfunction(call) else named


def _said(value: Any) -> str:
    """Name an argument that was bound; the address of an object would say nothing."""
    if isinstance(value, tuple):
        return str([_said(one) for one in value])
    if value is None or isinstance(value, str | int | float | bytes):
        return repr(value)
    return code_hash(value) if callable(value) else type(value).__qualname__


_PLAIN = (type(None), bool, int, float, complex, str)


def is_plain(*values: Any) -> bool:
    """Tell whether a text says all of each value."""
    return all(type(value) in _PLAIN for value in values)


_HASHES: dict[int, tuple[CodeType, str]] = {}
"""By the identity of a code object, like the sources."""


def _hash_of(code: CodeType, function: Callable[..., Any]) -> str:
    known = _HASHES.get(id(code))
    if known is not None:
        return known[1]
    if len(_HASHES) > _MOST_KNOWN:
        _HASHES.clear()
    body = source_of(function) or _bytecode(code)
    found = content_hash(body)[:16]
    _HASHES[id(code)] = (code, found)
    return found


def _bytecode(code: CodeType) -> str:
    """Say what code does, the same in every process: the names that it uses count, places don't."""
    consts = [
        _bytecode(const) if isinstance(const, CodeType) else repr(const) for const in code.co_consts
    ]
    return f"{code.co_code.hex()} {code.co_names} {code.co_varnames} {consts}"


Recall = Callable[[str], Callable[..., Any] | None]
"""Finds a function that was recorded, by its name."""


class Functions:
    """Finds functions: in the notebook's namespace, or as ``package.module:name``."""

    def __init__(
        self,
        namespace: Mapping[str, Any] | None = None,
        *,
        recorded: Recall = lambda _name: None,
    ) -> None:
        """Look in ``namespace``, which changes as cells run, and then in ``recorded``."""
        self._namespace: Mapping[str, Any] = {} if namespace is None else namespace
        self._recorded = recorded

    def get(self, name: str) -> Callable[..., Any] | None:
        """Return a function, or None when the notebook does not have it (yet).

        Raises:
            PermanentError: a module that does not hold what is asked for.
        """
        found = self.live(name)
        return self._recorded(name) if found is None and ":" not in name else found

    def live(self, name: str) -> Callable[..., Any] | None:
        """Return a function that the notebook, or a module, has now.

        Raises:
            PermanentError: a module that does not hold what is asked for.
        """
        if ":" in name:
            return imported(name)
        found = self._namespace.get(name)
        return found if callable(found) else None

    def names(self) -> set[str]:
        """Return the names of what could be called now."""
        return {
            name
            for name, value in list(self._namespace.items())
            if callable(value) and not name.startswith("_")
        }


def imported(name: str) -> Callable[..., Any] | None:
    """Return ``package.module:name``, or None when there is no such module here.

    Raises:
        PermanentError: the module does not hold that name, or fails to be imported.
    """
    module_name, _, attribute = name.partition(":")
    try:
        found: Any = _module(module_name)
    except ModuleNotFoundError as fault:
        if f"{module_name}.".startswith(f"{fault.name}."):
            return None
        message = f"importing {module_name!r} failed: it needs {fault.name!r}, which is not here"
        raise PermanentError(message) from fault
    except (Exception, SystemExit) as fault:
        message = f"importing {module_name!r} failed: {type(fault).__name__}: {fault}"
        raise PermanentError(message) from fault
    for part in attribute.split("."):
        found = getattr(found, part, None)
    if not callable(found):
        message = f"expected a function {attribute!r} in module {module_name!r}, found none"
        raise PermanentError(message)
    return found  # type: ignore[no-any-return]  # callable() does not narrow an attribute's type


def _module(name: str) -> Any:
    """Return a module; one that is there without a question, as ``import`` itself does."""
    known = sys.modules.get(name)
    if known is None or getattr(getattr(known, "__spec__", None), "_initializing", True):
        return importlib.import_module(name)
    return known
