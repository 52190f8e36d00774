"""Limits: nothing over one is announced, nothing is kept from others for longer than it lasts."""

import asyncio
import itertools
from collections.abc import Callable, Coroutine, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from typing_extensions import override

from mn_notebook.agents.calling import Returned, call_here
from mn_notebook.agents.code import Functions
from mn_notebook.agents.handlers import Code, make_handlers
from mn_notebook.agents.limits import Limits, server_of
from mn_notebook.agents.loads import LocalLoads
from mn_notebook.agents.tools import ToolRegistry, make_tool
from mn_notebook.domain.events import (
    LimitWaited,
    ModelRequested,
    ModelResponded,
    StepHeld,
    ToolStarted,
    ToolSucceeded,
)
from mn_notebook.domain.ids import RunId
from mn_notebook.domain.messages import ModelProfile
from mn_notebook.domain.rates import Rate
from mn_notebook.domain.workflow import Step, Workflow
from mn_notebook.errors import UsageError
from mn_notebook.ports import FailedWith, Held, Loads, Outcome, StepHandler, Succeeded, Work
from mn_notebook.testing import (
    FakeClock,
    ModelFault,
    Reply,
    Rule,
    Script,
    ScriptedCall,
    ScriptedModel,
    VirtualTimeLoop,
)
from tests.unit.agents.bench import Bench, a_tool_step, an_agent, settled


class Seat(Bench):
    """A bench of a run of its own, that knows when each of its events happened."""

    def __init__(
        self, name: str, handler: StepHandler, step: Step, clock: FakeClock, limit: int | None
    ) -> None:
        self._name = RunId(name)
        self._limit = limit
        self._time = clock
        self.times: list[tuple[type, float]] = []
        super().__init__(handler, step, {"prompt": "x", "args": {}})

    @override
    def fold(self, *events: Any) -> None:
        self.times += [(type(event), round(self._time.monotonic(), 3)) for event in events]
        super().fold(*events)

    @override
    async def attempt(self) -> Outcome:
        """Go on whenever the time has come that the attempt was let go of for."""
        outcome = await super().attempt()
        while isinstance(outcome, Held):
            outcome = await self.later(outcome.until)
        return outcome

    async def later(self, until: datetime) -> Outcome:
        """Go on at a time."""
        await self._time.sleep((until - self._time.now()).total_seconds())
        return await self.go_on()

    @override
    def work(self, attempt: int) -> Work:
        workflow = Workflow(name="w", group="w", steps=(self.step,), calls_per_minute=self._limit)
        return replace(super().work(attempt), run_id=self._name, workflow=workflow)

    def at(self, kind: type) -> list[float]:
        return [when for found, when in self.times if found is kind]


class Hall:
    """Many attempts that share a model's server and a tool, in virtual time."""

    def __init__(
        self,
        *,
        model_calls: int = 2,
        concurrency: int | None = None,
        looks: int = 0,
        fault: ModelFault | None = None,
        loads: Loads | None = None,
        rates: tuple[Rate, ...] = (),
    ) -> None:
        self.clock = FakeClock()
        self.loop = VirtualTimeLoop(self.clock)
        self.loads = loads or LocalLoads()
        self.model_calls, self.rates = model_calls, rates
        self.seats: list[Seat] = []
        self.busy = self.most = 0
        wants = Reply(calls=(ScriptedCall(name="look"),), delay_seconds=1.0)
        final = Reply(text="done", delay_seconds=1.0, fault=fault)
        rule = Rule(by="turn", replies=(*(wants,) * looks, final))
        self.models = ScriptedModel(Script(rules=(rule,)), clock=self.clock)
        registry = ToolRegistry()
        registry.add(make_tool(self._look, name="look", effect="read", concurrency=concurrency))
        self.code = Code(registry, Functions())
        self.trouble: Exception | None = None
        self.restart()

    def restart(self) -> None:
        """Let another process take over: it knows what the store knows."""
        self.limits = Limits(
            self.clock, model_calls=self.model_calls, loads=self.loads, rates=self.rates
        )
        self.handlers = make_handlers(
            self.code, self.models, self.clock, call=self._call, limits=self.limits
        )

    def _look(self) -> str:
        """Look."""
        if self.trouble is not None:
            raise self.trouble
        return "seen"

    async def _call(self, function: Callable[..., Any], arguments: Mapping[str, Any]) -> Returned:
        self.busy += 1
        self.most = max(self.most, self.busy)
        try:
            await self.clock.sleep(1.0)
            return await call_here(function, arguments)
        finally:
            self.busy -= 1

    def seat(self, step: Step, *, run: str | None = None, limit: int | None = None) -> Seat:
        name = run or f"run{len(self.seats)}"
        self.seats.append(Seat(name, self.handlers[step.kind], step, self.clock, limit))
        return self.seats[-1]

    def together(self, *coroutines: Coroutine[Any, Any, Any]) -> list[Any]:
        ended: list[Any] = self.loop.run_until_complete(settled(*coroutines))
        return ended


