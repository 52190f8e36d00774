"""What `%load_ext` says of runs that stand still."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from mn_notebook.client import NewRun, open_client
from mn_notebook.language import parse_cell
from mn_notebook.settings import MnSettings
from tests.golden.history import FOLDER, History
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


def test_run_that_a_newer_program_wrote_on_is_said_to_stay(cells: Cells, tmp_path: Path):
    """It was interrupted, and this program does not go on with what it does not understand."""
    cells("%unload_ext mn_notebook")
    (tmp_path / "store.db").unlink()
    begun = History(FOLDER / "0.1.0" / "agent")
    store, _clock = begun.opened(tmp_path)
    store.close()
    (run,) = begun.facts.runs
    with closing(sqlite3.connect(tmp_path / "store.db", isolation_level=None)) as connection:
        origin = str(tmp_path / "brief.ipynb")
        moved = "UPDATE mn_run SET head = head + 1, origin = ?, seal = NULL"
        connection.execute(moved, (origin,))
        connection.execute(
            "INSERT INTO mn_event SELECT id, head, 'step.dreamt', 1, updated_at, 'newer', '{}', "
            "NULL FROM mn_run"
        )
    said = cells.says("%load_ext mn_notebook")
    assert f"(run {run[:4]}): event 8 of run {run!r}" in said
    assert "was written by another version of mn_notebook" in said


def test_runs_of_a_renamed_notebook_are_named_and_go_on_here(cells: Cells, tmp_path: Path):
    """No notebook takes them over by itself; one that is still there is none of them."""
    cells("def work(): return 'done'")
    checked = parse_cell("line", "steps:\n  one: {python: work}")
    client = open_client(MnSettings(store=str(tmp_path / "store.db"), notebook="elsewhere"))
    (tmp_path / "there.ipynb").touch()
    run, _other = (
        client.start(NewRun(checked.workflow, checked.source, str(tmp_path / name), {}))
        for name in ("old.ipynb", "there.ipynb")
    )
    client.close()
    said = cells.says("%reload_ext mn_notebook")
    assert (
        "1 run was interrupted, and its notebook is not where it was (old.ipynb): "
        f"line (run {run[:4]}); %mn resume RUN lets it go on here"
    ) in said
    cells(f"%mn resume {run[:4]} --wait")
    assert cells(f"mn.runs['{run}'].output") == {"one": "done"}
    assert "not where it was" not in cells.says("%reload_ext mn_notebook")
