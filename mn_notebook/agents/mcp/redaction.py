"""Keeps the values that a server was given in secret out of all that it says."""

from collections.abc import Iterable

from pydantic import JsonValue

_SHORTEST = 4
"""Shorter values would be found everywhere."""


class Redaction:
    """Puts names in place of values."""

    def __init__(self, secrets: Iterable[tuple[str, str]] = ()) -> None:
        """Hide these values, each given with its name."""
        known = {value: name for name, value in secrets if len(value) >= _SHORTEST}
        self._known = sorted(known.items(), key=lambda entry: -len(entry[0]))

    def text(self, text: str) -> str:
        """Return a text without the values."""
        for value, name in self._known:
            text = text.replace(value, f"[{name}]")
        return text

    def value(self, value: JsonValue) -> JsonValue:
        """Return a value without them, wherever they stand in it."""
        if not self._known:
            return value
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.value(inner) for inner in value]
        if isinstance(value, dict):
            return {self.text(key): self.value(inner) for key, inner in value.items()}
        return value
