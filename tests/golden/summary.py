"""Where a run stands, as plain JSON that a golden file can hold: what no later fold may change."""

from typing import Any

from pydantic import JsonValue

from mn_notebook.domain.state import Call, Instance, Progress, RunState
from mn_notebook.domain.tables import as_records
from mn_notebook.domain.values import Stored
from mn_notebook.engine.summary import status_of
from mn_notebook.engine.values import Values

LONGEST = 2000
"""Characters of a text that a golden file holds whole."""

Plain = dict[str, JsonValue]


def summary(state: RunState, values: Values) -> Plain:
    """Return what matters of a state; what is empty is left out."""
    return _filled(
        status=status_of(state),
        phase=state.phase,
        head=state.head,
        workflow=state.workflow.name,
        workflow_hash=state.workflow.hash,
        title=state.title,
        by=state.by,
        inputs=_value(state.inputs, values),
        reuses=state.reuses,
        afresh=list(state.afresh),
        created_at=_time(state.created_at),
        started_at=_time(state.started_at),
        finished_at=_time(state.finished_at),
        owner=state.owner,
        fence=state.fence,
        cancel_requested=state.cancel_requested,
        pause_requested=state.pause_requested,
        paused=state.paused,
        output=_value(state.output, values),
        error=state.error.message if state.error else None,
        failure=state.failure.message if state.failure else None,
        steps={node: _progress(one) for node, one in sorted(state.progress.items())},
        work={path: _instance(one, values) for path, one in sorted(state.instances.items())},
        approvals=[_approval(one) for _, one in sorted(state.approvals.items())],
        timers={path: _time(at) for path, at in sorted(state.timers.items())},
        due={path: _time(at) for path, at in sorted(state.due.items())},
        awaited={name: sorted(paths) for name, paths in sorted(state.awaited.items())},
        signals={
            name: [_value(one, values) for one in kept]
            for name, kept in sorted(state.signals.items())
        },
        active=sorted(state.active),
        ready=sorted(state.ready),
        frontier=[state.frontier[number] for number in sorted(state.frontier)],
        cost_usd=str(state.totals.cost_usd),
        cost_known=state.totals.cost_known,
        scripted=state.totals.scripted,
        calls=[state.totals.model_calls, state.totals.tool_calls],
        tokens=[state.totals.usage.input_tokens, state.totals.usage.output_tokens],
    )


def _filled(**fields: Any) -> Plain:
    return {
        name: value
        for name, value in fields.items()
        if value is not None and value is not False and value not in ("", [], {})
    }


def _time(at: Any) -> JsonValue:
    return at.isoformat() if at is not None else None


def _value(stored: Stored | None, values: Values) -> JsonValue:
    return short(as_records(values.load(stored))) if stored is not None else None


def short(value: Any) -> Any:
    """Return a value; in place of each long text, how it begins and how long it is."""
    match value:
        case str() if len(value) > LONGEST:
            return f"{value[:60]}… {len(value)} characters"
        case list():
            return [short(one) for one in value]
        case dict():
            return {name: short(one) for name, one in value.items()}
        case _:
            return value


def _progress(one: Progress) -> Plain:
    return _filled(
        status=one.status,
        keys=list(one.keys),
        counts=[one.succeeded, one.failed, one.skipped, one.busy] if one.keys else [],
        skipped_because=one.skipped_because,
        waiting_because=one.waiting_because,
        error=one.error.message if one.error else None,
        redos=one.redos or None,
        feedback=one.feedback,
        stand_in=one.stand_in,
        given=one.given is not None,
    )


def _instance(one: Instance, values: Values) -> Plain:
    return _filled(
        status=one.status,
        iteration=one.iteration,
        attempt=one.attempt,
        failures=one.failures or None,
        interruptions=one.interruptions or None,
        step_key=one.step_key,
        input=_value(one.input, values),
        output=_value(one.output, values),
        error=one.error.message if one.error else None,
        retry_at=_time(one.retry_at),
        rejected=one.rejected,
        reused_from=one.reused_from,
        wake_at=_time(one.wake_at),
        signal=one.signal,
        calls=[_call(call, values) for call in one.calls],
        spans=[f"{span.attempt} {span.status}" for span in one.spans],
    )


def _call(call: Call, values: Values) -> Plain:
    return _filled(
        id=call.id,
        kind=call.kind,
        name=call.name,
        status=call.status,
        attempt=call.attempt,
        args=_value(call.args, values),
        key=call.key,
        result=_value(call.result, values),
        error=call.error.message if call.error else None,
        because=call.because,
        approved=call.approved,
    )


def _approval(one: Any) -> Plain:
    request = one.request
    return _filled(
        path=request.path,
        subject=request.subject,
        prompt=request.prompt,
        calls=[call.tool for call in request.calls],
        expires_at=_time(request.expires_at),
        escalated=one.escalated,
        form=request.form,
    )
