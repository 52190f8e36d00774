"""Starting, killing and awaiting the processes of a test; none outlives it."""

import itertools
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, Self

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
"""Seconds after which a wait is a failed test; nothing here should take a tenth of it."""


class Gone(AssertionError):
    """A process was still there, or an expectation did not come true, after a long wait."""


def until(expected: Callable[[], Any], what: str, seconds: float = PATIENCE) -> Any:
    """Wait until something is truthy, and return it."""
    end = time.monotonic() + seconds
    pause = threading.Event()
    while True:
        found = expected()
        if found:
            return found
        if time.monotonic() > end:
            raise Gone(f"waited {seconds:g} s in vain for: {what}")
        pause.wait(0.01)


class Child(Protocol):
    """A process under test."""

    pid: int
    output: Path

    def signal(self, number: int) -> None:
        """Send a signal; harmless when it has ended."""
        ...

    def wait(self, seconds: float = PATIENCE) -> int:
        """Wait for its end and return its exit code; a negative one is a signal."""
        ...

    @property
    def ended(self) -> bool:
        """Tell whether it has ended."""
        ...


def said(child: Child, word: str) -> dict[str, Any] | None:
    """Return what a child said, or None."""
    if not child.output.exists():
        return None
    for text in child.output.read_bytes().split(b"\n")[:-1]:
        if text.startswith(b"{"):
            told: dict[str, Any] = json.loads(text)
            if told["say"] == word:
                return told
    return None


def hear(child: Child, word: str, seconds: float = PATIENCE) -> dict[str, Any]:
    """Wait until a child says a word."""

    def heard() -> dict[str, Any] | None:
        found = said(child, word)
        if found is None and child.ended:
            raise Gone(f"it ended without {word!r}: {child.output.read_text()}")
        return found

    found: dict[str, Any] = until(heard, f"a process to say {word!r}", seconds)
    return found


def kill(child: Child) -> int:
    """Kill a child and return how it ended."""
    child.signal(signal.SIGKILL)
    return child.wait()


class Forked:
    """A child of the nursery."""

    def __init__(self, nursery: "Nursery", name: str, output: Path) -> None:
        self.name = name
        self.output = output
        self.pid = 0
        self.code: int | None = None
        self.born = threading.Event()
        self.over = threading.Event()
        self._nursery = nursery

    def signal(self, number: int) -> None:
        """Let the parent signal it: it knows whether the pid is still its child's."""
        self._nursery.order(name=self.name, signal=int(number))

    def wait(self, seconds: float = PATIENCE) -> int:
        """Wait for its end."""
        if not self.over.wait(seconds):
            raise Gone(f"process {self.pid} did not end: {self.output.read_text()}")
        assert self.code is not None
        return self.code

    @property
    def ended(self) -> bool:
        """Tell whether it has ended."""
        return self.over.is_set()


class Nursery:
    """The test's side of `tests.recovery.worker.Nursery`; a context manager."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count()
        self._children: dict[str, Forked] = {}
        self._fresh: list[Fresh] = []
        self._lock = threading.Lock()
        """Protects the pipe to the nursery from threads that order at the same time."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.recovery.worker", "--serve"],
            cwd=ROOT,
            env=clean_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        for fresh in self._fresh:
            fresh.end()
        self._process.stdin.close()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._listener.join()
        self._process.stdout.close()

    def order(self, **what: Any) -> None:
        """Send an order."""
        assert self._process.stdin is not None
        with self._lock:
            self._process.stdin.write(json.dumps(what).encode() + b"\n")
            self._process.stdin.flush()

    def fork(self, env: dict[str, str], *, stdin: Path | None = None, **job: Any) -> Forked:
        """Begin a child; it is there on return."""
        name, output = self._name()
        child = Forked(self, name, output)
        self._children[name] = child
        self.order(
            name=name,
            job={"role": "advance", **job, "env": env},
            stdin=None if stdin is None else str(stdin),
            stdout=str(output),
        )
        if not child.born.wait(PATIENCE):
            raise Gone("the nursery forked nothing")
        return child

    def fresh(self, env: dict[str, str], **job: Any) -> "Fresh":
        """Begin a new interpreter."""
        _, output = self._name()
        child = Fresh({"role": "advance", **job, "env": env}, output)
        self._fresh.append(child)
        return child

    def _name(self) -> tuple[str, Path]:
        name = f"child-{next(self._numbers)}"
        return name, self._folder / f"{name}.out"

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            told = json.loads(line)
            child = self._children[told["name"]]
            if "pid" in told:
                child.pid = told["pid"]
                child.born.set()
            else:
                child.code = told["code"]
                child.over.set()


class Fresh:
    """A new interpreter, from its very beginning."""

    def __init__(self, job: dict[str, Any], output: Path) -> None:
        self.output = output
        with output.open("ab") as file:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.recovery.worker", json.dumps(job)],
                cwd=ROOT,
                env=clean_environment(),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
            )
        self.pid = self._process.pid

    def signal(self, number: int) -> None:
        """Send a signal."""
        self._process.send_signal(number)

    def wait(self, seconds: float = PATIENCE) -> int:
        """Wait for its end."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired as fault:
            raise Gone(f"process {self.pid} did not end: {self.output.read_text()}") from fault

    @property
    def ended(self) -> bool:
        """Tell whether it has ended."""
        return self._process.poll() is not None

    def end(self) -> None:
        """Leave nothing behind."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()


def clean_environment() -> dict[str, str]:
    """Return an environment in which no model and no store of a person is configured."""
    mine = ("MN_", "OPENAI_")
    env = {name: value for name, value in os.environ.items() if not name.startswith(mine)}
    return {**env, "PYTHONWARNINGS": "ignore"}


class ModelProcess:
    """The scripted model in a process of its own, that can be stopped and started again."""

    def __init__(self, folder: Path, script_text: str) -> None:
        self.log = folder / "model.log"
        self._script = folder / "script.json"
        self._script.write_text(script_text, encoding="utf-8")
        self._port_file = folder / "port"
        self._port = 0
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Listen, always at the same port."""
        self._port_file.unlink(missing_ok=True)
        command = [sys.executable, "-m", "mn_notebook.testing.model_server"]
        command += ["--script", str(self._script), "--log", str(self.log)]
        command += ["--port-file", str(self._port_file), "--port", str(self._port)]
        self._process = subprocess.Popen(command, cwd=ROOT, env=clean_environment())
        until(self._port_file.exists, "the model's server to listen")
        self._port = int(self._port_file.read_text())

    def stop(self, number: int = signal.SIGKILL) -> None:
        """End it, without a word."""
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait()
            self._process = None

    @property
    def base_url(self) -> str:
        """Where it listens, also while it does not."""
        return f"http://127.0.0.1:{self._port}/v1"

    def seen(self) -> list[dict[str, Any]]:
        """Return every request that reached it."""
        if not self.log.exists():
            return []
        return [json.loads(line) for line in self.log.read_bytes().split(b"\n")[:-1]]


@contextmanager
def running_model(folder: Path, script_text: str) -> Iterator[ModelProcess]:
    """Run a scripted model for as long as the block."""
    model = ModelProcess(folder, script_text)
    try:
        model.start()
        yield model
    finally:
        model.stop()
