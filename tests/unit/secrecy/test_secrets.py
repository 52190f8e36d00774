"""What is known to be secret is in nothing that comes out of here."""

import base64
import html
import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pydantic import JsonValue
from pydantic_core import to_json

from mn_notebook.agents.model_errors import Asked
from mn_notebook.domain.events import (
    CodeRef,
    ErrorInfo,
    ModelResponded,
    NoteAdded,
    RunCreated,
    StepFailed,
    StepStarted,
    StepSucceeded,
)
from mn_notebook.domain.ids import AttemptToken, CallId, RunId, StepPath, WorkflowHash
from mn_notebook.domain.messages import Price
from mn_notebook.domain.values import Stored
from mn_notebook.errors import UsageError
from mn_notebook.notebook.writing import Writing
from mn_notebook.ports import TextPiece
from mn_notebook.secrecy import known
from mn_notebook.secrecy.events import thoroughly_without_secrets, without_secrets
from mn_notebook.secrecy.forms import forms_of, telling
from mn_notebook.secrecy.logs import redact_logs
from mn_notebook.secrecy.secrets import Secret, secret_or_none

CANARY = "cnry-4f9a/Xq+27"
QUOTED = 'p"ss\\w\nörd/ü+1&2'


@pytest.fixture(autouse=True)
def nothing_known() -> Iterator[None]:
    known.forget()
    yield
    known.forget()


# --- texts -------------------------------------------------------------------------------------


def test_nothing_is_changed_where_nothing_is_known() -> None:
    """The very same object comes back: nothing is looked at."""
    value: JsonValue = {"a": [CANARY]}
    assert known.redact(value) is value
    assert not known.may_hold(CANARY)


@pytest.mark.parametrize("value", [CANARY, QUOTED, "  padded-value-1  ", "日本語の秘密の鍵1"])
@pytest.mark.parametrize(
    "written",
    [
        lambda v: v,
        lambda v: v.strip(),
        lambda v: repr([v]),
        lambda v: json.dumps(v),
        lambda v: json.dumps(v, ensure_ascii=False),
        lambda v: json.dumps(json.dumps({"q": v})),
        lambda v: quote(v),
        lambda v: quote(v, safe=""),
        lambda v: quote_plus(v),
        lambda v: re.sub("%..", lambda found: found[0].lower(), quote_plus(v)),
        lambda v: html.escape(v),
        lambda v: base64.b64encode(v.encode()).decode(),
        lambda v: base64.urlsafe_b64encode(v.encode()).decode(),
        lambda v: base64.b64encode(f"me:{v}".encode()).decode(),
        lambda v: base64.b64encode(f"user:{v}:more".encode()).decode(),
        lambda v: base64.b64encode(f"x{v}".encode()).decode(),
    ],
)
def test_a_value_is_recognised_however_it_is_written(value: str, written: object) -> None:
    """As it is, as JSON, Python, addresses and HTML quote it, and in Base64 at any place."""
    assert callable(written)
    known.remember("API_KEY", value)
    text = f"before {written(value)} after"
    redacted = known.redact_text(text)
    assert "[secret API_KEY]" in redacted
    assert redacted.startswith("before ")
    assert redacted.endswith(" after")
    assert not any(form in redacted for form in forms_of(value))


def test_lines_of_a_key_file_are_recognised_one_by_one() -> None:
    """A key file is often printed, or indented, line by line."""
    line = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ"
    known.remember("KEY_FILE", f"-----BEGIN KEY-----\n{line}\n-----END KEY-----\n")
    assert known.redact_text(f"   {line}") == "   [secret KEY_FILE]"
    assert known.redact_text("-----BEGIN KEY-----") == "-----BEGIN KEY-----"


def test_a_longer_secret_wins_over_one_inside_of_it() -> None:
    """No rest of the longer one is left."""
    known.remember("SHORT", "abcdefgh")
    known.remember("LONG", "abcdefgh-12345678")
    assert known.redact_text("abcdefgh-12345678 abcdefgh") == "[secret LONG] [secret SHORT]"


def test_all_values_of_a_name_are_known() -> None:
    """A secret that was changed while the process lives is two texts to leave out."""
    known.remember("TOKEN", "the-old-value-1")
    known.remember("TOKEN", "the-new-value-2")
    text = "the-old-value-1 the-new-value-2"
    assert known.redact_text(text) == "[secret TOKEN] [secret TOKEN]"


def test_only_so_many_values_of_a_name_are_known() -> None:
    """A token that is new each hour does not make everything slower for ever."""
    for count in range(20):
        known.remember("TOKEN", f"value-number-{count:02}")
    assert known.redact_text("value-number-19") == "[secret TOKEN]"
    assert known.redact_text("value-number-00") == "value-number-00"


def test_marks_stay_when_a_value_is_like_a_name() -> None:
    """Redacting twice is redacting once."""
    known.remember("PASSWORD", "PASSWORD")
    once = known.redact_text("PASSWORD is it")
    assert once == "[secret PASSWORD] is it"
    assert known.redact_text(once) == once


