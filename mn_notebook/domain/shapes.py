"""Does a value have the shape that a JSON Schema asks for?"""

from functools import lru_cache
from typing import Any

import jsonschema
from pydantic import JsonValue
from typing_extensions import override

from mn_notebook.domain.workflow import Schema


def first_fault(value: JsonValue, schema: Schema) -> str | None:
    """Say in words what is wrong with a value, or None when nothing is.

    >>> first_fault({"n": "x"}, {"type": "object", "properties": {"n": {"type": "integer"}}})
    "at n: 'x' is not of type 'integer'"
    """
    validator = _validator(repr(sorted(schema.items())), _Frozen(schema))
    fault = min(validator.iter_errors(value), key=_depth, default=None)
    if fault is None:
        return None
    where = ".".join(str(part) for part in fault.absolute_path)
    text = fault.message if len(fault.message) <= _LONGEST else fault.message[:_LONGEST] + "…"
    return f"at {where}: {text}" if where else text


_LONGEST = 300


def _depth(fault: jsonschema.ValidationError) -> tuple[int, str]:
    return len(fault.absolute_path), fault.message


class _Frozen:
    """Carries a schema past the cache, whose key is the schema's text."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema

    @override
    def __hash__(self) -> int:
        return 0

    @override
    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Frozen)


@lru_cache(maxsize=512)
def _validator(_text: str, frozen: _Frozen) -> Any:
    return jsonschema.Draft202012Validator(frozen.schema)
