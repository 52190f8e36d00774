"""The server's side of the chat-completions protocol, as JSON values."""

import json
from collections.abc import Mapping

from pydantic import JsonValue

from mn_notebook.domain.messages import Message, ModelRequest, Usage
from mn_notebook.testing.prompter import Answer
from mn_notebook.testing.script import Asked, ModelFault

Body = dict[str, JsonValue]

HTML_PAGE = "<!doctype html><html><head><title>Sign in</title></head><body>Sign in</body></html>"
_PIECE = 12
"""So many characters are in one chunk of a streamed text."""


def asked_on_wire(body: Body, headers: Mapping[str, str]) -> Asked:
    """Read what a request asks.

    Raises:
        ValueError: it is no chat completion.
    """
    model, messages, tools = body.get("model"), body.get("messages"), body.get("tools") or []
    if isinstance(model, str) and isinstance(messages, list) and isinstance(tools, list):
        functions = [tool.get("function") for tool in tools if isinstance(tool, dict)]
        return Asked(
            model=model,
            messages=[message for message in messages if isinstance(message, dict)],
            tools=tuple(str(each.get("name")) for each in functions if isinstance(each, dict)),
            response_schema=_schema_of(body.get("response_format")),
            headers={name: value for name, value in headers.items() if name != "authorization"},
        )
    raise ValueError("a chat completion needs a model, messages and, if any, tools")


def asked_in_process(request: ModelRequest) -> Asked:
    """Put a request as it would be on the wire."""
    return Asked(
        model=request.model,
        messages=[_message(message) for message in request.messages],
        tools=tuple(tool.name for tool in request.tools),
        response_schema=request.response_schema,
    )


def completion_of(answer: Answer, identifier: str) -> Body:
    """Return an answer as a chat completion, spoilt in its content if the script says so."""
    message: Body = {"role": "assistant", "content": answer.text}
    if answer.calls:
        message["tool_calls"] = _calls(answer)
    choice: Body = {"index": 0, "message": message, "finish_reason": answer.finish_reason}
    body: Body = {
        "id": f"chatcmpl-{identifier}",
        "object": "chat.completion",
        "created": 0,
        "model": answer.model,
        "choices": [choice],
        "usage": _usage(answer.usage) if answer.usage else None,
    }
    return _spoilt(body, choice, message, answer.reply.fault)


def chunks_of(completion: Body, *, include_usage: bool) -> list[Body]:
    """Return the same answer as the chunks of a stream."""
    common = {name: completion.get(name) for name in ("id", "created", "model")}
    common["object"] = "chat.completion.chunk"
    choices = completion.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        return [{**common, "choices": []} if choices == [] else completion]
    choice = choices[0]
    deltas = _deltas(choice.get("message"))
    chunks: list[Body] = [
        {**common, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
        for delta in deltas
    ]
    if choice.get("finish_reason") is not None:
        last: Body = {"index": 0, "delta": {}, "finish_reason": choice["finish_reason"]}
        chunks.append({**common, "choices": [last]})
    if include_usage and completion.get("usage") is not None:
        chunks.append({**common, "choices": [], "usage": completion["usage"]})
    return chunks


def pieces_of(text: str) -> list[str]:
    """Cut a text as a stream does.

    >>> pieces_of("fourteen words")
    ['fourteen wor', 'ds']
    """
    return [text[at : at + _PIECE] for at in range(0, len(text), _PIECE)]


def error_of(message: str, *, code: JsonValue = None, kind: str = "server_error") -> Body:
    """Return an error as servers of this protocol put it."""
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


def _schema_of(response_format: JsonValue) -> Body | None:
    named = response_format.get("json_schema") if isinstance(response_format, dict) else None
    schema = named.get("schema") if isinstance(named, dict) else None
    return schema if isinstance(schema, dict) else None


def _message(message: Message) -> Body:
    said: Body = {"role": message.role, "content": message.content}
    if message.tool_calls:
        said["tool_calls"] = [call.model_dump(mode="json") for call in message.tool_calls]
    if message.tool_call_id is not None:
        said["tool_call_id"] = message.tool_call_id
    return said


def _calls(answer: Answer) -> list[JsonValue]:
    return [
        {
            "id": call.id or f"call_{answer.request_hash[:8]}_{index}",
            "type": "function",
            "function": {"name": call.name, "arguments": call.arguments_text},
        }
        for index, call in enumerate(answer.calls)
    ]


def _usage(usage: Usage) -> Body:
    return {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.input_tokens + usage.output_tokens,
        "prompt_tokens_details": {"cached_tokens": usage.cached_tokens},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
    }


def _spoilt(body: Body, choice: Body, message: Body, fault: ModelFault | None) -> Body:
    match fault.kind if fault else None:
        case "wrong_shape":
            return {"hello": "world"}
        case "error_in_success" | "error_chunk" if fault is not None:
            return error_of(fault.message, code=fault.code or fault.status)
        case "empty_choices":
            body["choices"] = []
        case "null_content":
            message["content"] = None
        case "missing_finish_reason":
            choice["finish_reason"] = None
        case "wrong_finish_reason":
            choice["finish_reason"] = "because"
        case "announced_calls":
            choice["finish_reason"] = "tool_calls"
        case _:
            pass
    return body


def _deltas(message: JsonValue) -> list[Body]:
    if not isinstance(message, dict):
        return []
    deltas: list[Body] = [{"role": "assistant", "content": ""}]
    text = message.get("content")
    if isinstance(text, str):
        deltas += [{"content": piece} for piece in pieces_of(text)]
    calls = message.get("tool_calls")
    for index, call in enumerate(calls if isinstance(calls, list) else []):
        deltas += _call_deltas(index, call)
    return deltas


def _call_deltas(index: int, call: JsonValue) -> list[Body]:
    whole: Body = json.loads(json.dumps(call))
    function = whole["function"]
    if not isinstance(function, dict):
        return []
    arguments = str(function["arguments"])
    opening: Body = {**whole, "index": index, "function": {**function, "arguments": ""}}
    pieces = pieces_of(arguments)
    rest: list[Body] = [
        {"tool_calls": [{"index": index, "function": {"arguments": piece}}]} for piece in pieces
    ]
    return [{"tool_calls": [opening]}, *rest]
