"""What `%load_ext` says of runs that stand still."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.cells import Cells, close_cells, open_cells


@pytest.fixture
def cells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Cells]:
    monkeypatch.setenv("MN_MODEL", "scripted:none")
    opened = open_cells(tmp_path, monkeypatch, capsys, "import mn_notebook as mn")
    try:
        yield opened
    finally:
        close_cells(opened)


def test_runs_that_only_somebody_moves_on_are_named_with_how(cells: Cells):
    """Paused runs and awaited signals are told once, in a line each; what goes on is not."""
    assert "paused" not in cells.says("%reload_ext mn_notebook")
    cells.define("steps:\n  mail: {wait: {signal: mail_in}}", name="letters")
    cells("%mn run letters")
    letters = cells.wait("waiting").id[:4]
    cells.define("steps:\n  ok: {approve: Go on?}", name="held")
    cells("%mn run held")
    held = cells.wait("waiting").id[:4]
    cells(f"%mn pause {held}")
    cells.wait("paused")
    cells("%unload_ext mn_notebook")
    said = cells.says("%load_ext mn_notebook")
    assert f"1 run is paused: held (run {held}); %mn resume RUN lets it go on" in said
    assert f"1 run waits for a signal: letters (run {letters}); %mn why RUN tells which" in said
