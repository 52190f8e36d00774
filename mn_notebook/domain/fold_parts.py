"""Small changes of a run's state that several events have in common."""

from datetime import datetime
from typing import Any, TypeVar

from immutables import Map

from mn_notebook.domain.ids import AttemptToken, NodePath, ScopePath, StepPath
from mn_notebook.domain.replacing import replace
from mn_notebook.domain.state import Instance, Progress, RunState, Scope, Span

_K = TypeVar("_K")
_V = TypeVar("_V")
HERE = True
"""What the maps that are used as sets hold."""


def with_progress(state: RunState, node: NodePath, progress: Progress) -> RunState:
    """Let a step stand as ``progress`` says."""
    return replace(state, progress=state.progress.set(node, progress))


def with_scope(state: RunState, scope: Scope) -> RunState:
    """Let a graph stand as ``scope`` says."""
    return replace(state, scopes=state.scopes.set(scope.path, scope))


def with_instance(state: RunState, instance: Instance) -> RunState:
    """Let a unit of work stand as ``instance`` says."""
    return replace(state, instances=state.instances.set(instance.path, instance))


def without(entries: Map[_K, _V], key: _K) -> Map[_K, _V]:
    """Return the entries but one, which need not be there."""
    return entries.delete(key) if key in entries else entries


def closed(spans: tuple[Span, ...], at: datetime, status: Any = None) -> tuple[Span, ...]:
    """End the last stretch, if it is open."""
    if not spans or spans[-1].end is not None:
        return spans
    last = spans[-1]
    return (*spans[:-1], replace(last, end=at, status=status or last.status))


def activate(state: RunState, path: StepPath, token: AttemptToken) -> RunState:
    """Count an attempt as under way, in its graph and in those around it."""
    known = path in state.active
    changed = replace(state, active=state.active.set(path, token))
    return changed if known else _counted(changed, path, 1)


def deactivate(state: RunState, path: StepPath) -> RunState:
    """Count an attempt as no longer under way."""
    if path not in state.active:
        return state
    return _counted(replace(state, active=state.active.delete(path)), path, -1)


def _counted(state: RunState, path: StepPath, change: int) -> RunState:
    here: ScopePath | None = state.progress[state.instances[path].node].scope
    while here is not None:
        scope = state.scopes[here]
        state = with_scope(state, replace(scope, active=scope.active + change))
        if change < 0:
            state = close_if_over(state, here)
        here = scope.parent
    return state


def close_if_over(state: RunState, path: ScopePath) -> RunState:
    """Remember a subworkflow that has come to its end, good or bad."""
    scope = state.scopes[path]
    over = not scope.unended or (scope.failure is not None and not scope.active)
    if scope.parent is None or scope.closed or not over:
        return state
    return replace(state, closing=state.closing.set(path, HERE))


def release(state: RunState, instance: Instance) -> RunState:
    """Store a unit of work of which nothing is under way and that waits for nothing any more."""
    changed = deactivate(with_instance(state, instance), instance.path)
    if changed.limited:
        changed = replace(changed, limited=without(changed.limited, instance.path))
    return _unasked(_awake(changed, instance), instance)


def _awake(state: RunState, instance: Instance) -> RunState:
    """Let a unit of work wait for no time, decision or signal."""
    path = instance.path
    waits = (
        path in state.due
        or path in state.timers
        or path in state.ready
        or path in state.signalled
        or instance.signal is not None
    )
    if not waits:
        return state
    return replace(
        state,
        ready=without(state.ready, path),
        due=without(state.due, path),
        timers=without(state.timers, path),
        signalled=without(state.signalled, path),
        awaited=_nobody(state.awaited, instance),
    )


def _unasked(state: RunState, instance: Instance) -> RunState:
    if not instance.approval:
        return state
    return replace(
        state,
        approvals=without(state.approvals, instance.approval),
        expiring=without(state.expiring, instance.approval),
    )


def _nobody(
    awaited: Map[str, Map[StepPath, bool]], instance: Instance
) -> Map[str, Map[StepPath, bool]]:
    if instance.signal is None or instance.signal not in awaited:
        return awaited
    left = without(awaited[instance.signal], instance.path)
    return awaited.set(instance.signal, left) if left else awaited.delete(instance.signal)
