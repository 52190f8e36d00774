"""Functions are given their tables in the form that they ask for."""

import functools
from collections.abc import Sequence
from typing import Any, Optional

import pandas as pd
import pyarrow as pa
import pytest

from mn_notebook.domain.tables import Table
from mn_notebook.frames import handed, table_of, with_frames, with_tables
from mn_notebook.frames.kinds import FramesMissing, library

FRAME = pd.DataFrame({"a": [1, 2]})
TABLE = table_of(FRAME)
RECORDS = [{"a": 1}, {"a": 2}]


def unsaid(rows): ...
def anything(rows: Any) -> None: ...
def frame(rows: pd.DataFrame) -> None: ...
def maybe_frame(rows: pd.DataFrame | None) -> None: ...
def optional_frame(rows: Optional[pd.DataFrame]) -> None: ...  # noqa: UP045 - as older code has it
def named_frame(rows: "pd.DataFrame") -> None: ...
def unknown_frame(rows: "nowhere.DataFrame") -> None: ...  # type: ignore[name-defined]  # noqa: F821
def bare_list(rows: list[Any]) -> None: ...
def list_of_dicts(rows: list[dict[str, Any]]) -> None: ...
def sequence(rows: Sequence[Any]) -> None: ...
def maybe_list(rows: list[Any] | None) -> None: ...
def unknown_list(rows: "list[nowhere.Row]") -> None: ...  # type: ignore[name-defined]  # noqa: F821
def arrow(rows: pa.Table) -> None: ...
async def coroutine(rows: list[Any]) -> None: ...


class Callable_:  # noqa: N801 - it is called like a function
    def __call__(self, rows: list[Any]) -> None: ...


@pytest.mark.parametrize(
    ("function", "kind"),
    [
        (unsaid, pd.DataFrame),
        (anything, pd.DataFrame),
        (frame, pd.DataFrame),
        (maybe_frame, pd.DataFrame),
        (optional_frame, pd.DataFrame),
        (named_frame, pd.DataFrame),
        (unknown_frame, pd.DataFrame),
        (bare_list, list),
        (list_of_dicts, list),
        (sequence, list),
        (maybe_list, list),
        (unknown_list, list),
        (arrow, pa.Table),
        (coroutine, list),
        (Callable_(), list),
        (functools.partial(bare_list), list),
    ],
)
def test_annotation_says_the_form(function: Any, kind: type) -> None:
    """Without one that says something, a table is a DataFrame."""
    given = handed(function, {"rows": TABLE, "n": 3})
    assert type(given["rows"]) is kind
    assert given["n"] == 3
    found = given["rows"]
    assert (found if kind is list else with_records(found)) == RECORDS


def with_records(found: Any) -> Any:
    return found.to_pylist() if isinstance(found, pa.Table) else found.to_dict("records")


def test_records_become_a_frame_where_one_is_asked_for() -> None:
    """A model, or a store without pandas, gives a list of records."""
    assert handed(frame, {"rows": RECORDS})["rows"].equals(FRAME)
    assert handed(arrow, {"rows": RECORDS})["rows"].to_pylist() == RECORDS
    assert handed(unsaid, {"rows": RECORDS})["rows"] is RECORDS
    assert handed(bare_list, {"rows": RECORDS})["rows"] is RECORDS


def test_table_inside_an_argument_is_a_frame() -> None:
    """Where no annotation can say otherwise."""
    given = handed(anything, {"rows": {"inner": [TABLE], "n": 1}})
    assert given["rows"]["inner"][0].equals(FRAME)
    assert with_frames({"t": TABLE})["t"].equals(FRAME)
    assert with_tables({"t": [FRAME]}) == {"t": [TABLE]}


def test_records_are_fresh_for_every_function() -> None:
    """What one changes, no other sees."""
    handed(bare_list, {"rows": TABLE})["rows"][0]["a"] = 9
    assert list(TABLE) == RECORDS
    assert isinstance(TABLE, Table)


def test_missing_library_is_named_with_the_remedy() -> None:
    """In one line."""
    with pytest.raises(FramesMissing, match=r'pip install "mn-notebook\[frames\]"'):
        library("no_such_library.at_all")
