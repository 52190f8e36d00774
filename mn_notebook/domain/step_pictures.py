"""Pictures of steps: their status in the words of the glossary, and one short line about each."""

from decimal import Decimal
from typing import Literal

from mn_notebook.domain.fold_scopes import begun
from mn_notebook.domain.ids import NodePath, ScopePath, instance_path
from mn_notebook.domain.picture import PictureItem, PictureItems, PictureNode
from mn_notebook.domain.shown import shown
from mn_notebook.domain.state import Instance, Progress, RunState
from mn_notebook.domain.statuses import StepStatus
from mn_notebook.domain.values import NOTHING, Stored
from mn_notebook.domain.words import duration, plural
from mn_notebook.domain.workflow import Step, WorkflowStep

NODE_WIDTH = 148.0
NODE_HEIGHT = 46.0
MAX_ERROR = 2_000
"""Characters of an error that a box holds."""
MAX_TELLING = 8
"""Items of a ``for_each`` in each telling status that a picture names; all are counted."""
_TELLING: tuple[StepStatus, ...] = ("in_doubt", "failed", "waiting", "running", "retrying")
"""What an item is named for, trouble first."""


def instances_of(state: RunState, node: NodePath) -> tuple[Instance, ...]:
    """Return the units of work that a step is in now, in the order of its items."""
    return tuple(begun(state, node))


def all_instances_of(state: RunState, node: NodePath) -> tuple[Instance, ...]:
    """Return all units of work that a step ever was in, earlier iterations included."""
    found = [one for current in begun(state, node) for one in _with_earlier(state, node, current)]
    return tuple(found)


def _with_earlier(state: RunState, node: NodePath, current: Instance) -> list[Instance]:
    progress = state.progress[node]
    key = None if current.item is None else progress.keys[current.item]
    paths = (
        instance_path(node, key, iteration, progress.turn)
        for iteration in range(1, current.iteration)
    )
    earlier = [state.instances[path] for path in paths if path in state.instances]
    return [*earlier, current]


def step_node(
    state: RunState, node: NodePath, step: Step, place: tuple[float, float], room: int
) -> PictureNode:
    """Return the box of a step; its output is cut to ``room`` characters."""
    progress = state.progress[node]
    instances = instances_of(state, node)
    every = all_instances_of(state, node)
    x, y = place
    output, output_cut = shown(_output(state, node, step, instances), room)
    status = step_status(state, progress, instances)
    error = next((i.error for i in instances if i.error is not None), progress.error)
    iterations = (progress.iteration_of(None), *(one.iteration for one in instances))
    return PictureNode(
        name=step.name,
        kind=step.kind,
        status=status,
        detail=_limited(state, instances) or _detail(step, progress, instances, status),
        attempts=max((instance.attempt for instance in instances), default=0),
        cost_usd=_cost(every),
        items=_items(state, progress, instances) if step.for_each is not None else None,
        error=None if error is None else error.message[:MAX_ERROR],
        output=output,
        output_cut=output_cut,
        model=next((i.answered_by for i in reversed(every) if i.answered_by), None),
        tokens_in=sum(instance.usage.input_tokens for instance in every),
        tokens_out=sum(instance.usage.output_tokens for instance in every),
        x=x,
        y=y,
        width=NODE_WIDTH,
        height=NODE_HEIGHT,
        path=node,
        iteration=max(progress.turn, *iterations),
        at_most=step.repeat.at_most if step.repeat is not None else None,
        reused=bool(instances) and all(one.reused_from is not None for one in instances),
        stand_in=_stand_in(state, progress),
        calls_workflow=step.workflow if isinstance(step, WorkflowStep) else None,
        actions=_actions(state, node, progress, status),
    )


def _output(state: RunState, node: NodePath, step: Step, instances: tuple[Instance, ...]) -> Stored:
    progress = state.progress[node]
    if progress.given is not None:
        return progress.given
    if step.for_each is not None or not instances:
        return NOTHING
    if progress.stand_in is not None and progress.status == "succeeded":
        return _output(state, progress.stand_in, state.step_at(progress.stand_in), ())
    return instances[0].output


def _stand_in(state: RunState, progress: Progress) -> str | None:
    return None if progress.stand_in is None else state.step_at(progress.stand_in).name


def _actions(
    state: RunState, node: NodePath, progress: Progress, status: StepStatus
) -> tuple[Literal["retry", "skip"], ...]:
    fatal = progress.status == "failed" and state.step_at(node).on_failure == "fail"
    if state.phase == "failed" and not state.undo.begun:
        return ("retry", "skip") if fatal else ()
    if state.ended or state.phase == "created" or status in ("succeeded", "failed", "skipped"):
        return ()
    return ("skip",)


def _cost(instances: tuple[Instance, ...]) -> Decimal | None:
    if not any(instance.model_calls for instance in instances):
        return None
    if not all(instance.cost_known for instance in instances):
        return None
    return sum((instance.cost_usd for instance in instances), Decimal(0))


