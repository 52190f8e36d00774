"""What a reference such as ``gather.facts`` finds in a value of which only the schema is known."""

from collections.abc import Sequence

from pydantic import JsonValue

from mn_notebook.domain.workflow import Schema
from mn_notebook.language.words import hint

_MOST_HOPS = 50

_SCALARS = {
    "string": "text",
    "integer": "a number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}


def missing_field(schema: Schema, path: Sequence[str], said: str) -> str | None:
    """Return what is wrong with following a path into a value, or None when nothing is.

    ``said`` is how the value is written, such as ``gather``. A part of the schema that leaves open
    what is there is not judged.
    """
    here: JsonValue = schema
    for name in path:
        here = _resolved(here, schema)
        if not isinstance(here, dict):
            return None
        properties = here.get("properties")
        if isinstance(properties, dict) and name in properties:
            here, said = properties[name], f"{said}.{name}"
            continue
        return _wrong_here(here, name, said)
    return None


def _wrong_here(here: Schema, name: str, said: str) -> str | None:
    properties = here.get("properties")
    if isinstance(properties, dict):
        open_ended = here.get("additionalProperties") not in (None, False)
        if open_ended:
            return None
        return f"{said!r} has no field {name!r}{hint(name, properties, nouns='fields')}"
    kind = here.get("type")
    if kind == "array":
        return f"{said!r} is a list and has no field {name!r}; loop over it, or take {said}[0]"
    if isinstance(kind, str) and kind in _SCALARS:
        return f"{said!r} is {_SCALARS[kind]} and has no field {name!r}"
    return None


def _resolved(here: JsonValue, root: Schema) -> JsonValue:
    """Look through references and ``T?``; None when the schema leaves a choice."""
    for _ in range(_MOST_HOPS):  # a circle of references ends here
        if not isinstance(here, dict):
            return None
        if isinstance(reference := here.get("$ref"), str):
            definitions = root.get("$defs")
            name = reference.removeprefix("#/$defs/")
            here = definitions.get(name) if isinstance(definitions, dict) else None
        elif isinstance(options := here.get("anyOf"), list):
            real = [option for option in options if option != {"type": "null"}]
            here = real[0] if len(real) == 1 else None
        else:
            return here
    return None
