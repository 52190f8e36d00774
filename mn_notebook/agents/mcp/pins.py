"""Which tools of servers the user trusts: each as its server described it at that time.

A pin names the server, the way in which it is reached, the tool and its description. Where any of
them is another one, the tool is not trusted: it may write, and a person is asked.
"""

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict, TypeAdapter, ValidationError

from mn_notebook.domain.definitions import ToolDefinition
from mn_notebook.domain.servers import Server
from mn_notebook.domain.workflow import Effect
from mn_notebook.errors import UsageError


class Pin(BaseModel):
    """A tool that is trusted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    server: str
    place: str
    """The hash of the way in which the server is reached."""
    tool: str
    definition: str
    """The hash of the tool's description."""
    effect: Effect | None = None
    """The effect that the user gave it; None: what its hints say."""
    at: AwareDatetime
    by: str = ""


_PINS = TypeAdapter(tuple[Pin, ...])


class Pins:
    """The trusted tools of a user, in a file of his own. Safe to use from any thread."""

    def __init__(self, path: Path) -> None:
        """Keep them in ``path``, which need not exist."""
        self.path = path
        self._known: tuple[Pin, ...] = ()
        self._seen: tuple[int, int] | None = None
        self._lock = threading.Lock()
        """Protects what was read from the file."""

    def all(self) -> tuple[Pin, ...]:
        """Return every pin; of a file that cannot be read, none: then nothing is trusted."""
        with self._lock:
            try:
                status = self.path.stat()
            except OSError:
                return ()
            seen = (status.st_mtime_ns, status.st_ino)
            if seen != self._seen:
                self._known, self._seen = self._read(), seen
            return self._known

    def of(self, name: str, server: Server, definition: ToolDefinition) -> Pin | None:
        """Return the pin of exactly this tool, or None."""
        wanted = (name, server.hash, definition.name, definition.hash)
        found = (p for p in self.all() if (p.server, p.place, p.tool, p.definition) == wanted)
        return next(found, None)

    def knows(self, name: str, tool: str) -> bool:
        """Tell whether a tool of this name was ever trusted, in whatever form."""
        return any((pin.server, pin.tool) == (name, tool) for pin in self.all())

    def put(self, new: tuple[Pin, ...]) -> None:
        """Trust tools, in place of what was said of them before; on return it is on the disk.

        Raises:
            UsageError: the file cannot be written, or holds something else.
        """
        taken = {(pin.server, pin.tool) for pin in new}
        with self._changing() as known:
            left = [pin for pin in known if (pin.server, pin.tool) not in taken]
            self._write((*left, *new))

    def drop(self, name: str, tools: tuple[str, ...] | None) -> int:
        """Trust tools of a server no more, all with None; return how many were trusted.

        Raises:
            UsageError: the file cannot be written, or holds something else.
        """
        with self._changing() as known:
            left = [p for p in known if p.server != name or p.tool not in (tools or (p.tool,))]
            self._write(tuple(left))
        return len(known) - len(left)

    @contextmanager
    def _changing(self) -> Iterator[tuple[Pin, ...]]:
        """Be the only process that changes the file."""
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._lock, self.path.with_suffix(".lock").open("w") as door:
                with suppress(ImportError):
                    import fcntl

                    fcntl.flock(door, fcntl.LOCK_EX)
                yield self._read() if self.path.exists() else ()
                self._seen = None
        except OSError as fault:
            message = f"what is trusted cannot be kept in {self.path}: {fault}"
            raise UsageError(message) from fault

    def _read(self) -> tuple[Pin, ...]:
        try:
            return _PINS.validate_json(self.path.read_bytes())
        except (OSError, ValidationError):
            return ()

    def _write(self, pins: tuple[Pin, ...]) -> None:
        new = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as made:
            body = json.dumps(_PINS.dump_python(pins, mode="json"), indent=1, ensure_ascii=False)
            made.write(body.encode())
            made.flush()
            os.fsync(made.fileno())
        new.replace(self.path)
