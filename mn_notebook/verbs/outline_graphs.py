"""The graph of a workflow that is not yet run: a box for each step, or few for thousands."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mn_notebook.domain.condensing import condensed, is_large
from mn_notebook.domain.graph_pictures import (
    MANY,
    Plan,
    name_of_many,
    plan_of,
    planned,
    shape_of_workflow,
    words_of_many,
)
from mn_notebook.domain.outline import OutlineNode
from mn_notebook.domain.step_pictures import NODE_HEIGHT, NODE_WIDTH
from mn_notebook.domain.workflow import Step, Workflow

NodeOf = Callable[[Step, tuple[float, float]], OutlineNode]


@dataclass(frozen=True, slots=True)
class OutlineGraph:
    """Boxes and where everything stands."""

    nodes: tuple[OutlineNode, ...]
    plan: Plan


def outline_graph(
    workflow: Workflow, node_of: NodeOf, asks_person: Callable[[Step], bool]
) -> OutlineGraph:
    """Return the graph of a workflow; in a large one those that ask a person stand out."""
    shape = shape_of_workflow(workflow)
    steps = workflow.steps
    if not is_large(shape):
        plan = plan_of(workflow)
        return OutlineGraph(tuple(map(node_of, steps, plan.places)), plan)
    asking = [position for position, step in enumerate(steps) if asks_person(step)]
    drawn = condensed(shape, [*asking, *range(min(8, len(steps)))])
    names = [_name(workflow, box) for box in drawn.boxes]
    plan = planned(names, drawn.arrows)
    nodes = [
        node_of(steps[box[0]], place)
        if len(box) == 1
        else _many(name, len(box), any(asks_person(steps[position]) for position in box), place)
        for name, box, place in zip(names, drawn.boxes, plan.places, strict=True)
    ]
    return OutlineGraph(tuple(nodes), plan)


def _name(workflow: Workflow, box: Sequence[int]) -> str:
    return workflow.steps[box[0]].name if len(box) == 1 else name_of_many(workflow, box)


def _many(name: str, steps: int, asks: object, place: tuple[float, float]) -> OutlineNode:
    return OutlineNode(
        name=name,
        kind=MANY,
        detail=words_of_many(steps),
        tools=(),
        asks_person=bool(asks),
        x=place[0],
        y=place[1],
        width=NODE_WIDTH,
        height=NODE_HEIGHT,
        stands_for=steps,
    )
