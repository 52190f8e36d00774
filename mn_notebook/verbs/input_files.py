"""Reads the files that inputs are taken from; how, their names and the inputs' types decide."""

import csv
import io
import json
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from mn_notebook.agents.calling import jsonable
from mn_notebook.errors import PermanentError, UsageError
from mn_notebook.frames import frames_are_here, table_from_parquet, table_of
from mn_notebook.frames.reading import frame_from_csv, frame_from_records

_YAML_FILES = (".yaml", ".yml")
_CSV_FILES = (".csv", ".tsv")
_LINE_FILES = (".jsonl", ".ndjson")
_PARQUET_FILES = (".parquet", ".pq")


def is_file_of_values(name: str) -> bool:
    """Tell whether a text is the name of a file that values can be read from, by its ending."""
    return Path(name).suffix.lower() in (
        ".json",
        *_YAML_FILES,
        *_CSV_FILES,
        *_LINE_FILES,
        *_PARQUET_FILES,
    )


def content_of(
    what: str,
    place: str,
    read_yaml: Callable[[str], JsonValue],
    *,
    as_text: bool,
    as_table: bool,
) -> JsonValue:
    """Return what a file holds for ``what``, such as an input.

    For a table, CSV and JSON become one where pandas and pyarrow are installed, and a list of
    records where they are not. Parquet is a table for any input.

    Raises:
        UsageError: the file cannot be read.
    """
    path = Path(place).expanduser()
    suffix = path.suffix.lower()
    try:
        if suffix in _PARQUET_FILES and not as_text:
            return table_from_parquet(path.read_bytes())
        text = path.read_text(encoding="utf-8-sig")
        if as_text:
            return text
        return (_table if as_table else _decoded)(text, suffix, read_yaml)
    except (OSError, UnicodeDecodeError) as fault:
        reason = getattr(fault, "strerror", None) or "it is not UTF-8 text: save it as UTF-8"
        message = (
            f"{what}: the file {place!r} cannot be read: {reason} "
            "(a value that begins with @ is written with @@)"
        )
        raise UsageError(message) from fault
    except (ValueError, UsageError, PermanentError) as fault:
        message = f"{what}: the file {place!r} cannot be read: {str(fault).strip()}"
        raise UsageError(message) from fault


def _table(text: str, suffix: str, read_yaml: Callable[[str], JsonValue]) -> JsonValue:
    if suffix in _CSV_FILES and frames_are_here():
        return table_of(frame_from_csv(text, _delimiter(text, suffix)))
    records = _decoded(text, suffix, read_yaml)
    if not (isinstance(records, list) and all(isinstance(row, dict) for row in records)):
        message = (
            "expected a table: CSV or Parquet, or JSON or YAML that is a list of records, "
            "in a file whose name ends accordingly"
        )
        raise ValueError(message)
    return table_of(frame_from_records(records)) if frames_are_here() else records


def _decoded(text: str, suffix: str, read_yaml: Callable[[str], JsonValue]) -> JsonValue:
    if suffix == ".json":
        return jsonable(json.loads(text))
    if suffix in _LINE_FILES:
        return [jsonable(json.loads(line)) for line in text.splitlines() if line.strip()]
    if suffix in _YAML_FILES:
        return read_yaml(text)
    if suffix in _CSV_FILES:
        return _records(text, _delimiter(text, suffix))
    return text


def _delimiter(text: str, suffix: str) -> str:
    """Return what stands between cells: semicolons or tabs where all rows say so, and no comma.

    Spreadsheets write semicolons where a comma is the sign of decimals; such numbers stay texts.
    """
    if suffix == ".tsv":
        return "\t"
    return next((sign for sign in (";", "\t") if _is_between_cells(text, sign)), ",")


def _is_between_cells(text: str, sign: str) -> bool:
    header, _, _ = text.partition("\n")
    if sign not in header or "," in header:
        return False
    rows = csv.reader(io.StringIO(text[:_LOOKED_AT]), delimiter=sign)
    widths = [len(row) for row in islice(rows, _ROWS_LOOKED_AT) if row]
    return len(set(widths)) == 1


_ROWS_LOOKED_AT = 20
_LOOKED_AT = 1_000_000


def _records(text: str, delimiter: str) -> JsonValue:
    rows = csv.DictReader(io.StringIO(text), delimiter=delimiter, strict=True)
    try:
        return [{str(key): _cell(value) for key, value in row.items()} for row in rows]
    except csv.Error as fault:
        message = f"line {rows.line_num}: {fault}"
        raise ValueError(message) from fault


def _cell(text: Any) -> JsonValue:
    """Return a number where the text is exactly how that number is written: 007 stays a text."""
    if not isinstance(text, str) or text == "":
        return None if not isinstance(text, list) else [str(part) for part in text]
    for kind in (int, float):
        try:
            number = kind(text)
        except ValueError:
            continue
        if repr(number) == text:
            return number
    return text
