"""Loads Jinja for the first text that has to be evaluated: many steps are given none."""

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pydantic import JsonValue

if TYPE_CHECKING:
    from mn_notebook.language.expressions import SandboxedExpressions


class LateExpressions:
    """What `SandboxedExpressions` does, from when it is needed."""

    @cached_property
    def _sandboxed(self) -> "SandboxedExpressions":
        from mn_notebook.language.expressions import SandboxedExpressions

        return SandboxedExpressions()

    def evaluate(self, expression: str, names: Mapping[str, Any]) -> JsonValue:
        """Return the value of an expression (no braces) as JSON-able Python.

        Raises:
            PermanentError: it cannot be evaluated with these names, or not within the bounds.
        """
        return self._sandboxed.evaluate(expression, names)

    def render(self, template: str, names: Mapping[str, Any]) -> str:
        """Return a template's text; lists, objects, true, false and null render as JSON.

        Raises:
            PermanentError: it cannot be rendered with these names, or not within the bounds.
        """
        return self._sandboxed.render(template, names)

    def fill(self, template: JsonValue, names: Mapping[str, Any]) -> JsonValue:
        """Fill the templates inside a JSON value; a lone ``{{ x }}`` keeps its type.

        Raises:
            PermanentError: one of them cannot be filled with these names.
        """
        return self._sandboxed.fill(template, names) if _has_text(template) else template


def _has_text(template: JsonValue) -> bool:
    """Tell whether there is anything in a value that could be a template."""
    match template:
        case str():
            return True
        case list():
            return any(_has_text(inner) for inner in template)
        case dict():
            return any(_has_text(inner) for inner in template.values())
        case _:
            return False
