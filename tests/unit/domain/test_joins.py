"""The seven join rules: a truth table over every combination of outcomes, written as predicates."""

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mn_notebook.domain import planning
from mn_notebook.domain.fold import fold
from mn_notebook.domain.ids import NodePath
from mn_notebook.domain.joins import Tally, verdict
from mn_notebook.domain.planning import BeginStep, SkipStep
from mn_notebook.domain.workflow import Join, JoinRule
from tests.unit.domain.journals import RUN, Journal, python, workflow

Outcomes = Sequence[str]
"""Of each need: succeeded, failed, skipped or open."""
OUTCOMES = ("succeeded", "failed", "skipped", "open")


def none_is(*found: str) -> Callable[[Outcomes], bool]:
    return lambda outcomes: not any(one in found for one in outcomes)


def some_is(*found: str) -> Callable[[Outcomes], bool]:
    return lambda outcomes: any(one in found for one in outcomes)


def quorum(outcomes: Outcomes, wanted: float | None) -> int:
    if wanted is None:
        return math.floor(len(outcomes) / 2) + 1
    return wanted if isinstance(wanted, int) else math.ceil(len(outcomes) * wanted - 1e-9)


STARTS: dict[str, Callable[[Outcomes], bool]] = {
    "all_success": lambda outcomes: all(one == "succeeded" for one in outcomes),
    "all_done": none_is("open"),
    "one_success": some_is("succeeded"),
    "one_done": some_is("succeeded", "failed"),
    "one_failed": some_is("failed"),
    "none_failed_min_one_success": lambda outcomes: (
        none_is("open", "failed")(outcomes) and some_is("succeeded")(outcomes)
    ),
}
NEVER: dict[str, Callable[[Outcomes], bool]] = {
    "all_success": some_is("failed", "skipped"),
    "all_done": lambda _outcomes: False,
    "one_success": none_is("succeeded", "open"),
    "one_done": lambda outcomes: all(one == "skipped" for one in outcomes),
    "one_failed": none_is("failed", "open"),
    "none_failed_min_one_success": lambda outcomes: (
        some_is("failed")(outcomes) or all(one == "skipped" for one in outcomes)
    ),
}
QUORUMS = (None, 1, 2, 3, 9, 0.25, 0.5, 0.6, 1.0)
JOINS = [
    *(Join(rule=rule) for rule in get_args(JoinRule)),
    *(Join(rule="quorum_success", quorum=wanted) for wanted in QUORUMS[1:]),
]


def expected(join: Join, outcomes: Outcomes) -> str:
    """Return what the language's reference says, in its words."""
    if join.rule == "quorum_success":
        wanted = quorum(outcomes, join.quorum)
        have = outcomes.count("succeeded")
        if have >= wanted:
            return "start"
        return "skip" if have + outcomes.count("open") < wanted else "wait"
    if STARTS[join.rule](outcomes):
        return "start"
    return "skip" if NEVER[join.rule](outcomes) else "wait"


def test_the_table_has_every_rule():
    """No rule goes untested."""
    assert {*STARTS, "quorum_success"} == {*NEVER, "quorum_success"} == {*get_args(JoinRule)}


@pytest.mark.parametrize("join", JOINS, ids=lambda join: f"{join.rule} {join.quorum}")
def test_a_verdict_is_what_the_truth_table_says(join: Join):
    """Every combination of outcomes of up to four needs."""
    for count in range(1, 5):
        for outcomes in itertools.product(OUTCOMES, repeat=count):
            tally = Tally(**{one: outcomes.count(one) for one in OUTCOMES})
            assert verdict(join, tally) == expected(join, outcomes), outcomes


@given(st.sampled_from(JOINS), st.lists(st.sampled_from(OUTCOMES), min_size=1, max_size=9))
def test_a_verdict_once_given_stands_whatever_ends_later(join: Join, outcomes: list[str]):
    """Neither a start nor a skip is ever taken back by the end of another need."""
    tally = Tally(**{one: outcomes.count(one) for one in OUTCOMES})
    said = verdict(join, tally)
    if "open" not in outcomes:
        assert said != "wait"
        return
    for later in OUTCOMES[:3]:
        after = [*outcomes, later]
        after.remove("open")
        then = verdict(join, Tally(**{one: after.count(one) for one in OUTCOMES}))
        assert said in ("wait", then)


# --- through the fold --------------------------------------------------------------------------


def end(journal: Journal, name: str, outcome: str) -> None:
    if outcome == "skipped":
        journal.skipped(name)
        return
    journal.started(name)
    journal.succeeded(name) if outcome == "succeeded" else journal.failed(name)


def standing(journal: Journal) -> str:
    """Say whether the joining step may start, is to be skipped, or waits."""
    if NodePath("join") in journal.state.frontier.values():
        assert BeginStep("join") in _all_moves(journal)  # type: ignore[arg-type]
        return "start"
    if NodePath("join") in journal.state.doomed.values():
        assert isinstance(journal.next(), SkipStep)
        return "skip"
    return "wait"


def _all_moves(journal: Journal) -> list[Any]:
    time = planning._Time(journal.now, frozenset())
    return list(planning._moves(journal.state, time, 8, frozenset()))


SOME = [join for join in JOINS if join.quorum in (None, 2, 0.6)]


@pytest.mark.parametrize("join", SOME, ids=lambda join: f"{join.rule} {join.quorum}")
def test_a_step_starts_or_is_skipped_as_its_needs_end_in_any_order(join: Join):
    """Up to three needs, every outcome of each, every order of their ends, after every end."""
    for count in range(1, 4):
        needs = [f"n{number}" for number in range(count)]
        flow = workflow(
            *(python(name, on_failure="continue") for name in needs),
            python("join", *needs, join=join),
            python("after", "join"),
            python("anyway", "join", join=Join(rule="all_done")),
        )
        for outcomes in itertools.product(OUTCOMES[:3], repeat=count):
            for order in itertools.permutations(range(count)):
                _play(flow, join, needs, outcomes, order)


def _play(flow: Any, join: Join, needs: list[str], outcomes: Outcomes, order: Any) -> None:
    journal = Journal(flow).begun()
    so_far = ["open"] * len(needs)
    for position in order:
        end(journal, needs[position], outcomes[position])
        so_far[position] = outcomes[position]
        assert standing(journal) == expected(join, so_far), (so_far, order)
    if standing(journal) == "skip":
        journal.skipped("join")
        assert NodePath("after") in journal.state.doomed.values(), "the skip spreads"
    else:
        journal.started("join").succeeded("join")
        assert NodePath("after") in journal.state.frontier.values()
    assert NodePath("anyway") in journal.state.frontier.values()
    if len(needs) < 3:
        assert fold(flow, RUN, journal.facts) == journal.state
