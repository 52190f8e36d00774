"""Reads runs, and asks nothing of them."""

import threading
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from pydantic import JsonValue

from mn_notebook.client.deciding import found_approval
from mn_notebook.domain.events import Recorded
from mn_notebook.domain.fold import apply, beginning
from mn_notebook.domain.ids import ProcessId, RunId
from mn_notebook.domain.state import OpenApproval, RunState
from mn_notebook.domain.statuses import Owner
from mn_notebook.engine.reading import caught_up
from mn_notebook.engine.summary import status_of
from mn_notebook.engine.values import Values
from mn_notebook.errors import StoreTooNew
from mn_notebook.ports import Clock, RunLine
from mn_notebook.store.leases import is_process_locked
from mn_notebook.store.store import Store
from mn_notebook.store.views import ApprovalLine

if TYPE_CHECKING:
    from mn_notebook.domain.picture import RunPicture

_CACHED_STATES = 32


class RunReader:
    """The store, as somebody sees it who only looks. Safe to use from any thread."""

    def __init__(self, store: Store, *, clock: Clock) -> None:
        """Look at ``store``."""
        self.store = store
        self.values = Values(store.artifacts)
        self.clock = clock
        self._states: dict[RunId, RunState] = {}
        self._lock = threading.Lock()
        """Protects the cache of folded states."""

    def close(self) -> None:
        """Let go of the store."""
        self.store.close()

    def runs(self, *, origin: str | None = None, most: int = 50) -> Sequence[RunLine]:
        """Return the newest runs first, of one notebook or of all."""
        return self.store.views.runs(origin=origin, most=most)

    def run(self, name: str) -> RunLine:
        """Return the run whose id is, or begins with, ``name``.

        Raises:
            UnknownRun: no run answers to it, or several do.
        """
        return self.store.views.run(name)

    def approvals(
        self, *, most: int | None = None, run_id: RunId | None = None
    ) -> Sequence[ApprovalLine]:
        """Return what waits for a person, in all runs or in one, longest waiting first."""
        return self.store.views.approvals(most=most, run_id=run_id)

    def events(
        self,
        run_id: RunId,
        *,
        after: int = 0,
        most: int | None = None,
        kinds: Collection[str] = (),
    ) -> Sequence[Recorded]:
        """Return the facts of a run, oldest first; all, or ``most``, or those of some kinds."""
        return self.store.journal.read(run_id, after=after, most=most, kinds=kinds)

    def known_events(
        self, run_id: RunId, *, after: int = 0, kinds: Collection[str] = ()
    ) -> tuple[Sequence[Recorded], StoreTooNew | None]:
        """Return the facts of a run as far as this program can read them, and why no further."""
        return self.store.journal.read_known(run_id, after=after, kinds=kinds)

    def state(self, run_id: RunId) -> RunState:
        """Return where a run stands; only what is new since the last look is read.

        Raises:
            StoreTooNew: a newer program wrote a part of its journal.
        """
        state, fault = self.known_state(run_id)
        if fault is not None:
            raise fault
        return state

    def known_state(self, run_id: RunId) -> tuple[RunState, StoreTooNew | None]:
        """Return where a run stood as far as this program can read it, and why no further.

        Raises:
            StoreTooNew: its very workflow cannot be read.
        """
        with self._lock:
            known = self._states.pop(run_id, None)
        if known is None:
            line = self.store.views.run(run_id)
            workflow = self.store.journal.workflow(line.workflow_hash)
            known = beginning(workflow, run_id)
        fault = None
        try:
            known = caught_up(known, self.store.journal)
        except StoreTooNew:
            events, fault = self.known_events(run_id, after=known.head)
            for recorded in events:
                known = apply(known, recorded)
        with self._lock:
            self._states[run_id] = known
            while len(self._states) > _CACHED_STATES:
                self._states.pop(next(iter(self._states)))
        return known, fault

    def output(self, run_id: RunId) -> JsonValue:
        """Return the outputs of a run that succeeded; None before that."""
        return self.values.load(self.state(run_id).output)

    def picture(self, run_id: RunId) -> "RunPicture":
        """Return what a face shows of a run, as far as this program can read it."""
        # Drawing is a world of its own, and who goes on with a run draws nothing.
        from mn_notebook.domain.drawing import draw
        from mn_notebook.domain.unread import unread_picture

        line = self.store.views.run(run_id)
        state, fault = self.known_state(run_id)
        if fault is not None:
            return unread_picture(draw(state, line.status, self.clock.now(), self.owner(line)))
        # The row may be older than the state by now, and both must tell the same.
        return draw(state, status_of(state), self.clock.now(), self.owner(line))

    def owner(self, line: RunLine) -> Owner:
        """Tell whether a living process advances a run."""
        still = ("succeeded", "failed", "cancelled", "waiting", "paused")
        if line.status in still and line.owner is None:
            return "none"
        if line.owner is None:
            return "none" if line.status == "queued" else "gone"
        return "live" if self.is_alive(line.owner) else "gone"

    def is_alive(self, process_id: ProcessId) -> bool:
        """Tell whether a process still holds its lock on this machine."""
        return is_process_locked(self.store.database, process_id)

    def open_approval(self, run_id: RunId, path: str | None) -> OpenApproval:
        """Return what waits for a person in a run: the one at ``path``, or the only one.

        Raises:
            UsageError: nothing waits there, or several wait and none was named.
        """
        return found_approval(self.state(run_id), path)
