"""The model client and the engine's retries against a server that nobody here wrote.

`llmock` injects its own faults and judges the client from what it saw: whether it waited as long as
it was told, gave up where it should not, or took half an answer for a whole one.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mn_notebook.agents.tools import make_tool
from mn_notebook.clock import SystemClock
from mn_notebook.domain.events import ModelFailed, ModelResponded
from mn_notebook.domain.ids import RunId
from mn_notebook.runtime.models import configured_models, local_models
from tests.integration.house import House, Kernel

if TYPE_CHECKING:
    from llmock.pytest_plugin import LLMock
    from llmock.testing import LLMockServer

ANSWER = "Paris is the capital of France, and has been for a long time."
both_ways = pytest.mark.parametrize("streams", [True, False], ids=["stream", "whole"])


class Client:
    """Two kernels whose models are llmock's, one that streams, and what becomes of their runs."""

    def __init__(self, house: House, base_url: str) -> None:
        self._house = house
        self._base_url = base_url
        self._kernels: dict[bool, Kernel] = {}

    def _kernel(self, *, streams: bool) -> Kernel:
        if streams not in self._kernels:
            settings = self._house.settings()
            settings.base_url, settings.model = self._base_url, "gpt-5.4-mini"
            settings.model_streams = streams
            models = configured_models(settings, local_models(settings), SystemClock())
            self._kernels[streams] = self._house.kernel(
                models=models,
                tools=(make_tool(_look, name="look", effect="read"),),
                notebook=f"{streams}.ipynb",
            )
        return self._kernels[streams]

    def run(self, *, streams: bool, tools: bool = False, timeout: str = "20s") -> "Ended":
        kernel = self._kernel(streams=streams)
        used = "\n    tools: [look]" if tools else ""
        run_id = kernel.start(
            f"steps:\n  say:\n    agent: What is the capital of France?{used}\n"
            f"    timeout: {timeout}\n    retry: {{attempts: 3, backoff: 100ms}}\n"
        )
        kernel.until(run_id, seconds=30)
        return Ended(kernel, run_id)


class Ended:
    """How a run ended."""

    def __init__(self, kernel: Kernel, run_id: RunId) -> None:
        events = [recorded.event for recorded in kernel.client.events(run_id)]
        self.status = kernel.client.run(run_id).status
        self.output: Any = kernel.output(run_id) if self.status == "succeeded" else None
        self.error = str(kernel.client.picture(run_id).error)
        self.failed = [event.error for event in events if isinstance(event, ModelFailed)]
        self.responded = [event for event in events if isinstance(event, ModelResponded)]


def _look(q: str) -> str:
    """Look something up."""
    return f"{q}: nothing"


@pytest.fixture
def client(llmock_server: "LLMockServer", tmp_path: Path) -> Iterator[Client]:
    """A store of its own: a server that failed a test before is called as fast as any other."""
    house = House(tmp_path)
    yield Client(house, llmock_server.base_url("openai"))
    house.close()


@pytest.fixture(autouse=True)
def answering(llmock: "LLMock") -> None:
    """Every test begins with a server that answers; its environment is this test's alone."""
    llmock.reply(ANSWER, times=None)


@both_ways
def test_answer_is_kept_with_its_usage(client: Client, llmock: "LLMock", streams: bool) -> None:
    """What it says and used; a host without a price list costs the unknown; not scripted."""
    ended = client.run(streams=streams)
    assert ended.output == {"say": ANSWER}
    (answer,) = ended.responded
    assert answer.usage is not None
    assert answer.usage.output_tokens > 0
    assert (answer.price.usd, answer.scripted) == (None, False)
    assert [request.stream for request in llmock.requests] == [streams]


PASSING = {
    "rate limit": lambda server: server.rate_limit(times=2, retry_after=0.2),
    "two failures": lambda server: server.fail(500, times=2, retry_after=0.1),
    "overloaded": lambda server: server.fail(529, retry_after=0.1),
    "timeout there": lambda server: server.fail(408),
    "conflict": lambda server: server.fail(409, retry_after=0.2),
}
OF_STREAMS = {
    "truncate at once": lambda server: server.truncate(after_chunks=0),
    "truncate": lambda server: server.truncate(after_chunks=3),
    "truncate before the end": lambda server: server.truncate(after_chunks=12),
    # Word by word: a server that has said all before it is hung up on saw nobody stop reading.
    "corrupt": lambda server: server.pace(100).corrupt(after_chunks=2),
    "disconnect": lambda server: server.disconnect(after_chunks=2),
    "disconnect at once": lambda server: server.disconnect(after_chunks=0),
}


