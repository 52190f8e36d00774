"""Sends a scripted answer over a connection, well or badly."""

from collections.abc import Mapping

from pydantic import JsonValue

from mn_notebook.testing.connection import Connection, as_bytes, head
from mn_notebook.testing.model_wire import HTML_PAGE, chunks_of, completion_of, error_of
from mn_notebook.testing.prompter import Answer
from mn_notebook.testing.script import ModelFault

_DONE = b"data: [DONE]\n\n"
_STREAM_REFUSAL = {"status": 400, "message": "streaming is not supported by this model"}
_SETTLE_SECONDS = 0.02
"""Lets the client read what came before a reset, which would overtake it."""


async def send_answer(
    connection: Connection, answer: Answer, *, number: int, stream: bool, include_usage: bool
) -> bool:
    """Send an answer; return whether the connection can serve another request.

    Raises:
        ConnectionError: the client left before it had everything.
    """
    if answer.reply.delay_seconds:
        await connection.pause(answer.reply.delay_seconds)
    fault = answer.reply.fault
    if fault is not None and not await _begins_well(connection, fault, stream=stream):
        return False
    stream = stream and not (fault is not None and fault.kind == "whole_for_stream")
    headers = stamp(number) | answer.reply.headers
    completion = completion_of(answer, f"{answer.request_hash[:12]}-{number}")
    if not stream:
        return await _send_whole(connection, as_bytes(completion), headers, fault)
    chunks = chunks_of(completion, include_usage=include_usage)
    events = [b"data: " + as_bytes(chunk) + b"\n\n" for chunk in chunks]
    await _send_stream(connection, events, headers, fault)
    return False


async def send_json(
    connection: Connection, status: int, value: JsonValue, headers: Mapping[str, str]
) -> None:
    """Send a value as a whole answer."""
    await _send_body(connection, status, as_bytes(value), headers)


def stamp(number: int) -> dict[str, str]:
    """Return the headers that no answer goes without: it is scripted, and which one it is."""
    return {"x-mn-scripted": "1", "x-request-id": f"scripted-{number}"}


async def _begins_well(connection: Connection, fault: ModelFault, *, stream: bool) -> bool:
    """Misbehave where there is no answer to spoil; otherwise return True."""
    match fault.kind:
        case "status":
            await _send_status(connection, fault)
        case "reset":
            connection.reset()
        case "hang":
            await connection.pause(None)
        case "garbage_status_line":
            await connection.write(b"THIS IS NO HTTP\r\n\r\n")
        case "refused_stream" if stream:
            await _send_status(connection, fault.model_copy(update=_STREAM_REFUSAL))
        case "html_page":
            html = {"content-type": "text/html; charset=utf-8", "connection": "close"}
            await _send_body(connection, 200, HTML_PAGE.encode(), html)
        case _:
            return True
    return False


async def _send_status(connection: Connection, fault: ModelFault) -> None:
    error = as_bytes(error_of(fault.message, code=fault.code, kind=fault.code or "server_error"))
    body = error if fault.body is None else fault.body.encode()
    headers = {"x-mn-scripted": "1", **fault.headers, "connection": "close"}
    await _send_body(connection, fault.status, body, headers)


async def _send_body(
    connection: Connection, status: int, body: bytes, headers: Mapping[str, str]
) -> None:
    await connection.write(head(status, _with_length(headers, len(body))), body)


async def _send_whole(
    connection: Connection, body: bytes, headers: Mapping[str, str], fault: ModelFault | None
) -> bool:
    half = body[: len(body) // 2]
    opening = head(200, _with_length(headers, len(body)))
    match fault.kind if fault else None:
        case "reset_mid_body":
            await connection.write(opening, half)
            await connection.pause(_SETTLE_SECONDS)
            connection.reset()
        case "half_body" | "truncated_stream":
            await connection.write(opening, half)
        case "malformed_json" | "malformed_chunk":
            await _send_body(connection, 200, half, {**headers, "connection": "close"})
        case "drip" | "endless_stream":
            await connection.write(opening)
            await _drip(connection, body, fault)
        case _:
            await connection.write(opening, body)
            return True
    return False


async def _send_stream(
    connection: Connection,
    events: list[bytes],
    headers: Mapping[str, str],
    fault: ModelFault | None,
) -> None:
    """Send server-sent events; the end of the connection ends them."""
    half = events[: len(events) // 2]
    kind = {"content-type": "text/event-stream", "connection": "close"}
    await connection.write(head(200, {**kind, **headers}))
    match fault.kind if fault else None:
        case "reset_mid_body":
            await connection.write(*half)
            await connection.pause(_SETTLE_SECONDS)
            connection.reset()
        case "half_body" | "truncated_stream":
            await connection.write(*half)
        case "malformed_json" | "malformed_chunk":
            await connection.write(*half, b'data: {"choices": [\n\n', _DONE)
        case "stream_without_done":
            await connection.write(*events)
        case "drip":
            await _drip(connection, b"".join(events) + _DONE, fault)
        case "endless_stream":
            await _for_ever(connection, events, fault)
        case _:
            await connection.write(*events, _DONE)


async def _for_ever(connection: Connection, events: list[bytes], fault: ModelFault | None) -> None:
    """Begin well, and never come to an end."""
    opening, again = events[:1], events[1:2] or [b": nothing\n\n"]
    await connection.write(*opening)
    while True:
        await connection.write(*again)
        await connection.pause(fault.drip_seconds if fault else 0.0)


async def _drip(connection: Connection, body: bytes, fault: ModelFault | None) -> None:
    seconds = fault.drip_seconds if fault else 0.0
    for byte in body:
        await connection.write(bytes([byte]))
        await connection.pause(seconds)


def _with_length(headers: Mapping[str, str], length: int) -> dict[str, str]:
    return {"content-type": "application/json", **headers, "content-length": str(length)}
