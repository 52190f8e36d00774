"""Says in words what is known of a run's cost before it begins."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from mn_notebook.domain.budget_words import budget_text, used_of
from mn_notebook.domain.events import BudgetUnit
from mn_notebook.domain.previews import (
    Bound,
    CostPreview,
    CountRange,
    DailyLeft,
    MoneyRange,
    PastCosts,
    Reckoned,
    StepReckoned,
    TimeRange,
    Unfinished,
)
from mn_notebook.domain.words import count, duration, money, one_line, plural

_DAILY: tuple[BudgetUnit, ...] = ("usd", "calls", "tokens")
_MOST_NAMED = 3
"""So many steps a sentence names; the rest is counted."""


def with_words(preview: CostPreview) -> CostPreview:
    """Return a preview that says what it knows."""
    return preview.model_copy(
        update={"line": _line(preview), "so_far": _so_far(preview), "told": _told(preview)}
    )


def _line(preview: CostPreview) -> str:
    """Say what a run costs, before it begins, in one line."""
    limit = budget_text(preview.budget).replace(" and ", " or ")
    asks = f"It asks before it spends more than {limit}"
    asks += ", and probably will." if preview.exceeds_budget else "."
    past, bound = preview.past, preview.bound
    if past is not None:
        figures = ", ".join(_figures(past, with_ranges=False))
        said = f"Expected from {_runs(past)}: {figures}."
    else:
        said = "No run to go by."
    if bound is not None and (past is None or past.is_unlike):
        said += f" If each agent answers at once: {_at_once(bound)}."
    today = [
        f"{_left_today(daily, (unit,))}, and the run probably asks for more."
        for daily, unit in preview.short_today
    ]
    return " ".join((said, asks, *today))


def _so_far(preview: CostPreview) -> str:
    """Say what the runs so far have cost."""
    past, others = preview.past, preview.unfinished
    said = []
    if past is not None:
        figures = (_cost(past, with_typical=False), _range(past.seconds, duration))
        said.append(f"{_runs(past)}: {', '.join(filter(None, figures))}")
    if others.runs:
        said.append(_unfinished(others, also=past is not None))
    return "; ".join(said)


def _told(preview: CostPreview) -> tuple[str, ...]:
    """Say all that is known, in sentences."""
    said = []
    past, bound = preview.past, preview.bound
    if past is not None:
        said += _past(past)
    else:
        said.append("No run to go by yet.")
    if preview.unfinished.runs:
        said.append(f"{_unfinished(preview.unfinished, also=past is not None)}.")
    if preview.left_out:
        said.append(f"Not counted: {', '.join(preview.left_out)}.")
    if bound is not None:
        said += _bound(bound)
    probably = " It probably will." if preview.exceeds_budget else ""
    said.append(f"A run costs at most {budget_text(preview.budget)}, then it asks.{probably}")
    if preview.budget.unknown_price == "block" and bound is not None and bound.unpriced:
        said.append(f"It asks before the first call: nobody knows what {bound.unpriced[0]} costs.")
    short = [daily for daily, _ in preview.short_today]
    for daily in preview.daily:
        probably = " The run probably asks for more." if daily in short else ""
        said.append(f"{_left_today(daily, _DAILY)}.{probably}")
    return tuple(one_line(sentence) for sentence in said)


def _left_today(daily: DailyLeft, units: Sequence[BudgetUnit]) -> str:
    """Say how much is left of a budget that many runs share."""
    named = one_line(daily.workflow_class, 60)
    whose = f"Today's budget of the class {named}" if named else "Today's budget"
    limits = ((unit, getattr(daily.left, unit), getattr(daily.limit, unit)) for unit in units)
    parts = [used_of(unit, Decimal(left), Decimal(limit)) for unit, left, limit in limits if limit]
    return f"{whose} has {_joined(parts or ['no limit'])} left"


# --- what was ----------------------------------------------------------------------------------


def _past(past: PastCosts) -> list[str]:
    said = [f"Expected from {_runs(past)}: {', '.join(_figures(past, with_ranges=True))}."]
    if past.middle:
        said.append("The ranges leave out a tenth of the runs at either end.")
    if past.spared:
        those = plural(past.spared, "run")
        said.append(f"Answers that {those} took over from others count as if they were paid.")
    had = _range(past.items_then, count)
    if past.scaled:
        said.append(f"Those runs had {had}; what an item costs was taken from them.")
    elif past.is_unlike:
        why = _joined(_listed(past.unscaled_for))
        said.append(f"Nothing is scaled: how many items {why} will have is not known before.")
    if past.scripted:
        said.append("Scripted models answered: this proves nothing about real ones.")
    return said


def _runs(past: PastCosts) -> str:
    """Name the runs: ``3 runs of an earlier version``."""
    said = plural(past.runs, "scripted run" if past.scripted else "run")
    if past.version == "earlier":
        said += " of an earlier version"
    if past.items is None:
        return said
    if past.scaled:
        return f"{said}, scaled to {plural(past.items, 'item')}"
    if past.is_unlike:
        had = _range(past.items_then, count)
        things = "item" if had == "1" else "items"
        return f"{said} with {had} {things}, and this one has {count(past.items)}"
    return said


def _figures(past: PastCosts, *, with_ranges: bool) -> list[str]:
    def number(found: CountRange | None, word: str) -> str:
        if found is None:
            return ""
        beside = _range(found, count) if with_ranges and found.low != found.high else ""
        return plural(found.typical, word) + (f" ({beside})" if beside else "")

    time = ""
    if past.seconds is not None:
        time, beside = duration(past.seconds.typical), _range(past.seconds, duration)
        time += f" ({beside})" if beside != time else ""
    said = (_cost(past), number(past.calls, "model call"), number(past.tokens, "token"), time)
    return [part for part in said if part]


def _cost(past: PastCosts, *, with_typical: bool = True) -> str:
    if past.usd is None:
        return "cost unknown"
    beside, said = _range(past.usd, money), money(past.usd.typical)
    if not with_typical:
        said = beside
    elif beside != said:
        said = f"{said} ({beside})"
    if past.usd_runs < past.runs:
        said += f" in the {plural(past.usd_runs, 'run')} of known cost"
    return said


def _range(found: MoneyRange | CountRange | TimeRange | None, say: Callable[[Any], str]) -> str:
    """Write a range, or the one value that it is."""
    if found is None:
        return ""
    low, high = say(found.low), say(found.high)
    return low if low == high else f"{low} to {high}"


def _unfinished(others: Unfinished, *, also: bool) -> str:
    more = "more " if also else ""
    said = f"{plural(others.runs, f'{more}run')} failed or stopped short"
    return said if others.usd is None else f"{said}: {_range(others.usd, money)}"


# --- what may be -------------------------------------------------------------------------------


def _at_once(bound: Bound) -> str:
    """Say what the typical path takes; steps with an unknown number of items stand beside it."""
    known = [_reckoned(bound.once, bound)] if bound.once.calls or not bound.open else []
    return ", and ".join([*known, *_listed([_for_each(step, bound) for step in bound.open])])


def _reckoned(used: Reckoned, bound: Bound) -> str:
    calls = plural(used.calls, "model call")
    if used.tokens is None:
        return calls
    about = "about" if bound.longer else "up to"
    said = f"{calls}, {about} {plural(used.tokens, 'token')}"
    if bound.free:
        return f"{said}, $0.00"
    return f"{said}, cost unknown" if used.usd is None else f"{said} and {money(used.usd)}"


def _for_each(step: StepReckoned, bound: Bound) -> str:
    once = step.once
    about = "about" if bound.longer else "up to"
    usd = "" if bound.free or once.usd is None else f" ({about} {money(once.usd)})"
    return f"{plural(once.calls, 'model call')} for each item of {one_line(step.over, 60)}{usd}"


def _bound(bound: Bound) -> list[str]:
    said = [f"If each agent answers at once: {_at_once(bound)}."]
    if bound.longer:
        said.append(f"Prompts are longer by what {_joined(_listed(bound.longer))} will give.")
    if bound.unpriced:
        said.append(f"Nobody knows the price of {_joined(_listed(bound.unpriced))}.")
    if bound.most is None:
        named = _joined(_listed([step.step for step in bound.open]))
        said.append(
            "At worst nothing but the budget bounds it: how many items "
            f"{named} will have is not known yet."
        )
    else:
        worst = _reckoned(bound.most, bound)
        said.append(f"At worst, with every attempt, turn and re-ask: {worst}.")
    return said


def _listed(texts: Sequence[str]) -> list[str]:
    left = len(texts) - _MOST_NAMED
    more = [f"{count(left)} more"] if left > 0 else []
    return [*(one_line(text, 120) for text in texts[:_MOST_NAMED]), *more]


def _joined(texts: Sequence[str]) -> str:
    *others, last = texts or ["some"]
    return f"{', '.join(others)} and {last}" if others else last
