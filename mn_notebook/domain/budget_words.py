"""Says what was spent of a budget, reads what somebody grants, and reckons what is left to do."""

from collections.abc import Mapping
from datetime import datetime
from decimal import ROUND_UP, Decimal, InvalidOperation

from mn_notebook.domain.budgets import HINT_SHARE, closest, place_of, uses
from mn_notebook.domain.durations import duration_text, parse_duration
from mn_notebook.domain.events import BudgetReached, BudgetUnit
from mn_notebook.domain.state import RunState
from mn_notebook.domain.words import count, duration, money, one_line, plural
from mn_notebook.domain.workflow import AgentStep, Budget

FIELDS: Mapping[str, str] = {
    "usd": "usd",
    "calls": "calls",
    "tokens": "tokens",
    "time": "seconds",
    "unknown_price": "unknown_price",
}
"""The words of a budget, and the fields that they set."""
HELPED_BY_ANOTHER_MODEL: frozenset[BudgetUnit] = frozenset({"usd", "price"})
"""Where a cheaper model lets a run go on: a call is a call, and a token a token, of any model."""


def amount(unit: BudgetUnit, value: Decimal) -> str:
    """Write how much of something there is: ``$0.50``, ``20 calls``, ``2 h``."""
    match unit:
        case "usd" | "price":
            return money(value) if value else "$0.00"
        case "calls":
            return plural(int(value), "call")
        case "tokens":
            return f"{count(int(value))} tokens"
        case "seconds":
            return duration(float(value)) if value else "0 s"


def used_of(unit: BudgetUnit, counted: Decimal, limit: Decimal) -> str:
    """Write how much of a limit is used.

    >>> used_of("calls", Decimal(2), Decimal(20)), used_of("usd", Decimal("0.41"), Decimal(1))
    ('2 of 20 calls', '$0.41 of $1.00')
    """
    if unit in ("calls", "tokens"):
        return f"{count(int(counted))} of {amount(unit, limit)}"
    return f"{amount(unit, counted)} of {amount(unit, limit)}"


def budget_text(budget: Budget) -> str:
    """Write a budget in one line.

    >>> budget_text(Budget(usd=Decimal(2), calls=400, seconds=7200))
    '$2.00, 400 calls and 2 h'
    """
    said = []
    if budget.usd is not None:
        said.append(amount("usd", budget.usd))
    if budget.calls is not None:
        said.append(amount("calls", Decimal(budget.calls)))
    if budget.tokens is not None:
        said.append(amount("tokens", Decimal(budget.tokens)))
    if budget.seconds is not None:
        said.append(duration(budget.seconds))
    *others, last = said or ["no limit"]
    return f"{', '.join(others)} and {last}" if others else last


def read_budget(text: str) -> Budget:
    """Return the budget of a line such as ``usd=5 calls=1000 time=2h``.

    Raises:
        ValueError: it is none; the message says what was expected.

    >>> read_budget("usd=0.50 calls=20").calls
    20
    """
    fields: dict[str, object] = {}
    for word in text.replace(",", " ").split():
        name, equals, said = word.partition("=")
        if not equals or name not in FIELDS:
            message = f"expected usd=…, calls=…, tokens=… or time=…, found {word!r}"
            raise ValueError(message)
        fields[FIELDS[name]] = read_amount(name, said)
    return Budget.model_validate(fields)


def read_amount(name: str, said: object) -> Decimal | int | float | str:
    """Return the value of a word of a budget.

    Raises:
        ValueError: it does not fit.
    """
    text = str(said).strip().replace("_", "")
    if name == "unknown_price":
        word = str(said).strip()
        if word in ("block", "allow"):
            return word
        message = f"expected block or allow for unknown_price, found {said!r}"
        raise ValueError(message)
    if name == "time":
        return parse_duration(text)
    try:
        number = Decimal(text.removeprefix("$"))
    except InvalidOperation:
        number = Decimal("NaN")
    whole = name != "usd"
    if not number.is_finite() or number < 0 or (whole and number != int(number)):
        expected = "a whole number" if whole else "an amount in dollars such as 2.50"
        message = f"expected {expected} for {name}, found {said!r}"
        raise ValueError(message)
    return int(number) if whole else number


def whose(reached: BudgetReached) -> str:
    """Name the budget that is used up."""
    match reached.level:
        case "run":
            return "the run's budget"
        case "step":
            return f"the budget of step {one_line(reached.where, 60)}"
        case "workflow":
            return f"the budget of the subworkflow at {one_line(reached.where, 60)}"
        case "class":
            return f"today's budget of the class {one_line(reached.where, 60)}"
        case "day":
            return "today's budget"


def why_reached(reached: BudgetReached) -> str:
    """Say why the run does not go on by itself, in one sentence."""
    if reached.unit == "price":
        return (
            f"nobody knows what a call of {one_line(reached.model, 60)} costs, and {whose(reached)}"
            " blocks such calls"
        )
    spent = used_of(reached.unit, reached.counted, reached.limit)
    head = f"{whose(reached)} is used up: {spent} {verb_of(reached.unit)}"
    next_call = reached.estimate
    if next_call is None:
        return head
    if reached.unit == "usd" and next_call.usd is not None:
        return f"{head}, and a call of {one_line(reached.model, 60)} is reckoned at " + amount(
            "usd", next_call.usd
        )
    if reached.unit == "tokens":
        return f"{head}, and a call is reckoned at {count(next_call.tokens)} tokens"
    return head


