"""Reads ``name=value`` arguments: what a value is, its input's type decides."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import JsonValue
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from mn_notebook.agents.calling import jsonable
from mn_notebook.domain.workflow import InputField, Schema, Workflow
from mn_notebook.errors import PermanentError, UsageError

Lookup = Callable[[str], Any]
"""Finds a variable of the notebook."""

_YAML_FILES = (".yaml", ".yml")
_TABLE_FILES = (".csv", ".tsv")


def read_inputs(
    workflow: Workflow, arguments: Iterable[str], lookup: Lookup
) -> dict[str, JsonValue]:
    """Return the inputs that ``name=value`` arguments give.

    ``name=@file`` reads a file (JSON, YAML, CSV as a list of records, anything else as text) and
    ``name=:variable`` takes a variable of the notebook; ``@@`` and ``::`` stand for the signs.

    Raises:
        UsageError: an argument is no ``name=value``, is given twice or cannot be read.
    """
    found: dict[str, JsonValue] = {}
    for argument in arguments:
        name, equals, text = argument.partition("=")
        if not equals or not name.isidentifier():
            message = f"expected name=value, found {argument!r}; {_usage(workflow)}"
            raise UsageError(message)
        if name in found:
            message = f"the input {name!r} is given twice"
            raise UsageError(message)
        found[name] = _value(name, text, workflow.inputs.get(name), lookup)
    return found


def plain_inputs(values: Mapping[str, Any]) -> dict[str, JsonValue]:
    """Return Python values as inputs: a DataFrame becomes a list of records.

    Raises:
        UsageError: a value is nothing that JSON can hold.
    """
    return {name: _plain(name, value) for name, value in values.items()}


def read_value(text: str) -> JsonValue:
    """Return what a text says as YAML, of which JSON is a part.

    Raises:
        UsageError: it says nothing that JSON can hold.
    """
    try:
        return jsonable(YAML(typ="safe", pure=True).load(text))
    except (YAMLError, PermanentError) as fault:
        message = f"expected a value as YAML or JSON, such as [a, b], found {_cut(text)}"
        raise UsageError(message) from fault


def _usage(workflow: Workflow) -> str:
    if not workflow.inputs:
        return f"workflow {workflow.name!r} takes no inputs"
    inputs = ", ".join(f"{name}: {field.type_text}" for name, field in workflow.inputs.items())
    return f"the inputs of {workflow.name!r}: {inputs}"


def _value(name: str, text: str, field: InputField | None, lookup: Lookup) -> JsonValue:
    if text.startswith(("@@", "::")):
        text = text[1:]
    elif text.startswith("@"):
        return _from_file(name, text[1:], field)
    elif text.startswith(":"):
        return _plain(name, lookup(text[1:]))
    if field is None or is_text(field.json_schema):
        return text
    if _optional(field.json_schema) and text in ("null", ""):
        return None
    if _optional_text(field.json_schema):
        return text
    try:
        return read_value(text)
    except UsageError as fault:
        message = f"input {name!r}: expected {field.type_text}, found {_cut(text)}"
        raise UsageError(message) from fault


def _plain(name: str, value: Any) -> JsonValue:
    try:
        return jsonable(value)
    except PermanentError as fault:
        message = f"input {name!r}: {fault}"
        raise UsageError(message) from fault


def is_text(schema: Schema) -> bool:
    """Tell whether a type is some kind of text: a choice of words and a date are texts, too."""
    return schema.get("type") == "string"


def _optional(schema: Schema) -> bool:
    return isinstance(schema.get("anyOf"), list) and {"type": "null"} in _options(schema)


def _optional_text(schema: Schema) -> bool:
    kinds = [option for option in _options(schema) if option != {"type": "null"}]
    return len(kinds) == 1 and is_text(kinds[0])


def _options(schema: Schema) -> list[Schema]:
    options = schema.get("anyOf")
    return [o for o in options if isinstance(o, dict)] if isinstance(options, list) else []


def _from_file(name: str, place: str, field: InputField | None) -> JsonValue:
    path = Path(place).expanduser()
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as fault:
        reason = getattr(fault, "strerror", None) or "it is not UTF-8 text"
        message = (
            f"input {name!r}: the file {place!r} cannot be read: {reason} "
            "(a value that begins with @ is written with @@)"
        )
        raise UsageError(message) from fault
    if field is not None and is_text(field.json_schema):
        return text
    try:
        return _decoded(text, path.suffix.lower())
    except (ValueError, UsageError) as fault:
        message = f"input {name!r}: the file {place!r} cannot be read: {fault}"
        raise UsageError(message) from fault


def _decoded(text: str, suffix: str) -> JsonValue:
    if suffix == ".json":
        return jsonable(json.loads(text))
    if suffix in _YAML_FILES:
        return read_value(text)
    if suffix in _TABLE_FILES:
        return _records(text, "\t" if suffix == ".tsv" else ",")
    return text


def _records(text: str, delimiter: str) -> JsonValue:
    rows = csv.DictReader(io.StringIO(text), delimiter=delimiter, strict=True)
    try:
        return [{str(key): _cell(value) for key, value in row.items()} for row in rows]
    except csv.Error as fault:
        message = f"line {rows.line_num}: {fault}"
        raise ValueError(message) from fault


def _cell(text: Any) -> JsonValue:
    """Return a number where the text is exactly how that number is written: 007 stays a text."""
    if not isinstance(text, str) or text == "":
        return None if not isinstance(text, list) else [str(part) for part in text]
    for kind in (int, float):
        try:
            number = kind(text)
        except ValueError:
            continue
        if repr(number) == text:
            return number
    return text


def _cut(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:60] + "…")
