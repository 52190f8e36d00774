"""Reckons what a run will cost from runs of its workflow that have ended."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeVar

from mn_notebook.domain.previews import CountRange, MoneyRange, PastCosts, TimeRange, Unfinished

MANY = 10
"""From so many runs on a range leaves out a tenth of them at either end."""

Number = TypeVar("Number", float, Decimal)


@dataclass(frozen=True, slots=True)
class Part:
    """What a step with items, and all below it, has used in a run."""

    items: int
    usd: Decimal | None = Decimal(0)
    """None: the price of a call is unknown."""
    tokens: int = 0
    calls: int = 0
    seconds: float = 0.0
    """From the moment when its items were known to its last model call."""


@dataclass(frozen=True, slots=True)
class PastRun:
    """What a run has used."""

    usd: Decimal | None
    """None: the price of a call is unknown."""
    tokens: int | None
    """None: a server did not say."""
    calls: int
    seconds: float
    parts: Mapping[str, Part] = field(default_factory=dict)
    """By the step, those of its own graph that have items."""
    spared: int = 0
    """So many of the calls were not made: answers of other runs were taken over."""


@dataclass(frozen=True, slots=True)
class Fan:
    """A step of the run to come whose number of items is known."""

    items: int
    at_once: int
    """So many of them are under way at the same time."""


def past_costs(
    runs: Sequence[PastRun], fans: Mapping[str, Fan], *, scales: bool = True
) -> PastCosts | None:
    """Return what runs have cost, or would have with as many items as ``fans`` say.

    A run that had no item of such a step says nothing of what one costs, and is not counted.
    None: no run is left. Without ``scales`` the figures are what they were.
    """
    comparable = [run for run in runs if all(_has_items(run, step) for step in fans)]
    if not comparable:
        return None
    then = [sum(run.parts[step].items for step in fans) for run in comparable]
    scaled = scales and any(
        run.parts[step].items != fan.items for run in comparable for step, fan in fans.items()
    )
    counted = [_scaled(run, fans) for run in comparable] if scaled else comparable
    priced = [run.usd for run in counted if run.usd is not None]
    tokens = [run.tokens for run in counted if run.tokens is not None]
    return PastCosts(
        runs=len(counted),
        usd=money_range(priced),
        usd_runs=len(priced),
        # Where a server was silent of some, the others are no measure of all.
        tokens=count_range(tokens) if len(tokens) == len(counted) else None,
        calls=count_range([run.calls for run in counted]),
        seconds=time_range([run.seconds for run in counted]),
        spared=sum(run.spared > 0 for run in counted),
        middle=len(counted) >= MANY,
        scaled=scaled,
        items=sum(fan.items for fan in fans.values()) if fans else None,
        items_then=count_range(then) if fans else None,
    )


def unfinished_costs(runs: Sequence[PastRun]) -> Unfinished:
    """Return what runs have cost that failed or were stopped."""
    priced = [run.usd for run in runs if run.usd is not None]
    return Unfinished(runs=len(runs), usd=money_range(priced))


def _has_items(run: PastRun, step: str) -> bool:
    part = run.parts.get(step)
    return part is not None and part.items > 0


def _scaled(run: PastRun, fans: Mapping[str, Fan]) -> PastRun:
    usd, tokens, calls, seconds = run.usd, run.tokens, run.calls, run.seconds
    for step, fan in fans.items():
        part = run.parts[step]
        if part.items == fan.items:
            continue
        more = Decimal(fan.items - part.items) / part.items
        if usd is not None:
            usd = None if part.usd is None else max(Decimal(0), round(usd + part.usd * more, 9))
        tokens = None if tokens is None else max(0, tokens + _rounded(part.tokens * more))
        calls = max(0, calls + _rounded(part.calls * more))
        longer = _rounds(fan.items, fan) / _rounds(part.items, fan) - 1
        seconds = max(0.0, seconds + part.seconds * longer)
    return PastRun(usd, tokens, calls, seconds, run.parts, run.spared)


def _rounds(items: int, fan: Fan) -> int:
    """Return how many items follow each other where so many are done at once."""
    return math.ceil(items / fan.at_once)


def _rounded(value: Decimal) -> int:
    return int(value.to_integral_value())


def money_range(values: Sequence[Decimal]) -> MoneyRange | None:
    """Return the typical amount and the range; None of nothing.

    >>> money_range([Decimal("0.02"), Decimal("0.05"), Decimal("0.03")]).typical
    Decimal('0.03')
    """
    if not values:
        return None
    low, typical, high = _spread(values)
    return MoneyRange(typical=typical, low=low, high=high)


def count_range(values: Sequence[int]) -> CountRange | None:
    """Return the typical number and the range; None of nothing.

    >>> count_range([4, 1, 3, 2])
    CountRange(typical=2, low=1, high=4)
    """
    if not values:
        return None
    low, typical, high = _spread([Decimal(value) for value in values])
    return CountRange(typical=int(typical), low=int(low), high=int(high))


def time_range(values: Sequence[float]) -> TimeRange | None:
    """Return the typical length of time and the range; None of nothing."""
    if not values:
        return None
    low, typical, high = _spread(values)
    return TimeRange(typical=typical, low=low, high=high)


def _spread(values: Sequence[Number]) -> tuple[Number, Number, Number]:
    """Return the low end, the median and the high end of some values."""
    ordered = sorted(values)
    last = len(ordered) - 1
    outside = len(ordered) // 10 if len(ordered) >= MANY else 0
    below, above = ordered[last // 2], ordered[last - last // 2]
    return ordered[outside], below + (above - below) / 2, ordered[last - outside]
