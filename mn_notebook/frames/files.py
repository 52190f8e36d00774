"""Reads a file as an Arrow table, within bounds of size."""

import json
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

from mn_notebook.frames.encoding import arrow_table_of
from mn_notebook.frames.kinds import NotATable, library
from mn_notebook.frames.reading import frame_from_csv, frame_from_records

_BATCH_ROWS = 4_096


def arrow_from_file(file: BinaryIO, name: str, *, max_bytes: int) -> Any:
    """Return the rows of a file whose name ends in one of `FRAME_FILES`.

    Raises:
        NotATable: it is no such file, or it is larger than ``max_bytes``, as it lies there or
            when it is unpacked.
        FramesMissing: pandas or pyarrow is not installed.
    """
    read = FRAME_FILES[suffix_of(name)]
    try:
        return read(file, name, max_bytes)
    except NotATable:
        raise
    except (ValueError, OSError, RecursionError, library("pyarrow").ArrowException) as fault:
        first = str(fault).partition("\n")[0]
        message = f"{name!r} cannot be read as a table: {first}"
        raise NotATable(message) from fault


def suffix_of(name: str) -> str:
    """Return how the name of a file ends, such as ``csv``."""
    return name.rpartition(".")[2].lower()


def _parquet(file: BinaryIO, name: str, max_bytes: int) -> Any:
    pa = library("pyarrow")
    found = library("pyarrow.parquet").ParquetFile(file)
    groups = range(found.metadata.num_row_groups)
    _keep_below(max_bytes, name, sum(found.metadata.row_group(at).total_byte_size for at in groups))
    taken, size = [], 0
    for batch in found.iter_batches(batch_size=_BATCH_ROWS):
        # What the file says of its size need not be true.
        size += batch.nbytes
        _keep_below(max_bytes, name, size)
        taken.append(batch)
    return pa.Table.from_batches(taken, schema=found.schema_arrow)


def _separated(delimiter: str) -> "Reader":
    def read(file: BinaryIO, name: str, max_bytes: int) -> Any:
        return arrow_table_of(frame_from_csv(_text(file, name, max_bytes), delimiter))

    return read


def _json(file: BinaryIO, name: str, max_bytes: int) -> Any:
    return _of_records(json.loads(_text(file, name, max_bytes)), name)


def _json_lines(file: BinaryIO, name: str, max_bytes: int) -> Any:
    lines = _text(file, name, max_bytes).splitlines()
    return _of_records([json.loads(line) for line in lines if line.strip()], name)


def _of_records(records: Any, name: str) -> Any:
    if not isinstance(records, list) or not all(isinstance(row, dict) for row in records):
        message = f'expected a list of objects in {name!r}, such as [{{"region": "north"}}]'
        raise NotATable(message)
    return arrow_table_of(frame_from_records(records))


def _text(file: BinaryIO, name: str, max_bytes: int) -> str:
    content = file.read(max_bytes + 1)
    _keep_below(max_bytes, name, len(content))
    return content.decode("utf-8-sig")


def _keep_below(max_bytes: int, name: str, size: int) -> None:
    if size > max_bytes:
        message = f"{name!r} is larger than the {max_bytes:,} bytes that may be read of a file"
        raise NotATable(message)


Reader = Callable[[BinaryIO, str, int], Any]

FRAME_FILES: Mapping[str, Reader] = {
    "csv": _separated(","),
    "tsv": _separated("\t"),
    "parquet": _parquet,
    "json": _json,
    "jsonl": _json_lines,
}
"""How the files end that are read as tables."""

__all__ = ["FRAME_FILES", "arrow_from_file", "suffix_of"]
