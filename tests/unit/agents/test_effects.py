"""The key of a call, its doubt, and what becomes of it."""

import pytest
from pydantic import JsonValue

from mn_notebook.agents.calling import NotKept
from mn_notebook.agents.code import Functions
from mn_notebook.agents.doubt import leaves_doubt
from mn_notebook.agents.effects import key_of
from mn_notebook.agents.handlers import Code
from mn_notebook.agents.tool_step import CallHandler
from mn_notebook.agents.tools import ToolRegistry
from mn_notebook.domain.ids import content_hash
from mn_notebook.domain.state import Call
from mn_notebook.errors import PermanentError, TransientError
from mn_notebook.testing.doubles import FakeClock
from tests.unit.agents.bench import Bench, a_tool_step


class ReadTimeout(Exception):
    """As client libraries have it: no `TimeoutError`."""


class ClientConnectorError(OSError):
    """As client libraries have it: no `ConnectionError`."""


class RemoteProtocolError(Exception):
    """As client libraries have it."""


class LibraryReadTimeout(ReadTimeout):
    """Of a kind of doubt."""


class Refused(Exception):
    """An answer that says no."""


@pytest.mark.parametrize(
    ("fault", "doubtful"),
    [
        pytest.param(TimeoutError(), True, id="timeout"),
        pytest.param(ConnectionResetError(), True, id="reset"),
        pytest.param(BrokenPipeError(), True, id="broken pipe"),
        pytest.param(ReadTimeout(), True, id="a library's timeout"),
        pytest.param(LibraryReadTimeout(), True, id="a kind of it"),
        pytest.param(ClientConnectorError(), True, id="a library's connection"),
        pytest.param(RemoteProtocolError(), True, id="a broken answer"),
        pytest.param(NotKept("x"), True, id="done, and its value is no JSON"),
        pytest.param(Refused(), False, id="a plain refusal"),
        pytest.param(ValueError(), False, id="a programming error"),
        pytest.param(PermanentError("x"), False, id="our lasting error"),
        pytest.param(TransientError("x"), False, id="our passing error"),
    ],
)
def test_write_is_in_doubt_when_the_outside_may_have_heard(
    fault: Exception, doubtful: bool
) -> None:
    """A connection that broke says nothing about what was done before it did."""
    assert leaves_doubt(fault) is doubtful


def _bench() -> Bench:
    code = Code(ToolRegistry(), Functions())
    handler = CallHandler(code.target, FakeClock(), identity=code.identity, missing=code.missing)
    bench = Bench(handler, a_tool_step())
    bench.begin()
    return bench


def _call(tool: str, args: JsonValue, kind: str = "tool") -> Call:
    fields: dict[str, object] = {
        "id": "act!1",
        "kind": kind,
        "attempt": 1,
        "status": "succeeded",
        "name": tool,
        "started_at": FakeClock().now(),
        "args_hash": content_hash([tool, args]),
    }
    return Call(**fields)  # type: ignore[arg-type]  # the fields of a call


def test_key_counts_equal_calls_only() -> None:
    """The how-manieth call of a tool with these arguments makes the key."""
    work = _bench().work(1)
    one: dict[str, JsonValue] = {"x": 1}
    first = key_of(work, "send", one, ())
    assert key_of(work, "send", one, (_call("send", {"x": 2}), _call("other", one))) == first
    assert key_of(work, "send", one, (_call("", None, "model"),)) == first
    second = key_of(work, "send", one, (_call("send", one),))
    assert second != first
    assert key_of(work, "send", dict(one), ()) == first
    assert first.startswith("mn-")


def test_key_depends_on_neither_attempt_nor_owner() -> None:
    """A repetition can be recognised outside, whoever makes it."""
    bench = _bench()
    assert key_of(bench.work(1), "send", {}, ()) == key_of(bench.work(7), "send", {}, ())
