"""The retry budget: a storm against a server that is down dies down."""

import asyncio
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from mn_notebook.agents.retry_budget import BudgetedModels, RetryBudget
from mn_notebook.domain.events import ErrorInfo
from mn_notebook.domain.messages import Message, ModelProfile, ModelRequest
from mn_notebook.domain.policies import STEADY, retry_delay
from mn_notebook.errors import PermanentError, TransientError
from mn_notebook.ports import ModelClient
from mn_notebook.testing import (
    FakeClock,
    ModelFault,
    Reply,
    Script,
    ScriptedModel,
    VirtualTimeLoop,
)
from tests.unit.agents.bench import settled

DOWN = Script(default=Reply(fault=ModelFault(kind="status", status=503)))
REQUEST = ModelRequest(model="m", messages=(Message(role="user", content="hello"),))


def test_few_failures_wait_for_nothing() -> None:
    """What happens now and then is left to each step's own backoff."""
    budget = RetryBudget()
    for _ in range(10):
        budget, wait = budget.failed(now=0.0)
        assert wait is None


def test_each_further_failure_waits_longer() -> None:
    """One retry a second is all that an empty bucket allows."""
    budget, waits = RetryBudget(tokens=0), []
    for _ in range(4):
        budget, wait = budget.failed(now=0.0)
        waits.append(wait)
    assert waits == [1.0, 2.0, 3.0, 4.0]


def test_time_fills_the_bucket() -> None:
    """What was owed is paid off, and then it fills, to its brim and not beyond."""
    budget, _ = RetryBudget(tokens=0).failed(now=0.0)
    assert budget.failed(now=0.5)[1] == 1.5
    assert budget.failed(now=100.0)[0].tokens == 9.0


def test_successes_give_a_part_back() -> None:
    """Ten answers pay for one retry."""
    budget = RetryBudget(tokens=0)
    for _ in range(10):
        budget = budget.succeeded(now=0.0)
    budget, wait = budget.failed(now=0.0)
    assert wait is None
    assert budget.tokens == pytest.approx(0)


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 30)), max_size=80))
def test_bucket_is_neither_too_full_nor_too_deep_in_debt(
    steps: list[tuple[bool, float]],
) -> None:
    """Whatever happens, and also when a clock stands still; no wait is longer than the longest."""
    budget, now = RetryBudget(longest_wait_seconds=20), 0.0
    for failed, seconds in steps:
        now += seconds
        if failed:
            budget, wait = budget.failed(now=now)
            assert wait is None or 0 < wait <= 20
        else:
            budget = budget.succeeded(now=now)
        assert -20 <= budget.tokens <= budget.capacity


async def storm(models: ModelClient, clock: FakeClock, steps: int, seconds: float) -> None:
    """Let so many steps try as the engine would, with the retries that their journals say."""

    async def one(name: str) -> None:
        for failures in range(1, STEADY.attempts + 1):
            try:
                await models.complete(REQUEST, timeout_seconds=5)
            except TransientError as fault:
                error = ErrorInfo(
                    type="x", message="x", retry_after_seconds=fault.retry_after_seconds
                )
                delay = retry_delay(STEADY, error, failures, name)
                if delay is None:
                    return
                await clock.sleep(delay)

    tasks = [asyncio.ensure_future(one(f"step{number}")) for number in range(steps)]
    await asyncio.wait(tasks, timeout=seconds)
    for task in tasks:
        task.cancel()
    await settled(*tasks)


@pytest.mark.parametrize(("budgeted", "least", "most"), [(True, 1.0, 1.4), (False, 3.0, 3.0)])
def test_storm_against_a_dead_server_dies_down(budgeted: bool, least: float, most: float) -> None:
    """200 steps at once: within a minute their retries add a third to the load, not twice it."""
    clock = FakeClock()
    server = ScriptedModel(DOWN, clock=clock)
    models = BudgetedModels(server, clock) if budgeted else server
    with closing(VirtualTimeLoop(clock)) as loop:
        loop.run_until_complete(storm(models, clock, steps=200, seconds=60))
    assert least <= len(server.calls) / 200 <= most


async def test_wait_that_a_server_asks_for_is_kept_when_it_is_longer() -> None:
    """Both are lower bounds."""
    fault = ModelFault(kind="status", status=429, headers={"retry-after": "7"})
    models = BudgetedModels(ScriptedModel(Script(default=Reply(fault=fault))), FakeClock())
    waits = [await failure(models) for _ in range(20)]
    assert waits == [7.0] * 17 + [8.0, 9.0, 10.0]


async def failure(models: ModelClient) -> float | None:
    with pytest.raises(TransientError) as caught:
        await models.complete(REQUEST, timeout_seconds=5)
    return caught.value.retry_after_seconds


async def test_permanent_failures_cost_nothing() -> None:
    """They are not tried again."""
    refused = Reply(fault=ModelFault(kind="status", status=401))
    script = Script(replies=(refused,) * 50, default=DOWN.default)
    models = BudgetedModels(ScriptedModel(script), FakeClock())
    for _ in range(50):
        with pytest.raises(PermanentError):
            await models.complete(REQUEST, timeout_seconds=5)
    assert await failure(models) is None


async def test_each_server_has_a_budget_of_its_own() -> None:
    """A local model that is down holds up nobody else's retries."""

    class Two(ScriptedModel):
        @override
        def profile(self, model: str | None) -> ModelProfile:
            provider = "local" if model == "m" else "elsewhere"
            return super().profile(model).model_copy(update={"provider": provider})

    models = BudgetedModels(Two(DOWN), FakeClock())
    waits = [await failure(models) for _ in range(12)]
    assert waits[-1] == 2.0
    with pytest.raises(TransientError) as caught:
        await models.complete(REQUEST.model_copy(update={"model": "o"}), timeout_seconds=5)
    assert caught.value.retry_after_seconds is None
