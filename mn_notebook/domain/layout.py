"""Places the steps of a workflow in columns, left to right, with a free way for every arrow."""

from bisect import bisect_right, insort
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

Point = tuple[float, float]
Edge = tuple[str, str]

_MARGIN = 8.0
_LANE = 6.0
"""The height that an arrow takes when it passes a column."""
_MAX_LANES = 3000
"""Beyond it the longest arrows are drawn straight: the drawing stays quick to make."""
_MAX_SWEEPS = 12
_MAX_LINKS_SWEPT = 100_000
"""A very dense workflow is swept less often: it is a tangle in any order."""
_ALIGNMENTS = 8
_BOX_WEIGHT = 1000.0
"""Against 1 of a lane: a step stays level with its neighbours, a passing arrow gives way."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything is; lengths are CSS pixels, the origin is the top left."""

    width: float
    height: float
    positions: Mapping[str, Point]
    """The top left corner of each box."""
    edges: Mapping[Edge, tuple[Point, ...]]
    """The corners of each arrow, from the right side of its source to the left of its target."""


@dataclass(frozen=True, slots=True)
class _Grid:
    """Boxes and lanes as numbers: below ``boxes`` a step, else an arrow that passes a column."""

    boxes: int
    columns: list[list[int]]
    before: list[list[int]]
    after: list[list[int]]
    lanes: Mapping[int, list[int]]
    """The lanes of each source, column by column; the arrows of one source share them."""


@dataclass(frozen=True, slots=True)
class _Column:
    cells: Sequence[int]
    offsets: Sequence[float]
    """How far below the first cell each one must at least be."""
    weights: Sequence[float]
    """How firmly each one keeps its place."""


@dataclass(frozen=True, slots=True)
class _Scale:
    width: float
    height: float
    gap_x: float
    gap_y: float

    def left(self, column: int) -> float:
        return _MARGIN + column * (self.width + self.gap_x)


def layout(
    nodes: Sequence[str],
    edges: Sequence[Edge],
    *,
    width: float = 148.0,
    height: float = 46.0,
    gap_x: float = 44.0,
    gap_y: float = 18.0,
) -> Layout:
    """Draw a workflow as layers, each step right of everything that it waits for.

    The same input gives the same drawing. Boxes never overlap; an arrow passes other boxes on a
    lane of its own, except the longest ones of a very large or very dense workflow.

    Raises:
        ValueError: A name occurs twice, an edge names an unknown step, or the edges form a cycle.
    """
    if not nodes:
        return Layout(0.0, 0.0, {}, {})
    pairs = _numbered(nodes, edges)
    depths = columns_of(len(nodes), pairs)
    grid = _grid(depths, pairs)
    columns = _untangled(grid)
    scale = _Scale(width, height, gap_x, gap_y)
    return _drawn(nodes, pairs, depths, grid, _centres(grid, columns, scale), scale)


def _numbered(nodes: Sequence[str], edges: Sequence[Edge]) -> list[tuple[int, int]]:
    number = {name: index for index, name in enumerate(nodes)}
    if len(number) != len(nodes):
        raise ValueError(f"Step names must differ, found {sorted(nodes)!r}")
    unknown = sorted({name for edge in edges for name in edge} - number.keys())
    if unknown:
        raise ValueError(f"Edges name unknown steps: {unknown!r}")
    return list(dict.fromkeys((number[source], number[target]) for source, target in edges))


def columns_of(boxes: int, pairs: Iterable[tuple[int, int]]) -> list[int]:
    """Give each box its column: the length of the longest path that leads to it.

    Raises:
        ValueError: The pairs form a cycle.
    """
    after: list[list[int]] = [[] for _ in range(boxes)]
    open_sources = [0] * boxes
    for source, target in pairs:
        after[source].append(target)
        open_sources[target] += 1
    depths = [0] * boxes
    ready = [box for box in range(boxes) if not open_sources[box]]
    for box in ready:
        for target in after[box]:
            depths[target] = max(depths[target], depths[box] + 1)
            open_sources[target] -= 1
            if not open_sources[target]:
                ready.append(target)
    if len(ready) < boxes:
        raise ValueError("The edges form a cycle: a workflow must lead from left to right")
    return depths


