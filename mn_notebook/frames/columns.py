"""Columns of a Parquet file: the word for a column's type, and its cells as JSON."""

import json
from collections.abc import Callable
from typing import Any

from pydantic import JsonValue

from mn_notebook.domain.sketches import Column
from mn_notebook.frames.kinds import library
from mn_notebook.frames.plain import plain_cell

AS_JSON = b"mn:json"
"""Marks a column of objects that Arrow has no one type for: its cells are JSON texts."""
CATEGORIES = b"mn:categories"
"""Marks a column of categories: which there are, and whether they are in order, as JSON."""


def mark_of(field: Any, mark: bytes) -> str | None:
    """Return what a column is marked with, or None."""
    found = (field.metadata or {}).get(mark)
    return None if found is None else str(found.decode())


def column_of(field: Any) -> Column:
    """Return a column's name and the word for its type."""
    is_any = mark_of(field, AS_JSON) is not None
    return Column(str(field.name), "any" if is_any else type_word(field.type))


def type_word(kind: Any) -> str:
    """Return the word of workflows for an Arrow type."""
    types = library("pyarrow").types
    for word, tests in _WORDS.items():
        if any(getattr(types, test)(kind) for test in tests):
            return word
    if types.is_dictionary(kind):
        return type_word(kind.value_type)
    if is_list(kind):
        return f"list[{type_word(kind.value_type)}]"
    return "any"


_WORDS = {
    "bool": ("is_boolean",),
    "int": ("is_integer",),
    "float": ("is_floating", "is_decimal"),
    "str": ("is_string", "is_large_string", "is_time", "is_duration"),
    "datetime": ("is_timestamp",),
    "date": ("is_date",),
}


def is_list(kind: Any) -> bool:
    """Tell whether the cells of an Arrow type are lists."""
    types = library("pyarrow").types
    return bool(types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind))


def is_nested(kind: Any) -> bool:
    """Tell whether the cells of an Arrow type are lists or objects."""
    return bool(library("pyarrow").types.is_nested(kind))


def holds_objects(kind: Any) -> bool:
    """Tell whether there are objects in the cells of an Arrow type, at any depth."""
    if is_list(kind):
        return holds_objects(kind.value_type)
    return is_nested(kind)


def cells(column: Any, field: Any) -> list[JsonValue]:
    """Return the cells of a column as JSON."""
    values = _python(column)
    convert = _converter(field)
    if convert is None:
        return values
    return [None if value is None else convert(value) for value in values]


def _python(column: Any) -> list[Any]:
    pa = library("pyarrow")
    if pa.types.is_timestamp(column.type) and column.type.unit == "ns":
        column = column.cast(pa.timestamp("us", tz=column.type.tz), safe=False)
    elif pa.types.is_duration(column.type) and column.type.unit == "ns":
        column = column.cast(pa.duration("us"), safe=False)
    elif pa.types.is_time64(column.type) and column.type.unit == "ns":
        column = column.cast(pa.time64("us"), safe=False)
    values: list[Any] = column.to_pylist()
    return values


_PLAIN = ("is_boolean", "is_integer", "is_string", "is_large_string", "is_null")


def _converter(field: Any) -> Callable[[Any], JsonValue] | None:
    """Return what makes JSON of a cell; None: it is JSON already."""
    if mark_of(field, AS_JSON) is not None:
        return json.loads
    types = library("pyarrow").types
    if any(getattr(types, test)(field.type) for test in _PLAIN):
        return None
    return plain_cell
