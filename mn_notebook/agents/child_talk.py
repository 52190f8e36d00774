"""The talk with one child process: the order goes in, an answer and prints come out."""

import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO

from mn_notebook.agents.calling import MAX_PRINTED
from mn_notebook.agents.child import LENGTH_BYTES
from mn_notebook.agents.guardian import END, GRACE_SECONDS

_BOOT = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); files = map(int, sys.argv[2:]); "
    "from mn_notebook.agents.child import main; tell, confide = files; del sys.argv[1:]; "
    "main(tell, confide)"
)
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child ended, and what it has left."""

    answer: bytes | None
    """None: it ended before it had answered."""
    printed: str
    secrets: tuple[tuple[str, str], ...]
    """What it has resolved, by name."""
    code: int | None
    """Of the process that worked; a negative one for a signal; None: its guardian died too."""


@dataclass(slots=True)
class _Heard:
    """What has come out of a child so far."""

    answer: bytearray = field(default_factory=bytearray)
    printed: bytearray = field(default_factory=bytearray)
    told: bytearray = field(default_factory=bytearray)
    confided: bytearray = field(default_factory=bytearray)

    @property
    def whole_answer(self) -> bytes | None:
        """Return the answer if it is complete."""
        length = int.from_bytes(self.answer[:LENGTH_BYTES], "big")
        whole = len(self.answer) >= max(1, length) + LENGTH_BYTES
        return bytes(self.answer[LENGTH_BYTES:]) if whole else None

    def said(self, word: str) -> int | None:
        """Return a number that the guardian has told."""
        for line in self.told.split(b"\n"):
            what = json.loads(line) if line.endswith(b"}") else {}
            if word in what:
                number: int = what[word]
                return number
        return None


class Talk:
    """One child from its start to its end; `run` in a thread of its own, `stop` from any."""

    def __init__(self, order: bytes, path: list[str]) -> None:
        """Prepare to send ``order`` to a child that finds modules in ``path``."""
        self._path = path
        self._unsent = memoryview(len(order).to_bytes(LENGTH_BYTES, "big") + order)
        self._heard = _Heard()
        self._stopped, self._stopper = socket.socketpair()
        """`stop` closes one, and `run` hears that at the other."""
        self._is_unguarded = False
        self._until: float | None = None
        """The child is expected to have ended by then."""

    def stop(self) -> None:
        """Let the child be ended; `run` returns when it is gone."""
        self._stopper.close()

    def run(self) -> Ended:
        """Return how the child ended; neither it nor a descendant in its group lives any more.

        Raises:
            OSError: no process can be started.
        """
        (tell_in, tell_out), (secrets_in, secrets_out) = os.pipe(), os.pipe()
        with (
            self._stopped,
            self._stopper,
            os.fdopen(tell_in, "rb", buffering=0) as told,
            os.fdopen(secrets_in, "rb", buffering=0) as confided,
        ):
            try:
                process = self._begin(tell_out, secrets_out)
            finally:
                os.close(tell_out)
                os.close(secrets_out)
            with process:
                self._talk(process, told, confided)
                self._bury(process)
        heard = self._heard
        printed = heard.printed.decode("utf-8", "replace")
        return Ended(heard.whole_answer, printed, _secrets(heard.confided), heard.said("status"))

    def _begin(self, tell: int, confide: int) -> subprocess.Popen[bytes]:
        files = [str(tell), str(confide)]
        command = [sys.executable, "-c", _BOOT, json.dumps(self._path), *files]
        return subprocess.Popen(  # noqa: S603 - this package's own module
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            pass_fds=(tell, confide),
            start_new_session=True,
        )

    def _talk(self, process: subprocess.Popen[bytes], told: IO[bytes], confided: IO[bytes]) -> None:
        """Send the order and take what comes, until nothing more is expected."""
        if process.stdin is None or process.stdout is None or process.stderr is None:
            return
        heard = self._heard
        os.set_blocking(process.stdin.fileno(), False)
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdin, selectors.EVENT_WRITE)
            selector.register(process.stdout, selectors.EVENT_READ, heard.answer)
            selector.register(process.stderr, selectors.EVENT_READ, heard.printed)
            selector.register(told, selectors.EVENT_READ, heard.told)
            selector.register(confided, selectors.EVENT_READ, heard.confided)
            selector.register(self._stopped, selectors.EVENT_READ)
            while len(selector.get_map()) > 1 and not self._is_over(process.stdin, selector):
                for key, _ in selector.select(self._patience()):
                    if not self._take(key, process.stdin):
                        selector.unregister(key.fileobj)

    def _take(self, key: selectors.SelectorKey, lifeline: IO[bytes]) -> bool:
        """Take a bit further what is ready; False when that was the last of it."""
        if key.fileobj is lifeline:
            return self._send(lifeline)
        if key.fileobj is self._stopped:
            self._expect_end(0.0)
            return False
        content = os.read(key.fd, _CHUNK)
        if key.data is not self._heard.printed or len(key.data) <= 4 * MAX_PRINTED:
            key.data.extend(content)
        if key.data is self._heard.told and not content:
            self._is_unguarded = True
        elif self._has_told or self._heard.whole_answer is not None:
            self._expect_end(GRACE_SECONDS)
        return bool(content)

    def _send(self, lifeline: IO[bytes]) -> bool:
        """Send a bit of the order; the pipe stays open, for its end is the child's."""
        try:
            self._unsent = self._unsent[lifeline.write(self._unsent[:_CHUNK]) or 0 :]
        except BrokenPipeError:  # It has ended already; how, is heard.
            return False
        return bool(self._unsent)

    # --- the end -------------------------------------------------------------------------------

    @property
    def _has_told(self) -> bool:
        """Tell whether the guardian has said how the worker ended; its group is gone then."""
        return self._heard.said("status") is not None

    def _expect_end(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        self._until = until if self._until is None else min(until, self._until)

    def _patience(self) -> float | None:
        return None if self._until is None else max(0.0, self._until - time.monotonic())

    def _is_over(self, lifeline: IO[bytes], selector: selectors.BaseSelector) -> bool:
        """Tell whether to stop listening; end a child that should have ended by now."""
        if self._is_unguarded and not self._has_told:
            return True
        if self._until is None or time.monotonic() < self._until:
            return False
        if self._has_told or lifeline.closed:
            # What still holds the pipes has left the group on purpose: it is not waited for.
            return True
        if lifeline in selector.get_map():
            selector.unregister(lifeline)
        if not self._unsent:
            with suppress(OSError):
                lifeline.write(END)
        lifeline.close()  # The guardian ends its worker now.
        self._until = time.monotonic() + 3 * GRACE_SECONDS
        return False

    def _bury(self, process: subprocess.Popen[bytes]) -> None:
        """See to it that nothing is left, also where the guardian was killed or hangs."""
        worker = self._heard.said("pid")
        if not self._has_told:
            process.kill()
            if worker is not None:
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(worker, signal.SIGKILL)
        if process.stdin is not None:
            process.stdin.close()
        process.wait()


def _secrets(confided: bytearray) -> tuple[tuple[str, str], ...]:
    *lines, _ = bytes(confided).split(b"\n")  # A last line without an end was not used yet.
    return tuple((name, value) for name, value in map(json.loads, lines))
