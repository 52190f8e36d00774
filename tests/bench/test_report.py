"""The page says what was found, and what is the matter with it."""

import json
from pathlib import Path

import pytest

from benchmarks.medians import Spread
from benchmarks.report import SCALE, main, page
from benchmarks.results import read, write
from benchmarks.tables import cell, number, of_job
from tests.bench.builders import a_run, a_session

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_page_says_of_each_bar_whether_it_is_met() -> None:
    """Met, missed and not measured are three things."""
    figures = {"ratio_to_bare": 0.9, "syncs_per_step": 3.0, "steps_per_second": 400.0}
    text = page([a_session(a_run(figures=figures))])
    by_promise = {line.split(" | ")[0]: line for line in text.splitlines() if " | " in line}
    assert "| met |" in by_promise["| chain, of the rate of bare commits"]
    assert "| **missed** |" in next(line for key, line in by_promise.items() if "checkpoint" in key)
    assert "| not measured |" in by_promise["| `import mn_notebook`"]


def test_the_page_names_machine_versions_and_flaws() -> None:
    """A reader sees what the figures are worth."""
    runs = [a_run(), a_run(round=1, bare_after=9.0), a_run(round=2, error="Traceback\nit broke")]
    text = page([a_session(*runs, absent={"restate": "no npm"})])
    for said in (
        "- processor: a processor",
        "mn-notebook 9.9",
        "commit abc1234",
        "3 (1 failed, 1 flagged)",
        "not measured: restate: no npm",
        "failed: Chain of 500 steps, mn_notebook: `it broke`",
    ):
        assert said in text


def test_the_page_keeps_the_newest_profiles() -> None:
    """A profile shows why a bar is missed."""
    old = a_session(profiles={"chain 2ms": ["old lines"]})
    new = a_session(profiles={"chain 2ms": ["new lines"]})
    text = page([old, new])
    assert "new lines" in text
    assert "old lines" not in text


def test_subjects_stand_side_by_side() -> None:
    """With how many times as fast mn_notebook was in the same round."""
    runs = [a_run(), a_run("dbos", figures={"steps_per_second": 80.0})]
    table = of_job(runs, "chain", "2ms")
    assert "| DBOS | 1 | 80.0 | — | 5.00 |" in table
    assert of_job(runs, "graph", "2ms") == ""


@pytest.mark.parametrize(
    ("value", "written"),
    [
        pytest.param(0.0, "0", id="nothing"),
        pytest.param(0.0012, "0.0012", id="small"),
        pytest.param(0.5, "0.50", id="below one"),
        pytest.param(12.34, "12.3", id="tens"),
        pytest.param(1234.5, "1,234", id="thousands"),
    ],
)
def test_figures_have_three_digits_that_count(value: float, written: str) -> None:
    """More would pretend to know more."""
    assert number(value) == written


def test_a_single_run_has_no_range() -> None:
    """A range is only written where there is one."""
    assert cell(Spread(2.0, 2.0, 2.0, 1)) == "2.00"
    assert cell(Spread(2.0, 1.0, 3.0, 2)) == "2.00 (1.00 to 3.00)"
    assert cell(None) == "—"


def test_results_come_back_as_they_were_written(tmp_path: Path) -> None:
    """The file has every run, and no half of one."""
    file = tmp_path / "results.json"
    sessions = [a_session(a_run(), a_run("dbos", error="it broke"))]
    write(file, sessions)
    assert read(file) == sessions
    assert [path.name for path in tmp_path.iterdir()] == ["results.json"]
    assert read(tmp_path / "none.json") == []


def test_tiny_results_make_no_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What only asked whether it runs is not published."""
    file = tmp_path / "results.json"
    write(file, [a_session(a_run(), is_tiny=True)])
    monkeypatch.setattr("sys.argv", ["report", "--results", str(file), "--folder", str(tmp_path)])
    with pytest.raises(SystemExit, match="make bench"):
        main()
    assert not (tmp_path / "benchmarks.md").exists()


def test_the_published_page_is_made_from_the_published_results() -> None:
    """Nobody has written a figure by hand."""
    scale_file = DOCS / SCALE
    scale = json.loads(scale_file.read_text()) if scale_file.exists() else None
    assert (DOCS / "benchmarks.md").read_text() == page(read(DOCS / "benchmarks.json"), scale)