@pytest.fixture
def hall() -> Iterator[Callable[..., Hall]]:
    halls: list[Hall] = []

    def make(**options: Any) -> Hall:
        halls.append(Hall(**options))
        return halls[-1]

    yield make
    for each in halls:
        each.loop.close()


def most_open(seats: list[Seat], begin: type, end: type) -> int:
    """How many calls were announced and not finished at the same time, at most."""
    moments = [(when, 1) for seat in seats for when in seat.at(begin)]
    moments += [(when, -1) for seat in seats for when in seat.at(end)]
    most = current = 0
    for _, change in sorted(moments):
        current += change
        most = max(most, current)
    return most


def test_no_more_model_calls_are_announced_than_a_server_may_get(hall: Any) -> None:
    """The first ones go with their attempts' starts; the others are announced when it is theirs."""
    here = hall(model_calls=2)
    seats = [here.seat(an_agent()) for _ in range(6)]
    for seat in seats:
        seat.begin()
    assert [len(seat.of(ModelRequested)) for seat in seats] == [1, 1, 0, 0, 0, 0]
    here.together(*(seat.run() for seat in seats))
    assert all(len(seat.of(ModelResponded)) == 1 for seat in seats)
    assert most_open(seats, ModelRequested, ModelResponded) == 2
    assert max(when for seat in seats for when in seat.at(ModelResponded)) == 3.0


def test_server_that_says_how_much_it_does_at_once_is_believed(hall: Any) -> None:
    """A local model has as many places as it answers side by side, each model its own."""
    here = hall(model_calls=16)
    work = here.seat(an_agent()).work(1)
    one = ModelProfile(name="a", provider="local", parallel_calls=1)
    assert here.limits.may_ask_at_once(one, work)
    assert not here.limits.may_ask_at_once(one, replace(work, attempt=2))
    other = one.model_copy(update={"name": "b"})
    assert here.limits.may_ask_at_once(other, replace(work, attempt=2))
    assert server_of(one) != server_of(other)


@pytest.mark.parametrize("kind", ["status", "hang"])
def test_failed_calls_give_their_slots_back(hall: Any, kind: Any) -> None:
    """A fault, or the end of its time, ends a call like an answer."""
    here = hall(model_calls=1, fault=ModelFault(kind=kind))
    seats = [here.seat(an_agent(timeout_seconds=5)) for _ in range(3)]
    here.together(*(seat.attempt() for seat in seats))
    assert [seat.kinds[-1] for seat in seats] == ["step.failed"] * 3
    assert len(here.models.calls) == 3


def test_cancelled_calls_give_their_slots_back(hall: Any) -> None:
    """Also those that had only been announced, or promised a slot."""
    here = hall(model_calls=1)

    async def cancel_most() -> None:
        tasks = [asyncio.ensure_future(here.seat(an_agent()).attempt()) for _ in range(4)]
        await here.clock.sleep(0.5)
        for task in tasks[:3]:
            task.cancel()
        await settled(*tasks)

    here.seat(an_agent()).begin()  # and is never launched
    here.loop.run_until_complete(cancel_most())
    assert here.seats[-1].kinds[-1] == "model.responded"


