"""A frame becomes a table and comes back as it was."""

import copy
import datetime as dt
import decimal
import json
import pickle
import re
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mn_notebook.domain.tables import Table
from mn_notebook.frames import NotATable, frame_of, table_of
from mn_notebook.frames.parquet import table_from_parquet

ROWS = 4


def column(cells: st.SearchStrategy[Any], dtype: str) -> st.SearchStrategy[Any]:
    values = st.lists(cells, min_size=ROWS, max_size=ROWS)
    return values.map(lambda found: pd.Series(found, dtype=dtype))


INTS = st.integers(-(2**63), 2**63 - 1)
TIMES = st.datetimes(pd.Timestamp("1900").to_pydatetime(), pd.Timestamp("2200").to_pydatetime())
WORDS = st.text(st.characters(codec="utf-8"), max_size=5)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | INTS | WORDS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(WORDS, inner, max_size=2),
    max_leaves=4,
)
COLUMNS = st.one_of(
    column(INTS, "int64"),
    column(INTS | st.none(), "Int64"),
    column(st.integers(0, 255), "uint8"),
    column(st.floats(), "float64"),
    column(st.booleans(), "bool"),
    column(st.booleans() | st.none(), "boolean"),
    column(WORDS | st.none(), "str"),
    column(WORDS | st.none(), "string"),
    column(TIMES | st.none(), "datetime64[us]"),
    column(TIMES | st.none(), "datetime64[ns]"),
    column(TIMES, "datetime64[us]").map(lambda found: found.dt.tz_localize("UTC")),
    column(st.timedeltas(dt.timedelta(-9), dt.timedelta(9)), "timedelta64[us]"),
    column(st.sampled_from(["a", "b"]) | st.none(), "object").map(
        lambda found: found.astype(pd.CategoricalDtype(["b", "unused", "a"], ordered=True))
    ),
    column(st.lists(INTS, max_size=3) | st.none(), "object"),
    column(JSON.filter(lambda value: isinstance(value, dict)) | st.none(), "object"),
)


@given(st.dictionaries(st.from_regex(r"[a-z]{1,6}", fullmatch=True), COLUMNS, max_size=5))
@settings(max_examples=30)
def test_frame_comes_back_as_it_was(columns: dict[str, Any]) -> None:
    """Values, types and gaps; and equal frames are one table."""
    frame = pd.DataFrame(columns)
    table = table_of(frame)
    pd.testing.assert_frame_equal(frame_of(table), frame, check_column_type=False)
    assert table_of(frame.copy()).source.sha256 == table.source.sha256
    assert table_of(frame_of(table)).source.sha256 == table.source.sha256


@given(st.lists(st.dictionaries(st.sampled_from("abc"), JSON, max_size=3), max_size=4))
@example([{"a": {}, "b": [None, None]}])
@settings(max_examples=30)
def test_records_of_any_frame_are_json(rows: list[dict[str, Any]]) -> None:
    """Whatever objects the cells hold, texts see JSON, and what JSON says is kept."""
    table = table_of(pd.DataFrame(rows, dtype=object))
    assert json.loads(json.dumps(list(table), allow_nan=False)) == list(table)
    for row, record in zip(rows, table, strict=False):
        assert isinstance(record, dict)
        assert {**dict.fromkeys(record), **row} == record


