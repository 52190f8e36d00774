"""Takes a function of a notebook together with what it needs, as source that can stand alone.

Needed are, transitively: imports, helper functions and classes of the notebook, and constants that
are written plainly. Any other global, such as a frame or a client, lives only in its kernel: it is
named, never copied.
"""

import __future__

import ast
import builtins
import inspect
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from types import FunctionType, ModuleType
from typing import Any

from pydantic import JsonValue

from mn_notebook.agents.cells import cell_of, written
from mn_notebook.agents.code import code_hash, is_plain, source_of
from mn_notebook.agents.names import names_annotated, names_used
from mn_notebook.agents.remembered import Look, Remembered, look
from mn_notebook.domain.ids import content_hash

SOURCES = "__mn_sources__"
"""Where a namespace that was made from recorded source says what it was made from, by name."""


@dataclass(frozen=True, slots=True)
class Captured:
    """A function as source; it can stand alone if ``refusal`` is empty and nothing is ``live``."""

    source: str
    defines: str = ""
    """The name that the source binds."""
    imports: tuple[str, ...] = ()
    helpers: tuple[str, ...] = ()
    """Functions, classes and constants, in an order in which they can be executed."""
    live: tuple[str, ...] = ()
    """Globals that only a running kernel has."""
    refusal: str = ""
    """Why the source says too little, as half a sentence that begins with "it"."""
    cell: int | None = None


def capture(function: Callable[..., Any]) -> Captured:
    """Return a function as source with what it needs, as things stand now."""
    plain = inspect.unwrap(function)
    if not isinstance(plain, FunctionType):
        return Captured("", refusal=f"it is no plain function but a {type(plain).__name__}")
    found = _found(plain, as_written=False)
    return replace(found, cell=cell_of(plain.__code__.co_filename, plain.__globals__))


def _found(function: FunctionType, *, as_written: bool) -> Captured:
    return _searched(function, as_written=as_written)[0]


def _searched(function: FunctionType, *, as_written: bool) -> tuple[Captured, tuple[Look, ...]]:
    source = source_of(function)
    refusal = _refusal(function, source)
    if refusal:
        return Captured(source, refusal=refusal), ()
    future = _future(function)
    search = _Search(function.__globals__, as_written, lazily=bool(future))
    search.needs(source, function.__code__.co_filename, own=_defined_by(source))
    captured = Captured(
        source,
        _defined_by(source),
        (*future, *search.imports),
        tuple(search.helpers),
        tuple(sorted(search.live)),
    )
    return captured, tuple(search.looks)


def identity_of(function: Callable[..., Any]) -> str:
    """Name what a function does now: its code, and that of the helpers which it uses."""
    plain = inspect.unwrap(function)
    if not isinstance(plain, FunctionType):
        return code_hash(function)
    known = _IDENTITIES.get(plain)
    if known is not None:
        return known
    captured, looks = _searched(plain, as_written=True)
    needed = [*sorted(captured.imports), *captured.helpers]
    own = code_hash(function)
    found = content_hash([own, *needed])[:16] if needed else own
    _IDENTITIES.put(plain, looks, found)
    return found


_IDENTITIES = Remembered()


def held_by(function: Callable[..., Any]) -> dict[str, JsonValue]:
    """Return what to say of a callable beside its code: nothing of one that holds nothing.

    Otherwise there is a hash of its data under ``held``, or `UNLIKE`. Data are what an object, its
    class, a closure or the defaults of parameters hold, and bound arguments.
    """
    if type(function) is FunctionType and not (function.__closure__ or function.__dict__):
        by_place, by_name = function.__defaults__ or (), function.__kwdefaults__ or {}
        if not (by_place or by_name):
            return {}
        if is_plain(*by_place, *by_name.values()):
            return {"held": content_hash(repr((by_place, by_name)))[:16]}
    from mn_notebook.agents.held import told  # Few steps need it, and a restart is to be quick.

    return {"held": told(function, identity_of)}


def _refusal(function: FunctionType, source: str) -> str:
    if not source:
        return "its source is not known"
    free = [name for name in function.__code__.co_freevars if name != "__class__"]
    if free:
        return (
            f"it was made inside another function and uses {free[0]!r} of that one "
            "(a decorator says functools.wraps)"
        )
    return "" if _defined_by(source) else "it is a lambda, not a function made with `def`"


@lru_cache(maxsize=4096)
def _defined_by(source: str) -> str:
    """Return the name that a source defines, or '' where it is not one definition."""
    try:
        statements = ast.parse(source).body
    except SyntaxError:
        return ""
    match statements:
        case [ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name)]:
            return name
        case [ast.ClassDef(name=name)]:
            return name
        case _:
            return ""


def _future(function: FunctionType) -> tuple[str, ...]:
    """Return what makes annotations mean the same as where the function was made."""
    lazily = function.__code__.co_flags & __future__.annotations.compiler_flag
    return ("from __future__ import annotations",) if lazily else ()