def test_the_value_shows_its_name_only() -> None:
    """A cell that ends with it, or a traceback with variables, does not show it."""
    value = Secret(CANARY, "API_KEY")
    assert repr(value) == "[secret API_KEY]"
    assert repr({"key": value}) == "{'key': [secret API_KEY]}"
    assert (f"Bearer {value}", value + "", value.encode().decode()) == (
        f"Bearer {CANARY}",
        CANARY,
        CANARY,
    )
    assert type(str(value)) is str


# --- JSON --------------------------------------------------------------------------------------


def test_keys_and_numbers_are_redacted_and_no_entry_is_lost() -> None:
    """Two keys that would become one stay two; a number that is a secret becomes a text."""
    known.remember("PIN", "1234567890")
    redacted = known.redact({"1234567890": 1234567890, "[secret PIN]": [True, None, 1.5]})
    assert redacted == {"[secret PIN] 2": "[secret PIN]", "[secret PIN]": [True, None, 1.5]}


VALUES = st.text(min_size=8, max_size=24).filter(lambda text: len(text.strip()) >= 8)
PIECES = st.text(max_size=6)


@st.composite
def planted(draw: st.DrawFn) -> tuple[list[str], JsonValue]:
    """Some secrets, and a JSON value that has them in texts and in keys."""
    hidden = draw(st.lists(VALUES, min_size=1, max_size=3, unique=True))
    texts = st.one_of(
        PIECES,
        st.tuples(PIECES, st.sampled_from(hidden), PIECES).map("".join),
        st.sampled_from(hidden).map(lambda text: json.dumps({"inside": text})),
    )
    scalars = st.one_of(texts, st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False))
    value = draw(
        st.recursive(
            scalars,
            lambda inner: st.one_of(
                st.lists(inner, max_size=4), st.dictionaries(texts, inner, max_size=4)
            ),
            max_leaves=12,
        )
    )
    return hidden, value


def shape(value: JsonValue) -> object:
    if isinstance(value, dict):
        return [shape(inner) for inner in value.values()]
    if isinstance(value, list):
        return [shape(inner) for inner in value]
    return "scalar"


def texts_in(value: JsonValue) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from texts_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts_in(inner)
    elif isinstance(value, str):
        yield value


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(planted())
def test_any_json_value_is_redacted_everywhere_and_keeps_its_shape(
    case: tuple[list[str], JsonValue],
) -> None:
    """No text of it, and no key, has a secret; nothing else is lost; twice is once."""
    hidden, value = case
    known.forget()
    names = [f"NAME_{place}" for place in range(len(hidden))]
    for name, secret in zip(names, hidden, strict=True):
        known.remember(name, secret)
    assume(not any(secret.strip() in f"[secret {name}] 2" for secret in hidden for name in names))
    redacted = known.redact(value)
    assert shape(redacted) == shape(value)
    for text in texts_in(redacted):
        rest = text
        for name in names:  # What stands between marks; no secret reaches across one.
            rest = rest.replace(f"[secret {name}]", "\0\0")
        assert not any(secret in rest for secret in hidden if "\0" not in secret), (text, hidden)
    assert known.redact(redacted) == redacted


@settings(max_examples=200)
@given(VALUES, st.text(max_size=10), st.text(max_size=10))
def test_the_quick_look_overlooks_nothing(secret: str, before: str, after: str) -> None:
    """Where the thorough look would find something, the quick one says that it may be there."""
    known.forget()
    known.remember("NAME", secret)
    assert known.may_hold(before + secret + after)
    assert known.may_hold(to_json({"a": [before + secret + after]}))
    assert known.may_hold(json.dumps({before + secret + after: 1}))


def test_few_searches_tell_of_all_forms() -> None:
    """A key of letters and digits costs four searches, whatever is recognised of it."""
    forms = forms_of("sk0123456789abcdefghijklmnop")
    assert len(telling(forms)) == 4
    assert all(any(short in form for short in telling(forms)) for form in forms)


# --- what people give --------------------------------------------------------------------------


def test_what_is_given_with_a_secret_is_refused_and_not_quoted() -> None:
    """A run keeps what it is given; the message says what to do, and does not repeat it."""
    known.remember("API_KEY", CANARY)
    with pytest.raises(UsageError, match=r'call mn.secret\("API_KEY"\) inside the tool') as told:
        known.refuse("the input 'key'", {"deep": [f"Bearer {CANARY}"]})
    assert CANARY not in str(told.value)
    known.refuse("the input 'key'", {"deep": ["[secret API_KEY]"]})


# --- events ------------------------------------------------------------------------------------


def test_texts_of_events_are_redacted_and_names_stay() -> None:
    """A step that is called like a secret is still found; what is said in it has none."""
    known.remember("WORD", "password")
    error = ErrorInfo(type="E", message="bad password", detail="line: password")
    failed = StepFailed(path=StepPath("password"), attempt=1, error=error, final=True)
    clean = without_secrets(failed)
    assert clean.path == "password"
    assert (clean.error.message, clean.error.detail) == ("bad [secret WORD]", "line: [secret WORD]")


