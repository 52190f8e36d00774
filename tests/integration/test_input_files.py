"""``name=@file``: what a file gives an input."""

from pathlib import Path

import pandas as pd
import pytest

from mn_notebook.domain.tables import Table
from mn_notebook.errors import UsageError
from mn_notebook.frames import frame_of
from mn_notebook.language import parse_file
from mn_notebook.verbs import input_files
from mn_notebook.verbs.inputs import plain_inputs, read_inputs

WORKFLOW = parse_file(
    """workflow: w
inputs: {text: str, rows: table, names: "list[str]", anything: any}
steps:
  one: {python: "a:b", args: {all: "{{ inputs }}"}}
"""
).workflow


def read(argument: str) -> object:
    return next(iter(read_inputs(WORKFLOW, [argument], dict[str, object]().__getitem__).values()))


@pytest.mark.parametrize(
    ("name", "content", "value"),
    [
        (
            "a.csv",
            "zip,n,x\n007,12,1.5\nb,,-3\n",
            [{"zip": "007", "n": 12, "x": 1.5}, {"zip": "b", "n": None, "x": -3}],
        ),
        ("a.tsv", "a\tb\n1\tx y\n", [{"a": 1, "b": "x y"}]),
        (
            "excel.csv",
            '\ufeffname;price\r\nA;1,5\r\n"b;c";2,5\r\n',
            [{"name": "A", "price": "1,5"}, {"name": "b;c", "price": "2,5"}],
        ),
        ("tabs.csv", "a\tb\n1\tx, y\n", [{"a": 1, "b": "x, y"}]),
        ("odd.csv", "a;b\n1\n", [{"a;b": 1}]),
        ("a.json", '[{"a": 1}]', [{"a": 1}]),
        ("a.yaml", "- {a: 1, at: 2026-01-02}\n", [{"a": 1, "at": "2026-01-02"}]),
        ("a.jsonl", '{"a": 1}\n\n{"a": null}\n', [{"a": 1}, {"a": None}]),
    ],
    ids=["csv", "tsv", "semicolons", "tabs in csv", "no semicolons", "json", "yaml", "jsonl"],
)
@pytest.mark.parametrize("frames", [True, False], ids=["with frames", "without"])
def test_file_is_read_by_its_kind(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    content: str,
    value: object,
    frames: bool,
) -> None:
    """The ending of a file's name says what it holds; a number that is written oddly is a text."""
    monkeypatch.setattr(input_files, "frames_are_here", lambda: frames)
    (tmp_path / name).write_text(content)
    found = read(f"rows=@{tmp_path / name}")
    assert found == value
    assert isinstance(found, Table) == frames
    assert read(f"anything=@{tmp_path / name}") == value


def test_parquet_is_a_table_for_any_input(tmp_path: Path) -> None:
    """It is taken as it is, types and all."""
    frame = pd.DataFrame({"n": pd.array([1, None], dtype="Int64")})
    frame.to_parquet(tmp_path / "a.parquet")
    for name in ("rows", "anything"):
        found = read(f"{name}=@{tmp_path / 'a.parquet'}")
        assert isinstance(found, Table)
        pd.testing.assert_frame_equal(frame_of(found), frame)
    (tmp_path / "b.parquet").write_bytes(b"no")
    with pytest.raises(UsageError, match="this is no Parquet file"):
        read(f"rows=@{tmp_path / 'b.parquet'}")


def test_file_that_is_no_table_is_no_table(tmp_path: Path) -> None:
    """A table is a list of records, or a file of a kind that holds nothing else."""
    for name, content in [("a.txt", "as it is\n"), ("a.json", "{}"), ("b.json", "[1]")]:
        (tmp_path / name).write_text(content)
        with pytest.raises(UsageError, match="expected a table: CSV or Parquet"):
            read(f"rows=@{tmp_path / name}")
    (tmp_path / "c.txt").write_text("as it is\n")
    assert read(f"anything=@{tmp_path / 'c.txt'}") == "as it is\n"


def test_text_input_takes_a_file_as_it_is(tmp_path: Path) -> None:
    """An input that is a text gets the file's text, whatever it looks like."""
    (tmp_path / "a.json").write_text("[1]")
    assert read(f"text=@{tmp_path / 'a.json'}") == "[1]"


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.json", "[1"), ("a.yaml", "a: [1"), ("a.csv", '"a\n')],
    ids=["json", "yaml", "csv"],
)
def test_broken_file_is_a_mistake_with_its_name(tmp_path: Path, name: str, content: str) -> None:
    """A file that cannot be read is told by its name and the input that wanted it."""
    (tmp_path / name).write_text(content)
    with pytest.raises(UsageError, match=r"input 'rows': the file '.*' cannot be read"):
        read(f"rows=@{tmp_path / name}")
    with pytest.raises(UsageError, match="written with @@"):
        read("rows=@nowhere.csv")


def test_python_values_become_json() -> None:
    """Frames become tables, which are records to texts; dates become text."""
    frame = pd.DataFrame({"at": pd.to_datetime(["2026-01-02"]), "n": [1.5]})
    values = plain_inputs({"frame": frame, "n": 3})
    assert values == {"frame": [{"at": "2026-01-02T00:00:00", "n": 1.5}], "n": 3}
    with pytest.raises(UsageError, match="input 'odd'"):
        plain_inputs({"odd": object()})


@pytest.mark.parametrize(
    ("argument", "told"),
    [
        ("rows=letters.csv", "expected table, found 'letters.csv'; write rows=@letters.csv"),
        ("rows=3", "expected table, found '3'; write rows=@FILE"),
        ("names=ann,bob", "expected list[str], found 'ann,bob'; write names=[ann,bob]"),
        ("names=@", "the file '' cannot be read"),
        ("names=[ann,", "found '[ann,'; quote the whole for the shell"),
    ],
)
def test_a_value_that_is_no_list_is_told_how_to_be_one(argument: str, told: str) -> None:
    """A bare name of a file, or words with commas, is answered with what to type instead."""
    with pytest.raises(UsageError) as found:
        read(argument)
    assert told in str(found.value)
