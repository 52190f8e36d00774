"""The fold: one event and the state before it give the state after it.

`apply` is pure and total for journals that this program writes, and evaluates no expression: all
that had to be evaluated stands in the events.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from immutables import Map

from mn_notebook.domain import fold_calls, fold_people, fold_runs, fold_steps
from mn_notebook.domain.events import Recorded
from mn_notebook.domain.fold_parts import HERE
from mn_notebook.domain.ids import RunId
from mn_notebook.domain.state import Progress, RunState
from mn_notebook.domain.workflow import Workflow


def beginning(workflow: Workflow, run_id: RunId) -> RunState:
    """Return the state of a run before its first event."""
    progress = Map(
        {position: Progress(open_needs=len(step.needs)) for position, step in _numbered(workflow)}
    )
    frontier = Map({position: HERE for position, step in _numbered(workflow) if not step.needs})
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


_APPLY: Mapping[type, Callable[[RunState, Any, datetime], RunState]] = {
    **fold_runs.APPLY,
    **fold_steps.APPLY,
    **fold_people.APPLY,
    **fold_calls.APPLY,
}