ODD = {
    "period": pd.Series(pd.period_range("2024-01", periods=2, freq="M")),
    "interval": pd.Series(pd.interval_range(0, 2)),
    "zone": pd.Series(pd.date_range("2024-01-01", periods=2, tz="Europe/Berlin")),
    "date": pd.Series([dt.date(2024, 1, 2), None], dtype=object),
    "time": pd.Series([dt.time(1, 2), None], dtype=object),
    "decimal": pd.Series([decimal.Decimal("1.50"), None], dtype=object),
    "bytes": pd.Series([b"\xff", None], dtype=object),
    "whole numbers with gaps": pd.Series([2**60 + 1, None], dtype=object),
    "yes and no with gaps": pd.Series([True, None], dtype=object),
    "mixed": pd.Series([1, "a"], dtype=object),
    "huge": pd.Series([2**80, None], dtype=object),
    "numbers as categories": pd.Series([2, None], dtype=pd.CategoricalDtype([3, 2])),
    "times as categories": pd.Series(pd.to_datetime(["2024-01-01", "2024-01-02"])).astype(
        "category"
    ),
    "bins as categories": pd.Series(pd.cut([1, 5], [0, 2, 6])),
    "lists in lists": pd.Series([[[1], []], None], dtype=object),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_column_comes_back_as_it_was(name: str) -> None:
    """What frames hold besides numbers, texts and times."""
    frame = pd.DataFrame({name: ODD[name]})
    pd.testing.assert_frame_equal(frame_of(table_of(frame)), frame)


def test_records_say_odd_cells_in_plain_words() -> None:
    """As JSON has them: texts for times, numbers for decimals, nothing for gaps."""
    frame = pd.DataFrame({name: cells for name, cells in ODD.items() if "categories" not in name})
    first, second = table_of(frame)
    assert first == {
        "period": "2024-01",
        "interval": "(0, 1]",
        "zone": "2024-01-01T00:00:00+01:00",
        "date": "2024-01-02",
        "time": "01:02:00",
        "decimal": 1.5,
        "bytes": "/w==",
        "whole numbers with gaps": 2**60 + 1,
        "yes and no with gaps": True,
        "mixed": 1,
        "huge": 2**80,
        "lists in lists": [[1], []],
    }
    assert isinstance(second, dict)
    assert second["date"] is None
    assert second["mixed"] == "a"


def test_columns_have_the_types_of_workflows() -> None:
    """As the notation says them."""
    frame = pd.DataFrame(
        {
            "i": [1],
            "f": [1.5],
            "b": [True],
            "s": ["x"],
            "t": pd.to_datetime(["2024-01-01"]),
            "c": pd.Categorical(["x"]),
            "l": [[1]],
            "d": [{"a": 1}],
            "n": [None],
        }
    )
    kinds = [kind for _, kind in table_of(frame).columns]
    assert kinds == ["int", "float", "bool", "str", "datetime", "str", "list[int]", "any", "any"]


@pytest.mark.parametrize(
    ("index", "names"),
    [
        (pd.RangeIndex(2), ["n"]),
        (pd.Index([7, 3]), ["n"]),
        (pd.Index(["a", "b"]), ["index", "n"]),
        (pd.Index([7, 3], name="id"), ["id", "n"]),
        (pd.date_range("2024-01-01", periods=2), ["index", "n"]),
        (pd.MultiIndex.from_tuples([("a", 1), ("b", 2)], names=["x", "y"]), ["x", "y", "n"]),
    ],
    ids=["range", "left over numbering", "texts", "named", "times", "levels"],
)
def test_index_that_says_something_becomes_columns(index: Any, names: list[str]) -> None:
    """A numbering of the rows says nothing: filtering again and again adds no column."""
    table = table_of(pd.DataFrame({"n": [1, 2]}, index=index))
    assert [column.name for column in table.columns] == names


def test_names_of_columns_become_texts() -> None:
    """Numbers are written, and levels are joined."""
    assert list(table_of(pd.DataFrame([[1, 2]]))) == [{"0": 1, "1": 2}]
    summed = pd.DataFrame({"g": ["a"], "x": [1]}).groupby("g").agg({"x": ["min", "max"]})
    assert list(table_of(summed)) == [{"g": "a", "x_min": 1, "x_max": 1}]


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "two columns of a table are called 'a'"),
        (pd.DataFrame([[1, 2]], columns=[1, "1"]), "two columns of a table are called '1'"),
        (pd.DataFrame({"a": [object()]}), "the column 'a' holds what a table cannot keep"),
        (pd.DataFrame({"a": [1]}, index=pd.Index(["x"], name="a")), "the index of a DataFrame"),
        (pa.table([[1], [2]], names=["a", "a"]), "two columns of a table are called 'a'"),
    ],
    ids=["twice", "twice as text", "object", "index", "arrow"],
)
def test_frame_that_cannot_be_a_table_is_refused_in_words(frame: Any, said: str) -> None:
    """Nothing is guessed, and nothing is left out."""
    with pytest.raises(NotATable, match=re.escape(said)):
        table_of(frame)


