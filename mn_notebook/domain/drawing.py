"""Makes the picture of a run from its state: pure, and the only place that knows how."""

from datetime import datetime
from typing import Literal

from mn_notebook.domain.ids import ROOT, ScopePath, StepPath
from mn_notebook.domain.next_words import next_sentence, status_text
from mn_notebook.domain.people_pictures import approval, waits
from mn_notebook.domain.picture import (
    Owner,
    PictureRow,
    PictureScope,
    PictureSpan,
    RunPicture,
    RunStatus,
    StepStatus,
)
from mn_notebook.domain.shown import shown
from mn_notebook.domain.state import RunState
from mn_notebook.domain.step_pictures import instance_status, nodes, plan_of

MAX_ROWS = 40
"""Lines of the timeline that a picture holds."""
MAX_SCOPES = 12
"""Graphs of subworkflows that a picture holds."""


def draw(state: RunState, status: RunStatus, now: datetime, owner: Owner) -> RunPicture:
    """Return the picture of a run at ``now``."""
    workflow = state.workflow
    plan = plan_of(workflow)
    output, output_cut = shown(state.output)
    rows = _timeline(state)
    scopes, scopes_cut = _scopes(state)
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
        steps_done=state.done,
        steps_total=len(workflow.steps),
        calls=state.totals.calls,
        tokens_in=state.totals.usage.input_tokens,
        tokens_out=state.totals.usage.output_tokens,
        cost_usd=state.totals.cost_usd if state.totals.cost_known else None,
        cost_floor_usd=state.totals.cost_usd,
        budget_usd=None,
        owner=owner,
        nodes=nodes(state, ROOT),
        edges=plan.edges,
        width=plan.width,
        height=plan.height,
        approvals=tuple(
            approval(state, waiting)
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
        waits=waits(state),
        scopes=scopes,
        scopes_cut=scopes_cut,
        actions=_actions(state),
        reuses=state.reuses,
        workflow_version=workflow.hash[:8],
    )


def _actions(
    state: RunState,
) -> tuple[Literal["pause", "resume", "cancel", "retry"], ...]:
    if state.phase == "failed":
        return ("retry",)
    if state.ended or state.cancel_requested:
        return ()
    return ("resume", "cancel") if state.pause_requested else ("pause", "cancel")


def _scopes(state: RunState) -> tuple[tuple[PictureScope, ...], int]:
    """Return the graphs of subworkflows, those at work or in trouble first, and how many more."""
    order: list[StepStatus] = [
        "waiting", "in_doubt", "failed", "running", "retrying", "pending", "cancelled",
        "succeeded", "skipped",
    ]  # fmt: skip
    found = [
        (instance_status(state.instances[StepPath(path)], ended=state.ended), path)
        for path in state.scopes
        if path and StepPath(path) in state.instances
    ]
    found.sort(key=lambda entry: (order.index(entry[0]), entry[1]))
    drawn = tuple(_scope(state, status, path) for status, path in found[:MAX_SCOPES])
    return drawn, len(found) - len(drawn)


def _scope(state: RunState, status: StepStatus, path: ScopePath) -> PictureScope:
    workflow = state.scopes[path].workflow
    plan = plan_of(workflow)
    return PictureScope(
        path=path,
        workflow=workflow.name,
        status=status,
        nodes=nodes(state, path),
        edges=plan.edges,
        width=plan.width,
        height=plan.height,
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
    began.sort(key=lambda instance: (instance.spans[0].start, instance.path))
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
