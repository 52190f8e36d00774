"""What a decision has to fit before it is written."""

from collections.abc import Mapping

from pydantic import JsonValue

from mn_notebook.client.plain import plain
from mn_notebook.domain.events import ApprovalRequested
from mn_notebook.domain.shapes import first_fault
from mn_notebook.domain.state import OpenApproval, RunState
from mn_notebook.engine.values import Values
from mn_notebook.errors import UsageError

_DECISIONS: Mapping[str, tuple[str, ...]] = {
    "approve": ("approve", "reject", "stop"),
    "call": ("approve", "reject", "answer", "stop"),
    "in_doubt": ("happened", "not_happened", "reject", "stop"),
    "crashing": ("approve", "reject", "stop"),
    "ask": ("reject", "stop"),
    "budget": ("approve", "reject", "stop"),
}
"""What may be decided about each kind of question; an ``ask`` is answered by `RunClient.answer`."""


def found_approval(state: RunState, path: str | None) -> OpenApproval:
    """Return what waits for a person in a run: the one at ``path``, or the only one.

    Raises:
        UsageError: nothing waits there, or several wait and none was named.
    """
    waiting = state.approvals
    found = [
        approval
        for _, approval in sorted(waiting.items(), key=lambda entry: entry[1].request.path)
        if path is None or path in (approval.request.path, approval.request.approval_id)
    ]
    if len(found) == 1:
        return found[0]
    where = ", ".join(sorted(approval.request.path for approval in waiting.values()))
    if not waiting:
        message = f"nothing waits for a person in run {state.run_id[:4]}"
    elif not found:
        message = f"nothing waits at {path!r}; waiting: {where}"
    else:
        message = f"several steps wait, name one of them: {where}"
    raise UsageError(message)


def check_decision(request: ApprovalRequested, decision: str) -> None:
    """Refuse what is no decision about this kind of question."""
    doubtful = request.subject == "in_doubt"
    if decision in _DECISIONS[request.subject]:
        return
    if request.subject == "ask":
        message = f"{request.path!r} asks for an answer: say it with `answer`, or `reject` it"
        raise UsageError(message)
    if doubtful:
        message = (
            f"a call of {request.path!r} is in doubt: say with `settle` whether it happened, "
            "it cannot be approved"
        )
    else:
        message = f"{request.path!r} asks for approve or reject, not for {decision!r}"
    raise UsageError(message)


def require_counts(
    request: ApprovalRequested, state: RunState, *, user: str, verified: bool, always: bool
) -> None:
    """Refuse an approval that would not be one of those that are needed."""
    if request.needed == 1:
        return
    asks = f"{request.path!r} of run {state.run_id[:4]} needs the word of two people"
    if always:
        message = f"{asks} each time: it cannot be allowed for the whole run"
    elif not verified:
        message = (
            f"{asks} who are proven to be who they are, and nothing here proves it: decide "
            "where a server of a shared store knows you, or reject it"
        )
    elif user == state.by:
        message = f"{asks} other than {user}, who asked for the run"
    elif user in request.given:
        message = f"{asks}, and {user} has approved it already; another person has to"
    else:
        return
    raise UsageError(message)


def checked_edits(
    request: ApprovalRequested, edits: Mapping[str, JsonValue]
) -> dict[str, JsonValue]:
    """Return edits by full path; the last name of a path will do where it is unique."""
    checked: dict[str, JsonValue] = {}
    for name, value in edits.items():
        whole = [path for path in request.editable if path == name]
        fits = whole or [path for path in request.editable if path.rsplit(".", 1)[-1] == name]
        if len(fits) != 1:
            may = ", ".join(request.editable) or "nothing"
            message = f"{name!r} cannot be edited here; editable: {may}"
            raise UsageError(message)
        checked[fits[0]] = plain(f"the edit of {name!r}", value)
    return checked


def checked_arguments(
    request: ApprovalRequested, edits: Mapping[str, JsonValue], values: Values
) -> dict[str, JsonValue]:
    """Return changed arguments of a call, checked as the call itself will be."""
    if not edits:
        return {}
    shown = values.load(request.calls[0].args) if request.calls else {}
    args = dict(shown) if isinstance(shown, dict) else {}
    properties = (request.form or {}).get("properties")
    known = properties if isinstance(properties, dict) else args
    for name in edits:
        if name not in known:
            message = f"{name!r} cannot be edited here; editable: {', '.join(known)}"
            raise UsageError(message)
    changed = {name: plain(f"the edit of {name!r}", value) for name, value in edits.items()}
    fault = first_fault({**args, **changed}, request.form) if request.form else None
    if fault is not None:
        message = f"the edited arguments do not fit {request.calls[0].tool!r}: {fault}"
        raise UsageError(message)
    return changed


def require_permission(state: RunState, tool: str) -> None:
    """Refuse to take back what nobody has said."""
    if tool not in state.permissions:
        named = ", ".join(sorted(state.permissions)) or "none"
        message = f"{tool!r} has no permission in run {state.run_id[:4]}; those that hold: {named}"
        raise UsageError(message)
