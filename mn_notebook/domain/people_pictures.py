"""Pictures of what waits: for a person, for time or for a signal."""

from dataclasses import asdict
from heapq import nsmallest
from typing import TYPE_CHECKING, Literal

from mn_notebook.domain.budget_pictures import budget_picture
from mn_notebook.domain.budget_words import offered
from mn_notebook.domain.choices import choices
from mn_notebook.domain.events import ApprovalRequested, ProposedCall
from mn_notebook.domain.ids import StepPath
from mn_notebook.domain.picture import (
    PictureApproval,
    PictureBudget,
    PictureCall,
    PictureChoice,
    PictureField,
    PictureFormField,
    PicturePermission,
    PictureWait,
)
from mn_notebook.domain.shown import shown
from mn_notebook.domain.state import OpenApproval, RunState
from mn_notebook.domain.tables import shown_value
from mn_notebook.domain.type_words import form_type
from mn_notebook.domain.workflow import ApproveStep, Schema, WaitStep

if TYPE_CHECKING:
    from pydantic import JsonValue

MAX_WAITS = 50
"""Waits that a picture holds."""
MAX_APPROVALS = 25
"""Questions that a picture holds."""
APPROVALS_ROOM = 40_000
"""Characters of all questions of a picture; the first one is always there, and whole."""


def approvals(state: RunState) -> tuple[tuple[PictureApproval, ...], int]:
    """Return the questions that wait longest, each of them whole, and how many more there are."""
    waiting = nsmallest(
        MAX_APPROVALS, state.approvals.values(), key=lambda a: (a.requested_at, a.request.path)
    )
    drawn: list[PictureApproval] = []
    left = APPROVALS_ROOM
    for asking in waiting:
        picture = approval(state, asking)
        left -= len(picture.model_dump_json())
        if drawn and left < 0:
            break
        drawn.append(picture)
    return tuple(drawn), len(state.approvals) - len(drawn)


def approval(state: RunState, waiting: OpenApproval) -> PictureApproval:
    """Return the picture of a question that nobody has answered."""
    request = waiting.request
    step = state.step_of(request.path)
    redo = step.on_reject if isinstance(step, ApproveStep) else None
    budget = budget_picture(state, request)
    return PictureApproval(
        id=request.approval_id,
        kind=_kind(request, budget),
        path=request.path,
        step=step.name,
        prompt=request.prompt,
        calls=tuple(_call(call, _arguments(request)) for call in request.calls),
        fields=_fields(state, request) if budget is None else (),
        evidence=request.evidence,
        requested_at=waiting.requested_at,
        expires_at=request.expires_at,
        then=request.then if request.expires_at is not None else None,
        command=command(state, request),
        form=_form(request),
        escalated=waiting.escalated,
        escalated_to=request.to,
        redo=redo.target if redo is not None else None,
        because=request.because,
        said=request.said,
        cost_usd=request.cost_usd,
        needed=request.needed,
        given=request.given,
        delegated_to=waiting.delegated_to,
        choices=tuple(
            PictureChoice.model_validate(asdict(choice)) for choice in choices(state, request)
        ),
        may_always=request.subject == "call" and request.needed == 1,
        budget=budget,
    )


def _kind(
    request: ApprovalRequested, budget: PictureBudget | None
) -> Literal["approve", "call", "in_doubt", "ask", "budget"]:
    if request.subject == "budget":
        return "approve" if budget is None else "budget"
    return "approve" if request.subject == "crashing" else request.subject


def permissions(state: RunState) -> tuple[PicturePermission, ...]:
    """Return the tools that need no approval in this run any more."""
    back = "" if state.ended else f"%mn revoke {state.run_id[:4]} "
    return tuple(
        PicturePermission(tool=tool, by=by, command=f"{back}{tool}" if back else "")
        for tool, by in sorted(state.permissions.items())
    )


def _arguments(request: ApprovalRequested) -> tuple[PictureFormField, ...]:
    """Return what of a call may be changed before it is approved."""
    if request.subject != "call" or request.form is None or len(request.calls) != 1:
        return ()
    return typed_fields(request.form)