@pytest.mark.parametrize(
    ("fault", "streams"),
    [
        *(pytest.param(fault, True, id=f"{name}-stream") for name, fault in PASSING.items()),
        *(pytest.param(fault, False, id=f"{name}-whole") for name, fault in PASSING.items()),
        *(pytest.param(fault, True, id=name) for name, fault in OF_STREAMS.items()),
    ],
)
def test_passing_faults_are_survived(
    client: Client, llmock: "LLMock", fault: Any, streams: bool
) -> None:
    """With the whole answer, and to the satisfaction of who injected them."""
    fault(llmock)
    ended = client.run(streams=streams)
    assert ended.output == {"say": ANSWER}, ended.error
    assert len(ended.failed) == len(llmock.requests) - 1 >= 1
    assert not any(error.permanent for error in ended.failed)
    llmock.assert_resilient(strict=True)


LASTING = {
    "context overflow": (lambda server: server.context_overflow(), "larger context"),
    "wrong key": (lambda server: server.fail(401), "OPENAI_API_KEY"),
    "no access": (lambda server: server.fail(403), "ask for access"),
    "bad request": (lambda server: server.fail(400), "refuses this very request"),
    "no credit": (lambda server: server.fail(429, code="insufficient_quota"), "add credit"),
    "small window": (lambda server: server.limits(context_window=5), "larger context"),
}


@both_ways
@pytest.mark.parametrize(("fault", "words"), LASTING.values(), ids=list(LASTING))
def test_lasting_faults_are_not_tried_again(
    client: Client, llmock: "LLMock", fault: Any, words: str, streams: bool
) -> None:
    """The first refusal ends the run, with what to do about it."""
    fault(llmock)
    ended = client.run(streams=streams)
    assert ended.status == "failed"
    assert words in ended.error
    assert len(llmock.requests) == 1
    assert not llmock.verdict().errors


def test_outage_is_given_up_after_the_attempts_of_a_step(client: Client, llmock: "LLMock") -> None:
    """Three, where it is no 503, and after each as long as the server asks to wait."""
    llmock.fail(500, times=10, retry_after=0.3)
    ended = client.run(streams=True)
    assert (ended.status, len(llmock.requests)) == ("failed", 3)
    assert "HTTP 500" in ended.error
    llmock.assert_resilient(strict=True)


def test_outage_that_asks_to_come_back_is_waited_out(client: Client, llmock: "LLMock") -> None:
    """Each time as long as it says; it uses none of the three attempts."""
    llmock.fail(503, times=5, retry_after=0.3)
    ended = client.run(streams=True)
    assert (ended.output, len(ended.failed)) == ({"say": ANSWER}, 5), ended.error
    llmock.assert_resilient(strict=True)


def test_quota_is_waited_for(client: Client, llmock: "LLMock") -> None:
    """A server that counts says how long, and is asked again then, not before."""
    llmock.limits(rpm=600)
    ended = [client.run(streams=True) for _ in range(2)]
    assert [one.status for one in ended] == ["succeeded"] * 2
    llmock.assert_resilient()


def test_stalled_stream_is_left_at_the_deadline(client: Client, llmock: "LLMock") -> None:
    """Not after the half minute that it takes; then another call is made."""
    llmock.stall(after_chunks=2, seconds=30)
    ended = client.run(streams=True, timeout="3s")
    assert ended.output == {"say": ANSWER}, ended.error
    assert "no whole answer within" in ended.failed[0].message
    llmock.assert_resilient(strict=True)


@both_ways
def test_slow_is_not_broken(client: Client, llmock: "LLMock", streams: bool) -> None:
    """Late first words, and words one by one, are only latency."""
    llmock.slow_first_token(0.3).pace(10).delay(0.1)
    ended = client.run(streams=streams)
    assert (ended.output, ended.failed) == ({"say": ANSWER}, [])
    assert ended.responded[0].latency_seconds >= (0.4 if streams else 0.1)


@both_ways
def test_tool_call_is_made_and_answered(client: Client, llmock: "LLMock", streams: bool) -> None:
    """A call in pieces is a call."""
    llmock.reset().call_tool("look", {"q": "capital"}).reply(ANSWER)
    ended = client.run(streams=streams, tools=True)
    assert ended.output == {"say": ANSWER}, ended.error
    assert "capital: nothing" in str(llmock.last_request.body)


@both_ways
@pytest.mark.parametrize(
    ("kind", "words"),
    [("malformed_arguments", "the arguments do not fit"), ("unknown_tool", "there is no tool")],
)
def test_broken_tool_call_is_told_to_the_model(
    client: Client, llmock: "LLMock", kind: str, words: str, streams: bool
) -> None:
    """Nothing is called with half arguments; the model gets another turn."""
    llmock.reset().call_tool("look", {"q": "capital"}).reply(ANSWER).break_tool_call(kind)
    ended = client.run(streams=streams, tools=True)
    assert ended.output == {"say": ANSWER}, ended.error
    assert words in str(llmock.last_request.body)
    assert ended.failed == []
