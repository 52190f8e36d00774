"""What is known of a run's cost before it begins: from runs before it, or from its definition."""

from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict

from mn_notebook.domain.events import BudgetUnit
from mn_notebook.domain.workflow import Budget


class _Known(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class MoneyRange(_Known):
    """Dollars: what is typical, and from where to where."""

    typical: Decimal
    """The median."""
    low: Decimal
    high: Decimal


class CountRange(_Known):
    """A number of things: what is typical, and from where to where."""

    typical: int
    low: int
    high: int


class TimeRange(_Known):
    """Seconds: what is typical, and from where to where."""

    typical: float
    low: float
    high: float


class PastCosts(_Known):
    """What runs of the workflow have cost that succeeded, did all of it and paid for all of it."""

    runs: int
    """So many were looked at."""
    version: Literal["this", "earlier"] = "this"
    """``earlier``: none has had the present definition; these had the same steps that ask models.
    """
    scripted: bool = False
    """Scripted models answered: the figures prove nothing about real ones."""
    usd: MoneyRange | None = None
    """None: nobody knows the price of any of them."""
    usd_runs: int = 0
    """So many have a price that is known in full; ``usd`` is theirs."""
    tokens: CountRange | None = None
    calls: CountRange | None = None
    """Model calls."""
    seconds: TimeRange | None = None
    """Under way: not while all of a run waited for a person, for time or for a process."""
    spared: int = 0
    """So many took over answers of other runs, which count here as if they had been paid."""
    middle: bool = False
    """The ranges leave out a tenth of the runs at either end."""
    scaled: bool = False
    """The figures are those that the runs would have had with as many items as this one has."""
    items: int | None = None
    """So many items the run has whose number is known before it."""
    items_then: CountRange | None = None
    """So many they had."""
    unscaled_for: tuple[str, ...] = ()
    """Steps whose number of items is not known before a run: nothing is scaled for their sake."""

    @property
    def is_unlike(self) -> bool:
        """Tell whether this run has more or fewer items than all of them, and nothing is scaled."""
        then = self.items_then
        if self.scaled or self.items is None or then is None:
            return False
        return not then.low <= self.items <= then.high


class Unfinished(_Known):
    """Runs of the workflow that failed or were stopped; what they cost is no run's cost."""

    runs: int = 0
    usd: MoneyRange | None = None
    """Of those whose price is known."""


class Reckoned(_Known):
    """What something is reckoned to use at most."""

    calls: int
    tokens: int | None
    """None: it depends on how long values are that are not known yet."""
    usd: Decimal | None
    """None: nobody knows the price, or the tokens."""


class StepReckoned(_Known):
    """A step that asks a model, or calls a workflow that does, reckoned from its definition."""

    step: str
    model: str
    """'' where it calls a workflow, or no model is configured."""
    units: int | None
    """So often it is done: 1, or for each item; None: how many items there are is not known yet."""
    over: str
    """What its items are those of; '' where it has none."""
    once: Reckoned
    """One unit, if each agent answers at once, and those with tools use them once."""
    most: Reckoned
    """One unit with all attempts, turns, re-asks, iterations and rejections."""


class Bound(_Known):
    """What a run is reckoned to use from its definition alone."""

    steps: tuple[StepReckoned, ...]
    once: Reckoned
    """If each agent answers at once; without the steps whose items are not known."""
    most: Reckoned | None
    """If everything goes wrong that may; None: nothing but the budget bounds it."""
    free: bool = False
    """Every model in use costs nothing."""
    unpriced: tuple[str, ...] = ()
    """Models of which nobody knows the price."""
    longer: tuple[str, ...] = ()
    """Steps whose values go into prompts, and whose length is not known yet."""

    @property
    def open(self) -> tuple[StepReckoned, ...]:
        """Return the steps whose number of items is not known yet."""
        return tuple(step for step in self.steps if step.units is None)


class DailyLeft(_Known):
    """What is left today (UTC) of a budget that many runs share."""

    workflow_class: str
    """Whose it is; '': all runs'."""
    limit: Budget
    """As people have raised it for the day."""
    left: Budget
    """Neither spent nor reserved by any run of the store."""


class CostPreview(_Known):
    """What is known of a run's cost before it begins."""

    workflow: str
    version: str
    """The short hash of the definition."""
    models: tuple[str, ...]
    """Those that its steps ask; none: no model is configured."""
    scripted: bool
    """They are scripted."""
    budget: Budget
    """The most that it may spend before it asks."""
    daily: tuple[DailyLeft, ...] = ()
    """What is left of the budgets of the day and of its class; none: nothing bounds these."""
    past: PastCosts | None = None
    """None: there is no run that it can be compared with."""
    unfinished: Unfinished = Unfinished()
    left_out: tuple[str, ...] = ()
    """Which runs are not counted, such as ``2 reruns that took over finished steps``."""
    bound: Bound | None = None
    """None: nobody looked, because there are runs to go by."""
    line: str = ""
    """All of it in one line."""
    so_far: str = ""
    """What its runs have cost: ``3 runs: $0.02 to $0.05, 1 min to 2 min``; '' without any."""
    told: tuple[str, ...] = ()
    """All of it in sentences."""

    @property
    def typical(self) -> tuple[tuple[BudgetUnit, Decimal | int | None], ...]:
        """Return what a run is expected to use of everything; None: nobody knows."""
        past, bound = self.past, self.bound
        usd, calls, tokens = None, None, None
        if past is not None and not past.is_unlike:
            usd = None if past.usd is None else past.usd.typical
            calls = None if past.calls is None else past.calls.typical
            tokens = None if past.tokens is None else past.tokens.typical
        elif bound is not None:
            usd, calls, tokens = bound.once.usd, bound.once.calls, bound.once.tokens
        return ("usd", usd), ("calls", calls), ("tokens", tokens)

    @property
    def exceeds_budget(self) -> bool:
        """Tell whether a typical run spends more than this one may before it asks."""
        return self._short(self.budget) is not None

    @property
    def short_today(self) -> tuple[tuple[DailyLeft, BudgetUnit], ...]:
        """Return the budgets of the day that a typical run does not fit into, and what is short."""
        found = ((daily, self._short(daily.left, least_calls=1)) for daily in self.daily)
        return tuple((daily, unit) for daily, unit in found if unit is not None)

    def _short(self, limits: Budget, *, least_calls: int = 0) -> BudgetUnit | None:
        """Return the first limit that a typical run, of so many calls at least, goes beyond."""
        for unit, used in self.typical:
            limit = getattr(limits, unit)
            least = max(used or 0, least_calls) if unit == "calls" else used
            if least is not None and limit is not None and least > limit:
                return unit
        return None
