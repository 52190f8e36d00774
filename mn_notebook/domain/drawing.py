"""Makes the picture of a run from its state: pure, and the only place that knows how."""

from datetime import datetime
from decimal import Decimal
from heapq import nlargest

from mn_notebook.domain.budget_words import hint, spent_of
from mn_notebook.domain.budgets import WORKING, counted_until
from mn_notebook.domain.call_words import spared_text
from mn_notebook.domain.condensing import MAX_BOXES
from mn_notebook.domain.graph_pictures import Graph, graph
from mn_notebook.domain.ids import ROOT, ScopePath, StepPath
from mn_notebook.domain.next_words import next_sentence, status_text
from mn_notebook.domain.people_pictures import approvals, permissions, waits
from mn_notebook.domain.picture import (
    PictureRow,
    PictureScope,
    PictureSpan,
    RunAction,
    RunPicture,
)
from mn_notebook.domain.shown import shown
from mn_notebook.domain.state import Instance, RunState
from mn_notebook.domain.statuses import Owner, RunStatus, StepStatus
from mn_notebook.domain.step_pictures import instance_status

MAX_ROWS = 40
"""Lines of the timeline that a picture holds."""
MAX_SCOPES = 12
"""Graphs of subworkflows that a picture holds."""
LEAST_SCOPE_BOXES = 24
"""Boxes that the graphs of all subworkflows have together at least, if they are wanted."""
SCOPE_BOXES = 12
"""Boxes of one of them; a larger one is condensed."""
MAX_SPANS = 12
"""Stretches of a line of the timeline, the last ones."""
MAX_ERROR = 4_000
"""Characters of an error that a picture holds."""


def draw(state: RunState, status: RunStatus, now: datetime, owner: Owner) -> RunPicture:
    """Return the picture of a run at ``now``."""
    workflow = state.workflow
    own = graph(state, ROOT)
    output, output_cut = shown(state.output)
    rows, rows_cut = _timeline(state)
    asked, asked_cut = approvals(state)
    waited, waited_cut = waits(state)
    scopes, scopes_cut = _scopes(state, own)
    created_at = state.created_at or now
    until = counted_until(state, owner, now)
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
        work_seconds=_work_seconds(state, until),
        steps_done=state.done,
        steps_total=len(workflow.steps),
        calls=state.totals.calls,
        tokens_in=state.totals.usage.input_tokens,
        tokens_out=state.totals.usage.output_tokens,
        cost_usd=state.totals.cost_usd if state.totals.cost_known else None,
        cost_floor_usd=state.totals.cost_usd,
        budget_usd=_dollars(state),
        budget=spent_of(state, until) if workflow.asks_models else (),
        reserved_usd=state.account.open_usd,
        budget_hint=hint(state, until),
        spared=spared_text(state.totals.spared),
        owner=owner,
        nodes=own.nodes,
        edges=own.edges,
        width=own.width,
        height=own.height,
        approvals=asked,
        approvals_cut=asked_cut,
        permissions=permissions(state),
        timeline=rows,
        timeline_cut=rows_cut,
        output=output,
        output_cut=output_cut,
        error=state.error.message[:MAX_ERROR] if state.error is not None else None,
        next=_next(state, status, owner, until),
        waits=waited,
        waits_cut=waited_cut,
        scopes=scopes,
        scopes_cut=scopes_cut,
        actions=_actions(state),
        undoable=len(state.undo.plan) if state.undo.calls else 0,
        reuses=state.reuses,
        workflow_version=workflow.hash[:8],
    )


def _dollars(state: RunState) -> Decimal | None:
    """Return what a run may spend; nothing is said of it where no model is asked."""
    if state.budget is None or not state.workflow.asks_models:
        return None
    return state.budget.usd


def _next(state: RunState, status: RunStatus, owner: Owner, now: datetime) -> str:
    """Say what happens next, and that a budget is nearly used up."""
    sentence, near = next_sentence(state, status, owner), hint(state, now)
    if not near or state.reached is not None:
        return sentence
    return f"{sentence} Only {near}: `%mn budget {state.run_id[:4]} …` raises it."


def _actions(state: RunState) -> tuple[RunAction, ...]:
    if state.undoing:
        return ("keep",)
    if state.ended:
        retry: tuple[RunAction, ...] = ("retry",)
        again = retry if state.phase == "failed" and not state.undo.begun else ()
        offered = state.undo.plan and not state.undo.declined
        return (*again, "undo") if offered else again
    if state.cancel_requested:
        return ()
    return ("resume", "cancel") if state.pause_requested else ("pause", "cancel")


def _scopes(state: RunState, own: Graph) -> tuple[tuple[PictureScope, ...], int]:
    """Return the graphs of subworkflows, those at work or in trouble first, and how many more.

    They share the boxes that the run's own graph leaves.
    """
    order: list[StepStatus] = [
        "waiting", "in_doubt", "failed", "running", "retrying", "pending", "cancelled",
        "succeeded", "skipped",
    ]  # fmt: skip
    found = [
        (instance_status(state, state.instances[StepPath(path)]), path)
        for path in state.scopes
        if path and StepPath(path) in state.instances
    ]
    found.sort(key=lambda entry: (order.index(entry[0]), entry[1]))
    room = max(MAX_BOXES - len(own.nodes), LEAST_SCOPE_BOXES)
    drawn: list[PictureScope] = []
    for status, path in found[:MAX_SCOPES]:
        if room <= 0:
            break
        drawn.append(_scope(state, status, path))
        room -= len(drawn[-1].nodes)
    return tuple(drawn), len(found) - len(drawn)


def _scope(state: RunState, status: StepStatus, path: ScopePath) -> PictureScope:
    own = graph(state, path, SCOPE_BOXES)
    return PictureScope(
        path=path,
        workflow=state.scopes[path].workflow.name,
        status=status,
        nodes=own.nodes,
        edges=own.edges,
        width=own.width,
        height=own.height,
        steps=own.steps,
    )


def _work_seconds(state: RunState, now: datetime) -> float:
    if state.started_at is None:
        return 0.0
    worked = 0.0
    for instance in state.instances.values():
        if state.step_at(instance.node).kind not in WORKING:
            continue
        for span in instance.spans:
            if span.status not in ("waiting", "retrying"):
                worked += ((span.end or now) - span.start).total_seconds()
    return round(worked, 3)


def _timeline(state: RunState) -> tuple[tuple[PictureRow, ...], int]:
    """Return the lines of the timeline in the order of their beginnings, and how many more.

    Where there are too many, what is not over comes first, then what failed, then what is new.
    """
    start = state.created_at
    if start is None:
        return (), 0
    began = [instance for instance in state.instances.values() if instance.spans]
    cut = max(0, len(began) - MAX_ROWS)
    if cut:
        began = nlargest(MAX_ROWS, began, key=_tells)
    began.sort(key=lambda instance: (instance.spans[0].start, instance.path))
    return tuple(_row(state, instance, start) for instance in began), cut


def _tells(instance: Instance) -> tuple[bool, bool, datetime, str]:
    over = instance.status in ("succeeded", "failed", "skipped", "cancelled")
    return not over, instance.status == "failed", instance.spans[0].start, instance.path


def _row(state: RunState, instance: Instance, start: datetime) -> PictureRow:
    return PictureRow(
        path=instance.path,
        status=instance_status(state, instance),
        spans=tuple(
            PictureSpan(
                start=round((span.start - start).total_seconds(), 3),
                end=None if span.end is None else round((span.end - start).total_seconds(), 3),
                status=span.status,
            )
            for span in instance.spans[-MAX_SPANS:]
        ),
    )
