"""Remembers what was found out about a function, for as long as nothing that was looked at changed.

A function is looked into before each call, for it may be another one by then; in between it hardly
ever is, and looking whether it still is costs a fraction of looking into it.
"""

import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import CodeType, FunctionType
from typing import Any

_ABSENT = object()
_MOST = 1024


@dataclass(frozen=True, slots=True)
class Look:
    """A name that was looked up, and what stood behind it."""

    name: str
    held: Callable[[], Any]
    """Returns the value; it is kept alive only where nothing else could tell it from another."""
    function: FunctionType | None
    code: CodeType | None
    """The code of the function behind the value: reloading may exchange it in place."""

    def holds(self, namespace: Mapping[str, Any]) -> bool:
        """Tell whether the name still stands for the same."""
        if namespace.get(self.name, _ABSENT) is not self.held():
            return False
        return self.function is None or self.function.__code__ is self.code


def look(name: str, namespace: Mapping[str, Any], function: FunctionType | None) -> Look:
    """Take note of a name; ``function`` is what its value wraps, if it is one."""
    value = namespace.get(name, _ABSENT)
    held: Callable[[], Any]
    try:
        held = weakref.ref(value)
    except TypeError:
        held = _held(value)
    return Look(name, held, function, None if function is None else function.__code__)


def _held(value: Any) -> Callable[[], Any]:
    return lambda: value


@dataclass(frozen=True, slots=True)
class _Known:
    code: CodeType
    namespace: Mapping[str, Any]
    looks: tuple[Look, ...]
    answer: str


class Remembered:
    """Answers about functions, the last ones."""

    def __init__(self) -> None:
        """Know nothing."""
        self._known: dict[int, _Known] = {}

    def get(self, function: FunctionType) -> str | None:
        """Return the answer about a function, or None when something has changed."""
        known = self._known.get(id(function.__code__))
        if known is None or known.code is not function.__code__:
            return None
        namespace = known.namespace
        if namespace is not function.__globals__:
            return None
        return known.answer if all(one.holds(namespace) for one in known.looks) else None

    def put(self, function: FunctionType, looks: tuple[Look, ...], answer: str) -> None:
        """Remember an answer, which rests on these looks into the function's globals."""
        if len(self._known) >= _MOST:
            self._known.clear()
        code = function.__code__
        self._known[id(code)] = _Known(code, function.__globals__, looks, answer)
