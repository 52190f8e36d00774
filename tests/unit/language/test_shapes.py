"""References are followed through schemas, as far as those tell."""

from typing import Any

import pytest

from mn_notebook.language.shapes import missing_field
from mn_notebook.language.types import parse_type

TREE: dict[str, Any] = {
    "$defs": {
        "Node": {
            "type": "object",
            "properties": {"name": {"type": "string"}, "next": {"$ref": "#/$defs/Node"}},
        },
        "Circle": {"$ref": "#/$defs/Circle"},
    },
    "type": "object",
    "properties": {
        "root": {"anyOf": [{"$ref": "#/$defs/Node"}, {"type": "null"}]},
        "either": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
        "circle": {"$ref": "#/$defs/Circle"},
        "lost": {"$ref": "#/$defs/Lost"},
        "open": {"type": "object", "properties": {"a": {}}, "additionalProperties": True},
        "odd": True,
        "plain": {"type": "object"},
    },
}


@pytest.mark.parametrize(
    "path",
    ["root.next.next.name", "either.a", "circle.a", "lost.a", "open.b", "odd.a", "plain.a.b", ""],
)
def test_what_a_schema_leaves_open_is_not_judged(path: str) -> None:
    """A reference is wrong only when the schema says so."""
    assert missing_field(TREE, [name for name in path.split(".") if name], "a") is None


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("rot", "'a' has no field 'rot'; did you mean 'root'?"),
        ("root.next.nam", "'a.root.next' has no field 'nam'; did you mean 'name'?"),
        ("root.name.first", "'a.root.name' is text and has no field 'first'"),
    ],
)
def test_wrong_field_is_found_however_deep(path: str, message: str) -> None:
    """References, and what may be null, are looked through."""
    assert missing_field(TREE, path.split("."), "a") == message


def test_table_is_a_list_whose_rows_have_any_field() -> None:
    """Its columns are known only when it is there."""
    said = "'a' is a table and has no field 'x'; loop over it, or take a[0]"
    assert missing_field(parse_type("table"), ["x"], "a") == said
    row = parse_type("table")["items"]
    assert isinstance(row, dict)
    assert missing_field(row, ["x"], "a[0]") is None


@pytest.mark.parametrize("text", ["any", "file", "dict[str, int]"])
def test_open_types_have_any_field(text: str) -> None:
    """Types without fields of their own are not judged."""
    assert missing_field(parse_type(text), ["x"], "a") is None
