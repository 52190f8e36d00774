"""Every fault of a model's server, streaming or not, at the first call, a retry, after a restart.

All cases of one row run at once, through a real engine, a real store and a real HTTP server: what
counts is what the journal says in the end, and how often the server was asked.
"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import JsonValue
from typing_extensions import override

from mn_notebook.agents import load
from mn_notebook.agents.endpoints import ConfiguredEndpoints
from mn_notebook.agents.model import OpenAIModels
from mn_notebook.agents.tools import make_tool
from mn_notebook.clock import SystemClock
from mn_notebook.domain.events import ModelFailed, ModelRequested, ModelResponded
from mn_notebook.domain.ids import RunId
from mn_notebook.domain.messages import Message, ModelRequest
from mn_notebook.settings import MnSettings
from mn_notebook.testing import ModelFault, Reply, Rule, Script, ScriptedModelServer
from tests.integration.house import House, Kernel, waits_until

When = Literal["first", "retry", "restart"]
GONE = "Mon, 23 Nov 2026 12:00:00 GMT"
ENDLESS = frozenset({"hang", "drip", "endless_stream"})
SHORT, ENOUGH, PLENTY = 6, 15, 30
"""Seconds that an attempt may take; also the short ones suffice for a good answer, and where a
process is restarted, those of the middle for all to be asked first."""


@dataclass(frozen=True)
class Case:
    """A fault, and what has to come of it."""

    fault: ModelFault
    ends: Literal["transient", "permanent", "answered"]
    words: str
    """In the error's message; for what is answered, in the request that follows."""
    whole_words: str = ""
    """Where a whole answer fails in other words."""
    asked: int = 1
    """How many requests it takes to be over with it."""
    tools: bool = False


def fault(kind: Any, **fields: Any) -> ModelFault:
    # What drips takes longer than anybody waits.
    return ModelFault(kind=kind, drip_seconds=0.2, **fields)


def status(number: int, **fields: Any) -> ModelFault:
    return fault("status", status=number, **fields)


UNKNOWN = "the connection failed"
CUT = "it was cut on its way"
CASES = {
    "busy, wait in seconds": Case(
        status(429, headers={"retry-after": "0"}), "transient", "HTTP 429"
    ),
    "busy, wait until a date": Case(
        status(503, headers={"retry-after": GONE}), "transient", "HTTP 503"
    ),
    "no credit": Case(status(429, code="insufficient_quota"), "permanent", "add credit"),
    "wrong key": Case(status(401), "permanent", "OPENAI_API_KEY"),
    "bad request": Case(status(400), "permanent", "refuses this very request"),
    "overflow": Case(status(400, code="context_length_exceeded"), "permanent", "larger context"),
    "reset": Case(fault("reset"), "transient", UNKNOWN),
    "reset in the middle": Case(fault("reset_mid_body"), "transient", UNKNOWN),
    "half a body": Case(fault("half_body"), "transient", CUT, UNKNOWN),
    "hang": Case(fault("hang"), "transient", "no whole answer within"),
    "drip": Case(fault("drip"), "transient", "no whole answer within"),
    "endless": Case(fault("endless_stream"), "transient", "no whole answer within"),
    "no HTTP": Case(fault("garbage_status_line"), "transient", UNKNOWN),
    "malformed": Case(
        fault("malformed_json"), "transient", "malformed piece of a stream", "malformed JSON"
    ),
    "wrong shape": Case(
        fault("wrong_shape"), "transient", "none of an answer", "no chat completion"
    ),
    "page": Case(fault("html_page"), "transient", "web page"),
    "truncated": Case(fault("truncated_stream"), "transient", CUT, UNKNOWN),
    "no reason": Case(fault("missing_finish_reason"), "transient", CUT),
    "no choice": Case(fault("empty_choices"), "transient", "without any choice"),
    "error inside": Case(fault("error_in_success", status=500), "transient", "HTTP 500"),
    "refusal inside": Case(fault("error_chunk", status=403), "permanent", "HTTP 403"),
    "arguments": Case(
        fault("malformed_arguments"), "answered", "the arguments do not fit", tools=True
    ),
    "unknown tool": Case(fault("unknown_tool"), "answered", "there is no tool", tools=True),
    "empty": Case(fault("null_content"), "answered", "it is empty"),
    "no stream": Case(fault("refused_stream"), "answered", "", asked=2),
    "whole": Case(fault("whole_for_stream"), "answered", ""),
}
PLAIN = frozenset({"no stream", "whole"})
"""Those that end in the very answer, without a further question."""


