"""What a person's word on tool calls comes to: made as shown, or changed, or not at all."""

from collections.abc import Mapping
from typing import Any

from pydantic import JsonValue

from mn_notebook.domain.events import (
    ApprovalDecided,
    ApprovalRequested,
    PermissionGranted,
    ProposedCall,
    RunCancelRequested,
)
from mn_notebook.domain.fold_calls import completes
from mn_notebook.domain.ids import ApprovalId, content_hash, idempotency_key
from mn_notebook.domain.shapes import first_fault
from mn_notebook.domain.state import Call, Instance, RunState
from mn_notebook.engine.move import AnyEvent
from mn_notebook.engine.services import Services
from mn_notebook.errors import PermanentError


class CallDecisions:
    """Says which events follow from a decision about calls. Writes nothing."""

    def __init__(self, services: Services) -> None:
        """Keep values and make names with these services."""
        self._services = services

    def decided(
        self,
        state: RunState,
        request: ApprovalRequested,
        fact: ApprovalDecided,
        body: Mapping[str, JsonValue],
    ) -> tuple[AnyEvent, ...]:
        """Return what follows from a decision about calls.

        Raises:
            PermanentError: the edited arguments do not fit the tool.
        """
        keep = self._services.values.keep
        match fact.decision:
            case "answer":
                return (fact.model_copy(update={"value": keep(body.get("value"))}),)
            case "approve":
                return self._approved(state, request, fact, body)
            case _:
                return (fact,)

    def _approved(
        self,
        state: RunState,
        request: ApprovalRequested,
        fact: ApprovalDecided,
        body: Mapping[str, JsonValue],
    ) -> tuple[AnyEvent, ...]:
        if not may_count(state, request, fact):
            # Somebody wrote that decision past the client's check.
            return (fact.model_copy(update={"counts": False}), self._asked_anew(request))
        instance = state.instances[request.path]
        edits = body.get("edits")
        edits = edits if isinstance(edits, dict) else {}
        calls = tuple(self._edited(state, instance, call, request, edits) for call in request.calls)
        changed = tuple(call for call in calls if _differs(instance, call))
        always = body.get("always") is True and request.needed == 1
        fact = fact.model_copy(
            update={
                "calls": changed,
                "edits": self._services.values.keep(edits or None),
                "authorised": tuple(call.args_hash for call in calls),
                "always": always,
            }
        )
        if not completes(request, fact):
            given = (*request.given, fact.by)
            return (fact, self._asked_anew(request, {"calls": calls, "given": given}))
        tools = sorted({call.tool for call in calls}) if always else ()
        return (fact, *(PermissionGranted(tool=tool, by=fact.by) for tool in tools))

    def _asked_anew(
        self, request: ApprovalRequested, changes: Mapping[str, Any] | None = None
    ) -> ApprovalRequested:
        fresh = ApprovalId(self._services.ids.new())
        return request.model_copy(update={"approval_id": fresh, **(changes or {})})

    def _edited(
        self,
        state: RunState,
        instance: Instance,
        call: ProposedCall,
        request: ApprovalRequested,
        edits: Mapping[str, JsonValue],
    ) -> ProposedCall:
        """Return a call with edited arguments, under a key of its own."""
        if not edits:
            return call
        values = self._services.values
        shown = values.load(call.args)
        args = {**(shown if isinstance(shown, dict) else {}), **edits}
        fault = first_fault(args, request.form) if request.form is not None else None
        if fault is not None:
            message = f"the edited arguments do not fit {call.tool!r}: {fault}"
            raise PermanentError(message)
        args_hash = content_hash([call.tool, args])
        same = [
            known
            for known in instance.calls
            if known.kind == "tool" and known.args_hash == args_hash and known.id != call.call_id
        ]
        key = idempotency_key(state.run_id, request.path, call.tool, args, len(same) + 1)
        changes = {"args": values.keep(args), "args_hash": args_hash, "key": key}
        return call.model_copy(update=changes)


def _differs(instance: Instance, proposed: ProposedCall) -> bool:
    known: Call | None = next((c for c in instance.calls if c.id == proposed.call_id), None)
    return known is not None and known.args_hash != proposed.args_hash


def may_count(state: RunState, request: ApprovalRequested, fact: ApprovalDecided) -> bool:
    """Tell whether an approval is one of those that a question needs.

    Where two people have to approve, both are proven to be who they are, they are not the same, and
    neither asked for the run.
    """
    if request.needed == 1:
        return True
    return fact.verified and fact.by != state.by and fact.by not in request.given


def stopped(fact: ApprovalDecided) -> RunCancelRequested:
    """Return the end of a run that a person chose instead of a decision."""
    because = fact.because or f"{fact.by} stopped the run when it asked at {fact.path}"
    return RunCancelRequested(by=fact.by, because=because)


__all__ = ["CallDecisions", "may_count", "stopped"]
