"""Draws the rates of all subjects; runs in the environment ``plot``, which has matplotlib.

python -m benchmarks.plot RESULTS light|dark FILE
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt

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
OURS, THEIRS, LIMIT = "#2a7de1", "#8c959f", "#c9a227"


def draw(runs: Sequence[Run], theme: str, target: Path) -> None:
    """Draw one panel for each figure, with a bar for each subject."""
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
    titles = [SUBJECTS[subject].title.replace("`", "") for subject, _ in found]
    medians = [one.median for _, one in found]
    reach = [
        [one.median - one.least for _, one in found],
        [one.most - one.median for _, one in found],
    ]
    colours = {"mn": OURS, "bare": LIMIT}
    bars = place.barh(
        titles,
        medians,
        xerr=reach,
        color=[colours.get(subject, THEIRS) for subject, _ in found],
        error_kw={"ecolor": lines, "elinewidth": 1.5},
    )
    place.bar_label(bars, [f"{median:,.3g}" for median in medians], padding=4)
    place.set_xscale("log")
    place.set_title(title, loc="left", fontsize=10)
    place.margins(x=0.25)
    place.grid(axis="x", color=lines, linewidth=0.5)
    place.set_axisbelow(True)
    place.spines[["top", "right"]].set_visible(False)


def main(arguments: Sequence[str]) -> None:
    """Draw what is asked for."""
    results, theme, target = arguments
    draw(all_runs(read(Path(results))), theme, Path(target))


if __name__ == "__main__":
    main(sys.argv[1:])
