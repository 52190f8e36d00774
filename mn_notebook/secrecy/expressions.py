"""Texts of workflows, evaluated and rid of secrets before anything is made from them."""

from collections.abc import Mapping
from typing import Any

from pydantic import JsonValue
from typing_extensions import override

from mn_notebook.ports import Expressions
from mn_notebook.secrecy.known import redact, redact_text


class RedactedExpressions(Expressions):
    """Expressions whose values have no secrets.

    What is kept has none either. Here they are taken out before hashes, idempotency keys and the
    keys of items are made, so that these are the same when they are made of what was kept.
    """

    def __init__(self, expressions: Expressions) -> None:
        """Evaluate with ``expressions``."""
        self._expressions = expressions

    @override
    def evaluate(self, expression: str, names: Mapping[str, Any]) -> Any:
        return redact(self._expressions.evaluate(expression, names))

    @override
    def render(self, template: str, names: Mapping[str, Any]) -> str:
        return redact_text(self._expressions.render(template, names))

    @override
    def fill(self, template: JsonValue, names: Mapping[str, Any]) -> JsonValue:
        filled: JsonValue = redact(self._expressions.fill(template, names))
        return filled
