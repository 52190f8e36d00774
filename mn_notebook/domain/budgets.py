"""Whether what comes next fits into the budgets of a run, and of the steps and graphs around it.

All is asked of the run's state alone, which its one owner folds: so no two calls are granted the
same money. What runs of a class, or all runs of a day, may spend is shared by processes and asked
where their announcement is written, see `mn_notebook.store.budgets`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from mn_notebook.domain.accounts import Account
from mn_notebook.domain.events import (
    BudgetLevel,
    BudgetRaised,
    BudgetReached,
    BudgetUnit,
    ModelRequested,
    Recorded,
    RunCreated,
    StepStarted,
)
from mn_notebook.domain.fold_scopes import inside
from mn_notebook.domain.ids import ROOT, NodePath, ScopePath, StepPath, step_of
from mn_notebook.domain.messages import Estimate
from mn_notebook.domain.state import RunState
from mn_notebook.domain.statuses import Owner
from mn_notebook.domain.workflow import AgentStep, Budget, WorkflowStep

DEFAULT = Budget(usd=Decimal(1), calls=200)
"""Of a run of which nobody says anything else."""
HINT_SHARE = 0.8
"""From so much on of any budget a run says how much is left."""


WORKING = ("agent", "tool", "python")
"""The kinds of steps that have attempts: what others take is their steps' time, or waiting."""


@dataclass(frozen=True, slots=True)
class Place:
    """Something that has a budget, and what it has spent of it."""

    level: BudgetLevel
    where: str
    budget: Budget
    account: Account


@dataclass(frozen=True, slots=True)
class Use:
    """How much of one limit is used."""

    unit: BudgetUnit
    counted: Decimal
    limit: Decimal

    @property
    def share(self) -> float:
        """Return the part that is used; above 1 when it is overdrawn."""
        return float(self.counted / self.limit) if self.limit else 1.0


def filled(*budgets: Budget | None) -> Budget:
    """Return one budget of several, each of which says what those before it leave open.

    >>> filled(Budget(calls=5), None, DEFAULT).calls, filled(Budget(calls=5), DEFAULT).usd
    (5, Decimal('1'))
    """
    said = [budget for budget in budgets if budget is not None]
    return Budget(
        **{
            name: next((getattr(one, name) for one in said if getattr(one, name) is not None), None)
            for name in Budget.model_fields
        }
    )


def granted(events: Iterable[Recorded]) -> Budget | None:
    """Return what a run may spend by what it was created with and what was given since.

    Of its other facts nothing is needed; the fold of all of them comes to the same.
    """
    budget: Budget | None = None
    for recorded in events:
        match recorded.event:
            case RunCreated(budget=first):
                budget = first
            case BudgetRaised(level="run", budget=more):
                said = more.model_dump(exclude_none=True)
                budget = (budget or Budget()).model_copy(update=said) if said else budget
            case _:
                pass
    return budget


GRANTING = ("run.created", "budget.raised")
"""The events that say what a run may spend."""


def places(state: RunState, node: NodePath) -> Iterator[Place]:
    """Yield what has a budget around a step, the step itself first and the run last."""
    here: NodePath | None = node
    while here is not None:
        progress = state.progress[here]
        step = state.step_at(here)
        if isinstance(step, AgentStep | WorkflowStep):
            budget = state.raised.get(("step", here), step.budget)
            if budget is not None:
                yield Place("step", here, budget, progress.account)
        scope = state.scopes[progress.scope]
        if scope.path == ROOT:
            break
        budget = state.raised.get(("workflow", scope.path), scope.workflow.budget)
        if budget is not None:
            yield Place("workflow", scope.path, budget, scope.account)
        here = state.instances[StepPath(scope.path)].node
    if state.budget is not None:
        yield Place("run", "", state.budget, state.account)


def place_of(state: RunState, level: str, where: str) -> Place | None:
    """Return what has a budget under a name; None: nothing has."""
    if level == "run":
        return None if state.budget is None else Place("run", "", state.budget, state.account)
    if level == "step" and where in state.progress:
        progress = state.progress[NodePath(where)]
        step = state.step_at(NodePath(where))
        own = step.budget if isinstance(step, AgentStep | WorkflowStep) else None
        budget = state.raised.get((level, where), own)
        return None if budget is None else Place("step", where, budget, progress.account)
    scope = state.scopes.get(ScopePath(where)) if level == "workflow" else None
    if scope is None:
        return None
    budget = state.raised.get((level, where), scope.workflow.budget)
    return None if budget is None else Place("workflow", where, budget, scope.account)


