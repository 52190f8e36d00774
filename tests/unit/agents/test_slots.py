"""Slots: so many at once, in order, and given back whatever happens."""

import asyncio
from collections.abc import Coroutine, Iterator
from typing import Any

import pytest

from mn_notebook.agents.slots import PROMISE_SECONDS, Slots
from mn_notebook.testing import FakeClock, VirtualTimeLoop
from tests.unit.agents.bench import settled


class Room:
    """Slots in a loop in which waiting takes no time, and who was inside when."""

    def __init__(self, total: int) -> None:
        self.clock = FakeClock()
        self.slots = Slots(total, self.clock)
        self.inside: list[str] = []
        self.most = 0
        self.entered: list[tuple[str, float]] = []
        self._loop = VirtualTimeLoop(self.clock)

    def run(self, work: Coroutine[Any, Any, Any]) -> None:
        self._loop.run_until_complete(work)

    def close(self) -> None:
        self._loop.close()

    async def visit(self, name: str, seconds: float = 1.0, fault: Exception | None = None) -> None:
        async with self.slots.hold(name):
            self.entered.append((name, round(self.clock.monotonic(), 3)))
            self.inside.append(name)
            self.most = max(self.most, len(self.inside))
            try:
                await self.clock.sleep(seconds)
                if fault is not None:
                    raise fault
            finally:
                self.inside.remove(name)


@pytest.fixture
def room() -> Iterator[Room]:
    made = Room(2)
    yield made
    made.close()


def test_no_more_are_inside_than_there_are_slots_and_all_get_their_turn(room: Room) -> None:
    """In the order in which they came."""

    async def crowd() -> None:
        async with asyncio.TaskGroup() as group:
            for number in range(7):
                group.create_task(room.visit(f"v{number}"))

    room.run(crowd())
    assert room.most == 2
    assert [name for name, _ in room.entered] == [f"v{number}" for number in range(7)]
    assert room.slots.busy == 0


def test_slot_is_given_back_after_a_fault(room: Room) -> None:
    """Whatever happens inside."""

    room.run(settled(*(room.visit(f"v{n}", fault=ValueError()) for n in range(5))))
    assert room.slots.busy == 0
    assert len(room.entered) == 5


@pytest.mark.parametrize("seconds", [0.5, 1.0, 1.5])
def test_who_is_cancelled_takes_no_slot_along(room: Room, seconds: float) -> None:
    """While it waits, at the moment of its turn, and inside."""

    async def crowd() -> None:
        tasks = [asyncio.ensure_future(room.visit(f"v{n}")) for n in range(6)]
        await room.clock.sleep(seconds)
        for task in tasks[2:4]:
            task.cancel()
        await settled(*tasks)

    room.run(crowd())
    assert room.slots.busy == 0
    assert {"v4", "v5"} <= {name for name, _ in room.entered}


def test_promise_keeps_a_slot_for_its_holder(room: Room) -> None:
    """Others find it taken; its holder enters at once, and gives it back in the end."""
    assert room.slots.promise("a")
    assert room.slots.promise("a"), "the same one may ask twice"
    assert room.slots.promise("b")
    assert not room.slots.promise("c")
    room.run(room.visit("a"))
    assert room.entered == [("a", 0.0)]
    assert room.slots.busy == 1
    room.slots.give_back("b")
    room.slots.give_back("b")
    assert room.slots.busy == 0


def test_promise_is_not_made_ahead_of_who_waits(room: Room) -> None:
    """Who came first is served first."""

    async def crowd() -> None:
        async with asyncio.TaskGroup() as group:
            for number in range(3):
                group.create_task(room.visit(f"v{number}", seconds=1.0 + number))
            await room.clock.sleep(0.5)
            assert not room.slots.promise("late")

    room.run(crowd())


def test_promise_that_nobody_comes_for_is_void_after_a_while(room: Room) -> None:
    """An attempt that was never launched does not keep others out for ever."""
    assert room.slots.promise("lost")
    assert room.slots.promise("lost too")
    room.run(room.visit("a"))
    assert room.entered == [("a", PROMISE_SECONDS)]
    assert room.slots.busy == 0