def test_run_makes_only_so_many_model_calls_in_any_minute(hall: Any) -> None:
    """Those above wait, without a place at the server; other runs are not held up."""
    here = hall(model_calls=1, looks=6)
    seat = here.seat(an_agent("look", turns=10), limit=3)
    other = here.seat(an_agent("look", turns=10))
    here.together(seat.attempt(), _later(here, other))
    began = seat.at(ModelRequested)
    assert len(began) == 7
    assert all(after - before >= 60 for before, after in zip(began, began[3:], strict=False))
    assert max(other.at(ModelResponded)) < 60


async def _later(here: Hall, seat: Seat) -> None:
    await here.clock.sleep(5.0)
    await seat.attempt()


def test_tool_is_used_by_so_many_at_once(hall: Any) -> None:
    """Steps that call it share its slots; the intent of a call is journaled when it has one."""
    here = hall(concurrency=2)
    seats = [here.seat(a_tool_step("look")) for _ in range(5)]
    for seat in seats:
        seat.begin()
    assert [len(seat.of(ToolStarted)) for seat in seats] == [1, 1, 0, 0, 0]
    outcomes = here.together(*(seat.run() for seat in seats))
    assert all(isinstance(outcome, Succeeded) for outcome in outcomes)
    assert here.most == 2
    assert most_open(seats, ToolStarted, ToolSucceeded) == 2


def test_tool_without_a_limit_is_used_by_all_at_once(hall: Any) -> None:
    """The default."""
    here = hall()
    seats = [here.seat(a_tool_step("look")) for _ in range(5)]
    here.together(*(seat.attempt() for seat in seats))
    assert here.most == 5


def test_agents_wait_for_a_tool_like_steps(hall: Any) -> None:
    """One limit for all who call it."""
    here = hall(concurrency=1, model_calls=9, looks=1)
    seats = [here.seat(an_agent("look")) for _ in range(3)]
    seats.append(here.seat(a_tool_step("look")))
    outcomes = here.together(*(seat.attempt() for seat in seats))
    assert all(isinstance(outcome, Succeeded) for outcome in outcomes), outcomes
    assert here.most == 1
    assert most_open(seats, ToolStarted, ToolSucceeded) == 1


def test_call_left_open_by_a_dead_attempt_waits_for_its_slot_as_well(hall: Any) -> None:
    """A tool that does not write is called again when a slot is free, and nobody is asked."""
    here = hall(concurrency=1)
    seat, holder = here.seat(a_tool_step("look")), here.seat(a_tool_step("look"))
    seat.begin()
    seat.die()
    here.limits._tools.clear()  # another process
    holder.begin()
    seat.begin()
    assert len(seat.of(ToolStarted)) == 1
    outcomes = here.together(holder.run(), seat.run())
    assert all(isinstance(outcome, Succeeded) for outcome in outcomes)
    assert len(seat.of(ToolStarted)) == 2
    assert here.most == 1


@pytest.mark.parametrize("concurrency", [0, -1])
def test_tool_that_nobody_could_use_is_refused(concurrency: int) -> None:
    """Where it is declared, not when it is called."""
    with pytest.raises(UsageError, match=r"tool 'f': expected a concurrency of 1 or more, found"):
        make_tool(lambda: None, name="f", concurrency=concurrency)


# --- rates, paces and breakers -----------------------------------------------------------------

MODEL = "scripted/scripted"


def test_rate_is_kept_by_all_processes_together(hall: Any) -> None:
    """Places are given in the order of asking; what waits longer than 10 s is let go of."""
    here = hall(model_calls=16, rates=(Rate("*", requests=3),))
    first = [here.seat(an_agent()) for _ in range(4)]
    here.restart()  # Another process on the same store.
    seats = [*first, *(here.seat(an_agent()) for _ in range(4))]
    here.together(*(seat.attempt() for seat in seats))
    began = sorted(when for seat in seats for when in seat.at(ModelRequested))
    assert len(began) == 8
    assert began == pytest.approx([0, 0, 0, 60, 60, 60, 120, 120], abs=0.01)
    held = [seat for seat in seats if seat.of(StepHeld)]
    assert len(held) == 5
    for seat in held:
        (waited,) = seat.of(LimitWaited)
        (let_go,) = seat.of(StepHeld)
        assert waited.limit == "the rate of '*' (3 requests a minute)"
        assert (let_go.until, seat.instance.attempt) == (waited.until, 1)