def uses(state: RunState, place: Place, now: datetime) -> tuple[Use, ...]:
    """Return how much of each limit of a budget is spent or reserved."""
    budget, account = place.budget, place.account
    found = []
    if budget.usd is not None:
        found.append(Use("usd", account.counted_usd, budget.usd))
    if budget.calls is not None:
        found.append(Use("calls", Decimal(account.calls), Decimal(budget.calls)))
    if budget.tokens is not None:
        found.append(Use("tokens", Decimal(account.counted_tokens), Decimal(budget.tokens)))
    if budget.seconds is not None:
        seconds = _decimal(worked_seconds(state, place.level, place.where, now))
        found.append(Use("seconds", seconds, _decimal(budget.seconds)))
    return tuple(found)


def shortage(state: RunState, events: Sequence[object], now: datetime) -> BudgetReached | None:
    """Return which budget the model call among these events does not fit into, or None.

    A call fits where what is spent, what is reserved and its own estimate together are not more
    than the limit. So a budget is overdrawn by what calls use beyond their estimates, and by
    nothing else.
    """
    started: StepStarted | None = None
    for event in events:
        if isinstance(event, StepStarted):
            started = event
        elif isinstance(event, ModelRequested):
            return _shortage(state, event, started, now)
    return None


def _shortage(
    state: RunState, event: ModelRequested, started: StepStarted | None, now: datetime
) -> BudgetReached | None:
    if state.reached is not None:
        return state.reached
    instance = state.instances.get(event.path)
    if instance is not None:
        node = instance.node
    else:
        node = (started.node if started is not None else None) or NodePath(step_of(event.path))
    for place in places(state, node):
        use = first_short(state, place, event.estimate, now)
        if use is not None:
            return BudgetReached(
                path=event.path,
                level=place.level,
                where=place.where,
                unit=use.unit,
                counted=use.counted,
                limit=use.limit,
                estimate=event.estimate,
                model=event.model,
            )
    return None


def first_short(
    state: RunState, place: Place, estimate: Estimate | None, now: datetime
) -> Use | None:
    """Return the first limit of a budget that a call does not fit into, or None."""
    if estimate is not None and estimate.usd is None and place.budget.unknown_price == "block":
        return Use("price", place.account.counted_usd, place.budget.usd or Decimal(0))
    wanted = {
        "usd": (estimate.usd or Decimal(0)) if estimate is not None else Decimal(0),
        "tokens": Decimal(estimate.tokens if estimate is not None else 0),
        "calls": Decimal(1),
        "seconds": Decimal(0),
    }
    for use in uses(state, place, now):
        full = use.counted >= use.limit if use.unit == "seconds" else False
        if full or use.counted + wanted[use.unit] > use.limit:
            return use
    return None


def out_of_time(state: RunState, node: NodePath, now: datetime) -> BudgetReached | None:
    """Return that the run's time is used up before a step begins, or None."""
    limit = state.budget.seconds if state.budget is not None else None
    if limit is None:
        return None
    seconds = worked_seconds(state, "run", "", now)
    if seconds < limit:
        return None
    return BudgetReached(
        path=StepPath(node), unit="seconds", counted=_decimal(seconds), limit=_decimal(limit)
    )


def counted_until(state: RunState, owner: Owner, now: datetime) -> datetime:
    """Return until when time under way counts: where a process is gone, to the last known of it."""
    return state.told_at or now if owner == "gone" else now


def worked_seconds(state: RunState, level: str, where: str, now: datetime) -> float:
    """Return how long something was under way: not while all of it waited, or was paused.

    Nor while no process owned the run: what was under way when one died counts until the last fact
    that it, or an attempt of it, has written.

    Of the run it is known from event to event. Of a step or a subworkflow it is reckoned from the
    stretches of its attempts, which takes the longer the more there are.
    """
    if level == "run":
        since = state.working_since
        going_on = 0.0 if since is None else max(0.0, (now - since).total_seconds())
        return state.worked_seconds + going_on
    node = NodePath(where) if level == "step" else state.instances[StepPath(where)].node
    spans = sorted(
        (span.start, span.end or now)
        for instance in inside(state, node)
        if level == "step" or instance.path.startswith(f"{where}/")
        for span in instance.spans
        if span.status not in ("waiting", "retrying")
        and state.step_at(instance.node).kind in WORKING
    )
    worked, reach = 0.0, None
    for start, end in spans:
        begin = start if reach is None or start > reach else reach
        if end > begin:
            worked += (end - begin).total_seconds()
            reach = end
    return worked


def closest(state: RunState, now: datetime) -> Use | None:
    """Return the limit of the run's own budget of which the most is used."""
    place = place_of(state, "run", "")
    return max(uses(state, place, now), key=lambda use: use.share) if place is not None else None


def _decimal(seconds: float) -> Decimal:
    return Decimal(str(round(seconds, 3)))
