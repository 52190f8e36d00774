"""What a stream adds up to, wherever it is cut and however a server numbers its calls."""

import itertools
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mn_notebook.agents.model_errors import Asked
from mn_notebook.agents.model_stream import EventReader, StreamedCompletion
from mn_notebook.agents.model_wire import read_completion
from mn_notebook.errors import PermanentError, TransientError

ASKED = Asked("m", "http://127.0.0.1:1/v1")
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def listener(seen: list[str] | None = None) -> StreamedCompletion:
    on_text = (seen if seen is not None else []).append
    return StreamedCompletion(ASKED, now=NOW, headers={}, on_text=on_text)


def chunk(delta: Any = None, finish: str | None = None, **more: Any) -> bytes:
    body = {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **more}
    return event(body)


def event(body: Any) -> bytes:
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    return f"data: {text}\n\n".encode()


def call(index: int | None = None, **fields: Any) -> dict[str, Any]:
    function = {name: fields.pop(name) for name in ("name", "arguments") if name in fields}
    found = {**fields, "function": function}
    return {"tool_calls": [found if index is None else {"index": index, **found}]}


@given(
    texts=st.lists(st.text(alphabet="aä🐍 \t\r", min_size=1), max_size=5),
    end=st.sampled_from(["\n", "\r\n"]),
    data=st.data(),
)
def test_events_are_the_same_wherever_the_bytes_are_cut(
    texts: list[str], end: str, data: st.DataObject
) -> None:
    """Also in the middle of a character, a line's end or a field's name."""
    lines = [f": comment{end}event: x{end}data: {json.dumps(text)}{end}{end}" for text in texts]
    whole = "".join(lines).encode()
    cuts = sorted(data.draw(st.sets(st.integers(0, len(whole)), max_size=8)) | {0, len(whole)})
    reader = EventReader()
    pieces = [whole[a:b] for a, b in itertools.pairwise(cuts)]
    read = [found for piece in pieces for found in reader.read(piece)]
    assert [json.loads(found) for found in read] == texts


def test_event_that_is_not_complete_is_none() -> None:
    """A stream that breaks in an event did not send it."""
    assert EventReader().read(b"data: one\n") == []


def test_data_of_several_lines_is_one_event() -> None:
    """As the standard of server-sent events says."""
    assert EventReader().read(b"data: {\ndata: }\n\n") == ["{\n}"]


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param(
            [
                call(0, id="a", name="f", arguments=""),
                call(0, arguments='{"x"'),
                call(0, arguments=": 1}"),
                call(1, id="b", name="g", arguments="{}"),
            ],
            id="numbered",
        ),
        pytest.param(
            [
                call(0, id="a", name="f", arguments='{"x": 1}'),
                call(0, id="b", name="g", arguments="{}"),
            ],
            id="all numbered alike",
        ),
        pytest.param(
            [
                call(id="a", name="f", arguments='{"x"'),
                call(arguments=": 1}"),
                call(id="b", name="g", arguments="{}"),
            ],
            id="not numbered",
        ),
        pytest.param(
            [
                call(0, id="a", name="f", arguments='{"x"'),
                call(0, id="a", name="f", arguments=": 1}"),
                call(1, id="b", name="g"),
            ],
            id="names repeated",
        ),
        pytest.param(
            [
                call(0, id="a", name="f", arguments={"x": 1}),
                call(1, id="b", name="g", arguments={}),
            ],
            id="arguments as objects",
        ),
        pytest.param(
            [
                call(0, id="a", name="f", arguments=""),
                call(1, id="b", name="g", arguments=""),
                call(0, arguments='{"x": 1}'),
                call(1, arguments="{}"),
            ],
            id="interleaved",
        ),
    ],
)
def test_calls_come_together_however_they_are_numbered(pieces: list[dict[str, Any]]) -> None:
    """Servers number the pieces of a call well, badly or not at all."""
    heard = listener()
    for piece in (*pieces, None):
        heard.hear(chunk(piece, None if piece else "tool_calls"))
    message = read_completion(ASKED, heard.completion()).message
    calls = [(one.id, one.name, json.loads(one.arguments or "{}")) for one in message.tool_calls]
    assert calls == [("a", "f", {"x": 1}), ("b", "g", {})]


