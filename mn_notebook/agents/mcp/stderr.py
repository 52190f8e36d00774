"""What a server writes to its standard error: the last of it, for people."""

import os
import threading
from collections import deque
from collections.abc import Callable
from typing import TextIO

from mn_notebook.domain.values import sayable

MAX_LINES = 200
MAX_LINE = 500
"""Characters of a line that are kept."""


class ErrorLog:
    """The last lines of a server's standard error, over all its lives. Safe from any thread."""

    def __init__(self, shown: Callable[[str], str] = str) -> None:
        """Keep lines as ``shown`` returns them."""
        self._shown = shown
        self._lines: deque[str] = deque(maxlen=MAX_LINES)

    def add(self, text: str) -> None:
        """Keep a line."""
        if text.strip():
            self._lines.append(self._shown(sayable(text.rstrip()))[:MAX_LINE])

    def last(self, most: int = MAX_LINES) -> tuple[str, ...]:
        """Return the last lines, oldest first."""
        return tuple(self._lines)[-most:]

    def opened(self) -> TextIO:
        """Return a file that a new process may write to; what it writes is kept.

        A thread reads it until every process has closed it.
        """
        reading, writing = os.pipe()
        reader = threading.Thread(
            target=self._read, args=(reading,), name="mn-mcp-log", daemon=True
        )
        reader.start()
        return os.fdopen(writing, "w", encoding="utf-8", errors="replace")

    def _read(self, reading: int) -> None:
        rest = b""
        while chunk := os.read(reading, 65536):
            *lines, rest = (rest + chunk).split(b"\n")
            rest = rest[-MAX_LINE:]
            for line in lines:
                self.add(line[: 4 * MAX_LINE].decode("utf-8", "replace"))
        self.add(rest.decode("utf-8", "replace"))
        os.close(reading)
