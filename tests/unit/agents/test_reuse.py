"""Identical calls: what names them, who waits for whom, and what is taken over."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from mn_notebook.agents.endpoints import ConfiguredEndpoints
from mn_notebook.agents.reuse import Reuse, Sought
from mn_notebook.domain.events import ModelResponded, ToolSucceeded
from mn_notebook.domain.ids import CallId, NodePath, RunId, StepPath
from mn_notebook.domain.messages import Message, ModelProfile, ModelRequest, Price
from mn_notebook.domain.values import Stored
from mn_notebook.domain.workflow import AgentStep, Cache, ForEach, Workflow
from mn_notebook.ports import Remembered, Work
from mn_notebook.testing.doubles import FakeClock

PROFILE = ModelProfile(name="m", provider="p")


def request(text: str = "hi", **more: Any) -> ModelRequest:
    return ModelRequest(model="m", messages=(Message(role="user", content=text),), **more)


def work(run: str = "run1", item: int = 0, **step: Any) -> Work:
    made = AgentStep.model_validate({"name": "ask", "prompt": "p", **step})
    return Work(
        run_id=RunId(run),
        path=StepPath(f"ask[{item}]"),
        step=made,
        attempt=1,
        input={},
        calls=(),
        call_count=0,
        authorised=(),
        workflow=Workflow(name="w", group="w", steps=(made,)),
        node=NodePath("ask"),
    )


def items(run: str = "run1", item: int = 0, **more: Any) -> Work:
    return work(run, item, for_each=ForEach(over="[1]"), names_item=True, **more)


def answered(name: str, text: str = "yes") -> ModelResponded:
    return ModelResponded(
        path=StepPath("ask[0]"),
        call_id=CallId("ask[0]!1"),
        message=Stored(value=text),
        finish_reason="stop",
        model="m",
        provider="p",
        usage=None,
        price=Price(usd=Decimal("0.01"), source="test"),
        latency_seconds=1.0,
        remembered=name,
    )


def name_of(one: Work, asked: ModelRequest | None = None) -> str:
    sought = Reuse(FakeClock()).of_model(one, PROFILE, asked or request())
    assert sought is not None
    return sought.name


@contextmanager
def untimed() -> Iterator[None]:
    yield


def test_items_share_within_one_run_and_one_pass() -> None:
    """Nobody else finds them."""
    assert name_of(items(item=0)) == name_of(items(item=1))
    assert name_of(items("run1")) != name_of(items("run2"))
    again = Work(**{**_fields(items()), "iteration": 2})
    assert name_of(items()) != name_of(again)


def _fields(one: Work) -> dict[str, Any]:
    return {name: getattr(one, name) for name in Work.__dataclass_fields__}


@pytest.mark.parametrize(
    "one",
    [
        pytest.param(work(), id="no items"),
        pytest.param(work(for_each=ForEach(over="[1]")), id="the prompt does not name the item"),
        pytest.param(items(cache=Cache(scope="off")), id="cache off"),
    ],
)
def test_what_is_never_shared(one: Work) -> None:
    """It is not even remembered."""
    reuse = Reuse(FakeClock())
    assert reuse.of_model(one, PROFILE, request()) is None
    assert not reuse.may_find(one)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(request("ho"), id="another message"),
        pytest.param(request(temperature=0.5), id="another temperature"),
        pytest.param(request(max_tokens=9), id="another bound"),
        pytest.param(request(response_schema={"type": "object"}), id="another shape"),
    ],
)
def test_every_part_of_a_request_is_in_its_name(other: ModelRequest) -> None:
    """Byte for byte."""
    shared = work(cache=Cache(scope="run"))
    assert name_of(shared) != name_of(shared, other)


def test_server_is_in_the_name() -> None:
    """The same model elsewhere is another one."""
    reuse, shared = Reuse(FakeClock()), work(cache=Cache(scope="store"))
    elsewhere = ModelProfile(name="m", provider="q")
    here, there = (reuse.of_model(shared, one, request()) for one in (PROFILE, elsewhere))
    assert here is not None
    assert there is not None
    assert here.name != there.name


def test_servers_of_one_host_are_told_apart() -> None:
    """By their ports and paths: each may have loaded a model of its own under the same name."""
    reuse, shared = Reuse(FakeClock()), work(cache=Cache(scope="store"))
    profiles = (
        ConfiguredEndpoints(url, None, "m", None).profile(None)
        for url in ("http://127.0.0.1:8080/v1", "http://127.0.0.1:9090/v1", "http://127.0.0.1/a")
    )
    found = [reuse.of_model(shared, profile, request()) for profile in profiles]
    assert len({one.name for one in found if one is not None}) == 3


@pytest.mark.parametrize(("scope", "shared"), [("run", True), ("store", False)])
def test_what_a_server_has_loaded_is_not_the_same_model_in_another_run(
    scope: Any, *, shared: bool
) -> None:
    """Nobody said which one it is, and by then it may be another."""
    reuse, asks = Reuse(FakeClock()), work(cache=Cache(scope=scope))
    profile = ConfiguredEndpoints("http://127.0.0.1:8080/v1", None, None, None).profile(None)
    assert (reuse.of_model(asks, profile, request()) is not None) is shared
    named = ConfiguredEndpoints("http://127.0.0.1:8080/v1", None, "m", None).profile(None)
    assert reuse.of_model(asks, named, request()) is not None


async def test_who_comes_second_waits_and_finds() -> None:
    """One call is made for all that want it at the same time."""
    reuse = Reuse(FakeClock())
    sought = Sought("name", RunId("run1"), None)
    made: list[str] = []
    found: list[str] = []

    async def ask(item: int) -> None:
        async with reuse.alone(sought, untimed) as known:
            if known is not None:
                found.append(str(known.of.event.call_id))
                return
            made.append(str(item))
            turn = asyncio.Event()
            asyncio.get_running_loop().call_soon(turn.set)
            await turn.wait()
            reuse.remember(sought, items(item=item), answered("name"))

    async with asyncio.TaskGroup() as group:
        for item in range(5):
            group.create_task(ask(item))
    assert len(made) == 1
    assert len(found) == 4
    assert reuse._locks == {}


async def test_failed_call_is_made_by_the_next_one() -> None:
    """Nothing is remembered of it, and nobody waits for ever."""
    reuse = Reuse(FakeClock())
    sought = Sought("name", RunId("run1"), None)
    with pytest.raises(ValueError, match="no"):
        async with reuse.alone(sought, untimed):
            raise ValueError("no")
    async with reuse.alone(sought, untimed) as known:
        assert known is None


async def test_answer_that_may_not_be_taken_over_is_not_remembered() -> None:
    """It was cut off, or filtered."""
    reuse = Reuse(FakeClock())
    sought = Sought("name", RunId("run1"), None)
    reuse.remember(sought, items(), answered(""))
    async with reuse.alone(sought, untimed) as known:
        assert known is None


class Shelf:
    """A memory of one outcome."""

    def __init__(self, *known: Remembered) -> None:
        self.known = known
        self.asked: list[tuple[str, RunId | None, datetime | None]] = []

    def find(self, name: str, *, run_id: RunId | None, since: datetime | None) -> Remembered | None:
        self.asked.append((name, run_id, since))
        return next((one for one in self.known if run_id in (None, one.run_id)), None)


async def test_memory_is_asked_for_what_is_recent_enough() -> None:
    """A duration is counted back from now."""
    clock = FakeClock()
    shelf = Shelf(Remembered(RunId("old"), clock.now(), answered("name")))
    reuse = Reuse(clock, shelf)
    one = work(cache=Cache(scope="store", max_age_seconds=60))
    sought = reuse.of_model(one, PROFILE, request())
    assert sought is not None
    async with reuse.alone(sought, untimed) as known:
        assert known is not None
        assert known.of.run_id == "old"
    assert shelf.asked == [(sought.name, None, clock.now() - timedelta(seconds=60))]


async def test_what_is_done_again_is_made_again_and_remembered_for_others() -> None:
    """It looks for nothing."""
    shelf = Shelf(Remembered(RunId("run1"), FakeClock().now(), answered("name")))
    reuse = Reuse(FakeClock(), shelf)
    again = Work(**{**_fields(work(cache=Cache(scope="run"))), "iteration": 2})
    sought = reuse.of_model(again, PROFILE, request())
    assert sought is not None
    async with reuse.alone(sought, untimed) as known:
        assert known is None
    assert shelf.asked == []
    assert not reuse.may_find(again)


def test_recent_outcomes_are_bounded() -> None:
    """A long run does not fill the memory of its process."""
    reuse = Reuse(FakeClock())
    for number in range(1_500):
        sought = Sought(f"n{number}", RunId("run1"), None)
        event = ToolSucceeded(
            path=StepPath("a"),
            call_id=CallId("a!1"),
            output=Stored(value=1),
            latency_seconds=0.0,
            remembered="n",
        )
        reuse.remember(sought, work(), event)
    assert len(reuse._recent) == 1_000
