"""The secrets that this process knows, and texts and values without them.

What is known here is never written by this package: not into a journal, an artifact, a log, an
output or an export. Nothing is known of a secret before it is resolved, or found where secrets are
declared; what was written before that stays.
"""

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import JsonValue
from pydantic_core import PydanticSerializationError, to_json

from mn_notebook.domain.tables import Table
from mn_notebook.errors import UsageError
from mn_notebook.secrecy.forms import forms_of, telling

SHORTEST = 8
"""Characters: whoever strikes a shorter value out of every text destroys the texts."""
_MARK = r"\[secret [A-Za-z_]\w*\]"
_MOST_VALUES = 8
"""Values of one name that are known at once; the oldest is forgotten first."""
_SHORTEST_PART = 6
"""So much of a secret at the edge of a text that was cut is a part of it, and not chance."""


@dataclass(frozen=True, slots=True)
class _Known:
    """All that is known, ready for looking; replaced as a whole, so that no lock is needed."""

    values: Mapping[str, tuple[str, ...]]
    """By name, the oldest first."""
    telling: tuple[str, ...]
    """A text without any of these has no secret."""
    names: Mapping[str, str]
    """By form."""
    pattern: re.Pattern[str]
    """A mark, or a form; what is marked stays as it is, also when a name is like a value."""

    def without(self, text: str) -> str:
        return self.pattern.sub(self._marked, text)

    def _marked(self, found: re.Match[str]) -> str:
        name = self.names.get(found[0])
        return found[0] if name is None or found[1] else mark(name)

    def name_in(self, text: str) -> str | None:
        found = (self.names[one[0]] for one in self.pattern.finditer(text) if not one[1])
        return next(found, None)


_known: _Known | None = None
_lock = threading.Lock()
"""Held while something becomes known, so that nothing that another thread learns is lost."""
_listener: Callable[[str, str], None] | None = None


def mark(name: str) -> str:
    """Return what stands where a secret stood."""
    return f"[secret {name}]"


# --- learning ----------------------------------------------------------------------------------


def remember(name: str, value: str) -> None:
    """Redact a value from now on, under a name. One that is too short is not redacted."""
    global _known
    if _knows(name, value) or len(value.strip()) < SHORTEST:
        return
    with _lock:
        before: Mapping[str, tuple[str, ...]] = _known.values if _known is not None else {}
        others = [old for old in before.get(name, ()) if old != value]
        _known = _learned({**before, name: (*others, value)[-_MOST_VALUES:]})
    listener = _listener
    if listener is not None:
        listener(name, value)


def _knows(name: str, value: str) -> bool:
    return _known is not None and value in _known.values.get(name, ())


def _learned(values: Mapping[str, tuple[str, ...]]) -> _Known:
    names = {
        form: name
        for name, known in values.items()
        for value in known
        for form in forms_of(value)
        if len(form) >= SHORTEST
    }
    longest_first = sorted(names, key=lambda form: (-len(form), form))
    pattern = re.compile("|".join([f"({_MARK})", *map(re.escape, longest_first)]))
    return _Known(values, telling(names), names, pattern)


def listen(listener: Callable[[str, str], None] | None) -> None:
    """Let somebody know at once, before anybody else can use it, what becomes known.

    A child process tells its parent so: what it prints before it dies is written by the parent.
    """
    global _listener
    _listener = listener


def forget() -> None:
    """Know no secret any more: for tests."""
    global _known
    with _lock:
        _known = None


def names() -> tuple[str, ...]:
    """Return the names of what is known."""
    return () if _known is None else tuple(sorted(_known.values))


def needles() -> tuple[str, ...]:
    """Return the fewest texts of which one is in everything that has a secret.

    It is another tuple each time when something became known.
    """
    return () if _known is None else _known.telling


# --- looking -----------------------------------------------------------------------------------