def test_other_choices_are_not_heard() -> None:
    """One answer was asked for."""
    seen: list[str] = []
    heard = listener(seen)
    heard.hear(event({"choices": [{"index": 1, "delta": {"content": "no"}}]}))
    heard.hear(chunk({"content": "yes"}, "stop"))
    assert seen == ["yes"]
    assert read_completion(ASKED, heard.completion()).message.content == "yes"


def test_last_usage_and_extras_count() -> None:
    """Some servers count along with every piece."""
    heard = listener()
    heard.hear(chunk({"content": "x"}, usage={"prompt_tokens": 1, "completion_tokens": 1}))
    heard.hear(chunk(None, "stop", system_fingerprint="fp", model="really"))
    usage = {"prompt_tokens": 1, "completion_tokens": 2}
    heard.hear(event({"choices": [], "usage": usage, "timings": {"t": 1}}))
    heard.hear(event("[DONE]"))
    read = read_completion(ASKED, heard.completion())
    assert heard.is_done
    assert read.usage is not None
    assert (read.usage.output_tokens, read.model) == (2, "really")
    assert read.extra == {"system_fingerprint": "fp", "timings": {"t": 1}}


def test_refusal_is_heard_as_one() -> None:
    """A refusal comes in its own field and counts as filtered."""
    heard = listener()
    heard.hear(chunk({"refusal": "I can"}))
    heard.hear(chunk({"refusal": "not"}, "stop"))
    read = read_completion(ASKED, heard.completion())
    assert (read.message.content, read.finish_reason) == ("I cannot", "content_filter")


@pytest.mark.parametrize(
    ("said", "kind", "text"),
    [
        pytest.param("{", TransientError, "malformed piece", id="malformed"),
        pytest.param("[" * 100_000, TransientError, "malformed piece", id="abyss"),
        pytest.param([1], TransientError, "none of an answer", id="list"),
        pytest.param({"hello": 1}, TransientError, "none of an answer", id="shape"),
        pytest.param(
            {"choices": [{"delta": {"content": [1]}}]},
            TransientError,
            "none of an answer",
            id="content",
        ),
        pytest.param({"error": "overloaded"}, TransientError, "HTTP 502", id="error text"),
        pytest.param({"error": {"code": 429}}, TransientError, "HTTP 429", id="error code"),
        pytest.param({"error": {"code": "400"}}, PermanentError, "HTTP 400", id="refused"),
        pytest.param(
            {"error": {"code": "insufficient_quota"}}, PermanentError, "add credit", id="quota"
        ),
        pytest.param(
            {"error": {"code": 503}, "choices": [{"delta": {}, "finish_reason": "error"}]},
            TransientError,
            "HTTP 503",
            id="error beside a choice",
        ),
    ],
)
def test_what_is_no_piece_of_an_answer_fails(said: Any, kind: type[Exception], text: str) -> None:
    """Nothing is believed unchecked, also after a good beginning."""
    heard = listener()
    heard.hear(chunk({"content": "good"}))
    with pytest.raises(kind, match=text):
        heard.hear(event(said))


def test_stream_that_ends_without_a_reason_was_cut() -> None:
    """The silent failure: nothing else tells."""
    heard = listener()
    heard.hear(chunk({"content": "good"}))
    with pytest.raises(TransientError, match="was cut"):
        read_completion(ASKED, heard.completion())


def test_empty_stream_is_no_answer() -> None:
    """A server that says only that it is done said nothing."""
    heard = listener()
    heard.hear(event("[DONE]"))
    with pytest.raises(TransientError, match="without any choice"):
        read_completion(ASKED, heard.completion())
