"""What undoes calls of tools."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from pydantic import JsonValue

from mn_notebook.domain.events import ErrorInfo
from mn_notebook.domain.workflow import Step


@dataclass(frozen=True, slots=True)
class Undone:
    """What the compensation of a call, or its check, came to."""

    value: JsonValue = None
    error: ErrorInfo | None = None
    printed: str = ""
    doubtful: bool = False
    """It may have been made all the same, and cannot be repeated blindly."""


class Undoer(Protocol):
    """Undoes calls of tools. It raises nothing: whatever happens is an `Undone`."""

    def missing(self, step: Step, tool: str) -> str | None:
        """Say what is needed that is not there, such as a cell's tool, or None."""
        ...

    def repeats(self, step: Step, tool: str) -> bool | None:
        """Tell whether a compensation may be repeated with its key; None: there is none."""
        ...

    async def check(self, step: Step, tool: str, key: str) -> Undone:
        """Ask whether a call happened; the value is what it returned, None if it did not."""
        ...

    async def undo(
        self, step: Step, tool: str, args: Mapping[str, JsonValue], key: str, result: JsonValue
    ) -> Undone:
        """Undo a call. That this is going to happen is durable by now."""
        ...
