"""Streamed answers: the same as whole ones, and watched while they come."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mn_notebook.agents.endpoints import ConfiguredEndpoints
from mn_notebook.agents.model import OpenAIModels
from mn_notebook.clock import SystemClock
from mn_notebook.domain.ids import RunId
from mn_notebook.domain.messages import Message, ModelAnswer, ModelRequest, Usage
from mn_notebook.errors import TransientError
from mn_notebook.ports import TextPiece
from mn_notebook.runtime.models import configured_models, local_models
from mn_notebook.testing import ModelFault, Reply, Script, ScriptedCall, ScriptedModelServer
from tests.integration.house import House, Kernel

Serve = Callable[..., ScriptedModelServer]
ClientOf = Callable[..., OpenAIModels]
LONG = "a text that is longer than one piece of a stream, with ümläuts and 🐍"
USAGE = Usage(input_tokens=120, cached_tokens=80, output_tokens=30, reasoning_tokens=10)


@pytest.fixture
def serve() -> Iterator[Serve]:
    servers: list[ScriptedModelServer] = []

    def start(*replies: Reply) -> ScriptedModelServer:
        servers.append(ScriptedModelServer(Script(name="test", replies=replies)))
        servers[-1].start()
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
async def client_of() -> AsyncIterator[ClientOf]:
    clients: list[OpenAIModels] = []

    def make(server: ScriptedModelServer, **settings: Any) -> OpenAIModels:
        endpoints = ConfiguredEndpoints(server.base_url, None, "m", None, **settings)
        clients.append(OpenAIModels(endpoints, SystemClock()))
        return clients[-1]

    yield make
    for client in clients:
        await client.aclose()


async def answer(client: OpenAIModels, **options: Any) -> ModelAnswer:
    request = ModelRequest(model="m", messages=(Message(role="user", content="hello"),))
    return await client.complete(request, timeout_seconds=10, **options)


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(Reply(text=LONG, usage=USAGE), id="text"),
        pytest.param(Reply(text="", usage=USAGE), id="empty"),
        pytest.param(Reply(usage=USAGE, fault=ModelFault(kind="null_content")), id="null"),
        pytest.param(Reply(text="cut off", finish_reason="length"), id="length"),
        pytest.param(Reply(text="no", finish_reason="content_filter"), id="filter"),
        pytest.param(Reply(text="x", model="another-model"), id="model"),
        pytest.param(Reply(text="x", says_usage=False), id="no usage"),
        pytest.param(
            Reply(
                text="I look.",
                calls=(
                    ScriptedCall(name="lookup", arguments={"q": "something rather long"}, id="a"),
                    ScriptedCall(name="send", arguments="{}", id="b"),
                    ScriptedCall(name="send", arguments='{"unfinished": [1, ', id="c"),
                ),
            ),
            id="calls",
        ),
        pytest.param(
            Reply(calls=(ScriptedCall(name="lookup"),), finish_reason="stop"), id="stop with calls"
        ),
        pytest.param(Reply(fault=ModelFault(kind="stream_without_done")), id="without done"),
        pytest.param(Reply(fault=ModelFault(kind="unknown_tool")), id="unknown tool"),
        pytest.param(Reply(fault=ModelFault(kind="malformed_arguments")), id="malformed"),
        pytest.param(Reply(text=LONG, fault=ModelFault(kind="whole_for_stream")), id="whole"),
        pytest.param(
            Reply(text="x", fault=ModelFault(kind="drip", drip_seconds=0.0)), id="in drops"
        ),
    ],
)
async def test_streamed_answer_is_what_a_whole_one_would_be(
    serve: Serve, client_of: ClientOf, reply: Reply
) -> None:
    """All that is journaled is equal: text, calls, reason, usage, model, price, request id."""
    streamed = await answer(client_of(serve(reply)))
    whole = await answer(client_of(serve(reply), streams=False))
    assert streamed.model_dump(exclude={"latency_seconds"}) == whole.model_dump(
        exclude={"latency_seconds"}
    )


async def test_text_is_watched_as_it_arrives(serve: Serve, client_of: ClientOf) -> None:
    """Who watches has the beginning while the end is still to come."""
    server = serve(Reply(fault=ModelFault(kind="endless_stream", drip_seconds=0.01), text=LONG))
    seen: asyncio.Queue[str] = asyncio.Queue()
    call = asyncio.ensure_future(answer(client_of(server), on_text=seen.put_nowait))
    first = await asyncio.wait_for(seen.get(), 5)
    assert LONG.startswith(first)
    assert not call.done()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call


@pytest.mark.parametrize("kind", [None, "whole_for_stream", "refused_stream"])
async def test_pieces_add_up_to_the_answer(serve: Serve, client_of: ClientOf, kind: Any) -> None:
    """Also where a server sends a whole answer: that is one piece then."""
    server = serve(*[Reply(text=LONG, fault=ModelFault(kind=kind) if kind else None)] * 2)
    seen: list[str] = []
    said = (await answer(client_of(server), on_text=seen.append)).message.content
    assert "".join(seen) == said == LONG
    assert (len(seen) > 1) == (kind is None)


async def test_stream_that_is_refused_is_asked_for_as_a_whole_from_then_on(
    serve: Serve, client_of: ClientOf
) -> None:
    """The refusal costs one request, before any work, once for a server and model."""
    refused = ModelFault(kind="refused_stream")
    server = serve(*[Reply(text="good", fault=refused)] * 4)
    client = client_of(server)
    answers = [await answer(client, call_id=f"call-{n}") for n in range(3)]
    assert [one.message.content for one in answers] == ["good"] * 3
    assert [seen.stream for seen in server.requests] == [True, False, False, False]
    assert server.call_counts == {"call-0": 2, "call-1": 1, "call-2": 1}


async def test_refusals_that_come_at_the_same_time_are_all_heard(
    serve: Serve, client_of: ClientOf
) -> None:
    """Nobody fails because somebody else was refused a moment earlier."""
    refused = Reply(text="good", delay_seconds=0.05, fault=ModelFault(kind="refused_stream"))
    server = serve(*[refused] * 16)
    client = client_of(server)
    async with asyncio.TaskGroup() as group:
        calls = [group.create_task(answer(client, call_id=f"call-{n}")) for n in range(8)]
    assert [call.result().message.content for call in calls] == ["good"] * 8
    assert max(server.call_counts.values()) <= 2


async def test_option_that_a_model_refuses_is_left_out_from_then_on(
    serve: Serve, client_of: ClientOf
) -> None:
    """Models that think have no temperature; an error that names another option stands."""
    body = '{"error": {"message": "Unsupported value", "param": "temperature"}}'
    server = serve(Reply(fault=ModelFault(kind="status", status=400, body=body)), Reply(text="x"))
    client = client_of(server)
    request = ModelRequest(
        model="m", messages=(Message(role="user", content="hello"),), temperature=0.0
    )
    for _ in range(2):
        await client.complete(request, timeout_seconds=10)
    assert ["temperature" in seen.body for seen in server.requests] == [True, False, False]


async def test_server_that_does_not_count_in_streams_is_asked_for_whole_answers(
    serve: Serve, client_of: ClientOf
) -> None:
    """What a call costs is worth more than to see it come."""
    server = serve(Reply(text="x", says_usage=False), Reply(text="y"), Reply(text="z"))
    client = client_of(server)
    usages = [(await answer(client)).usage is None for _ in range(3)]
    assert usages == [True, False, False]
    assert [seen.stream for seen in server.requests] == [True, False, False]


async def test_streaming_can_be_switched_off(serve: Serve, client_of: ClientOf) -> None:
    """By setting, for a server that streams badly."""
    server = serve()
    await answer(client_of(server, streams=False))
    await answer(client_of(server))
    assert [seen.stream for seen in server.requests] == [False, True]
    assert server.requests[1].body["stream_options"] == {"include_usage": True}


async def test_failed_stream_may_have_been_watched(serve: Serve, client_of: ClientOf) -> None:
    """Pieces of an answer that nobody gets are no answer: the call fails."""
    server = serve(Reply(text=LONG, fault=ModelFault(kind="truncated_stream")))
    seen: list[str] = []
    with pytest.raises(TransientError, match="was cut"):
        await answer(client_of(server), on_text=seen.append)
    assert LONG.startswith("".join(seen))


async def test_many_streams_at_once_are_kept_apart(serve: Serve, client_of: ClientOf) -> None:
    """Each call hears its own answer."""
    server = serve()
    client = client_of(server)
    seen: dict[int, list[str]] = {number: [] for number in range(20)}
    async with asyncio.TaskGroup() as group:
        for number, pieces in seen.items():
            said = Message(role="user", content=f"question {number}.")
            request = ModelRequest(model="m", messages=(said,))
            group.create_task(client.complete(request, timeout_seconds=20, on_text=pieces.append))
    assert all("".join(pieces).endswith(f"question {number}.") for number, pieces in seen.items())


SPEAK = """
inputs: {names: "list[str]"}
steps:
  speak:
    agent: Greet {{ item }}
    for_each: inputs.names
    concurrency: 8
