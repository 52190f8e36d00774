"""Small changes of a run's state that several events have in common."""

from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from immutables import Map

from mn_notebook.domain.state import Instance, Progress, RunState, Span

_K = TypeVar("_K")
_V = TypeVar("_V")
HERE = True
"""What the maps that are used as sets hold."""


def with_progress(state: RunState, position: int, progress: Progress) -> RunState:
    """Let a step stand as ``progress`` says."""
    return replace(state, progress=state.progress.set(position, progress))


def without(entries: Map[_K, _V], key: _K) -> Map[_K, _V]:
    """Return the entries but one, which need not be there."""
    return entries.delete(key) if key in entries else entries


def closed(spans: tuple[Span, ...], at: datetime, status: Any = None) -> tuple[Span, ...]:
    """End the last stretch, if it is open."""
    if not spans or spans[-1].end is not None:
        return spans
    last = spans[-1]
    return (*spans[:-1], replace(last, end=at, status=status or last.status))


def release(state: RunState, instance: Instance) -> RunState:
    """Store an instance whose attempt is over."""
    path = instance.path
    return replace(
        state,
        instances=state.instances.set(path, instance),
        active=without(state.active, path),
        ready=without(state.ready, path),
        due=without(state.due, path),
        approvals=without(state.approvals, instance.approval)
        if instance.approval
        else state.approvals,
        expiring=without(state.expiring, instance.approval)
        if instance.approval
        else state.expiring,
    )
