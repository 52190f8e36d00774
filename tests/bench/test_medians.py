"""Medians rest on runs that can be trusted, and pairs on runs of one round."""

import pytest

from benchmarks.medians import Spread, figure, paired, spread, usable
from benchmarks.meter import gaps
from tests.bench.builders import a_run


def test_a_spread_has_the_median_and_the_ends() -> None:
    """One slow run moves the end of the range, not the median."""
    assert spread([5.0, 1.0, 2.0]) == Spread(2.0, 1.0, 5.0, 3)


def test_nothing_has_no_spread() -> None:
    """What was not measured is not zero."""
    assert spread([]) is None
    assert figure([], "chain", "2ms", "mn", "steps_per_second") is None


def test_flagged_and_noisy_runs_give_way_to_better_ones() -> None:
    """A run counts only if there is no better kind of run."""
    quiet, noisy = a_run(), a_run(others_cores=1.5)
    flagged, failed = a_run(bare_after=100.0), a_run(error="it broke")
    assert usable([quiet, noisy, flagged, failed]) == [quiet]
    assert usable([noisy, flagged, failed]) == [noisy]
    assert usable([flagged, failed]) == [flagged]
    assert usable([failed]) == []


@pytest.mark.parametrize(
    ("after", "is_steady"),
    [
        pytest.param(450.0, True, id="the same"),
        pytest.param(450.0 * 1.6, True, id="at the limit"),
        pytest.param(450.0 * 1.61, False, id="faster"),
        pytest.param(450.0 / 1.61, False, id="slower"),
    ],
)
def test_a_run_is_flagged_when_the_bare_rate_moves(after: float, *, is_steady: bool) -> None:
    """More than 1.6 times, in either direction."""
    assert a_run(bare_after=after).is_steady is is_steady


def test_a_run_without_bare_commits_is_not_flagged() -> None:
    """Jobs that are no rates are not put beside bare commits."""
    assert a_run(bare_before=0.0, bare_after=0.0).is_steady


def test_pairs_are_of_one_round_of_one_session() -> None:
    """A round that only one of them did gives no pair."""
    ours = [
        a_run(round=0, figures={"steps_per_second": 400.0}),
        a_run(round=1, figures={"steps_per_second": 100.0}),
        a_run(round=0, session="later", figures={"steps_per_second": 7.0}),
    ]
    theirs = [
        a_run("dbos", round=0, figures={"steps_per_second": 100.0}),
        a_run("dbos", round=1, figures={"steps_per_second": 50.0}),
    ]
    found = paired([*ours, *theirs], "chain", "2ms", ("mn", "dbos"), "steps_per_second")
    assert found == Spread(3.0, 2.0, 4.0, 2)


def test_gaps_are_between_neighbours() -> None:
    """The times are milliseconds, and one moment has no gap."""
    assert gaps([1.0, 1.001, 1.003]) == pytest.approx({"p50_ms": 2.0, "p99_ms": 2.0})
    assert gaps([1.0]) == {}
