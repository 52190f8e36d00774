"""The public doubles of time, chance and crashes."""

import asyncio
import functools
import sqlite3
from typing import Any

import pytest

from mn_notebook.testing import (
    Crash,
    CrashAt,
    FakeClock,
    NothingWillHappen,
    SequentialIds,
    SimulatedWriter,
    VirtualTimeLoop,
)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def loop(clock: FakeClock):
    made = VirtualTimeLoop(clock)
    yield made
    made.close()


def test_waiting_in_a_virtual_loop_takes_no_time_and_the_clock_knows_of_it(clock, loop):
    """A day passes at once, to the second."""
    before = clock.now()
    loop.run_until_complete(clock.sleep(86_400))
    assert clock.monotonic() == pytest.approx(86_400)
    assert (clock.now() - before).total_seconds() == pytest.approx(86_400)


def test_tasks_wake_in_the_order_of_their_times(clock, loop):
    """As they would in a real loop."""
    woken: list[float] = []

    async def wake_after(seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append(seconds)

    async def all_of_them() -> None:
        async with asyncio.TaskGroup() as group:
            for seconds in (3.0, 0.5, 1.0, 0.0):
                group.create_task(wake_after(seconds))

    loop.run_until_complete(all_of_them())
    assert woken == [0.0, 0.5, 1.0, 3.0]


def test_a_loop_in_which_nothing_can_happen_says_so(loop):
    """Instead of hanging."""
    with pytest.raises(NothingWillHappen):
        loop.run_until_complete(loop.create_future())


def test_a_clock_that_jumps_does_not_move_the_monotonic_side(clock):
    """As on a real machine."""
    before = clock.now()
    clock.jump(-3600)
    assert (clock.now() - before).total_seconds() == -3600
    assert clock.monotonic() == 0


def test_ids_repeat_with_their_prefix_and_never_collide():
    """16 letters and digits each."""
    ids, again, others = SequentialIds("a"), SequentialIds("a"), SequentialIds("b")
    made = [ids.new() for _ in range(2_000)]
    assert made == [again.new() for _ in range(2_000)]
    assert len({*made, *(others.new() for _ in range(2_000))}) == 4_000
    assert {len(name) for name in made} == {16}


class Inner:
    """Remembers what was committed."""

    def __init__(self) -> None:
        self.trouble: str | None = None
        self.commits: list[Any] = []

    def call(self, operation: Any) -> Any:
        results = operation(None)
        self.commits.append(results)
        return results

    def close(self) -> None:
        """There is nothing to close."""


def given(number: int, _cursor: Any) -> int:
    return number


def submit_three(writer: SimulatedWriter, told: list[Any]) -> Any:
    async def go() -> None:
        for number in range(3):
            writer.submit(functools.partial(given, number), lambda result, _: told.append(result))
        await asyncio.sleep(1)  # noqa: TID251 - in virtual time

    return go()


def test_what_comes_together_shares_a_commit_and_is_told_in_order(loop):
    """As with the real writer."""
    inner, told = Inner(), list[int]()
    loop.run_until_complete(submit_three(SimulatedWriter(inner), told))
    assert inner.commits == [[0, 1, 2]]
    assert told == [0, 1, 2]


@pytest.mark.parametrize(("side", "commits"), [("before", []), ("after", [[0, 1, 2]])])
def test_a_crash_ends_the_process_on_the_chosen_side_of_a_commit(loop, side: Any, commits: Any):
    """Nobody is told in either case, and a dead writer takes nothing more."""
    inner, told = Inner(), list[int]()
    writer = SimulatedWriter(inner, crash_at=CrashAt(1, side))
    with pytest.raises(Crash):
        loop.run_until_complete(submit_three(writer, told))
    writer.submit(lambda _cursor: 9, lambda result, _: told.append(result))
    with pytest.raises(Crash):
        writer.call(lambda _cursor: 9)
    assert inner.commits == commits
    assert told == []
    for task in asyncio.all_tasks(loop):
        task.cancel()
    loop.run_until_complete(clock_tick())


async def clock_tick() -> None:
    await asyncio.sleep(0)  # noqa: TID251 - in virtual time


def test_a_store_that_balks_keeps_what_it_was_given(loop):
    """And says why, until it does not balk any more."""
    inner, told = Inner(), list[int]()
    tries = [sqlite3.OperationalError("full"), sqlite3.OperationalError("full")]
    troubles: list[str | None] = []

    def balks(_commit: int) -> Exception | None:
        troubles.append(writer.trouble)
        return tries.pop() if tries else None

    writer = SimulatedWriter(inner, balks=balks)
    loop.run_until_complete(submit_three(writer, told))
    assert told == [0, 1, 2]
    assert troubles == [None, "full", "full"]
    assert writer.trouble is None
