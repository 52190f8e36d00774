"""The model client against a real server that misbehaves in every way it knows."""

import asyncio
import contextlib
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest

import mn_notebook.testing
from mn_notebook.agents import model_connection
from mn_notebook.agents.endpoints import ConfiguredEndpoints, Endpoint
from mn_notebook.agents.model import OpenAIModels
from mn_notebook.domain.messages import Message, ModelProfile, ModelRequest, ToolSpec, Usage
from mn_notebook.errors import ModelMissing, PermanentError, RunError, TransientError
from mn_notebook.testing import (
    FaultKind,
    ModelFault,
    Reply,
    Rule,
    Script,
    ScriptedCall,
    ScriptedModelServer,
)

KEY = "sk-very-secret-0123456789"
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LOUD_KEY = f"the key {KEY} is not welcome " * 20
TOOL = ToolSpec(
    name="lookup",
    description="Look something up.",
    parameters={"type": "object", "properties": {"q": {"type": "string"}}, "required": ["q"]},
    effect="read",
)
PERSON = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer", "minimum": 18}},
    "required": ["name", "age"],
    "additionalProperties": False,
}


class WallClock:
    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return time.perf_counter()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)  # noqa: TID251 - this is the clock


@pytest.fixture
def serve():
    servers = []

    def start(*replies, **script):
        server = ScriptedModelServer(Script(name="test", replies=replies, **script))
        server.start()
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
async def client_of():
    clients = []

    def make(base_url, model="scripted:test", key=KEY, **settings):
        endpoints = ConfiguredEndpoints(base_url, key, model, None, **settings)
        client = OpenAIModels(endpoints, WallClock())
        clients.append(client)
        return client

    yield make
    for client in clients:
        await client.aclose()


def ask(text: str = "hello", **fields: Any) -> ModelRequest:
    named = {"model": "scripted:test", **fields}
    return ModelRequest(messages=(Message(role="user", content=text),), **named)


def bad(kind: FaultKind, **fields: Any) -> ModelFault:
    return ModelFault(kind=kind, **fields)


def status(number: int, **fields: Any) -> ModelFault:
    return bad("status", status=number, **fields)


MISBEHAVIOURS = {
    "400 bad request": (status(400), PermanentError, "refuses this very request"),
    "400 context overflow by code": (
        status(400, code="context_length_exceeded"),
        PermanentError,
        "larger context",
    ),
    "400 context overflow in words": (
        status(400, message="request (9030 tokens) exceeds the available context size (8192)"),
        PermanentError,
        "larger context",
    ),
    "500 context overflow in words": (
        status(500, message="This model's maximum context length is 8192 tokens"),
        PermanentError,
        "larger context",
    ),
    "401 wrong key": (status(401), PermanentError, "OPENAI_API_KEY"),
    "401 that repeats the key": (status(401, message=LOUD_KEY), PermanentError, "[key]"),
    "402 pay first": (status(402), PermanentError, "add credit"),
    "403 forbidden": (status(403), PermanentError, "ask for access"),
    "404 no such model": (status(404, code="model_not_found"), ModelMissing, "%mn models"),
    "404 no such model in words": (
        status(404, body='{"error": "model \\"x\\" not found"}'),
        ModelMissing,
        "%mn models",
    ),
    "404 nothing there": (status(404, body="nothing"), PermanentError, "/v1"),
    "405 wrong method": (status(405), PermanentError, "/v1"),
    "408 request timeout": (status(408), TransientError, "passing trouble"),
    "409 conflict": (status(409), TransientError, "passing trouble"),
    "413 too large": (status(413), PermanentError, "larger context"),
    "422 validation": (
        status(422, body='{"detail": [{"msg": "field required"}]}'),
        PermanentError,
        "field required",
    ),
    "425 too early": (status(425), TransientError, "HTTP 425"),
    "429 slow down": (status(429, code="rate_limit_exceeded"), TransientError, "too many calls"),
    "429 no credit": (status(429, code="insufficient_quota"), PermanentError, "add credit"),
    "500 server error": (status(500), TransientError, "HTTP 500"),
    "500 empty": (status(500, body=""), TransientError, "HTTP 500"),
    "501 not implemented": (status(501), PermanentError, "HTTP 501"),
    "502 bad gateway page": (
        status(502, body="<html><title>502 Bad Gateway</title></html>"),
        TransientError,
        "502 Bad Gateway",
    ),
    "503 unavailable": (status(503), TransientError, "scripted failure"),
    "529 overloaded": (status(529), TransientError, "HTTP 529"),
    "302 without a place": (status(302), PermanentError, "points elsewhere"),
    "reset": (bad("reset"), TransientError, "connection failed"),
    "reset in the body": (bad("reset_mid_body"), TransientError, "connection failed"),
    "half a body": (bad("half_body"), TransientError, "pay for it twice"),
    "cut as a stream is": (bad("truncated_stream"), TransientError, "connection failed"),
    "garbage status line": (bad("garbage_status_line"), TransientError, "connection failed"),
    "malformed json": (bad("malformed_json"), TransientError, "malformed JSON"),
    "wrong shape": (bad("wrong_shape"), TransientError, "no chat completion"),
    "web page": (bad("html_page"), TransientError, "web page"),
    "error sent as success": (
        bad("error_in_success", status=503),
        TransientError,
        "HTTP 503",
    ),
    "refusal sent as success": (
        bad("error_in_success", status=400, message="no"),
        PermanentError,
        "HTTP 400",
    ),
    "quota sent as success": (
        bad("error_in_success", code="insufficient_quota"),
        PermanentError,
        "add credit",
    ),
    "empty choices": (bad("empty_choices"), TransientError, "without any choice"),
    "no finish reason": (bad("missing_finish_reason"), TransientError, "was cut"),
    "a malformed piece": (bad("malformed_chunk"), TransientError, "malformed JSON"),
    "an error amid": (bad("error_chunk", status=503), TransientError, "HTTP 503"),
    "no credit amid": (bad("error_chunk", code="insufficient_quota"), PermanentError, "add credit"),
    "unknown finish reason": (bad("wrong_finish_reason"), TransientError, "'because'"),
    "announced calls that are not there": (bad("announced_calls"), TransientError, "holds none"),
}


