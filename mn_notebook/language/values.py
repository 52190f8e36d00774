"""Values of an evaluation as JSON and as text."""

import json
import math
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeAlias

from jinja2.runtime import Undefined
from pydantic import JsonValue

from mn_notebook.domain.tables import Table, as_sketches, table_text
from mn_notebook.errors import PermanentError
from mn_notebook.language.bounds import check_length, current

Value: TypeAlias = Any
"""What an evaluation handles: decoded JSON, `StepRows`, a missing name, or one of Jinja's own."""


def json_value(value: Value) -> JsonValue:
    """Return an evaluated value as plain JSON-able Python, a copy that shares nothing mutable.

    A table stays one.

    Raises:
        PermanentError: it holds what JSON has no word for, or more than fits the bounds.
    """
    current().weigh(value, reads_tables=False)
    return _copied(value)


def text_of(value: Value) -> str:
    """Return a value as it appears in a template: text as it is, everything else as JSON.

    Of a table appear its columns and a bounded sample of its rows.

    Raises:
        PermanentError: it has no JSON, or too much of it.
    """
    if isinstance(value, str):
        check_length(len(value))
        return str(value)
    if isinstance(value, Undefined):
        return str(value)  # raises, with the message for the analyst
    if type(value) is int:  # often, and in loops
        return str(value)
    if isinstance(value, Table):
        text = table_text(value)
        check_length(len(text))
        return text
    return json_text(value)


def json_text(value: Value, *, indent: int | None = None) -> str:
    """Return a value as JSON text; of tables inside it a bounded sketch.

    Raises:
        PermanentError: it has no JSON, or too much of it.
    """
    plain = as_sketches(json_value(value))
    parts: list[str] = []
    length = 0
    encoder = json.JSONEncoder(ensure_ascii=False, indent=indent, allow_nan=False)
    for part in encoder.iterencode(plain):
        length += len(part)
        check_length(length)
        parts.append(part)
    return "".join(parts)


def _copied(value: Value) -> JsonValue:
    match value:
        case None | bool() | int():
            return value
        case str():
            return _text(value)
        case float():
            return _finite(value)
        case Decimal():
            return _finite(float(value))
        case datetime() | date():
            return value.isoformat()
        case Table():
            return value
        case Mapping():
            return {_text(str(key)): _copied(inner) for key, inner in value.items()}
        case list() | tuple() | range():
            return _list(value)
        case Undefined():
            str(value)  # raises, with the message for the analyst
        case _:
            pass
    raise PermanentError(
        f"expected text, a number, a list or a mapping, found a {type(value).__name__}"
    )


def _list(values: Iterable[Value]) -> JsonValue:
    return [_copied(inner) for inner in values]


def _finite(number: float) -> float:
    if not math.isfinite(number):
        raise PermanentError("expected a number that JSON has, found infinity or not-a-number")
    return number


def _text(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise PermanentError("a text holds half of a character (a lone surrogate)") from None
    return str(text)
