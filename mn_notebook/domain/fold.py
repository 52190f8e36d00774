"""The fold: one event and the state before it give the state after it.

`apply` is pure and total for journals that this program writes, and evaluates no expression: all
that had to be evaluated stands in the events.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from immutables import Map

from mn_notebook.domain import fold_calls
from mn_notebook.domain.events import (
    ApprovalDecided,
    ApprovalExpired,
    ApprovalRequested,
    ErrorInfo,
    LeaseTaken,
    Recorded,
    RunCancelled,
    RunCancelRequested,
    RunCreated,
    RunFailed,
    RunReopened,
    RunStarted,
    RunSucceeded,
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
from mn_notebook.domain.ids import ApprovalId, RunId, item_path, step_of
from mn_notebook.domain.state import (
    Instance,
    OpenApproval,
    Progress,
    ProgressStatus,
    RunState,
    Span,
)
from mn_notebook.domain.workflow import ApproveStep, ToolStep, Workflow

_K = TypeVar("_K")
_V = TypeVar("_V")
_HERE = True
"""What the maps that are used as sets hold."""


def beginning(workflow: Workflow, run_id: RunId) -> RunState:
    """Return the state of a run before its first event."""
    progress = Map(
        {position: Progress(open_needs=len(step.needs)) for position, step in _numbered(workflow)}
    )
    frontier = Map({position: _HERE for position, step in _numbered(workflow) if not step.needs})
    return RunState(
        workflow=workflow,
        run_id=run_id,
        progress=progress,
        frontier=frontier,
        unended=len(workflow.steps),
    )


def _numbered(workflow: Workflow) -> Iterable[tuple[int, Any]]:
    return enumerate(workflow.steps)


def fold(workflow: Workflow, run_id: RunId, events: Iterable[Recorded]) -> RunState:
    """Return the state after all of a run's events, or after any prefix of them."""
    state = beginning(workflow, run_id)
    for recorded in events:
        state = apply(state, recorded)
    return state


def apply(state: RunState, recorded: Recorded) -> RunState:
    """Return the state after one more event."""
    event = recorded.event
    after = _APPLY[type(event)](state, event, recorded.at)
    return replace(after, head=recorded.seq)


# --- run ---------------------------------------------------------------------------------------


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
    return _with_progress(changed, instance.step, replace(progress, failed=failed, busy=busy))


def _reopen_step(state: RunState, position: int, progress: Progress) -> RunState:
    step = state.workflow.steps[position]
    changed = replace(state, unended=state.unended + 1)
    if progress.items is None and item_path(step.name, None) not in state.instances:
        afresh = replace(progress, status="pending", error=None)
        pending = _with_progress(changed, position, afresh)
        return replace(pending, frontier=pending.frontier.set(position, _HERE))
    opened = _with_progress(changed, position, replace(progress, status="open"))
    if progress.next_item < progress.total:
        return replace(opened, fanning=opened.fanning.set(position, _HERE))
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


# --- step --------------------------------------------------------------------------------------


def _step_expanded(state: RunState, event: StepExpanded, _at: datetime) -> RunState:
    position = state.workflow.index[step_of(event.path)]
    progress = replace(state.progress[position], status="open", items=event.items, keys=event.keys)
    opened = replace(
        _with_progress(state, position, progress), frontier=_without(state.frontier, position)
    )
    if not event.keys:
        return _end_step(opened, position, "succeeded")
    return replace(opened, fanning=opened.fanning.set(position, _HERE))


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
        spans=(*_closed(instance.spans, at), Span(event.attempt, "running", at)),
    )
    return replace(
        changed,
        instances=changed.instances.set(event.path, running),
        active=changed.active.set(event.path, event.token),
        due=_without(changed.due, event.path),
    )


def _code_is_there(state: RunState, instance: Instance) -> RunState:
    progress = state.progress[instance.step]
    if progress.waiting_because is None:
        return state
    return _with_progress(state, instance.step, replace(progress, waiting_because=None))


