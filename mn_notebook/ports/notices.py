"""Who tells people what waits."""

from collections.abc import Callable, Collection
from typing import Protocol

from mn_notebook.domain.ids import ProcessId
from mn_notebook.domain.notices import Notice


class Notices(Protocol):
    """Who tells people what waits: each thing is claimed by one process before it is told."""

    def taken_up(self, is_alive: Callable[[ProcessId], bool]) -> Notice | None:
        """Return a notice that was begun and is to be tried now, or None.

        It is this process's own, or that of a process that is not there any more.
        """
        ...

    def claimed(
        self, origins: Collection[str], *, every_seconds: float, others_after_seconds: float
    ) -> Notice | None:
        """Claim what nobody tells, as one notice; durable on return. None: there is nothing."""
        ...

    def ended(
        self,
        notice: str,
        outcome: str,
        *,
        fault: str = "",
        tries: int = 0,
        after_seconds: float = 0.0,
    ) -> None:
        """Write what became of a notice; with an empty outcome it is tried again later."""
        ...
