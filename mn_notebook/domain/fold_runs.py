"""The part of the fold that concerns a run as a whole."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from immutables import Map

from mn_notebook.domain.events import (
    LeaseTaken,
    RunCancelled,
    RunCancelRequested,
    RunCreated,
    RunFailed,
    RunReopened,
    RunStarted,
    RunSucceeded,
)
from mn_notebook.domain.fold_parts import HERE, with_progress
from mn_notebook.domain.ids import item_path
from mn_notebook.domain.state import Instance, Progress, RunState


def _run_created(state: RunState, event: RunCreated, at: datetime) -> RunState:
    return replace(
        state,
        origin=event.origin,
        title=event.title,
        by=event.by,
        inputs=event.inputs,
        created_at=at,
    )


def _lease_taken(state: RunState, event: LeaseTaken, _at: datetime) -> RunState:
    return replace(state, owner=event.owner, fence=event.fence)


def _run_started(state: RunState, _event: RunStarted, at: datetime) -> RunState:
    return replace(state, phase="started", started_at=at)


def _run_cancel_requested(state: RunState, _event: RunCancelRequested, _at: datetime) -> RunState:
    return replace(state, cancel_requested=True)


def _run_reopened(state: RunState, _event: RunReopened, at: datetime) -> RunState:
    """Let every failed step, and what was given up because of it, be tried afresh."""
    reopened = replace(
        state, phase="started", failure=None, error=None, finished_at=None, cancel_requested=False
    )
    for path, instance in sorted(state.instances.items()):
        if instance.status in _GIVEN_UP:
            reopened = _reopen_instance(reopened, path, instance, at)
    for position, progress in sorted(reopened.progress.items()):
        if progress.status == "failed":
            reopened = _reopen_step(reopened, position, progress)
    return reopened


_GIVEN_UP = ("failed", "cancelled", "interrupted", "retrying", "waiting")


def _reopen_instance(state: RunState, path: Any, instance: Instance, at: datetime) -> RunState:
    fresh = replace(
        instance,
        status="interrupted",
        failures=0,
        interruptions=0,
        error=None,
        approval=None,
        rejected=False,
    )
    changed = replace(
        state, instances=state.instances.set(path, fresh), due=state.due.set(path, at)
    )
    progress = changed.progress[instance.step]
    if instance.item is None:
        return changed
    failed = progress.failed - (1 if instance.status == "failed" else 0)
    busy = progress.busy + (1 if instance.status == "failed" else 0)
    return with_progress(changed, instance.step, replace(progress, failed=failed, busy=busy))


def _reopen_step(state: RunState, position: int, progress: Progress) -> RunState:
    step = state.workflow.steps[position]
    changed = replace(state, unended=state.unended + 1)
    if progress.items is None and item_path(step.name, None) not in state.instances:
        afresh = replace(progress, status="pending", error=None)
        pending = with_progress(changed, position, afresh)
        return replace(pending, frontier=pending.frontier.set(position, HERE))
    opened = with_progress(changed, position, replace(progress, status="open"))
    if progress.next_item < progress.total:
        return replace(opened, fanning=opened.fanning.set(position, HERE))
    return opened


def _run_succeeded(state: RunState, event: RunSucceeded, at: datetime) -> RunState:
    return replace(state, phase="succeeded", output=event.output, finished_at=at)


def _run_failed(state: RunState, event: RunFailed, at: datetime) -> RunState:
    return _without_people(replace(state, phase="failed", error=event.error, finished_at=at))


def _run_cancelled(state: RunState, _event: RunCancelled, at: datetime) -> RunState:
    return _without_people(replace(state, phase="cancelled", finished_at=at))


def _without_people(state: RunState) -> RunState:
    """Close what still waits: nobody is asked on behalf of a run that has ended."""
    instances = state.instances
    for waiting in state.approvals.values():
        instance = instances[waiting.request.path]
        instances = instances.set(instance.path, replace(instance, status="cancelled"))
    return replace(
        state,
        instances=instances,
        approvals=Map(),
        expiring=Map(),
        ready=Map(),
        due=Map(),
        active=Map(),
    )


APPLY: Mapping[type, Callable[[RunState, Any, datetime], RunState]] = {
    RunCreated: _run_created,
    LeaseTaken: _lease_taken,
    RunStarted: _run_started,
    RunCancelRequested: _run_cancel_requested,
    RunReopened: _run_reopened,
    RunSucceeded: _run_succeeded,
    RunFailed: _run_failed,
    RunCancelled: _run_cancelled,
}