def _begin_instance(state: RunState, event: StepStarted) -> RunState:
    position = state.workflow.index[step_of(event.path)]
    progress = state.progress[position]
    if event.item is None:
        opened = _with_progress(
            state, position, replace(progress, status="open", waiting_because=None)
        )
        return replace(opened, frontier=_without(opened.frontier, position))
    return _begin_item(state, position, progress)


def _begin_item(state: RunState, position: int, progress: Progress) -> RunState:
    moved = replace(
        progress, next_item=progress.next_item + 1, busy=progress.busy + 1, waiting_because=None
    )
    changed = _with_progress(state, position, moved)
    if moved.next_item < moved.total:
        return changed
    return replace(changed, fanning=_without(changed.fanning, position))


def _step_succeeded(state: RunState, event: StepSucceeded, at: datetime) -> RunState:
    instance = state.instances[event.path]
    done = replace(
        instance,
        status="succeeded",
        output=event.output,
        token=None,
        error=None,
        approval=None,
        spans=_closed(instance.spans, at, "succeeded"),
    )
    released = _release(state, done)
    if instance.item is None:
        return _end_step(released, instance.step, "succeeded")
    return _end_item(released, instance.step, succeeded=True)


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
        spans=_closed(known.spans, at, "failed"),
    )
    released = _release(state, failed)
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
            _with_progress(state, position, progress),
            frontier=_without(state.frontier, position),
        )
        return _fail_for_good(changed, position, None, event)
    changed = _begin_item(state, position, state.progress[position])
    changed = replace(changed, instances=changed.instances.set(event.path, failed))
    return _fail_for_good(changed, position, event.item, event)


def _fail_for_good(state: RunState, position: int, item: int | None, event: StepFailed) -> RunState:
    if item is not None:
        return _end_item(state, position, succeeded=False, error=event)
    return _end_step(_with_failure(state, event), position, "failed")


def _with_failure(state: RunState, event: StepFailed) -> RunState:
    if state.failure is not None:
        return state
    message = f"step {event.path!r} failed: {event.error.message}"
    return replace(state, failure=event.error.model_copy(update={"message": message}))


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
        spans=_closed(instance.spans, at, "interrupted"),
    )
    released = _release(state, interrupted)
    if state.cancel_requested:
        cancelled = replace(interrupted, status="cancelled")
        return replace(released, instances=released.instances.set(event.path, cancelled))
    return replace(released, due=released.due.set(event.path, at))


def _step_resumed(state: RunState, event: StepResumed, at: datetime) -> RunState:
    instance = state.instances[event.path]
    running = replace(
        instance,
        status="running",
        spans=(*_closed(instance.spans, at), Span(instance.attempt, "running", at)),
    )
    token = instance.token or event.token
    changed = _code_is_there(state, instance)
    return replace(
        changed,
        instances=changed.instances.set(event.path, running),
        active=changed.active.set(event.path, token),
        ready=_without(changed.ready, event.path),
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
        _with_progress(state, position, progress),
        frontier=_without(state.frontier, position),
        doomed=_without(state.doomed, position),
    )
    return _end_step(changed, position, "skipped")


def _step_waiting(state: RunState, event: StepWaiting, _at: datetime) -> RunState:
    position = state.workflow.index[step_of(event.path)]
    progress = replace(state.progress[position], waiting_because=event.because)
    return _with_progress(state, position, progress)


# --- people ------------------------------------------------------------------------------------


def _approval_requested(state: RunState, event: ApprovalRequested, at: datetime) -> RunState:
    instance = state.instances[event.path]
    waiting = replace(
        instance,
        status="waiting",
        approval=event.approval_id,
        spans=(*_closed(instance.spans, at), Span(instance.attempt, "waiting", at)),
    )
    return replace(
        state,
        instances=state.instances.set(event.path, waiting),
        approvals=state.approvals.set(event.approval_id, OpenApproval(event, at)),
        expiring=_expiring(state, event),
        active=_without(state.active, event.path),
        due=_without(state.due, event.path),
    )


