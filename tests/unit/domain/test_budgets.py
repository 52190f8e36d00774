"""Budgets: what counts, what fits, and what is said of it."""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mn_notebook.domain import events as e
from mn_notebook.domain.budget_words import hint, read_budget, suggested, why_reached
from mn_notebook.domain.budgets import DEFAULT, filled, shortage, worked_seconds
from mn_notebook.domain.fold import apply_event, beginning
from mn_notebook.domain.ids import AttemptToken, CallId, Fence, NodePath, ProcessId, StepPath
from mn_notebook.domain.messages import Estimate, Price, Usage
from mn_notebook.domain.replacing import replace
from mn_notebook.domain.state import RunState
from mn_notebook.domain.workflow import Budget
from tests.unit.domain.journals import NOON, RUN, agent, stored, workflow

CENT = Decimal("0.01")


@dataclass
class Ledger:
    """A run of one agent step with items, each of which asks once."""

    state: RunState
    limit: Budget
    under_way: dict[CallId, Estimate] = field(default_factory=dict)
    spent: Decimal = Decimal(0)
    made: int = 0

    @classmethod
    def of(cls, limit: Budget, step: Budget | None = None) -> "Ledger":
        state = beginning(workflow(agent("a", budget=step)), RUN)
        created = e.RunCreated(
            workflow="w",
            workflow_hash=state.workflow.hash,
            origin="o",
            title="",
            inputs=stored({}),
            by="ann",
            budget=limit,
        )
        ledger = cls(state, limit)
        ledger.add(created)
        ledger.add(e.RunStarted())
        started = e.StepStarted(
            path=StepPath("a"),
            attempt=1,
            token=AttemptToken("t"),
            input=stored({}),
            step_key="k",
        )
        ledger.add(started)
        return ledger

    def add(self, event: Any, seconds: float = 0) -> None:
        at = NOON + timedelta(seconds=seconds)
        self.state = apply_event(self.state, event, self.state.head + 1, at)

    def ask(self, estimate: Estimate) -> e.BudgetReached | None:
        """Announce a call if it fits; return what it does not fit into."""
        call = CallId(f"a!{self.made + 1}")
        event = e.ModelRequested(
            path=StepPath("a"),
            attempt=1,
            call_id=call,
            model="m",
            messages=(),
            request_hash=call,
            estimate=estimate,
        )
        short = shortage(self.state, [event], NOON)
        if short is None:
            self.made += 1
            self.add(event)
            self.under_way[call] = estimate
        return short

    def answer(self, call: CallId, usd: Decimal | None, tokens: int | None) -> None:
        estimate = self.under_way.pop(call)
        self.spent += estimate.usd or 0 if usd is None else usd
        usage = None if tokens is None else Usage(input_tokens=tokens)
        self.add(
            e.ModelResponded(
                path=StepPath("a"),
                call_id=call,
                message=stored({}),
                finish_reason="stop",
                model="m",
                provider="p",
                usage=usage,
                price=Price(usd=usd, source="test"),
                latency_seconds=0,
            )
        )

    def fail(self, call: CallId, *, paid: bool) -> None:
        estimate = self.under_way.pop(call)
        self.spent += (estimate.usd or 0) if paid else 0
        error = e.ErrorInfo(type="x", message="x")
        event = e.ModelFailed(
            path=StepPath("a"), call_id=call, error=error, latency_seconds=0, paid=paid
        )
        self.add(event)


def reckoned(cents: int = 1, tokens: int = 100) -> Estimate:
    return Estimate(usd=CENT * cents, tokens=tokens)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(("ask", "ask", "answer", "fail", "paid", "unsaid")),
        st.integers(1, 20),
        st.integers(0, 100),
    ),
    max_size=60,
)


