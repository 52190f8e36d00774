"""What a person says of a budget, from a notebook's cells, from Python and from a terminal."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mn_notebook.notebook.session import current_notebook
from mn_notebook.testing import Script, ScriptedModelServer
from mn_notebook.verbs.look import runs
from tests.integration.cells import Cells, close_cells, open_cells
from tests.integration.terminal import Terminal, furnish

pytestmark = pytest.mark.timeout(60)

FRUGAL = """budget: {calls: 1}
outputs: {first: "{{ a }}", second: "{{ b }}"}
steps:
  a: {agent: Say a.}
  b: {agent: "Say b, after {{ a }}."}
"""


@pytest.fixture
def server() -> Iterator[ScriptedModelServer]:
    with ScriptedModelServer(Script(name="test")) as found:
        yield found


@pytest.fixture
def cells(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    server: ScriptedModelServer,
) -> Iterator[Cells]:
    monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
    monkeypatch.setenv("MN_MODEL", "scripted:test")
    cells = open_cells(tmp_path, monkeypatch, capsys, "import mn_notebook as mn")
    yield cells
    close_cells(cells)


@pytest.fixture
def mn(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    server: ScriptedModelServer,
) -> Terminal:
    furnish(tmp_path, monkeypatch, frugal=f"workflow: frugal\n{FRUGAL}")
    monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
    return Terminal(tmp_path, capsys)


def test_in_a_notebook(cells: Cells, server: ScriptedModelServer) -> None:
    """The run says why it waits, and each way to answer it works."""
    cells.define(FRUGAL)
    cells("%mn run brief")
    run = cells.wait("waiting")
    short = run.id[:4]
    assert "waiting for a person: a budget is used up" in repr(run)
    assert "Nothing new begins, because the run's budget is used up: 1 of 1 call" in repr(
        cells(f"%mn why {short}")
    )
    assert f"%mn budget {short} --calls 2" in repr(cells(f"%mn show {short}"))
    assert "they are counted" not in cells.fails(f"%mn budget {short} --calls 1")
    assert "say how much" in cells.fails(f"%mn budget {short}")
    told = cells(f"%mn budget {short} --calls 5 --because 'it is worth it'")
    assert told.result.applied
    assert run.wait(20).output["second"]
    assert len(server.requests) == 2
    assert "gives the run 5 calls" in repr(cells(f"%mn log {short}"))


def test_as_an_approval_that_is_edited(cells: Cells) -> None:
    """The question is one among the approvals; its fields can be edited."""
    cells.define(FRUGAL)
    cells("%mn run brief")
    run = cells.wait("waiting")
    told = repr(cells("%mn approvals"))
    assert "is used up: 1 of 1 call made. Give more or stop with what there is?" in told
    assert "cheaper" not in told
    shown = repr(cells(f"%mn show {run.id[:4]}"))
    assert "██████████ 1 of 1 call made" in shown
    assert "would give: 2 model calls in all" in shown
    assert cells(f"%mn approve {run.id[:4]} --edit calls=7").result.applied
    assert run.wait(20).status == "succeeded"
    assert run.picture.budget[1] == "2 of 7 calls"


def test_in_python(cells: Cells) -> None:
    """Before it is used up, or when the run asks; and stopping with what there is."""
    cells.define(FRUGAL)
    cells("run = mn.run('brief')")
    run = cells.wait("waiting")
    assert cells("run.budget(0.5, calls=6).applied")
    assert run.wait(20).status == "succeeded"
    assert run.picture.budget[0].endswith("of $0.50")
    cells("again = mn.run('brief')")
    again = cells.wait("waiting")
    cells("again.reject(because='enough')")
    assert again.wait(20).output["second"] is None
    assert "succeeded in part" in repr(again)


def test_a_run_may_be_given_its_budget(cells: Cells) -> None:
    """What is said for the run goes before its workflow; the preview says the most it can cost."""
    cells.define(FRUGAL)
    assert "A run costs at most $1.00 and 1 call, then it asks." in repr(
        cells("%mn preview brief a")
    )
    cells("%mn run brief --budget 0.25")
    run = cells.wait("waiting")
    assert run.picture.budget_usd is not None
    assert str(run.picture.budget_usd) == "0.25"
    assert [str(line.budget_usd) for line in runs(current_notebook().session).lines] == ["0.25"]
    assert "expected an amount in dollars" in cells.fails("%mn run brief --budget lots")


def test_in_a_terminal(mn: Terminal, server: ScriptedModelServer) -> None:
    """It ends with 3, can be told from elsewhere while nobody advances it, and goes on then."""
    said = mn("run", "frugal.yaml", code=3)
    run = mn.wait_until("waiting")
    assert "the run's budget is used up: 1 of 1 call" in " ".join(said.split())
    picture = mn.json("show", run)[0]
    assert picture["budget"] == ["$0.00 of $1.00", "1 of 1 call"]
    assert picture["approvals"][0]["command"] == f"mn budget {run} --calls 2"
    assert mn.json("runs")[0]["runs"][0]["budget_usd"] == "1"
    assert "nobody has named a cheaper model" in mn("budget", run, "--cheaper", code=2)
    assert "is not enough" in mn("budget", run, "--calls", "1", code=2)
    assert "goes alone" in mn("budget", run, "--stop", "--calls", "2", code=2)
    assert "no step that asks a model" in mn("budget", run, "1", "--step", "z", code=2)
    assert "It is recorded" in mn("budget", run, "--calls", "5")
    assert mn("resume", run, "--wait")
    assert mn.wait_until("succeeded") == run
    assert len(server.requests) == 2
    assert "has ended already" in mn("budget", run, "5", code=2)


def test_stopped_from_a_terminal(mn: Terminal, server: ScriptedModelServer) -> None:
    """The run ends with what there is, and a rerun does the rest."""
    mn("run", "frugal.yaml", code=3)
    run = mn.wait_until("waiting")
    assert "It is recorded" in mn("budget", run, "--stop", "--because", "enough")
    mn("resume", run, "--wait")
    mn.wait_until("succeeded")
    assert mn.json("show", run)[0]["status_text"] == "succeeded in part"
    assert "the budget was spent" in mn("why", run)
    assert "ends it with what there is" not in mn("show", run)
    assert len(server.requests) == 1
