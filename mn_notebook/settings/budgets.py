"""What runs may spend."""

from traitlets import Enum, HasTraits, Unicode, default

from mn_notebook.domain.budget_words import read_budget
from mn_notebook.domain.budgets import DEFAULT, filled
from mn_notebook.domain.workflow import Budget
from mn_notebook.errors import UsageError
from mn_notebook.settings.environment import read


class BudgetSettings(HasTraits):
    """What a run may spend, and what all runs may spend on a day."""

    run_budget = Unicode(
        help=(
            "The most that a run may spend where neither its workflow nor `%mn run --budget` says "
            "it, such as 'usd=1 calls=200 tokens=500000 time=2h'; what is left out is 1 dollar and "
            "200 calls. Default: MN_RUN_BUDGET."
        )
    ).tag(config=True)
    day_budget = Unicode(
        help=(
            "The most that all runs of the store may spend on a day (UTC), such as 'usd=10'. "
            "Default: MN_DAY_BUDGET, else nothing bounds it."
        )
    ).tag(config=True)
    class_budgets = Unicode(
        help=(
            "The most that all runs of a class (a workflow's `group`) may spend on a day (UTC), "
            "such as 'operations: usd=5; research: usd=2 calls=500'. Default: MN_CLASS_BUDGETS."
        )
    ).tag(config=True)
    unknown_price = Enum(
        ["allow", "block"],
        help=(
            "Whether a model is asked of which nobody knows the price: allow, or block (the run "
            "then asks first). A workflow's budget may say it for itself. Default: "
            "MN_UNKNOWN_PRICE, else allow."
        ),
    ).tag(config=True)
    cheaper_model = Unicode(
        help=(
            "The model that a run may go on with when its budget is used up, where its workflow "
            "names none. Default: MN_CHEAPER_MODEL."
        )
    ).tag(config=True)

    @default("run_budget")
    def _run_budget(self) -> str:
        return read("MN_RUN_BUDGET")

    @default("day_budget")
    def _day_budget(self) -> str:
        return read("MN_DAY_BUDGET")

    @default("class_budgets")
    def _class_budgets(self) -> str:
        return read("MN_CLASS_BUDGETS")

    @default("unknown_price")
    def _unknown_price(self) -> str:
        said = (read("MN_UNKNOWN_PRICE") or "allow").strip().lower()
        if said not in ("allow", "block"):
            message = f"MN_UNKNOWN_PRICE: expected allow or block, found {said!r}"
            raise UsageError(message)
        return said

    @default("cheaper_model")
    def _cheaper_model(self) -> str:
        return read("MN_CHEAPER_MODEL")

    @property
    def granted(self) -> Budget:
        """Return the budget of a run of which nothing else is said.

        Raises:
            UsageError: the setting is no budget.
        """
        said = _budget("run_budget (MN_RUN_BUDGET)", self.run_budget)
        price = Budget(unknown_price="block" if self.unknown_price == "block" else "allow")
        return filled(said, DEFAULT, price)

    @property
    def by_class(self) -> dict[str, Budget]:
        """Return what runs may spend on a day: by class, and under '' all of them together.

        Raises:
            UsageError: a setting is no budget.
        """
        name = "class_budgets (MN_CLASS_BUDGETS)"
        found: dict[str, Budget] = {}
        if self.day_budget.strip():
            found[""] = _budget("day_budget (MN_DAY_BUDGET)", self.day_budget)
        for part in filter(None, (one.strip() for one in self.class_budgets.split(";"))):
            whose, colon, said = part.partition(":")
            if not colon or not whose.strip():
                message = f"{name}: expected CLASS: usd=…, found {part!r}"
                raise UsageError(message)
            found[whose.strip()] = _budget(name, said)
        timed = next((whose for whose, budget in found.items() if budget.seconds), None)
        if timed is not None:
            raise UsageError(f"{name if timed else 'day_budget'}: a day's budget has no time")
        return found


def _budget(name: str, said: str) -> Budget:
    try:
        return read_budget(said)
    except ValueError as fault:
        message = f"{name}: {fault}"
        raise UsageError(message) from fault
