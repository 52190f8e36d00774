"""Names what a callable holds beside its code: an object's data, closures, defaults, arguments.

Only what can be told apart is named: plain values, collections, functions, and objects as far as
they say what they are made of, like for a copy. A lock, a connection or a generator does not; then
the callable counts as changed each time, for a rerun must not take over what may be wrong.
"""

import functools
import hashlib
import sys
from collections.abc import Callable, Iterable, Iterator
from types import FunctionType, MethodType, ModuleType
from typing import Any

from mn_notebook.agents.code import is_plain
from mn_notebook.domain.ids import UNLIKE

MOST_PARTS = 10_000
"""Values within values, but for those of a plain list: so long nothing else is done here."""
MOST_BYTES = 16 * 1024 * 1024
_UTF8 = ("utf-8", "surrogatepass")
_COPIED = 4
"""The protocol by which an object says what it is made of; nothing is serialised."""


def told(function: Callable[..., Any], identity: Callable[[Callable[..., Any]], str]) -> str:
    """Return a hash of what a callable holds, or `UNLIKE`; ``identity`` names a function's code.

    It is the same in every process for the same data.
    """
    teller = _Teller({"__main__", _module_of(function)}, identity)
    try:
        teller.tell(function)
    except Exception:  # noqa: BLE001 - whatever says what it is made of may raise anything
        return UNLIKE
    return teller.digest()[:16]


def _module_of(function: Any) -> str:
    """Return the module whose classes count with their code: that of the callable itself."""
    while isinstance(function, functools.partial):
        function = function.func
    if isinstance(function, MethodType):
        function = function.__self__
    known = function if isinstance(function, type | FunctionType) else type(function)
    module = str(known.__module__)
    of_python = module.partition(".")[0] in sys.stdlib_module_names
    return "__main__" if of_python else module


class _Unknown(Exception):
    """There is no saying what a value is, or it is too large to be looked through."""


class _Teller:
    """Takes in a value, with all that it is made of, as one hash."""

    def __init__(self, ours: set[str], identity: Callable[[Callable[..., Any]], str]) -> None:
        """Take functions and classes of the modules ``ours`` with their code, others by name."""
        self._ours = ours
        self._identity = identity
        self._hash = hashlib.sha256()
        self._parts = self._bytes = 0
        self._met: dict[int, tuple[Any, int]] = {}
        """What was met already, which is kept alive: an address says nothing of what is gone."""

    def digest(self) -> str:
        return self._hash.hexdigest()

    def tell(self, value: Any) -> None:
        """Take in a value.

        Raises:
            Exception: it cannot be told from others.
        """
        kind = type(value)
        if is_plain(value):
            self._note(kind.__name__, repr(value).encode(*_UTF8))
        elif kind is bytes:
            self._note("bytes", value)
        elif kind is tuple:
            self._all("tuple", value)
        elif not self._is_met(value):
            self._tell_thing(kind, value)

    def _note(self, what: str, said: bytes = b"") -> None:
        self._parts += 1
        self._bytes += len(said)
        if self._parts > MOST_PARTS or self._bytes > MOST_BYTES:
            raise _Unknown
        self._hash.update(f"{what} {len(said)} ".encode())
        self._hash.update(said)

    def _all(self, what: str, values: Iterable[Any]) -> None:
        found = list(values)
        if is_plain(*found):
            self._note(what, repr(found).encode(*_UTF8))
            return
        self._note(what, str(len(found)).encode())
        for one in found:
            self.tell(one)

    def _is_met(self, value: Any) -> bool:
        known = self._met.get(id(value))
        if known is not None:
            self._note("met", str(known[1]).encode())
            return True
        self._met[id(value)] = (value, len(self._met))
        return False

    def _tell_thing(self, kind: type, value: Any) -> None:
        if kind is list:
            self._all("list", value)
        elif kind is dict and is_plain(*value, *value.values()):
            self._note("dict", repr(value).encode(*_UTF8))
        elif kind is dict:
            self._all("dict", value.items())
        elif kind in (set, frozenset):
            self._note(kind.__name__, "".join(sorted(map(self._apart, value))).encode())
        elif kind is FunctionType:
            self._function(value)
        elif kind is MethodType:
            self._all("method", (value.__func__, value.__self__))
        elif isinstance(value, type):
            self._class(value)
        elif isinstance(value, ModuleType):
            self._note("module", value.__name__.encode())
        else:
            self._object(value)

    def _apart(self, value: Any) -> str:
        teller = _Teller(self._ours, self._identity)
        teller.tell(value)
        self._note("of a set")
        return teller.digest()

    def _function(self, function: FunctionType) -> None:
        if self._by_name(function):
            return
        self._note("function", self._identity(function).encode())
        self._all("cells", (_content(cell) for cell in function.__closure__ or ()))
        self._all("defaults", function.__defaults__ or ())
        self.tell(function.__kwdefaults__)
        self.tell(dict(function.__dict__))

    def _class(self, cls: type) -> None:
        """Take in a class of the user with its methods and its data."""
        if self._by_name(cls):
            return
        self._note("class", cls.__qualname__.encode())
        self._all("bases", cls.__bases__)
        for name, member in _members(cls):
            self._note("member", name.encode())
            self.tell(_plain(member))

    def _by_name(self, value: Any) -> bool:
        """Take in what is imported from elsewhere by its name, as code does that uses it."""
        module, name = value.__module__, value.__qualname__
        if module in self._ours:
            return False
        found: Any = sys.modules.get(module)
        for part in name.split("."):
            found = getattr(found, part, None)
        if found is not value:
            return False
        self._note("named", f"{module}:{name}".encode())
        return True

    def _object(self, value: Any) -> None:
        said = value.__reduce_ex__(_COPIED)
        self._note("object", type(value).__qualname__.encode())
        if isinstance(said, str):
            self._note("global", f"{value.__module__}:{said}".encode())
            return
        made_by, args, *more = said
        self.tell(made_by)
        self.tell(args)
        state, items, entries = (*more, None, None, None)[:3]
        self.tell(state)
        self._all("items", items or ())
        self._all("entries", entries or ())


_ABSENT = "a cell without content"


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return _ABSENT


def _members(cls: type) -> Iterator[tuple[str, Any]]:
    for name, member in vars(cls).items():
        of_python = name == "_abc_impl" or name.startswith("__")
        if not of_python or isinstance(member, FunctionType):
            yield name, member


def _plain(member: Any) -> Any:
    """Return what a class holds behind a descriptor of Python's own."""
    if isinstance(member, property):
        return (member.fget, member.fset, member.fdel)
    if isinstance(member, staticmethod | classmethod):
        return member.__func__
    if isinstance(member, functools.cached_property):
        return member.func  # It holds a lock as well.
    return member
