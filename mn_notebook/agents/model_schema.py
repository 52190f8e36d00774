"""Says whether a JSON Schema may be asked for strictly."""

from collections.abc import Iterable

from pydantic import JsonValue

from mn_notebook.domain.workflow import Schema

STRICT_WORDS = frozenset(
    {
        *("type", "title", "description", "enum", "const", "anyOf", "$ref", "$defs"),
        *("properties", "required", "additionalProperties"),
        *("items", "minItems", "maxItems"),
        *("pattern", "format"),
        *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    }
)
"""What strict decoding understands; any other word turns a request into an error."""

STRICT_FORMATS = frozenset(
    {"date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"}
)


def allows_strict(schema: Schema) -> bool:
    """Tell whether a server that decodes strictly accepts a schema.

    Its root is an object; each object names every property as required and admits no other.

    >>> allows_strict({"type": "object", "properties": {}, "additionalProperties": False})
    True
    >>> allows_strict({"type": "array", "items": {"type": "string"}})
    False
    """
    return schema.get("type") == "object" and "anyOf" not in schema and _fits(schema)


def _fits(schema: JsonValue) -> bool:
    if not isinstance(schema, dict) or not schema or not schema.keys() <= STRICT_WORDS:
        return False
    if schema.get("format", "date") not in STRICT_FORMATS:
        return False
    return _is_closed(schema) and all(_fits(part) for part in _parts(schema))


def _is_closed(schema: Schema) -> bool:
    kind = schema.get("type")
    if kind != "object" and not (isinstance(kind, list) and "object" in kind):
        return "properties" not in schema
    properties, required = schema.get("properties", {}), schema.get("required", [])
    if not isinstance(properties, dict) or not isinstance(required, list):
        return False
    return schema.get("additionalProperties") is False and set(properties) == set(
        map(str, required)
    )


def _parts(schema: Schema) -> Iterable[JsonValue]:
    for word in ("properties", "$defs"):
        named = schema.get(word)
        if isinstance(named, dict):
            yield from named.values()
    choices = schema.get("anyOf")
    if isinstance(choices, list):
        yield from choices
    if "items" in schema:
        yield schema["items"]
    elif schema.get("type") == "array":
        yield {}
