"""What is known of a run's cost is said calmly, and never more certainly than it is known."""

from decimal import Decimal

from mn_notebook.domain.past_runs import count_range, money_range, time_range
from mn_notebook.domain.preview_words import with_words
from mn_notebook.domain.previews import (
    Bound,
    CostPreview,
    DailyLeft,
    PastCosts,
    Reckoned,
    StepReckoned,
    Unfinished,
)
from mn_notebook.domain.workflow import Budget

PAST = PastCosts(
    runs=3,
    usd=money_range([Decimal("0.02"), Decimal("0.03"), Decimal("0.05")]),
    usd_runs=3,
    tokens=count_range([20_000, 21_300, 30_000]),
    calls=count_range([14]),
    seconds=time_range([60.0, 80.0, 120.0]),
)


def step(units: int | None = 1, over: str = "", usd: str | None = "0.01") -> StepReckoned:
    known = None if usd is None else Decimal(usd)
    return StepReckoned(
        step="look",
        model="m",
        units=units,
        over=over,
        once=Reckoned(calls=1, tokens=900, usd=known),
        most=Reckoned(calls=9, tokens=9_000, usd=known),
    )


def bound(*steps: StepReckoned, calls: int = 1, usd: str | None = "0.01", **more: object) -> Bound:
    known = None if usd is None else Decimal(usd)
    facts = {
        "steps": steps or (step(),),
        "once": Reckoned(calls=calls, tokens=900 * calls, usd=known),
        "most": Reckoned(calls=9, tokens=9_000, usd=Decimal("0.09") if usd else None),
    }
    return Bound.model_validate(facts | more)


def told(
    past: PastCosts | None = None, definition: Bound | None = None, **more: object
) -> CostPreview:
    facts: dict[str, object] = {
        "workflow": "brief",
        "version": "3f9a",
        "models": ("m",),
        "scripted": False,
        "budget": Budget(usd=Decimal(2), calls=200),
        "past": past,
        "bound": definition,
    }
    return with_words(CostPreview.model_validate(facts | more))


def test_runs_before_it_are_what_is_said_first() -> None:
    """How many, what is typical, from where to where, and where it ends."""
    found = told(PAST)
    assert found.line == (
        "Expected from 3 runs: $0.03 ($0.02 to $0.05), 14 model calls, 21,300 tokens, "
        "1 min 20 s (1 min to 2 min). It asks before it spends more than $2.00 or 200 calls."
    )
    assert found.so_far == "3 runs: $0.02 to $0.05, 1 min to 2 min"
    assert found.told[0].endswith("21,300 tokens (20,000 to 30,000), 1 min 20 s (1 min to 2 min).")
    assert found.told[-1] == "A run costs at most $2.00 and 200 calls, then it asks."


def test_one_run_has_no_range() -> None:
    """What happened once is said once."""
    once = PastCosts(runs=1, usd=money_range([Decimal("0.02")]), usd_runs=1, calls=count_range([2]))
    assert told(once).line.startswith("Expected from 1 run: $0.02, 2 model calls. ")


def test_what_is_not_the_same_is_said() -> None:
    """An earlier version, scripted models, scaled figures, runs that are not counted."""
    found = told(
        PAST.model_copy(
            update={
                "version": "earlier",
                "scripted": True,
                "scaled": True,
                "items": 50,
                "items_then": count_range([4, 6]),
                "middle": True,
                "spared": 1,
            }
        ),
        unfinished=Unfinished(runs=2, usd=money_range([Decimal("0.01")])),
        left_out=("1 run with another model",),
    )
    assert "3 scripted runs of an earlier version, scaled to 50 items" in found.line
    said = " ".join(found.told)
    assert "Those runs had 4 to 6; what an item costs was taken from them." in said
    assert "The ranges leave out a tenth of the runs at either end." in said
    assert "proves nothing about real ones" in said
    assert "Answers that 1 run took over from others count as if they were paid." in said
    assert "2 more runs failed or stopped short: $0.01." in said
    assert "Not counted: 1 run with another model." in said
    assert found.so_far.endswith("; 2 more runs failed or stopped short: $0.01")


def test_unknown_price_is_said_and_never_nothing() -> None:
    """Of all runs, of some, and of a bound."""
    assert "cost unknown" in told(PAST.model_copy(update={"usd": None, "usd_runs": 0})).line
    some = told(PAST.model_copy(update={"usd_runs": 2}))
    assert "$0.03 ($0.02 to $0.05) in the 2 runs of known cost" in some.line
    found = told(
        None,
        bound(usd=None, unpriced=("m",)),
        budget=Budget(usd=Decimal(2), unknown_price="block"),
    )
    assert "1 model call, up to 900 tokens, cost unknown" in found.line
    assert "Nobody knows the price of m." in found.told
    assert found.told[-1] == "It asks before the first call: nobody knows what m costs."
    assert "$0" not in found.line


def test_a_free_model_costs_nothing() -> None:
    """A local one, whose price is known."""
    assert "up to 900 tokens, $0.00." in told(None, bound(usd="0", free=True)).line


