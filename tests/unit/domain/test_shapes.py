"""What is wrong with a value, by its schema alone."""

import socket
from pathlib import Path

import jsonschema_rs
import pytest

from mn_notebook.domain.shapes import first_fault


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
