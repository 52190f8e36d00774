"""The small type notation, and the JSON Schema behind it."""

import copy
import re
from collections.abc import Callable, Mapping

from pydantic import JsonValue

from mn_notebook.domain.type_words import BASIC
from mn_notebook.domain.workflow import Schema
from mn_notebook.errors import UsageError
from mn_notebook.language.findings import Findings
from mn_notebook.language.tree import Fields, Items, Node, Scalar, described
from mn_notebook.language.vocabulary import RESERVED_FIELDS
from mn_notebook.language.words import hint

_NULL: Schema = {"type": "null"}
_WORD = re.compile(r"[^\W\d](?:[\w ./-]*\w)?")
_FIELD = re.compile(r"[^\W\d]\w*")
_LIST = re.compile(r"list\s*\[(?P<inner>.*)\]", re.DOTALL)
_DICT = re.compile(r"dict\s*\[\s*(?P<key>\w+)\s*,(?P<inner>.*)\]", re.DOTALL)
_DEEPEST = 12
_NAMES = tuple(BASIC)


class TypeNotationError(ValueError):
    """A text is no type; ``offset`` says where in it."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.offset = offset


def parse_type(text: str, models: Mapping[str, Schema] | None = None) -> Schema:
    """Return the schema of a type that is written in one line.

    >>> parse_type("list[int]")
    {'type': 'array', 'items': {'type': 'integer'}}
    >>> parse_type("low | high")
    {'type': 'string', 'enum': ['low', 'high']}

    Raises:
        TypeNotationError: the text is no type.
    """
    known = models or {}
    return _with_models(_parse(text, 0, known, 0), known)


def read_type(node: Node, models: Mapping[str, Schema], findings: Findings) -> Schema:
    """Return the schema of a type in a tree: a text, or a mapping of nested fields.

    What is wrong is added to the findings, and ``any`` stands for it, so that the check goes on.
    """
    return _with_models(_read(node, models, findings), models)


FieldReader = Callable[[Scalar, Node], Schema]
"""Reads a field by its key and what stands behind it."""


def read_fields(
    node: Fields, models: Mapping[str, Schema], findings: Findings, read_field: FieldReader
) -> Schema:
    """Return the schema of an object whose fields say more than their types.

    A field with a ``default`` may be missing. ``read_field`` gives a field's schema as `read_part`
    does.
    """
    return _with_models(_read_fields(node, models, findings, read_field), models)


def read_part(node: Node, models: Mapping[str, Schema], findings: Findings) -> Schema:
    """Return the schema of a type that is part of another: models are named, not spelt out."""
    return _read(node, models, findings)


def is_optional(schema: Schema) -> bool:
    """Say whether a type is a ``T?``: it may be null, and its field may be missing."""
    options = schema.get("anyOf")
    return isinstance(options, list) and len(options) == 2 and options[1] == _NULL


def _read(node: Node, models: Mapping[str, Schema], findings: Findings) -> Schema:
    match node:
        case Fields():
            return _read_fields(node, models, findings)
        case Items(items=(Scalar() as only,)):
            fix = f"; write list[{only.text}]" if only.text in (*_NAMES, *models) else ""
            findings.problem(node.mark, f"expected a type, found a list{fix}")
        case Scalar() if isinstance(node.value, str):
            try:
                return _parse(node.text, 0, models, 0)
            except TypeNotationError as wrong:
                findings.problem(node.locate(wrong.offset), str(wrong))
        case _:
            findings.problem(
                node.mark, f"expected a type such as str or list[str], found {described(node)}"
            )
    return {}


def _read_fields(
    node: Fields,
    models: Mapping[str, Schema],
    findings: Findings,
    read_field: FieldReader | None = None,
) -> Schema:
    properties: dict[str, JsonValue] = {}
    for key, value in node:
        if key.text in RESERVED_FIELDS:
            findings.problem(
                key.mark, f"{key.text!r} is a reserved field; choose another name for it"
            )
        elif not _FIELD.fullmatch(key.text):
            findings.problem(
                key.mark, f"expected a field name of letters, digits and _, found {key.text!r}"
            )
        if read_field is not None:
            properties[key.text] = read_field(key, value)
        else:
            properties[key.text] = _read(value, models, findings)
    if not properties:
        findings.problem(node.mark, "expected at least one field")
    required: list[JsonValue] = [
        name
        for name, schema in properties.items()
        if not (isinstance(schema, dict) and (is_optional(schema) or "default" in schema))
    ]
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _parse(text: str, offset: int, models: Mapping[str, Schema], depth: int) -> Schema:
    offset += len(text) - len(text.lstrip())
    body = text.strip()
    if depth > _DEEPEST:
        raise TypeNotationError(f"expected at most {_DEEPEST} types inside each other", offset)
    if body.endswith("?"):
        inner = _parse(body[:-1], offset, models, depth + 1)
        if is_optional(inner):
            raise TypeNotationError(f"one ? is enough in {body!r}", offset)
        return {"anyOf": [inner, dict(_NULL)]}
    words = _split_choice(body)
    if len(words) > 1:
        return _choice(words, offset)
    return _single(body, offset, models, depth)


def _split_choice(text: str) -> list[str]:
    """Split at the ``|`` that stand outside of brackets."""
    parts, depth = [""], 0
    for character in text:
        depth += (character == "[") - (character == "]")
        if character == "|" and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def _choice(parts: list[str], offset: int) -> Schema:
    words: list[JsonValue] = []
    for part in parts:
        word = part.strip()
        at = offset + len(part) - len(part.lstrip())
        if word in BASIC or "[" in word:
            raise TypeNotationError(f"a choice is of words, and {word!r} is a type; use any", at)
        if not _WORD.fullmatch(word):
            raise TypeNotationError(
                f"expected a word in a choice such as low | high, found {word!r}", at
            )
        if word in words:
            raise TypeNotationError(f"the choice names {word!r} twice", at)
        words.append(word)
        offset += len(part) + 1
    return {"type": "string", "enum": words}


def _single(text: str, offset: int, models: Mapping[str, Schema], depth: int) -> Schema:
    if text in BASIC:
        return dict(BASIC[text])
    if text in models:
        return _model(text, offset, models)
    if match := _LIST.fullmatch(text):
        inner = _parse(match["inner"], offset + match.start("inner"), models, depth + 1)
        return {"type": "array", "items": inner}
    if match := _DICT.fullmatch(text):
        if match["key"] != "str":
            raise TypeNotationError(
                f"the keys of a dict are str, not {match['key']}", offset + match.start("key")
            )
        inner = _parse(match["inner"], offset + match.start("inner"), models, depth + 1)
        return {"type": "object", "additionalProperties": inner}
    raise _unknown(text, offset, models)


def _model(name: str, offset: int, models: Mapping[str, Schema]) -> Schema:
    try:
        models[name]
    except UsageError as fault:
        raise TypeNotationError(str(fault), offset) from fault
    return {"$ref": f"#/$defs/{name}"}


_ELSEWHERE = {
    "string": "str",
    "text": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "object": "any",
    "list": "list[any]",
    "array": "list[any]",
    "dict": "dict[str, any]",
    "DataFrame": "table",
    "path": "file",
}
"""What people who come from other notations write."""


def _unknown(text: str, offset: int, models: Mapping[str, Schema]) -> TypeNotationError:
    known = (*_NAMES, *models)
    if text in _ELSEWHERE:
        return TypeNotationError(
            f"unknown type {text!r}; did you mean '{_ELSEWHERE[text]}'?", offset
        )
    if "[" in text or "]" in text:
        example = "list[str] or dict[str, int]"
        return TypeNotationError(f"expected a type such as {example}, found {text!r}", offset)
    return TypeNotationError(f"unknown type {text!r}{hint(text, known, nouns='types')}", offset)


def _with_models(schema: Schema, models: Mapping[str, Schema]) -> Schema:
    """Add the definitions of the models that a schema names, at its root where ``$ref`` looks."""
    if set(schema) == {"$ref"}:
        return copy.deepcopy(models[_model_named(str(schema["$ref"]))])
    definitions: dict[str, JsonValue] = {}
    for name in sorted(_references(schema)):
        model = models[name]
        inner = model.get("$defs", {})
        names = set(inner) if isinstance(inner, dict) else set()
        body = {key: value for key, value in model.items() if key != "$defs"}
        definitions[name] = _renamed(body, name, names)
        if isinstance(inner, dict):
            for below, value in inner.items():
                definitions[f"{name}_{below}"] = _renamed(value, name, names)
    return {**schema, "$defs": definitions} if definitions else schema


def _model_named(reference: str) -> str:
    return reference.removeprefix("#/$defs/")


def _references(value: JsonValue) -> set[str]:
    if isinstance(value, list):
        return set().union(*map(_references, value))
    if not isinstance(value, dict):
        return set()
    found = set().union(*map(_references, value.values()))
    if isinstance(reference := value.get("$ref"), str):
        found.add(_model_named(reference))
    return found


def _renamed(value: JsonValue, model: str, names: set[str]) -> JsonValue:
    """Copy a part of a model's schema, its own definitions prefixed with the model's name."""
    if isinstance(value, list):
        return [_renamed(item, model, names) for item in value]
    if not isinstance(value, dict):
        return value
    copied = {key: _renamed(item, model, names) for key, item in value.items()}
    reference = value.get("$ref")
    if isinstance(reference, str) and _model_named(reference) in names:
        copied["$ref"] = f"#/$defs/{model}_{_model_named(reference)}"
    return copied
