"""A drawing of a workflow: boxes apart, arrows to the right, the same every time."""

from collections.abc import Iterator
from itertools import combinations, pairwise
from sys import gettrace
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mn_notebook.domain.layout import Edge, Layout, Point, layout

WIDTH, HEIGHT = 148.0, 46.0


@st.composite
def workflows(draw: st.DrawFn) -> tuple[list[str], list[Edge]]:
    nodes = [f"s{index}" for index in range(draw(st.integers(0, 14)))]
    possible = list(combinations(nodes, 2))
    edges = draw(st.lists(st.sampled_from(possible), max_size=30)) if possible else []
    return draw(st.permutations(nodes)), edges


def overlap(one: Point, other: Point) -> bool:
    return abs(one[0] - other[0]) < WIDTH and abs(one[1] - other[1]) < HEIGHT


def samples(points: tuple[Point, ...]) -> Iterator[Point]:
    for (x1, y1), (x2, y2) in pairwise(points):
        for part in range(21):
            yield x1 + (x2 - x1) * part / 20, y1 + (y2 - y1) * part / 20


def inside(point: Point, box: Point) -> bool:
    return 0 < point[0] - box[0] < WIDTH and 0 < point[1] - box[1] < HEIGHT


@given(workflows())
def test_no_two_boxes_overlap(workflow: tuple[list[str], list[Edge]]) -> None:
    """Every step can be read: its box covers no other."""
    drawing = layout(*workflow)
    assert drawing.positions.keys() == set(workflow[0])
    assert not any(overlap(a, b) for a, b in combinations(drawing.positions.values(), 2))


@given(workflows())
def test_everything_is_on_the_page(workflow: tuple[list[str], list[Edge]]) -> None:
    """No box and no corner lies outside the size that the drawing states."""
    drawing = layout(*workflow)
    boxes = [(x + WIDTH, y + HEIGHT) for x, y in drawing.positions.values()]
    corners = [point for points in drawing.edges.values() for point in points]
    for x, y in [*drawing.positions.values(), *boxes, *corners]:
        assert 0 <= x <= drawing.width
        assert 0 <= y <= drawing.height


@given(workflows())
def test_every_edge_goes_left_to_right(workflow: tuple[list[str], list[Edge]]) -> None:
    """An arrow never turns back."""
    for points in layout(*workflow).edges.values():
        assert all(left[0] < right[0] for left, right in pairwise(points))


@given(workflows())
def test_every_edge_ends_on_the_borders_of_its_boxes(
    workflow: tuple[list[str], list[Edge]],
) -> None:
    """An arrow leaves its source on the right and reaches its target on the left."""
    drawing = layout(*workflow)
    assert drawing.edges.keys() == set(workflow[1])
    for (source, target), points in drawing.edges.items():
        (x, y), (u, v) = drawing.positions[source], drawing.positions[target]
        assert points[0] == pytest.approx((x + WIDTH, y + HEIGHT / 2))
        assert points[-1] == pytest.approx((u, v + HEIGHT / 2))


@given(workflows())
def test_no_edge_runs_through_a_box(workflow: tuple[list[str], list[Edge]]) -> None:
    """An arrow passes the steps between its ends on a lane of its own."""
    drawing = layout(*workflow)
    for points in drawing.edges.values():
        for box in drawing.positions.values():
            assert not any(inside(point, box) for point in samples(points))


@given(workflows())
def test_the_same_workflow_gives_the_same_drawing(workflow: tuple[list[str], list[Edge]]) -> None:
    """A drawing depends on nothing but the workflow."""
    assert layout(*workflow) == layout(*workflow)


def test_no_steps_give_an_empty_page() -> None:
    """Nothing to draw is no error."""
    assert layout([], []) == Layout(0.0, 0.0, {}, {})


def test_steps_without_edges_stand_in_one_column() -> None:
    """Steps that wait for nothing start together."""
    positions = layout(["a", "b", "c"], []).positions
    assert len({x for x, _ in positions.values()}) == 1


def test_a_chain_is_one_level_line() -> None:
    """Steps in a row are drawn in a row."""
    names = [f"s{index}" for index in range(6)]
    drawing = layout(names, list(pairwise(names)))
    assert len({y for _, y in drawing.positions.values()}) == 1
    assert all(len(points) == 2 for points in drawing.edges.values())


def test_a_chain_stays_level_beside_a_long_arrow() -> None:
    """An arrow that skips a step does not bend the way of the others."""
    names = ["gather", "check", "draft", "review", "publish"]
    drawing = layout(names, [*pairwise(names), ("gather", "draft"), ("draft", "publish")])
    tops = {y for _, y in drawing.positions.values()}
    assert max(tops) - min(tops) <= 1


def test_a_fork_is_level_with_the_middle_branch() -> None:
    """A step stands level with the middle of what follows it."""
    drawing = layout(["a", "b", "c", "d"], [("a", "b"), ("a", "c"), ("a", "d")])
    assert drawing.positions["a"][1] == drawing.positions["c"][1]


def test_two_crossed_ways_are_untangled() -> None:
    """Steps are ordered so that arrows need not cross."""
    drawing = layout(["a", "b", "c", "d"], [("a", "d"), ("b", "c")])
    upper, lower = sorted(drawing.edges.values(), key=lambda points: points[0][1])
    assert upper[-1][1] < lower[-1][1]


@pytest.mark.parametrize(
    "step",
    [1, 2, 3, 7],
    ids=["chain", "two-strands", "three-strands", "seven-strands"],
)
def test_500_steps_are_drawn_in_under_a_second(step: int) -> None:
    """A large workflow does not hold up its cell."""
    names = [f"s{index}" for index in range(500)]
    edges = [
        (names[i], names[i + j]) for i in range(500) for j in (step, 40, 7 * i) if 0 < j < 500 - i
    ]
    seconds = []
    for _ in range(3):  # the best of three: a busy core is slow now and then
        begun = process_time()
        drawing = layout(names, edges)
        seconds.append(process_time() - begun)
        assert drawing.edges.keys() == set(edges)
    assert min(seconds) < (10 if gettrace() else 1)  # measured coverage is slow


@pytest.mark.parametrize(
    ("nodes", "edges", "message"),
    [
        (["a", "a"], [], "must differ"),
        (["a"], [("a", "b")], "unknown steps: \\['b'\\]"),
        (["a", "b"], [("a", "b"), ("b", "a")], "cycle"),
        (["a"], [("a", "a")], "cycle"),
    ],
    ids=["twice", "unknown", "cycle", "itself"],
)
def test_what_is_no_workflow_is_refused(nodes: list[str], edges: list[Edge], message: str) -> None:
    """A drawing is made of a workflow, or not at all."""
    with pytest.raises(ValueError, match=message):
        layout(nodes, edges)
