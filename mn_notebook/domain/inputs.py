"""The inputs of a workflow, checked before anything runs."""

import json
from collections.abc import Mapping

from pydantic import JsonValue

from mn_notebook.domain.events import ApprovalRequested
from mn_notebook.domain.shapes import first_fault, with_whole_numbers
from mn_notebook.domain.tables import Table, dereferred, referred
from mn_notebook.domain.values import MOST_LEVELS, Stored, is_deeper, sayable
from mn_notebook.domain.workflow import Schema, Workflow
from mn_notebook.errors import PermanentError, UsageError


def plain_value(what: str, value: JsonValue) -> JsonValue:
    """Return a value as the journal will hold it; tables in it stay tables.

    Raises:
        UsageError: it is not JSON.
    """
    tables: dict[str | None, Table] = {}

    def put_aside(table: Table) -> Stored:
        tables[table.stored.artifact] = table
        return table.stored

    try:
        text = json.dumps(referred(value, put_aside), ensure_ascii=False, allow_nan=False)
        plain = dereferred(json.loads(sayable(text)), lambda stored: tables[stored.artifact])
    except PermanentError as fault:
        raise UsageError(f"{what}: {fault}") from fault
    except (TypeError, ValueError, RecursionError) as fault:
        message = (
            f"{what}: expected a JSON value (text, numbers, lists, objects), "
            f"found {type(value).__name__} ({fault})"
        )
        raise UsageError(message) from fault
    if is_deeper(plain, MOST_LEVELS):
        message = f"{what}: it is nested more than {MOST_LEVELS} levels deep; make it flatter"
        raise UsageError(message)
    return plain


def checked_inputs(workflow: Workflow, inputs: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return the inputs with defaults filled in.

    Raises:
        UsageError: one is missing, unknown or of the wrong type.
    """
    unknown = sorted(set(inputs) - set(workflow.inputs))
    if unknown:
        known = ", ".join(workflow.inputs) or "none"
        message = f"workflow {workflow.name!r} has no input {unknown[0]!r}; its inputs: {known}"
        raise UsageError(message)
    return {name: _checked(workflow, name, inputs) for name in workflow.inputs}


def _checked(workflow: Workflow, name: str, inputs: Mapping[str, JsonValue]) -> JsonValue:
    field = workflow.inputs[name]
    if name not in inputs and field.required:
        message = f"workflow {workflow.name!r} needs {name}: {field.type_text}; say {name}=…"
        raise UsageError(message)
    value = plain_value(f"input {name!r}", inputs.get(name, field.default))
    if name not in inputs:
        return value
    fault = first_fault(value, field.json_schema)
    if fault is not None:
        found = "nothing (null)" if value is None else f"{value!r} ({fault})"
        message = f"input {name!r}: expected {field.type_text}, found {found}"
        raise UsageError(message)
    return with_whole_numbers(value, field.json_schema)


def checked_answers(
    request: ApprovalRequested, values: Mapping[str, JsonValue]
) -> dict[str, JsonValue]:
    """Return the values of a form, as its fields want them; what was left out has its default.

    Raises:
        UsageError: it is no form, a field is missing or unknown, or a value does not fit.
    """
    form = request.form
    fields = None if form is None else form.get("properties")
    if request.subject == "call" or form is None or not isinstance(fields, dict):
        message = f"{request.path!r} asks for a decision, not for an answer: approve or reject it"
        raise UsageError(message)
    unknown = sorted(set(values) - set(fields))
    if unknown:
        message = f"{request.path!r} has no field {unknown[0]!r}; its fields: {', '.join(fields)}"
        raise UsageError(message)
    required = form.get("required")
    for name in required if isinstance(required, list) else ():
        if str(name) not in values:
            message = f"{request.path!r} needs {name}: say {name}=…"
            raise UsageError(message)
    fault = first_fault(dict(values), form)
    if fault is not None:
        message = f"the answer to {request.path!r} does not fit: {fault}"
        raise UsageError(message)
    given = {name: values.get(name, _default_of(field)) for name, field in fields.items()}
    return {
        name: with_whole_numbers(given[name], _schema_of(field)) for name, field in fields.items()
    }


def _schema_of(field: JsonValue) -> Schema:
    return field if isinstance(field, dict) else {}


def _default_of(field: JsonValue) -> JsonValue:
    return field.get("default") if isinstance(field, dict) else None
