"""Cells of a table as JSON says them."""

import base64
import math
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from pydantic import JsonValue
from pydantic_core import to_jsonable_python

_GAPS = ("NaTType", "NAType")
"""What frames hold where a value is missing, besides NaN."""


def plain_cell(value: Any) -> JsonValue:
    """Return one value as JSON: times as text, gaps, infinities and NaN as null.

    Raises:
        TypeError: JSON has no word for it.
    """
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else None
        case Decimal():
            return plain_cell(float(value))
        case bytes():
            return base64.b64encode(value).decode()
        case dict():
            return {str(key): plain_cell(inner) for key, inner in value.items()}
        case list() | tuple():
            return [plain_cell(inner) for inner in value]
        case _:
            return _other(value)


def _other(value: Any) -> JsonValue:
    if type(value).__name__ in _GAPS:
        return None
    if isinstance(value, datetime | date | time | timedelta):
        said: JsonValue = to_jsonable_python(value)
        return said
    if callable(getattr(value, "tolist", None)):  # numpy's numbers and arrays
        return plain_cell(value.tolist())
    plain: JsonValue = to_jsonable_python(value, inf_nan_mode="null", bytes_mode="base64")
    return plain