@dataclass
class Ended:
    """How one case ended."""

    status: str
    error: str
    asked: list[Any]
    requested: list[ModelRequested] = field(default_factory=list)
    failed: list[ModelFailed] = field(default_factory=list)
    responded: list[ModelResponded] = field(default_factory=list)
    output: JsonValue = None


class Crowded(House):
    """A store whose kernels may have all cases under way at once."""

    @override
    def settings(self, notebook: str = "a.ipynb", user: str = "ann") -> MnSettings:
        settings = super().settings(notebook, user)
        settings.max_model_calls = 2 * len(CASES)
        return settings


class Row:
    """All cases at once: streaming or not, and when the fault comes."""

    def __init__(self, house: House, *, streams: bool, when: When) -> None:
        self._house = house
        self._streams = streams
        self._when = when
        self._server = ScriptedModelServer(Script(name="test", rules=tuple(self._rules())))

    def play(self) -> dict[str, Ended]:
        with self._server:
            asyncio.run(self._get_ready())
            kernel = self._kernel()
            runs = {name: kernel.start(self._text(name)) for name in CASES}
            if self._when == "restart":
                assert waits_until(lambda: len(self._server.requests) > len(CASES), PLENTY)
                kernel.runtime.close()
                kernel = self._kernel()
            return {name: self._ended(kernel, name, run_id) for name, run_id in runs.items()}

    async def _get_ready(self) -> None:
        """Load the vendor's client, which takes seconds on a busy machine."""
        client = self._client()
        said = (Message(role="user", content="hello"),)
        await client.complete(ModelRequest(model="m", messages=said), timeout_seconds=PLENTY)
        await client.aclose()

    def _client(self) -> OpenAIModels:
        url = self._server.base_url
        endpoints = ConfiguredEndpoints(url, None, "scripted:test", None, streams=self._streams)
        return OpenAIModels(endpoints, SystemClock())

    def _rules(self) -> Iterator[Rule]:
        before: dict[When, tuple[Reply, ...]] = {
            "first": (),
            "retry": (Reply(fault=status(503)),),
            "restart": (Reply(fault=fault("hang")),),
        }
        for number, (name, case) in enumerate(CASES.items()):
            bad = Reply(text=f"{name} is answered", fault=case.fault)
            replies = (*before[self._when], *(bad,) * case.asked, Reply(text="good"))
            yield Rule(contains=f"case {number}.", anywhere=True, replies=replies)

    def _kernel(self) -> Kernel:
        tool = make_tool(_look, name="look", effect="read")
        return self._house.kernel(models=self._client(), tools=(tool,))

    def _text(self, name: str) -> str:
        number, attempts = list(CASES).index(name), 1 if self._when == "first" else 3
        tools = "\n    tools: [look]" if CASES[name].tools else ""
        if name == "no stream":  # a model of its own: it is remembered not to stream
            tools = "\n    model: scripted:whole"
        short = ENOUGH if self._when == "restart" else SHORT
        seconds = short if CASES[name].fault.kind in ENDLESS else PLENTY
        return (
            f"steps:\n  say:\n    agent: This is case {number}.{tools}\n    timeout: {seconds}s\n"
            f"    retry: {{attempts: {attempts}, backoff: 0s}}\n"
        )

    def _ended(self, kernel: Kernel, name: str, run_id: RunId) -> Ended:
        line = kernel.until(run_id, seconds=60)
        events = [recorded.event for recorded in kernel.client.events(run_id)]
        number = list(CASES).index(name)
        seen = [r for r in self._server.requests if f"case {number}." in str(r.body)]
        picture = kernel.client.picture(run_id)
        return Ended(
            status=line.status,
            error=str(picture.error),
            asked=seen,
            requested=[event for event in events if isinstance(event, ModelRequested)],
            failed=[event for event in events if isinstance(event, ModelFailed)],
            responded=[event for event in events if isinstance(event, ModelResponded)],
            output=kernel.output(run_id) if line.status == "succeeded" else None,
        )


def _look() -> str:
    """Look."""
    return "seen"


