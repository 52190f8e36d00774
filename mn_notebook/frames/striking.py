"""Takes texts out of a table, wherever in it they stand."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from pydantic import JsonValue

from mn_notebook.domain.tables import Table
from mn_notebook.frames.columns import AS_JSON, mark_of
from mn_notebook.frames.encoding import written
from mn_notebook.frames.kinds import library
from mn_notebook.frames.parquet import arrow_of

Redact = Callable[[JsonValue], JsonValue]
"""Returns a JSON value without the texts; the value itself where it has none."""


def without(table: Table, needles: Sequence[str], redact: Redact) -> Table:
    """Return a table without some texts, in cells, names of columns and notes.

    ``needles`` tell, without regard to what is around them, whether a cell may have one of the
    texts; a table without any is returned as it is, and only its texts are looked at for that.

    Raises:
        FramesMissing: pyarrow is not installed.
    """
    arrow = arrow_of(table)
    pattern = "|".join(map(_escaped, needles))
    numbers = any(needle.isdigit() for needle in needles)
    columns = [
        _column(arrow.column(at), arrow.schema.field(at), pattern, redact, numbers=numbers)
        for at in range(arrow.num_columns)
    ]
    schema = _schema(arrow.schema, columns, redact)
    if schema.equals(arrow.schema, check_metadata=True) and all(
        new is arrow_column for new, arrow_column in zip(columns, arrow.columns, strict=True)
    ):
        return table
    return written(library("pyarrow").table(columns, schema=schema))


def _escaped(text: str) -> str:
    """Return a pattern that is this very text, as Arrow's patterns say it."""
    return "".join(
        one if one.isalnum() or not one.isascii() else f"\\x{{{ord(one):x}}}" for one in text
    )


def _column(column: Any, field: Any, pattern: str, redact: Redact, *, numbers: bool) -> Any:
    """Return a column without the texts: the very same one where it has none."""
    if not _may_have(column, field.type, pattern, numbers=numbers):
        return column
    cells = column.to_pylist()
    clean = [_cell(cell, redact, is_json=mark_of(field, AS_JSON) is not None) for cell in cells]
    if clean == cells:
        return column
    pa = library("pyarrow")
    try:
        return pa.chunked_array([pa.array(clean, type=field.type)])
    except (pa.ArrowException, TypeError, ValueError):  # a number became a text
        return pa.chunked_array([pa.array([None if c is None else str(c) for c in clean])])


def _may_have(column: Any, kind: Any, pattern: str, *, numbers: bool) -> bool:
    pa, compute = library("pyarrow"), library("pyarrow.compute")
    types = pa.types
    if types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind):
        if not numbers:
            return False
        column, kind = compute.cast(column, pa.string()), pa.string()
    if types.is_boolean(kind) or types.is_temporal(kind) or types.is_null(kind):
        return False
    if not (types.is_string(kind) or types.is_large_string(kind)):
        return True  # Nested, or of a kind that Arrow cannot search: each cell is looked at.
    return bool(compute.any(compute.match_substring_regex(column, pattern)).as_py())


def _cell(cell: Any, redact: Redact, *, is_json: bool) -> Any:
    if isinstance(cell, bytes):
        text = cell.decode("utf-8", "surrogateescape")
        found = redact(text)
        return cell if found == text else str(found).encode("utf-8", "surrogateescape")
    if is_json and isinstance(cell, str):
        value = json.loads(cell)
        found = redact(value)
        return cell if found == value else json.dumps(found, ensure_ascii=False)
    return redact(cell)


def _schema(schema: Any, columns: Sequence[Any], redact: Redact) -> Any:
    pa = library("pyarrow")
    fields = [
        pa.field(
            _text(field.name, redact),
            column.type,
            field.nullable,
            _notes(field.metadata, redact),
        )
        for field, column in zip(schema, columns, strict=True)
    ]
    return pa.schema(fields, metadata=_notes(schema.metadata, redact))


def _notes(notes: Any, redact: Redact) -> Any:
    if not notes:
        return notes
    return {name: _cell(said, redact, is_json=False) for name, said in notes.items()}


def _text(text: str, redact: Redact) -> str:
    return str(redact(text))
