"""What becomes of a budget: it is reached, or a person gives more."""

from decimal import Decimal
from typing import Literal

from pydantic import AwareDatetime

from mn_notebook.domain.events.facts import Fact
from mn_notebook.domain.ids import CommandId, StepPath
from mn_notebook.domain.messages import Estimate
from mn_notebook.domain.workflow import Budget

BudgetLevel = Literal["run", "workflow", "step", "class", "day"]
"""Whose budget: the run's, that of a subworkflow or of a step in it, or what the user grants all
runs of a class, or all runs, for a day."""
BudgetUnit = Literal["usd", "tokens", "calls", "seconds", "price"]
"""Of what there is not enough; ``price``: nobody knows what a call costs, and that blocks it."""


class BudgetReached(Fact):
    """What comes next does not fit into a budget: nothing new begins before a person decides."""

    kind: Literal["budget.reached"] = "budget.reached"
    path: StepPath
    """Whose call was not made, or what was not begun."""
    level: BudgetLevel = "run"
    where: str = ""
    """The step, the subworkflow or the class; '' for the run and the day."""
    unit: BudgetUnit = "usd"
    counted: Decimal = Decimal(0)
    """Spent and reserved by then."""
    limit: Decimal = Decimal(0)
    estimate: Estimate | None = None
    """Of the call that did not fit."""
    model: str = ""
    day: str = ""
    """The day, in UTC, whose budget it is; '' for those that are not by the day."""
    until: AwareDatetime | None = None
    """When a new day brings a new budget."""


class BudgetRaised(Fact):
    """A person gave more, or wants a cheaper model from here on."""

    kind: Literal["budget.raised"] = "budget.raised"
    level: BudgetLevel = "run"
    where: str = ""
    budget: Budget = Budget()
    """What is said holds from here on; what is not said stays."""
    model: str = ""
    """The model of all further calls; '': the steps' own."""
    by: str
    via: str = ""
    because: str = ""
    day: str = ""
    """For which day, where it is a day's or a class's."""
    command_id: CommandId | None = None
