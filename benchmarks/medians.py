"""What many runs come to: medians with their ranges, and pairs of the same round."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from benchmarks.results import Run


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of some values, with the least and the most."""

    median: float
    least: float
    most: float
    count: int


def spread(values: Sequence[float]) -> Spread | None:
    """Return what values come to; None where there are none."""
    if not values:
        return None
    return Spread(statistics.median(values), min(values), max(values), len(values))


def usable(runs: Iterable[Run]) -> list[Run]:
    """Return the runs that count: steady and quiet ones, else steady ones, else all."""
    done = [run for run in runs if not run.error]
    steady = [run for run in done if run.is_steady]
    quiet = [run for run in steady if run.is_quiet]
    return quiet or steady or done


def of_subject(runs: Iterable[Run], job: str, disk: str, subject: str) -> list[Run]:
    """Return the runs of one subject doing one job on one disk."""
    return [run for run in runs if (run.job, run.disk, run.subject) == (job, disk, subject)]


def figure(runs: Iterable[Run], job: str, disk: str, subject: str, name: str) -> Spread | None:
    """Return what a figure came to; None where it was not measured."""
    counted = usable(of_subject(runs, job, disk, subject))
    return spread([run.figures[name] for run in counted if name in run.figures])


def paired(
    runs: Sequence[Run], job: str, disk: str, subjects: tuple[str, str], name: str
) -> Spread | None:
    """Return how often the second subject's figure fits into the first's, round by round.

    Runs of one round lie close together, so that what slows the machine slows both.
    """
    first, second = (
        {(run.session, run.round): run.figures for run in usable(of_subject(runs, job, disk, one))}
        for one in subjects
    )
    ratios = [
        first[key][name] / second[key][name]
        for key in first
        if name in first[key] and second.get(key, {}).get(name)
    ]
    return spread(ratios)
