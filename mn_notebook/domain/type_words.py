"""A JSON Schema in the type notation of the workflow language, for people to read."""

from collections.abc import Mapping

from pydantic import JsonValue

from mn_notebook.domain.workflow import Schema

SPECIAL = "x-mn-type"
"""The schema keyword that marks what JSON Schema has no word for: tables and files.

To a model, and to all who know only JSON Schema, a table is a list of records."""

BASIC: dict[str, Schema] = {
    "str": {"type": "string"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
    "any": {},
    "table": {SPECIAL: "table", "type": "array", "items": {"type": "object"}},
    "file": {SPECIAL: "file"},
}


def type_text(schema: Schema) -> str:
    """Return the notation of a schema, as near as the notation comes to it.

    >>> type_text({"type": "array", "items": {"type": "string", "enum": ["low", "high"]}})
    'list[low | high]'
    """
    match schema:
        case {"x-mn-type": str(name)}:
            return name
        case {"anyOf": [dict(inner), {"type": "null"}]}:
            return type_text(inner) + "?"
        case {"$ref": str(reference)}:
            return reference.rpartition("/")[2]
        case {"title": str(title)}:
            return title
        case {"enum": list(words)}:
            return " | ".join(str(word) for word in words)
        case {"type": "array", "items": dict(inner)}:
            return f"list[{type_text(inner)}]"
        case {"type": "object", "properties": dict(properties)}:
            return _fields_text(properties)
        case {"type": "object", "additionalProperties": dict(inner)}:
            return f"dict[str, {type_text(inner)}]"
        case _:
            pass
    return next((name for name, basic in BASIC.items() if basic == schema), "any")


def form_type(schema: Schema) -> str:
    """Return what a field of a form takes, in words of the notation: bounds and titles aside.

    A server's form has titles for fields and choices, which are no names of types.

    >>> form_type({"type": "integer", "title": "Copies", "minimum": 1})
    'int'
    >>> form_type({"oneOf": [{"const": "a", "title": "By air"}, {"const": "s", "title": "By sea"}]})
    'By air | By sea'
    """
    match schema:
        case {"oneOf": list(choices)} | {"anyOf": list(choices)} if words := _constants(choices):
            return " | ".join(words)
        case {"type": "array", "items": dict(inner), **more} if "x-mn-type" not in more:
            return f"list[{form_type(inner)}]"
        case {"enum": list()} | {"x-mn-type": _}:
            return type_text(schema)
        case {"type": str(kind)}:
            plain: Schema = {"type": kind}
            if kind == "string" and schema.get("format") in ("date", "date-time"):
                plain["format"] = schema["format"]
            return next((name for name, one in BASIC.items() if one == plain), type_text(schema))
        case _:
            return type_text(schema)


def _constants(choices: list[JsonValue]) -> list[str]:
    """Return how people read choices that are constants; none, if there is any other among them."""
    found = [one for one in choices if isinstance(one, dict) and "const" in one]
    words = [str(one.get("title", one["const"])) for one in found]
    return words if len(words) == len(choices) else []


def _fields_text(properties: Mapping[str, JsonValue]) -> str:
    fields = []
    for name, inner in properties.items():
        text = type_text(inner) if isinstance(inner, dict) else "any"
        bare = "[" not in text or text.startswith("{")
        fields.append(f"{name}: {text}" if bare else f'{name}: "{text}"')
    return "{" + ", ".join(fields) + "}"