def test_rate_of_tokens_is_kept_and_corrected(hall: Any) -> None:
    """What an answer really used is less than what was reckoned with: others come sooner."""
    here = hall(model_calls=16, rates=(Rate("*", tokens=2_500),))
    seats = [here.seat(an_agent()) for _ in range(4)]
    for seat in seats:
        here.together(seat.attempt())
    assert max(seat.at(ModelRequested)[0] for seat in seats) < 10
    here.together(*(seat.attempt() for seat in [here.seat(an_agent()) for _ in range(4)]))
    assert here.clock.monotonic() > 60


def test_last_minute_of_a_run_is_remembered_by_the_next_process(hall: Any) -> None:
    """`calls_per_minute` holds over a restart."""
    here = hall()
    before = here.seat(an_agent(), run="run", limit=1)
    here.together(before.attempt())
    here.restart()
    after = here.seat(an_agent(), run="run", limit=1)
    here.together(after.attempt())
    assert after.at(ModelRequested)[0] == pytest.approx(60, abs=0.01)


def test_place_is_kept_over_a_restart(hall: Any) -> None:
    """The next process shows the ticket; nobody takes its place meanwhile, and it has no second."""
    here = hall(rates=(Rate("*", requests=1),))
    seats = [here.seat(an_agent()) for _ in range(3)]

    async def until_held(seat: Seat) -> None:
        assert isinstance(await Bench.attempt(seat), Held)

    here.together(seats[0].attempt(), *(until_held(seat) for seat in seats[1:]))
    here.restart()
    for seat in seats[1:]:
        seat.handler = here.handlers["agent"]

    newcomer = here.seat(an_agent())
    waiting = [seat.later(seat.of(LimitWaited)[0].until) for seat in seats[1:]]
    here.together(*waiting, newcomer.attempt())
    began = [round(seat.at(ModelRequested)[0]) for seat in (*seats, newcomer)]
    assert began == [0, 60, 120, 180]
    assert all(seat.of(LimitWaited)[0].ticket for seat in seats[1:])


def test_short_wait_is_told_once_and_its_attempt_goes_on(hall: Any) -> None:
    """No longer than ten seconds: nothing is interrupted."""
    here = hall(model_calls=16, rates=(Rate("*", requests=1, seconds=4.0),))
    seats = [here.seat(an_agent()) for _ in range(3)]
    here.together(*(seat.attempt() for seat in seats))
    assert [len(seat.of(LimitWaited)) for seat in seats] == [0, 1, 1]
    assert not any(seat.of(StepHeld) for seat in seats)
    assert [seat.at(ModelRequested)[0] for seat in seats] == pytest.approx([0, 4, 8], abs=0.01)


def test_without_limits_and_trouble_nothing_is_written(hall: Any) -> None:
    """The store is not asked for leave, and the first intent goes with the start."""

    class Untouched(LocalLoads):
        @override
        def change(self, *_: Any) -> None:
            raise AssertionError

    here = hall(model_calls=16, loads=Untouched())
    seats = [here.seat(an_agent()) for _ in range(5)]
    for seat in seats:
        seat.begin()
        assert len(seat.of(ModelRequested)) == 1
    here.together(*(seat.run() for seat in seats))


def refuses(status: int, **headers: str) -> ModelFault:
    return ModelFault(kind="status", status=status, headers=headers)


def test_answer_that_calls_come_too_fast_slows_everybody_down(hall: Any) -> None:
    """Also a process that begins later; the server's own wait is kept by all."""
    here = hall(model_calls=16, fault=refuses(429, **{"retry-after": "5"}))
    here.together(*(here.seat(an_agent()).attempt() for _ in range(4)))
    here.models.script = here.models._prompter.script = Script(default=Reply(text="done"))
    here.restart()
    seats = [here.seat(an_agent()) for _ in range(4)]
    here.together(*(seat.attempt() for seat in seats))
    began = sorted(seat.at(ModelRequested)[0] for seat in seats)
    assert began[0] >= 6.0
    gaps = [after - before for before, after in itertools.pairwise(began)]
    assert all(gap > 0.2 for gap in gaps), "calls come at even distances"


