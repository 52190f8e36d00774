"""What is written to a model's server, and what is believed of its answers."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from mn_notebook.agents.model_errors import Asked
from mn_notebook.agents.model_schema import allows_strict
from mn_notebook.agents.model_wire import (
    Heard,
    Response,
    read_answer,
    read_first_model,
    read_usage,
    write_request,
)
from mn_notebook.domain.messages import Message, ModelRequest, ToolCall
from mn_notebook.errors import PermanentError, RunError, TransientError

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ASKED = Asked("m", "http://127.0.0.1:1/v1", "hush-hush-0123456789")
CALL = {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}


def said(message: dict[str, Any], reason: str | None = "stop", **more: Any) -> bytes:
    return json.dumps({"choices": [{"message": message, "finish_reason": reason}], **more}).encode()


def read(body: bytes, **headers: str) -> Heard:
    return read_answer(ASKED, Response(200, headers, body), now=NOW)


def test_text_is_read() -> None:
    """The plain case."""
    heard = read(said({"content": "hi"}, model="real-model"))
    assert (heard.message.content, heard.finish_reason, heard.model) == ("hi", "stop", "real-model")


def test_empty_text_is_an_answer() -> None:
    """Whether an empty text will do is for the agent to say."""
    assert read(said({"content": ""})).message.content == ""


@pytest.mark.parametrize("reason", ["length", "content_filter"])
def test_absent_text_is_an_answer_where_a_reason_explains_it(reason: str) -> None:
    """Thinking may use up all tokens; a filter may take all text."""
    assert read(said({"content": None}, reason)).finish_reason == reason


def test_refusal_is_read_as_filtered() -> None:
    """A refusal is not mistaken for the asked-for output."""
    heard = read(said({"content": None, "refusal": "I will not."}))
    assert (heard.finish_reason, heard.message.content) == ("content_filter", "I will not.")


def test_arguments_as_an_object_become_text() -> None:
    """Some servers do not put them into text."""
    call = {"id": "a", "function": {"name": "f", "arguments": {"x": 1}}}
    heard = read(said({"content": None, "tool_calls": [call]}, "tool_calls"))
    assert heard.message.tool_calls[0].arguments == '{"x": 1}'


@pytest.mark.parametrize("ids", [(None, None), ("a", "a"), ("", "b")])
def test_calls_without_names_of_their_own_get_some(ids: tuple[str | None, ...]) -> None:
    """Each result must find its call."""
    calls = [{**CALL, "id": each} for each in ids]
    heard = read(said({"tool_calls": calls}, "tool_calls"))
    assert [call.id for call in heard.message.tool_calls] == ["call_0", "call_1"]


def test_known_extras_are_kept() -> None:
    """Timings of a local server are worth keeping; the rest is not."""
    body = said({"content": "x"}, timings={"ms": 3}, system_fingerprint=None, other=1)
    assert read(body).extra == {"timings": {"ms": 3}}


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"null", id="null"),
        pytest.param(b"[]", id="list"),
        pytest.param(b'"text"', id="text"),
        pytest.param(b"{}", id="empty object"),
        pytest.param(b'{"choices": null}', id="null choices"),
        pytest.param(b'{"choices": [{}]}', id="empty choice"),
        pytest.param(b'{"choices": [{"message": null}]}', id="null message"),
        pytest.param(b'\xef\xbb\xbf{"choices": [', id="cut"),
        pytest.param(b"data: {}\n\n", id="stream"),
        pytest.param(b"  <p>hello</p>", id="page without a type"),
        pytest.param(said({"content": 5}), id="text that is a number"),
        pytest.param(said({"content": "x"}, ""), id="empty reason"),
        pytest.param(said({"content": "x"}, None), id="null reason"),
        pytest.param(said({"content": "x", "tool_calls": []}, "tool_calls"), id="no calls"),
        pytest.param(said({"tool_calls": [{"id": "a"}]}, "tool_calls"), id="call of nothing"),
        pytest.param(b"\x00\xff\xfe", id="bytes"),
        pytest.param(b"[" * 100_000, id="abyss"),
    ],
)
def test_garbage_is_transient(body: bytes) -> None:
    """No half answer is taken for one."""
    with pytest.raises(TransientError, match="asked 'm' at"):
        read(body)


@pytest.mark.parametrize("message", [{}, {"content": None}, {"content": ""}])
def test_empty_answer_is_left_to_the_agent(message: Any) -> None:
    """It came whole and says nothing: that is asked about again, not sent again."""
    heard = read_answer(ASKED, Response(200, {}, said(message, "stop")), now=NOW)
    assert (heard.message.content, heard.finish_reason) == ("", "stop")


@given(st.binary(max_size=60))
def test_any_bytes_are_refused_with_a_typed_error(body: bytes) -> None:
    """Nothing but our own errors leaves the reader."""
    with pytest.raises(RunError):
        read(body)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["message", "content", "tool_calls", "finish_reason", "error", "code"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(["choices", "usage", "model", "error"]), JSON_VALUES))
def test_any_json_is_read_or_refused_with_a_typed_error(value: dict[str, JsonValue]) -> None:
    """A server may say anything."""
    try:
        heard = read(json.dumps(value).encode())
    except RunError:
        return
    assert heard.finish_reason


def test_error_inside_a_success_keeps_its_own_status() -> None:
    """Some routers answer 200 to everything."""
    with pytest.raises(PermanentError, match="HTTP 401"):
        read(b'{"error": {"message": "no", "code": 401}}')
    with pytest.raises(TransientError, match="HTTP 429"):
        read(b'{"error": {"message": "no", "code": "429"}}')
    with pytest.raises(TransientError, match="HTTP 502"):
        read(b'{"error": "no"}')


@pytest.mark.parametrize(
    ("raw", "counts"),
    [
        pytest.param(
            {
                "prompt_tokens": 9,
                "completion_tokens": 4,
                "prompt_tokens_details": {"cached_tokens": 5},
                "completion_tokens_details": {"reasoning_tokens": 2},
            },
            (9, 5, 4, 2),
            id="all",
        ),
        pytest.param({"prompt_tokens": 9, "completion_tokens": 4}, (9, 0, 4, 0), id="no details"),
        pytest.param(
            {"prompt_tokens": 9, "completion_tokens": 4, "prompt_tokens_details": None},
            (9, 0, 4, 0),
            id="null details",
        ),
        pytest.param(
            {
                "prompt_tokens": 9,
                "completion_tokens": 4,
                "prompt_tokens_details": {"cached_tokens": 50},
            },
            (9, 9, 4, 0),
            id="more cached than there are",
        ),
    ],
)
def test_usage_is_read(raw: JsonValue, counts: tuple[int, ...]) -> None:
    """Parts never exceed their whole."""
    usage = read_usage(raw)
    assert usage is not None
    assert (
        usage.input_tokens,
        usage.cached_tokens,
        usage.output_tokens,
        usage.reasoning_tokens,
    ) == counts


@pytest.mark.parametrize(
    "raw",
    [
        None,
        [],
        "many",
        {},
        {"prompt_tokens": 1},
        {"prompt_tokens": -1, "completion_tokens": 1},
        {"prompt_tokens": "9", "completion_tokens": 4},
        {"prompt_tokens": True, "completion_tokens": 4},
        {"prompt_tokens": 9, "completion_tokens": 10**30},
    ],
)
def test_impossible_usage_is_unknown(raw: JsonValue) -> None:
    """Unknown is better than wrong: it is never taken for free."""
    assert read_usage(raw) is None


def test_request_leaves_out_what_was_not_asked_for() -> None:
    """Servers refuse options that they do not know."""
    request = ModelRequest(model="m", messages=(Message(role="user", content="x"),))
    assert write_request(request, model="m", provider="openai") == {
        "model": "m",
        "messages": [{"role": "user", "content": "x"}],
    }


@pytest.mark.parametrize(
    ("provider", "name"), [("openai", "max_completion_tokens"), ("127.0.0.1", "max_tokens")]
)
def test_ceiling_has_the_name_that_the_provider_knows(provider: str, name: str) -> None:
    """OpenAI's newer models refuse the old name, other servers do not know the new one."""
    request = ModelRequest(model="m", messages=(), temperature=0, max_tokens=5, seed=0)
    body = write_request(request, model="m", provider=provider)
    assert body == {"model": "m", "messages": [], "temperature": 0, name: 5, "seed": 0}


