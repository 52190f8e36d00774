"""The part of the fold that lets failed work be tried afresh."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from mn_notebook.domain.events import RunReopened
from mn_notebook.domain.fold_ends import dismiss_again, ends_its_graph, is_failing, settle
from mn_notebook.domain.fold_parts import (
    HERE,
    close_if_over,
    with_instance,
    with_progress,
    with_scope,
    without,
)
from mn_notebook.domain.fold_scopes import begun, nodes_of
from mn_notebook.domain.ids import ROOT, NodePath, ScopePath, StepPath
from mn_notebook.domain.replacing import replace
from mn_notebook.domain.state import Instance, Progress, RunState
from mn_notebook.domain.workflow import WorkflowStep

Chosen = tuple[StepPath, ...] | None
"""The failed steps and items that are tried afresh; None: all."""
_GIVEN_UP = ("cancelled", "interrupted", "retrying", "waiting")
_ALWAYS = datetime.min.replace(tzinfo=UTC)


def _run_reopened(state: RunState, event: RunReopened, at: datetime) -> RunState:
    """Let failed steps, and what was given up because of them, be tried afresh."""
    reopened = replace(
        state,
        phase="started",
        error=None,
        finished_at=None,
        cancel_requested=False,
        pause_requested=False,
        paused=False,
    )
    return reopen_graph(reopened, ROOT, event.paths, at)


def reopen_graph(
    state: RunState, path: ScopePath, chosen: Chosen = None, at: datetime | None = None
) -> RunState:
    """Try the failed steps of a graph afresh, and go on with what was given up."""
    scope = replace(state.scopes[path], closed=False)
    state = replace(with_scope(state, scope), closing=without(state.closing, path))
    for node in nodes_of(scope):
        state = _revive(state, node, at)
        if ends_run(state, node) and _is_wanted(state, node, chosen):
            state = _reopen_node(state, node, chosen, at)
    state = _with_what_stays_failed(state, path)
    for node in nodes_of(scope):
        state = settle(dismiss_again(state, node), node)
    return close_if_over(state, path)


def _with_what_stays_failed(state: RunState, path: ScopePath) -> RunState:
    """Let a graph go on; failures that are not tried afresh count again when the others ended."""
    before = state.scopes[path]
    retried = [node for node in nodes_of(before) if state.progress[node].retried]
    scope = replace(before, held=before.failure or before.held, retried=len(retried))
    if not scope.broken:
        for node in retried:
            state = with_progress(state, node, replace(state.progress[node], retried=False))
        return with_scope(state, replace(scope, failure=None, held=None, retried=0))
    return with_scope(state, replace(scope, failure=None) if retried else scope)


def ends_run(state: RunState, node: NodePath) -> bool:
    """Tell whether a step has failed, or will when its last items have ended, and ends its graph.

    A fallback never does: the step that it stands for may.
    """
    failed = state.progress[node].status == "failed" or is_failing(state, node)
    return failed and ends_its_graph(state, node)


def _is_wanted(state: RunState, node: NodePath, chosen: Chosen) -> bool:
    if chosen is None or StepPath(node) in chosen:
        return True
    return any(_is_under(instance.path, chosen) for instance in begun(state, node))


def _is_under(path: StepPath, chosen: tuple[StepPath, ...]) -> bool:
    return any(one == path or one.startswith(f"{path}/") for one in chosen)


# --- what was given up -------------------------------------------------------------------------


def _revive(state: RunState, node: NodePath, at: datetime | None) -> RunState:
    """Go on with what was under way, or waited, when the graph stopped."""
    if state.progress[node].status != "open":
        return state
    for instance in list(begun(state, node)):
        state = _revive_instance(state, instance, at)
    return _fan_out(state, node)


def _revive_instance(state: RunState, instance: Instance, at: datetime | None) -> RunState:
    if instance.status in _GIVEN_UP and not _still_waits(state, instance):
        return _try_again(state, instance, at)
    if instance.unjudged and instance.path not in state.repeating:
        return replace(state, judging=state.judging.set(instance.path, HERE))
    inner = state.scopes.get(ScopePath(instance.path))
    if inner is not None and instance.status == "running":
        return reopen_graph(state, inner.path, (), at)
    return state


def _fan_out(state: RunState, node: NodePath) -> RunState:
    """Go on with the items of a step that have not begun, if they are still wanted."""
    progress = state.progress[node]
    over = progress.stand_in is not None or is_failing(state, node)
    if over or progress.next_item >= progress.total:
        return state
    return replace(state, fanning=state.fanning.set(progress.number, node))


def _still_waits(state: RunState, instance: Instance) -> bool:
    """Tell whether time, a signal or a person will move it on as it stands."""
    path = instance.path
    return (
        path in state.timers
        or path in state.signalled
        or path in state.ready
        or path in state.due
        or instance.approval in state.approvals
        or (instance.signal is not None and path in state.awaited.get(instance.signal, ()))
    )


def _try_again(state: RunState, instance: Instance, at: datetime | None) -> RunState:
    fresh = replace(
        instance,
        status="interrupted",
        token=None,
        afresh=True,
        failures=0,
        put_offs=0,
        interruptions=0,
        error=None,
        approval=None,
        rejected=False,
    )
    due = at or instance.retry_at or (instance.spans[-1].start if instance.spans else _ALWAYS)
    changed = with_instance(state, fresh)
    return replace(changed, due=changed.due.set(instance.path, due))


# --- what failed -------------------------------------------------------------------------------


def _reopen_node(state: RunState, node: NodePath, chosen: Chosen, at: datetime | None) -> RunState:
    progress = replace(state.progress[node], retried=True)
    if progress.status == "open":
        return _reopen_items(with_progress(state, node, progress), node, chosen, at)
    scope = state.scopes[progress.scope]
    scope = replace(scope, broken=scope.broken - 1, unended=scope.unended + 1)
    state = with_progress(with_scope(state, scope), node, progress)
    return _reopen_step(state, node, chosen, at)


def _reopen_step(state: RunState, node: NodePath, chosen: Chosen, at: datetime | None) -> RunState:
    before = state.progress[node]
    state = _forget_fallback(state, before)
    progress = replace(before, status="open", error=None, stand_in=None)
    state = with_progress(state, node, progress)
    if state.step_at(node).for_each is not None and before.items is not None:
        return _reopen_items(state, node, chosen, at)
    current = state.current(node)
    if current is None:
        return with_progress(state, node, replace(progress, status="pending"))
    if current.status == "succeeded":
        # Its next iteration could not begin.
        return replace(state, repeating=state.repeating.set(current.path, HERE))
    return _reopen_instance(state, current, chosen, at)


def _reopen_items(state: RunState, node: NodePath, chosen: Chosen, at: datetime | None) -> RunState:
    whole = chosen is None or StepPath(node) in chosen
    for instance in list(begun(state, node)):
        if instance.status != "failed" or not (whole or _is_under(instance.path, chosen or ())):
            continue
        progress = state.progress[node]
        counted = replace(progress, failed=progress.failed - 1, busy=progress.busy + 1)
        state = _reopen_instance(with_progress(state, node, counted), instance, chosen, at)
    if not state.progress[node].failed:
        state = with_progress(state, node, replace(state.progress[node], error=None))
    return _fan_out(state, node)


def _reopen_instance(
    state: RunState, instance: Instance, chosen: Chosen, at: datetime | None
) -> RunState:
    path = ScopePath(instance.path)
    if not isinstance(state.step_at(instance.node), WorkflowStep) or path not in state.scopes:
        return _try_again(state, instance, at)
    running = replace(instance, status="running", error=None, failures=0, put_offs=0)
    state = _within_time(with_instance(state, running), running, at)
    within = None if chosen is None or instance.path in chosen else chosen
    return reopen_graph(state, path, within, at)


def _within_time(state: RunState, instance: Instance, at: datetime | None) -> RunState:
    """Let the time limit of a subworkflow begin anew."""
    seconds = state.step_at(instance.node).timeout_seconds
    if seconds is None or at is None:
        return state
    wake_at = at + timedelta(seconds=seconds)
    state = with_instance(state, replace(instance, wake_at=wake_at, wake_ends_it=True))
    return replace(state, timers=state.timers.set(instance.path, wake_at))


def _forget_fallback(state: RunState, progress: Progress) -> RunState:
    """Let a fallback that did not help either wait again until it is called."""
    if progress.stand_in is None:
        return state
    fallback = state.progress[progress.stand_in]
    fresh = Progress(fallback.scope, fallback.step, fallback.number, fallback.tally)
    fresh = replace(fresh, account=fallback.account)
    plain = state.step_at(progress.stand_in).for_each is None
    if plain and state.current(progress.stand_in) is not None:
        fresh = fresh.from_iteration(fallback.iteration_of(None) + 1)
    elif fallback.items is not None:
        fresh = replace(fresh, turn=fallback.turn + 1)
    state = with_progress(state, progress.stand_in, fresh)
    scope = state.scopes[fallback.scope]
    return with_scope(state, replace(scope, unended=scope.unended + 1))


APPLY: Mapping[type, Callable[[RunState, Any, datetime], RunState]] = {
    RunReopened: _run_reopened,
}
