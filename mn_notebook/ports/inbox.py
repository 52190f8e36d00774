"""What others ask of a run's owner, and how they make themselves heard."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from pydantic import JsonValue

from mn_notebook.domain.ids import CommandId, Fence, RunId

CommandKind = Literal[
    "decide",
    "cancel",
    "reopen",
    "wake",
    "pause",
    "resume",
    "retry",
    "skip",
    "signal",
    "delegate",
    "revoke",
    "undo",
    "budget",
]


@dataclass(frozen=True, slots=True)
class InboxCommand:
    """What somebody asks of a run's owner."""

    id: CommandId
    run_id: RunId
    kind: CommandKind
    body: dict[str, JsonValue]
    by: str
    via: str
    at: datetime


class Inbox(Protocol):
    """What other processes ask of the owners of runs; it waits durably until one takes it up."""

    def pending(self, origins: Collection[str], owned: Collection[RunId]) -> Sequence[InboxCommand]:
        """Return what has not been taken up, for these runs or runs of these origins, by age."""
        ...

    def drop(self, command_id: CommandId, fence: Fence) -> None:
        """Mark a command as taken up that asks for nothing any more.

        Only its run's owner may, under its ``fence``; nothing happens when that is older.
        """
        ...

    def changed(self) -> bool:
        """Tell, cheaply, whether another process has written since the last call."""
        ...


class Bell(Protocol):
    """Rings when another process has left something; nothing is lost where it does not."""

    def fileno(self) -> int:
        """Return what becomes readable when somebody rings."""
        ...

    def heard(self) -> None:
        """Forget the rings so far."""
        ...

    def take_down(self) -> None:
        """Hear no more."""
        ...