def step_status(state: RunState, progress: Progress, instances: tuple[Instance, ...]) -> StepStatus:
    """Return a step's status in the words of the glossary; nothing goes on in an ended run."""
    status = _step_status(state, progress, instances)
    return "cancelled" if state.ended and status in _GOING_ON else status


_GOING_ON = ("running", "retrying", "waiting")


def _step_status(
    state: RunState, progress: Progress, instances: tuple[Instance, ...]
) -> StepStatus:
    if progress.status in ("succeeded", "failed", "skipped"):
        return progress.status
    statuses = {_instance_status(state, instance) for instance in instances}
    order: tuple[StepStatus, ...] = (
        "in_doubt",
        "waiting",
        "running",
    )
    for status in order:
        if status in statuses:
            return status
    if progress.waiting_because is not None:
        return "waiting"
    for status in ("retrying", "cancelled"):
        if status in statuses:
            return status
    return "running" if progress.status == "open" else "pending"


def instance_status(state: RunState, instance: Instance) -> StepStatus:
    """Return the status of one unit of work in the words of the glossary."""
    status = _instance_status(state, instance)
    return "cancelled" if state.ended and status in _GOING_ON else status


def _instance_status(state: RunState, instance: Instance) -> StepStatus:
    if any(call.status == "in_doubt" for call in instance.calls) and instance.approval:
        return "in_doubt"
    if instance.status == "interrupted":
        return "retrying"
    if instance.status == "running" and _rests(state, instance):
        return "waiting"
    return instance.status


def _rests(state: RunState, instance: Instance) -> bool:
    """Tell whether a called workflow has begun, and nothing in it is under way."""
    inside = state.scopes.get(ScopePath(instance.path))
    return inside is not None and not inside.active


def _items(state: RunState, progress: Progress, instances: tuple[Instance, ...]) -> PictureItems:
    statuses = [instance_status(state, instance) for instance in instances]
    found = {
        status: [at for at, one in enumerate(statuses) if one == status] for status in _TELLING
    }
    telling = [at for positions in found.values() for at in positions[:MAX_TELLING]]
    return PictureItems(
        total=progress.total,
        succeeded=progress.succeeded,
        failed=progress.failed,
        running=statuses.count("running"),
        waiting=statuses.count("waiting"),
        skipped=progress.skipped,
        telling=tuple(
            PictureItem(
                key=progress.keys[instances[position].item or 0],
                path=instances[position].path,
                status=statuses[position],
            )
            for position in telling
        ),
    )


def _detail(
    step: Step, progress: Progress, instances: tuple[Instance, ...], status: StepStatus
) -> str:
    if progress.waiting_because is not None and status == "waiting":
        return progress.waiting_because
    if step.for_each is not None and progress.items is not None:
        failed = f", {progress.failed} failed" if progress.failed else ""
        skipped = f", {progress.skipped} skipped" if progress.skipped else ""
        return f"{progress.succeeded} of {progress.total}{failed}{skipped}"
    if status == "waiting" and step.kind == "wait":
        return _waited_for(instances)
    if status == "waiting" and step.kind == "workflow":
        return "waits inside"
    fixed = {"waiting": "waits for you", "in_doubt": "did it happen?", "skipped": "skipped"}
    if status in fixed:
        return fixed[status]
    if status == "retrying" and instances and instances[0].put_off:
        return f"put off ({plural(instances[0].put_offs, 'time')})"
    if status == "retrying" and instances:
        return f"retry {instances[0].failures + 1}"
    if step.repeat is not None and instances:
        return f"iteration {instances[0].iteration} of at most {step.repeat.at_most}"
    took = "" if status == "running" else duration(_seconds(instances))
    return step.kind if took in ("", _NO_TIME) else f"{step.kind} · {took}"


_NO_TIME = duration(0)
"""Less than these words can tell: a time of nothing would say what is not so."""


def _limited(state: RunState, instances: tuple[Instance, ...]) -> str:
    """Say what limit a step's work waits for, where none of it does anything else."""
    if not state.limited or state.ended:
        return ""
    going = [one for one in instances if one.status in ("running", "waiting")]
    found = [state.limited[one.path] for one in going if one.path in state.limited]
    if not found or len(found) < len(going):
        return ""
    first = min(found, key=lambda one: one.until)
    return f"until {first.until:%H:%M:%S} UTC: {first.limit}"


def _waited_for(instances: tuple[Instance, ...]) -> str:
    signal = next((one.signal for one in instances if one.signal), None)
    return f"waits for {signal}" if signal else "waits for its time"


def _seconds(instances: tuple[Instance, ...]) -> float:
    spans = [span for instance in instances for span in instance.spans]
    return sum(
        (span.end - span.start).total_seconds()
        for span in spans
        if span.end is not None and span.status in ("succeeded", "failed", "interrupted")
    )