def may_hold(encoded: str | bytes) -> bool:
    """Tell, quickly, whether a text, or JSON as text, may have a secret in it."""
    known = _known
    if known is None:
        return False
    text = encoded.decode(errors="replace") if isinstance(encoded, bytes) else encoded
    for form in known.telling:  # noqa: SIM110 - asked for every event; `any` takes twice as long
        if form in text:
            return True
    return False


def redact_text(text: str) -> str:
    """Return a text with the name of each secret in its place.

    >>> redact_text("nothing is known yet")
    'nothing is known yet'
    """
    known = _known
    if known is None or not may_hold(text):
        return text
    return known.without(text)


def redact(value: Any) -> Any:
    """Return a JSON value without secrets, in texts, in keys and as numbers; its shape stays.

    Tables are left as they are: who keeps one looks into it. The value itself is not changed; it is
    returned as it is where there is nothing to redact.
    """
    known = _known
    if known is None:
        return value
    if isinstance(value, str):
        return redact_text(value)
    try:
        if not may_hold(to_json(value)):
            return value
    except (PydanticSerializationError, RecursionError):
        pass  # Half a surrogate pair, or a stranger: a closer look.
    try:
        return _walked(value, known)
    except RecursionError:
        return value  # So deep that nobody can write it either.


def _walked(value: Any, known: _Known) -> Any:
    if isinstance(value, str):
        return known.without(value)
    if isinstance(value, Table) or value is None or isinstance(value, bool):
        return value
    if isinstance(value, dict):
        return _walked_object(value, known)
    if isinstance(value, list | tuple):
        return [_walked(inner, known) for inner in value]
    if isinstance(value, int | float):
        text = str(value)
        found = known.without(text)
        return value if found == text else found
    return value


def _walked_object(value: dict[Any, Any], known: _Known) -> dict[Any, Any]:
    done: dict[Any, Any] = {}
    for key, inner in value.items():
        name = known.without(key) if isinstance(key, str) else key
        if name != key:
            name = _free(name, {*done, *value})
        done[name] = _walked(inner, known)
    return done


def _free(name: str, taken: set[Any]) -> str:
    """Return a name that no other key has: two keys must not become one."""
    free, count = name, 1
    while free in taken:
        count += 1
        free = f"{name} {count}"
    return free


def named_in(value: JsonValue) -> str | None:
    """Return the name of a secret that a JSON value has in it, or None."""
    known = _known
    if known is None:
        return None
    return next((name for text in _texts(value) if (name := known.name_in(text))), None)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield str(key)
            yield from _texts(inner)
    elif isinstance(value, list | tuple) and not isinstance(value, Table):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, str | int | float):
        yield str(value)


def refuse(what: str, value: JsonValue) -> None:
    """Refuse what somebody gives to a run if it has a secret in it: runs keep what they are given.

    Raises:
        UsageError: it has one; the message says where it belongs.
    """
    name = named_in(value)
    if name is not None:
        message = (
            f"{what} has the secret {name!r} in it, and a run keeps what it is given: leave it "
            f'out, and call mn.secret("{name}") inside the tool or function that needs it'
        )
        raise UsageError(message)


# --- texts that are a part of a longer one -----------------------------------------------------


def redact_window(text: str, *, begins_cut: bool = False) -> str:
    """Return the end of a text that still grows, without secrets and without parts of one.

    What may be the beginning of a secret is held back at the end until more of it is known; where
    the text ``begins_cut``, what may be the rest of one is left out at the beginning.
    """
    known = _known
    if known is None:
        return text
    text = known.without(text)
    forms = known.names
    text = text[: len(text) - max(_overlap(form, text) for form in forms)]
    if not begins_cut:
        return text
    text = text[max(_overlap(text, form) for form in forms) :]
    return "" if any(text in form for form in forms) else text


def _overlap(later: str, earlier: str) -> int:
    """Return how much of the beginning of one text is the end of another."""
    for length in range(min(len(later) - 1, len(earlier)), _SHORTEST_PART - 1, -1):
        if earlier.endswith(later[:length]):
            return length
    return 0
