"""The state of a run as the pure fold of its journal: `apply` is one event's worth of it.

It is total, evaluates no expression, and costs the same in a run of any size. The state at an
earlier moment is the fold of a prefix of the journal.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from mn_notebook.domain import (
    fold_budgets,
    fold_calls,
    fold_people,
    fold_reopen,
    fold_reuse,
    fold_runs,
    fold_steps,
    fold_time,
    fold_undo,
)
from mn_notebook.domain.events import AttemptEvent, Recorded, RunEvent
from mn_notebook.domain.fold_scopes import open_scope
from mn_notebook.domain.ids import ROOT, RunId
from mn_notebook.domain.replacing import replace
from mn_notebook.domain.state import RunState
from mn_notebook.domain.values import NOTHING
from mn_notebook.domain.workflow import Workflow


def beginning(workflow: Workflow, run_id: RunId) -> RunState:
    """Return the state of a run before its first event."""
    empty = RunState(workflow=workflow, run_id=run_id)
    return open_scope(empty, ROOT, workflow, NOTHING, None)


def fold(workflow: Workflow, run_id: RunId, events: Iterable[Recorded]) -> RunState:
    """Return the state after all of a run's events, or after any prefix of them."""
    state = beginning(workflow, run_id)
    for recorded in events:
        state = apply(state, recorded)
    return state


def apply(state: RunState, recorded: Recorded) -> RunState:
    """Return the state after one more event."""
    return apply_event(state, recorded.event, recorded.seq, recorded.at)


def apply_event(
    state: RunState, event: RunEvent | AttemptEvent, seq: int, at: datetime
) -> RunState:
    """Return the state after an event that is, or will be, the journal's number ``seq``."""
    after = _APPLY[type(event)](state, event, at)
    if after.timed and bool(after.active) != (after.working_since is not None):
        after = fold_budgets.clocked(after, at)
    return replace(after, head=seq, told_at=at)


_APPLY: Mapping[type, Callable[[RunState, Any, datetime], RunState]] = {
    **fold_runs.APPLY,
    **fold_undo.following(fold_reopen.APPLY),
    **fold_steps.APPLY,
    **fold_people.APPLY,
    **fold_time.APPLY,
    **fold_undo.following(fold_calls.APPLY),
    **fold_reuse.APPLY,
    **fold_undo.APPLY,
    **fold_budgets.APPLY,
}
