"""Pictures of graphs: a box for each step, or few boxes for thousands of them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from mn_notebook.domain.condensing import MAX_BOXES, Shape, condensed, is_large, shape_of
from mn_notebook.domain.fold_scopes import nodes_of
from mn_notebook.domain.ids import NodePath, ScopePath, StepName, node_path
from mn_notebook.domain.layout import layout
from mn_notebook.domain.picture import PictureEdge, PictureItems, PictureNode
from mn_notebook.domain.shown import MAX_SHOWN
from mn_notebook.domain.state import RunState, Scope
from mn_notebook.domain.statuses import StepStatus
from mn_notebook.domain.step_pictures import (
    NODE_HEIGHT,
    NODE_WIDTH,
    instances_of,
    step_node,
    step_status,
)
from mn_notebook.domain.words import count
from mn_notebook.domain.workflow import Workflow

_T = TypeVar("_T")

MANY = "steps"
"""The kind of a box that stands for many."""
OUTPUT_ROOM = 24_000
"""Characters of all outputs of a graph that a picture holds."""
_LEAST_ROOM = 200
_SORTS: Mapping[StepStatus, str] = {
    "succeeded": "calm",
    "skipped": "calm",
    "running": "at work",
    "retrying": "at work",
}
"""What is put together although its status differs."""
_AROUND = 4
_KEPT_PLANS = 64
_TELLING: tuple[StepStatus, ...] = ("in_doubt", "failed", "waiting", "running", "retrying")
"""What makes a step stand for itself in a large graph, the most telling first."""
_WORST: tuple[StepStatus, ...] = (*_TELLING, "cancelled", "pending", "succeeded", "skipped")


@dataclass(frozen=True, slots=True)
class Plan:
    """Where boxes and arrows stand."""

    places: tuple[tuple[float, float], ...]
    """Of the boxes, in their order."""
    edges: tuple[PictureEdge, ...]
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Graph:
    """A graph as a picture holds it."""

    nodes: tuple[PictureNode, ...]
    edges: tuple[PictureEdge, ...]
    width: float
    height: float
    steps: int


def planned(names: Sequence[str], pairs: Iterable[tuple[int, int]]) -> Plan:
    """Lay boxes out by their names."""
    edges = [(names[source], names[target]) for source, target in pairs]
    drawn = layout(names, edges, width=NODE_WIDTH, height=NODE_HEIGHT)
    return Plan(
        tuple(drawn.positions[name] for name in names),
        tuple(
            PictureEdge(source=source, target=target, points=tuple(points))
            for (source, target), points in drawn.edges.items()
        ),
        drawn.width,
        drawn.height,
    )


_shapes: dict[str, Shape] = {}
_plans: dict[str, Plan] = {}


def shape_of_workflow(workflow: Workflow) -> Shape:
    """Return the graph of a workflow; that of a version never changes, and is found once.

    An arrow leads from a step to its fallback, too.
    """
    known = _shapes.get(workflow.hash)
    if known is None:
        index = workflow.index
        pairs = [(index[need], at) for at, step in enumerate(workflow.steps) for need in step.needs]
        pairs += [(at, index[s.fallback]) for at, s in enumerate(workflow.steps) if s.fallback]
        known = shape_of(len(workflow.steps), list(dict.fromkeys(pairs)))
        _keep(_shapes, workflow.hash, known)
    return known


def plan_of(workflow: Workflow) -> Plan:
    """Return the layout of a workflow whose steps all have their boxes; it is made once."""
    known = _plans.get(workflow.hash)
    if known is None:
        names = [step.name for step in workflow.steps]
        known = planned(names, shape_of_workflow(workflow).pairs)
        _keep(_plans, workflow.hash, known)
    return known


def _keep(known: dict[str, _T], name: str, made: _T) -> None:
    if len(known) >= _KEPT_PLANS:
        known.clear()
    known[name] = made


def name_of_many(workflow: Workflow, box: Sequence[int]) -> str:
    """Name a box that stands for many steps by the first and the last of them."""
    return f"{workflow.steps[box[0]].name} … {workflow.steps[box[-1]].name}"


def words_of_many(steps: int) -> str:
    """Say for how many steps a box stands."""
    return f"{count(steps)} more steps"


def graph(state: RunState, path: ScopePath, room: int = MAX_BOXES) -> Graph:
    """Return the graph of a run or of a subworkflow, in the order of its text.

    A graph with more steps than ``room`` is condensed: those in trouble and at work, and what is
    next to them, have boxes of their own; the others are counted in boxes that stand for many.
    """
    scope = state.scopes[path]
    workflow = scope.workflow
    shape = shape_of_workflow(workflow)
    if is_large(shape, room):
        return _large(state, scope, shape, room)
    plan = plan_of(workflow)
    share = _share(len(workflow.steps))
    nodes = tuple(
        step_node(state, node_path(path, step.name), step, place, share)
        for step, place in zip(workflow.steps, plan.places, strict=True)
    )
    return Graph(nodes, plan.edges, plan.width, plan.height, len(nodes))


def _share(boxes: int) -> int:
    return min(MAX_SHOWN, max(_LEAST_ROOM, OUTPUT_ROOM // max(boxes, 1)))


def _large(state: RunState, scope: Scope, shape: Shape, room: int) -> Graph:
    workflow = scope.workflow
    statuses = [_status(state, node) for node in nodes_of(scope)]
    drawn = condensed(shape, _telling(statuses), room, [_SORTS.get(s, s) for s in statuses])
    names = [
        workflow.steps[box[0]].name if len(box) == 1 else name_of_many(workflow, box)
        for box in drawn.boxes
    ]
    plan = planned(names, drawn.arrows)
    share = _share(len(drawn.boxes))
    nodes = []
    for name, box, place in zip(names, drawn.boxes, plan.places, strict=True):
        node, step = node_path(scope.path, workflow.steps[box[0]].name), workflow.steps[box[0]]
        if len(box) == 1:
            nodes.append(step_node(state, node, step, place, share))
        else:
            counts = Counter(statuses[position] for position in box)
            nodes.append(_many(node_path(scope.path, StepName(name)), name, counts, place))
    return Graph(tuple(nodes), plan.edges, plan.width, plan.height, shape.steps)


def _status(state: RunState, node: NodePath) -> StepStatus:
    progress = state.progress[node]
    if progress.status in ("succeeded", "failed", "skipped"):
        return progress.status
    return step_status(state, progress, instances_of(state, node))


def _telling(statuses: Sequence[StepStatus]) -> list[int]:
    """Return the steps that matter, the most telling first.

    Where nothing goes on they are those around the place that the run has come to.
    """
    found: dict[StepStatus, list[int]] = {}
    for position, status in enumerate(statuses):
        found.setdefault(status, []).append(position)
    telling = [position for status in _TELLING for position in found.get(status, ())]
    return telling or [*found.get("succeeded", [])[-_AROUND:], *found.get("pending", [])[:_AROUND]]


def _many(
    path: NodePath, name: str, counts: Counter[StepStatus], place: tuple[float, float]
) -> PictureNode:
    total = counts.total()
    return PictureNode(
        name=name,
        kind=MANY,
        status=next(status for status in _WORST if counts[status]),
        detail=words_of_many(total),
        attempts=0,
        cost_usd=None,
        items=PictureItems(
            total=total,
            succeeded=counts["succeeded"],
            failed=counts["failed"],
            running=counts["running"] + counts["retrying"],
            waiting=counts["waiting"] + counts["in_doubt"],
            skipped=counts["skipped"],
        ),
        error=None,
        output=None,
        output_cut=False,
        model=None,
        tokens_in=0,
        tokens_out=0,
        x=place[0],
        y=place[1],
        width=NODE_WIDTH,
        height=NODE_HEIGHT,
        path=path,
        stands_for=total,
    )
