"""What is spent by the day and the class, beside the journal and in its transactions."""

from decimal import Decimal
from typing import Any

import pytest

from mn_notebook.domain import events as e
from mn_notebook.domain.ids import AttemptToken, CallId, Fence, RunId, StepPath
from mn_notebook.domain.messages import Estimate, Price, Usage
from mn_notebook.domain.values import Stored
from mn_notebook.domain.workflow import Budget
from mn_notebook.errors import BudgetExceeded, Fenced
from mn_notebook.ports import Ceiling
from mn_notebook.store.store import Store
from mn_notebook.testing.doubles import FakeClock
from tests.unit.store.stores import append, create, group, memory, owner

PATH, TOKEN = StepPath("a"), AttemptToken("tok")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def store(clock: FakeClock):
    opened = memory(clock)
    yield opened
    opened.close()


def begun(store: Store) -> tuple[RunId, Fence]:
    """Return a run with an attempt under way."""
    run_id = create(store)
    fence = owner(store).claim(run_id, store.clock.now())
    assert fence is not None
    started = e.StepStarted(path=PATH, attempt=1, token=TOKEN, input=Stored(), step_key="k")
    assert isinstance(append(store, group(store, run_id, fence, started, batch="s")), int)
    return run_id, fence


def requested(number: int, usd: str | None = "0.02", tokens: int = 100) -> e.ModelRequested:
    return e.ModelRequested(
        path=PATH,
        attempt=1,
        call_id=CallId(f"a!{number}"),
        model="m",
        messages=(),
        request_hash="h",
        estimate=Estimate(usd=None if usd is None else Decimal(usd), tokens=tokens),
    )


def responded(number: int, usd: str | None, tokens: int | None) -> e.ModelResponded:
    return e.ModelResponded(
        path=PATH,
        call_id=CallId(f"a!{number}"),
        message=Stored(),
        finish_reason="stop",
        model="m",
        provider="p",
        usage=None if tokens is None else Usage(input_tokens=tokens),
        price=Price(usd=None if usd is None else Decimal(usd), source="test"),
        latency_seconds=0,
    )


def write(store: Store, run_id: RunId, event: Any, *ceilings: Ceiling) -> Any:
    one = group(
        store,
        run_id,
        None,
        event,
        batch=f"{event.kind} {getattr(event, 'call_id', '')}",
        token=TOKEN,
        workflow_class="w",
        ceilings=ceilings,
    )
    return append(store, one)


def days(store: Store) -> dict[tuple[str, str], tuple[int, int, int]]:
    connection = store.database.connect()
    rows = connection.execute(
        "SELECT day, workflow_class, nano_usd, tokens, calls FROM mn_spending"
    ).fetchall()
    connection.close()
    return {(day, whose): (usd, tokens, calls) for day, whose, usd, tokens, calls in rows}


def open_reservations(store: Store) -> int:
    connection = store.database.connect()
    (count,) = connection.execute("SELECT count(*) FROM mn_reservation").fetchone()
    connection.close()
    return int(count)


def test_reserved_then_settled(store: Store):
    """For all runs, and for those of the class."""
    run_id, _ = begun(store)
    day = store.clock.now().date().isoformat()
    write(store, run_id, requested(1))
    assert days(store) == {
        (day, ""): (20_000_000, 100, 1),
        (day, "w"): (20_000_000, 100, 1),
    }
    write(store, run_id, responded(1, "0.005", 40))
    assert days(store)[day, "w"] == (5_000_000, 40, 1)
    assert open_reservations(store) == 0


def test_a_clock_that_jumps_over_midnight_settles_on_the_day_of_the_announcement(
    store: Store, clock: FakeClock
):
    """The next day begins with nothing, and is not charged for what was announced before it."""
    run_id, _ = begun(store)
    today = store.clock.now().date().isoformat()
    write(store, run_id, requested(1))
    clock.jump(86_400)
    tomorrow = store.clock.now().date().isoformat()
    assert tomorrow != today
    write(store, run_id, responded(1, "0.005", 40))
    ceiling = Ceiling("", Budget(calls=1))
    assert isinstance(write(store, run_id, requested(2), ceiling), int)
    assert days(store)[today, ""] == (5_000_000, 40, 1)
    assert days(store)[tomorrow, ""] == (20_000_000, 100, 1)


