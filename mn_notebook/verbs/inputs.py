"""Reads ``name=value`` arguments: what a value is, its input's type decides."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pydantic import JsonValue
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from mn_notebook.agents.calling import jsonable
from mn_notebook.domain.type_words import SPECIAL
from mn_notebook.domain.workflow import InputField, Schema, Workflow
from mn_notebook.errors import PermanentError, UsageError
from mn_notebook.verbs.input_files import content_of, is_file_of_values

Lookup = Callable[[str], Any]
"""Finds a variable of the notebook."""


def read_inputs(
    workflow: Workflow, arguments: Iterable[str], lookup: Lookup
) -> dict[str, JsonValue]:
    """Return the inputs that ``name=value`` arguments give.

    ``name=@file`` reads a file (JSON, YAML, CSV, Parquet, anything else as text) and
    ``name=:variable`` takes a variable of the notebook; ``@@`` and ``::`` stand for the signs.

    Raises:
        UsageError: an argument is no ``name=value``, is given twice or cannot be read.
    """
    return read_fields(workflow.inputs, arguments, lookup, "input", _usage(workflow))


def read_fields(
    fields: Mapping[str, InputField],
    arguments: Iterable[str],
    lookup: Lookup,
    what: str,
    usage: str,
) -> dict[str, JsonValue]:
    """Return the values of fields that ``name=value`` arguments give, as `read_inputs` does.

    ``what`` a field is called, and the ``usage``, are for messages.

    Raises:
        UsageError: an argument is no ``name=value``, is given twice or cannot be read.
    """
    found: dict[str, JsonValue] = {}
    for argument in arguments:
        name, equals, text = argument.partition("=")
        if not equals or not name.isidentifier():
            spaced = "" if equals else _spaced(argument, fields)
            message = f"expected name=value, found {argument!r}{spaced}; {usage}"
            raise UsageError(message)
        if name in found:
            message = f"the {what} {name!r} is given twice"
            raise UsageError(message)
        found[name] = _value(f"{what} {name!r}", text, fields.get(name), lookup)
    return found


def _spaced(argument: str, fields: Mapping[str, InputField]) -> str:
    return " alone: no space stands around the =" if argument in fields else ""


def plain_inputs(values: Mapping[str, Any], what: str = "input") -> dict[str, JsonValue]:
    """Return Python values as inputs: a DataFrame becomes a table.

    Raises:
        UsageError: a value is nothing that JSON can hold.
    """
    return {name: _plain(f"{what} {name!r}".strip(), value) for name, value in values.items()}


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


def read_free(text: str, lookup: Lookup, *, as_text: bool = False) -> JsonValue:
    """Return a value that is JSON, or else the text as it is; ``@`` and ``:`` as for inputs.

    ``as_text``: where a text is wanted, nothing is taken for JSON.

    Raises:
        UsageError: a file or a variable cannot be read.
    """
    if text.startswith(("@@", "::")):
        return text[1:]
    if text.startswith(("@", ":")):
        return _value("the value", text, _TEXT if as_text else None, lookup)
    if as_text:
        return text
    try:
        return jsonable(json.loads(text))
    except (ValueError, PermanentError):
        return text


_TEXT = InputField(json_schema={"type": "string"}, type_text="str", required=True)


_YES = ("yes", "y", "true", "on")
_NO = ("no", "n", "false", "off")


def _usage(workflow: Workflow) -> str:
    if not workflow.inputs:
        return f"workflow {workflow.name!r} takes no inputs"
    inputs = ", ".join(f"{name}: {field.type_text}" for name, field in workflow.inputs.items())
    return f"the inputs of {workflow.name!r}: {inputs}"


def _value(what: str, text: str, field: InputField | None, lookup: Lookup) -> JsonValue:
    if text.startswith(("@@", "::")):
        text = text[1:]
    elif text.startswith("@"):
        return content_of(
            what,
            text[1:],
            read_value,
            as_text=field is not None and is_text(field.json_schema),
            as_table=field is not None and is_table(field.json_schema),
        )
    elif text.startswith(":"):
        return _plain(what, lookup(text[1:]))
    if field is None or is_text(field.json_schema):
        return text
    if _optional(field.json_schema) and text in ("null", ""):
        return None
    if _optional_text(field.json_schema):
        return text
    if _is_truth(field.json_schema):
        return _truth(what, text)
    try:
        value = read_value(text)
    except UsageError as fault:
        cut = "; quote the whole for the shell" if text[:1] in _BRACKETS else ""
        message = f"{what}: expected {field.type_text}, found {_cut(text)}{cut}"
        raise UsageError(message) from fault
    _require_list(what, text, field, value)
    return value


_BRACKETS = ("{", "[")


def _require_list(what: str, text: str, field: InputField, value: JsonValue) -> None:
    """Say how a list, or a table, is given where something else was."""
    kinds = _options(field.json_schema) or [field.json_schema]
    if isinstance(value, list | dict | None) or not any(map(_is_list, kinds)):
        return
    fix = f"[{text}]"
    if is_table(field.json_schema) or is_file_of_values(text):
        fix = f"@{text}" if is_file_of_values(text) else "@FILE"
    name = what.rpartition(" ")[2].strip("'")
    right = fix if len(fix) <= _LONGEST else "[…]"
    message = f"{what}: expected {field.type_text}, found {_cut(text)}; write {name}={right}"
    raise UsageError(message)


def _is_list(schema: Schema) -> bool:
    return schema.get("type") == "array" or schema.get(SPECIAL) == "table"


def _truth(what: str, text: str) -> bool:
    said = text.strip().lower()
    if said in (*_YES, *_NO):
        return said in _YES
    message = f"{what}: expected yes or no, found {_cut(text)}"
    raise UsageError(message)


def _plain(what: str, value: Any) -> JsonValue:
    try:
        return jsonable(value)
    except PermanentError as fault:
        message = f"{what}: {fault}"
        raise UsageError(message) from fault


def is_text(schema: Schema) -> bool:
    """Tell whether a type is some kind of text: a choice of words and a date are texts, too."""
    return schema.get("type") == "string"


def is_table(schema: Schema) -> bool:
    """Tell whether a type is a table, or one that may be missing."""
    return schema.get(SPECIAL) == "table" or any(map(is_table, _options(schema)))


def _is_truth(schema: Schema) -> bool:
    """Tell whether a type is true or false, or one that may be missing."""
    kinds = [option for option in _options(schema) or [schema] if option != {"type": "null"}]
    return len(kinds) == 1 and kinds[0].get("type") == "boolean"


def _optional(schema: Schema) -> bool:
    return isinstance(schema.get("anyOf"), list) and {"type": "null"} in _options(schema)


def _optional_text(schema: Schema) -> bool:
    kinds = [option for option in _options(schema) if option != {"type": "null"}]
    return len(kinds) == 1 and is_text(kinds[0])


def _options(schema: Schema) -> list[Schema]:
    options = schema.get("anyOf")
    return [o for o in options if isinstance(o, dict)] if isinstance(options, list) else []


def _cut(text: str) -> str:
    return repr(text if len(text) <= _LONGEST else text[:_LONGEST] + "…")


_LONGEST = 60
