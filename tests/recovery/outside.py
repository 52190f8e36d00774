"""What the world outside sees: a file of lines that outlives every process.

A line is on the disk before `note` returns. So whatever a process did before it was killed stands
here, and whatever stands here was done.
"""

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

LOG = "MN_OUTSIDE"
"""The variable that names the file, in processes that act."""

What = Literal["begin", "works", "did", "end", "failed", "checked", "dropped"]


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that the outside saw."""

    what: What
    """``begin`` before acting, ``did`` when it is done to the world, ``end`` after it."""
    name: str
    """The tool or function."""
    where: str
    """The run and the step's path, as ``RUN/PATH``."""
    key: str | None
    """The idempotency key; None for functions, which are given none."""
    args: str
    """A hash of the arguments."""
    pid: int
    result: Any = None

    @property
    def act(self) -> tuple[str, str, str]:
        """Tell this act from all others: its key, or for a function its place."""
        return (self.name, self.key or self.where, "" if self.key else self.args)


def args_hash(args: dict[str, Any]) -> str:
    """Return a short hash of arguments."""
    return hashlib.sha256(json.dumps(args, sort_keys=True).encode()).hexdigest()[:12]


def note(line: Line) -> None:
    """Append a line; it is on the disk on return."""
    log = os.open(os.environ[LOG], os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
    try:
        os.write(log, json.dumps(asdict(line)).encode() + b"\n")
        os.fsync(log)
    finally:
        os.close(log)


def read(path: Path | None = None, *, about: str = "") -> list[Line]:
    """Return every whole line, oldest first; of a long file only those with a text in them."""
    path = path or Path(os.environ[LOG])
    if not path.exists():
        return []
    word = about.encode()
    with path.open("rb") as file:
        # One by one: who looks for a few lines among many holds no more than these.
        return [Line(**json.loads(text)) for text in file if word in text and text[-1:] == b"\n"]


def whole_lines(content: bytes) -> Iterable[bytes]:
    """Leave out what somebody is just writing."""
    return content.split(b"\n")[:-1]


def done(lines: Iterable[Line], name: str, *, key: str = "", where: str = "") -> Line | None:
    """Return the line that tells that an act was done to the world, or None."""
    for line in lines:
        if line.what == "did" and line.name == name:
            if line.key is None and line.where == where:
                return line
            if line.key is not None and line.key == key:
                return line
    return None
