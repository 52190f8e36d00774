"""The type notation and JSON Schema say the same."""

import keyword
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from mn_notebook.domain.type_words import type_text
from mn_notebook.domain.workflow import Schema
from mn_notebook.language.findings import Findings
from mn_notebook.language.text import read_text
from mn_notebook.language.types import TypeNotationError, is_optional, parse_type, read_type

ADDRESS: Schema = {
    "$defs": {"City": {"type": "object", "title": "City"}},
    "title": "Address",
    "type": "object",
    "properties": {"city": {"$ref": "#/$defs/City"}},
}


def read(text: str, models: Any = None) -> tuple[Any, list[str]]:
    findings = Findings()
    root = read_text(f"t: {text}\n", findings)
    assert root is not None, findings.problems
    schema = read_type(root.entries[0].value, models or {}, findings)
    return schema, [str(problem) for problem in findings.problems]


SCHEMAS: dict[str, Any] = {
    "str": {"type": "string"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
    "any": {},
    "table": {"x-mn-type": "table", "type": "array", "items": {"type": "object"}},
    "file": {"x-mn-type": "file"},
    "list[str]": {"type": "array", "items": {"type": "string"}},
    "dict[str, int]": {"type": "object", "additionalProperties": {"type": "integer"}},
    "str?": {"anyOf": [{"type": "string"}, {"type": "null"}]},
    "low | high": {"type": "string", "enum": ["low", "high"]},
    "very low | not-high?": {
        "anyOf": [{"type": "string", "enum": ["very low", "not-high"]}, {"type": "null"}]
    },
    "list[a | b]": {"type": "array", "items": {"type": "string", "enum": ["a", "b"]}},
    "list[list[int?]]": {
        "type": "array",
        "items": {
            "type": "array",
            "items": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
        },
    },
}


@pytest.mark.parametrize(("text", "schema"), SCHEMAS.items(), ids=SCHEMAS.keys())
def test_notation_has_a_schema(text: str, schema: Any) -> None:
    """A type in one line becomes its schema, and the schema the line."""
    assert parse_type(text) == schema
    assert type_text(schema) == text
    Draft202012Validator.check_schema(schema)


def test_nested_fields_are_closed() -> None:
    """An object has its fields, and no others; those with ? may be missing."""
    schema, problems = read("{name: str, age: int?, tags: 'list[str]'}")
    assert problems == []
    assert schema["required"] == ["name", "tags"]
    assert schema["additionalProperties"] is False
    valid = Draft202012Validator(schema).is_valid
    assert valid({"name": "a", "tags": []})
    assert valid({"name": "a", "age": None, "tags": []})
    assert not valid({"name": "a", "tags": [], "more": 1})
    assert not valid({"name": "a"})
    assert type_text(schema) == '{name: str, age: int?, tags: "list[str]"}'


WRONG = {
    "string": "line 1, column 4: unknown type 'string'; did you mean 'str'?",
    "strng": "line 1, column 4: unknown type 'strng'; did you mean 'str'?",
    "list": "line 1, column 4: unknown type 'list'; did you mean 'list[any]'?",
    "list[strr]": "line 1, column 9: unknown type 'strr'; did you mean 'str'?",
    "dict[int, str]": "line 1, column 9: the keys of a dict are str, not int",
    "dict[str]": "line 1, column 4: expected a type such as list[str] or dict[str, int], found "
    "'dict[str]'",
    "str | int": "line 1, column 4: a choice is of words, and 'str' is a type; use any",
    "low | low": "line 1, column 10: the choice names 'low' twice",
    "1 | 2": "line 1, column 4: expected a word in a choice such as low | high, found '1'",
    "str??": "line 1, column 4: one ? is enough in 'str??'",
    "5": "line 1, column 4: expected a type such as str or list[str], found the number 5",
    "[str]": "line 1, column 4: expected a type, found a list; write list[str]",
    "[a, b]": "line 1, column 4: expected a type such as str or list[str], found a list",
    "{}": "line 1, column 4: expected at least one field",
    "{rows: str}": "line 1, column 5: 'rows' is a reserved field; choose another name for it",
    "{a b: str}": "line 1, column 5: expected a field name of letters, digits and _, found 'a b'",
    "'" + "list[" * 20 + "str" + "]" * 20 + "'": (
        "line 1, column 70: expected at most 12 types inside each other"
    ),
}


@pytest.mark.parametrize(("text", "message"), WRONG.items(), ids=[key[:20] for key in WRONG])
def test_wrong_type_is_explained(text: str, message: str) -> None:
    """A text that is no type says what would be."""
    assert read(text)[1] == [message]


def test_wrong_type_in_one_line_raises() -> None:
    """Without a tree, the offset says where."""
    with pytest.raises(TypeNotationError) as caught:
        parse_type("dict[str, foo]")
    assert caught.value.offset == 10


def test_models_bring_their_definitions() -> None:
    """References of a model are found at the root, where JSON Schema looks for them."""
    schema = parse_type("list[Address]", {"Address": ADDRESS})
    assert schema["items"] == {"$ref": "#/$defs/Address"}
    definitions: Any = schema["$defs"]
    assert set(definitions) == {"Address", "Address_City"}
    assert definitions["Address"]["properties"]["city"] == {"$ref": "#/$defs/Address_City"}
    assert Draft202012Validator(schema).is_valid([{"city": {}}])
    assert type_text(schema) == "list[Address]"


def test_model_alone_is_its_own_schema() -> None:
    """Models that speak to a vendor find an object at the root."""
    schema = parse_type("Address", {"Address": ADDRESS})
    assert schema == ADDRESS
    assert type_text(schema) == "Address"


def test_unknown_model_names_the_nearest() -> None:
    """The names of models are known words."""
    assert read("Adress", {"Address": ADDRESS})[1] == [
        "line 1, column 4: unknown type 'Adress'; did you mean 'Address'?"
    ]


names = st.from_regex(r"[a-z][a-z0-9_]{0,6}", fullmatch=True).filter(
    lambda name: (
        not keyword.iskeyword(name)
        and name not in ("status", "rows", "approved", "by", "because", *SCHEMAS)
    )
)
lines = st.recursive(
    st.sampled_from(["str", "int", "float", "bool", "date", "datetime", "any", "table", "file"])
    | st.lists(names, min_size=2, max_size=4, unique=True).map(" | ".join),
    lambda inner: (
        inner.map(lambda text: f"list[{text}]")
        | inner.map(lambda text: f"dict[str, {text}]")
        | inner.filter(lambda text: not text.endswith("?")).map(lambda text: f"{text}?")
    ),
    max_leaves=4,
)


@given(lines)
def test_text_comes_back(text: str) -> None:
    """Text to schema to text changes nothing."""
    assert type_text(parse_type(text)) == text


@given(st.dictionaries(names, lines, min_size=1, max_size=4))
def test_nested_fields_come_back(fields: dict[str, str]) -> None:
    """The text of a mapping of fields reads as the same schema."""
    schema, problems = read("{" + ", ".join(f"{k}: '{v}'" for k, v in fields.items()) + "}")
    assert problems == []
    assert read(type_text(schema))[0] == schema
    optional = {key for key, inner in schema["properties"].items() if is_optional(inner)}
    assert set(schema["required"]) == set(fields) - optional


@given(st.text(max_size=40))
def test_any_text_is_a_type_or_a_type_error(text: str) -> None:
    """Nothing else comes out."""
    try:
        schema = parse_type(text)
    except TypeNotationError:
        return
    Draft202012Validator.check_schema(schema)
