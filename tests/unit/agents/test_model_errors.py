"""What a failed call is called, and what its message says."""

import ssl
from datetime import UTC, datetime

import pytest

from mn_notebook.agents.model_errors import (
    Asked,
    connect_error,
    deadline_error,
    read_refusal,
    retry_after,
    status_error,
    transport_error,
)
from mn_notebook.errors import PermanentError, TransientError

KEY = "hush-hush-0123456789"
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ASKED = Asked("m", "http://127.0.0.1:1/v1", KEY)


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 504, 529])
def test_passing_statuses_are_transient(status: int) -> None:
    """Trying again may help."""
    assert isinstance(status_error(ASKED, status, {}, b"", now=NOW), TransientError)


@pytest.mark.parametrize("status", [301, 400, 401, 402, 403, 404, 405, 410, 413, 415, 422, 501])
def test_lasting_statuses_are_permanent(status: int) -> None:
    """Trying again cannot help."""
    assert isinstance(status_error(ASKED, status, {}, b"", now=NOW), PermanentError)


@pytest.mark.parametrize(
    ("body", "text", "codes"),
    [
        pytest.param(
            b'{"error": {"message": "no", "code": "c", "type": "t"}}', "no", {"c", "t"}, id="openai"
        ),
        pytest.param(b'{"error": {"message": "no", "code": 400}}', "no", set(), id="llama.cpp"),
        pytest.param(b'{"error": "no"}', "no", set(), id="ollama"),
        pytest.param(b'{"detail": "no"}', "no", set(), id="fastapi"),
        pytest.param(b'{"message": "no", "type": "t"}', "no", {"t"}, id="vllm"),
        pytest.param(b"<html><TITLE>no</TITLE></html>", "no", set(), id="page"),
        pytest.param(b"no", "no", set(), id="text"),
        pytest.param(b"[1]", "[1]", set(), id="list"),
        pytest.param(b"\xff", "\ufffd", set(), id="bytes"),
        pytest.param(b"", "", set(), id="nothing"),
    ],
)
def test_refusals_are_read_in_every_shape(body: bytes, text: str, codes: set[str]) -> None:
    """Each server says it in its own way."""
    refusal = read_refusal(400, body)
    assert (refusal.text, set(refusal.codes)) == (text, codes)


@pytest.mark.parametrize("spaces", range(280, 320))
def test_key_is_struck_before_a_quote_is_cut(spaces: int) -> None:
    """No part of a key is left at the end of a shortened quote."""
    body = ("x" * spaces + KEY).encode()
    assert "hush" not in str(status_error(ASKED, 500, {}, body, now=NOW))


def test_quote_is_one_short_line() -> None:
    """A server's page does not fill a notebook."""
    message = str(status_error(ASKED, 500, {}, b"line\n" * 1000, now=NOW))
    assert "\n" not in message
    assert len(message) < 500


def test_what_looks_like_a_key_is_struck_too() -> None:
    """Servers repeat keys that are not ours."""
    assert "sk-abc" not in str(status_error(ASKED, 401, {}, b"bad key: sk-abcdef***wxyz", now=NOW))


def test_short_placeholder_keys_do_not_spoil_messages() -> None:
    """A key such as ``ollama`` is no secret."""
    asked = Asked("m", "http://127.0.0.1:1/v1", "ollama")
    assert "ollama says no" in str(status_error(asked, 500, {}, b"ollama says no", now=NOW))


def test_untrusted_certificate_is_permanent() -> None:
    """No retry makes a certificate trusted."""
    error = OSError("outer")
    error.__cause__ = ssl.SSLCertVerificationError("inner")
    assert isinstance(transport_error(ASKED, error), PermanentError)


def test_broken_connection_says_that_it_may_be_paid_twice() -> None:
    """The outcome at the server is unknown."""
    error = transport_error(ASKED, ConnectionResetError("reset"))
    assert isinstance(error, TransientError)
    assert "pay for it twice" in str(error)


def test_deadlines_name_their_seconds() -> None:
    """A reader sees how long was waited, and for what."""
    assert "no whole answer within 2.5 s" in str(deadline_error(ASKED, 2.5))
    assert "no connection within 5 s" in str(connect_error(ASKED, 5.0))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("3", 3.0),
        ("Mon, 23 Nov 2026 12:01:00 GMT", 60.0),
        ("Mon, 23 Nov 2026 13:01:00 +0100", 60.0),
        ("Mon, 23 Nov 2026 12:01:00 -0000", 60.0),
        ("inf", None),
        ("", None),
        ("tomorrow", None),
    ],
)
def test_retry_after_is_read(text: str, seconds: float | None) -> None:
    """Seconds, or a date in any zone."""
    assert retry_after({"retry-after": text}, now=NOW) == seconds
