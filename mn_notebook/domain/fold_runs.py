"""The part of the fold that concerns a run as a whole."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from immutables import Map

from mn_notebook.domain.events import (
    LeaseTaken,
    RunCancelled,
    RunCancelRequested,
    RunCreated,
    RunFailed,
    RunPaused,
    RunPauseRequested,
    RunResumed,
    RunStarted,
    RunSucceeded,
)
from mn_notebook.domain.fold_budgets import bounded, left_alone
from mn_notebook.domain.replacing import replace
from mn_notebook.domain.state import RunState


def _run_created(state: RunState, event: RunCreated, at: datetime) -> RunState:
    created = replace(
        state,
        origin=event.origin,
        title=event.title,
        by=event.by,
        inputs=event.inputs,
        reuses=event.reuses,
        afresh=event.afresh,
        code=event.code,
        created_at=at,
        cheaper=event.cheaper,
    )
    return bounded(created, event.budget, at)


def _lease_taken(state: RunState, event: LeaseTaken, at: datetime) -> RunState:
    return replace(left_alone(state, at), owner=event.owner, fence=event.fence)


def _run_started(state: RunState, _event: RunStarted, at: datetime) -> RunState:
    return replace(state, phase="started", started_at=at)


def _run_cancel_requested(state: RunState, _event: RunCancelRequested, _at: datetime) -> RunState:
    return replace(state, cancel_requested=True)


def _run_pause_requested(state: RunState, _event: RunPauseRequested, _at: datetime) -> RunState:
    return replace(state, pause_requested=True)


def _run_paused(state: RunState, _event: RunPaused, _at: datetime) -> RunState:
    return replace(state, paused=True)


def _run_resumed(state: RunState, event: RunResumed, _at: datetime) -> RunState:
    asked = event.asked_at or state.resume_asked_at
    return replace(state, paused=False, pause_requested=False, resume_asked_at=asked)


def _run_succeeded(state: RunState, event: RunSucceeded, at: datetime) -> RunState:
    return replace(
        state, phase="succeeded", output=event.output, finished_at=at, partial=event.partial
    )


def _run_failed(state: RunState, event: RunFailed, at: datetime) -> RunState:
    return _without_people(replace(state, phase="failed", error=event.error, finished_at=at))


def _run_cancelled(state: RunState, _event: RunCancelled, at: datetime) -> RunState:
    return _without_people(replace(state, phase="cancelled", finished_at=at))


def _without_people(state: RunState) -> RunState:
    """Close what still waits: nobody is asked on behalf of a run that has ended."""
    instances = state.instances
    for waiting in state.approvals.values():
        if waiting.request.subject == "budget":
            continue  # It was asked on behalf of the run: no step waits for it.
        instance = instances[waiting.request.path]
        cancelled = replace(instance, status="cancelled", approval=None)
        instances = instances.set(instance.path, cancelled)
    return replace(
        state,
        instances=instances,
        approvals=Map(),
        expiring=Map(),
        ready=Map(),
        due=Map(),
        pause_requested=False,
        paused=False,
        reached=None,
        stopped_short="",
    )


APPLY: Mapping[type, Callable[[RunState, Any, datetime], RunState]] = {
    RunCreated: _run_created,
    LeaseTaken: _lease_taken,
    RunStarted: _run_started,
    RunCancelRequested: _run_cancel_requested,
    RunPauseRequested: _run_pause_requested,
    RunPaused: _run_paused,
    RunResumed: _run_resumed,
    RunSucceeded: _run_succeeded,
    RunFailed: _run_failed,
    RunCancelled: _run_cancelled,
}
