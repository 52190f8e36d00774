"""What a subject is given to work on, and how it says that its result is wrong."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.meter import Meter
from benchmarks.payload import total_of
from benchmarks.sizes import Sizes


class WrongResult(Exception):
    """A subject did not do the work: its figures mean nothing."""


@dataclass(frozen=True, slots=True)
class Case:
    """One run of one subject."""

    folder: Path
    """Its own, empty at the beginning, on the disk that is measured."""
    sizes: Sizes
    meter: Meter


def require_total(found: object, steps: int) -> None:
    """Check the sum of the values of steps.

    Raises:
        WrongResult: it is another.
    """
    if found != total_of(steps):
        raise WrongResult(f"expected {total_of(steps)} from {steps} steps, found {found!r}")


def right_ones(totals: Iterable[object], steps: int) -> int:
    """Return how many runs of so many steps came to the right sum."""
    return sum(total == total_of(steps) for total in totals)
