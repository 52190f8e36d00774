"""What a run did as tables: lists of rows, or DataFrames where pandas is there."""

import importlib.util
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from pydantic import JsonValue

from mn_notebook.client import RunClient
from mn_notebook.domain.events import (
    ApprovalDecided,
    ApprovalExpired,
    ApprovalRequested,
    ModelFailed,
    ModelRequested,
    ModelResponded,
    ModelReused,
    Recorded,
    ToolFailed,
    ToolInDoubt,
    ToolJudged,
    ToolReused,
    ToolSettled,
    ToolStarted,
    ToolSucceeded,
)
from mn_notebook.domain.ids import NodePath
from mn_notebook.domain.ledger import Entry
from mn_notebook.domain.state import Instance, RunState
from mn_notebook.domain.step_pictures import (
    all_instances_of,
    instance_status,
    instances_of,
    step_status,
)
from mn_notebook.domain.values import Stored
from mn_notebook.frames import with_frames

Row = dict[str, Any]
RESERVED = ("item", "key", "status", "error", "cost_usd")
"""Columns of an items' table that are not fields of the output."""


CALL_COLUMNS = (
    *("call", "kind", "path", "name", "status", "at", "seconds", "tokens_in", "tokens_out"),
    *("cost_usd", "scripted", "args", "result", "error"),
)
EFFECT_COLUMNS = (
    *("at", "path", "tool", "effect", "args", "key", "state", "approved_by", "approved_via"),
    *("approval", "rules", "attempts", "result", "because", "settled_by", "ended_at", "call"),
)


def as_table(rows: Sequence[Row], columns: Sequence[str] = ()) -> Any:
    """Return rows as a DataFrame, or as they are without pandas.

    ``columns`` are those of a DataFrame that has no rows.
    """
    if importlib.util.find_spec("pandas") is None:
        return list(rows)
    import pandas as pd

    return pd.DataFrame(list(rows), columns=None if rows else list(columns))


def step_rows(state: RunState) -> list[Row]:
    """Return a row for each step, in the order of the workflow."""
    return [_step_row(state, node) for node in state.nodes]


def _step_row(state: RunState, node: NodePath) -> Row:
    step = state.step_at(node)
    progress = state.progress[node]
    instances = all_instances_of(state, node)
    fault = progress.error or next((i.error for i in instances if i.error is not None), None)
    return {
        "step": node,
        "kind": step.kind,
        "status": step_status(state, progress, instances_of(state, node)),
        "items": progress.total if step.for_each is not None else None,
        "attempts": max((instance.attempt for instance in instances), default=0),
        "model": next((i.answered_by for i in reversed(instances) if i.answered_by), None),
        "tokens_in": sum(instance.usage.input_tokens for instance in instances),
        "tokens_out": sum(instance.usage.output_tokens for instance in instances),
        "cost_usd": _cost(instances),
        "error": None if fault is None else fault.message,
    }


def _cost(instances: Sequence[Instance]) -> float | None:
    if not all(instance.cost_known for instance in instances):
        return None
    return float(sum((instance.cost_usd for instance in instances), Decimal(0)))


def item_rows(client: RunClient, state: RunState, node: NodePath) -> list[Row]:
    """Return a row for each item of a ``for_each`` step; the fields of outputs are columns."""
    progress = state.progress[node]
    items = client.values.load(progress.items) if progress.items is not None else []
    items = items if isinstance(items, list) else []
    instances = {instance.item: instance for instance in instances_of(state, node)}
    return [
        _item_row(client, state, item, key, instances.get(index))
        for index, (item, key) in enumerate(zip(items, progress.keys, strict=False))
    ]


def _item_row(
    client: RunClient, state: RunState, item: JsonValue, key: str, instance: Instance | None
) -> Row:
    row: Row = {"item": item, "key": key, "status": "pending"}
    if instance is None:
        return {**row, "cost_usd": None, "error": None}
    row["status"] = instance_status(state, instance)
    output = _load(client, instance.output)
    fields = output if isinstance(output, dict) else {} if output is None else {"output": output}
    named = {f"output.{name}" if name in RESERVED else name: v for name, v in fields.items()}
    fault = None if instance.error is None else instance.error.message
    return {**row, **named, "cost_usd": _cost([instance]), "error": fault}


def effect_row(client: RunClient, entry: Entry) -> Row:
    """Return a line of the ledger, with its values in full."""
    args = _load(client, entry.args)
    if not entry.call_id:  # of a python step: its input
        args = args.get("args") if isinstance(args, dict) else None
    return {
        "at": entry.at,
        "path": entry.path,
        "tool": entry.tool,
        "effect": entry.effect,
        "args": args,
        "key": entry.key,
        "state": entry.state,
        "approved_by": ", ".join(leave.by for leave in entry.approved) or None,
        "approved_via": ", ".join(leave.via for leave in entry.approved) or None,
        "approval": ", ".join(leave.approval_id for leave in entry.approved) or None,
        "rules": "; ".join(entry.rules) or None,
        "attempts": entry.attempts,
        "result": _load(client, entry.result),
        "because": entry.because or None,
        "settled_by": entry.settled_by or None,
        "ended_at": entry.ended_at,
        "call": entry.call_id,
    }


