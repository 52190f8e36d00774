"""Reads frames from texts, without guessing more than what is certain."""

import csv
import io
import warnings
from typing import Any

from pydantic import JsonValue

from mn_notebook.frames.kinds import library

_WHOLE = r"-?(?:0|[1-9]\d{0,17})"
_NUMBER = r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?"


def frame_from_csv(text: str, delimiter: str) -> Any:
    """Return the rows of a CSV text as a DataFrame.

    A column is one of numbers when each cell of it is written as a number is: 007 stays a text.
    Empty cells are missing values.

    Raises:
        ValueError: a row has more cells than there are columns, or two columns have one name.
        FramesMissing: pandas is not installed.
    """
    header = next(csv.reader(io.StringIO(text), delimiter=delimiter), [])
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        message = f"two columns are called {twice[0]!r}; rename one of them"
        raise ValueError(message)
    if not header:
        return library("pandas").DataFrame()
    cells = _read(text, delimiter)
    return cells.apply(_typed) if len(cells) else cells


def _read(text: str, delimiter: str) -> Any:
    pandas = library("pandas")
    with warnings.catch_warnings():
        warnings.simplefilter("error", pandas.errors.ParserWarning)
        try:
            return pandas.read_csv(
                io.StringIO(text),
                sep=delimiter,
                dtype=str,
                keep_default_na=False,
                na_values=[""],
                index_col=False,
            )
        except pandas.errors.ParserWarning as fault:
            message = "a row has more cells than there are columns"
            raise ValueError(message) from fault


def _typed(column: Any) -> Any:
    pandas = library("pandas")
    written = column.dropna()
    if len(written) == 0:
        return column
    if bool(written.str.fullmatch(_WHOLE).all()):
        numbers = pandas.to_numeric(written)
        if len(written) == len(column):
            return numbers
        return numbers.astype("Int64").reindex(column.index)
    if bool(written.str.fullmatch(_NUMBER).all()):
        return pandas.to_numeric(column)
    return column


def frame_from_records(records: list[JsonValue]) -> Any:
    """Return records as a DataFrame; whole numbers stay whole where some are missing.

    Raises:
        FramesMissing: pandas is not installed.
    """
    return library("pandas").DataFrame(records, dtype=object).apply(_with_kind)


_GAP_KINDS = {"integer": "Int64", "boolean": "boolean"}


def _with_kind(column: Any) -> Any:
    """Give a column the type of its cells: one with gaps where whole numbers, or yes, are missing.

    Left to itself, pandas makes floats of whole numbers with gaps, and rounds them.
    """
    if not column.isna().any():
        return column.infer_objects()
    kind = _GAP_KINDS.get(library("pandas").api.types.infer_dtype(column, skipna=True))
    try:
        return column if kind is None else column.astype(kind)
    except OverflowError:
        return column