SAID_OF_STREAMS = {
    "half a body": "was cut",
    "cut as a stream is": "was cut",
    "malformed json": "a malformed piece of a stream",
    "a malformed piece": "a malformed piece of a stream",
    "wrong shape": "a piece of a stream that is none of an answer",
}
"""Where a stream fails in other words."""


@pytest.mark.parametrize("streams", [True, False], ids=["stream", "whole"])
@pytest.mark.parametrize("name", MISBEHAVIOURS)
async def test_misbehaviour_becomes_one_typed_error(serve, client_of, name, streams):
    """Every failure is one request, one error of the right kind, teaches and keeps the key."""
    fault, kind, text = MISBEHAVIOURS[name]
    text = SAID_OF_STREAMS.get(name, text) if streams else text
    server = serve(Reply(fault=fault), Reply(text="good"))
    client = client_of(server.base_url, streams=streams)
    with pytest.raises(RunError) as caught:
        await client.complete(ask(), timeout_seconds=5)
    message = str(caught.value)
    assert type(caught.value) is kind
    assert text in message
    assert server.base_url in message
    assert "scripted:test" in message
    assert KEY not in everything_said(caught.value)
    assert KEY[:12] not in everything_said(caught.value)
    assert [seen.stream for seen in server.requests] == [streams]
    assert (await client.complete(ask(), timeout_seconds=5)).message.content == "good"


def everything_said(error: BaseException | None) -> str:
    """The messages of an error and of all that it came from."""
    said = []
    while error is not None:
        said += [str(error), repr(error)]
        error = error.__cause__ or error.__context__
    return "\n".join(said)


async def test_unreachable_server_is_given_up_before_the_deadline(client_of, monkeypatch):
    """Connecting has a limit of its own: nobody waits minutes for a machine that is not there."""
    monkeypatch.setattr(model_connection, "CONNECT_SECONDS", 0.2)
    with socket.socket() as full, contextlib.ExitStack() as waiting:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(3):
            queued = waiting.enter_context(socket.socket())
            queued.setblocking(False)
            queued.connect_ex(full.getsockname())
        url = f"http://127.0.0.1:{full.getsockname()[1]}/v1"
        with pytest.raises(TransientError, match=r"no connection within 0\.2 s"):
            await client_of(url).complete(ask(), timeout_seconds=30)


