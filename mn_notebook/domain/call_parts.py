"""Small changes that the events of calls have in common."""

from datetime import datetime
from typing import Any

from mn_notebook.domain.events import (
    ModelRequested,
    ModelReused,
    ToolJudged,
    ToolReused,
    ToolStarted,
)
from mn_notebook.domain.ids import CallId
from mn_notebook.domain.messages import Usage
from mn_notebook.domain.replacing import replace
from mn_notebook.domain.state import Call, CallStatus, Instance


def appended(instance: Instance, call: Call) -> Instance:
    """Let a unit of work have one call more."""
    return replace(instance, calls=(*instance.calls, call), call_count=instance.call_count + 1)


def changed_calls(calls: tuple[Call, ...], call_id: CallId, **changes: Any) -> tuple[Call, ...]:
    """Return the calls with one of them changed."""
    for position in range(len(calls) - 1, -1, -1):  # It is among the last ones.
        if calls[position].id == call_id:
            changed = replace(calls[position], **changes)
            return (*calls[:position], changed, *calls[position + 1 :])
    return calls


def summed(one: Usage, other: Usage) -> Usage:
    """Return the tokens of two together."""
    return Usage(
        input_tokens=one.input_tokens + other.input_tokens,
        cached_tokens=one.cached_tokens + other.cached_tokens,
        output_tokens=one.output_tokens + other.output_tokens,
        reasoning_tokens=one.reasoning_tokens + other.reasoning_tokens,
    )


def superseding(instance: Instance, attempt: int) -> Instance:
    """A model call that a dead attempt left open is lost: its answer will never come."""
    latest = next((call for call in reversed(instance.calls) if call.kind == "model"), None)
    if latest is None or latest.attempt == attempt:
        return instance  # What older attempts left open was lost when that one was asked for.
    if not any(_is_lost(call, attempt) for call in instance.calls):
        return instance
    calls = tuple(
        replace(call, status="lost") if _is_lost(call, attempt) else call for call in instance.calls
    )
    return replace(instance, calls=calls)


def _is_lost(call: Call, attempt: int) -> bool:
    return call.kind == "model" and call.status == "open" and call.attempt < attempt


def model_call(event: ModelRequested | ModelReused, at: datetime, status: CallStatus) -> Call:
    """Return a model call as the event tells it that begins it."""
    return Call(
        id=event.call_id,
        kind="model",
        attempt=event.attempt,
        status=status,
        name=event.model,
        started_at=at,
        reask=event.reask,
        request_hash=event.request_hash,
        rung=event.rung,
        climbed=event.climbed,
        tool_mode=event.tool_mode,
        about=event.about,
    )


def tool_call(
    event: ToolJudged | ToolStarted | ToolReused, at: datetime, status: CallStatus
) -> Call:
    """Return a tool's call as the event tells it that begins it."""
    return Call(
        id=event.call_id,
        kind="tool",
        attempt=event.attempt,
        status=status,
        name=event.tool,
        started_at=at,
        answers=event.answers,
        index=event.index,
        effect=event.effect,
        args=event.args,
        args_hash=event.args_hash,
        key=event.key,
        rules=event.rules,
    )
