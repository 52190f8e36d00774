"""How somebody elsewhere is told: by a command, or by a notice to an address."""

import json
import os
import shlex
import signal
import subprocess
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from mn_notebook.domain.notices import Notice
from mn_notebook.domain.words import one_line
from mn_notebook.errors import TransientError, UsageError
from mn_notebook.secrecy.known import redact_text

PATIENCE_SECONDS = 30.0
"""So long a hook may take."""
TEXT = "{text}"
"""Stands, as a word or in one, for the notice's text in a command."""

Hook = Callable[[Notice], None]
"""Tells a notice. Raises `mn_notebook.errors.TransientError` when it could not."""


def hook_of(said: str) -> Hook:
    """Return what tells notices: an address is posted to, anything else is a command.

    Raises:
        UsageError: it is neither.
    """
    if said.startswith(("https://", "http://")):
        if not urlsplit(said).hostname:
            message = f"MN_NOTIFY: expected an address with a host, found {shown(said)!r}"
            raise UsageError(message)
        return Webhook(said)
    try:
        words = tuple(shlex.split(said))
    except ValueError as fault:
        message = f"MN_NOTIFY: expected a command, found {said!r}: {fault}"
        raise UsageError(message) from fault
    if not words:
        message = "MN_NOTIFY: expected a command, or an address that begins with https://"
        raise UsageError(message)
    return Command(words)


def shown(said: str) -> str:
    """Return a hook as it may be shown: an address can have a secret in its path.

    >>> shown("https://hooks.example.com/services/T0/secret")
    'https://hooks.example.com/...'
    >>> shown("notify-send --urgency low {text}")
    'notify-send ...'
    """
    if said.startswith(("https://", "http://")):
        parts = urlsplit(said)
        port = f":{parts.port}" if parts.port else ""
        return f"{parts.scheme}://{parts.hostname}{port}/..."
    first, _, rest = said.strip().partition(" ")
    return f"{first} ..." if rest else first


@dataclass(frozen=True, slots=True)
class Command:
    """Starts a program without a shell: the notice is JSON on its input, and ``{text}`` a word."""

    words: tuple[str, ...] = field(repr=False)
    patience_seconds: float = PATIENCE_SECONDS

    def __call__(self, notice: Notice) -> None:
        """Tell a notice; a program that takes too long is ended with all that it has started."""
        words = [word.replace(TEXT, notice.text) for word in self.words]
        try:
            child = subprocess.Popen(  # noqa: S603 - the command is the user's own
                words,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                start_new_session=True,
                env={**os.environ, "MN_NOTICE_ID": notice.id},
            )
        except (OSError, ValueError) as fault:
            said = f"{self.words[0]!r} cannot be started: {getattr(fault, 'strerror', '') or fault}"
            raise TransientError(said) from fault
        try:
            content = json.dumps(notice.as_json()).encode()
            _, errors = child.communicate(content, timeout=self.patience_seconds)
        except subprocess.TimeoutExpired as fault:
            said = f"{self.words[0]!r} took longer than {self.patience_seconds:g} seconds"
            raise TransientError(said) from fault
        finally:
            _end(child)
        if child.returncode != 0:
            # Before it is cut: what is cut in two is not recognised.
            why = one_line(redact_text(errors.decode(errors="replace")), 200)
            said = f"{self.words[0]!r} ended with {child.returncode}{f': {why}' if why else ''}"
            raise TransientError(said)


def _end(child: "subprocess.Popen[bytes]") -> None:
    """End what is left of a command, and let go of it."""
    if child.poll() is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    for stream in (child.stdin, child.stderr):
        if stream is not None:
            with suppress(OSError):
                stream.close()


@dataclass(frozen=True, slots=True)
class Webhook:
    """Posts the notice as JSON; a notice that comes twice has the same idempotency key."""

    address: str = field(repr=False)
    patience_seconds: float = PATIENCE_SECONDS

    def __call__(self, notice: Notice) -> None:
        """Tell a notice; an answer of 2xx says that it has arrived."""
        import httpx2

        try:
            answer = httpx2.post(
                self.address,
                json=notice.as_json(),
                headers={"Idempotency-Key": notice.id},
                timeout=self.patience_seconds,
            )
        except (httpx2.HTTPError, httpx2.InvalidURL) as fault:
            why = type(fault).__name__  # its text may hold the address, which can be a secret
            said = f"{shown(self.address)} could not be told: {why}"
            raise TransientError(said) from fault
        if not answer.is_success:
            said = f"{shown(self.address)} answered {answer.status_code}"
            raise TransientError(said)


__all__ = ["Command", "Hook", "Webhook", "hook_of", "shown"]