@pytest.mark.parametrize("streams", [True, False], ids=["stream", "whole"])
@pytest.mark.parametrize("kind", ["hang", "drip", "endless_stream"])
async def test_deadline_covers_the_whole_call(serve, client_of, kind, streams):
    """A server that says something every moment does not outlive the one overall deadline."""
    server = serve(Reply(fault=bad(kind, drip_seconds=0.02)), Reply(text="good"))
    client = client_of(server.base_url, streams=streams)
    began = time.perf_counter()
    with pytest.raises(TransientError, match=r"no whole answer within 1\.5 s") as caught:
        await client.complete(ask(), timeout_seconds=1.5)
    assert time.perf_counter() - began < 1.5 + 2.6
    assert server.base_url in str(caught.value)
    assert KEY not in everything_said(caught.value)
    assert len(server.requests) == 1
    assert (await client.complete(ask(), timeout_seconds=5)).message.content == "good"


async def test_slow_answer_within_the_deadline_is_an_answer(serve, client_of):
    """A delay below the deadline is only latency."""
    server = serve(Reply(text="late", delay_seconds=0.2))
    answer = await client_of(server.base_url).complete(ask(), timeout_seconds=5)
    assert answer.message.content == "late"
    assert 0.2 <= answer.latency_seconds < 5


async def test_cancelling_is_no_failure_of_the_model(serve, client_of):
    """A cancelled call ends as cancelled, so that a stopping runtime is not taken for a fault."""
    server = serve(Reply(fault=bad("hang")))
    call = asyncio.ensure_future(client_of(server.base_url).complete(ask(), timeout_seconds=30))
    while not server.requests:
        await WallClock().sleep(0.01)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call


async def test_refused_connection_names_the_remedy(client_of):
    """Nothing listens: that passes, and the message says what to start."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        with pytest.raises(TransientError, match="nothing listens there"):
            await client_of(url).complete(ask(), timeout_seconds=5)


def http_date(*, seconds: float) -> str:
    return format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        pytest.param({"retry-after": "7"}, 7.0, id="seconds"),
        pytest.param({"retry-after": "0.5"}, 0.5, id="parts of a second"),
        pytest.param({"retry-after-ms": "250", "retry-after": "9"}, 0.25, id="milliseconds"),
        pytest.param({"retry-after": http_date(seconds=90)}, 90.0, id="date"),
        pytest.param({"retry-after": http_date(seconds=-90)}, 0.0, id="past date"),
        pytest.param({"retry-after": "-3"}, 0.0, id="negative"),
        pytest.param({"retry-after": "soon"}, None, id="nonsense"),
        pytest.param({"retry-after": "nan"}, None, id="no number"),
        pytest.param({}, None, id="absent"),
    ],
)
@pytest.mark.parametrize("number", [429, 503])
async def test_retry_after_is_handed_on(serve, client_of, number, headers, seconds):
    """What the server asks to wait reaches the retry policy."""
    server = serve(Reply(fault=status(number, headers=headers)))
    with pytest.raises(TransientError) as caught:
        await client_of(server.base_url).complete(ask(), timeout_seconds=5)
    assert caught.value.retry_after_seconds == seconds
    assert caught.value.later is (number == 429 or seconds is not None)


async def test_usage_is_read_with_its_parts(serve, client_of):
    """Cached and reasoning tokens are parts of what was counted."""
    usage = Usage(input_tokens=120, cached_tokens=80, output_tokens=30, reasoning_tokens=10)
    server = serve(Reply(text="x", usage=usage))
    answer = await client_of(server.base_url).complete(ask(), timeout_seconds=5)
    assert answer.usage == usage


async def test_missing_usage_stays_unknown(serve, client_of):
    """A server that does not count is not taken for a free one."""
    server = serve(Reply(text="x", says_usage=False))
    answer = await client_of(server.base_url).complete(ask(), timeout_seconds=5)
    assert answer.usage is None


async def test_scripted_answer_is_stamped(serve, client_of):
    """No scripted answer can be mistaken for a model's."""
    server = serve(Reply(text="x"))
    answer = await client_of(server.base_url).complete(ask(), timeout_seconds=5)
    assert answer.scripted
    assert answer.provider == "scripted"
    assert answer.model == "scripted:test"
    assert answer.price.usd == Decimal(0)
    assert answer.price.source == "scripted"
    assert answer.request_id == "scripted-1"


