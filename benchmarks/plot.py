"""Draws the rates of all subjects; runs in the environment ``plot``, which has matplotlib.

python -m benchmarks.plot RESULTS light|dark FILE
"""

import sys
from collections.abc import Sequence
from math import floor, log10
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
from matplotlib.ticker import FuncFormatter, NullFormatter

from benchmarks.catalogue import SUBJECTS
from benchmarks.medians import Spread, figure
from benchmarks.results import Run, all_runs, read

PANELS = (
    ("chain", "2ms", "steps_per_second", "Chain, 2 ms a sync: steps/s"),
    ("fan_out", "2ms", "steps_per_second", "Fan-out, 2 ms a sync: steps/s"),
    ("graph", "free", "steps_per_second", "Graph, free syncs: steps/s"),
    ("chain", "free", "cpu_ms_per_step", "Chain: CPU ms a step (less is better)"),
)
INKS = {"light": ("#1f2328", "#d0d7de"), "dark": ("#e6edf3", "#3d444d")}
"""Words, and lines behind the bars."""
THEIRS = "#8c959f"
COLOURS = {"mn": "#2a7de1", "bare": "#c9a227"}


def draw(runs: Sequence[Run], theme: str, target: Path) -> None:
    """Draw one panel for each figure, with a point for each subject and the range of its runs."""
    words, lines = INKS[theme]
    mpl.rcParams.update(
        {
            "svg.hashsalt": "mn_notebook",  # the same results give the same file
            "svg.fonttype": "none",
            "font.family": "sans-serif",
            "font.size": 9,
            "text.color": words,
            "axes.labelcolor": words,
            "axes.edgecolor": lines,
            "xtick.color": words,
            "ytick.color": words,
        }
    )
    canvas, axes = plt.subplots(2, 2, figsize=(9.5, 5.6), layout="constrained")
    for panel, place in zip(PANELS, axes.flat, strict=True):
        _panel(place, runs, *panel, lines=lines)
    canvas.savefig(target, transparent=True, metadata={"Date": None})


def _panel(
    place: Any, runs: Sequence[Run], job: str, disk: str, name: str, title: str, *, lines: str
) -> None:
    found: list[tuple[str, Spread]] = []
    for subject in reversed(SUBJECTS):
        one = figure(runs, job, disk, subject, name)
        if one is not None:
            found.append((subject, one))
    place.set_title(title, loc="left", fontsize=10)
    place.spines[["top", "right"]].set_visible(False)
    if not found:
        place.set_axis_off()
        place.text(0, 0.5, "not measured")
        return
    for height, (subject, one) in enumerate(found):
        colour = COLOURS.get(subject, THEIRS)
        reach = [[one.median - one.least], [one.most - one.median]]
        place.errorbar(one.median, height, xerr=reach, fmt="o", color=colour, markersize=7)
        place.annotate(
            f"{one.median:,.3g}",
            (one.most, height),
            xytext=(8, 0),
            textcoords="offset points",
            verticalalignment="center",
        )
    titles = [SUBJECTS[subject].title.replace("`", "") for subject, _ in found]
    place.set_yticks(range(len(found)), titles)
    place.set_xscale("log")
    least, most = min(one.least for _, one in found), max(one.most for _, one in found)
    place.set_xlim(10 ** floor(log10(least)), most * 4)
    place.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    place.xaxis.set_minor_formatter(NullFormatter())
    place.margins(y=0.12)
    place.grid(axis="both", color=lines, linewidth=0.5)
    place.set_axisbelow(True)


def main(arguments: Sequence[str]) -> None:
    """Draw what is asked for."""
    results, theme, target = arguments
    draw(all_runs(read(Path(results))), theme, Path(target))


if __name__ == "__main__":
    main(sys.argv[1:])