def verb_of(unit: BudgetUnit) -> str:
    """Say what became of what is used: a word that goes with one and with many."""
    return {"calls": "made", "seconds": "used"}.get(unit, "spent or reserved")


def spent_of(state: RunState, now: datetime) -> tuple[str, ...]:
    """Say what a run has spent of each limit of its budget: ``$0.41 of $1.00``."""
    place = place_of(state, "run", "")
    if place is None:
        return ()
    return tuple(used_of(use.unit, use.counted, use.limit) for use in uses(state, place, now))


def hint(state: RunState, now: datetime) -> str:
    """Say that most of a budget is used; '' while there is enough."""
    use = closest(state, now)
    if use is None or state.ended or use.share < HINT_SHARE:
        return ""
    left = max(Decimal(0), use.limit - use.counted)
    return f"{amount(use.unit, left)} of its budget of {amount(use.unit, use.limit)} is left"


def spenders(state: RunState, most: int = 5) -> str:
    """Say which steps have spent the most."""
    spent = [
        (progress.account, node)
        for node, progress in state.progress.items()
        if progress.account.calls and isinstance(state.step_at(node), AgentStep)
    ]
    spent.sort(key=lambda entry: (-entry[0].counted_usd, -entry[0].calls, entry[1]))
    said = [
        f"{one_line(node, 60)}: {amount('usd', account.counted_usd)}, "
        f"{plural(account.calls, 'call')}"
        for account, node in spent[:most]
    ]
    more = len(spent) - len(said)
    return "; ".join(said) + (f"; and {plural(more, 'more step')}" if more > 0 else "")


def left_to_do(state: RunState, reached: BudgetReached) -> tuple[int, Decimal, int, int]:
    """Reckon what is left: units of work that ask a model, their cost, calls and tokens.

    Where units of a step have ended, their mean is taken; else, or where another run had done
    them, the call that did not fit stands for each. What a subworkflow that has not begun will do
    is not known, and not counted.
    """
    units, usd, calls, tokens = 0, Decimal(0), Decimal(0), Decimal(0)
    call = reached.estimate
    for node, progress in state.progress.items():
        step = state.step_at(node)
        if not isinstance(step, AgentStep) or progress.status not in ("pending", "open"):
            continue
        ended = progress.succeeded + progress.failed + progress.skipped
        left = max(progress.total - ended, 0) if progress.total else 1
        units += left
        account, done = progress.account, max(ended, 0)
        if done and account.calls:
            usd += account.counted_usd / done * left
            calls += Decimal(account.calls) / done * left
            tokens += Decimal(account.counted_tokens) / done * left
        else:
            usd += (call.usd or 0) * left if call is not None else 0
            calls += left
            tokens += call.tokens * left if call is not None else 0
    return units, usd, int(calls.to_integral_value(ROUND_UP)), int(tokens)


def suggested(state: RunState, reached: BudgetReached) -> Decimal:
    """Return the limit that a person is offered: for what is left, and at least twice as much.

    The call that did not fit fits into it, so that whoever approves is not asked again at once.
    """
    _, usd, calls, tokens = left_to_do(state, reached)
    call = reached.estimate
    left, needed = {
        "usd": (usd * Decimal("1.2"), (call.usd or Decimal(0)) if call is not None else Decimal(0)),
        "calls": (Decimal(calls), Decimal(1)),
        "tokens": (Decimal(tokens), Decimal(call.tokens if call is not None else 0)),
        "seconds": (Decimal(0), Decimal(0)),
        "price": (Decimal(0), Decimal(0)),
    }[reached.unit]
    wanted = max(reached.limit * 2, reached.counted + left, reached.counted + needed)
    if reached.unit == "seconds" and wanted <= reached.counted:
        wanted = reached.counted + max(reached.limit, Decimal(1))
    if reached.unit == "usd":
        step = Decimal("0.01") if wanted >= Decimal("0.1") else Decimal("0.0001")
        return wanted.quantize(step, rounding=ROUND_UP)
    return wanted.to_integral_value(ROUND_UP)


def word_of(reached: BudgetReached) -> str:
    """Return the word that raises what is used up."""
    return {"seconds": "time", "price": "unknown_price"}.get(reached.unit, reached.unit)


def cheaper_model(state: RunState, reached: BudgetReached) -> str:
    """Return the model that a run may go on with where that would help; '': there is none."""
    if reached.unit not in HELPED_BY_ANOTHER_MODEL:
        return ""
    return "" if state.cheaper in (state.model, reached.model) else state.cheaper


def offered(word: str, value: object) -> str:
    """Write what a question offers, as a person would type it.

    >>> offered("usd", 2.0), offered("time", "7200s"), offered("calls", 40)
    ('2.00', '2h', '40')
    """
    if word == "time":
        try:
            return duration_text(parse_duration(str(value)))
        except ValueError:
            return str(value)
    if word == "usd":
        try:
            dollars = Decimal(str(value))
        except InvalidOperation:
            return str(value)
        cents = dollars.quantize(Decimal("0.01"))
        return f"{cents if cents == dollars else dollars.normalize():f}"
    return str(value)


def most_it_can_cost(budget: Budget) -> str:
    """Say what a run can cost before it asks."""
    return f"at most {budget_text(budget)}, then it asks"