async def test_scripted_server_is_stamped_whatever_it_calls_itself(serve, client_of):
    """The header counts, not the name of a model."""
    server = serve(Reply(text="x", model="gpt-5.4-mini"))
    request = ask(model="gpt-5.4-mini")
    answer = await client_of(server.base_url).complete(request, timeout_seconds=5)
    assert (answer.scripted, answer.provider, answer.model) == (True, "scripted", "gpt-5.4-mini")


async def test_scripted_name_is_not_answered_by_a_real_server(serve, client_of):
    """Who asked for a script never gets a model's answer for it."""
    server = serve(Reply(text="x", headers={"x-mn-scripted": "0"}))
    with pytest.raises(PermanentError, match="not scripted"):
        await client_of(server.base_url).complete(ask(), timeout_seconds=5)


async def test_unpriced_model_costs_an_unknown_sum(serve, client_of):
    """A host without a price list is unknown, not free."""
    server = serve(Reply(text="x", model="some-model", headers={"x-mn-scripted": "0"}))
    request = ask(model="some-alias")
    answer = await client_of(server.base_url).complete(request, timeout_seconds=5)
    assert (answer.model, answer.provider, answer.scripted) == ("some-model", "127.0.0.1", False)
    assert (answer.price.usd, answer.price.source) == (None, "unknown")


async def test_priced_model_costs_what_the_list_says(serve):
    """Cached tokens are cheaper, and the list and its match are recorded."""
    usage = Usage(input_tokens=12000, cached_tokens=8000, output_tokens=800)
    reply = Reply(
        text="x", model="gpt-5.4-mini-2026-03-17", usage=usage, headers={"x-mn-scripted": "0"}
    )
    server = serve(reply)
    client = OpenAIModels(OneEndpoint(Endpoint(server.base_url, KEY, "openai")), WallClock())
    answer = await client.complete(ask(model="gpt-5.4-mini"), timeout_seconds=5)
    await client.aclose()
    assert answer.price.usd == Decimal("0.0072")
    assert answer.price.source.startswith("genai-prices ")
    assert answer.price.matched == "gpt-5.4-mini"


class OneEndpoint:
    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    def profile(self, model: str | None) -> ModelProfile:
        return ModelProfile(name=model or "x", provider=self._endpoint.provider)

    async def endpoint(self, model: str) -> Endpoint:
        return Endpoint(
            self._endpoint.base_url,
            self._endpoint.api_key,
            self._endpoint.provider,
            self.profile(model),
        )


async def test_native_tool_calls_come_back(serve, client_of):
    """Tools are offered and their calls read, in order."""
    calls = (
        ScriptedCall(name="lookup", arguments={"q": "a"}, id="one"),
        ScriptedCall(name="lookup", arguments={"q": "b"}, id="two"),
    )
    server = serve(Reply(calls=calls))
    answer = await client_of(server.base_url).complete(ask(tools=(TOOL,)), timeout_seconds=5)
    assert answer.finish_reason == "tool_calls"
    assert [call.id for call in answer.message.tool_calls] == ["one", "two"]
    assert json.loads(answer.message.tool_calls[1].arguments) == {"q": "b"}
    sent = server.requests[0].body["tools"][0]["function"]
    assert sent == {
        "name": "lookup",
        "description": "Look something up.",
        "parameters": TOOL.parameters,
    }


async def test_stop_with_tool_calls_is_read_as_tool_calls(serve, client_of):
    """Some servers say stop where they ask for a tool."""
    server = serve(Reply(calls=(ScriptedCall(name="lookup"),), finish_reason="stop"))
    answer = await client_of(server.base_url).complete(ask(tools=(TOOL,)), timeout_seconds=5)
    assert answer.finish_reason == "tool_calls"


@pytest.mark.parametrize(
    ("kind", "name", "arguments"),
    [
        ("malformed_arguments", "lookup", '{"unfinished": [1, '),
        ("unknown_tool", "no_such_tool", "{}"),
    ],
)
async def test_wrong_tool_calls_are_left_to_the_agent(serve, client_of, kind, name, arguments):
    """Malformed arguments and unknown tools are the model's answer, not a failure of the call."""
    server = serve(Reply(fault=bad(kind)))
    answer = await client_of(server.base_url).complete(ask(tools=(TOOL,)), timeout_seconds=5)
    assert answer.message.tool_calls[0].name == name
    assert answer.message.tool_calls[0].arguments == arguments


