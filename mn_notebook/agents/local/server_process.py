"""The server of one model as one of its users sees it: found, started, replaced, left."""

import os
import signal
import subprocess
import sys
import sysconfig
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from mn_notebook.agents.local.health import is_healthy
from mn_notebook.agents.local.locks import FileLock, is_locked
from mn_notebook.agents.local.model import LocalModel
from mn_notebook.agents.local.order import EXIT_TAKEN, ServerOrder
from mn_notebook.agents.local.progress import OnProgress, Progress
from mn_notebook.agents.local.server_folder import ServerFolder, ServerState
from mn_notebook.agents.local.users import Seat
from mn_notebook.errors import PermanentError, TransientError

_MODULE = "mn_notebook.agents.local.server_main"


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a user waits for a server before it gives up or replaces it."""

    ready_seconds: float = 300.0
    """From the first look for a server to one that is ready."""

    health_seconds: float = 5.0
    """For one answer to the question whether it is there."""

    health_tries: int = 3
    """That many unanswered questions, and it is replaced."""


class ServerProcess:
    """One model's server, shared by all processes of this account.

    The server is a process in a session of its own: whatever happens to it, this process goes on,
    and an interrupt of a cell does not reach it. It lives as long as any user does. A user that
    dies needs no farewell; a server that dies is replaced at the next `join`. Not for several
    threads at once.
    """

    def __init__(
        self, model: LocalModel, folder: ServerFolder, order: ServerOrder, patience: Patience
    ) -> None:
        self._model = model
        self._folder = folder
        self._order = order
        self._patience = patience
        self._seat = Seat(folder.users)
        self._left = threading.Event()

    def join(self, progress: OnProgress) -> ServerState:
        """Become a user of the server, which is started, or replaced, if that is needed.

        Raises:
            TransientError: It was not ready in time or was killed, or this user left meanwhile.
            PermanentError: The model could not be loaded; the message ends as the server did.
        """
        if self._seat.is_taken and (state := self._ready_state()) is not None:
            return state
        return self._join_in_turn(
            _Wait(self._model, progress, self._left, self._patience.ready_seconds)
        )

    def leave(self) -> None:
        """Stop being a user; a `join` under way gives up.

        A server without users ends by itself within a few seconds.
        """
        self._left.set()
        self._seat.leave()

    def _join_in_turn(self, wait: "_Wait") -> ServerState:
        self._folder.make()
        with self._turn(wait):
            self._seat.take()
            try:
                return self._ready_server(wait)
            except TransientError:
                if not self._left.is_set():
                    self._kill()  # It hangs; the next one who asks shall get a fresh one.
                raise

    def _ready_server(self, wait: "_Wait") -> ServerState:
        while True:
            if not is_locked(self._folder.server_lock):
                self._start(wait)
            elif (state := self._folder.read_state()) is None:
                wait.a_moment("loading")
            elif self._answers(state):
                return state
            else:
                self._kill()
                wait.a_moment("replacing")

    @contextmanager
    def _turn(self, wait: "_Wait") -> Iterator[None]:
        # Protects the decision whether there is a server: two starters would load the model twice.
        with FileLock(self._folder.turn_lock) as lock:
            while not lock.try_acquire():
                wait.a_moment("waiting for")
            yield

    def _ready_state(self) -> ServerState | None:
        state = self._folder.read_state()
        is_alive = state is not None and is_locked(self._folder.server_lock)
        return state if state is not None and is_alive and self._answers(state) else None

    def _answers(self, state: ServerState) -> bool:
        seconds = self._patience.health_seconds
        return any(
            is_healthy(state.port, within_seconds=seconds)
            for _ in range(self._patience.health_tries)
        )

    def _start(self, wait: "_Wait") -> None:
        """Start a server and wait until it is ready, or another one was quicker."""
        self._forget_the_dead()
        process = _spawn(self._folder, self._order)
        while self._holder() != process.pid:
            status = process.poll()
            if status == EXIT_TAKEN:
                return
            if status is not None:
                raise self._failure(status)
            wait.a_moment("starting")
        while self._folder.read_state() is None:
            if (status := process.poll()) is not None:
                raise self._failure(status)
            wait.a_moment("loading")

    def _forget_the_dead(self) -> None:
        """Remove what a dead server left, unless a living one has come meanwhile."""
        with FileLock(self._folder.server_lock) as lock:
            if lock.try_acquire():
                lock.write("")
                self._folder.forget_state()

    def _kill(self) -> None:
        """End a server that holds its lock and does not answer."""
        pid = self._holder()
        if pid is not None and is_locked(self._folder.server_lock):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _holder(self) -> int | None:
        """Say which process holds the server's lock, or held it last."""
        try:
            return int(self._folder.server_lock.read_text())
        except (FileNotFoundError, ValueError):
            return None

    def _failure(self, status: int) -> PermanentError | TransientError:
        ended = f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"
        said = self._folder.log.read_text(errors="replace").strip().splitlines()
        last = said[-1] if said else "nothing"
        # A kill from outside is mostly want of memory, which may pass.
        kind = TransientError if status == -signal.SIGKILL else PermanentError
        return kind(
            f"The server of {self._model.name} {ended} before it was ready; it said: {last}. If "
            "memory is short, stop something or choose a smaller model; if the file is damaged, "
            f"remove the model and install it again. Everything it said is in {self._folder.log}."
        )


class _Wait:
    """The patience of one `join`: tells how long it has waited, and ends it."""

    def __init__(
        self, model: LocalModel, progress: OnProgress, left: threading.Event, seconds: float
    ) -> None:
        self._model = model
        self._progress = progress
        self._left = left
        self._began_at = time.monotonic()
        self._seconds = seconds

    def a_moment(self, doing: str) -> None:
        """Wait a little.

        Raises:
            TransientError: That was too long, or the user left meanwhile.
        """
        waited = time.monotonic() - self._began_at
        if self._left.wait(_POLL_SECONDS):
            raise TransientError(f"{self._model.name} was left while it was starting.")
        if waited > self._seconds:
            raise TransientError(
                f"{self._model.name} was not ready within {self._seconds:.0f} s. The machine may "
                "be too busy; try again, or choose a smaller model."
            )
        total = self._model.profile.content_bytes
        self._progress(Progress(0, total, f"{doing} {self._model.name} ({waited:.0f} s)"))


_POLL_SECONDS = 0.1


def _spawn(folder: ServerFolder, order: ServerOrder) -> subprocess.Popen[bytes]:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND
    with os.fdopen(os.open(folder.log, flags, 0o600), "wb") as log:
        process = subprocess.Popen(  # noqa: S603 - this package's own module
            [sys.executable, "-P", "-m", _MODULE, order.model_dump_json()],
            cwd=folder.path,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    # Somebody must take note of its end, or it would stay in the process table.
    threading.Thread(target=process.wait, name="mn-local-model-end", daemon=True).start()
    return process


def _environment() -> dict[str, str]:
    """Pass on only what Python needs to start: no keys, no settings, none of the user's secrets."""
    passed = {name: value for name, value in os.environ.items() if name in _PASSED_ON}
    root = Path(__file__).parents[3]
    if str(root) not in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}:
        passed["PYTHONPATH"] = str(root)  # A checkout, not an installation.
    return passed


_PASSED_ON = frozenset({"PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH"})
