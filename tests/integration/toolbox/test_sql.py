"""SQL that reads tables and files, and cannot do anything else."""

import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mn_notebook import toolbox
from mn_notebook.agents.calling import Returned, jsonable
from mn_notebook.domain.tables import Table
from mn_notebook.errors import MnError, PermanentError, UsageError
from mn_notebook.frames import table_of
from mn_notebook.toolbox import sql_tool
from mn_notebook.toolbox.sql_answer import answer
from tests.integration.toolbox.using import Box

SALES = pd.DataFrame({"region": ["north", "south", "north"], "amount": [1, 2, 4]})


@pytest.fixture
def place(tmp_path: Path, box: Box) -> Path:
    """A folder of files with a tool for it, and a secret beside it."""
    inside = tmp_path / "inside"
    (inside / "a").mkdir(parents=True)
    (tmp_path / "secret.csv").write_text("word\nsecret\n")
    (inside / "a" / "shops.csv").write_text("id,region\n007,north\n,south\n")
    (inside / "rows.jsonl").write_text('{"n": 1}\n{"n": 2}\n')
    (inside / "rows.json").write_text('[{"n": 3, "deep": {"x": [1]}}]')
    pq.write_table(pa.table({"n": [5, 6]}), inside / "rows.parquet")
    toolbox.sql({"sales": SALES}, folder=inside, max_rows=100, registry=box.registry)
    return inside