@pytest.mark.parametrize(
    "frame",
    [pd.DataFrame(), pd.DataFrame({"a": []}), pd.DataFrame({"a": pd.Series([], dtype="Int64")})],
    ids=["nothing", "no rows", "no rows of a type"],
)
def test_empty_frame_is_an_empty_table(frame: Any) -> None:
    """With its columns."""
    table = table_of(frame)
    assert list(table) == []
    assert not table
    pd.testing.assert_frame_equal(frame_of(table), frame, check_column_type=False)


def test_arrow_comes_as_it_is() -> None:
    """What speaks Arrow is a frame, too, nested columns included."""
    arrow = pa.table({"n": [1, None], "s": [{"a": [1]}, None]})
    table = table_of(arrow)
    assert list(table) == [{"n": 1, "s": {"a": [1]}}, {"n": None, "s": None}]
    assert frame_of(table)["s"].tolist() == [{"a": [1]}, None]


class Foreign:
    """A frame of a library that nobody here knows."""

    def __init__(self, arrow: Any) -> None:
        self._arrow = arrow
        self.columns = arrow.column_names

    columns: list[str] = []  # noqa: RUF012 - as the class of a frame has it

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self._arrow.__arrow_c_stream__(requested_schema)


def test_frame_of_another_library_comes_through_arrow() -> None:
    """Whoever made it."""
    assert list(table_of(Foreign(pa.table({"a": [1]})))) == [{"a": 1}]


def test_notes_of_an_analyst_are_no_part_of_a_table() -> None:
    """They may be anything, and they are not in the frame's cells."""
    frame = pd.DataFrame({"a": [1]})
    plain = table_of(frame).source.sha256
    frame.attrs["source"] = object()
    assert table_of(frame).source.sha256 == plain
    assert frame.attrs


def test_frame_is_not_changed_by_being_kept() -> None:
    """It is the analyst's."""
    frame = pd.DataFrame({"d": [{"a": 1}], "c": pd.Categorical(["x"])}, index=pd.Index(["k"]))
    before = frame.copy()
    table_of(frame)
    pd.testing.assert_frame_equal(frame, before)


def test_frames_that_are_handed_out_share_nothing() -> None:
    """What one function does to its frame, the next one does not see."""
    table = table_of(pd.DataFrame({"a": [1, 2], "l": [[1], [2]]}))
    first = frame_of(table)
    first.loc[0, "a"] = 9
    first["l"][0].append(9)
    assert frame_of(table)["a"].tolist() == [1, 2]
    assert frame_of(table)["l"].tolist() == [[1], [2]]


def test_table_survives_copying_and_pickling() -> None:
    """It is itself when it is copied, and equal in another process."""
    table = table_of(pd.DataFrame({"a": [1]}))
    assert copy.deepcopy(table) is table
    assert pickle.loads(pickle.dumps(table)) == table


def test_large_frame_takes_no_longer_than_its_bytes_need() -> None:
    """A million rows are a table, its sketch and a frame again, without reading a record."""
    rows = 1_000_000
    numbers = np.arange(rows)
    table = table_of(pd.DataFrame({"n": numbers, "s": numbers.astype(str), "b": numbers % 2 == 0}))
    assert len(table) == rows
    assert table[-1] == {"n": rows - 1, "s": str(rows - 1), "b": False}
    assert len(table.stored.model_dump_json()) < 4_000
    assert len(frame_of(table)) == rows


def test_parquet_of_others_is_a_table() -> None:
    """Written by any program."""
    import io

    import pyarrow.parquet as pq

    target = io.BytesIO()
    pq.write_table(pa.table({"a": pa.array(["x"], pa.string_view())}), target)
    table = table_from_parquet(target.getvalue())
    assert isinstance(table, Table)
    assert list(table) == [{"a": "x"}]
