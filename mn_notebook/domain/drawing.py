"""Makes the picture of a run from its state: pure, and the only place that knows how."""

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from pydantic import JsonValue

from mn_notebook.domain.events import ApprovalRequested, ProposedCall
from mn_notebook.domain.layout import layout
from mn_notebook.domain.next_words import next_sentence, status_text
from mn_notebook.domain.picture import (
    Owner,
    PictureApproval,
    PictureCall,
    PictureEdge,
    PictureField,
    PictureItems,
    PictureNode,
    PictureRow,
    PictureSpan,
    RunPicture,
    RunStatus,
    StepStatus,
)
from mn_notebook.domain.state import Instance, OpenApproval, Progress, RunState
from mn_notebook.domain.values import Stored
from mn_notebook.domain.words import duration, plural
from mn_notebook.domain.workflow import ApproveStep, Step, Workflow

MAX_ROWS = 40
"""Lines of the timeline that a picture holds."""
MAX_SHOWN = 4_000
"""Characters of an output that a picture holds."""
_NODE_WIDTH = 148.0
_NODE_HEIGHT = 46.0


def draw(state: RunState, status: RunStatus, now: datetime, owner: Owner) -> RunPicture:
    """Return the picture of a run at ``now``."""
    workflow = state.workflow
    plan = _plan(workflow)
    output, output_cut = _shown(state.output)
    instances = _by_step(state)
    rows = _timeline(state)
    created_at = state.created_at or now
    return RunPicture(
        rev=state.head,
        run_id=state.run_id,
        short_id=state.run_id[:4],
        workflow=workflow.name,
        title=state.title,
        status=status,
        status_text=status_text(state, status, owner),
        scripted=state.totals.scripted,
        created_at=created_at,
        finished_at=state.finished_at,
        work_seconds=_work_seconds(state, now),
        steps_done=len(workflow.steps) - state.unended,
        steps_total=len(workflow.steps),
        calls=state.totals.calls,
        tokens_in=state.totals.usage.input_tokens,
        tokens_out=state.totals.usage.output_tokens,
        cost_usd=state.totals.cost_usd if state.totals.cost_known else None,
        cost_floor_usd=state.totals.cost_usd,
        budget_usd=None,
        owner=owner,
        nodes=tuple(
            _node(state, position, step, instances.get(position, ()), plan)
            for position, step in enumerate(workflow.steps)
        ),
        edges=plan.edges,
        width=plan.width,
        height=plan.height,
        approvals=tuple(
            _approval(state, waiting)
            for waiting in sorted(
                state.approvals.values(), key=lambda a: (a.requested_at, a.request.path)
            )
        ),
        timeline=rows[:MAX_ROWS],
        timeline_cut=max(0, len(rows) - MAX_ROWS),
        output=output,
        output_cut=output_cut,
        error=state.error.message if state.error is not None else None,
        next=next_sentence(state, status, owner),
    )


class _Plan:
    """Where the boxes and arrows of a workflow stand."""

    def __init__(self, workflow: Workflow) -> None:
        edges = [(need, step.name) for step in workflow.steps for need in step.needs]
        drawn = layout(
            [step.name for step in workflow.steps], edges, width=_NODE_WIDTH, height=_NODE_HEIGHT
        )
        self.positions = drawn.positions
        self.width = drawn.width
        self.height = drawn.height
        self.edges = tuple(
            PictureEdge(source=source, target=target, points=tuple(points))
            for (source, target), points in drawn.edges.items()
        )


_plans: dict[str, _Plan] = {}


def _plan(workflow: Workflow) -> _Plan:
    """The layout of a version never changes: it is made once."""
    known = _plans.get(workflow.hash)
    if known is None:
        if len(_plans) > 64:
            _plans.clear()
        known = _plans[workflow.hash] = _Plan(workflow)
    return known


def _by_step(state: RunState) -> Mapping[int, tuple[Instance, ...]]:
    found: dict[int, list[Instance]] = {}
    for instance in state.instances.values():
        found.setdefault(instance.step, []).append(instance)
    return {
        position: tuple(sorted(instances, key=lambda i: i.item or 0))
        for position, instances in found.items()
    }


def _node(
    state: RunState, position: int, step: Step, instances: tuple[Instance, ...], plan: _Plan
) -> PictureNode:
    progress = state.progress[position]
    x, y = plan.positions[step.name]
    output, output_cut = _shown(instances[0].output) if _alone(step, instances) else (None, False)
    status = step_status(progress, instances, ended=state.ended)
    error = progress.error or next((i.error for i in instances if i.error is not None), None)
    return PictureNode(
        name=step.name,
        kind=step.kind,
        status=status,
        detail=_detail(step, progress, instances, status),
        attempts=max((instance.attempt for instance in instances), default=0),
        cost_usd=_cost(instances),
        items=_items(progress, instances) if step.for_each is not None else None,
        error=None if error is None else error.message,
        output=output,
        output_cut=output_cut,
        model=next((i.answered_by for i in reversed(instances) if i.answered_by), None),
        tokens_in=sum(instance.usage.input_tokens for instance in instances),
        tokens_out=sum(instance.usage.output_tokens for instance in instances),
        x=x,
        y=y,
        width=_NODE_WIDTH,
        height=_NODE_HEIGHT,
    )


def _alone(step: Step, instances: tuple[Instance, ...]) -> bool:
    return step.for_each is None and bool(instances)


def _cost(instances: tuple[Instance, ...]) -> Decimal | None:
    if not any(instance.model_calls for instance in instances):
        return None
    if not all(instance.cost_known for instance in instances):
        return None
    return sum((instance.cost_usd for instance in instances), Decimal(0))