@settings(max_examples=150)
@given(steps=STEPS, limit=st.integers(1, 60))
def test_what_is_spent_and_reserved_never_exceeds_the_limit(
    steps: list[tuple[str, int, int]], limit: int
) -> None:
    """Whatever is asked, answered, lost and failed, as long as calls use what was reckoned.

    What is counted is exactly what was spent and what is under way.
    """
    ledger = Ledger.of(Budget(usd=CENT * limit))
    for what, cents, share in steps:
        if what == "ask":
            before = ledger.state.account.counted_usd
            short = ledger.ask(reckoned(cents))
            assert (short is None) == (before + CENT * cents <= CENT * limit)
        elif ledger.under_way:
            call = min(ledger.under_way)
            estimate = ledger.under_way[call]
            if what == "answer":
                ledger.answer(call, (estimate.usd or Decimal(0)) * share / 100, share)
            elif what == "unsaid":
                ledger.answer(call, None, None)
            else:
                ledger.fail(call, paid=what == "paid")
        reserved = sum((one.usd or Decimal(0) for one in ledger.under_way.values()), Decimal(0))
        account = ledger.state.account
        assert account.counted_usd == ledger.spent + reserved
        assert account.counted_usd <= CENT * limit
        assert account.calls == ledger.made


def test_a_call_that_uses_more_overdraws_by_no_more_than_that() -> None:
    """After it no other call is made."""
    ledger = Ledger.of(Budget(usd=CENT * 5))
    assert ledger.ask(reckoned(2)) is None
    ledger.answer(CallId("a!1"), CENT * 9, 100)
    assert ledger.state.account.usd == CENT * 9
    short = ledger.ask(reckoned(1))
    assert short is not None
    assert (short.unit, short.counted, short.limit) == ("usd", CENT * 9, CENT * 5)


@pytest.mark.parametrize(
    ("limit", "unit"),
    [
        (Budget(calls=1), "calls"),
        (Budget(tokens=199), "tokens"),
        (Budget(usd=CENT), "usd"),
        (Budget(usd=CENT, calls=9, tokens=9999), "usd"),
    ],
)
def test_each_limit_stops_the_second_call(limit: Budget, unit: str) -> None:
    """The event says which limit it was."""
    ledger = Ledger.of(limit)
    assert ledger.ask(reckoned()) is None
    short = ledger.ask(reckoned())
    assert short is not None
    assert (short.unit, short.level) == (unit, "run")


def test_the_innermost_budget_is_named() -> None:
    """A step's budget is inside that of its run."""
    ledger = Ledger.of(Budget(calls=9), step=Budget(calls=1))
    assert ledger.ask(reckoned()) is None
    short = ledger.ask(reckoned())
    assert short is not None
    assert (short.level, short.where, short.limit) == ("step", "a", Decimal(1))
    assert "the budget of step a is used up: 1 of 1 call made" in why_reached(short)


def test_a_price_that_nobody_knows_blocks_only_where_that_is_said() -> None:
    """Else it counts as calls and tokens, and costs nothing that is known."""
    unknown = Estimate(usd=None, tokens=100)
    assert Ledger.of(Budget(usd=CENT)).ask(unknown) is None
    short = Ledger.of(Budget(usd=CENT, unknown_price="block")).ask(unknown)
    assert short is not None
    assert short.unit == "price"


def test_what_is_raised_holds_at_once() -> None:
    """What is not said stays; the new limit is all that there is."""
    ledger = Ledger.of(Budget(usd=CENT * 9, calls=1))
    assert ledger.ask(reckoned()) is None
    assert ledger.ask(reckoned()) is not None
    ledger.add(e.BudgetRaised(budget=Budget(calls=2), by="ann"))
    assert ledger.state.budget == Budget(usd=CENT * 9, calls=2)
    assert ledger.ask(reckoned()) is None
    assert ledger.ask(reckoned()) is not None


def test_nothing_is_asked_while_a_budget_is_used_up() -> None:
    """Also where a smaller call would have fitted."""
    ledger = Ledger.of(Budget(usd=CENT * 5))
    short = ledger.ask(reckoned(9))
    assert short is not None
    ledger.add(short)
    assert ledger.ask(reckoned(1)) == short


