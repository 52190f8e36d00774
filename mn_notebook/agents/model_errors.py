"""Turns every way that a model call fails into an error that says whether trying again may help."""

import json
import math
import re
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from mn_notebook.errors import ModelMissing, PermanentError, RunError, TransientError
from mn_notebook.secrecy.known import redact_text

if TYPE_CHECKING:
    from pydantic import JsonValue

QUOTA_CODES = frozenset({"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"})
OVERFLOW_CODES = frozenset({"context_length_exceeded", "exceed_context_size_error"})
MODEL_CODES = frozenset({"model_not_found", "model_not_available"})
RETRIED_STATUSES = frozenset({408, 409, 425, 429})
NEVER_RETRIED_STATUSES = frozenset({501, 505})
TOO_MANY_REQUESTS = 429
UNAVAILABLE = 503

_OVERFLOW_TEXT = re.compile(
    r"context (length|size|window)|maximum context|prompt is too long|too many (input )?tokens",
    re.IGNORECASE,
)
_OVERFLOW_STATUSES = frozenset({400, 413, 422, 500})
_KEY_LIKE = re.compile(r"\b(sk|key|pk)-[\w*.-]{6,}")
_OPTION_STATUSES = frozenset({400, 404, 422, 501})
_OPTIONS = {
    "stream": "stream",
    "stream_options": "stream",
    "streaming": "stream",
    "temperature": "temperature",
    "seed": "seed",
}
"""What a request can do without, by what servers call it when they refuse it."""
_OPTION_TEXT = re.compile(rf"\b({'|'.join(sorted(_OPTIONS, key=len, reverse=True))})\b", re.I)
_REFUSING_TEXT = re.compile(
    r"support|not (allowed|permitted|implemented|available)|unknown|unrecognized|unexpected|extra",
    re.IGNORECASE,
)
_LONGEST_QUOTE = 300
_SHORTEST_SECRET = 8
"""Shorter keys are placeholders such as ``ollama``."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked of whom: opens the message of every failed call."""

    model: str
    base_url: str
    """As it may be shown."""
    api_key: str | None = field(default=None, repr=False)
    """Known only so that it can be struck out of whatever a server says."""

    def says(self, found: str, advice: str) -> str:
        """Put a message together: what was asked, what came back, what to do."""
        return self.clean(f"asked {self.model!r} at {self.base_url}: {found}; {advice}")

    def clean(self, text: str) -> str:
        """Strike the API key, and what looks like one, out of a text."""
        if self.api_key and len(self.api_key) >= _SHORTEST_SECRET:
            text = text.replace(self.api_key, "[key]")
        return _KEY_LIKE.sub("[key]", redact_text(text))

    def quote(self, text: str) -> str:
        """Quote what a server said: without secrets, on one line and not all of it."""
        line = " ".join(self.clean(text).split())  # first clean: a cut key would not be recognised
        return repr(line if len(line) <= _LONGEST_QUOTE else line[:_LONGEST_QUOTE] + "…")


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a server said when it did not answer."""

    status: int
    text: str
    codes: frozenset[str]
    """Its error code and its error type, where it gave any."""
    param: str = ""
    """The part of the request that it complains of, where it says."""


class OptionRefused(PermanentError):
    """A server refuses an option that a request can do without; it has done no work for it."""

    def __init__(self, message: str, *, option: str) -> None:
        super().__init__(message)
        self.option = option


def status_error(
    asked: Asked, status: int, headers: Mapping[str, str], body: bytes, *, now: datetime
) -> RunError:
    """Return the error for an answer that is not a success."""
    refusal = read_refusal(status, body)
    found = f"HTTP {status}, {asked.quote(refusal.text)}" if refusal.text else f"HTTP {status}"
    if refusal.codes & QUOTA_CODES or status == 402:
        advice = "the account has no credit left: add credit, or use another key, then resume"
        return PermanentError(asked.says(found, advice))
    if _is_overflow(refusal):
        advice = "the conversation is longer than the model can read: shorten it, or use a model "
        return PermanentError(asked.says(found, advice + "with a larger context"))
    if _is_passing(status):
        seconds = retry_after(headers, now=now)
        return TransientError(
            asked.says(found, _passing_advice(status)),
            retry_after_seconds=seconds,
            too_fast=status == TOO_MANY_REQUESTS,
            later=status == UNAVAILABLE and seconds is not None,
        )
    return _lasting_error(asked, refusal, found)


def transport_error(asked: Asked, error: BaseException) -> RunError:
    """Return the error for a call that broke before a whole answer was there."""
    import httpx2

    causes = list(_causes(error))
    found = f"the connection failed ({_in_words(causes[-1])})"
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        advice = "the server's certificate is not trusted here: correct the base URL, or trust it"
        return PermanentError(asked.says(found, advice))
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        advice = "nothing listens there: start the server or correct the base URL"
    elif any(isinstance(cause, httpx2.ConnectError) for cause in causes):
        advice = "nothing was sent: check the network and the base URL, then try again"
    else:
        advice = "whether the server did the work is unknown: trying again may pay for it twice"
        return TransientError(asked.says(found, advice), paid=True)
    return TransientError(asked.says(found, advice))


def deadline_error(asked: Asked, seconds: float) -> TransientError:
    """Return the error for a call that did not end in time."""
    found = f"no whole answer within {seconds:g} s"
    advice = "try again later, or give the step more time"
    return TransientError(asked.says(found, advice), paid=True)


def connect_error(asked: Asked, seconds: float) -> TransientError:
    """Return the error for a server that could not even be reached in time."""
    found = f"no connection within {seconds:g} s"
    return TransientError(asked.says(found, "check the network and that the server is running"))


def garbage_error(asked: Asked, found: str) -> TransientError:
    """Return the error for a success that holds no answer."""
    advice = (
        "try again; if it stays, something other than a model answers there: check the base URL"
    )
    return TransientError(asked.says(found, advice))


def cut_error(asked: Asked) -> TransientError:
    """Return the error for an answer, or a stream, that ended before it was whole."""
    found = "an answer that does not say why it ends: it was cut on its way"
    return TransientError(asked.says(found, "try again, which may pay for it twice"), paid=True)


def read_refusal(status: int, body: bytes) -> Refusal:
    """Read what a server said, in any of the shapes that servers say it in."""
    text = body.decode("utf-8", "replace").strip()
    try:
        value: JsonValue = json.loads(text)
    except (ValueError, RecursionError):
        return Refusal(status, _title_of(text), frozenset())
    inner = value.get("error", value) if isinstance(value, dict) else value
    if not isinstance(inner, dict):
        return Refusal(status, inner if isinstance(inner, str) else text, frozenset())
    said = inner.get("message") or inner.get("detail") or text
    codes = frozenset(code for key in ("code", "type") if isinstance(code := inner.get(key), str))
    param = inner.get("param")
    return Refusal(
        status,
        said if isinstance(said, str) else json.dumps(said),
        codes,
        param if isinstance(param, str) else "",
    )


def retry_after(headers: Mapping[str, str], *, now: datetime) -> float | None:
    """Return how long a server asks to wait, from seconds or from an HTTP date."""
    milliseconds = _seconds(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    text = headers.get("retry-after")
    seconds = _seconds(text)
    if seconds is not None or text is None:
        return seconds
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - now).total_seconds())


def _seconds(text: str | None) -> float | None:
    try:
        seconds = float(text) if text is not None else math.nan
    except ValueError:
        return None
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _is_passing(status: int) -> bool:
    return status in RETRIED_STATUSES or (status >= 500 and status not in NEVER_RETRIED_STATUSES)


def _is_overflow(refusal: Refusal) -> bool:
    if refusal.codes & OVERFLOW_CODES or refusal.status == 413:
        return True
    return refusal.status in _OVERFLOW_STATUSES and bool(_OVERFLOW_TEXT.search(refusal.text))


def _refused_option(refusal: Refusal) -> str | None:
    if refusal.status not in _OPTION_STATUSES:
        return None
    if refusal.param:
        return _OPTIONS.get(refusal.param.partition(".")[0])
    named = _OPTION_TEXT.search(refusal.text)
    if named is None or not _REFUSING_TEXT.search(refusal.text):
        return None
    return _OPTIONS[named.group(1).lower()]


def _passing_advice(status: int) -> str:
    if status == TOO_MANY_REQUESTS:
        return "too many calls for now: wait, then try again"
    return "the server has a passing trouble: wait, then try again"


def _lasting_error(asked: Asked, refusal: Refusal, found: str) -> PermanentError:
    match refusal.status:
        case 404 if refusal.codes & MODEL_CODES or "model" in refusal.text.lower():
            advice = "this server has no such model: name one that `%mn models` lists"
            return ModelMissing(asked.says(found, advice))
        case 401:
            advice = "the server refuses the API key: correct OPENAI_API_KEY"
        case 403:
            advice = "the API key may not use this model here: ask for access, or use another key"
        case 404 | 405:
            advice = "no chat completions are served there: does the base URL end in /v1?"
        case status if 300 <= status < 400:
            advice = "the server points elsewhere: set the base URL to where it really is"
        case _:
            advice = "the server refuses this very request: change the step or the model"
    option = _refused_option(refusal)
    if option is not None:
        return OptionRefused(asked.says(found, advice), option=option)
    return PermanentError(asked.says(found, advice))


def _title_of(text: str) -> str:
    found = re.search(r"<title[^>]*>(.*?)</title>", text, re.I | re.S)
    return found.group(1) if found else text


def _causes(error: BaseException) -> Iterator[BaseException]:
    current: BaseException | None = error
    while current is not None:
        yield current
        current = current.__cause__ or current.__context__


def _in_words(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