def test_an_event_without_texts_is_not_looked_at() -> None:
    """The two events of a step cost nothing: their values were redacted when they were kept."""
    known.remember("API_KEY", CANARY)
    started = StepStarted(
        path=StepPath("a"), attempt=1, token=AttemptToken("t"), input=Stored(), step_key="k"
    )
    assert without_secrets(started) is started
    note = NoteAdded(path=StepPath("a"), text="nothing")
    assert without_secrets(note) is note


def test_the_thorough_look_redacts_values_and_code_too() -> None:
    """What slipped through is caught before it is written."""
    known.remember("API_KEY", CANARY)
    succeeded = StepSucceeded(path=StepPath("a"), attempt=1, output=Stored(value={CANARY: [1]}))
    assert thoroughly_without_secrets(succeeded).output.value == {"[secret API_KEY]": [1]}
    created = RunCreated(
        workflow="w",
        workflow_hash=WorkflowHash("h"),
        origin="o",
        title=CANARY,
        inputs=Stored(value=CANARY),
        by="me",
        code=(CodeRef(name="f", hash="h", source=f"KEY = {CANARY!r}", helpers=(CANARY,)),),
        reuses=RunId("r"),
    )
    assert CANARY not in thoroughly_without_secrets(created).model_dump_json()
    answered = ModelResponded(
        path=StepPath("a"),
        call_id=CallId("c"),
        message=Stored(value={"content": CANARY}),
        finish_reason="stop",
        model="m",
        provider="p",
        usage=None,
        price=Price(usd=None, source="unknown"),
        latency_seconds=1,
    )
    assert CANARY not in thoroughly_without_secrets(answered).model_dump_json()


# --- logs --------------------------------------------------------------------------------------


def test_log_records_of_everybody_are_redacted(caplog: pytest.LogCaptureFixture) -> None:
    """Clients of services log addresses; tracebacks quote what was wrong."""
    before = logging.getLogRecordFactory()
    redact_logs()
    redact_logs()
    try:
        known.remember("API_KEY", CANARY)
        log = logging.getLogger("somebody.elses")
        log.warning("GET %s", f"https://x/?key={quote(CANARY, safe='')}")
        try:
            int(CANARY)
        except ValueError:
            log.exception("it failed")
    finally:
        logging.setLogRecordFactory(before)
    told = caplog.text
    assert "GET https://x/?key=[secret API_KEY]" in told
    assert "with base 10: '[secret API_KEY]'" in told
    assert not any(form in told for form in forms_of(CANARY))


# --- texts on their way ------------------------------------------------------------------------


@settings(max_examples=150)
@given(st.integers(0, 40), st.integers(1, 7), st.integers(8, 30))
def test_no_window_of_a_growing_text_shows_a_part_of_a_secret(
    at: int, step: int, most: int
) -> None:
    """Wherever pieces are cut, and however little of the text is kept, no long part is shown."""
    known.forget()
    secret = "q7Jx0Zk3Wm9Vb2Lr5T"
    known.remember("API_KEY", secret)
    whole = "a" * at + secret + "b" * 20
    for end in range(0, len(whole) + step, step):
        grown = whole[:end]
        tail = grown[-most:]
        shown = known.redact_window(tail, begins_cut=len(grown) > len(tail))
        parts = [secret[n : n + 6] for n in range(len(secret) - 5)]
        assert not any(part in shown for part in parts), (grown, shown)


def test_a_view_is_sent_no_secret_that_came_in_pieces() -> None:
    """What a model is writing is shown while it grows, and kept nowhere."""
    known.remember("API_KEY", CANARY)
    writing = Writing()
    shown = []
    for piece in ["It is ", CANARY[:9], CANARY[9:], ", I", " think."]:
        writing.add(TextPiece(RunId("r"), StepPath("a"), 1, CallId("c"), piece))
        shown += [str(text.message()["tail"]) for text in writing.take()]
    assert shown == [
        "It is ",
        "It is ",
        "It is [secret API_KEY]",
        "It is [secret API_KEY], I",
        "It is [secret API_KEY], I think.",
    ]


def test_what_a_server_says_is_redacted_before_it_is_quoted() -> None:
    """Its answer may have the secret of another service, or a piece of it behind the cut."""
    known.remember("API_KEY", CANARY)
    asked = Asked("m", "http://x")
    assert asked.quote(f"no {CANARY}") == "'no [secret API_KEY]'"
    assert CANARY[:6] not in asked.quote("." * 290 + CANARY)


def test_a_server_of_tools_is_given_a_secret_that_is_in_no_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nothing where nobody has it."""
    file = tmp_path / "secrets"
    file.write_text("SERVER_TOKEN=abcdefgh12345678\n")
    file.chmod(0o600)
    monkeypatch.setenv("MN_SECRETS", str(file))
    assert secret_or_none("SERVER_TOKEN") == "abcdefgh12345678"
    assert secret_or_none("NOBODYS_TOKEN") is None
    assert secret_or_none("no name") is None
