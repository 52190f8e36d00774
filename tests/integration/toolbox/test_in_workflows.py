"""Tools of the box in whole runs: named by a workflow, called by steps and by agents."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest

from mn_notebook import toolbox
from mn_notebook.agents.boxed import BOXED
from mn_notebook.agents.tools import ToolRegistry
from mn_notebook.errors import DefinitionError, UsageError
from mn_notebook.frames import with_tables
from mn_notebook.settings import MnSettings
from mn_notebook.testing import Reply, ScriptedCall
from mn_notebook.toolbox.setting_up import set_up
from mn_notebook.verbs.define import define
from mn_notebook.verbs.session import Session
from tests.integration.house import House, Kernel, waits_until

SALES = pd.DataFrame({"region": ["north", "south", "north"], "amount": [1, 2, 4]})


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A store of its own."""
    found = House(tmp_path)
    yield found
    found.close()


def everything(folder: Path) -> ToolRegistry:
    registry = ToolRegistry()
    toolbox.files(folder, may_write=True, may_replace=True, registry=registry)
    toolbox.sql({"sales": SALES}, folder=folder, registry=registry)
    toolbox.http(["example.com"], registry=registry)
    toolbox.notebooks(folder, registry=registry)
    return registry


def test_the_box_and_its_names_agree(tmp_path: Path) -> None:
    """Whoever names a tool before it is there is told what brings it, of each tool."""
    assert set(everything(tmp_path).effects()) == set(BOXED)


def tools_of(registry: ToolRegistry) -> tuple[Any, ...]:
    return tuple(registry.get(name) for name in registry.effects())


AGENT = """
steps:
  look:
    agent: Which region sells most?
    tools: [sql]
    output: {region: str, amount: float}
  keep:
    tool: write_file
    args: {path: best.txt, text: "{{ look.region }}: {{ look.amount }}"}
  again:
    tool: read_file
    args: {path: best.txt}
    needs: [keep]
outputs: {said: "{{ again }}"}
"""


def finished(kernel: Kernel, text: str, **inputs: Any) -> Any:
    """Run a workflow to its end, which processes of their own may delay, and return its output."""
    run_id = kernel.start(text, **inputs)
    line = kernel.until(run_id, seconds=50)
    assert line.status == "succeeded", kernel.client.picture(run_id).error
    return kernel.output(run_id)


def asks(query: str) -> Reply:
    return Reply(calls=(ScriptedCall(name="sql", arguments={"query": query}),))


def test_an_agent_asks_and_corrects_itself(house: House, tmp_path: Path) -> None:
    """What was wrong with a query is told to the model; nobody has to be asked for any of this."""
    query = "select region, sum(amount) total from sales group by 1 order by 2 desc limit 1"
    kernel = house.kernel(
        asks("select * from read_text('/etc/passwd')"),
        asks(query),
        Reply(value={"region": "north", "amount": 5}),
        tools=tools_of(everything(tmp_path)),
    )
    assert finished(kernel, AGENT) == {"said": "north: 5"}
    assert (tmp_path / "best.txt").read_text() == "north: 5"
    run_id = kernel.client.runs()[0].run_id
    calls = [call for i in kernel.client.state(run_id).instances.values() for call in i.calls]
    sql = [call for call in calls if call.name == "sql"]
    assert [call.status for call in sql] == ["failed", "succeeded"]
    assert "root:" not in str([recorded.event for recorded in kernel.client.events(run_id)])


STEPS = """
inputs: {rows: table}
steps:
  best:
    tool: sql
    args:
      query: select region, sum(amount)::int total from rows group by 1 order by 2 desc
      tables: {rows: "{{ inputs.rows }}"}
  first:
    python: first
    args: {rows: "{{ best }}"}
outputs: {first: "{{ first }}"}
"""


def test_tables_go_through_sql_between_steps(house: House, tmp_path: Path) -> None:
    """A frame goes in, is queried as a table, and the next function gets a frame."""
    seen: list[type] = []

    def first(rows: pd.DataFrame) -> str:
        seen.append(type(rows))
        return str(rows.iloc[0]["region"])

    kernel = house.kernel(tools=tools_of(everything(tmp_path)), first=first)
    rows: Any = with_tables(SALES)
    assert finished(kernel, STEPS, rows=rows) == {"first": "north"}
    assert seen == [pd.DataFrame]