def test_time_is_counted_while_something_is_under_way() -> None:
    """From the first attempt to the last one, and not in between."""
    ledger = Ledger.of(Budget(seconds=100))
    error = e.ErrorInfo(type="x", message="x")
    failed = e.StepFailed(path=StepPath("a"), attempt=1, error=error, final=False)
    ledger.add(failed, seconds=30)
    later = NOON + timedelta(seconds=1000)
    assert worked_seconds(ledger.state, "run", "", later) == 30
    started = e.StepStarted(
        path=StepPath("a"), attempt=2, token=AttemptToken("u"), input=stored({}), step_key="k"
    )
    ledger.add(started, seconds=500)
    assert worked_seconds(ledger.state, "run", "", NOON + timedelta(seconds=540)) == 70
    assert worked_seconds(ledger.state, "step", "a", NOON + timedelta(seconds=540)) == 70


def taken(fence: int) -> e.LeaseTaken:
    return e.LeaseTaken(owner=ProcessId(f"p{fence}"), fence=Fence(fence))


INTERRUPTED = e.StepInterrupted(path=StepPath("a"), attempt=1, because="its process ended")


def test_the_time_in_which_nobody_owned_a_run_is_not_counted() -> None:
    """A kernel that dies on Friday has worked until the last thing that its journal knows."""
    ledger = Ledger.of(Budget(seconds=100))
    ledger.add(e.NoteAdded(path=StepPath("a"), text="still there"), seconds=40)
    monday = 60 * 60 * 24 * 3
    ledger.add(taken(2), seconds=monday)
    for level, where in (("run", ""), ("step", "a")):
        assert worked_seconds(ledger.state, level, where, NOON + timedelta(seconds=monday)) == 40
    ledger.add(INTERRUPTED, seconds=monday + 1)
    started = e.StepStarted(
        path=StepPath("a"), attempt=2, token=AttemptToken("u"), input=stored({}), step_key="k"
    )
    ledger.add(started, seconds=monday + 1)
    now = NOON + timedelta(seconds=monday + 11)
    assert worked_seconds(ledger.state, "run", "", now) == pytest.approx(51)  # 1 s to take it over
    assert worked_seconds(ledger.state, "step", "a", now) == 50
    assert ledger.ask(reckoned()) is None


def test_an_owner_that_dies_before_it_does_anything_adds_no_time() -> None:
    """However many come and go: each of them is known of at one moment only."""
    ledger = Ledger.of(Budget(seconds=100))
    for fence in range(2, 6):
        ledger.add(taken(fence), seconds=fence * 1000)
    later = NOON + timedelta(seconds=5000)
    assert worked_seconds(ledger.state, "run", "", later) == 0
    assert worked_seconds(ledger.state, "step", "a", later) == 0


def test_a_clock_that_was_put_back_takes_no_time_away() -> None:
    """What was counted stays, though the new owner's clock is behind."""
    ledger = Ledger.of(Budget(seconds=100))
    ledger.add(e.NoteAdded(path=StepPath("a"), text="still there"), seconds=40)
    ledger.add(taken(2), seconds=-500)
    ledger.add(INTERRUPTED, seconds=-500)
    assert worked_seconds(ledger.state, "run", "", NOON) == 40
    assert worked_seconds(ledger.state, "step", "a", NOON) == 40


GAPS = st.lists(st.tuples(st.floats(0, 50), st.booleans(), st.floats(0, 1e6)), max_size=12)


@given(GAPS)
def test_time_is_what_owners_are_known_to_have_worked(
    story: list[tuple[float, bool, float]],
) -> None:
    """Whenever owners die, and however long nobody follows."""
    ledger = Ledger.of(Budget(seconds=1e9))
    now, expected, attempt = 0.0, 0.0, 1
    for works, dies, nobody in story:
        now += works
        expected += works
        ledger.add(e.NoteAdded(path=StepPath("a"), text="there"), seconds=now)
        if not dies:
            continue
        now += nobody
        attempt += 1
        ledger.add(taken(attempt), seconds=now)
        ledger.add(INTERRUPTED.model_copy(update={"attempt": attempt - 1}), seconds=now)
        token = AttemptToken(f"t{attempt}")
        started = e.StepStarted(
            path=StepPath("a"), attempt=attempt, token=token, input=stored({}), step_key="k"
        )
        ledger.add(started, seconds=now)
    at = NOON + timedelta(seconds=now)
    assert worked_seconds(ledger.state, "run", "", at) == pytest.approx(expected, abs=1e-3)
    assert worked_seconds(ledger.state, "step", "a", at) == pytest.approx(expected, abs=1e-3)