def _expiring(state: RunState, event: ApprovalRequested) -> Map[ApprovalId, datetime]:
    if event.expires_at is None or event.then != "reject":
        return state.expiring
    return state.expiring.set(event.approval_id, event.expires_at)


def _approval_decided(state: RunState, event: ApprovalDecided, at: datetime) -> RunState:
    request = state.approvals[event.approval_id].request
    instance = state.instances[event.path]
    decided = replace(
        instance,
        approval=None,
        rejected=event.decision == "reject" and request.subject in ("approve", "crashing"),
        authorised=event.authorised,
        interruptions=0,
        calls=fold_calls.with_decision(instance.calls, request, event),
        spans=_closed(instance.spans, at),
    )
    changed = replace(
        state,
        instances=state.instances.set(event.path, decided),
        approvals=_without(state.approvals, event.approval_id),
        expiring=_without(state.expiring, event.approval_id),
    )
    if request.subject == "crashing":
        return replace(changed, due=changed.due.set(event.path, at))
    return replace(changed, ready=changed.ready.set(event.path, _HERE))


def _approval_expired(state: RunState, event: ApprovalExpired, at: datetime) -> RunState:
    silence = ApprovalDecided(
        approval_id=event.approval_id,
        path=event.path,
        decision="reject",
        by="nobody",
        via="expiry",
        decided_at=at,
        because="nobody decided in time",
    )
    return _approval_decided(state, silence, at)


# --- parts -------------------------------------------------------------------------------------


def _with_progress(state: RunState, position: int, progress: Progress) -> RunState:
    return replace(state, progress=state.progress.set(position, progress))


def _without(entries: Map[_K, _V], key: _K) -> Map[_K, _V]:
    return entries.delete(key) if key in entries else entries


def _closed(spans: tuple[Span, ...], at: datetime, status: Any = None) -> tuple[Span, ...]:
    """End the last stretch, if it is open."""
    if not spans or spans[-1].end is not None:
        return spans
    last = spans[-1]
    return (*spans[:-1], replace(last, end=at, status=status or last.status))


def _release(state: RunState, instance: Instance) -> RunState:
    """Store an instance whose attempt is over."""
    path = instance.path
    return replace(
        state,
        instances=state.instances.set(path, instance),
        active=_without(state.active, path),
        ready=_without(state.ready, path),
        due=_without(state.due, path),
        approvals=_without(state.approvals, instance.approval)
        if instance.approval
        else state.approvals,
        expiring=_without(state.expiring, instance.approval)
        if instance.approval
        else state.expiring,
    )


def _end_item(
    state: RunState, position: int, *, succeeded: bool, error: StepFailed | None = None
) -> RunState:
    """Count an item that ended, and end the step with its last one."""
    before = state.progress[position]
    progress = replace(
        before,
        busy=before.busy - 1,
        succeeded=before.succeeded + (1 if succeeded else 0),
        failed=before.failed + (0 if succeeded else 1),
    )
    changed = _with_progress(state, position, progress)
    for_each = state.workflow.steps[position].for_each
    if error is not None and for_each is not None and for_each.on_error == "fail":
        stopped = replace(changed, fanning=_without(changed.fanning, position))
        changed = _with_failure(stopped, error)
        return changed if progress.busy else _end_step(changed, position, "failed")
    if progress.succeeded + progress.failed < progress.total:
        return _end_if_failed(changed, position, progress)
    return _judge_items(changed, position, progress)


def _end_if_failed(state: RunState, position: int, progress: Progress) -> RunState:
    """End a step that stopped at a failed item, once its other items have ended."""
    for_each = state.workflow.steps[position].for_each
    stopped = for_each is not None and for_each.on_error == "fail" and progress.failed
    if stopped and not progress.busy:
        return _end_step(state, position, "failed")
    return state


