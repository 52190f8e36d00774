"""What is said of a table where the table itself would be too much: an event, a display."""

import json
from collections.abc import Sequence
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, JsonValue

from mn_notebook.domain.words import plural

MOST_COLUMNS = 30
"""Columns that a sketch names."""
MOST_SHOWN_COLUMNS = 10
"""Columns of which a sketch has cells."""
MOST_ROWS = 5
_LONGEST_NAME = 40
_LONGEST_CELL = 40


class Column(NamedTuple):
    """A column's name, and its type in the notation of workflows."""

    name: str
    type: str


class TableSketch(BaseModel):
    """How large a table is, what its columns are, and its beginning: a few KB at most."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rows: int
    width: int
    """How many columns the table has; ``columns`` names the first of them."""
    columns: tuple[tuple[str, str], ...] = ()
    """Name and type of each."""
    first: tuple[tuple[JsonValue, ...], ...] = ()
    """The first rows, cells in the order of ``columns``; long cells are cut."""


def sketched(
    rows: int, columns: Sequence[Column], records: Sequence[dict[str, JsonValue]]
) -> TableSketch:
    """Return the sketch of a table from its first records."""
    named = columns[:MOST_COLUMNS]
    shown = columns[:MOST_SHOWN_COLUMNS]
    return TableSketch(
        rows=rows,
        width=len(columns),
        columns=tuple((_cut(column.name, _LONGEST_NAME), column.type) for column in named),
        first=tuple(
            tuple(_cell(record.get(column.name)) for column in shown)
            for record in records[:MOST_ROWS]
        ),
    )


def size_text(rows: int, width: int) -> str:
    """Say how large a table is.

    >>> size_text(10000, 7)
    '10,000 rows x 7 columns'
    """
    return f"{plural(rows, 'row')} x {plural(width, 'column')}"


def sketch_json(sketch: TableSketch) -> JsonValue:
    """Return a sketch as a display shows it: the size, then the first rows as records.

    >>> sketch_json(TableSketch(rows=3, width=1, columns=(("a", "int"),), first=((1,),)))
    {'table': '3 rows x 1 column', 'columns': {'a': 'int'}, 'first': [{'a': 1}]}
    """
    names = [name for name, _ in sketch.columns]
    return {
        "table": size_text(sketch.rows, sketch.width),
        "columns": dict(sketch.columns),
        "first": [dict(zip(names, cells, strict=False)) for cells in sketch.first],
    }


def _cell(value: JsonValue) -> JsonValue:
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, str):
        return _cut(value, _LONGEST_CELL)
    text = json.dumps(value, ensure_ascii=False)
    return value if len(text) <= _LONGEST_CELL else _cut(text, _LONGEST_CELL)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"