def test_a_run_without_a_budget_of_time_measures_none() -> None:
    """What nobody asked for costs nothing."""
    ledger = Ledger.of(Budget(calls=5))
    assert ledger.state.working_since is None


def test_a_run_of_an_older_version_has_no_bound() -> None:
    """It was started without one; its calls are counted all the same."""
    ledger = Ledger.of(Budget())
    ledger.state = ledger.state.__class__(**{**ledger.state.__dict__, "budget": None})
    for _ in range(300):
        assert ledger.ask(reckoned()) is None
    assert ledger.state.account.calls == 300


def test_what_is_left_open_is_filled() -> None:
    """What is said for a run goes before its workflow, and that before the settings."""
    found = filled(Budget(usd=CENT), Budget(usd=CENT * 9, tokens=5), DEFAULT)
    assert found == Budget(usd=CENT, tokens=5, calls=200)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("usd=many", "an amount in dollars such as 2.50 for usd, found 'many'"),
        ("calls=2.5", "a whole number for calls"),
        ("5", "expected usd="),
        ("time=5", "write 5s for seconds"),
        ("usd=-1", "an amount in dollars"),
        ("unknown_price=no", "expected block or allow"),
    ],
)
def test_a_budget_that_cannot_be_is_explained(said: str, message: str) -> None:
    """In a setting or typed after a verb."""
    with pytest.raises(ValueError, match=message):
        read_budget(said)


def test_a_budget_is_read_from_a_line() -> None:
    """With every word that it has."""
    found = read_budget("usd=$0.50 calls=20, tokens=1_000 time=1h30m unknown_price=block")
    assert found == Budget(
        usd=Decimal("0.50"), calls=20, tokens=1000, seconds=5400, unknown_price="block"
    )


def test_most_of_a_budget_used_is_hinted_at() -> None:
    """From 80 % on, with what is left."""
    ledger = Ledger.of(Budget(usd=Decimal(1), calls=10))
    for _ in range(7):
        ledger.ask(reckoned(1))
    assert hint(ledger.state, NOON) == ""
    ledger.ask(reckoned(1))
    assert hint(ledger.state, NOON) == "2 calls of its budget of 10 calls is left"


def test_what_is_offered_is_enough_for_the_next_call() -> None:
    """And at least twice as much as there was."""
    ledger = Ledger.of(Budget(usd=CENT))
    short = ledger.ask(reckoned(30))
    assert short is not None
    assert suggested(ledger.state, short) >= CENT * 30


AMOUNTS = st.decimals(0, 5000, places=3)


@given(
    unit=st.sampled_from(["usd", "calls", "tokens", "seconds"]),
    limit=AMOUNTS,
    more=AMOUNTS,
    usd=st.none() | st.decimals(0, 3, places=6),
    tokens=st.integers(0, 9000),
    reused=st.integers(0, 3),
)
def test_whoever_approves_what_is_offered_is_not_asked_again_at_once(
    unit: Any, limit: Decimal, more: Decimal, usd: Decimal | None, tokens: int, reused: int
) -> None:
    """What is counted and the call that did not fit are in it, whatever was done without a call."""
    call = Estimate(usd=usd, tokens=tokens)
    needed = {"usd": usd or Decimal(0), "calls": Decimal(1), "tokens": Decimal(tokens)}
    # Calls under way may have used more than they were reckoned to.
    counted = max(Decimal(0), limit - needed.get(unit, Decimal(0))) + more
    if unit in ("calls", "tokens"):
        counted, limit = Decimal(int(counted)), Decimal(int(limit))
    state = Ledger.of(Budget(calls=5)).state
    node = NodePath("a")
    four = ("a", "b", "c", "d")
    open_ = replace(state.progress[node], keys=four, succeeded=reused, status="open")
    state = replace(state, progress=state.progress.set(node, open_))
    short = e.BudgetReached(
        path=StepPath("a"), level="run", unit=unit, counted=counted, limit=limit, estimate=call
    )
    offered = suggested(state, short)
    assert offered >= limit * 2
    assert offered >= counted + needed.get(unit, Decimal(0))
    if unit == "seconds":
        assert offered > counted