"""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    found = House(tmp_path)
    yield found
    found.close()


def kernel_at(house: House, server: ScriptedModelServer, **settings: Any) -> Kernel:
    made = house.settings()
    made.base_url = server.base_url
    models = configured_models(made, local_models(made), SystemClock())
    return house.kernel(models=models, **settings)


def test_text_of_a_run_is_watched_and_not_journaled(house: House, serve: Serve) -> None:
    """Each piece with its run, path and call; who fails at watching harms nothing."""
    late = 0.5  # enough to begin to watch
    texts = [f"hello number {n}, how are you today?" for n in range(3)]
    server = serve(*[Reply(text=text, delay_seconds=late) for text in texts])
    kernel, seen = kernel_at(house, server), list[TextPiece]()
    run_id = kernel.start(SPEAK, names=["a", "b", "c"])
    stop = kernel.runtime.watch_text(run_id, seen.append)
    stop_again = [
        kernel.runtime.watch_text(run_id, _fail),
        kernel.runtime.watch_text(RunId("another"), _fail),
    ]
    assert kernel.until(run_id).status == "succeeded"
    said: dict[str, str] = {}
    for piece in seen:
        assert piece.call_id == f"{piece.path}!1"
        said[piece.path] = said.get(piece.path, "") + piece.text
    assert kernel.output(run_id) == {"speak": [said[f"speak[{n}]"] for n in range(3)]}
    assert sorted(said.values()) == texts
    assert kernel.kinds(run_id).count("model.responded") == 3
    assert not any("text" in kind for kind in kernel.kinds(run_id))
    for end in (stop, *stop_again):
        end()


def _fail(_piece: TextPiece) -> None:
    raise RuntimeError("who looks on has a fault of its own")


def test_no_more_calls_are_announced_than_may_be_under_way(house: House, serve: Serve) -> None:
    """Through the engine: eight items at once, two places at the server, and all are done."""
    server = serve(*[Reply(text="hello", delay_seconds=0.05)] * 8)
    made = house.settings()
    made.max_model_calls = 2
    house.settings = lambda *_args, **_more: made  # type: ignore[method-assign]
    kernel = kernel_at(house, server)
    assert kernel.finish(SPEAK, names=list("abcdefgh")) == {"speak": ["hello"] * 8}
    open_now = most = 0
    for kind in kernel.kinds(kernel.client.runs()[0].run_id):
        open_now += {"model.requested": 1, "model.responded": -1}.get(kind, 0)
        most = max(most, open_now)
    assert most == 2
    assert set(server.call_counts.values()) == {1}
    assert sum(server.counts.values()) == 8
