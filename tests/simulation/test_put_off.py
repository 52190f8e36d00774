"""Two hundred calls at once, and a server that has room for few of them in each minute."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from typing_extensions import override

from mn_notebook.agents.retry_budget import BudgetedModels
from mn_notebook.domain.events import StepFailed
from mn_notebook.domain.messages import ModelAnswer, ModelProfile, ModelRequest
from mn_notebook.domain.policies import MOST_PUT_OFFS
from mn_notebook.errors import TransientError
from mn_notebook.ports import Clock, ModelClient
from mn_notebook.testing.simulation import CrashAt
from tests.simulation import simulation as simulated
from tests.simulation.cases import Case, agent, each, workflow
from tests.simulation.simulation import Simulation

ATTEMPTS = 3
"""Those of an agent that says nothing."""
PER_MINUTE = 60


class Crowded(ModelClient):
    """Answers so many calls in each minute, and HTTP 429 to all others."""

    def __init__(self, inner: ModelClient, clock: Clock, room: int, says: str) -> None:
        self._inner, self._clock, self._room, self._says = inner, clock, room, says
        self._answered: Counter[int] = Counter()
        self.refused = 0

    @override
    def profile(self, model: str | None) -> ModelProfile:
        return self._inner.profile(model)

    @override
    async def complete(
        self,
        request: ModelRequest,
        *,
        timeout_seconds: float,
        call_id: str | None = None,
        on_text: Callable[[str], None] | None = None,
    ) -> ModelAnswer:
        now = self._clock.monotonic()
        minute = int(now // 60)
        if self._answered[minute] >= self._room:
            self.refused += 1
            left = (minute + 1) * 60 - now
            seconds = {"when": left, "soon": 1.0}.get(self._says)
            raise TransientError("HTTP 429", retry_after_seconds=seconds, too_fast=True)
        self._answered[minute] += 1
        await self._clock.sleep(0.5)
        return await self._inner.complete(
            request, timeout_seconds=timeout_seconds, call_id=call_id, on_text=on_text
        )

    @override
    async def aclose(self) -> None:
        await self._inner.aclose()


def crowd(
    items: int, room: int, says: str, crashes: Sequence[CrashAt] = ()
) -> tuple[Simulation, list[Crowded]]:
    """Prepare a run that asks for each of so many items, all at once."""
    over = f"[{', '.join(str(number) for number in range(items))}]"
    case = Case(workflow(agent("fan", each=each(over))), seed=1, slow=False)
    simulation, servers = Simulation(case, crashes=crashes), list[Crowded]()
    models = simulation.outside.models

    def crowded(number: int, line: Any) -> ModelClient:
        server = Crowded(models(number, line), simulation.clock, room, says)
        servers.append(server)
        return BudgetedModels(server, simulation.clock)

    simulation.outside.models = crowded  # type: ignore[assignment, method-assign]
    return simulation, servers


def put_offs(simulation: Simulation) -> Counter[str]:
    """Return how often each item was put off in all."""
    return Counter(
        recorded.event.path
        for recorded in simulation.witness.events
        if isinstance(recorded.event, StepFailed) and recorded.event.put_off
    )


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time is simulated: let it be hours."""
    monkeypatch.setattr(simulated, "MOST_SECONDS", 40_000.0)


@pytest.mark.parametrize("says", ["when", "soon", "nothing"])
def test_a_fan_out_waits_until_its_server_has_room(says: str) -> None:
    """Whether it says when, says it wrongly, or says nothing: no step fails for want of attempts.

    Where it does not say when, some are refused more often than they have attempts.
    """
    simulation, servers = crowd(200, PER_MINUTE, says)
    simulation.run()
    assert simulation.state.phase == "succeeded"
    assert servers[0].refused >= 5, "the server had room for all"
    assert servers[0].refused <= 60, "it was asked again and again"
    assert not any(one.failures for one in simulation.state.instances.values())
    most = max(put_offs(simulation).values())
    assert most <= MOST_PUT_OFFS
    if says == "soon":
        assert most >= ATTEMPTS, "attempts would have been enough"


def test_a_server_that_never_has_room_is_given_up() -> None:
    """After an hour or twenty times, and the attempts after that; whoever dies meanwhile."""
    crashes = [CrashAt(commit, "after") for commit in (9, 12, 15)]
    simulation, servers = crowd(2, 0, "soon", crashes)
    simulation.run()
    assert len(servers) > len(crashes)
    assert simulation.state.phase == "failed"
    assert sum(server.refused for server in servers) <= 2 * (MOST_PUT_OFFS + ATTEMPTS) + 6
    assert max(put_offs(simulation).values()) >= 8
    assert max(one.failures for one in simulation.state.instances.values()) == ATTEMPTS
