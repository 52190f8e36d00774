"""How much work and space one evaluation may take.

A thread cannot be killed, so an evaluation must not be able to run long in the first place. Texts
are therefore compiled with a toll on everything that can repeat or grow: loops pay for their items
times the size of their body, filters, tests and comparisons for the values they walk through, and
what multiplies or joins says its size before it does so. Recursion (macros, recursive loops,
includes) is refused when a text is compiled. What is left is straight-line code, which the length
of the text bounds. Counting steps instead of seconds also keeps evaluation free of the clock:
the same text and values meet the same bound on every machine.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from mn_notebook.domain.tables import Table
from mn_notebook.errors import PermanentError

MOST_STEPS = 2_000_000
"""About a second of work."""
MOST_CHARACTERS = 1_000_000
"""The longest text that an evaluation makes, in part or as its result."""
MOST_ITEMS = 100_000
"""The longest list that an evaluation makes."""
MOST_BITS = 1024
"""The largest whole number; beyond it a float has none either."""
MOST_SOURCE = 100_000
"""The longest text that is compiled."""
_DEEPEST = 100


class Meter:
    """What one evaluation has used so far."""

    def __init__(self, names: Mapping[str, Any]) -> None:
        self.names = names
        self._steps = 0

    def spend(self, steps: int) -> None:
        """Pay for work before it is done.

        Raises:
            PermanentError: the evaluation has used up its steps.
        """
        self._steps += steps
        if self._steps > MOST_STEPS:
            raise PermanentError(
                f"this takes more than {MOST_STEPS} steps; loop over fewer items, or use a "
                "python step"
            )

    def weigh(self, value: object, *, reads_tables: bool = True) -> None:
        """Pay for walking through all of a value, however deep it is and however often it repeats.

        Tables are paid for by their cells, unless they are only passed on.

        Raises:
            PermanentError: the value is larger than the steps that are left, or too deep.
        """
        waiting: list[tuple[Iterable[object], int]] = [((value,), 0)]
        while waiting:
            parts, depth = waiting.pop()
            if depth > _DEEPEST:
                raise PermanentError(f"a value is more than {_DEEPEST} levels deep")
            steps = 1
            for part in parts:
                steps += 1
                if isinstance(part, str):
                    steps += len(part) // 64
                elif isinstance(part, Mapping):
                    steps += len(part)
                    waiting.append((part.values(), depth + 1))
                elif isinstance(part, Table):
                    steps += part.cells if reads_tables else 1
                elif isinstance(part, list | tuple):
                    waiting.append((part, depth + 1))
                elif isinstance(part, range):
                    steps += len(part)
            self.spend(steps)


_meter: ContextVar[Meter | None] = ContextVar("meter", default=None)


@contextmanager
def metered(names: Mapping[str, Any]) -> Iterator[Meter]:
    """Open the meter of one evaluation, for this thread and this task alone."""
    meter = Meter(names)
    token = _meter.set(meter)
    try:
        yield meter
    finally:
        _meter.reset(token)


def current() -> Meter:
    """Return the meter of the evaluation under way, or a fresh one outside of any."""
    return _meter.get() or Meter({})


def check_length(characters: int) -> None:
    """Refuse to make a text that is too long.

    Raises:
        PermanentError: it is.
    """
    if characters > MOST_CHARACTERS:
        raise PermanentError(
            f"this makes a text of more than {MOST_CHARACTERS} characters; shorten it, with "
            "truncate or a slice"
        )


def check_items(items: int) -> None:
    """Refuse to make a list that is too long.

    Raises:
        PermanentError: it is.
    """
    if items > MOST_ITEMS:
        raise PermanentError(f"this makes a list of more than {MOST_ITEMS} items")


def check_number(bits: int) -> None:
    """Refuse to make a whole number that is too large.

    Raises:
        PermanentError: it is.
    """
    if bits > MOST_BITS:
        raise PermanentError("this makes a number that is too large")
