"""What the end of a step, or of one of its items, means for the steps that need it."""

from typing import Literal

from mn_notebook.domain.events import ErrorInfo
from mn_notebook.domain.fold_parts import (
    close_if_over,
    with_progress,
    with_scope,
    without,
)
from mn_notebook.domain.ids import NodePath, ScopePath, StepName, node_path
from mn_notebook.domain.joins import Tally, needed, verdict
from mn_notebook.domain.replacing import replace
from mn_notebook.domain.state import Progress, ProgressStatus, RunState
from mn_notebook.domain.workflow import ApproveStep, Join, Step, ToolStep

Outcome = Literal["succeeded", "failed", "skipped"]


# --- items -------------------------------------------------------------------------------------


def end_item(
    state: RunState,
    node: NodePath,
    outcome: Outcome,
    error: ErrorInfo | None = None,
    *,
    has_begun: bool = True,
) -> RunState:
    """Count an item that ended, and end the step with its last one."""
    before = state.progress[node]
    progress = replace(
        before,
        busy=before.busy - has_begun,
        succeeded=before.succeeded + (outcome == "succeeded"),
        failed=before.failed + (outcome == "failed"),
        skipped=before.skipped + (outcome == "skipped"),
        error=before.error or error,
    )
    changed = with_progress(state, node, progress)
    if _stops_at_failure(state.step_at(node)) and progress.failed:
        return _stop_at_failure(changed, node, progress)
    if progress.succeeded + progress.failed + progress.skipped < progress.total:
        return changed
    return _judge_items(changed, node, progress)


def is_failing(state: RunState, node: NodePath) -> bool:
    """Tell whether an item has failed its step, which has not ended for the sake of others."""
    progress = state.progress[node]
    stops = _stops_at_failure(state.step_at(node)) and progress.stand_in is None
    return stops and progress.status == "open" and progress.failed > 0


def _stops_at_failure(step: Step) -> bool:
    return step.for_each is not None and step.for_each.on_error == "fail"


def _stop_at_failure(state: RunState, node: NodePath, progress: Progress) -> RunState:
    """Start no further item; the step has failed when those under way have ended."""
    changed = replace(state, fanning=without(state.fanning, state.progress[node].number))
    error = progress.error or _UNKNOWN
    if ends_its_graph(changed, node):
        changed = with_failure(changed, progress.scope, error)
    return changed if progress.busy else fail_step(changed, node, error)


def _judge_items(state: RunState, node: NodePath, progress: Progress) -> RunState:
    step = state.step_at(node)
    for_each = step.for_each
    if for_each is None or not progress.failed or for_each.on_error == "collect":
        return end_step(state, node, "succeeded")
    quorum = for_each.quorum or 1.0
    enough = needed(Join(quorum=quorum), progress.total)
    if for_each.on_error == "quorum" and progress.succeeded >= enough:
        return end_step(state, node, "succeeded")
    error = ErrorInfo(
        type="quorum",
        permanent=True,
        message=f"step {str(node)!r} failed: {progress.succeeded} of {progress.total} items "
        f"succeeded, and its quorum is {quorum:.0%}",
    )
    return fail_step(state, node, error)


_UNKNOWN = ErrorInfo(type="failed", message="it failed")


# --- failures ----------------------------------------------------------------------------------


def said_of(path: str, error: ErrorInfo) -> ErrorInfo:
    """Say in an error which step it is about."""
    return error.model_copy(update={"message": f"step {path!r} failed: {error.message}"})


def ends_its_graph(state: RunState, node: NodePath) -> bool:
    """Tell whether a failure of a step stops everything around it."""
    step = state.step_at(node)
    progress = state.progress[node]
    stands_in = step.name in state.scopes[progress.scope].workflow.fallback_of
    saved = step.fallback is not None and progress.stand_in is None
    return step.on_failure == "fail" and not saved and not stands_in


def with_failure(state: RunState, path: ScopePath, error: ErrorInfo) -> RunState:
    """Remember a graph's first failure, from which on nothing new is started in it."""
    scope = state.scopes[path]
    if scope.failure is not None:
        return state
    return close_if_over(with_scope(state, replace(scope, failure=error)), path)


