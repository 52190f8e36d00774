"""What evaluates the texts of a workflow."""

from collections.abc import Mapping
from typing import Any, Protocol

from pydantic import JsonValue


class Expressions(Protocol):
    """Evaluates what a workflow's texts say, in a sandbox and under bounds of time and size.

    ``names`` maps every name that the text may use to a decoded value. Same text and names, same
    answer: no clock, chance or I/O.

    Every method raises `mn_notebook.errors.PermanentError` with a message for the analyst when the
    text cannot be evaluated.
    """

    def evaluate(self, expression: str, names: Mapping[str, Any]) -> Any:
        """Return the value of an expression (no braces) as JSON-able Python."""
        ...

    def render(self, template: str, names: Mapping[str, Any]) -> str:
        """Return a template's text; lists and objects in it render as JSON."""
        ...

    def fill(self, template: JsonValue, names: Mapping[str, Any]) -> JsonValue:
        """Fill the templates inside a JSON value; a lone ``{{ x }}`` keeps its type."""
        ...
