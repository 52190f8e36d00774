"""Takes runs over from their journals: those that this program can read, under a new fence."""

import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from mn_notebook.domain.fold import beginning
from mn_notebook.domain.ids import Fence, RunId
from mn_notebook.domain.state import RunState
from mn_notebook.engine.reading import caught_up
from mn_notebook.engine.runner import ENDED
from mn_notebook.engine.services import Services
from mn_notebook.errors import StoreDamaged, StoreTooNew
from mn_notebook.ports import Leases

_log = logging.getLogger(__name__)

Lookup = Callable[[RunId], Any]


class Takeovers:
    """Claims runs that nobody advances, and says how they stand."""

    def __init__(self, services: Services, leases: Leases, line_of: Lookup) -> None:
        """Claim by ``leases``; ``line_of`` finds a run's row in the store."""
        self._services = services
        self._leases = leases
        self._line_of = line_of
        self._unreadable: set[RunId] = set()

    def one(self, run_id: RunId) -> tuple[RunState, Fence] | None:
        """Claim a run and return how it stood before, or None when a living process has it."""
        before = self._readable(run_id)
        if before is None:
            return None
        fence = self._leases.claim(run_id, self._services.clock.now())
        return None if fence is None else (before, fence)

    def some(self, run_ids: Sequence[RunId]) -> Iterator[tuple[RunState, Fence]]:
        """Claim runs by one commit, and yield those that no living process has."""
        befores = {run_id: self._readable(run_id) for run_id in run_ids}
        readable = [run_id for run_id, before in befores.items() if before is not None]
        for run_id, fence in self._leases.claim_all(readable, self._services.clock.now()).items():
            before = befores.pop(run_id)
            if before is not None:
                yield before, fence

    def _readable(self, run_id: RunId) -> RunState | None:
        """Return where a run stands, or None where this program cannot go on with it."""
        if run_id in self._unreadable:
            return None
        try:
            return self.read(run_id)
        except (StoreTooNew, StoreDamaged) as fault:
            # Read-only here: a program that does not understand a journal must not continue it,
            # and one run's damage must not keep the others from going on.
            self._unreadable.add(run_id)
            _log.warning("%s", fault, extra={"run_id": run_id, "step_id": None})
            self._let_go(run_id)
            return None

    def give_up(self, run_id: RunId) -> None:
        """Take a run over no more: this program cannot go on with it."""
        self._unreadable.add(run_id)

    def _let_go(self, run_id: RunId) -> None:
        """Give up the lease of a run that cannot be gone on with: another program may know how."""
        fence = self._leases.held().get(run_id)
        if fence is not None:
            self._leases.release(run_id, fence)

    def read(self, run_id: RunId) -> RunState:
        """Return how a run stands by its journal."""
        line = self._line_of(run_id)
        workflow = self._services.journal.workflow(line.workflow_hash)
        return caught_up(beginning(workflow, run_id), self._services.journal)

    def cut_off_by(self, before: RunState) -> str:
        """Say what became of the process that owned a run before this one."""
        if before.owner is None or not self._leases.is_locked(before.owner):
            return ENDED
        if before.owner == self._leases.process_id:
            return "this process had given the run up"
        return (
            "the process that made the attempt showed no sign of life for a whole lease: "
            "it was frozen, or kept busy"
        )

    def is_due(self, run_id: RunId) -> bool:
        """Tell whether there is something to do for a run, by its row."""
        line = self._line_of(run_id)
        if line.status == "waiting":
            return line.wake_at is not None and line.wake_at <= self._services.clock.now()
        return line.status in ("queued", "running")
