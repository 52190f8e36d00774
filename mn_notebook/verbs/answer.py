"""The verb that fills in the form of an `ask` step."""

from collections.abc import Mapping
from typing import Any

from pydantic import JsonValue

from mn_notebook.domain.events import ApprovalRequested
from mn_notebook.domain.ids import RunId
from mn_notebook.domain.type_words import type_text
from mn_notebook.domain.workflow import InputField
from mn_notebook.errors import AlreadyDecided, UsageError
from mn_notebook.verbs.asking import recorded
from mn_notebook.verbs.decide import decide
from mn_notebook.verbs.follow import taken_up
from mn_notebook.verbs.inputs import read_fields, read_value
from mn_notebook.verbs.results import Decided
from mn_notebook.verbs.session import Session


def answer(
    session: Session,
    run: str,
    step: str,
    /,
    *values: str,
    value: str | None = None,
    because: str = "",
) -> Decided:
    """Fill in the form that a run asks for, or answer in place of a tool.

    It works from anywhere, also while the process that owns the run is busy or gone.

    Args:
        session: Whose store it is.
        run: The run's id, or its beginning.
        step: The step that asks.
        values: One field=value for each field: text as it is, lists as YAML or JSON. field=@file
            reads a file, field=:variable takes a variable of the notebook.
        value: What the tool would have returned, as JSON or YAML: its call is not made.
        because: Why, for the journal.
    """
    run_id = session.client.run(run).run_id
    request = session.client.open_approval(run_id, step).request
    if request.subject == "call":
        if value is None or values:
            message = (
                f"{request.path!r} asks about a call: say what it should have returned with "
                "--value, or approve or reject it"
            )
            raise UsageError(message)
        returned = read_value(value)
        return decide(session, run_id, request, "answer", value=returned, because=because)
    if value is not None:
        message = f"--value answers in place of a tool; {request.path!r} asks for field=value"
        raise UsageError(message)
    fields = form_fields(request)
    shown = ", ".join(f"{name}: {field.type_text}" for name, field in fields.items())
    usage = f"the fields of {request.path!r}: {shown or 'none, it asks for a decision'}"
    given = read_fields(fields, values, session.variable, "field", usage)
    return answer_with(session, run_id, request, given)


def form_fields(request: ApprovalRequested) -> dict[str, InputField]:
    """Return the fields of a form; of a question that has none, nothing."""
    form: Mapping[str, Any] = request.form or {}
    needed = form.get("required") or ()
    shared = {"$defs": form["$defs"]} if "$defs" in form else {}
    return {
        name: InputField(
            json_schema={**schema, **shared},
            type_text=type_text(schema),
            required=name in needed,
        )
        for name, schema in (form.get("properties") or {}).items()
    }


def answer_with(
    session: Session, run_id: RunId, request: ApprovalRequested, values: Mapping[str, JsonValue]
) -> Decided:
    """Record an answer and say what comes of it; that somebody was faster is no mistake.

    Raises:
        UsageError: it is no form, or a value does not fit its field.
    """
    short = run_id[:4]
    try:
        command_id = session.client.answer(run_id, request, values, via=session.via)
    except AlreadyDecided as known:
        text = f"Nothing was changed: {known}."
        return Decided(
            run_id, short, request.path, "answer", applied=True, text=text, changed=False
        )
    applied = taken_up(session, run_id, command_id)
    then = "The run goes on." if applied else recorded(session, run_id, "It is applied")
    text = f"Answered: {request.path} of run {short}. {then}"
    return Decided(run_id, short, request.path, "answer", applied, text)
