"""Values on their way to a child process and back: JSON, with tables beside it."""

import base64
import json
from typing import Any

from pydantic import JsonValue

from mn_notebook.domain.tables import Table, dereferred, referred
from mn_notebook.domain.values import Stored
from mn_notebook.frames import table_from_parquet


def packed(value: Any, **more: Any) -> bytes:
    """Return a value, and what else is to be said, as bytes; a table goes as its Parquet file."""
    tables: dict[str, str] = {}

    def keep(table: Table) -> Stored:
        tables[table.source.sha256] = base64.b64encode(table.source.content).decode()
        return Stored(artifact=table.source.sha256)

    return json.dumps({**more, "value": referred(value, keep), "tables": tables}).encode()


def unpacked(content: bytes) -> tuple[JsonValue, dict[str, Any]]:
    """Return the value, and what else was said.

    Raises:
        FramesMissing: it has a table, and the library that reads one is not installed.
    """
    said: dict[str, Any] = json.loads(content)
    tables: dict[str, str] = said.pop("tables")

    def load(stored: Stored) -> JsonValue:
        return table_from_parquet(base64.b64decode(tables[stored.artifact or ""]))

    return dereferred(said.pop("value"), load), said