def event_rows(events: Sequence[Recorded]) -> list[Row]:
    """Return a row for each fact of the journal."""
    return [
        {
            "seq": recorded.seq,
            "at": recorded.at,
            "kind": recorded.event.kind,
            "path": getattr(recorded.event, "path", None),
            "facts": recorded.event.model_dump(
                mode="json", exclude={"kind", "path"}, exclude_defaults=True
            ),
        }
        for recorded in events
    ]


def call_rows(client: RunClient, events: Sequence[Recorded]) -> list[Row]:
    """Return a row for each model call and tool call, in the order they were begun."""
    rows: dict[str, Row] = {}
    asked: dict[str, tuple[str, ...]] = {}
    for recorded in events:
        _note_call(client, rows, recorded)
        _note_answer(client, rows, asked, recorded.event)
    return list(rows.values())


def _note_answer(
    client: RunClient, rows: dict[str, Row], asked: dict[str, tuple[str, ...]], event: Any
) -> None:
    """Note what a person, or silence, said of the calls that were asked about."""
    match event:
        case ApprovalRequested(subject="call"):  # What is left in doubt stays so.
            asked[event.approval_id] = tuple(call.call_id for call in event.calls)
            return
        case ApprovalDecided(decision="answer"):
            said: Row = {"status": "answered", "result": _load(client, event.value)}
        case ApprovalDecided(decision="reject" | "stop") | ApprovalExpired():
            said = {"status": "refused"}
        case _:
            return
    for call_id in asked.get(event.approval_id, ()):
        rows[call_id] |= said


def _note_call(client: RunClient, rows: dict[str, Row], recorded: Recorded) -> None:
    event = recorded.event
    match event:
        case ModelRequested():
            rows[event.call_id] = _begun(event, recorded, "model", event.model)
        case ToolStarted() | ToolJudged():
            known = rows.get(event.call_id, {})
            args = _load(client, event.args)
            begun = _begun(event, recorded, "tool", event.tool)
            status = "open"
            if isinstance(event, ToolJudged):
                status = "refused" if event.verdict == "refuse" else "asked"
            rows[event.call_id] = {**known, **begun, "status": status, "args": args}
        case ModelResponded():
            rows[event.call_id] |= {
                "status": "succeeded",
                "name": event.model,
                "seconds": event.latency_seconds,
                "tokens_in": event.usage.input_tokens if event.usage else None,
                "tokens_out": event.usage.output_tokens if event.usage else None,
                "cost_usd": None if event.price.usd is None else float(event.price.usd),
                "scripted": event.scripted,
                "result": _load(client, event.message),
            }
        case ModelReused() | ToolReused():
            rows[event.call_id] = _reused(client, recorded, event)
        case _:
            _note_end(client, rows, recorded)


def _reused(client: RunClient, recorded: Recorded, event: ModelReused | ToolReused) -> Row:
    """Return the row of a call that was not made: it took no time, and cost nothing."""
    if isinstance(event, ModelReused):
        return {
            **_begun(event, recorded, "model", event.answered_by),
            "status": "reused",
            "cost_usd": 0.0,
            "scripted": event.scripted,
            "result": _load(client, event.message),
        }
    return {
        **_begun(event, recorded, "tool", event.tool),
        "status": "reused",
        "args": _load(client, event.args),
        "result": _load(client, event.output),
    }


def _note_end(client: RunClient, rows: dict[str, Row], recorded: Recorded) -> None:
    event = recorded.event
    match event:
        case ToolSucceeded():
            rows[event.call_id] |= {
                "status": "succeeded",
                "seconds": event.latency_seconds,
                "result": _load(client, event.output),
            }
        case ModelFailed() | ToolFailed():
            rows[event.call_id] |= {
                "status": "failed",
                "seconds": event.latency_seconds,
                "error": event.error.message,
            }
        case ToolInDoubt():
            rows[event.call_id] |= {"status": "in_doubt"}
        case ToolSettled():
            rows[event.call_id] |= {
                "status": event.outcome,
                "result": _load(client, event.output),
            }
        case _:
            return


def _load(client: RunClient, stored: Stored) -> Any:
    return with_frames(client.values.load(stored))


def _begun(event: Any, recorded: Recorded, kind: str, name: str) -> Row:
    return {
        "call": event.call_id,
        "kind": kind,
        "path": event.path,
        "name": name,
        "status": "open",
        "at": recorded.at,
        "seconds": None,
        "tokens_in": None,
        "tokens_out": None,
        "cost_usd": None,
        "scripted": None,
        "args": None,
        "result": None,
        "error": None,
    }
