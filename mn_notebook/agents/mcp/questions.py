"""What a server asks a person in the middle of a call, and how the answer goes back to it.

The server ends the call with its questions and a state that only it understands. Both are kept, and
the call goes on with them whenever somebody has answered, in this process or in another.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import JsonValue

from mn_notebook.agents.mcp.answers import Question
from mn_notebook.domain.definitions import schema_fault
from mn_notebook.errors import PermanentError

FORM = "elicitation/create"
MAX_PROMPT = 2_000
"""Characters of a question that a person is shown."""


def question_of(result: Any) -> Question:
    """Return the question of a call that ended with one.

    Raises:
        PermanentError: it is of a kind that no person can answer here.
    """
    requests = result.input_requests or {}
    prompts: list[str] = []
    properties: dict[str, JsonValue] = {}
    required: list[JsonValue] = []
    asked: dict[str, JsonValue] = {}
    for key, request in requests.items():
        params = request.params
        if request.method != FORM or getattr(params, "mode", "form") != "form":
            wanted = getattr(params, "mode", None) or request.method
            message = f"the server asks for {wanted!r} in the middle of the call: only forms can be"
            raise PermanentError(f"{message} answered here")
        prompts.append(params.message)
        schema = params.requested_schema
        fields = schema.get("properties") or {}
        taken = {name: name if len(requests) == 1 else f"{key}_{name}" for name in fields}
        properties.update({taken[name]: fields[name] for name in fields})
        required += [taken[name] for name in schema.get("required") or () if name in taken]
        asked[key] = {said: name for name, said in taken.items()}
    form: dict[str, JsonValue] = {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }
    state: JsonValue = {"state": result.request_state, "asked": asked}
    fault = schema_fault(form)
    if fault:
        raise PermanentError(f"the server asks for a form that cannot be shown: {fault}")
    prompt = "\n".join(prompts)
    return Question(prompt if len(prompt) <= MAX_PROMPT else f"{prompt[:MAX_PROMPT]}…", form, state)


def responses_to(state: JsonValue, given: Mapping[str, JsonValue] | None) -> dict[str, Any]:
    """Return what a call goes on with; ``given`` is None where the person declined."""
    from mcp_types import ElicitResult

    known = state if isinstance(state, dict) else {}
    asked = known.get("asked")
    responses: dict[str, Any] = {}
    for key, fields in (asked if isinstance(asked, dict) else {}).items():
        if given is None:
            responses[key] = ElicitResult(action="decline")
            continue
        names = fields if isinstance(fields, dict) else {}
        content = {str(name): given[said] for said, name in names.items() if said in given}
        responses[key] = ElicitResult.model_validate({"action": "accept", "content": content})
    return {"request_state": known.get("state"), "input_responses": responses or None}
