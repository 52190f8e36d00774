"""The part of the fold that concerns time that has to pass, and signals."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from immutables import Map

from mn_notebook.domain.events import SignalAwaited, SignalReceived, TimerFired, TimerSet
from mn_notebook.domain.fold_parts import HERE, closed, deactivate, with_instance, without
from mn_notebook.domain.ids import StepPath
from mn_notebook.domain.replacing import replace
from mn_notebook.domain.state import Instance, RunState, Span
from mn_notebook.domain.values import Stored
from mn_notebook.domain.workflow import WorkflowStep


def _timer_set(state: RunState, event: TimerSet, at: datetime) -> RunState:
    instance = replace(
        state.instances[event.path], wake_at=event.at, wake_ends_it=event.purpose == "timeout"
    )
    changed = replace(state, timers=state.timers.set(event.path, event.at))
    if isinstance(state.step_at(instance.node), WorkflowStep):
        return with_instance(changed, instance)
    return _waiting(changed, instance, at)


def _waiting(state: RunState, instance: Instance, at: datetime) -> RunState:
    if instance.status == "waiting":
        return with_instance(state, instance)
    spans = (*closed(instance.spans, at), Span(instance.attempt, "waiting", at))
    waiting = replace(instance, status="waiting", spans=spans)
    return deactivate(with_instance(state, waiting), instance.path)


def _timer_fired(state: RunState, event: TimerFired, _at: datetime) -> RunState:
    return replace(state, timers=without(state.timers, event.path))


def _signal_awaited(state: RunState, event: SignalAwaited, at: datetime) -> RunState:
    instance = replace(state.instances[event.path], signal=event.name)
    changed = _waiting(state, instance, at)
    kept = changed.signals.get(event.name, ())
    if not kept:
        waiting = changed.awaited.get(event.name, Map()).set(event.path, HERE)
        return replace(changed, awaited=changed.awaited.set(event.name, waiting))
    left = changed.signals
    left = left.set(event.name, kept[1:]) if kept[1:] else left.delete(event.name)
    return _signalled(replace(changed, signals=left), event.path, kept[0])


def _signal_received(state: RunState, event: SignalReceived, _at: datetime) -> RunState:
    """Give a signal to all who wait for it, or keep it for the first who will."""
    waiting = state.awaited.get(event.name)
    if not waiting:
        kept = (*state.signals.get(event.name, ()), event.value)
        return replace(state, signals=state.signals.set(event.name, kept))
    changed = replace(state, awaited=state.awaited.delete(event.name))
    for path in sorted(waiting):
        changed = _signalled(changed, path, event.value)
    return changed


def _signalled(state: RunState, path: StepPath, value: Stored) -> RunState:
    received = replace(state.instances[path], received=value)
    changed = with_instance(state, received)
    return replace(
        changed,
        signalled=changed.signalled.set(path, HERE),
        timers=without(changed.timers, path),
    )


APPLY: Mapping[type, Callable[[RunState, Any, datetime], RunState]] = {
    TimerSet: _timer_set,
    TimerFired: _timer_fired,
    SignalAwaited: _signal_awaited,
    SignalReceived: _signal_received,
}