NOTEBOOK = """
steps:
  report:
    tool: run_notebook
    args: {path: report.ipynb, parameters: {n: 20}}
outputs: {double: "{{ report.outputs.double }}"}
"""


def test_a_notebook_waits_for_a_person_and_runs_once(house: House, tmp_path: Path) -> None:
    """It is a write: the first to see the call is a person, and then it is made."""
    cells = [
        nbformat.v4.new_code_cell("n = 1", metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell("print('x', file=open('log.txt', 'a'))"),
        nbformat.v4.new_code_cell("n * 2", metadata={"tags": ["mn-output:double"]}),
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "report.ipynb")
    kernel = house.kernel(tools=tools_of(everything(tmp_path)))
    run_id = kernel.start(NOTEBOOK)
    assert kernel.until(run_id, "waiting").status == "waiting"
    assert not (tmp_path / "log.txt").exists()
    kernel.decide(run_id, "approve")
    assert kernel.until(run_id, seconds=30).status == "succeeded"
    assert kernel.output(run_id) == {"double": 40}
    assert (tmp_path / "log.txt").read_text() == "x\n"


READS = """
steps:
  one:
    tool: read_file
    args: {path: note.txt}
outputs: {said: "{{ one }}"}
"""


def test_a_run_waits_until_somebody_says_what_a_tool_may_reach(
    house: House, tmp_path: Path
) -> None:
    """After a restart a run waits for the cell that sets the tool up, and says which."""
    (tmp_path / "note.txt").write_text("hello")
    kernel: Kernel = house.kernel()
    run_id = kernel.start(READS)

    def told() -> str:
        return str(kernel.client.picture(run_id))

    assert waits_until(lambda: "mn.toolbox.files" in told()), told()
    assert "MN_TOOLBOX_FOLDER" in told()
    toolbox.files(tmp_path, registry=kernel.registry)
    kernel.runtime.unblock()
    assert kernel.until(run_id).status == "succeeded"
    assert kernel.output(run_id) == {"said": "hello"}


def test_a_definition_that_names_a_tool_too_early_is_told_what_to_say(
    house: House, tmp_path: Path
) -> None:
    """Where the tool could be there, the message says what brings it."""
    session = Session(house.settings(), via="notebook", namespace={})
    with pytest.raises(DefinitionError) as raised:
        define(session, "brief", READS)
    assert "mn.toolbox.files(" in str(raised.value)
    assert "did you mean" not in str(raised.value)
    session.close()


def test_settings_fill_the_box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a notebook's cell the environment says what tools may reach; a cell goes before."""
    registry = ToolRegistry()
    for name in ("MN_TOOLBOX_FOLDER", "MN_TOOLBOX_NOTEBOOKS"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("MN_TOOLBOX_HOSTS", "example.com, http://localhost:8000")
    set_up(MnSettings(), registry)
    assert registry.effects() == {
        "http_get": "read",
        "list_files": "read",
        "read_file": "read",
        "run_notebook": "write",
        "sql": "read",
    }
    monkeypatch.setenv("MN_TOOLBOX_WRITES", "yes")
    mine = registry.get("sql")
    set_up(MnSettings(), registry)
    assert registry.effects()["write_file"] == "idempotent"
    assert registry.get("sql") is mine
    monkeypatch.setenv("MN_TOOLBOX_FOLDER", str(tmp_path / "nowhere"))
    with pytest.raises(UsageError, match="MN_TOOLBOX"):
        set_up(MnSettings(), registry)


def test_a_runtime_brings_the_tools_of_the_settings(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A terminal's run needs no cell."""
    (tmp_path / "note.txt").write_text("hello")
    monkeypatch.setenv("MN_TOOLBOX_FOLDER", str(tmp_path))
    assert finished(house.kernel(), READS) == {"said": "hello"}