def fail_step(state: RunState, node: NodePath, error: ErrorInfo) -> RunState:
    """Let a step fail for good: its fallback stands in, or its ``on_failure`` says what follows.

    ``error`` names the step already.
    """
    progress = replace(state.progress[node], error=error)
    changed = with_progress(state, node, progress)
    step = changed.step_at(node)
    if step.fallback is not None and progress.stand_in is None:
        return _call_fallback(changed, node, progress, step.fallback)
    if step.name in changed.scopes[progress.scope].workflow.fallback_of:
        return end_step(changed, node, "failed")
    return _fail_for_good(changed, node, error)


def _call_fallback(state: RunState, node: NodePath, progress: Progress, name: StepName) -> RunState:
    fallback = node_path(progress.scope, name)
    changed = with_progress(state, node, replace(progress, stand_in=fallback, status="open"))
    changed = replace(
        changed,
        frontier=without(changed.frontier, progress.number),
        fanning=without(changed.fanning, progress.number),
    )
    called = replace(changed.progress[fallback], called=True, doomed=None)
    changed = settle(with_progress(changed, fallback, called), fallback)
    # Somebody may have skipped it before it was called.
    return _stand_in(changed, node, fallback) if called.status != "pending" else changed


def _fail_for_good(state: RunState, node: NodePath, error: ErrorInfo) -> RunState:
    step = state.step_at(node)
    if step.on_failure == "continue":
        return end_step(state, node, "failed")
    if step.on_failure == "skip":
        because = f"it failed: {error.message}"
        progress = replace(state.progress[node], skipped_because=because)
        return end_step(with_progress(state, node, progress), node, "skipped")
    scope = state.scopes[state.progress[node].scope]
    changed = with_scope(state, replace(scope, broken=scope.broken + 1))
    # Its dependents stay as they are, so that a reopened run can go on.
    return with_failure(end_step(changed, node, "failed", tells=False), scope.path, error)


# --- the graph ---------------------------------------------------------------------------------


def end_step(
    state: RunState, node: NodePath, status: ProgressStatus, *, tells: bool = True
) -> RunState:
    """Mark a step as ended and tell its dependents."""
    progress = state.progress[node]
    step = state.step_at(node)
    scope = state.scopes[progress.scope]
    ended = replace(progress, status=status, retried=False)
    changed = replace(
        state,
        progress=state.progress.set(node, ended),
        scopes=state.scopes.set(scope.path, replace(scope, unended=scope.unended - 1)),
        fanning=without(state.fanning, progress.number),
    )
    if tells:
        for dependent in scope.workflow.dependents[step.name]:
            name = scope.workflow.steps[dependent].name
            changed = _tell(changed, node_path(scope.path, name), node, status)
    changed = _fallback_follows(changed, node, progress, step)
    if progress.retried:
        changed = _end_of_retry(changed, scope.path)
    return close_if_over(changed, scope.path)


def _end_of_retry(state: RunState, path: ScopePath) -> RunState:
    """When all that was tried afresh has ended, what stayed failed counts again."""
    scope = state.scopes[path]
    scope = replace(scope, retried=scope.retried - 1)
    changed = with_scope(state, scope)
    if scope.retried or scope.held is None or not scope.broken:
        return changed
    return with_failure(changed, path, scope.held)


def _fallback_follows(state: RunState, node: NodePath, progress: Progress, step: Step) -> RunState:
    """Dismiss the fallback of a step that needs none; let the step that it stands for end."""
    scope = state.scopes[progress.scope]
    if step.fallback is not None:
        return _dismiss(state, node_path(scope.path, step.fallback), step.name)
    name = scope.workflow.fallback_of.get(step.name)
    if name is None:
        return state
    failed = node_path(scope.path, name)
    if state.progress[failed].status != "open" or state.progress[failed].stand_in != node:
        return state
    return _stand_in(state, failed, node)


def _stand_in(state: RunState, failed: NodePath, fallback: NodePath) -> RunState:
    """Let a step end as the fallback that was called for it has ended."""
    if state.progress[fallback].status == "succeeded":
        return end_step(state, failed, "succeeded")
    return _fail_for_good(state, failed, _error_of_both(state, failed, fallback))