def test_every_role_is_written() -> None:
    """A transcript goes back as it came."""
    call = ToolCall(id="a", name="f", arguments="{}")
    messages = (
        Message(role="system", content="s"),
        Message(role="assistant", tool_calls=(call,)),
        Message(role="tool", content="r", tool_call_id="a"),
        Message(role="assistant", content="done"),
    )
    written = write_request(ModelRequest(model="m", messages=messages), model="m", provider="x")
    assert written["messages"] == [
        {"role": "system", "content": "s"},
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "a", "content": "r"},
        {"role": "assistant", "content": "done"},
    ]


def test_first_model_is_read() -> None:
    """An empty list is no failure, but no model either."""
    listed = Response(200, {}, b'{"data": [{"id": "a"}, {"id": "b"}]}')
    assert read_first_model(ASKED, listed) == "a"
    assert read_first_model(ASKED, Response(200, {}, b'{"data": []}')) is None
    with pytest.raises(TransientError, match="no list of models"):
        read_first_model(ASKED, Response(200, {}, b"{}"))


CLOSED: dict[str, Any] = {
    "type": "object",
    "properties": {"a": {"type": "string"}, "b": {"type": ["integer", "null"]}},
    "required": ["a", "b"],
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    ("schema", "strict"),
    [
        pytest.param(CLOSED, True, id="closed"),
        pytest.param({**CLOSED, "required": ["a"]}, False, id="optional property"),
        pytest.param({**CLOSED, "additionalProperties": True}, False, id="open"),
        pytest.param({**CLOSED, "allOf": []}, False, id="unknown word"),
        pytest.param({"type": "array", "items": CLOSED}, False, id="list at the root"),
        pytest.param({**CLOSED, "anyOf": [CLOSED]}, False, id="choice at the root"),
        pytest.param(
            {**CLOSED, "properties": {"a": {}, "b": {"type": "string"}}}, False, id="anything"
        ),
        pytest.param(
            {**CLOSED, "properties": {"a": {"type": "array"}, "b": {"type": "null"}}},
            False,
            id="list of anything",
        ),
        pytest.param(
            {**CLOSED, "properties": {"a": {"anyOf": [CLOSED, {"type": "null"}]}, "b": CLOSED}},
            True,
            id="nested",
        ),
        pytest.param(
            {**CLOSED, "properties": {"a": {"type": "object"}, "b": CLOSED}},
            False,
            id="open inside",
        ),
        pytest.param(
            {**CLOSED, "properties": {"a": {"type": "string", "format": "colour"}, "b": CLOSED}},
            False,
            id="unknown format",
        ),
        pytest.param({}, False, id="empty"),
    ],
)
def test_strictness_follows_the_schema(schema: dict[str, Any], strict: bool) -> None:
    """A schema that strict decoding refuses would turn every call into an error."""
    assert allows_strict(schema) is strict
