"""Calls of a tool that is not thread-safe are never made side by side."""

import asyncio
import threading
from typing import Any

import pytest

from mn_notebook.agents.calling import call
from mn_notebook.agents.lanes import Lane
from mn_notebook.agents.timing import within


class Machine:
    """Notices whether two calls are made at the same time."""

    def __init__(self) -> None:
        self.inside = 0
        self.most = 0
        self.done: list[int] = []
        self.go_on = threading.Event()
        self.begun = threading.Event()

    def work(self, number: int) -> int:
        self.inside += 1
        self.most = max(self.most, self.inside)
        self.begun.set()
        if number == 0:
            self.go_on.wait(5)
        self.inside -= 1
        self.done.append(number)
        return number


async def some_rounds(*waiting: "asyncio.Future[Any]") -> None:
    for _ in range(20):
        await asyncio.wait(waiting, timeout=0)


async def in_turn(lane: Lane, machine: Machine, number: int, **timed: Any) -> Any:
    turn = await lane.take()
    try:
        made = lane.through(call)(machine.work, {"number": number})
        return (await within(timed.get("seconds"), made)).value
    finally:
        turn.end()


async def test_a_call_waits_for_one_that_timed_out_and_goes_on() -> None:
    """Nobody waits for the first any more; the second begins when it has really ended."""
    lane, machine = Lane(), Machine()
    with pytest.raises(TimeoutError, match=r"had not returned after 0\.01 s"):
        await in_turn(lane, machine, 0, seconds=0.01)
    machine.begun.wait(5)
    assert lane.busy
    second = asyncio.ensure_future(in_turn(lane, machine, 1))
    await some_rounds(second)
    assert not second.done()
    machine.go_on.set()
    assert await second == 1
    assert machine.done == [0, 1]
    assert machine.most == 1
    assert not lane.busy


async def test_turns_are_given_in_order_and_none_is_lost() -> None:
    """Who is cancelled while it waits, or before it calls, does not hold up the others."""
    lane, machine = Lane(), Machine()
    machine.go_on.set()
    turn = await lane.take()
    waiting = [asyncio.ensure_future(in_turn(lane, machine, n)) for n in (1, 2, 3)]
    await some_rounds(*waiting)
    waiting[1].cancel()
    turn.end()  # without a call
    assert [await waiting[0], await waiting[2]] == [1, 3]
    assert waiting[1].cancelled()
    assert machine.done == [1, 3]
    assert not lane.busy


async def test_who_is_cancelled_as_its_turn_comes_hands_it_on() -> None:
    """The turn that was just given reaches the next one."""
    lane = Lane()
    turn = await lane.take()
    first = asyncio.ensure_future(lane.take())
    second = asyncio.ensure_future(lane.take())
    await some_rounds(first, second)
    turn.end()
    first.cancel()
    (await second).end()
    assert not lane.busy


async def test_a_function_that_raises_or_cannot_be_called_leaves_the_lane() -> None:
    """Whatever happens to a call, the next one gets its turn."""
    lane, machine = Lane(), Machine()
    machine.go_on.set()
    turn = await lane.take()
    with pytest.raises(TypeError):
        await lane.through(call)(machine.work, {"nonsense": 1})
    turn.end()
    assert await in_turn(lane, machine, 5) == 5