@pytest.mark.parametrize(
    ("ceiling", "level", "unit"),
    [
        (Ceiling("", Budget(calls=1)), "day", "calls"),
        (Ceiling("w", Budget(tokens=150)), "class", "tokens"),
        (Ceiling("w", Budget(usd=Decimal("0.03"))), "class", "usd"),
    ],
)
def test_what_does_not_fit_is_refused_and_writes_nothing(
    store: Store, ceiling: Ceiling, level: str, unit: str
):
    """The run is still its owner's, and its head stays."""
    run_id, _ = begun(store)
    assert isinstance(write(store, run_id, requested(1), ceiling), int)
    before = days(store), store.views.run(run_id).head
    refused = write(store, run_id, requested(2), ceiling)
    assert isinstance(refused, BudgetExceeded)
    assert (refused.reached.level, refused.reached.unit) == (level, unit)
    assert refused.reached.until > store.clock.now()
    assert (days(store), store.views.run(run_id).head) == before
    note = e.NoteAdded(path=PATH, text="still here")
    assert isinstance(write(store, run_id, note), int)


def test_other_classes_are_not_held_up(store: Store):
    """A class has its own."""
    run_id, _ = begun(store)
    assert isinstance(write(store, run_id, requested(1), Ceiling("v", Budget(calls=0))), int)


def test_what_is_raised_holds_for_that_day_alone(store: Store, clock: FakeClock):
    """Whoever asks next in any process may go as far; the next day is as it was."""
    run_id, fence = begun(store)
    ceiling = Ceiling("", Budget(calls=0))
    assert isinstance(write(store, run_id, requested(1), ceiling), BudgetExceeded)
    day = store.clock.now().date().isoformat()
    raised = e.BudgetRaised(level="day", budget=Budget(calls=1), by="ann", day=day)
    assert isinstance(append(store, group(store, run_id, fence, raised, batch="r")), int)
    assert isinstance(write(store, run_id, requested(1), ceiling), int)
    assert isinstance(write(store, run_id, requested(2), ceiling), BudgetExceeded)
    clock.advance(86_400)
    assert isinstance(write(store, run_id, requested(2), ceiling), BudgetExceeded)


def test_what_is_raised_lowers_no_limit(store: Store):
    """A process that grants more than somebody raised another one's limit to, grants it still."""
    run_id, fence = begun(store)
    day = store.clock.now().date().isoformat()
    raised = e.BudgetRaised(level="day", budget=Budget(calls=1), by="ann", day=day)
    append(store, group(store, run_id, fence, raised, batch="r"))
    for number in (1, 2):
        generous = Ceiling("", Budget(calls=9))
        assert isinstance(write(store, run_id, requested(number), generous), int)


@pytest.mark.parametrize(("paid", "counted"), [(True, (20_000_000, 100, 1)), (False, (0, 0, 1))])
def test_a_call_that_failed_counts_where_it_may_have_been_paid_for(
    store: Store, paid: bool, counted: tuple[int, int, int]
):
    """One that the server refused costs nothing."""
    run_id, _ = begun(store)
    write(store, run_id, requested(1))
    error = e.ErrorInfo(type="x", message="x")
    failed = e.ModelFailed(
        path=PATH, call_id=CallId("a!1"), error=error, latency_seconds=0, paid=paid
    )
    write(store, run_id, failed)
    assert days(store)[store.clock.now().date().isoformat(), ""] == counted


def test_who_has_lost_the_run_reserves_nothing(store: Store):
    """A refused group leaves no trace, here either."""
    run_id, fence = begun(store)
    interrupted = e.StepInterrupted(path=PATH, attempt=1, because="over")
    append(store, group(store, run_id, fence, interrupted, batch="i"))
    assert isinstance(write(store, run_id, requested(1)), Fenced)
    assert days(store) == {}
