"""Reads the most that a workflow, or a step of it, may spend."""

from decimal import Decimal

from mn_notebook.domain.workflow import Budget
from mn_notebook.language.section import Section
from mn_notebook.language.tree import Scalar, described
from mn_notebook.language.vocabulary import BUDGET_KEYS

_MOST = 1_000_000_000
_MOST_USD = 1_000_000


def read_budget(section: Section) -> Budget | None:
    """Return the ``budget`` of a workflow or of a step, or None when there is none."""
    value = section.value("budget")
    if isinstance(value, Scalar) and type(value.value) in (int, float):
        message = f"expected how much of what; write: budget: {{usd: {value.text}}}"
        section.findings.problem(value.mark, message)
        return None
    inner = section.section("budget", "budget", "a mapping such as {usd: 2.00, calls: 400}")
    if inner is None:
        return None
    inner.check_keys(BUDGET_KEYS)
    if not inner.node.entries:
        section.findings.problem(section.mark("budget"), "expected a limit such as {usd: 2.00}")
    price = inner.word("unknown_price", ("block", "allow"))
    return Budget(
        usd=_dollars(inner),
        tokens=inner.whole("tokens", 0, _MOST),
        calls=inner.whole("calls", 0, _MOST),
        seconds=inner.duration("time"),
        unknown_price="block" if price == "block" else "allow" if price == "allow" else None,
    )


def _dollars(inner: Section) -> Decimal | None:
    value = inner.value("usd")
    if value is None:
        return None
    number = value.value if isinstance(value, Scalar) else None
    is_number = isinstance(number, int | float) and not isinstance(number, bool)
    if isinstance(value, Scalar) and is_number and 0 <= float(value.text) <= _MOST_USD:
        # One amount has one form, however many digits it was written with.
        return Decimal(value.text).normalize() + Decimal(0)
    fix = ""
    if isinstance(value, Scalar) and isinstance(number, str) and number.startswith("$"):
        fix = f"; write: usd: {number.removeprefix('$').strip()}"
    message = f"expected an amount such as 2.00 for 'usd', found {described(value)}{fix}"
    inner.findings.problem(value.mark, message)
    return None
