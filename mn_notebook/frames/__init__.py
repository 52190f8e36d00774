"""Frames of pandas, Arrow and others, as tables and back.

Nothing here imports pandas or pyarrow before a frame, or a table, is really there.
"""

from mn_notebook.frames.arguments import form_of, handed
from mn_notebook.frames.encoding import arrow_table_of, table_of
from mn_notebook.frames.files import FRAME_FILES, arrow_from_file
from mn_notebook.frames.kinds import FramesMissing, NotATable, frames_are_here, is_frame, library
from mn_notebook.frames.parquet import frame_of, table_from_parquet
from mn_notebook.frames.striking import without
from mn_notebook.frames.walking import with_frames, with_tables

__all__ = [
    "FRAME_FILES",
    "FramesMissing",
    "NotATable",
    "arrow_from_file",
    "arrow_table_of",
    "form_of",
    "frame_of",
    "frames_are_here",
    "handed",
    "is_frame",
    "library",
    "table_from_parquet",
    "table_of",
    "with_frames",
    "with_tables",
    "without",
]
