"""The part of the fold that concerns calls that were not made, and results that were shortened.

Like all that an attempt writes for itself, these change only the sub-state of its step, and sums.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from mn_notebook.domain.call_parts import (
    appended,
    changed_calls,
    model_call,
    summed,
    superseding,
    tool_call,
)
from mn_notebook.domain.events import ModelReused, ToolReused, ToolShortened
from mn_notebook.domain.fold_parts import with_instance
from mn_notebook.domain.messages import Usage
from mn_notebook.domain.replacing import replace
from mn_notebook.domain.state import RunState, Spared


def _model_reused(state: RunState, event: ModelReused, at: datetime) -> RunState:
    instance = superseding(state.instances[event.path], event.attempt)
    call = replace(
        model_call(event, at, "succeeded"),
        result=event.message,
        finish_reason=event.finish_reason,
        answered_by=event.answered_by,
        reused=event.of_call,
    )
    answered = replace(appended(instance, call), interruptions=0, answered_by=event.answered_by)
    spared = state.totals.spared
    more = replace(
        spared,
        model_calls=spared.model_calls + 1,
        usage=summed(spared.usage, event.usage or Usage()),
        cost_usd=spared.cost_usd + (event.price.usd or 0),
        cost_known=spared.cost_known and event.price.usd is not None,
    )
    scripted = state.totals.scripted or event.scripted
    return _spared(with_instance(state, answered), more, scripted=scripted)


def _tool_reused(state: RunState, event: ToolReused, at: datetime) -> RunState:
    call = replace(tool_call(event, at, "succeeded"), result=event.output, reused=event.of_call)
    instance = replace(appended(state.instances[event.path], call), interruptions=0)
    spared = state.totals.spared
    more = replace(spared, tool_calls=spared.tool_calls + 1)
    return _spared(with_instance(state, instance), more, scripted=state.totals.scripted)


def _spared(state: RunState, spared: Spared, *, scripted: bool) -> RunState:
    return replace(state, totals=replace(state.totals, spared=spared, scripted=scripted))


def _tool_shortened(state: RunState, event: ToolShortened, _at: datetime) -> RunState:
    instance = state.instances[event.path]
    calls = changed_calls(instance.calls, event.call_id, shortened=event)
    return with_instance(state, replace(instance, calls=calls))


APPLY: Mapping[type, Callable[[RunState, Any, datetime], RunState]] = {
    ModelReused: _model_reused,
    ToolReused: _tool_reused,
    ToolShortened: _tool_shortened,
}
