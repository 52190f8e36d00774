"""Does a value have the shape that a JSON Schema asks for?"""

import json
from functools import lru_cache

import jsonschema_rs
from pydantic import JsonValue

from mn_notebook.domain.workflow import Schema

_LONGEST = 300


def first_fault(value: JsonValue, schema: Schema) -> str | None:
    """Say in words what is wrong with a value, or None when nothing is.

    >>> first_fault({"n": "x"}, {"type": "object", "properties": {"n": {"type": "integer"}}})
    'at n: "x" is not of type "integer"'
    """
    validator = _validator(json.dumps(schema, sort_keys=True))
    fault = min(validator.iter_errors(value), key=_depth, default=None)
    if fault is None:
        return None
    where = ".".join(str(part) for part in fault.instance_path)
    text = fault.message if len(fault.message) <= _LONGEST else fault.message[:_LONGEST] + "…"
    return f"at {where}: {text}" if where else text


def _depth(fault: jsonschema_rs.ValidationError) -> tuple[int, str]:
    return len(fault.instance_path), fault.message


@lru_cache(maxsize=512)
def _validator(schema: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(json.loads(schema), validate_formats=True)
