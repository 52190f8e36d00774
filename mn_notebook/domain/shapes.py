"""Does a value have the shape that a JSON Schema asks for?"""

import json
from functools import lru_cache
from typing import Any

import jsonschema_rs
from pydantic import JsonValue

from mn_notebook.domain.tables import Table, as_records, holds_table
from mn_notebook.domain.workflow import Schema

_LONGEST = 300
_TABLE = ("x-mn-type", "table")
_RECORDS: Schema = {"type": "array", "items": {"type": "object"}}


def first_fault(value: JsonValue, schema: Schema) -> str | None:
    """Say in words what is wrong with a value, or None when nothing is.

    >>> first_fault({"n": "x"}, {"type": "object", "properties": {"n": {"type": "integer"}}})
    'at n: "x" is not of type "integer"'
    """
    if holds_table(value):
        value = _without_tables(value, schema)
    validator = _validator(json.dumps(schema, sort_keys=True))
    fault = min(validator.iter_errors(value), key=_depth, default=None)
    if fault is None:
        return None
    where = ".".join(str(part) for part in fault.instance_path)
    message = _of_what_may_be_missing(fault, schema) or fault.message
    text = message if len(message) <= _LONGEST else message[:_LONGEST] + "…"
    text += next((f", such as {one}" for said, one in _SUCH_AS.items() if text.endswith(said)), "")
    return f"at {where}: {text}" if where else text


def with_whole_numbers(value: JsonValue, schema: Schema) -> JsonValue:
    """Return a value that fits, with 3 for 3.0 where its schema asks for an integer.

    To JSON they are the same number; to the code that is given it they are not.

    >>> with_whole_numbers({"n": 3.0, "x": 3.0}, {"properties": {"n": {"type": "integer"}}})
    {'n': 3, 'x': 3.0}
    """
    return _whole(value, schema, schema, _DEEPEST)


_DEEPEST = 50
_DEFINED = "#/$defs/"
_EXACT = 2.0**53
"""Beyond it a float stands for several integers."""


def _whole(value: JsonValue, schema: JsonValue, root: Schema, left: int) -> JsonValue:
    if not isinstance(schema, dict) or not left or isinstance(value, Table):
        return value
    if not isinstance(value, float | dict | list):
        return value
    options = schema.get("anyOf")
    if isinstance(options, list):
        meant = [one for one in options if one != {"type": "null"}]
        return _whole(value, meant[0], root, left - 1) if len(meant) == 1 else value
    defined, place = root.get("$defs"), schema.get("$ref")
    if isinstance(place, str) and isinstance(defined, dict) and place.startswith(_DEFINED):
        return _whole(value, defined.get(place.removeprefix(_DEFINED)), root, left - 1)
    if isinstance(value, float):
        is_whole = schema.get("type") == "integer" and value.is_integer() and abs(value) < _EXACT
        return int(value) if is_whole else value
    if isinstance(value, list):
        items = schema.get("items")
        return [_whole(one, items, root, left - 1) for one in value] if items else value
    named, others = schema.get("properties"), schema.get("additionalProperties")
    known = named if isinstance(named, dict) else {}
    return {key: _whole(one, known.get(key, others), root, left - 1) for key, one in value.items()}


_SUCH_AS = {'is not a "date"': "2026-11-26", 'is not a "date-time"': "2026-11-26T09:30:00Z"}
"""Formats that people write otherwise, and how they are written here."""


def _of_what_may_be_missing(fault: jsonschema_rs.ValidationError, schema: Schema) -> str:
    """Say what a value is not that may also be null; '' where there are several types."""
    there: JsonValue = schema
    for part in fault.schema_path:
        if isinstance(there, dict) and str(part) in there:
            there = there[str(part)]
        else:
            return ""
    options = [one for one in there if one != {"type": "null"}] if isinstance(there, list) else []
    if fault.schema_path[-1:] != ["anyOf"] or len(options) != 1 or fault.instance is None:
        return ""
    alone = json.dumps(options[0], sort_keys=True)
    if '"$ref"' in alone:  # It is no schema by itself.
        return ""
    inner = min(_validator(alone).iter_errors(fault.instance), key=_depth, default=None)
    if inner is None:
        return ""
    where = ".".join(str(part) for part in inner.instance_path)
    return f"at {where}: {inner.message}" if where else inner.message


def _depth(fault: jsonschema_rs.ValidationError) -> tuple[int, str]:
    return len(fault.instance_path), fault.message


@lru_cache(maxsize=512)
def _validator(schema: str) -> jsonschema_rs.Draft202012Validator:
    stated: Any = _with_records(json.loads(schema))
    return jsonschema_rs.Draft202012Validator(
        stated, validate_formats=True, retriever=_fetch_nothing
    )


def _fetch_nothing(address: str) -> Any:
    """Refuse: a schema says all by itself, and to look into one must not reach out."""
    message = f"a type refers to {address!r}, and nothing is fetched for it"
    raise ValueError(message)


def _with_records(schema: JsonValue) -> JsonValue:
    """Say in JSON Schema's words what a table is: a list of records."""
    if isinstance(schema, list):
        return [_with_records(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: _with_records(part) for key, part in schema.items()}
    return {**_RECORDS, **inner} if _TABLE in schema.items() else inner


def _without_tables(value: JsonValue, schema: JsonValue) -> JsonValue:
    """Put records in place of tables; where a table is asked for, its records need no look."""
    if isinstance(value, Table):
        return [] if _takes_table(schema) else value.records()
    properties = schema.get("properties") if isinstance(schema, dict) else None
    if not isinstance(value, dict) or not isinstance(properties, dict):
        return _records_in(value)
    return {key: _without_tables(inner, properties.get(key, {})) for key, inner in value.items()}


def _records_in(value: JsonValue) -> JsonValue:
    plain: JsonValue = as_records(value)
    return plain


def _takes_table(schema: JsonValue) -> bool:
    if not isinstance(schema, dict):
        return False
    options = schema.get("anyOf")
    choices = options if isinstance(options, list) else []
    return _TABLE in schema.items() or any(_takes_table(choice) for choice in choices)
