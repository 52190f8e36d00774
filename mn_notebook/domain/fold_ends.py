"""What the end of a step, or of one of its items, means for the steps that need it."""

from dataclasses import replace

from mn_notebook.domain.events import ErrorInfo, StepFailed
from mn_notebook.domain.fold_parts import HERE, with_progress, without
from mn_notebook.domain.ids import item_path
from mn_notebook.domain.state import Progress, ProgressStatus, RunState
from mn_notebook.domain.workflow import ApproveStep, ToolStep


def with_failure(state: RunState, event: StepFailed) -> RunState:
    """Remember the first failure, from which on nothing new is started."""
    if state.failure is not None:
        return state
    message = f"step {event.path!r} failed: {event.error.message}"
    return replace(state, failure=event.error.model_copy(update={"message": message}))


def end_item(
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
    changed = with_progress(state, position, progress)
    for_each = state.workflow.steps[position].for_each
    if error is not None and for_each is not None and for_each.on_error == "fail":
        stopped = replace(changed, fanning=without(changed.fanning, position))
        changed = with_failure(stopped, error)
        return changed if progress.busy else end_step(changed, position, "failed")
    if progress.succeeded + progress.failed < progress.total:
        return _end_if_failed(changed, position, progress)
    return _judge_items(changed, position, progress)


def _end_if_failed(state: RunState, position: int, progress: Progress) -> RunState:
    """End a step that stopped at a failed item, once its other items have ended."""
    for_each = state.workflow.steps[position].for_each
    stopped = for_each is not None and for_each.on_error == "fail" and progress.failed
    if stopped and not progress.busy:
        return end_step(state, position, "failed")
    return state


def _judge_items(state: RunState, position: int, progress: Progress) -> RunState:
    for_each = state.workflow.steps[position].for_each
    if for_each is None or not progress.failed or for_each.on_error == "collect":
        return end_step(state, position, "succeeded")
    quorum = for_each.quorum or 1.0
    if for_each.on_error == "quorum" and progress.succeeded >= quorum * progress.total:
        return end_step(state, position, "succeeded")
    name = state.workflow.steps[position].name
    error = ErrorInfo(
        type="quorum",
        permanent=True,
        message=f"step {name!r} failed: {progress.succeeded} of {progress.total} items succeeded, "
        f"and its quorum is {quorum:.0%}",
    )
    failed = state if state.failure is not None else replace(state, failure=error)
    return end_step(failed, position, "failed")


def end_step(state: RunState, position: int, status: ProgressStatus) -> RunState:
    """Mark a step as ended and tell its dependents."""
    progress = replace(state.progress[position], status=status)
    changed = replace(
        with_progress(state, position, progress),
        unended=state.unended - 1,
        succeeded=state.succeeded + (1 if status == "succeeded" else 0),
        fanning=without(state.fanning, position),
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
    changed = with_progress(state, dependent, after)
    if after.status != "pending":
        return changed
    if doomed is not None:
        return replace(changed, doomed=changed.doomed.set(dependent, HERE))
    if after.open_needs:
        return changed
    return replace(changed, frontier=changed.frontier.set(dependent, HERE))


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
