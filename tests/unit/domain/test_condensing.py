"""A graph of thousands of steps, drawn in few boxes: nothing is lost, and it still leads on."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mn_notebook.domain.condensing import (
    MAX_ARROWS,
    MAX_BOXES,
    Condensed,
    Pair,
    Shape,
    condensed,
    is_large,
    shape_of,
)
from mn_notebook.domain.layout import columns_of

SORTS = ("done", "open")


def chain(steps: int) -> Shape:
    return shape_of(steps, [(at, at + 1) for at in range(steps - 1)])


def fan(steps: int) -> Shape:
    middle = range(1, steps - 1)
    return shape_of(steps, [*((0, at) for at in middle), *((at, steps - 1) for at in middle)])


def tangle(steps: int) -> Shape:
    return shape_of(steps, list(combinations(range(steps), 2)))


@st.composite
def cases(draw: st.DrawFn) -> tuple[Shape, list[int], int, list[str]]:
    steps = draw(st.integers(1, 40))
    possible = list(combinations(range(steps), 2))
    pairs: list[Pair] = (
        draw(st.lists(st.sampled_from(possible), max_size=80, unique=True)) if possible else []
    )
    telling = draw(st.lists(st.integers(0, steps - 1), max_size=12, unique=True))
    sorts = draw(st.lists(st.sampled_from(SORTS), min_size=steps, max_size=steps))
    return shape_of(steps, pairs), telling, draw(st.integers(4, 20)), sorts


def members(drawn: Condensed) -> list[int]:
    return [step for box in drawn.boxes for step in box]


@given(cases())
def test_every_step_is_in_one_box(case: tuple[Shape, list[int], int, list[str]]) -> None:
    """What is put together is counted, and nothing twice."""
    shape, telling, room, sorts = case
    drawn = condensed(shape, telling, room, sorts)
    assert sorted(members(drawn)) == list(range(shape.steps))


@given(cases())
def test_a_condensed_graph_leads_from_left_to_right(
    case: tuple[Shape, list[int], int, list[str]],
) -> None:
    """Putting steps together makes no circle, and keeps every arrow between two boxes."""
    shape, telling, room, sorts = case
    drawn = condensed(shape, telling, room, sorts)
    columns_of(len(drawn.boxes), drawn.arrows)  # raises ValueError for a circle
    box_of = {step: number for number, box in enumerate(drawn.boxes) for step in box}
    wanted = {(box_of[one], box_of[other]) for one, other in shape.pairs}
    assert set(drawn.arrows) == {(one, other) for one, other in wanted if one != other}


@pytest.mark.parametrize("shape", [chain(10_000), fan(10_000), tangle(120)])
@pytest.mark.parametrize("telling", [[], [60], list(range(20, 110))])
def test_a_large_graph_has_few_boxes_and_arrows(shape: Shape, telling: list[int]) -> None:
    """However many steps there are, and however many of them matter."""
    assert is_large(shape)
    drawn = condensed(shape, telling)
    assert len(drawn.boxes) <= MAX_BOXES
    assert len(drawn.arrows) <= MAX_ARROWS


def test_what_matters_stands_for_itself_with_what_is_next_to_it() -> None:
    """In the middle of a chain one sees the step, the one before, the one after, and the ends."""
    drawn = condensed(chain(10_000), [5_000])
    single = [box[0] for box in drawn.boxes if len(box) == 1]
    assert single == [0, 1, 4_999, 5_000, 5_001, 9_998, 9_999]
    assert [len(box) for box in drawn.boxes if len(box) > 1] == [4_997, 4_996]


def test_what_is_done_and_what_is_open_are_kept_apart_in_a_column() -> None:
    """A fan of which a half is done shows a box for either half."""
    sorts = ["done" if at < 5_000 else "open" for at in range(10_000)]
    many = [box for box in condensed(fan(10_000), [5_000], sorts=sorts).boxes if len(box) > 1]
    assert [{sorts[step] for step in box} for box in many] == [{"done"}, {"open"}]