def _grid(depths: Sequence[int], pairs: Sequence[tuple[int, int]]) -> _Grid:
    boxes = len(depths)
    columns: list[list[int]] = [[] for _ in range(max(depths) + 1)]
    for box, depth in enumerate(depths):
        columns[depth].append(box)
    lanes = _lanes(boxes, _reaches(depths, pairs), depths, columns)
    total = sum(map(len, columns))
    grid = _Grid(boxes, columns, [[] for _ in range(total)], [[] for _ in range(total)], lanes)
    _connect(grid, depths, pairs)
    return grid


def _reaches(depths: Sequence[int], pairs: Sequence[tuple[int, int]]) -> dict[int, int]:
    """Say how many columns the longest arrow of each source passes, within ``_MAX_LANES``."""
    reaches: dict[int, int] = {}
    left = _MAX_LANES
    for source, target in sorted(pairs, key=lambda pair: depths[pair[1]] - depths[pair[0]]):
        span = depths[target] - depths[source] - 1
        more = span - reaches.get(source, 0)
        if more > left:
            break
        reaches[source] = span
        left -= more
    return reaches


def _lanes(
    first: int, reaches: Mapping[int, int], depths: Sequence[int], columns: list[list[int]]
) -> dict[int, list[int]]:
    lanes: dict[int, list[int]] = {}
    for source in sorted(reaches):
        lanes[source] = list(range(first, first + reaches[source]))
        first += reaches[source]
        for step, lane in enumerate(lanes[source], depths[source] + 1):
            columns[step].append(lane)
    return lanes


def _connect(grid: _Grid, depths: Sequence[int], pairs: Iterable[tuple[int, int]]) -> None:
    for source, lanes in grid.lanes.items():
        for left, right in pairwise([source, *lanes]):
            _join(grid, left, right)
    for source, target in pairs:
        chain = [source, *grid.lanes.get(source, ())]
        span = depths[target] - depths[source]
        if span <= len(chain):
            _join(grid, chain[span - 1], target)


def _join(grid: _Grid, left: int, right: int) -> None:
    grid.after[left].append(right)
    grid.before[right].append(left)