async def test_conversation_with_tool_result_is_sent_whole(serve, client_of):
    """The transcript goes back as the model's server knows it."""
    server = serve(Reply(calls=(ScriptedCall(name="lookup", id="one"),)), Reply(text="done"))
    client = client_of(server.base_url)
    request = ask(tools=(TOOL,))
    first = await client.complete(request, timeout_seconds=5)
    result = Message(role="tool", content="42", tool_call_id="one")
    longer = request.model_copy(update={"messages": (*request.messages, first.message, result)})
    assert (await client.complete(longer, timeout_seconds=5)).message.content == "done"
    sent = server.requests[1].body["messages"]
    assert [message["role"] for message in sent] == ["user", "assistant", "tool"]
    assert sent[1]["tool_calls"][0]["id"] == sent[2]["tool_call_id"] == "one"


async def test_length_is_left_to_the_agent(serve, client_of):
    """A cut answer is an answer; whether to go on is not the client's matter."""
    server = serve(Reply(text="half of", finish_reason="length"))
    answer = await client_of(server.base_url).complete(ask(max_tokens=2), timeout_seconds=5)
    assert (answer.finish_reason, answer.message.content) == ("length", "half of")
    assert server.requests[0].body["max_tokens"] == 2


async def test_closed_schema_is_asked_for_strictly(serve, client_of):
    """The echo answers with an instance of the schema."""
    server = serve()
    answer = await client_of(server.base_url).complete(
        ask(response_schema=PERSON), timeout_seconds=5
    )
    person = json.loads(answer.message.content)
    assert person["age"] >= 18
    assert server.requests[0].body["response_format"]["json_schema"]["strict"] is True


async def test_open_schema_is_not_asked_for_strictly(serve, client_of):
    """A schema that strict decoding refuses is sent as a wish."""
    server = serve()
    loose = {"type": "object", "properties": {"name": {"type": "string", "minLength": 3}}}
    await client_of(server.base_url).complete(ask(response_schema=loose), timeout_seconds=5)
    assert "strict" not in server.requests[0].body["response_format"]["json_schema"]


async def test_call_id_is_sent_along(serve, client_of):
    """A server that keeps books can recognise the call."""
    server = serve()
    client = client_of(server.base_url)
    await client.complete(ask(), timeout_seconds=5, call_id="check[Zürich]!3")
    await client.complete(ask(), timeout_seconds=5)
    first, second = server.requests
    assert first.call_id == first.idempotency_key == "check[Z%C3%BCrich]!3"
    assert second.call_id is second.idempotency_key is None


async def test_key_goes_to_the_server_and_nowhere_else(serve, client_of):
    """The key is in the one header that needs it."""
    server = serve()
    client = client_of(server.base_url)
    await client.complete(ask(), timeout_seconds=5)
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"
    assert KEY not in json.dumps(server.requests[0].body)
    assert KEY not in repr(Endpoint(server.base_url, KEY))


async def test_environment_adds_nothing(serve, client_of, monkeypatch):
    """What is meant for OpenAI does not reach another server."""
    monkeypatch.setenv("OPENAI_ORG_ID", "org-1")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-1")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-from-environment")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    server = serve()
    await client_of(server.base_url, key=None).complete(ask(), timeout_seconds=5)
    headers = server.requests[0].headers
    assert not {"openai-organization", "openai-project"} & headers.keys()
    assert headers["authorization"] == "Bearer no-key"


async def test_unnamed_model_is_the_first_that_the_server_lists(serve, client_of):
    """The list is asked for once."""
    server = serve()
    client = client_of(server.base_url, model=None)
    name = client.profile(None).name
    answers = [await client.complete(ask(model=name), timeout_seconds=5) for _ in range(2)]
    assert [answer.model for answer in answers] == ["scripted:test"] * 2
    assert server.requests[0].model == "scripted:test"
    assert server.models_asked == 1


@pytest.mark.parametrize(
    ("url", "key", "text"),
    [
        pytest.param("ftp://127.0.0.1/v1", KEY, "no address of a web server", id="scheme"),
        pytest.param("127.0.0.1:80/v1", KEY, "no address of a web server", id="no scheme"),
        pytest.param("http://a:pass-word-1@127.0.0.1/v1", KEY, "password", id="credentials"),
        pytest.param("http://127.0.0.1:1/v1", KEY + "\n", "cannot be sent", id="line break"),
        pytest.param("http://127.0.0.1:1/v1", KEY + "é", "cannot be sent", id="not ascii"),
    ],
)
async def test_endpoint_that_cannot_be_right_is_refused_unsent(client_of, url, key, text):
    """Before a library puts the key into its own complaint."""
    with pytest.raises(PermanentError, match=text) as caught:
        await client_of(url, key=key).complete(ask(model="m"), timeout_seconds=5)
    assert KEY not in everything_said(caught.value)
    assert "pass-word-1" not in everything_said(caught.value)


