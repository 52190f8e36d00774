"""Workflows that call workflows: files beside files, cells beside cells."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mn_notebook.testing import Script, ScriptedModelServer
from tests.integration.cells import Cells, close_cells, open_cells
from tests.integration.terminal import Terminal, furnish

pytestmark = [pytest.mark.timeout(60), pytest.mark.filterwarnings("ignore")]

HELPERS = """
def up(text):
    return text.upper()
"""
INNER = """workflow: inner
inputs: {text: str}
steps:
  up: {python: "helpers:up", args: {text: "{{ inputs.text }}"}}
outputs: {loud: "{{ up }}"}
"""
OUTER = """workflow: outer
inputs: {words: "list[str]"}
steps:
  each:
    for_each: inputs.words
    workflow: inner
    args: {text: "{{ item }}"}
outputs: {all: "{{ each }}"}
"""
CELL_INNER = """inputs: {text: str}
steps:
  up: {python: up, args: {text: "{{ inputs.text }}"}}
  sure: {approve: "Sure?", show: [up]}
outputs: {loud: "{{ sure.up }}"}
"""
CELL_OUTER = OUTER.partition("\n")[2]


@pytest.fixture
def mn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Terminal]:
    furnish(tmp_path, monkeypatch, helpers=HELPERS, inner=INNER, outer=OUTER)
    with ScriptedModelServer(Script(name="note")) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        yield Terminal(tmp_path, capsys)


def test_file_calls_the_file_beside_it(mn: Terminal) -> None:
    """A called workflow is found by its name, checked, drawn, and run in the same journal."""
    shown = mn("show", "outer.yaml")
    assert "runs 1 Python function: helpers:up" in shown
    assert "python  up  python · helpers:up" in shown
    assert "mn run inner" not in shown  # It is no file: only who calls it finds it.
    run = mn.json("run", "outer.yaml", "words=[a, b]")[-1]
    assert run["output"] == {"all": [{"loud": "A"}, {"loud": "B"}]}


def test_mistake_in_a_called_file_is_shown_in_its_own_text(mn: Terminal) -> None:
    """Whose text is wrong is said; a missing workflow and a circle are mistakes, too."""
    (mn.folder / "inner.yaml").write_text(INNER.replace("python:", "pyton:"))
    assert "inner.yaml, line 4" in mn("run", "outer.yaml", "words=[a]", code=2)
    (mn.folder / "inner.yaml").unlink()
    assert "unknown workflow 'inner'" in mn("check", "outer.yaml", code=2)
    (mn.folder / "inner.yml").write_text("workflow: inner\nsteps:\n  a: {workflow: outer}\n")
    said = mn("check", "outer.yaml", code=2)
    assert "outer → inner → outer" in said or "calls itself" in said


@pytest.fixture
def cells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Cells]:
    found = open_cells(tmp_path, monkeypatch, capsys, "import mn_notebook as mn\nup = str.upper")
    yield found
    close_cells(found)


def test_runs_in_flight_keep_the_version_that_they_called(cells: Cells) -> None:
    """A new version of a cell, or of what it calls, is for new runs; the old ones say theirs."""
    assert "unknown workflow 'inner'" in cells.fails(f"%%mn workflow outer\n{CELL_OUTER}")
    cells("up = lambda text: text.upper()")
    cells.define(CELL_INNER, "inner")
    assert "asks a person at 1 step" in repr(cells.define(CELL_OUTER, "outer"))
    assert "asks a person at 1 step" in repr(cells("%mn show outer"))
    cells("run = mn.run('outer', words=['a'])")
    run = cells.wait("waiting")
    version = run.picture.workflow_version
    cells.define(CELL_INNER.replace("Sure?", "Really?"), "inner")
    again = repr(cells.define(CELL_OUTER, "outer"))
    assert f"1 run in flight ({run.id[:4]}) keeps version {version}." in again
    assert f"version {version}, not the present one" in repr(cells("%mn runs"))
    assert f"version {version}, not the present one" in " ".join(
        repr(cells(f"%mn show {run.id[:4]}")).split()
    )
    assert run.picture.approvals[0].prompt == "Sure?"
    run.approve("each[0]/sure")
    assert run.wait(20).output == {"all": [{"loud": "A"}]}


BUILT = """
inner = mn.Workflow("inner", inputs={"text": str}, outputs={"loud": "{{ up }}"})
inner.python("up", "up", args={"text": "{{ inputs.text }}"})
flow = mn.Workflow("flow", inputs={"words": list[str]}, outputs={"all": "{{ each }}"})
flow.workflow("each", inner, for_each="inputs.words", args={"text": "{{ item }}"})
"""


def test_workflow_that_was_built_runs_with_those_that_it_brings_along(cells: Cells) -> None:
    """``mn.check`` and ``mn.run`` take what was built in Python; its name is known afterwards."""
    cells("up = lambda text: text.upper()\n" + BUILT)
    assert "runs 1 Python function" in repr(cells("mn.check(flow)"))
    assert "no workflow 'flow' is defined" in cells.fails("%mn run flow")
    assert cells("mn.run(flow, words=['a', 'b']).wait(20).output") == {
        "all": [{"loud": "A"}, {"loud": "B"}]
    }
    cells("%mn rerun --wait")
    assert cells("mn.runs[-1].status") == "succeeded"
    cells("flow.python('odd', 'nowhere', args={'x': '{{ eech }}'})")
    assert "step 'odd'" in cells.fails("mn.run(flow, words=[])")
