"""Lets a storm of retries die down: a server that fails is tried again ever more seldom.

Modelled on the retry throttling of gRPC (proposal A6, "Client Retries": a failure takes a token, a
success gives a part of one back, and without tokens nothing is retried) and on the retry budgets of
Finagle, whose bucket also refills with time. Here a retry is an entry in a journal, so it is not
dropped but put off: until the bucket will have a token for it.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from typing_extensions import override

from mn_notebook.agents.limits import server_of
from mn_notebook.agents.loads import LocalLoads, SharedRows
from mn_notebook.domain.messages import ModelAnswer, ModelProfile, ModelRequest
from mn_notebook.errors import StoreError, TransientError
from mn_notebook.ports import Clock, LoadRow, LoadRows, Loads, ModelClient

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RetryBudget:
    """A bucket of tokens; each retry needs one, and may be owed one that has not come yet.

    >>> budget, wait = RetryBudget(tokens=1.0).failed(now=0.0)
    >>> wait is None
    True
    >>> budget, first = budget.failed(now=0.0)
    >>> budget, second = budget.failed(now=0.0)
    >>> first, second
    (1.0, 2.0)
    >>> budget.failed(now=3.0)[1]
    """

    tokens: float = 10.0
    """Below 0: so many retries wait for theirs."""
    at: float = 0.0
    """When that was so; a clock that was put back since lets no time pass."""
    capacity: float = 10.0
    success_gives: float = 0.1
    refill_per_second: float = 1.0
    longest_wait_seconds: float = 600.0
    """Debts do not grow beyond what this time pays off."""

    def failed(self, *, now: float) -> tuple["RetryBudget", float | None]:
        """Take a token for the retry; return how long to wait for one that is not there yet."""
        floor = -self.longest_wait_seconds * self.refill_per_second
        tokens = max(floor, self._filled(now) - 1)
        wait = -tokens / self.refill_per_second if tokens < -_NOTHING else None
        return replace(self, tokens=tokens, at=now), wait

    def succeeded(self, *, now: float) -> "RetryBudget":
        """Give a part of a token back."""
        tokens = min(self.capacity, self._filled(now) + self.success_gives)
        return replace(self, tokens=tokens, at=now)

    def _filled(self, now: float) -> float:
        elapsed = max(0.0, now - self.at)
        return min(self.capacity, self.tokens + elapsed * self.refill_per_second)


_NOTHING = 1e-9
"""Less than any part of a token: what rounding leaves."""


class BudgetedModels(ModelClient):
    """A model client whose transient failures say how long their server's retry budget needs.

    There is one budget for each server, shared by all processes of a store; it outlives them.
    """

    def __init__(self, inner: ModelClient, clock: Clock, loads: Loads | None = None) -> None:
        self._inner = inner
        self._clock = clock
        self._rows = SharedRows(loads or LocalLoads(), lambda _changed: None)
        self._low: set[str] = set()
        """Servers whose budget this process has drawn upon: their answers pay it back."""

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
        server = server_of(self.profile(request.model))
        try:
            answer = await self._inner.complete(
                request, timeout_seconds=timeout_seconds, call_id=call_id, on_text=on_text
            )
        except TransientError as fault:
            await self._failed(server, fault)
            raise
        if server in self._low:
            self._succeeded(server)
        return answer

    @override
    async def aclose(self) -> None:
        await self._inner.aclose()

    async def _failed(self, server: str, fault: TransientError) -> None:
        """Let the failure's retry wait at least until the budget has a token for it."""
        key, waits = budget_key(server), list[float | None]()
        self._low.add(server)

        def change(rows: LoadRows) -> LoadRows:
            budget, wait = _budget(rows.get(key), self._now()).failed(now=self._now())
            waits[:] = [wait]
            return {key: _row(budget)}

        try:
            await self._rows.change([key], change)
        except StoreError as trouble:  # The failure of the call is what counts.
            _log.warning("%s", trouble, extra={"run_id": None, "step_id": None})
        if waits and waits[0] is not None:
            fault.retry_after_seconds = max(waits[0], fault.retry_after_seconds or 0.0)

    def _succeeded(self, server: str) -> None:
        key = budget_key(server)

        def change(rows: LoadRows) -> LoadRows:
            budget = _budget(rows.get(key), self._now()).succeeded(now=self._now())
            if budget.tokens < budget.capacity:
                return {key: _row(budget)}
            self._low.discard(server)
            return {key: None}

        self._rows.change_later([key], change)

    def _now(self) -> float:
        return self._clock.now().timestamp()


def budget_key(server: str) -> str:
    """Name the row of a server's budget."""
    return f"budget:{server}"


def _budget(row: LoadRow | None, now: float) -> RetryBudget:
    tokens, at = (row or {}).get("tokens"), (row or {}).get("at")
    if not isinstance(tokens, int | float) or not isinstance(at, int | float):
        return RetryBudget(at=now)
    return RetryBudget(tokens=float(tokens), at=min(float(at), now))


def _row(budget: RetryBudget) -> LoadRow:
    full_again = (budget.capacity - budget.tokens) / budget.refill_per_second
    return {"tokens": budget.tokens, "at": budget.at, "until": budget.at + full_again}