async def test_many_calls_at_once_are_kept_apart(serve, client_of):
    """Each call gets the answer to its own question."""
    server = serve()
    client = client_of(server.base_url)
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(client.complete(ask(f"question {n}"), timeout_seconds=20))
            for n in range(30)
        ]
    for number, task in enumerate(tasks):
        assert task.result().message.content.endswith(f"heard: question {number}")
    assert len(server.requests) == 30


async def test_client_works_again_after_it_was_closed(serve, client_of):
    """Closing lets go of connections, not of the ability to make new ones."""
    server = serve()
    client = client_of(server.base_url)
    await client.complete(ask(), timeout_seconds=5)
    await client.aclose()
    await client.aclose()
    await client.complete(ask(), timeout_seconds=5)
    assert len(server.requests) == 2


def test_server_as_a_process_logs_before_it_answers(tmp_path):
    """A reset and an answer are both on disk when the client knows of them."""
    script = Script(
        name="apart",
        rules=(Rule(contains="drop", replies=(Reply(fault=bad("reset")),)),),
        default=Reply(text="hi"),
    )
    (tmp_path / "script.json").write_text(script.model_dump_json(), encoding="utf-8")
    log, port_file = tmp_path / "log.jsonl", tmp_path / "port"
    command = [sys.executable, "-m", "mn_notebook.testing.model_server"]
    command += ["--script", str(tmp_path / "script.json")]
    command += ["--port-file", str(port_file), "--log", str(log)]
    where = Path(mn_notebook.testing.__file__).parents[2]
    with subprocess.Popen(command, cwd=where) as process:
        try:
            while not port_file.exists():
                threading.Event().wait(0.02)
            asyncio.run(_ask_process(int(port_file.read_text())))
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(10) == 0
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(line["call_id"], line["outcome"]) for line in lines] == [
        ("step!1", "text"),
        ("step!2", "reset"),
    ]
    assert all(len(line["body_hash"]) == 64 for line in lines)


async def _ask_process(port: int) -> None:
    url = f"http://127.0.0.1:{port}/v1"
    client = OpenAIModels(ConfiguredEndpoints(url, None, None, None), WallClock())
    request = ask(model="scripted:apart")
    answer = await client.complete(request, timeout_seconds=10, call_id="step!1")
    assert answer.message.content == "hi"
    drop = ask("drop", model="scripted:apart")
    with pytest.raises(TransientError):
        await client.complete(drop, timeout_seconds=10, call_id="step!2")
    await client.aclose()


@pytest.fixture
async def raw():
    """The vendor's own client, streaming, as a second opinion on the server."""
    async with openai.AsyncOpenAI(
        api_key=KEY, base_url="http://127.0.0.1:1/v1", max_retries=0
    ) as it:
        yield it


STREAM: dict[str, Any] = {
    "model": "x",
    "messages": [{"role": "user", "content": "hello"}],
    "stream": True,
    "stream_options": {"include_usage": True},
}


async def test_streamed_answer_is_the_whole_answer(serve, raw):
    """Pieces, then the reason to end, then the usage."""
    text = "a text that is longer than one piece of a stream"
    server = serve(Reply(text=text, usage=Usage(input_tokens=7, output_tokens=9)))
    stream = await raw.with_options(base_url=server.base_url).chat.completions.create(**STREAM)
    chunks = [chunk async for chunk in stream]
    said = [choice for chunk in chunks for choice in chunk.choices]
    assert "".join(choice.delta.content or "" for choice in said) == text
    assert said[-1].finish_reason == "stop"
    assert chunks[-1].usage.prompt_tokens == 7
    assert len(chunks) > 4


