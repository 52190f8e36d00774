"""Finds frames in a value, and tables, and puts the one in place of the other."""

from typing import Any

from mn_notebook.domain.tables import with_each_table
from mn_notebook.frames.encoding import table_of
from mn_notebook.frames.kinds import is_frame
from mn_notebook.frames.parquet import frame_of


def with_tables(value: Any) -> Any:
    """Return a value with a table in place of each frame; without frames, as it is.

    Raises:
        NotATable: a frame cannot be a table as it is.
        FramesMissing: pyarrow is not installed.
    """
    return _tabled(value) if _holds_frame(value) else value


def _holds_frame(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_holds_frame, value.values()))
    if type(value) in (list, tuple):
        return any(map(_holds_frame, value))
    return is_frame(value)


def _tabled(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _tabled(inner) for key, inner in value.items()}
    if type(value) in (list, tuple):
        return [_tabled(inner) for inner in value]
    return table_of(value) if is_frame(value) else value


def with_frames(value: Any) -> Any:
    """Return a value with a fresh DataFrame in place of each table; without tables, as it is.

    Raises:
        FramesMissing: pandas or pyarrow is not installed.
    """
    return with_each_table(value, frame_of)
