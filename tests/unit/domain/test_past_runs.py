"""What runs have cost is what a run will cost, as far as they can be compared."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from mn_notebook.domain.past_runs import (
    MANY,
    Fan,
    Part,
    PastRun,
    count_range,
    money_range,
    past_costs,
    time_range,
    unfinished_costs,
)

AMOUNTS = st.decimals(0, 1000, places=6)
COUNTS = st.integers(0, 10**7)
SECONDS = st.floats(0, 10**6)


@st.composite
def parts(draw: st.DrawFn) -> Part:
    return Part(
        items=draw(st.integers(1, 500)),
        usd=draw(st.none() | AMOUNTS),
        tokens=draw(COUNTS),
        calls=draw(st.integers(0, 1000)),
        seconds=draw(SECONDS),
    )


@st.composite
def past_runs(draw: st.DrawFn) -> PastRun:
    """A run with a fan-out; what the whole has used is at least what its part has."""
    part = draw(parts())
    more = draw(AMOUNTS)
    return PastRun(
        usd=None if part.usd is None else part.usd + more,
        tokens=draw(st.none() | st.just(part.tokens + draw(COUNTS))),
        calls=part.calls + draw(st.integers(0, 50)),
        seconds=part.seconds + draw(SECONDS),
        parts={"look": part},
    )


def run(usd: str | None = "0.02", *, items: int = 4, tokens: int | None = 100) -> PastRun:
    """A run of which half of all was done for its items."""
    known = None if usd is None else Decimal(usd)
    half = None if known is None else known / 2
    part = Part(items=items, usd=half, tokens=(tokens or 0) // 2, calls=items, seconds=10.0)
    return PastRun(known, tokens, items + 1, 12.0, {"look": part})


def test_the_typical_run_is_the_one_in_the_middle() -> None:
    """One run that went wild moves the range, and hardly what is typical."""
    past = past_costs([run("0.02"), run("0.03"), run("9.00")], {})
    assert past is not None
    assert past.usd == money_range([Decimal("0.02"), Decimal("0.03"), Decimal("9.00")])
    assert past.usd is not None
    assert (past.usd.low, past.usd.typical, past.usd.high) == (
        Decimal("0.02"),
        Decimal("0.03"),
        Decimal("9.00"),
    )
    assert (past.runs, past.usd_runs, past.middle, past.scaled) == (3, 3, False, False)


def test_of_many_runs_a_tenth_is_left_out_at_either_end() -> None:
    """One of twenty that cost a hundred times as much is not what anybody has to expect."""
    costs = [Decimal(number) / 100 for number in range(1, 20)] + [Decimal(50)]
    past = past_costs([run(str(cost)) for cost in costs], {})
    assert past is not None
    assert past.usd is not None
    assert past.middle
    assert (past.usd.low, past.usd.high) == (Decimal("0.03"), Decimal("0.18"))
    assert len(costs) >= MANY


def test_unknown_price_is_never_nothing() -> None:
    """Runs of unknown price count for all but the price; of none it is unknown."""
    past = past_costs([run(None), run("0.04")], {})
    assert past is not None
    assert past.usd is not None
    assert (past.usd.low, past.usd_runs, past.runs) == (Decimal("0.04"), 1, 2)
    none = past_costs([run(None)], {})
    assert none is not None
    assert none.usd is None
    assert none.usd_runs == 0


def test_where_a_server_was_silent_tokens_are_unknown() -> None:
    """The tokens of the others are not told as if they were those of all."""
    past = past_costs([run(), run(tokens=None)], {})
    assert past is not None
    assert past.tokens is None
    assert past.calls is not None


def test_figures_are_scaled_by_the_item() -> None:
    """What was done for the items grows with them; the rest stays. Their rounds take the time."""
    past = past_costs([run("0.02", items=4)], {"look": Fan(items=40, at_once=4)})
    assert past is not None
    assert past.usd is not None
    assert past.calls is not None
    assert past.tokens is not None
    assert past.seconds is not None
    assert past.scaled
    assert past.usd.typical == Decimal("0.11")
    assert past.calls.typical == 41
    assert past.tokens.typical == 550
    assert past.seconds.typical == 2 + 10 * 10
    assert (past.items, past.items_then) == (40, count_range([4]))


def test_as_many_items_are_not_called_scaled() -> None:
    """Nothing is reckoned where nothing differs."""
    past = past_costs([run(items=4)], {"look": Fan(items=4, at_once=2)})
    assert past is not None
    assert not past.scaled
    assert not past.is_unlike


def test_what_may_not_be_scaled_is_said_to_be_unlike() -> None:
    """The figures stay what they were, and the numbers of items stand beside them."""
    past = past_costs([run("0.02", items=4)], {"look": Fan(40, 4)}, scales=False)
    assert past is not None
    assert past.usd is not None
    assert past.usd.typical == Decimal("0.02")
    assert past.is_unlike
    assert not past.scaled


def test_a_run_without_an_item_says_nothing_of_items() -> None:
    """Nothing is divided by it."""
    assert past_costs([run(items=0)], {"look": Fan(3, 1)}) is None
    assert past_costs([run()], {"other": Fan(3, 1)}) is None
    assert past_costs([], {}) is None


def test_what_failed_is_kept_apart() -> None:
    """A run that was stopped early is no cheap run."""
    found = unfinished_costs([run("0.01"), run(None)])
    assert (found.runs, found.usd) == (2, money_range([Decimal("0.01")]))
    assert unfinished_costs([]).usd is None


@given(st.lists(AMOUNTS, min_size=1, max_size=40))
def test_a_range_holds_what_is_typical(values: list[Decimal]) -> None:
    """Low, typical and high are in this order, and within what there was."""
    found = money_range(values)
    assert found is not None
    assert min(values) <= found.low <= found.typical <= found.high <= max(values)


@given(st.lists(COUNTS, min_size=1, max_size=40), st.lists(SECONDS, min_size=1, max_size=40))
def test_a_range_of_any_kind_holds_what_is_typical(counts: list[int], times: list[float]) -> None:
    """As for money."""
    number, time = count_range(counts), time_range(times)
    assert number is not None
    assert time is not None
    assert min(counts) <= number.low <= number.typical <= number.high <= max(counts)
    assert min(times) <= time.low <= time.typical <= time.high <= max(times)


@given(st.lists(AMOUNTS, min_size=1, max_size=30), AMOUNTS)
def test_a_dearer_run_makes_nothing_cheaper(values: list[Decimal], more: Decimal) -> None:
    """Where every run had cost more, all that is told is more or the same."""
    before, after = money_range(values), money_range([value + more for value in values])
    assert before is not None
    assert after is not None
    assert after.low >= before.low
    assert after.typical >= before.typical
    assert after.high >= before.high


@given(
    st.lists(past_runs(), min_size=1, max_size=15),
    st.integers(0, 2000),
    st.integers(0, 2000),
    st.integers(1, 50),
)
def test_more_items_never_cost_less_and_nothing_is_negative(
    runs: list[PastRun], fewer: int, more: int, at_once: int
) -> None:
    """Scaled figures grow with the items, from nothing upwards; unknown prices stay unknown."""
    low, high = sorted((fewer, more))
    first = past_costs(runs, {"look": Fan(low, at_once)})
    second = past_costs(runs, {"look": Fan(high, at_once)})
    assert first is not None
    assert second is not None
    known = sum(one.usd is not None for one in runs)
    assert first.usd_runs == second.usd_runs == known
    assert (first.usd is None) == (second.usd is None) == (known == 0)
    if first.usd is not None and second.usd is not None:
        assert 0 <= first.usd.low <= second.usd.low
        assert first.usd.typical <= second.usd.typical
    assert first.calls is not None
    assert second.calls is not None
    assert 0 <= first.calls.low <= second.calls.low
    assert first.seconds is not None
    assert second.seconds is not None
    assert 0 <= first.seconds.low <= second.seconds.low
    assert (first.tokens is None) == any(one.tokens is None for one in runs)