def _error_of_both(state: RunState, failed: NodePath, fallback: NodePath) -> ErrorInfo:
    first = state.progress[failed].error or _UNKNOWN
    second = state.progress[fallback]
    why = second.error.message if second.error else f"it was skipped: {second.skipped_because}"
    return first.model_copy(
        update={"message": f"{first.message}; its fallback did not help: {why}"}
    )


def dismiss_again(state: RunState, node: NodePath) -> RunState:
    """Dismiss a fallback whose step ended without it before its graph was reopened."""
    scope = state.scopes[state.progress[node].scope]
    name = scope.workflow.fallback_of.get(state.step_at(node).name)
    if name is None or state.progress[node_path(scope.path, name)].status in _NOT_ENDED:
        return state
    return _dismiss(state, node, name)


_NOT_ENDED = ("pending", "open", "failed")


def _dismiss(state: RunState, fallback: NodePath, name: StepName) -> RunState:
    progress = state.progress[fallback]
    if progress.status != "pending" or progress.called:
        return state
    changed = with_progress(state, fallback, replace(progress, doomed=f"{name!r} did not need it"))
    return replace(changed, doomed=changed.doomed.set(changed.progress[fallback].number, fallback))


def _tell(state: RunState, dependent: NodePath, ended: NodePath, status: str) -> RunState:
    before = state.progress[dependent]
    outcome = outcome_for(state, dependent, ended, status)
    tally = counted(before.tally, outcome, 1)
    changed = with_progress(state, dependent, replace(before, tally=tally))
    name = state.step_at(ended).name
    how = "was rejected" if outcome != status else _HOW[outcome]
    return settle(changed, dependent, f"{name!r} {how}")


_HOW = {"failed": "failed", "succeeded": "succeeded", "skipped": "was skipped"}


def outcome_for(state: RunState, dependent: NodePath, ended: NodePath, status: str) -> str:
    """Return what the end of a step counts as for a step that needs it."""
    refused = status == "succeeded" and _is_refused(state, dependent, ended)
    return "skipped" if refused else status


def counted(tally: Tally, outcome: str, change: int) -> Tally:
    """Count an outcome of a need; ``change`` of -1 takes it back."""
    still = tally.open - change
    match outcome:
        case "succeeded":
            return replace(tally, open=still, succeeded=tally.succeeded + change)
        case "failed":
            return replace(tally, open=still, failed=tally.failed + change)
        case _:
            return replace(tally, open=still, skipped=tally.skipped + change)


def settle(state: RunState, node: NodePath, because: str = "") -> RunState:
    """Let a step that has not begun start, be skipped or wait, as its join rule says."""
    progress = state.progress[node]
    if progress.status != "pending":
        return state
    step = state.step_at(node)
    workflow = state.scopes[progress.scope].workflow
    if step.name in workflow.fallback_of and not progress.called:
        return state
    match verdict(step.join, progress.tally):
        case "start":
            return replace(state, frontier=state.frontier.set(state.progress[node].number, node))
        case "skip":
            return _doom(state, node, progress, step, because)
        case "wait":
            return state


def _doom(
    state: RunState, node: NodePath, progress: Progress, step: Step, because: str
) -> RunState:
    rule = step.join.rule
    if rule != "all_success" or not because:
        because = f"its join rule {rule} can no longer hold" + (f": {because}" if because else "")
    doomed = replace(progress, doomed=progress.doomed or because)
    changed = with_progress(state, node, doomed)
    return replace(
        changed,
        doomed=changed.doomed.set(progress.number, node),
        frontier=without(changed.frontier, progress.number),
    )


def _is_refused(state: RunState, dependent: NodePath, ended: NodePath) -> bool:
    """Tell whether a step builds on what an approval showed and a person rejected."""
    approve = state.step_at(ended)
    if not isinstance(approve, ApproveStep) or approve.for_each is not None:
        return False
    instance = state.current(ended)
    if instance is None or not instance.rejected:
        return False
    step = state.step_at(dependent)
    authorised = approve.authorises == step.name and isinstance(step, ToolStep)
    return approve.name in step.uses or authorised
