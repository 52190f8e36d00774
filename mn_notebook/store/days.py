"""What is left of the budgets of a day, for those who only look."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from mn_notebook.domain.previews import DailyLeft
from mn_notebook.domain.workflow import Budget
from mn_notebook.store.budgets import NANO, day_of, raised_today
from mn_notebook.store.reader import Reader
from mn_notebook.store.sqlite import budgets as sql


def left_today(
    reader: Reader, budgets: Mapping[str, Budget], workflow_class: str, at: datetime
) -> tuple[DailyLeft, ...]:
    """Return what is left of the budgets that bound runs of a class; that of all runs is first.

    ``budgets`` are what this process grants, by class, and under '' all runs together.

    Raises:
        StoreError: the store cannot be read.
    """
    bounding = sorted({"", workflow_class} & budgets.keys())
    return tuple(_left(reader, whose, budgets[whose], day_of(at)) for whose in bounding)


def _left(reader: Reader, whose: str, budget: Budget, day: str) -> DailyLeft:
    rows = reader.rows(sql.STATEMENTS["spent"], which_day=day, whose=whose)
    nano_usd, tokens, calls, raised = rows[0] if rows else (0, 0, 0, "{}")
    limit = raised_today(budget, raised)
    counted = {"usd": Decimal(nano_usd) / NANO, "calls": calls, "tokens": tokens}
    left = {
        unit: None if (most := getattr(limit, unit)) is None else max(most - much, type(most)(0))
        for unit, much in counted.items()
    }
    return DailyLeft(workflow_class=whose, limit=limit, left=Budget.model_validate(left))