def command(state: RunState, request: ApprovalRequested) -> str:
    """Return the line that answers a question as it is put."""
    where = f"{state.run_id[:4]} {request.path}"
    match request.subject:
        case "in_doubt":
            return f"%mn settle {where} --happened"
        case "budget":
            return f"%mn budget {state.run_id[:4]} {_offer(request)}"
        case "ask":
            names = " ".join(f"{field.name}=…" for field in _form(request))
            return f"%mn answer {where} {names}".rstrip()
        case _:
            return f"%mn approve {where}"


def _offer(request: ApprovalRequested) -> str:
    """Write what a question about a budget offers, as it is typed."""
    shown = request.shown.value if isinstance(request.shown.value, dict) else {}
    word = request.editable[0]
    said = offered(word, shown.get(word, "…"))
    if word == "usd":
        return said
    return "--allow-unknown-price" if word == "unknown_price" else f"--{word} {said}"


def _form(request: ApprovalRequested) -> tuple[PictureFormField, ...]:
    if request.subject == "call":
        return ()  # It is the form of the call's arguments.
    return typed_fields(request.form or {})


def typed_fields(schema: Schema) -> tuple[PictureFormField, ...]:
    """Return the fields of a form, or the arguments of a call, with their types."""
    properties, required = schema.get("properties"), schema.get("required")
    if not isinstance(properties, dict):
        return ()
    needed = required if isinstance(required, list) else []
    definitions = schema.get("$defs")
    shared: dict[str, JsonValue] = {"$defs": definitions} if definitions else {}
    return tuple(
        PictureFormField(
            name=name,
            type_text=form_type(field),
            json_schema={**field, **shared},
            required=name in needed,
        )
        for name, field in properties.items()
        if isinstance(field, dict)
    )


def waits(state: RunState) -> tuple[tuple[PictureWait, ...], int]:
    """Return what waits for time or for a signal, the next first, and how many more do."""
    if state.ended:
        return (), 0
    signalled = {path: name for name, waiting in sorted(state.awaited.items()) for path in waiting}
    paths = [path for path in {*state.timers, *signalled} if _is_wait(state, path)]
    paths.sort(key=lambda path: (str(state.timers.get(path) or "~"), path))
    drawn = tuple(
        PictureWait(
            path=path,
            signal=signalled.get(path),
            until=state.timers.get(path),
            command=f"%mn signal {signalled[path]} {state.run_id[:4]}" if path in signalled else "",
        )
        for path in paths[:MAX_WAITS]
    )
    return drawn, len(paths) - len(drawn)


def _is_wait(state: RunState, path: StepPath) -> bool:
    return isinstance(state.step_of(path), WaitStep)


def _fields(state: RunState, request: ApprovalRequested) -> tuple[PictureField, ...]:
    values, whole = shown_value(request.shown), request.shown.value
    if isinstance(values, dict) and isinstance(whole, dict):
        # The sketch of a table is not editable: sent back, it would stand in the table's place.
        return tuple(
            PictureField(
                path=path,
                value=value,
                editable=path in request.editable and value == whole.get(path),
            )
            for path, value in values.items()
        )
    step = state.step_of(request.path)
    if request.shown.artifact is None or not isinstance(step, ApproveStep):
        return ()
    # Too large for a picture: said, and not editable, lest somebody sends these words back.
    words, _ = shown(request.shown)
    return tuple(
        PictureField(path=path, value=words, editable=False) for path in (*step.show, *step.edit)
    )


def _call(call: ProposedCall, arguments: tuple[PictureFormField, ...]) -> PictureCall:
    args = shown_value(call.args)
    return PictureCall(
        call_id=call.call_id,
        tool=call.tool,
        effect=call.effect,
        args=args if isinstance(args, dict) else {"artifact": call.args.artifact},
        key=call.key,
        # The sketch of a table, or words of what is too large, is not sent back in its place.
        arguments=arguments if args == call.args.value else (),
    )
