"""A bar is met by the median, missed by the median, or was not measured."""

import pytest

from benchmarks.__main__ import profile_plans
from benchmarks.bars import BARS, Bar, judged, missed
from benchmarks.catalogue import JOBS, SUBJECTS
from benchmarks.disks import DISKS, SLOW
from benchmarks.measure import Plan
from benchmarks.medians import Spread
from benchmarks.sizes import TINY
from tests.bench.builders import a_run

MOST = Bar("cost", "chain", "2ms", "cpu", 0.3, "somewhere")
LEAST = Bar("rate", "chain", "2ms", "rate", 0.85, "somewhere", is_least=True)


@pytest.mark.parametrize(
    ("bar", "median", "verdict"),
    [
        pytest.param(MOST, 0.3, "met", id="at most, reached"),
        pytest.param(MOST, 0.31, "missed", id="at most, exceeded"),
        pytest.param(LEAST, 0.85, "met", id="at least, reached"),
        pytest.param(LEAST, 0.84, "missed", id="at least, not reached"),
        pytest.param(LEAST, None, "not measured", id="nothing there"),
    ],
)
def test_the_median_decides(bar: Bar, median: float | None, verdict: str) -> None:
    """Neither the best nor the worst run does."""
    found = None if median is None else Spread(median, 0.0, 9.0, 3)
    assert bar.verdict(found) == verdict


def test_bars_ask_for_what_is_measured() -> None:
    """Each names a job that mn_notebook does, on a disk that the job is done on."""
    for bar in BARS:
        assert bar.job in SUBJECTS["mn"].jobs
        assert bar.disk in JOBS[bar.job].disks
        assert bar.disk in DISKS


def test_only_missed_bars_are_missed() -> None:
    """What was not measured is neither."""
    runs = [a_run(figures={"ratio_to_bare": 0.5, "syncs_per_step": 1.0})]
    assert [bar.figure for bar in missed(runs)] == ["ratio_to_bare"]
    assert [one.verdict for one in judged([])] == ["not measured"] * len(BARS)


def test_a_missed_bar_is_profiled_once() -> None:
    """However many rounds there were."""
    plans = [Plan(SUBJECTS["mn"], JOBS["chain"], SLOW, round_, TINY) for round_ in (0, 1)]
    runs = [a_run(figures={"ratio_to_bare": 0.5})]
    profiled = list(profile_plans(runs, plans))
    assert [(plan.job.name, plan.is_profiled) for plan in profiled] == [("chain", True)]
    assert list(profile_plans([a_run()], plans)) == []
