"""What is wrong with a value, by its schema alone."""

import socket
from pathlib import Path

import jsonschema_rs
import pytest
from pydantic import JsonValue

from mn_notebook.domain.shapes import first_fault, with_whole_numbers
from mn_notebook.language.types import parse_type


def test_a_schema_says_all_by_itself_and_nothing_is_fetched(tmp_path: Path) -> None:
    """Neither over the network nor from the disk: whoever wrote it must not learn who looks."""
    file = tmp_path / "type.json"
    file.write_text('{"type": "string"}')
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/type.json"
        for reference in (address, file.as_uri()):
            with pytest.raises(jsonschema_rs.ValidationError, match="nothing is fetched for it"):
                first_fault("x", {"$ref": reference})
        with pytest.raises(TimeoutError):
            server.accept()


def test_a_schema_may_refer_to_its_own_definitions() -> None:
    """That is all that it needs."""
    schema = {"$defs": {"name": {"type": "string"}}, "$ref": "#/$defs/name"}
    assert first_fault("x", schema) is None  # type: ignore[arg-type]
    assert first_fault(3, schema) == '3 is not of type "string"'  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("notation", "value", "whole"),
    [
        ("int", 3.0, 3),
        ("int?", 3.0, 3),
        ("int?", None, None),
        ("float", 3.0, 3.0),
        ("any", 3.0, 3.0),
        ("list[int]", [1.0, 2], [1, 2]),
        ("dict[str, int]", {"a": 1.0}, {"a": 1}),
        ("list[any]", [1.0], [1.0]),
    ],
)
def test_a_whole_number_is_one_where_an_integer_is_asked_for(
    notation: str, value: JsonValue, whole: JsonValue
) -> None:
    """To JSON 3.0 is an integer; to a function that counts with it, it is none."""
    found = with_whole_numbers(value, parse_type(notation))
    assert (found, repr(found)) == (whole, repr(whole))


def test_whole_numbers_are_found_behind_references() -> None:
    """As a pydantic model writes its schema."""
    inner: dict[str, JsonValue] = {"type": "object", "properties": {"n": {"type": "integer"}}}
    schema: dict[str, JsonValue] = {
        "$defs": {"In": inner},
        "properties": {"a": {"$ref": "#/$defs/In"}},
    }
    assert repr(with_whole_numbers({"a": {"n": 2.0}}, schema)) == "{'a': {'n': 2}}"
