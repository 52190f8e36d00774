"""Who may advance a run."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from mn_notebook.domain.ids import Fence, ProcessId, RunId


class Leases(Protocol):
    """Who may advance a run. One owner at any time; an older one can write nothing."""

    @property
    def process_id(self) -> ProcessId:
        """Return the name of this process."""
        ...

    def claimable(self, origins: Collection[str]) -> Sequence[RunId]:
        """Return runs of these origins that have something to do and no living owner."""
        ...

    def claim(self, run_id: RunId, at: datetime) -> Fence | None:
        """Become a run's owner, or return None when a living process is. Durable on return."""
        ...

    def claim_all(self, run_ids: Sequence[RunId], at: datetime) -> Mapping[RunId, Fence]:
        """Claim runs by one commit; return those that no living process has, each with its fence.

        Durable on return.
        """
        ...

    def release(self, run_id: RunId, fence: Fence) -> None:
        """Stop being the owner; durable when the next commit is."""
        ...

    def beat(self) -> None:
        """Show rivals that this process lives."""
        ...

    def held(self) -> Mapping[RunId, Fence]:
        """Return the runs that this process owns as the store knows it, each with its fence."""
        ...

    def is_alive(self, process_id: ProcessId) -> bool:
        """Tell whether a process still holds its lock and has shown a beat within a lease."""
        ...

    def is_locked(self, process_id: ProcessId) -> bool:
        """Tell whether a process is there, whether or not it shows any beat."""
        ...

    def close(self) -> None:
        """Give up all runs and the process's lock."""
        ...
