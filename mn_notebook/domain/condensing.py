"""Draws few boxes for many steps: some stand for themselves, the rest is counted in groups."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from mn_notebook.domain.layout import columns_of

MAX_BOXES = 64
"""Boxes of a graph; one with more steps is condensed."""
MAX_ARROWS = 250
"""Arrows of a graph; one with more is condensed, too."""
_MOST_SINGLE = 20
"""Steps of a condensed graph that stand for themselves because of what happens there."""
_ENDS = 2
"""Steps at either end of the text that stand for themselves, to show where the graph leads."""

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Shape:
    """The graph of a workflow by the positions of its steps."""

    steps: int
    pairs: tuple[Pair, ...]
    """From a step to one that follows it."""
    columns: tuple[int, ...]
    """The column of each step: the length of the longest way that leads to it."""


@dataclass(frozen=True, slots=True)
class Condensed:
    """A graph whose boxes stand for one step or for many."""

    boxes: tuple[tuple[int, ...], ...]
    """The steps of each box, in the order of the text."""
    arrows: tuple[Pair, ...]
    """From box to box."""


def shape_of(steps: int, pairs: Sequence[Pair]) -> Shape:
    """Return the graph of a workflow of so many steps."""
    return Shape(steps, tuple(pairs), tuple(columns_of(steps, pairs)))


def is_large(shape: Shape, room: int = MAX_BOXES) -> bool:
    """Tell whether a graph has more than can be looked at."""
    return shape.steps > room or len(shape.pairs) > MAX_ARROWS


def condensed(
    shape: Shape, telling: Sequence[int], room: int = MAX_BOXES, sorts: Sequence[str] = ()
) -> Condensed:
    """Return a drawing of a large graph in at most ``room`` boxes, or a few more for a tiny room.

    ``telling`` are the steps that matter, the most telling first. As many of them as fit stand for
    themselves, with some of those before and after them. The others are put together where the
    graph stays one that leads from left to right: those of one column beside a step that stands
    for itself, and all those of the columns between.
    Those of one column are kept apart by their ``sorts``, if these are given.
    """
    single = _MOST_SINGLE
    while True:
        drawn = _drawn(shape, _singles(shape, telling, single), sorts)
        fits = len(drawn.boxes) <= room and len(drawn.arrows) <= MAX_ARROWS
        if fits or single == 0:
            return drawn
        single //= 2


def _singles(shape: Shape, telling: Sequence[int], most: int) -> set[int]:
    """Choose what stands for itself: the ends, what matters, and what is next to that."""
    ends = [*range(_ENDS), *range(shape.steps - _ENDS, shape.steps)] if most else []
    chosen = dict.fromkeys([*telling[:most], *ends])
    first = set(telling[:most])
    for source, target in shape.pairs:
        if len(chosen) >= most + len(ends):
            break
        if source in first:
            chosen.setdefault(target)
        elif target in first:
            chosen.setdefault(source)
    return {step for step in chosen if 0 <= step < shape.steps}


def _drawn(shape: Shape, singles: Collection[int], sorts: Sequence[str]) -> Condensed:
    """Put together what does not stand for itself.

    An arrow of a workflow leads to a later column. So do the arrows between groups, if a group has
    either one column or several in which nothing stands for itself: no circle can arise.
    """
    bands = _bands(shape, {shape.columns[step] for step in singles})
    columns_in = Counter(bands)
    groups: dict[tuple[bool, int, str], list[int]] = {}
    for step, column in enumerate(shape.columns):
        alone, band = step in singles, bands[column]
        sort = sorts[step] if sorts and columns_in[band] == 1 else ""
        groups.setdefault((alone, step if alone else band, sort), []).append(step)
    boxes = sorted(groups.values())
    box_of = [0] * shape.steps
    for number, box in enumerate(boxes):
        for step in box:
            box_of[step] = number
    arrows = dict.fromkeys((box_of[source], box_of[target]) for source, target in shape.pairs)
    return Condensed(
        tuple(map(tuple, boxes)), tuple(arrow for arrow in arrows if arrow[0] != arrow[1])
    )


def _bands(shape: Shape, kept: Collection[int]) -> list[int]:
    """Number the columns so that those without a single step share a number with those beside."""
    bands: list[int] = []
    for column in range(max(shape.columns, default=-1) + 1):
        is_same = bands and column not in kept and column - 1 not in kept
        bands.append(bands[-1] if is_same else column)
    return bands
