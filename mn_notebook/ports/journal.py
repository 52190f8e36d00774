"""Where the facts of every run are kept."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from mn_notebook.domain.events import AttemptEvent, Recorded, RunEvent
from mn_notebook.domain.ids import AttemptToken, Fence, ProcessId, RunId, WorkflowHash
from mn_notebook.domain.workflow import Budget, Workflow
from mn_notebook.ports.lines import Summary


@dataclass(frozen=True, slots=True)
class Ceiling:
    """What all runs of a class, or all runs, may spend on a day, whichever process has them."""

    workflow_class: str
    """'' for all."""
    budget: Budget


@dataclass(frozen=True, slots=True)
class Group:
    """Events of one run that become durable together, or not at all.

    The writer proves its right to write by the run's ``fence``, or by the ``token`` of an attempt;
    exactly one of them is set.
    """

    run_id: RunId
    events: tuple[RunEvent | AttemptEvent, ...]
    at: datetime
    batch: str
    """Made by the writer; tells after an unclear commit whether the group went through."""
    fence: Fence | None = None
    owner: ProcessId | None = None
    token: AttemptToken | None = None
    summary: Summary | None = None
    counts_only: bool = False
    """Of the summary only ``steps_done`` differs from that of the writer's group before."""
    workflow_class: str = ""
    """As what its model calls are counted, beside the day."""
    ceilings: tuple[Ceiling, ...] = ()
    """What the model call in it has to fit into; else the group is refused, with
    `BudgetExceeded`."""


Appended = Callable[[int | None, Exception | None], None]
"""Given the number of a group's last event; or None and the error: `Fenced` when refused."""


class Journal(Protocol):
    """The ordered facts of every run: the only truth about them."""

    def submit(self, group: Group, appended: Appended) -> None:
        """Queue a group; groups become durable in the order they were queued.

        ``appended`` is called once, after the commit, in a thread of the journal's choice. A group
        whose fence or token is not valid any more is refused alone and writes nothing.
        """
        ...

    def read(
        self,
        run_id: RunId,
        *,
        after: int = 0,
        most: int | None = None,
        kinds: Collection[str] = (),
    ) -> Sequence[Recorded]:
        """Return the events after number ``after``, oldest first.

        Not more than ``most`` of them, if that is given, and only those of some ``kinds``, if any
        are named: nothing else is decoded.

        Raises:
            StoreTooNew: a newer program wrote one that this program does not know.
        """
        ...

    def workflow(self, workflow_hash: WorkflowHash) -> Workflow:
        """Return a version of a workflow."""
        ...


class Artifacts(Protocol):
    """Values too large for an event, by the hash of their bytes."""

    def put(self, content: bytes, *, media_type: str) -> str:
        """Keep bytes and return their SHA-256; on return they are on the disk."""
        ...

    def get(self, sha256: str) -> bytes:
        """Return bytes, checked against their hash.

        Raises:
            StoreError: they are missing or damaged.
        """
        ...