async def test_streamed_tool_call_is_the_whole_call(serve, raw):
    """A call's arguments come in pieces that add up."""
    call = ScriptedCall(name="lookup", arguments={"q": "something rather long"}, id="one")
    server = serve(Reply(calls=(call,)))
    stream = await raw.with_options(base_url=server.base_url).chat.completions.create(**STREAM)
    deltas = [d for chunk in [c async for c in stream] for c in chunk.choices for d in [c.delta]]
    pieces = [call for delta in deltas for call in delta.tool_calls or ()]
    assert (pieces[0].id, pieces[0].function.name) == ("one", "lookup")
    arguments = "".join(piece.function.arguments for piece in pieces)
    assert json.loads(arguments) == {"q": "something rather long"}


@pytest.mark.parametrize(
    ("kind", "raised"),
    [
        ("reset_mid_body", openai.APIConnectionError),
        ("malformed_chunk", json.JSONDecodeError),
        ("error_chunk", openai.APIError),
        ("reset", openai.APIConnectionError),
        ("status", openai.InternalServerError),
    ],
)
async def test_streams_fail_on_purpose(serve, raw, kind, raised):
    """What a stream's reader sees of each fault."""
    server = serve(Reply(fault=bad(kind)))
    client = raw.with_options(base_url=server.base_url)
    with pytest.raises(raised):
        async for _ in await client.chat.completions.create(**STREAM):
            pass


@pytest.mark.parametrize("kind", ["truncated_stream", "missing_finish_reason"])
async def test_cut_stream_gives_no_reason_to_end(serve, raw, kind):
    """The silent failure: nothing is raised, and only the missing reason tells."""
    server = serve(Reply(fault=bad(kind)))
    stream = await raw.with_options(base_url=server.base_url).chat.completions.create(**STREAM)
    reasons = [choice.finish_reason async for chunk in stream for choice in chunk.choices]
    assert not any(reasons)


@pytest.mark.parametrize(
    ("kind", "ends"),
    [("empty_choices", []), ("half_body", [None]), ("stream_without_done", ["stop"])],
)
async def test_spoilt_stream_ends_quietly(serve, raw, kind, ends):
    """What is left of the reasons to end when nothing is raised."""
    server = serve(Reply(text="x", fault=bad(kind)))
    stream = await raw.with_options(base_url=server.base_url).chat.completions.create(**STREAM)
    reasons = [choice.finish_reason async for chunk in stream for choice in chunk.choices]
    assert reasons[-1:] == ends


async def test_dripped_stream_is_whole_in_the_end(serve, raw):
    """Slow is not broken."""
    server = serve(Reply(text="x", fault=bad("drip", drip_seconds=0.0001)))
    stream = await raw.with_options(base_url=server.base_url).chat.completions.create(**STREAM)
    reasons = [choice.finish_reason async for chunk in stream for choice in chunk.choices]
    assert reasons[-1] == "stop"


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/nowhere", b"{}", 404),
        ("/chat/completions", b"{", 400),
        ("/chat/completions", b'{"model": "m"}', 400),
    ],
)
async def test_server_refuses_what_it_does_not_serve(serve, path, body, status):
    """The server is strict about its own protocol, and survives what is none."""
    server = serve()
    async with httpx2.AsyncClient(trust_env=False) as client:
        answer = await client.post(server.base_url + path, content=body)
        assert answer.status_code == status
        assert answer.headers["x-mn-scripted"] == "1"
        again = await client.get(server.base_url + "/models")
        assert again.json()["data"][0]["id"] == "scripted:test"
    assert server.requests == ()


async def test_schema_beyond_the_echo_is_refused(serve, client_of):
    """Better no answer than a wrong one."""
    server = serve()
    schema = {"type": "string", "pattern": "^no-example-of-(this|that)$"}
    with pytest.raises(PermanentError, match="script a reply"):
        await client_of(server.base_url).complete(ask(response_schema=schema), timeout_seconds=5)


async def test_rule_of_the_server_may_ask_python(serve, client_of):
    """In the same process a callable decides; it sees no key."""
    seen = []

    def answer(asked):
        seen.append(asked)
        return Reply(text=asked.last_user_text[::-1])

    server = serve(rules=(Rule(answer=answer),))
    got = await client_of(server.base_url).complete(ask("abc"), timeout_seconds=5)
    assert got.message.content == "cba"
    assert "authorization" not in seen[0].headers


def test_taken_port_is_said_at_the_start(serve):
    """The starting thread hears of it, not only the server's own."""
    with pytest.raises(OSError, match="in use"):
        ScriptedModelServer(port=serve().port).start()


def test_stopping_twice_is_harmless(serve):
    """So that every path may stop it."""
    server = serve()
    server.stop()
    server.stop()
