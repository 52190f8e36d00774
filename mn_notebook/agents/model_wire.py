"""Writes and reads the chat-completions protocol; believes no answer that it has not checked."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, assert_never

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from mn_notebook.agents.model_errors import Asked, cut_error, garbage_error, status_error
from mn_notebook.agents.model_schema import allows_strict
from mn_notebook.domain.messages import Message, ModelRequest, ToolCall, ToolSpec, Usage
from mn_notebook.domain.workflow import Schema
from mn_notebook.errors import RunError

FinishReason = Literal["stop", "length", "tool_calls", "content_filter"]

NEWER_LIMIT_PROVIDERS = frozenset({"openai"})
"""These call the ceiling of an answer ``max_completion_tokens``; all others, ``max_tokens``."""

KEPT_EXTRAS = ("service_tier", "system_fingerprint", "timings")


class _Read(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Function(_Read):
    name: str
    arguments: str | dict[str, JsonValue] = ""


class _Call(_Read):
    id: str | None = None
    function: _Function


class _Said(_Read):
    content: str | None = None
    refusal: str | None = None
    tool_calls: tuple[_Call, ...] | None = None


class _Choice(_Read):
    message: _Said
    finish_reason: str | None = None


class _Completion(_Read):
    choices: tuple[_Choice, ...]
    model: str | None = None
    usage: JsonValue = None


@dataclass(frozen=True, slots=True)
class Response:
    """An answer as it came over the wire."""

    status: int
    headers: Mapping[str, str]
    """Lower-case names."""
    body: bytes


@dataclass(frozen=True, slots=True)
class Heard:
    """What a checked answer says."""

    message: Message
    finish_reason: FinishReason
    model: str | None
    usage: Usage | None
    extra: dict[str, JsonValue]


def write_request(
    request: ModelRequest,
    *,
    model: str,
    provider: str,
    streams: bool = False,
    left_out: Collection[str] = (),
) -> dict[str, JsonValue]:
    """Return the body of a chat completion, without the options that the server refuses."""
    body: dict[str, JsonValue] = {
        "model": model,
        "messages": [_write_message(message) for message in request.messages],
    }
    if request.tools:
        body["tools"] = [_write_tool(tool) for tool in request.tools]
    if request.response_schema is not None:
        body["response_format"] = _write_schema(request.response_schema)
    limit = "max_completion_tokens" if provider in NEWER_LIMIT_PROVIDERS else "max_tokens"
    options = {"temperature": request.temperature, limit: request.max_tokens, "seed": request.seed}
    body.update({name: value for name, value in options.items() if value is not None})
    if streams:
        body.update({"stream": True, "stream_options": {"include_usage": True}})
    return {name: value for name, value in body.items() if name not in left_out}


def read_answer(asked: Asked, response: Response, *, now: datetime) -> Heard:
    """Check an answer for every silent failure that the wire allows, and read it.

    Raises:
        TransientError: it is no answer, or only a part of one.
        PermanentError: it is an error that a server sent as a success.
    """
    value = _read_json(asked, response)
    if isinstance(value.get("error"), dict | str) and not value.get("choices"):
        raise error_inside(asked, value["error"], response.headers, response.body, now=now)
    return read_completion(asked, value)


def read_completion(asked: Asked, value: dict[str, JsonValue]) -> Heard:
    """Check and read a completion, whether it came as a whole or was put together.

    Raises:
        TransientError: it is no answer, or only a part of one.
    """
    try:
        completion = _Completion.model_validate(value)
    except ValidationError as error:
        found = f"JSON that is no chat completion ({_first(error)})"
        # Unchained: what a server said may repeat the key, and such an error quotes it.
        raise garbage_error(asked, found) from None
    if not completion.choices:
        raise garbage_error(asked, "a chat completion without any choice")
    message, reason = _read_choice(asked, completion.choices[0])
    return Heard(
        message=message,
        finish_reason=reason,
        model=completion.model or None,
        usage=read_usage(completion.usage),
        extra={name: value[name] for name in KEPT_EXTRAS if value.get(name) is not None},
    )


def error_inside(
    asked: Asked, error: JsonValue, headers: Mapping[str, str], said: bytes, *, now: datetime
) -> RunError:
    """Return the error that a server sent inside of what it called a success."""
    return status_error(asked, _status_inside(error), headers, said, now=now)


def read_usage(raw: JsonValue) -> Usage | None:
    """Read what a server counted; None if it did not say, or said something impossible."""
    if not isinstance(raw, dict):
        return None
    prompt, completion = _count(raw.get("prompt_tokens")), _count(raw.get("completion_tokens"))
    if prompt is None or completion is None:
        return None
    cached = _detail(raw.get("prompt_tokens_details"), "cached_tokens")
    reasoning = _detail(raw.get("completion_tokens_details"), "reasoning_tokens")
    return Usage(
        input_tokens=prompt,
        cached_tokens=min(cached, prompt),
        output_tokens=completion,
        reasoning_tokens=min(reasoning, completion),
    )


def read_first_model(asked: Asked, response: Response) -> str | None:
    """Return the first model that a server lists, or None if it lists none.

    Raises:
        TransientError: what came back is no list of models.
    """
    listed = _read_json(asked, response).get("data")
    if not isinstance(listed, list):
        raise garbage_error(asked, "JSON that is no list of models")
    first = listed[0] if listed else None
    name = first.get("id") if isinstance(first, dict) else None
    return name if isinstance(name, str) and name else None


def _write_message(message: Message) -> dict[str, JsonValue]:
    match message.role:
        case "system" | "user":
            return {"role": message.role, "content": message.content}
        case "tool":
            return {
                "role": "tool",
                "tool_call_id": message.tool_call_id or "",
                "content": message.content,
            }
        case "assistant":
            if not message.tool_calls:
                return {"role": "assistant", "content": message.content}
            calls: list[JsonValue] = [_write_call(call) for call in message.tool_calls]
            content = message.content or None
            return {"role": "assistant", "content": content, "tool_calls": calls}
        case _:
            assert_never(message.role)


def _write_call(call: ToolCall) -> dict[str, JsonValue]:
    function: JsonValue = {"name": call.name, "arguments": call.arguments}
    return {"id": call.id, "type": "function", "function": function}


def _write_tool(tool: ToolSpec) -> JsonValue:
    return {
        "type": "function",
        "function": {
            "name": tool.name,
            "description": tool.description,
            "parameters": tool.parameters,
        },
    }


def _write_schema(schema: Schema) -> JsonValue:
    named: dict[str, JsonValue] = {"name": "output", "schema": schema}
    if allows_strict(schema):
        named["strict"] = True
    return {"type": "json_schema", "json_schema": named}


def _read_json(asked: Asked, response: Response) -> dict[str, JsonValue]:
    text = response.body.decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
    if text.startswith("<") or "text/html" in response.headers.get("content-type", ""):
        raise garbage_error(asked, f"a web page instead of JSON, {asked.quote(text)}")
    try:
        value: JsonValue = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise garbage_error(asked, f"malformed JSON ({error}), {asked.quote(text)}") from error
    if not isinstance(value, dict):
        raise garbage_error(asked, f"JSON that is no object, {asked.quote(text)}")
    return value


def _read_choice(asked: Asked, choice: _Choice) -> tuple[Message, FinishReason]:
    said = choice.message
    calls = _read_calls(said.tool_calls or ())
    reason = _read_reason(asked, choice)
    if reason == "tool_calls" and not calls:
        raise garbage_error(asked, "an answer that announces tool calls and holds none")
    content = said.content or said.refusal or ""
    return Message(role="assistant", content=content, tool_calls=calls), reason


def _read_reason(asked: Asked, choice: _Choice) -> FinishReason:
    match choice.finish_reason:
        case None | "":
            raise cut_error(asked)
        case "stop" if choice.message.refusal and not choice.message.content:
            return "content_filter"
        case "stop":
            return "tool_calls" if choice.message.tool_calls else "stop"
        case "length" | "tool_calls" | "content_filter" as known:
            return known
        case other:
            raise garbage_error(asked, f"an answer that ends for an unknown reason, {other!r}")


def _read_calls(calls: Sequence[_Call]) -> tuple[ToolCall, ...]:
    ids = [call.id for call in calls]
    are_names = all(ids) and len(set(ids)) == len(ids)
    return tuple(
        ToolCall(
            id=call.id if are_names and call.id else f"call_{index}",
            name=call.function.name,
            arguments=_as_text(call.function.arguments),
        )
        for index, call in enumerate(calls)
    )


def _as_text(arguments: str | dict[str, JsonValue]) -> str:
    return arguments if isinstance(arguments, str) else json.dumps(arguments)


def _status_inside(error: JsonValue) -> int:
    code = error.get("code") if isinstance(error, dict) else None
    status = int(code) if isinstance(code, int) or (isinstance(code, str) and code.isdigit()) else 0
    return status if 400 <= status < 600 else 502


def _first(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(map(str, first['loc'])) or 'it'}: {first['msg']}"


_MOST_TOKENS = 10**12
"""No call has as many; sums of such counts still fit into the rows of a store."""


def _count(value: JsonValue) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST_TOKENS:
        return value
    return None


def _detail(details: JsonValue, name: str) -> int:
    return (_count(details.get(name)) or 0) if isinstance(details, dict) else 0
