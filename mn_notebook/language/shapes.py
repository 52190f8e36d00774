"""What a reference such as ``gather.facts`` finds in a value of which only the schema is known."""

from collections.abc import Sequence

from pydantic import JsonValue

from mn_notebook.domain.type_words import SPECIAL
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
        what = "a table" if here.get(SPECIAL) == "table" else "a list"
        return f"{said!r} is {what} and has no field {name!r}; loop over it, or take {said}[0]"
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


def schema_at(schema: Schema, path: Sequence[str]) -> Schema | None:
    """Return the schema of what a path leads to, or None when the schema leaves that open.

    The result can stand alone: it brings the definitions that it may refer to.
    """
    here: JsonValue = schema
    for name in path:
        here = _resolved(here, schema)
        properties = here.get("properties") if isinstance(here, dict) else None
        if not isinstance(properties, dict) or name not in properties:
            return None
        here = properties[name]
    if not isinstance(here, dict):
        return None
    return {**here, "$defs": schema["$defs"]} if "$defs" in schema and path else here


def item_of(schema: Schema) -> Schema | None:
    """Return the schema of an item of a list, or None when it is not known."""
    here = _resolved(schema, schema)
    items = here.get("items") if isinstance(here, dict) else None
    if not isinstance(items, dict):
        return None
    return {**items, "$defs": schema["$defs"]} if "$defs" in schema else items


def choices_of(schema: Schema) -> tuple[str, ...] | None:
    """Return the words that a choice is of, or None when the schema is no choice."""
    here = _resolved(schema, schema)
    words = here.get("enum") if isinstance(here, dict) else None
    if not isinstance(words, list):
        return None
    return tuple(word for word in words if isinstance(word, str)) or None


def kinds_of(schema: Schema) -> frozenset[str] | None:
    """Return the JSON types that a value may have, or None when the schema leaves them open."""
    return _kinds(schema, schema, _MOST_HOPS)


def _kinds(here: JsonValue, root: Schema, hops: int) -> frozenset[str] | None:
    if not isinstance(here, dict) or hops == 0:
        return None
    if here.get("x-mn-type") == "table":
        return frozenset({"array"})
    if "$ref" in here:
        return _kinds(_resolved(here, root), root, hops - 1)
    options = here.get("anyOf")
    if isinstance(options, list):
        found = [_kinds(option, root, hops - 1) for option in options]
        known = [kinds for kinds in found if kinds is not None]
        return frozenset().union(*known) if len(known) == len(found) else None
    match here.get("type"):
        case "integer":
            return frozenset({"number"})
        case str(kind):
            return frozenset({kind})
        case _:
            return None


def clash(given: Schema, wanted: Schema) -> bool:
    """Say whether no value of one type, null left aside, can be one of another."""
    have, want = kinds_of(given), kinds_of(wanted)
    if have is None or want is None:
        return False
    have -= {"null"}
    if have and not have & want:
        return True
    if have != {"array"}:
        return False
    inner, wanted_inner = item_of(given), item_of(wanted)
    return inner is not None and wanted_inner is not None and clash(inner, wanted_inner)


def kind_text(schema: Schema) -> str:
    """Say in a few words what a value is: ``a list``, ``text``."""
    kinds = (kinds_of(schema) or frozenset()) - {"null"}
    words = {**_SCALARS, "array": "a list", "object": "a mapping of fields"}
    return " or ".join(sorted(words.get(kind, kind) for kind in kinds)) or "null"