def test_the_first_run_is_bounded_by_its_definition() -> None:
    """The typical path and the worst one are told apart."""
    found = told(None, bound())
    assert found.line.startswith(
        "No run to go by. If each agent answers at once: 1 model call, up to 900 tokens and $0.01."
    )
    assert found.so_far == ""
    assert found.told[:3] == (
        "No run to go by yet.",
        "If each agent answers at once: 1 model call, up to 900 tokens and $0.01.",
        "At worst, with every attempt, turn and re-ask: 9 model calls, up to 9,000 tokens and "
        "$0.09.",
    )


def test_where_nothing_bounds_it_no_number_is_made_up() -> None:
    """Items that nobody can count yet have a price each."""
    found = told(None, bound(step(None, "plan.topics"), calls=0, most=None, longer=("plan",)))
    assert "at once: 1 model call for each item of plan.topics (about $0.01)." in found.line
    said = " ".join(found.told)
    assert "Prompts are longer by what plan will give." in said
    assert (
        "At worst nothing but the budget bounds it: how many items look will have is not known yet."
    ) in said


def test_runs_with_far_fewer_items_are_not_passed_off_as_a_measure() -> None:
    """Both numbers of items are said, and the definition's own figure with them."""
    unlike = PAST.model_copy(
        update={"items": 50, "items_then": count_range([2, 5]), "unscaled_for": ("each",)}
    )
    found = told(unlike, bound(calls=52))
    assert "3 runs with 2 to 5 items, and this one has 50" in found.line
    assert "If each agent answers at once: 52 model calls" in found.line
    assert "Nothing is scaled: how many items each will have is not known before." in found.told


def test_a_budget_that_will_not_do_is_foretold() -> None:
    """Somebody who leaves it alone overnight would find it waiting."""
    for budget in (Budget(usd=Decimal("0.01")), Budget(calls=13), Budget(tokens=20_000)):
        found = told(PAST, budget=budget)
        assert found.exceeds_budget
        assert found.line.endswith(", and probably will.")
        assert found.told[-1].endswith("then it asks. It probably will.")
    assert not told(PAST, budget=Budget(usd=Decimal("0.03"), calls=14)).exceeds_budget
    assert told(None, bound(calls=300)).exceeds_budget
    assert not told(PAST.model_copy(update={"usd": None})).exceeds_budget
    assert not told().exceeds_budget


def today(whose: str = "", **left: object) -> DailyLeft:
    limit = Budget.model_validate({"usd": 10, "calls": 500, "tokens": 10**6})
    return DailyLeft(
        workflow_class=whose, limit=limit, left=limit.model_copy(update=left | {"tokens": 10**6})
    )


def test_a_day_on_which_too_little_is_left_is_foretold() -> None:
    """Which budget it is, and how much of it is left; in the one line only where it matters."""
    enough = told(PAST, daily=(today(usd=Decimal("0.03"), calls=14),))
    assert enough.short_today == ()
    assert "oday" not in enough.line
    assert enough.told[-1] == (
        "Today's budget has $0.03 of $10.00, 14 of 500 calls and 1,000,000 of 1,000,000 tokens "
        "left."
    )
    short = told(PAST, daily=(today(usd=Decimal("0.02")), today("news\nflash", calls=13)))
    assert [daily.workflow_class for daily, _ in short.short_today] == ["", "news\nflash"]
    assert short.line.endswith(
        "or 200 calls. Today's budget has $0.02 of $10.00 left, and the run probably asks for "
        "more. Today's budget of the class news flash has 13 of 500 calls left, and the run "
        "probably asks for more."
    )
    assert short.told[-2].endswith("tokens left. The run probably asks for more.")
    assert "class news flash has $10.00 of $10.00, 13 of 500 calls" in short.told[-1]


def test_a_day_is_compared_with_what_is_expected() -> None:
    """By the definition where there is no run; a free model costs a used-up day no dollar."""
    assert told(None, bound(calls=300), daily=(today(calls=299),)).short_today
    assert not told(None, bound(calls=300), daily=(today(calls=300),)).short_today
    nothing = today(usd=Decimal(0), calls=0)
    assert [unit for _, unit in told(PAST, daily=(nothing,)).short_today] == ["usd"]
    free = PAST.model_copy(update={"usd": money_range([Decimal(0)])})
    assert not told(free, daily=(today(usd=Decimal(0)),)).short_today
    unknown = PAST.model_copy(update={"usd": None, "calls": None})
    assert [unit for _, unit in told(unknown, daily=(nothing,)).short_today] == ["calls"]


def test_names_of_others_are_kept_in_one_line() -> None:
    """An expression of many lines, or with controls in it, changes no line."""
    found = told(None, bound(step(None, "a\n\x1b[2Jb"), calls=0, most=None))
    assert "\x1b" not in found.line
    assert "\n" not in found.line
    assert all("\n" not in sentence for sentence in found.told)