@dataclass
class _Search:
    """Goes through the globals that a source needs, and what these need."""

    namespace: dict[str, Any]
    as_written: bool
    """A written constant counts as its text, whatever has become of its value meanwhile."""
    lazily: bool
    """Nobody evaluates annotations here."""
    imports: list[str] = field(default_factory=list)
    helpers: list[str] = field(default_factory=list)
    live: set[str] = field(default_factory=set)
    looks: list[Look] = field(default_factory=list)
    """What all of this rests on."""
    _seen: set[str] = field(default_factory=set)

    def needs(self, source: str, file: str, *, own: str) -> None:
        """Take in everything that a source uses."""
        self._seen.add(own)
        annotated = [name for name in names_annotated(source) if self._is_there(name)]
        for name in sorted({*names_used(source, lazily=self.lazily), *annotated}):
            if name not in self._seen:
                self._seen.add(name)
                self._take(name, file)

    def _is_there(self, name: str) -> bool:
        there = name in self.namespace
        if not there:
            self._look(name)
        return there

    def _look(self, name: str) -> None:
        plain = _unwrapped(self.namespace.get(name))
        function = plain if isinstance(plain, FunctionType) else None
        self.looks.append(look(name, self.namespace, function))

    def _take(self, name: str, file: str) -> None:
        self._look(name)
        value = self.namespace.get(name, _ABSENT)
        if value is _ABSENT or _stands_for_builtin(name, value):
            if not hasattr(builtins, name):
                self.live.add(name)  # A later cell may bring it.
            return
        text = self._statement(name, value, file)
        if text is None:
            self.live.add(name)
        elif text.startswith(("import ", "from ")):
            self.imports.append(text)
        else:
            self._help(name, text, _file_of(value) or file)

    def _help(self, name: str, text: str, file: str) -> None:
        """Take in a helper after all that it needs, and once even if it has two names."""
        defined = _defined_by(text) or name
        if defined == name or defined not in self._seen:
            self.needs(text, file, own=defined)
            self.helpers.append(text)
        if defined != name:
            self.helpers.append(f"{name} = {defined}\n")

    def _statement(self, name: str, value: Any, file: str) -> str | None:
        """Return what binds a name to its value, or None: the value is live."""
        recorded = self.namespace.get(SOURCES)
        if isinstance(recorded, Mapping) and name in recorded:
            return str(recorded[name])
        text = written(name, file, self.namespace)
        if text is not None and _imports(text, value):
            return text
        if isinstance(value, ModuleType):
            return _module_import(name, value)
        plain = _unwrapped(value)
        if isinstance(plain, FunctionType) and plain.__globals__ is self.namespace:
            return self._definition(name, plain)
        imported = _import_of(name, value, self.namespace)
        if imported is not None:
            return imported
        return text if text is not None and self._is_so(name, text, value) else None

    def _definition(self, name: str, function: FunctionType) -> str | None:
        source = source_of(function)
        if _refusal(function, source):
            return None
        defined = _defined_by(source)
        if defined != name:
            self._look(defined)
        same = defined == name or _unwrapped(self.namespace.get(defined, function)) is function
        return source if same else None

    def _is_so(self, name: str, text: str, value: Any) -> bool:
        """Tell whether a class, or a written constant, still is what its text says."""
        if _defined_by(text):
            own = isinstance(value, type) and value.__module__ == self.namespace.get("__name__")
            return own and value.__name__ == name
        if self.as_written:
            return True
        try:
            said = ast.literal_eval(text.partition("=")[2].strip())
            return type(said) is type(value) and bool(said == value)
        except Exception:  # noqa: BLE001 - whatever compares itself may raise anything
            return False


_ABSENT = object()


def _stands_for_builtin(name: str, value: Any) -> bool:
    """Tell whether IPython has put a value in the place of a builtin, such as ``open``."""
    builtin = getattr(builtins, name, _ABSENT)
    if builtin is _ABSENT:
        return False
    module = _attribute(type(value), "__module__")
    of_the_shell = isinstance(module, str) and module.partition(".")[0] == "IPython"
    return _unwrapped(value) is builtin or of_the_shell


def _unwrapped(value: Any) -> Any:
    try:
        return inspect.unwrap(value) if callable(value) else value
    except Exception:  # noqa: BLE001 - an object that has every attribute, or a ring of wrappers
        return value


def _attribute(value: Any, name: str) -> Any:
    try:
        return getattr(value, name, None)
    except Exception:  # noqa: BLE001 - an object may answer every question as it likes
        return None


def _file_of(value: Any) -> str | None:
    file = _attribute(_attribute(_unwrapped(value), "__code__"), "co_filename")
    return file if isinstance(file, str) else None


def _imports(text: str, value: Any) -> bool:
    """Tell whether an import that was written somewhere still gives this very value."""
    match _parsed(text):
        case ast.Import(names=[alias]) if alias.asname is None:
            return sys.modules.get(alias.name.partition(".")[0]) is value
        case ast.Import(names=[alias]):
            return sys.modules.get(alias.name) is value
        case ast.ImportFrom(module=str(module), names=[alias]):
            if module == "__future__":
                return False
            return _holds(module, alias.name, value)
        case _:
            return False


@lru_cache(maxsize=4096)
def _parsed(text: str) -> ast.stmt:
    return ast.parse(text).body[0]


def _holds(module: str, name: str, value: Any) -> bool:
    found = sys.modules.get(module)
    return getattr(found, name, None) is value or sys.modules.get(f"{module}.{name}") is value


def _module_import(name: str, module: ModuleType) -> str | None:
    real = module.__name__
    if sys.modules.get(real) is not module or module.__spec__ is None:
        return None
    return f"import {real}" if name == real else f"import {real} as {name}"


def _import_of(name: str, value: Any, namespace: Mapping[str, Any]) -> str | None:
    """Return the import of what its module holds under its own name."""
    module = _attribute(value, "__module__")
    own = _attribute(value, "__qualname__") or _attribute(value, "__name__")
    if not isinstance(module, str) or not isinstance(own, str) or "." in own:
        return None
    if module in ("__main__", namespace.get("__name__")) or not own.isidentifier():
        return None
    if not _holds(module, own, value) or getattr(sys.modules[module], "__spec__", None) is None:
        return None
    return f"from {module} import {own}" if own == name else f"from {module} import {own} as {name}"