def step_status(
    progress: Progress, instances: tuple[Instance, ...], *, ended: bool = False
) -> StepStatus:
    """Return a step's status in the words of the glossary; nothing goes on in an ended run."""
    status = _step_status(progress, instances)
    return "cancelled" if ended and status in _GOING_ON else status


_GOING_ON = ("running", "retrying", "waiting")


def _step_status(progress: Progress, instances: tuple[Instance, ...]) -> StepStatus:
    if progress.status in ("succeeded", "failed", "skipped"):
        return progress.status
    statuses = {_instance_status(instance) for instance in instances}
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


def instance_status(instance: Instance, *, ended: bool = False) -> StepStatus:
    """Return the status of one unit of work in the words of the glossary."""
    status = _instance_status(instance)
    return "cancelled" if ended and status in _GOING_ON else status


def _instance_status(instance: Instance) -> StepStatus:
    if any(call.status == "in_doubt" for call in instance.calls) and instance.approval:
        return "in_doubt"
    if instance.status == "interrupted":
        return "retrying"
    return instance.status


def _items(progress: Progress, instances: tuple[Instance, ...]) -> PictureItems:
    return PictureItems(
        total=progress.total,
        succeeded=progress.succeeded,
        failed=progress.failed,
        running=sum(1 for instance in instances if instance.status == "running"),
        waiting=sum(1 for instance in instances if instance.status == "waiting"),
    )


def _detail(
    step: Step, progress: Progress, instances: tuple[Instance, ...], status: StepStatus
) -> str:
    if progress.waiting_because is not None and status == "waiting":
        return progress.waiting_because
    if step.for_each is not None and progress.items is not None:
        failed = f", {progress.failed} failed" if progress.failed else ""
        return f"{progress.succeeded} of {progress.total}{failed}"
    fixed = {"waiting": "waits for you", "in_doubt": "did it happen?", "skipped": "skipped"}
    if status in fixed:
        return fixed[status]
    if status == "retrying" and instances:
        return f"retry {instances[0].failures + 1}"
    seconds = _seconds(instances)
    return f"{step.kind} · {duration(seconds)}" if seconds and status != "running" else step.kind


def _seconds(instances: tuple[Instance, ...]) -> float:
    spans = [span for instance in instances for span in instance.spans]
    return sum(
        (span.end - span.start).total_seconds()
        for span in spans
        if span.end is not None and span.status in ("succeeded", "failed", "interrupted")
    )


def _work_seconds(state: RunState, now: datetime) -> float:
    if state.started_at is None:
        return 0.0
    worked = 0.0
    for instance in state.instances.values():
        for span in instance.spans:
            if span.status not in ("waiting", "retrying"):
                worked += ((span.end or now) - span.start).total_seconds()
    return round(worked, 3)


def _timeline(state: RunState) -> tuple[PictureRow, ...]:
    start = state.created_at
    if start is None:
        return ()
    began = [instance for instance in state.instances.values() if instance.spans]
    began.sort(key=lambda instance: (instance.spans[0].start, instance.step, instance.item or 0))
    return tuple(
        PictureRow(
            path=instance.path,
            status=instance_status(instance, ended=state.ended),
            spans=tuple(
                PictureSpan(
                    start=round((span.start - start).total_seconds(), 3),
                    end=None if span.end is None else round((span.end - start).total_seconds(), 3),
                    status=span.status,
                )
                for span in instance.spans
            ),
        )
        for instance in began
    )


def _approval(state: RunState, waiting: OpenApproval) -> PictureApproval:
    request = waiting.request
    verb = "settle" if request.subject == "in_doubt" else "approve"
    command = f"%mn {verb} {state.run_id[:4]} {request.path}"
    return PictureApproval(
        id=request.approval_id,
        kind="approve" if request.subject == "crashing" else request.subject,
        path=request.path,
        step=state.workflow.steps[state.instances[request.path].step].name,
        prompt=request.prompt,
        calls=tuple(_call(call) for call in request.calls),
        fields=_fields(state, request),
        evidence=request.evidence,
        requested_at=waiting.requested_at,
        expires_at=request.expires_at,
        then=request.then if request.expires_at is not None else None,
        command=command + (" --happened" if verb == "settle" else ""),
    )


def _fields(state: RunState, request: ApprovalRequested) -> tuple[PictureField, ...]:
    shown = request.shown.value
    if isinstance(shown, dict):
        return tuple(
            PictureField(path=path, value=value, editable=path in request.editable)
            for path, value in shown.items()
        )
    step = state.workflow.steps[state.instances[request.path].step]
    if request.shown.artifact is None or not isinstance(step, ApproveStep):
        return ()
    # Too large for a picture: said, and not editable, lest somebody sends these words back.
    words, _ = _shown(request.shown)
    return tuple(
        PictureField(path=path, value=words, editable=False) for path in (*step.show, *step.edit)
    )


def _call(call: ProposedCall) -> PictureCall:
    args = call.args.value
    return PictureCall(
        call_id=call.call_id,
        tool=call.tool,
        effect=call.effect,
        args=args if isinstance(args, dict) else {"artifact": call.args.artifact},
        key=call.key,
    )


def _shown(stored: Stored) -> tuple[JsonValue, bool]:
    """Return a value as a picture holds it, and whether that is not all of it."""
    if stored.artifact is not None:
        return f"{plural(stored.size, 'byte')}, kept as artifact {stored.artifact[:12]}", True
    text = json.dumps(stored.value, ensure_ascii=False)
    if len(text) <= MAX_SHOWN:
        return stored.value, False
    return text[:MAX_SHOWN] + "…", True