Played = Callable[[bool, When], dict[str, Ended]]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    rows: dict[tuple[bool, When], dict[str, Ended]] = {}
    houses: list[House] = []
    patch = pytest.MonkeyPatch()
    # Here everything fails at once, at one server: it would be left alone for a while.
    patch.setattr(load, "FAILURES_TO_OPEN", 10**6)

    def play(streams: bool, when: When) -> dict[str, Ended]:
        if (streams, when) not in rows:
            houses.append(Crowded(Path(tmp_path_factory.mktemp("row"))))
            rows[streams, when] = Row(houses[-1], streams=streams, when=when).play()
        return rows[streams, when]

    yield play
    for house in houses:
        house.close()
    patch.undo()


everywhere = pytest.mark.parametrize("when", ["first", "retry", "restart"])
both_ways = pytest.mark.parametrize("streams", [True, False], ids=["stream", "whole"])


@everywhere
@both_ways
@pytest.mark.parametrize("name", [n for n, c in CASES.items() if c.ends == "transient"])
def test_passing_fault_is_journaled_and_tried_again(
    played: Played, name: str, streams: bool, when: When
) -> None:
    """As what it is, once; the next call is another one, and its answer counts."""
    case, ended = CASES[name], played(streams, when)[name]
    before = 0 if when == "first" else 1
    failed = ended.failed[-1].error
    assert not failed.permanent
    assert (case.words if streams else case.whole_words or case.words) in failed.message
    assert [seen.stream for seen in ended.asked] == [streams] * len(ended.asked)
    if when == "first":
        assert (ended.status, len(ended.asked)) == ("failed", 1)
        assert failed.message in ended.error
    else:
        assert (ended.status, len(ended.asked)) == ("succeeded", before + 2)
        assert ended.output == {"say": "good"}
    assert_no_call_was_made_twice(ended)


@everywhere
@both_ways
@pytest.mark.parametrize("name", [n for n, c in CASES.items() if c.ends == "permanent"])
def test_lasting_fault_ends_the_run_at_once(
    played: Played, name: str, streams: bool, when: When
) -> None:
    """However many attempts are left."""
    ended = played(streams, when)[name]
    assert ended.status == "failed"
    assert ended.failed[-1].error.permanent
    assert CASES[name].words in ended.error
    assert len(ended.asked) == (1 if when == "first" else 2)
    assert ended.responded == []
    assert_no_call_was_made_twice(ended)


@everywhere
@both_ways
@pytest.mark.parametrize("name", [n for n, c in CASES.items() if c.ends == "answered"])
def test_spoilt_answer_is_put_right_with_the_model(
    played: Played, name: str, streams: bool, when: When
) -> None:
    """It cost a call, not an attempt; the model is told what was wrong."""
    case, ended = CASES[name], played(streams, when)[name]
    before = 0 if when == "first" else 1
    assert ended.status == "succeeded", ended.error
    assert len(ended.failed) == (1 if when == "retry" else 0)
    if name in PLAIN:
        extra = 1 if name == "no stream" and streams else 0
        assert ended.output == {"say": f"{name} is answered"}
        assert len(ended.asked) == before + 1 + extra
        return
    assert ended.output == {"say": "good"}
    assert case.words in str(ended.asked[-1].body["messages"])
    assert len(ended.asked) == before + 2
    assert_no_call_was_made_twice(ended)


def assert_no_call_was_made_twice(ended: Ended) -> None:
    ids = [seen.call_id for seen in ended.asked]
    assert len(set(ids)) == len(ids) == len(ended.requested)
    assert [seen.idempotency_key for seen in ended.asked] == ids


@everywhere
@pytest.mark.parametrize("name", CASES)
def test_journal_says_the_same_streamed_or_not(played: Played, name: str, when: When) -> None:
    """All but the time it took, and the number of the request."""
    streamed, whole = played(True, when)[name], played(False, when)[name]
    assert (streamed.status, streamed.output) == (whole.status, whole.output)
    told = [[_told(event) for event in ended.responded] for ended in (streamed, whole)]
    assert told[0] == told[1]
    kinds = [
        [(event.error.type, event.error.permanent) for event in ended.failed[-1:]]
        for ended in (streamed, whole)
    ]
    assert kinds[0] == kinds[1]


def _told(event: ModelResponded) -> dict[str, Any]:
    return event.model_dump(exclude={"latency_seconds", "request_id"})
