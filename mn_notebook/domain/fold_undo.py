"""The part of the fold that concerns what can be undone, and its undoing."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from mn_notebook.domain.events import (
    CompensationFailed,
    CompensationInDoubt,
    CompensationStarted,
    CompensationSucceeded,
    RunReopened,
    ToolFailed,
    ToolInDoubt,
    ToolSettled,
    ToolStarted,
    ToolSucceeded,
    UndoDeclined,
    UndoRequested,
)
from mn_notebook.domain.fold_parts import with_progress
from mn_notebook.domain.ids import CallId
from mn_notebook.domain.replacing import replace
from mn_notebook.domain.state import RunState
from mn_notebook.domain.undoing import Undoable, is_left

Applied = Callable[[RunState, Any, datetime], RunState]


def following(apply: Mapping[type, Applied]) -> Mapping[type, Applied]:
    """Return a part of the fold that also follows the calls which can be undone."""
    return {
        kind: _after(plain, _FOLLOWS[kind]) if kind in _FOLLOWS else plain
        for kind, plain in apply.items()
    }


def _after(plain: Applied, follow: Callable[[RunState, Any], RunState]) -> Applied:
    return lambda state, event, at: follow(plain(state, event, at), event)


def _started(state: RunState, event: ToolStarted) -> RunState:
    if not event.compensates:
        return state
    known = state.undo.calls.get(event.call_id)
    call = Undoable(
        number=len(state.undo.calls) + 1 if known is None else known.number,
        path=event.path,
        call_id=event.call_id,
        tool=event.tool,
        key=event.key,
        args=event.args,
        checks=event.checks,
    )
    changed = _with_call(state, call)
    numbers = changed.undo.numbers.set(call.number, call.call_id)
    return replace(changed, undo=replace(changed.undo, numbers=numbers))


def _succeeded(state: RunState, event: ToolSucceeded) -> RunState:
    return _changed(state, event.call_id, outcome="done", result=event.output)


def _failed(state: RunState, event: ToolFailed) -> RunState:
    return _changed(state, event.call_id, outcome="not_done")


def _in_doubt(state: RunState, event: ToolInDoubt) -> RunState:
    return _changed(state, event.call_id, outcome="in_doubt", evidence=event.evidence)


def _settled(state: RunState, event: ToolSettled) -> RunState:
    outcome = "done" if event.outcome == "happened" else "not_done"
    return _changed(state, event.call_id, outcome=outcome, result=event.output)


def _reopened(state: RunState, _event: RunReopened) -> RunState:
    """A run that goes on needs nothing undone, until it ends again."""
    if not state.undo.calls:
        return state
    return replace(state, undo=replace(state.undo, wanted=False, declined=False))


_FOLLOWS: Mapping[type, Callable[[RunState, Any], RunState]] = {
    ToolStarted: _started,
    ToolSucceeded: _succeeded,
    ToolFailed: _failed,
    ToolInDoubt: _in_doubt,
    ToolSettled: _settled,
    RunReopened: _reopened,
}


def _undo_requested(state: RunState, event: UndoRequested, _at: datetime) -> RunState:
    state = _unheld(state)
    left = tuple(dict.fromkeys((*state.undo.left, *event.leave)))
    calls = state.undo.calls
    for call in state.undo.troubled:
        again = call.undone == "failed" or event.again
        if again and not is_left(call.path, left):
            calls = calls.set(call.call_id, replace(call, undone=""))
    undo = replace(state.undo, calls=calls, top=len(calls), wanted=True, declined=False, left=left)
    return replace(state, undo=undo)


def _undo_declined(state: RunState, _event: UndoDeclined, _at: datetime) -> RunState:
    state = _unheld(state)
    return replace(state, undo=replace(state.undo, wanted=False, declined=True))


def _unheld(state: RunState) -> RunState:
    """Let an ended run that was held in a copy of its store be so no more: somebody has spoken."""
    if not (state.ended and state.pause_requested):
        return state
    return replace(state, pause_requested=False, paused=False)


def _compensation_started(state: RunState, event: CompensationStarted, _at: datetime) -> RunState:
    changed = _changed(
        state, event.call_id, undone="open", attempts=event.attempt, repeats=event.repeats
    )
    node = changed.instances[event.path].node
    progress = changed.progress[node]
    if progress.waiting_because is not None:  # The code is there again.
        changed = with_progress(changed, node, replace(progress, waiting_because=None))
    return replace(changed, undo=replace(changed.undo, begun=True))


def _compensation_succeeded(
    state: RunState, event: CompensationSucceeded, _at: datetime
) -> RunState:
    changed = _changed(state, event.call_id, undone="undone", error=None)
    below = changed.undo.calls[event.call_id].number - 1
    return replace(changed, undo=replace(changed.undo, top=min(changed.undo.top, below)))


def _compensation_failed(state: RunState, event: CompensationFailed, _at: datetime) -> RunState:
    """What was done before may be what the failed one builds on: it is not undone either."""
    changed = _changed(state, event.call_id, undone="failed", error=event.error)
    return replace(changed, undo=replace(changed.undo, wanted=False))


def _compensation_in_doubt(state: RunState, event: CompensationInDoubt, _at: datetime) -> RunState:
    if event.again:
        return _changed(state, event.call_id, undone="", evidence=event.evidence)
    changed = _changed(state, event.call_id, undone="in_doubt", evidence=event.evidence)
    return replace(changed, undo=replace(changed.undo, wanted=False))


def _changed(state: RunState, call_id: CallId, **changes: Any) -> RunState:
    known = state.undo.calls.get(call_id)
    return state if known is None else _with_call(state, replace(known, **changes))


def _with_call(state: RunState, call: Undoable) -> RunState:
    calls = state.undo.calls.set(call.call_id, call)
    return replace(state, undo=replace(state.undo, calls=calls))


APPLY: Mapping[type, Applied] = {
    UndoRequested: _undo_requested,
    UndoDeclined: _undo_declined,
    CompensationStarted: _compensation_started,
    CompensationSucceeded: _compensation_succeeded,
    CompensationFailed: _compensation_failed,
    CompensationInDoubt: _compensation_in_doubt,
}