@pytest.fixture
def near(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answer in this process: the rules are the same, and a process takes its time."""

    async def call_near(_function: Any, arguments: Any) -> Returned:
        try:
            return Returned(jsonable({"rows": answer(**arguments)}), "")
        except MnError as fault:
            return Returned({"fault": str(fault)}, "")

    monkeypatch.setattr(sql_tool, "call_isolated", call_near)


def rows(value: Any) -> list[Any]:
    assert isinstance(value, Table)
    return value.records()


def test_frames_are_queried(box: Box, place: Path) -> None:
    """A frame is a table by its name, and what comes out is a table of the product."""
    found = box.use(
        "sql", query="select region, sum(amount)::int s from sales group by 1 order by 1"
    )
    assert rows(found) == [{"region": "north", "s": 5}, {"region": "south", "s": 2}]
    assert box.registry.effects() == {"sql": "read"}


@pytest.mark.usefixtures("near")
def test_files_are_queried(box: Box, place: Path) -> None:
    """Files are tables by their paths; 007 stays a text, as everywhere in the product."""
    found = box.use("sql", query="select * from 'a/shops.csv' order by region")
    assert rows(found) == [{"id": "007", "region": "north"}, {"id": None, "region": "south"}]
    query = "select n from 'rows.json' union all from 'rows.jsonl' union all from \"rows.parquet\""
    assert sorted(row["n"] for row in rows(box.use("sql", query=query))) == [1, 2, 3, 5, 6]


@pytest.mark.usefixtures("near")
@pytest.mark.parametrize("kind", ["records", "table", "frame"])
def test_tables_of_a_step_are_queried(box: Box, place: Path, kind: str) -> None:
    """What a step hands over is there beside the frames, and goes before one of its name."""
    records = [{"region": "north", "boss": "Ann"}]
    given = {"records": records, "table": table_of(pd.DataFrame(records))}
    given["frame"] = pd.DataFrame(records)
    query = "select boss, count(*) n from sales join bosses using (region) group by 1"
    found = box.use("sql", query=query, tables={"bosses": given[kind]})
    assert rows(found) == [{"boss": "Ann", "n": 2}]
    found = box.use("sql", query="select count(*) n from sales", tables={"sales": given[kind]})
    assert rows(found) == [{"n": 1}]


@pytest.mark.usefixtures("near")
def test_a_frame_is_read_as_it_is_now(box: Box) -> None:
    """A cell may add to a frame between two queries."""
    frame = pd.DataFrame({"n": [1]})
    toolbox.sql({"numbers": frame}, registry=box.registry)
    frame.loc[0, "n"] = 7
    assert rows(box.use("sql", query="from numbers")) == [{"n": 7}]


FORBIDDEN = [
    "select * from read_text('/etc/passwd')",
    "select * from read_csv('/etc/passwd')",
    "select * from read_csv_auto('{place}/a/shops.csv')",
    "select * from read_blob('/dev/fd/0')",
    "select * from parquet_scan('{place}/rows.parquet')",
    "select * from glob('/etc/*')",
    "select * from sniff_csv('/etc/passwd')",
    "from '/etc/passwd'",
    "from '../secret.csv'",
    "from '{place}/../secret.csv'",
    "from 'http://127.0.0.1/x.csv'",
    "select * from query('select 1')",
    "select * from query_table('sales')",
    "select * from json_execute_serialized_sql('x')",
    "select * from duckdb_settings()",
    "select * from duckdb_secrets()",
    "select (select max(content) from read_text('/etc/passwd'))",
    "with x as (select * from READ_TEXT('/etc/passwd')) from x",
    "select * from sales where region in (select content from read_text('/etc/passwd'))",
    "select getenv('HOME')",
    "copy sales to '{place}/out.csv'",
    "copy (select 1) to '{place}/out.csv'",
    "export database '{place}/out'",
    "attach '{place}/out.db'",
    "attach '/etc/passwd' as x (type sqlite)",
    "create table t as select 1",
    "insert into sales values ('west', 1)",
    "delete from sales",
    "update sales set amount = 0",
    "drop view sales",
    "pragma database_list",
    "set enable_external_access = true",
    "set memory_limit = '100GB'",
    "reset enable_external_access",
    "install httpfs",
    "load httpfs",
    "call pragma_version()",
    "checkpoint",
    "explain analyze select 1",
    "prepare p as select 1",
    "begin",
    "select 1; copy sales to '{place}/out.csv'",
    "select 1;;drop view sales",
    "",
    "-- nothing",
    "selec 1",
    "pivot sales on region using sum(amount)",
]


@pytest.mark.parametrize("query", FORBIDDEN)
@pytest.mark.usefixtures("near")
def test_a_query_only_reads_what_it_may(box: Box, place: Path, query: str) -> None:
    """Files elsewhere, writing, settings and extensions are refused, wherever they stand."""
    before = sorted(place.rglob("*"))
    said = box.fault("sql", PermanentError, query=query.format(place=place))
    assert "root:" not in said
    assert sorted(place.rglob("*")) == before
    assert SALES["amount"].tolist() == [1, 2, 4]


ANSWERED = [
    "show tables",
    "describe sales",
    "summarize sales",
    "values (1)",
    "from range(3)",
    "select unnest([1, 2])",
    "with t as (select 1 n) select * from t",
    "select * from (select * from sales) s, lateral (select s.amount * 2 d)",
    "select 'read_text(1)' from sales",
]


@pytest.mark.parametrize("query", ANSWERED)
@pytest.mark.usefixtures("near")
def test_a_query_may_be_any_that_reads(box: Box, place: Path, query: str) -> None:
    """What only reads is not in the way of the rules."""
    assert rows(box.use("sql", query=query))


@pytest.mark.usefixtures("near")
def test_our_variables_are_no_tables(box: Box, place: Path) -> None:
    """A query sees no frame that nobody has named for it, though DuckDB could find it."""
    hidden = pd.DataFrame({"n": [1]})
    assert "does not exist" in box.fault("sql", PermanentError, query="from hidden")
    assert len(hidden) == 1


@pytest.mark.usefixtures("near")
def test_links_out_of_the_folder_are_not_read(box: Box, place: Path) -> None:
    """Files are opened as the tools for files open them."""
    (place / "link.csv").symlink_to(place.parent / "secret.csv")
    assert "link" in box.fault("sql", PermanentError, query="from 'link.csv'")


@pytest.mark.usefixtures("near")
def test_unknown_tables_are_told_the_known_ones(box: Box, place: Path) -> None:
    """The message says what there is."""
    said = box.fault("sql", PermanentError, query="from sale")
    assert "Tables: sales. Files of the folder 'inside'" in said
    assert "Tables: sales." in str(box.tool("sql").spec({}).parameters)


@pytest.mark.usefixtures("near")
def test_too_many_rows_are_refused_and_not_cut(box: Box, place: Path) -> None:
    """A result that was cut in silence would be a wrong result."""
    assert len(rows(box.use("sql", query="from range(100)"))) == 100
    said = box.fault("sql", PermanentError, query="from range(101)")
    assert "more than 100 rows" in said
    assert "LIMIT 100" in said


def test_a_query_that_takes_too_long_is_stopped(box: Box) -> None:
    """The clock ends it, whatever it does."""
    toolbox.sql(max_seconds=0.3, registry=box.registry)
    query = "select count(*) from range(10000000000) a, range(1000) b"
    assert "0.3 seconds" in box.fault("sql", PermanentError, query=query)


@pytest.mark.parametrize(
    "query",
    [
        "select list(repeat('x', 1000000) || range) from range(1000)",
        # One text: DuckDB neither counts it nor stops in the middle of it.
        "select length(repeat('x', 2000000000) || repeat('x', 2000000000))",
        "select string_agg(range::varchar) from range(100000000)",
    ],
)
def test_a_query_that_takes_too_much_memory_is_stopped(box: Box, query: str) -> None:
    """Whatever it does in there, this process lives, and nothing goes to the disk."""
    toolbox.sql(max_memory_mb=100, registry=box.registry)
    assert "more than 100 MB of memory" in box.fault("sql", PermanentError, query=query)


@pytest.mark.usefixtures("near")
def test_a_query_that_gives_too_much_is_refused(box: Box) -> None:
    """What comes out counts as well."""
    toolbox.sql(max_memory_mb=100, max_rows=10**6, registry=box.registry)
    query = "select repeat('x', 1000) || range from range(200000)"
    assert "bytes" in box.fault("sql", PermanentError, query=query)


def test_a_query_that_cannot_be_interrupted_is_ended(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its process is killed where it does not stop by itself."""
    monkeypatch.setattr(sql_tool, "PATIENCE_SECONDS", 0.0)
    toolbox.sql(max_seconds=0.2, registry=box.registry)  # over before the process has begun
    assert "0.2 seconds" in box.fault("sql", PermanentError, query="select 1")


def test_a_query_of_a_process_of_its_own_reads_no_other_files(box: Box, place: Path) -> None:
    """The rules hold there as they do here."""
    assert box.fault("sql", PermanentError, query="from read_text('/etc/passwd')")
    assert rows(box.use("sql", query="from 'a/shops.csv'"))


@pytest.mark.usefixtures("near")
def test_queries_of_any_depth_and_length_are_parsed_or_refused(box: Box, place: Path) -> None:
    """Nobody's stack is at stake."""
    assert "deep" in box.fault("sql", PermanentError, query=f"select {'not ' * 900}true")
    assert "depth" in box.fault("sql", PermanentError, query=f"select {'not ' * 9000}true")
    assert "characters" in box.fault("sql", PermanentError, query=f"select {'1+' * 60_000}1")


@pytest.mark.usefixtures("near")
def test_names_of_tables_have_no_capitals(box: Box, place: Path) -> None:
    """As everywhere in SQL; and a table without columns is said to be one."""
    assert rows(box.use("sql", query="select 1 from SALES", tables={}))
    assert rows(box.use("sql", query="from words", tables={"Words": [{"a": 1}]}))
    said = box.fault("sql", PermanentError, query="from words", tables={"words": [{}]})
    assert "without" in said
    said = box.fault("sql", PermanentError, query="from words", tables={"words": 5})
    assert "found 5" in said


@pytest.mark.usefixtures("near")
def test_files_that_are_small_outside_and_large_inside_are_refused(
    box: Box, tmp_path: Path
) -> None:
    """A Parquet file that unpacks to much more than it may is not unpacked."""
    toolbox.sql(folder=tmp_path, max_file_mb=1, registry=box.registry)
    zeros = pa.table({"n": pa.array([0] * 3_000_000)})
    pq.write_table(zeros, tmp_path / "zeros.parquet", compression="zstd")
    assert (tmp_path / "zeros.parquet").stat().st_size < 100_000
    assert "larger" in box.fault("sql", PermanentError, query="from 'zeros.parquet'")
    (tmp_path / "long.csv").write_text("n\n" + "1\n" * 600_000)
    assert "larger" in box.fault("sql", PermanentError, query="from 'long.csv'")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", b"n\n1,2\n"),
        ("a.json", b'{"n": 1}'),
        ("a.jsonl", b"nothing"),
        ("a.parquet", b"PAR1 nothing"),
        ("a.csv", b"\xff\xfe"),
    ],
)
@pytest.mark.usefixtures("near")
def test_files_that_are_no_tables_are_said(
    box: Box, tmp_path: Path, name: str, content: bytes
) -> None:
    """The message names the file; nobody sees a traceback."""
    toolbox.sql(folder=tmp_path, registry=box.registry)
    (tmp_path / name).write_bytes(content)
    assert name in box.fault("sql", PermanentError, query=f"from '{name}'")


def test_what_is_no_frame_is_said() -> None:
    """A mistake is told where it is made."""
    with pytest.raises(UsageError, match="DataFrame"):
        toolbox.sql({"sales": [1, 2]})


def test_duckdb_is_asked_for_where_it_is_missing(
    box: Box, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message says what to install."""
    monkeypatch.setitem(sys.modules, "duckdb", None)
    assert "mn-notebook[sql]" in box.fault("sql", PermanentError, query="select 1")