def test_server_that_fails_again_and_again_is_tried_by_one_call(hall: Any) -> None:
    """In any process; the others wait for how it ends, and say so."""
    here = hall(model_calls=16, fault=refuses(503))
    here.together(*(here.seat(an_agent()).attempt() for _ in range(6)))
    assert len(here.models.calls) == 6
    here.restart()
    seats = [here.seat(an_agent()) for _ in range(5)]
    here.together(*(_once(here, seat) for seat in seats))
    assert len(here.models.calls) == 7, "one probe, and the next pause is twice as long"
    here.models.script = here.models._prompter.script = Script(default=Reply(text="done"))
    here.restart()
    seats = [here.seat(an_agent()) for _ in range(5)]
    here.together(*(seat.attempt() for seat in seats))
    assert all(seat.of(ModelResponded) for seat in seats)
    told = [seat.of(LimitWaited)[0].limit for seat in seats if seat.of(LimitWaited)]
    assert set(told) == {"the breaker of 'scripted', whose calls fail"}


async def _once(here: Hall, seat: Seat) -> None:
    """Make one attempt, and give up after a while."""
    task = asyncio.ensure_future(Bench.attempt(seat))
    await asyncio.wait([task], timeout=8)
    task.cancel()
    await settled(task)


def test_probe_that_is_stopped_leaves_its_turn_to_another(hall: Any) -> None:
    """A run that is cancelled holds nobody up."""
    here = hall(model_calls=16, fault=refuses(503))
    here.together(*(here.seat(an_agent()).attempt() for _ in range(5)))
    here.models.script = here.models._prompter.script = Script(
        default=Reply(text="done", delay_seconds=30)
    )
    first, second = here.seat(an_agent()), here.seat(an_agent())

    async def play() -> None:
        task = asyncio.ensure_future(first.attempt())
        await here.clock.sleep(6)
        assert first.of(ModelRequested)
        other = asyncio.ensure_future(second.attempt())
        await here.clock.sleep(1)
        assert not second.of(ModelRequested)
        task.cancel()
        await settled(task)
        await other

    here.loop.run_until_complete(play())
    assert second.at(ModelRequested)[0] < 10


def test_tool_whose_other_side_is_gone_is_left_alone(hall: Any) -> None:
    """Until one call has tried it; what is wrong with the arguments does not count."""
    here = hall()
    here.trouble = RuntimeError("bad arguments")
    here.together(*(here.seat(a_tool_step("look")).attempt() for _ in range(9)))
    assert here.limits.may_use_at_once("look", None, here.seats[0].work(1))
    here.trouble = ConnectionError("gone")
    here.together(*(here.seat(a_tool_step("look")).attempt() for _ in range(5)))
    assert not here.limits.may_use_at_once("look", None, here.seats[0].work(1))
    here.trouble = None
    began = here.clock.monotonic()
    seats = [here.seat(a_tool_step("look")) for _ in range(4)]
    here.together(*(seat.attempt() for seat in seats))
    started = sorted(seat.at(ToolStarted)[0] - began for seat in seats)
    assert started[0] == pytest.approx(5.0, abs=0.5)
    assert started[1] >= started[0] + 1.0, "the others wait for the end of the first"
    assert all(seat.of(ToolSucceeded) for seat in seats)
    assert here.limits.may_use_at_once("look", None, here.seats[0].work(1))


def test_agent_that_waits_before_each_turn_has_no_more_turns_than_others(hall: Any) -> None:
    """It is one attempt, however often it was let go of."""
    here = hall(looks=9)
    seat = here.seat(an_agent("look", turns=3), limit=1)
    (outcome,) = here.together(seat.attempt())
    assert isinstance(outcome, FailedWith)
    assert outcome.error.type == "TurnsExhausted"
    assert [round(at) for at in seat.at(ModelRequested)] == [0, 60, 120]
