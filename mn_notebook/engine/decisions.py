"""What people are asked, and what their answers come to."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import JsonValue

from mn_notebook.domain.events import ApprovalDecided, ApprovalRequested, ProposedCall
from mn_notebook.domain.fold_scopes import begun
from mn_notebook.domain.ids import (
    ApprovalId,
    CallId,
    NodePath,
    StepPath,
    content_hash,
    idempotency_key,
    instance_path,
    node_path,
)
from mn_notebook.domain.state import Call, RunState
from mn_notebook.domain.workflow import ApproveStep, AskStep, Effect, Expiry, ToolStep
from mn_notebook.engine.inputs import expanded, step_input
from mn_notebook.engine.names import names_for
from mn_notebook.engine.values import Values
from mn_notebook.errors import PermanentError
from mn_notebook.ports import Expressions, WaitsFor


@dataclass(frozen=True, slots=True)
class Asking:
    """What is needed to render what a person is shown."""

    values: Values
    expressions: Expressions
    effect_of: Any
    """A function from a step to its effect."""


def call_hash(tool: str, args: JsonValue) -> str:
    """Name exactly one call of a tool with its arguments."""
    return content_hash([tool, args])


def approve_value(
    shown: dict[str, JsonValue], *, approved: bool, by: str, because: str
) -> dict[str, JsonValue]:
    """Return the output of an approve step: what it showed, by path, and the decision.

    >>> approve_value({"draft.text": "x"}, approved=True, by="ann", because="")["text"]
    'x'
    """
    value: dict[str, JsonValue] = {}
    for path, content in shown.items():
        _put(value, path.split("."), content)
    lasts = [path.rsplit(".", 1)[-1] for path in shown]
    for path, content in shown.items():
        last = path.rsplit(".", 1)[-1]
        if lasts.count(last) == 1:
            value.setdefault(last, content)
    return {**value, "approved": approved, "by": by, "because": because}


def _put(value: dict[str, JsonValue], parts: list[str], content: JsonValue) -> None:
    for part in parts[:-1]:
        inner = value.get(part)
        if not isinstance(inner, dict):
            inner = {}
            value[part] = inner
        value = inner
    value[parts[-1]] = content


def approval_of_step(
    state: RunState,
    node: NodePath,
    rendered: dict[str, JsonValue],
    approval_id: ApprovalId,
    path: StepPath,
    now: datetime,
    asking: Asking,
) -> ApprovalRequested:
    """Return the question that an approve step asks, with the calls it would authorise."""
    step = approve_at(state, node)
    shown = rendered["shown"]
    shown = shown if isinstance(shown, dict) else {}
    tentative = approve_value(shown, approved=True, by="", because="")
    request = ApprovalRequested(
        approval_id=approval_id,
        path=path,
        attempt=1,
        subject="approve",
        prompt=str(rendered["prompt"]),
        shown=asking.values.keep(shown),
        editable=step.edit,
        calls=proposed_calls(state, node, tentative, asking),
    )
    return _expiring(request, step.expires, now)


def approval_of_ask(
    step: AskStep,
    rendered: dict[str, JsonValue],
    approval_id: ApprovalId,
    path: StepPath,
    now: datetime,
) -> ApprovalRequested:
    """Return the form that an ask step shows."""
    request = ApprovalRequested(
        approval_id=approval_id,
        path=path,
        attempt=1,
        subject="ask",
        prompt=str(rendered["prompt"]),
        form=step.fields,
    )
    return _expiring(request, step.expires, now)


def _expiring(
    request: ApprovalRequested, expires: Expiry | None, now: datetime
) -> ApprovalRequested:
    if expires is None:
        return request
    at = now + timedelta(seconds=expires.after_seconds)
    return request.model_copy(update={"expires_at": at, "then": expires.then, "to": expires.to})


def approve_at(state: RunState, node: NodePath) -> ApproveStep:
    """Return the approve step of a node.

    Raises:
        PermanentError: it is of another kind.
    """
    step = state.step_at(node)
    if not isinstance(step, ApproveStep):
        message = f"{step.name!r} is no approve step"
        raise PermanentError(message)
    return step


def proposed_calls(
    state: RunState, node: NodePath, value: dict[str, JsonValue], asking: Asking
) -> tuple[ProposedCall, ...]:
    """Render the calls that the authorised step would make if the answer were ``value``."""
    step = approve_at(state, node)
    if step.authorises is None:
        return ()
    target_node = node_path(state.progress[node].scope, step.authorises)
    target = state.step_at(target_node)
    if not isinstance(target, ToolStep):
        message = f"for: {step.authorises!r} is not a tool step"
        raise PermanentError(message)
    names = {**names_for(state, target_node, asking.values), step.name: value}
    effect: Effect = asking.effect_of(target)
    if target.for_each is None:
        path = state.current_path(target_node)
        return (_proposed(state, target, path, names, asking, effect),)
    items, keys = expanded(target, names, asking.expressions)
    turn = state.progress[target_node].turn
    return tuple(
        _proposed(
            state,
            target,
            instance_path(target_node, key, turn=turn),
            {**names, target.for_each.item_name: item, "index": index},
            asking,
            effect,
        )
        for index, (key, item) in enumerate(zip(keys, items, strict=True))
    )


def _proposed(
    state: RunState,
    target: ToolStep,
    path: StepPath,
    names: dict[str, Any],
    asking: Asking,
    effect: Effect,
) -> ProposedCall:
    args = step_input(target, names, asking.expressions)["args"]
    return ProposedCall(
        call_id=CallId(f"{path}!0"),
        tool=target.tool,
        effect=effect,
        args=asking.values.keep(args),
        args_hash=call_hash(target.tool, args),
        key=idempotency_key(state.run_id, path, target.tool, args, 1),
    )


def approval_of_calls(
    state: RunState, path: StepPath, waits: WaitsFor, approval_id: ApprovalId, now: datetime
) -> ApprovalRequested:
    """Return the question whether calls may be made, or what became of them."""
    instance = state.instances[path]
    calls = tuple(_as_proposed(call) for call in instance.calls if call.id in waits.call_ids)
    request = ApprovalRequested(
        approval_id=approval_id,
        path=path,
        attempt=instance.attempt,
        subject=waits.subject,
        prompt=waits.prompt,
        calls=calls,
        evidence=waits.evidence,
        because=waits.because,
        said=waits.said,
        form=waits.form,
        needed=waits.approvals,
        cost_usd=state.totals.cost_usd if state.totals.cost_known else None,
    )
    return _expiring(request, waits.expires, now)


def _as_proposed(call: Call) -> ProposedCall:
    return ProposedCall(
        call_id=call.id,
        tool=call.name,
        effect=call.effect,
        args=call.args,
        args_hash=call.args_hash,
        key=call.key,
    )


def edited(request: ApprovalRequested, edits: JsonValue, values: Values) -> dict[str, JsonValue]:
    """Return what an approve step showed, with the edits that it allows."""
    shown = values.load(request.shown)
    shown = dict(shown) if isinstance(shown, dict) else {}
    if isinstance(edits, dict):
        shown.update({path: edits[path] for path in request.editable if path in edits})
    return shown


def authorised_by(
    state: RunState, node: NodePath, value: dict[str, JsonValue], asking: Asking
) -> tuple[str, ...]:
    """Return the hashes of exactly the calls that an approval allows, edits included."""
    calls = proposed_calls(state, node, value, asking)
    return tuple(proposed.args_hash for proposed in calls)


def authorised_for(state: RunState, node: NodePath) -> frozenset[str]:
    """Return the hashes of the calls of a step that approve steps have allowed."""
    found: set[str] = set()
    scope = state.progress[node].scope
    step = state.step_at(node)
    for need in step.needs:
        approve_node = node_path(scope, need)
        approve = state.step_at(approve_node)
        if isinstance(approve, ApproveStep) and approve.authorises == step.name:
            for instance in begun(state, approve_node):
                found.update(instance.authorised)
    return frozenset(found)


def decided(
    request: ApprovalRequested, body: dict[str, JsonValue], *, by: str, via: str, at: datetime
) -> ApprovalDecided:
    """Return the bare fact of a decision; edits and authorisations are added where they apply."""
    return ApprovalDecided.model_validate(
        {
            "approval_id": request.approval_id,
            "path": request.path,
            "decision": body.get("decision", "reject"),
            "by": by,
            "via": via,
            "decided_at": at,
            "because": str(body.get("because") or ""),
            "verified": body.get("verified") is True,
        }
    )
