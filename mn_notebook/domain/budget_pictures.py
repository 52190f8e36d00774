"""Pictures of the question that a run asks when a budget is used up."""

from decimal import Decimal

from mn_notebook.domain.budget_words import (
    HELPED_BY_ANOTHER_MODEL,
    amount,
    cheaper_model,
    offered,
    spenders,
    used_of,
    verb_of,
    whose,
    word_of,
)
from mn_notebook.domain.events import ApprovalRequested, BudgetReached
from mn_notebook.domain.picture import PictureBudget
from mn_notebook.domain.state import RunState

_UNITS = {
    "usd": "dollars in all",
    "calls": "model calls in all",
    "tokens": "tokens in all",
    "time": "of work in all, such as 90m or 2h",
    "unknown_price": "",
}


def budget_picture(state: RunState, request: ApprovalRequested) -> PictureBudget | None:
    """Return what a person has to know who is asked about a budget; None: nobody is asked now."""
    reached = state.reached
    if request.subject != "budget" or reached is None:
        return None
    shown = request.shown.value if isinstance(request.shown.value, dict) else {}
    word = word_of(reached)
    return PictureBudget(
        whose=whose(reached),
        used=used_of(reached.unit, reached.counted, reached.limit),
        how=verb_of(reached.unit),
        counted=reached.counted,
        limit=reached.limit,
        wanted=_wanted(reached),
        wanted_text=_wanted_text(reached),
        waiting=request.path,
        spent_on=spenders(state),
        left=str(shown.get("left", "")),
        word=word,
        offer=offered(word, shown.get(word)),
        unit=_UNITS[word],
        model=reached.model,
        cheaper=cheaper_model(state, reached),
        another_model=reached.unit in HELPED_BY_ANOTHER_MODEL,
    )


def _wanted(reached: BudgetReached) -> Decimal:
    """Return how much the call needs that did not fit."""
    call = reached.estimate
    match reached.unit:
        case "calls":
            return Decimal(1)
        case "usd" if call is not None:
            return call.usd or Decimal(0)
        case "tokens" if call is not None:
            return Decimal(call.tokens)
        case _:
            return Decimal(0)


def _wanted_text(reached: BudgetReached) -> str:
    wanted = _wanted(reached)
    return (
        f"the next call is reckoned at {amount(reached.unit, wanted)}"
        if (wanted and reached.unit in ("usd", "tokens"))
        else ""
    )
