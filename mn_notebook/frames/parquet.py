"""Reads tables from Parquet files, as records and as frames."""

import hashlib
import json
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from pydantic import JsonValue
from typing_extensions import override

from mn_notebook.domain.sketches import Column
from mn_notebook.domain.tables import Table
from mn_notebook.frames.columns import (
    AS_JSON,
    CATEGORIES,
    cells,
    column_of,
    is_nested,
    mark_of,
)
from mn_notebook.frames.kinds import NotATable, library

_TEXTUAL = ("period", "interval")
"""Types of pandas' own: records hold them as the texts that pandas shows."""


class ParquetSource:
    """A table that is read from the bytes of a Parquet file, and only when that is needed."""

    def __init__(self, content: bytes) -> None:
        """Read from ``content``."""
        self._content = content

    @property
    def content(self) -> bytes:
        """The file."""
        return self._content

    @cached_property
    def sha256(self) -> str:
        """The hash of the file."""
        return hashlib.sha256(self._content).hexdigest()

    @cached_property
    def arrow(self) -> Any:
        """The table as Arrow holds it."""
        pa = library("pyarrow")
        return library("pyarrow.parquet").read_table(pa.BufferReader(self._content))

    @cached_property
    def _file(self) -> Any:
        pa = library("pyarrow")
        return library("pyarrow.parquet").ParquetFile(pa.BufferReader(self._content))

    @cached_property
    def columns(self) -> Sequence[Column]:
        """The columns in their order."""
        return tuple(
            Column(field.name, "str") if field.name in self._textual else column_of(field)
            for field in self._file.schema_arrow
        )

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return int(self._file.metadata.num_rows) if self.columns else 0

    @cached_property
    def weight(self) -> int:
        """The size of the file, and that of what it holds."""
        found = self._file.metadata
        groups = (found.row_group(at) for at in range(found.num_row_groups))
        return len(self._content) + sum(int(group.total_byte_size) for group in groups)

    def records(self, start: int, stop: int) -> list[JsonValue]:
        """Return rows as fresh records."""
        if not self.columns:
            return []
        part = self.arrow.slice(start, max(0, stop - start))
        names = [column.name for column in self.columns]
        found = [self._cells(part, at) for at in range(len(names))]
        return [dict(zip(names, row, strict=True)) for row in zip(*found, strict=True)]

    def _cells(self, part: Any, position: int) -> list[JsonValue]:
        field = part.schema.field(position)
        if field.name in self._textual:
            shown = part.select([field.name]).to_pandas()[field.name]
            return [None if gap else str(v) for v, gap in zip(shown, shown.isna(), strict=True)]
        return cells(part.column(position), field)

    @cached_property
    def _textual(self) -> frozenset[str]:
        noted = (self._file.schema_arrow.metadata or {}).get(b"pandas")
        columns = json.loads(noted).get("columns", []) if noted else []
        return frozenset(
            str(column["name"])
            for column in columns
            if str(column.get("numpy_type")).startswith(_TEXTUAL)
        )

    @override
    def __reduce__(self) -> tuple[Any, ...]:
        return (ParquetSource, (self._content,))


def table_from_parquet(content: bytes) -> Table:
    """Return the table that a Parquet file holds.

    Raises:
        NotATable: it is no Parquet file, or two of its columns have one name.
        FramesMissing: pyarrow is not installed.
    """
    pa = library("pyarrow")
    source = ParquetSource(content)
    try:
        names = [column.name for column in source.columns]
    except (pa.ArrowException, OSError) as fault:
        message = f"this is no Parquet file: {str(fault).partition('.')[0]}"
        raise NotATable(message) from fault
    if len(set(names)) < len(names):
        message = "two columns of the Parquet file have one name; rename one of them"
        raise NotATable(message)
    return Table(source)


def arrow_of(table: Table) -> Any:
    """Return a table as Arrow holds it."""
    source = table.source
    own = source if isinstance(source, ParquetSource) else ParquetSource(source.content)
    return own.arrow


def frame_of(table: Table) -> Any:
    """Return a table as a fresh DataFrame, with the types that its columns had.

    Raises:
        FramesMissing: pandas or pyarrow is not installed.
    """
    pd = library("pandas")
    arrow = arrow_of(table)
    # Objects that are whole numbers with gaps stay what they were: floats would round them.
    frame = arrow.to_pandas(integer_object_nulls=True)
    for field in arrow.schema:
        restored = _restored(pd, arrow, field, frame[field.name])
        if restored is not None:
            frame[field.name] = restored
    return frame


def _restored(pd: Any, arrow: Any, field: Any, found: Any) -> Any:
    """Return the values of a column that Arrow alone does not give back as they were."""
    noted = mark_of(field, CATEGORIES)
    if noted is not None:
        known = json.loads(noted)
        if known["categories"] is None:  # no words: those that occur, in their own order
            return found.astype(pd.CategoricalDtype(ordered=known["ordered"])).array
        values = arrow.column(field.name).to_pylist()
        return pd.Categorical(values, categories=known["categories"], ordered=known["ordered"])
    if mark_of(field, AS_JSON) is not None:
        return pd.Series(cells(arrow.column(field.name), field), dtype=object)
    if is_nested(field.type):
        return pd.Series(arrow.column(field.name).to_pylist(), dtype=object)
    return None
