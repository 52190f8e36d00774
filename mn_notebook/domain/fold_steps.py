"""The part of the fold that concerns steps and their attempts."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from mn_notebook.domain import fold_calls
from mn_notebook.domain.events import (
    StepExpanded,
    StepFailed,
    StepInterrupted,
    StepResumed,
    StepRetryScheduled,
    StepSkipped,
    StepStarted,
    StepSucceeded,
    StepWaiting,
)
from mn_notebook.domain.fold_ends import end_item, end_step, with_failure
from mn_notebook.domain.fold_parts import HERE, closed, release, with_progress, without
from mn_notebook.domain.ids import step_of
from mn_notebook.domain.state import Instance, Progress, RunState, Span


def _step_expanded(state: RunState, event: StepExpanded, _at: datetime) -> RunState:
    position = state.workflow.index[step_of(event.path)]
    progress = replace(state.progress[position], status="open", items=event.items, keys=event.keys)
    opened = replace(
        with_progress(state, position, progress), frontier=without(state.frontier, position)
    )
    if not event.keys:
        return end_step(opened, position, "succeeded")
    return replace(opened, fanning=opened.fanning.set(position, HERE))


def _step_started(state: RunState, event: StepStarted, at: datetime) -> RunState:
    known = state.instances.get(event.path)
    changed = _begin_instance(state, event) if known is None else _code_is_there(state, known)
    instance = known or Instance(
        path=event.path,
        step=state.workflow.index[step_of(event.path)],
        item=event.item,
        status="running",
    )
    running = replace(
        instance,
        status="running",
        attempt=event.attempt,
        token=event.token,
        input=event.input,
        step_key=event.step_key,
        retry_at=None,
        error=None,
        spans=(*closed(instance.spans, at), Span(event.attempt, "running", at)),
    )
    return replace(
        changed,
        instances=changed.instances.set(event.path, running),
        active=changed.active.set(event.path, event.token),
        due=without(changed.due, event.path),
    )


def _code_is_there(state: RunState, instance: Instance) -> RunState:
    progress = state.progress[instance.step]
    if progress.waiting_because is None:
        return state
    return with_progress(state, instance.step, replace(progress, waiting_because=None))


def _begin_instance(state: RunState, event: StepStarted) -> RunState:
    position = state.workflow.index[step_of(event.path)]
    progress = state.progress[position]
    if event.item is None:
        opened = with_progress(
            state, position, replace(progress, status="open", waiting_because=None)
        )
        return replace(opened, frontier=without(opened.frontier, position))
    return _begin_item(state, position, progress)


def _begin_item(state: RunState, position: int, progress: Progress) -> RunState:
    moved = replace(
        progress, next_item=progress.next_item + 1, busy=progress.busy + 1, waiting_because=None
    )
    changed = with_progress(state, position, moved)
    if moved.next_item < moved.total:
        return changed
    return replace(changed, fanning=without(changed.fanning, position))


def _step_succeeded(state: RunState, event: StepSucceeded, at: datetime) -> RunState:
    instance = state.instances[event.path]
    done = replace(
        instance,
        status="succeeded",
        output=event.output,
        token=None,
        error=None,
        approval=None,
        spans=closed(instance.spans, at, "succeeded"),
    )
    released = release(state, done)
    if instance.item is None:
        return end_step(released, instance.step, "succeeded")
    return end_item(released, instance.step, succeeded=True)


def _step_failed(state: RunState, event: StepFailed, at: datetime) -> RunState:
    known = state.instances.get(event.path)
    if known is None:
        return _fail_unbegun(state, event)
    failed = replace(
        known,
        status="failed" if event.final else "retrying",
        failures=known.failures + 1,
        interruptions=0,
        token=None,
        error=event.error,
        approval=None,
        calls=_transcript_after_failure(known),
        spans=closed(known.spans, at, "failed"),
    )
    released = release(state, failed)
    if not event.final:
        return released
    return _fail_for_good(released, failed.step, failed.item, event)


def _fail_unbegun(state: RunState, event: StepFailed) -> RunState:
    """Fail a step, or an item, whose inputs could not even be made."""
    position = state.workflow.index[step_of(event.path)]
    failed = Instance(
        path=event.path, step=position, item=event.item, status="failed", error=event.error
    )
    if event.item is None:
        progress = replace(state.progress[position], error=event.error)
        changed = replace(
            with_progress(state, position, progress),
            frontier=without(state.frontier, position),
        )
        return _fail_for_good(changed, position, None, event)
    changed = _begin_item(state, position, state.progress[position])
    changed = replace(changed, instances=changed.instances.set(event.path, failed))
    return _fail_for_good(changed, position, event.item, event)


def _fail_for_good(state: RunState, position: int, item: int | None, event: StepFailed) -> RunState:
    if item is not None:
        return end_item(state, position, succeeded=False, error=event)
    return end_step(with_failure(state, event), position, "failed")


def _transcript_after_failure(instance: Instance) -> tuple[Any, ...]:
    """Ask the model anew, unless a ``write`` was committed: then what was said goes on.

    What failed to reach the model at all leaves the finished calls as good as they were.
    """
    calls = instance.calls
    if calls and calls[-1].kind == "model" and calls[-1].status == "failed":
        return calls[:-1]
    return calls if fold_calls.has_committed_write(calls) else ()


def _step_interrupted(state: RunState, event: StepInterrupted, at: datetime) -> RunState:
    instance = state.instances[event.path]
    interrupted = replace(
        instance,
        status="interrupted",
        token=None,
        interruptions=instance.interruptions + 1,
        spans=closed(instance.spans, at, "interrupted"),
    )
    released = release(state, interrupted)
    if state.cancel_requested:
        cancelled = replace(interrupted, status="cancelled")
        return replace(released, instances=released.instances.set(event.path, cancelled))
    return replace(released, due=released.due.set(event.path, at))


def _step_resumed(state: RunState, event: StepResumed, at: datetime) -> RunState:
    instance = state.instances[event.path]
    running = replace(
        instance,
        status="running",
        spans=(*closed(instance.spans, at), Span(instance.attempt, "running", at)),
    )
    token = instance.token or event.token
    changed = _code_is_there(state, instance)
    return replace(
        changed,
        instances=changed.instances.set(event.path, running),
        active=changed.active.set(event.path, token),
        ready=without(changed.ready, event.path),
    )


def _step_retry_scheduled(state: RunState, event: StepRetryScheduled, at: datetime) -> RunState:
    instance = state.instances[event.path]
    waiting = replace(
        instance,
        status="retrying",
        retry_at=event.at,
        spans=(*instance.spans, Span(event.attempt, "retrying", at)),
    )
    return replace(
        state,
        instances=state.instances.set(event.path, waiting),
        due=state.due.set(event.path, event.at),
    )


def _step_skipped(state: RunState, event: StepSkipped, _at: datetime) -> RunState:
    position = state.workflow.index[step_of(event.path)]
    progress = replace(state.progress[position], skipped_because=event.because)
    changed = replace(
        with_progress(state, position, progress),
        frontier=without(state.frontier, position),
        doomed=without(state.doomed, position),
    )
    return end_step(changed, position, "skipped")


def _step_waiting(state: RunState, event: StepWaiting, _at: datetime) -> RunState:
    position = state.workflow.index[step_of(event.path)]
    progress = replace(state.progress[position], waiting_because=event.because)
    return with_progress(state, position, progress)


APPLY: Mapping[type, Callable[[RunState, Any, datetime], RunState]] = {
    StepExpanded: _step_expanded,
    StepStarted: _step_started,
    StepSucceeded: _step_succeeded,
    StepFailed: _step_failed,
    StepInterrupted: _step_interrupted,
    StepResumed: _step_resumed,
    StepRetryScheduled: _step_retry_scheduled,
    StepSkipped: _step_skipped,
    StepWaiting: _step_waiting,
}
