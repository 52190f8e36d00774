"""What calls of the past have given, by the names that were made of what they asked."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from mn_notebook.domain.events import ModelResponded, ToolSucceeded
from mn_notebook.domain.ids import RunId


@dataclass(frozen=True, slots=True)
class Remembered:
    """A call that was made, and what it gave."""

    run_id: RunId
    at: datetime
    event: ModelResponded | ToolSucceeded


class Memory(Protocol):
    """Finds what an identical call has given; what it does not find is asked anew."""

    def find(self, name: str, *, run_id: RunId | None, since: datetime | None) -> Remembered | None:
        """Return the newest call of a name, of one run or of all, not older than ``since``."""
        ...