def _untangled(grid: _Grid) -> list[list[int]]:
    """Order each column so that few arrows cross: sweep right and back, keep the best."""
    columns = [list(column) for column in grid.columns]
    best, fewest = [list(column) for column in columns], _crossings(columns, grid.after)
    links = sum(map(len, grid.after))
    for sweep in range(min(_MAX_SWEEPS, 1 + _MAX_LINKS_SWEPT // max(links, 1))):
        if not fewest:
            break
        if sweep % 2:
            _sweep(columns[::-1], grid.after)
        else:
            _sweep(columns, grid.before)
        crossings = _crossings(columns, grid.after)
        if crossings < fewest:
            best, fewest = [list(column) for column in columns], crossings
    return best


def _sweep(columns: Sequence[list[int]], neighbours: Sequence[Sequence[int]]) -> None:
    for fixed, column in pairwise(columns):
        place = {cell: index for index, cell in enumerate(fixed)}
        keys = {
            cell: _barycentre([place[other] for other in neighbours[cell]], index)
            for index, cell in enumerate(column)
        }
        column.sort(key=keys.__getitem__)


def _barycentre(places: Sequence[int], own: int) -> tuple[float, int]:
    return (sum(places) / len(places) if places else float(own), own)


def _crossings(columns: Sequence[Sequence[int]], after: Sequence[Sequence[int]]) -> int:
    total = 0
    for left, right in pairwise(columns):
        place = {cell: index for index, cell in enumerate(right)}
        seen: list[int] = []
        for cell in left:
            ends = [place[target] for target in after[cell]]
            total += sum(len(seen) - bisect_right(seen, end) for end in ends)
            for end in ends:
                insort(seen, end)
    return total


def _centres(grid: _Grid, ordered: Sequence[Sequence[int]], scale: _Scale) -> list[float]:
    """Give each cell its height on the page: near its neighbours, in order, and apart."""
    centres = [0.0] * len(grid.before)
    columns = [_column(cells, grid.boxes, scale) for cells in ordered]
    for column in columns:
        _place(centres, column, [0.0] * len(column.cells))
    for turn in range(_ALIGNMENTS):
        neighbours = grid.after if turn % 2 else grid.before
        for column in columns[:: -1 if turn % 2 else 1]:
            wanted = [_wanted(cell, neighbours[cell], centres, grid.boxes) for cell in column.cells]
            _place(centres, column, wanted)
    return centres


def _column(cells: Sequence[int], boxes: int, scale: _Scale) -> _Column:
    offsets = [0.0]
    for upper, lower in pairwise(cells):
        lanes = (upper >= boxes) + (lower >= boxes)
        gap = (scale.gap_y, 0.75 * scale.gap_y, 0.5 * scale.gap_y)[lanes]
        offsets.append(offsets[-1] + gap + (lanes * _LANE + (2 - lanes) * scale.height) / 2)
    return _Column(cells, offsets, [1.0 if cell >= boxes else _BOX_WEIGHT for cell in cells])


def _wanted(cell: int, neighbours: Sequence[int], centres: Sequence[float], boxes: int) -> float:
    """Find the height at which the arrows of a cell are straightest; steps pull more than lanes."""
    if not neighbours:
        return centres[cell]
    is_lane = cell >= boxes
    pulls = sorted(
        centres[other]
        for other in neighbours
        for _ in range(4 if (other >= boxes) == is_lane else 1)
    )
    middle = len(pulls) // 2
    return (pulls[middle] + pulls[~middle]) / 2


def _place(centres: list[float], column: _Column, wanted: Sequence[float]) -> None:
    free = [want - offset for want, offset in zip(wanted, column.offsets, strict=True)]
    settled = _rising(free, column.weights)
    for cell, offset, base in zip(column.cells, column.offsets, settled, strict=True):
        centres[cell] = base + offset


def _rising(values: Iterable[float], weights: Iterable[float]) -> list[float]:
    """Return the never falling sequence nearest to the given one (pool adjacent violators)."""
    pools: list[tuple[float, float, int]] = []
    for value, weight in zip(values, weights, strict=True):
        total, mass, count = value * weight, weight, 1
        while pools and pools[-1][0] * mass >= total * pools[-1][1]:
            above, heavy, members = pools.pop()
            total, mass, count = total + above, mass + heavy, count + members
        pools.append((total, mass, count))
    return [total / mass for total, mass, count in pools for _ in range(count)]


def _drawn(
    nodes: Sequence[str],
    pairs: Iterable[tuple[int, int]],
    depths: Sequence[int],
    grid: _Grid,
    centres: Sequence[float],
    scale: _Scale,
) -> Layout:
    half = [scale.height / 2 if cell < grid.boxes else _LANE / 2 for cell in range(len(centres))]
    rise = _MARGIN - min(centre - reach for centre, reach in zip(centres, half, strict=True))
    bottom = max(centre + reach for centre, reach in zip(centres, half, strict=True)) + rise
    tops = [round(centre + rise - scale.height / 2, 1) for centre in centres]
    middles = [top + scale.height / 2 for top in tops]
    return Layout(
        width=scale.left(max(depths)) + scale.width + _MARGIN,
        height=round(bottom + _MARGIN, 1),
        positions={name: (scale.left(depths[i]), tops[i]) for i, name in enumerate(nodes)},
        edges={
            (nodes[source], nodes[target]): _way(source, target, depths, grid.lanes, middles, scale)
            for source, target in pairs
        },
    )


def _way(
    source: int,
    target: int,
    depths: Sequence[int],
    lanes: Mapping[int, Sequence[int]],
    middles: Sequence[float],
    scale: _Scale,
) -> tuple[Point, ...]:
    first, last = depths[source], depths[target]
    passed = lanes.get(source, ())[: last - first - 1]
    points = [(scale.left(first) + scale.width, middles[source])]
    if len(passed) == last - first - 1:
        for column, lane in enumerate(passed, first + 1):
            left = scale.left(column)
            points += [(left, middles[lane]), (left + scale.width, middles[lane])]
    return _bends([*points, (scale.left(last), middles[target])])


def _bends(points: Sequence[Point]) -> tuple[Point, ...]:
    """Leave out the corners at which a level arrow goes on level."""
    kept = [points[0]]
    for here, then in pairwise(points[1:]):
        if not kept[-1][1] == here[1] == then[1]:
            kept.append(here)
    return (*kept, points[-1])
