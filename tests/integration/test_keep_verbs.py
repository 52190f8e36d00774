"""Backup, restore, prune and repair as a user types them, in a notebook and in a terminal."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from IPython.core.completer import provisionalcompleter

from tests.integration.cells import Cells, close_cells, open_cells
from tests.integration.terminal import Terminal

pytestmark = pytest.mark.filterwarnings("ignore")

CODE = """
import mn_notebook as mn

def shout(text):
    return text.upper()
"""
BRIEF = "steps:\n  rate: {python: shout, args: {text: abc}}"
ASKS = "steps:\n  ok: {approve: Go on?}"


@pytest.fixture
def cells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Cells]:
    cells = open_cells(tmp_path, monkeypatch, capsys, CODE)
    yield cells
    close_cells(cells)


def offered(cells: Cells, text: str) -> list[str]:
    with provisionalcompleter():
        return [found.text for found in cells.shell.Completer.completions(text, len(text))]


def test_runs_are_pruned_and_brought_back_in_a_notebook(cells: Cells, tmp_path: Path) -> None:
    """While the kernel's own engine lives; only a whole store is not replaced under it."""
    cells.define(BRIEF)
    cells("%mn run brief")
    short = cells.wait("succeeded").id[:4]
    cells.define(ASKS)
    cells("%mn run brief")
    waiting = cells.wait("waiting").id[:4]
    assert offered(cells, "%mn prune ") == [short]
    assert offered(cells, "%mn prune --o") == ["--older"]
    kept, old = tmp_path / "kept.mn", tmp_path / "old.mn"
    assert "2 runs and 0 artifacts" in str(cells(f"mn.backup({str(kept)!r})"))
    assert "Nothing is done without --yes" in str(cells(f"%mn prune {short}"))
    assert "only what has ended is pruned" in cells.fails(f"%mn prune {waiting} --yes")
    assert "1 run taken out into" in str(cells(f"%mn prune {short} --to '{old}' --yes"))
    assert "no run answers" in cells.fails(f"%mn show {short}")
    assert "1 run brought back" in str(cells(f"mn.restore({str(old)!r})"))
    assert "succeeded" in str(cells(f"%mn show {short}"))
    assert "1 run would be taken out" in str(cells('mn.prune(older="0s")'))
    assert "shut the kernels down" in cells.fails(f"%mn restore '{kept}'")
    cells("%unload_ext mn_notebook")
    cells("%load_ext mn_notebook")
    assert "succeeded" in str(cells(f"%mn show {short}"))


@pytest.fixture
def mn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Terminal:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MN_STORE", str(tmp_path / "store.db"))
    monkeypatch.setenv("MN_USER", "ann")
    (tmp_path / "asks.yaml").write_text(f"workflow: asks\n{ASKS}")
    return Terminal(tmp_path, capsys)


def test_a_store_is_backed_up_restored_and_repaired_in_a_terminal(mn: Terminal) -> None:
    """Each in one line, and each is one JSON value with --json."""
    mn("run", "asks.yaml", code=3)
    run = mn.wait_until("waiting")
    assert "`mn restore kept.mn` brings it back" in mn("backup", "kept.mn")
    assert "there already" in mn("backup", "kept.mn", code=2)
    mn("cancel", run)
    [done] = mn.json("restore", "kept.mn")
    assert len(done["runs"]) == len(done["held"]) == 1
    assert Path(done["kept"]).exists()
    assert f'"{run}' in str(mn.json("runs")).replace("'", '"')
    assert "restored from kept.mn" in mn("why", run)
    assert "nothing was changed" in mn("doctor", "--repair")
    [preview] = mn.json("prune", "--older", "0s")
    assert preview["done"] is False
    assert "--older: expected a duration" in mn("prune", "--older", "soon", code=2)
    assert "is no backup" in mn("restore", "asks.yaml", code=2)
