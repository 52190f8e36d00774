"""Makes a table, which is a Parquet file, of a frame."""

import io
import json
import math
from collections import Counter
from typing import Any

from mn_notebook.domain.tables import Table
from mn_notebook.domain.values import sayable
from mn_notebook.frames.columns import AS_JSON, CATEGORIES, holds_objects
from mn_notebook.frames.kinds import NotATable, is_pandas, library
from mn_notebook.frames.parquet import table_from_parquet
from mn_notebook.frames.plain import plain_cell

Marks = dict[str, dict[bytes, bytes]]
"""What is noted of a column besides its Arrow type, by the column's name."""


def table_of(frame: Any) -> Table:
    """Return a frame as a table; equal frames give equal tables.

    The names of columns become texts. An index that is more than a numbering of the rows becomes
    columns.

    Raises:
        NotATable: two columns have one name, or a cell holds what cannot be kept.
        FramesMissing: pyarrow is not installed.
    """
    arrow = arrow_table_of(frame)
    try:
        return written(arrow)
    except library("pyarrow").ArrowException as fault:
        message = f"a {type(frame).__name__} cannot be kept as a table: {fault}"
        raise NotATable(message) from fault


def written(arrow: Any) -> Table:
    """Return a table of Arrow's as one of ours."""
    target = io.BytesIO()
    library("pyarrow.parquet").write_table(
        arrow.combine_chunks(), target, compression="zstd", use_dictionary=True
    )
    return table_from_parquet(target.getvalue())


def arrow_table_of(frame: Any) -> Any:
    """Return a frame as the Arrow table that is kept of it.

    Raises:
        NotATable: two columns have one name, or a cell holds what cannot be kept.
        FramesMissing: pyarrow is not installed.
    """
    return _of_pandas(frame) if is_pandas(type(frame)) else _of_others(frame)


def _of_others(frame: Any) -> Any:
    """Take what speaks Arrow as it is."""
    pa = library("pyarrow")
    try:
        arrow = _as_arrow(pa, frame)
    except (pa.ArrowException, TypeError, ValueError, NotImplementedError) as fault:
        message = f"a {type(frame).__name__} cannot be read through Arrow: {fault}"
        raise NotATable(message) from fault
    _refuse_doubles(arrow.column_names)
    return arrow


def _as_arrow(pa: Any, frame: Any) -> Any:
    if isinstance(frame, pa.Table):
        return frame
    if hasattr(frame, "__arrow_c_stream__"):
        return pa.table(frame)
    return library("pyarrow.interchange").from_dataframe(frame)


def _of_pandas(frame: Any) -> Any:
    pa = library("pyarrow")
    named = _named(_numbered(frame))
    named.attrs = {}  # notes of the analyst's, which may be anything
    marks: Marks = {}
    for name in list(named.columns):
        _settle(pa, named, name, marks)
    try:
        arrow = pa.Table.from_pandas(named, preserve_index=False)
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as fault:
        message = f"a DataFrame cannot be kept as a table: {fault}"
        raise NotATable(message) from fault
    return _marked(arrow, marks)


def _numbered(frame: Any) -> Any:
    """Return the frame with its index among the columns, unless that only numbers the rows.

    What is left of a numbering after a filter, a sort or a concat says nothing that an analyst has
    named; kept, it would add a column with each step that filters.
    """
    index = frame.index
    is_numbering = index.nlevels == 1 and index.name is None and index.dtype.kind in "iu"
    if is_numbering:
        return frame.reset_index(drop=True)
    if len(index) == 0 and index.nlevels == 1 and index.name is None:
        return frame.reset_index(drop=True)  # an empty frame's index has no kind yet
    try:
        return frame.reset_index()
    except ValueError as fault:
        message = f"the index of a DataFrame cannot become columns: {fault}; rename it"
        raise NotATable(message) from fault


def _named(frame: Any) -> Any:
    names = [_name(label) for label in frame.columns]
    _refuse_doubles(names)
    return frame.set_axis(names, axis="columns")


def _name(label: Any) -> str:
    """Return the name of a column as a text; a name of several levels is joined by ``_``."""
    if isinstance(label, tuple):
        return "_".join(sayable(str(part)) for part in label if str(part))
    return sayable(str(label))


def _refuse_doubles(names: list[str]) -> None:
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        message = f"two columns of a table are called {twice[0]!r}; rename one of them"
        raise NotATable(message)


def _settle(pa: Any, frame: Any, name: str, marks: Marks) -> None:
    """Give a column values that Arrow keeps exactly, and note what it was."""
    if frame[name].dtype.name == "category":
        _spread(frame, name, marks)
    column = frame[name]
    if column.dtype == object and not _is_of_one_kind(pa, column):
        frame[name] = _json_cells(column, name)
        marks[name] = {AS_JSON: b"1"}


def _is_of_one_kind(pa: Any, column: Any) -> bool:
    """Tell whether Arrow has a type for the objects of a column.

    Arrow makes objects alike by giving each the keys of all; JSON keeps each as it is.
    """
    try:
        kind = pa.array(column, from_pandas=True).type
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        return False
    return not holds_objects(kind)


def _json_cells(column: Any, name: str) -> Any:
    try:
        texts = [_json_cell(value) for value in column]
    except Exception as fault:
        message = (
            f"the column {name!r} holds what a table cannot keep: {fault}; make it plain first, "
            f"such as frame[{name!r}].astype(str)"
        )
        raise NotATable(message) from fault
    return library("pandas").Series(texts, index=column.index, dtype=object)


def _json_cell(value: Any) -> str | None:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    return sayable(json.dumps(plain_cell(value), ensure_ascii=False, allow_nan=False))


def _spread(frame: Any, name: str, marks: Marks) -> None:
    """Keep categories as their values, and beside them which there are and in which order."""
    known = frame[name].cat
    categories = known.categories.tolist()
    has_words = all(isinstance(category, str | int | float) for category in categories)
    if has_words or known.categories.dtype != object:
        noted = {"categories": categories if has_words else None, "ordered": bool(known.ordered)}
        marks[name] = {CATEGORIES: json.dumps(noted).encode()}
    frame[name] = frame[name].astype(object if has_words else known.categories.dtype)


def _marked(arrow: Any, marks: Marks) -> Any:
    if not marks:
        return arrow
    fields = [
        field.with_metadata(marks[field.name]) if field.name in marks else field
        for field in arrow.schema
    ]
    pa = library("pyarrow")
    # Not by a cast, which fails for lists of nothing but gaps, though it has nothing to change.
    schema = pa.schema(fields, metadata=arrow.schema.metadata)
    return pa.Table.from_arrays(arrow.columns, schema=schema)