def _judge_items(state: RunState, position: int, progress: Progress) -> RunState:
    for_each = state.workflow.steps[position].for_each
    if for_each is None or not progress.failed or for_each.on_error == "collect":
        return _end_step(state, position, "succeeded")
    quorum = for_each.quorum or 1.0
    if for_each.on_error == "quorum" and progress.succeeded >= quorum * progress.total:
        return _end_step(state, position, "succeeded")
    name = state.workflow.steps[position].name
    error = ErrorInfo(
        type="quorum",
        permanent=True,
        message=f"step {name!r} failed: {progress.succeeded} of {progress.total} items succeeded, "
        f"and its quorum is {quorum:.0%}",
    )
    failed = state if state.failure is not None else replace(state, failure=error)
    return _end_step(failed, position, "failed")


def _end_step(state: RunState, position: int, status: ProgressStatus) -> RunState:
    """Mark a step as ended and tell its dependents."""
    progress = replace(state.progress[position], status=status)
    changed = replace(
        _with_progress(state, position, progress),
        unended=state.unended - 1,
        succeeded=state.succeeded + (1 if status == "succeeded" else 0),
        fanning=_without(state.fanning, position),
    )
    if status == "failed":
        # The run stops here; its dependents stay as they are, so that a reopened run can go on.
        return changed
    for dependent in state.workflow.dependents[state.workflow.steps[position].name]:
        changed = _tell(changed, dependent, position, status)
    return changed


def _tell(state: RunState, dependent: int, ended: int, status: ProgressStatus) -> RunState:
    before = state.progress[dependent]
    doomed = before.doomed or _doom(state, dependent, ended, status)
    after = replace(before, open_needs=before.open_needs - 1, doomed=doomed)
    changed = _with_progress(state, dependent, after)
    if after.status != "pending":
        return changed
    if doomed is not None:
        return replace(changed, doomed=changed.doomed.set(dependent, _HERE))
    if after.open_needs:
        return changed
    return replace(changed, frontier=changed.frontier.set(dependent, _HERE))


def _doom(state: RunState, dependent: int, ended: int, status: ProgressStatus) -> str | None:
    """Say why a step can never start after one of its needs ended, or None."""
    name = state.workflow.steps[ended].name
    if status == "skipped":
        return f"{name!r} was skipped"
    instance = state.instances.get(item_path(name, None))
    if instance is None or not instance.rejected:
        return None
    return f"{name!r} was rejected" if _follows_decision(state, dependent, ended) else None


def _follows_decision(state: RunState, dependent: int, ended: int) -> bool:
    approve = state.workflow.steps[ended]
    step = state.workflow.steps[dependent]
    authorised = isinstance(approve, ApproveStep) and approve.authorises == step.name
    return approve.name in step.uses or (authorised and isinstance(step, ToolStep))


_APPLY: Mapping[type, Callable[[RunState, Any, datetime], RunState]] = {
    RunCreated: _run_created,
    LeaseTaken: _lease_taken,
    RunStarted: _run_started,
    RunCancelRequested: _run_cancel_requested,
    RunReopened: _run_reopened,
    RunSucceeded: _run_succeeded,
    RunFailed: _run_failed,
    RunCancelled: _run_cancelled,
    StepExpanded: _step_expanded,
    StepStarted: _step_started,
    StepSucceeded: _step_succeeded,
    StepFailed: _step_failed,
    StepInterrupted: _step_interrupted,
    StepResumed: _step_resumed,
    StepRetryScheduled: _step_retry_scheduled,
    StepSkipped: _step_skipped,
    StepWaiting: _step_waiting,
    ApprovalRequested: _approval_requested,
    ApprovalDecided: _approval_decided,
    ApprovalExpired: _approval_expired,
    **fold_calls.APPLY,
}
