"""Puts hostile texts wherever a display takes a text from outside."""

from typing import TypeVar

from pydantic import BaseModel, JsonValue

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</svg></title></pre></code><iframe src=//x>",
    "<!-- <![CDATA[ ]]>",
    "&lt;b&gt; &#60;b&#62; &amp",
    "$x$ \\(y\\) $$z$$",
    "a | b\n| c | d |\n\n# head\n\n```\n[x](javascript:alert(1)) ![y](z)",
    "\x1b[2J\x00\x9b31m\u202eevil\r\n",
    "`` ` ```",
)

_CLOSED = {"status", "kind", "effect", "owner", "version", "created_at", "finished_at"}
_CLOSED |= {"actions", "until"}
_CLOSED |= {"requested_at", "expires_at", "cost_usd", "cost_floor_usd", "budget_usd"}
_CLOSED |= {"reserved_usd"}
_Model = TypeVar("_Model", bound=BaseModel)


def tainted(model: _Model, text: str) -> _Model:
    """Replace every free text of a picture, at any depth, by ``text``."""
    return type(model).model_validate(_tainted(model.model_dump(mode="json"), text))


def _tainted(value: JsonValue, text: str) -> JsonValue:
    if isinstance(value, dict):
        return {
            (
                text
                if key in {"title", "body", "to"} and "key" not in value and len(value) < 4
                else key
            ): (entry if key in _CLOSED else _tainted(entry, text))
            for key, entry in value.items()
        }
    if isinstance(value, list):
        return [_tainted(entry, text) for entry in value]
    return text if isinstance(value, str) else value
