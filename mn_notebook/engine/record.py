"""What the owner of a run knows of it: a state that is ahead of the journal by what it announces.

The owner's own events are folded at once and written in groups; what others wrote for the run in
between is folded when a group comes back.
"""

from typing import Any

from mn_notebook.domain.events import AttemptEvent, RunEvent
from mn_notebook.domain.fold import apply, apply_event, fold
from mn_notebook.domain.ids import AttemptToken, Fence, ProcessId
from mn_notebook.domain.state import RunState
from mn_notebook.engine.services import Services
from mn_notebook.engine.summary import summary_of
from mn_notebook.ports import Group, Summary
from mn_notebook.secrecy.events import without_secrets


class Record:
    """Folds the events of one run, and makes groups of them for the journal."""

    def __init__(self, state: RunState, fence: Fence, owner: ProcessId, services: Services) -> None:
        """Begin at ``state``, which the journal has, or has before all that is queued."""
        self.state = state
        self.fence = fence
        self.newborn = False
        """Nothing of the run is known to be written yet, its creation included."""
        self.taking_over = False
        """What a dead owner left has been closed, and that is not durable yet."""
        self.pending: list[RunEvent | AttemptEvent] = []
        """What was folded and is in no group yet."""
        self._owner = owner
        self._services = services
        self._uncommitted, self._committed = 0, state.head
        self._summary: Summary | None = None
        """What lists are told with the group that was made last."""

    @property
    def is_written(self) -> bool:
        """Tell whether nothing waits for a commit."""
        return not (self._uncommitted or self.pending)

    def fold(self, event: RunEvent | AttemptEvent) -> None:
        """Apply an event now, and let it go into the next group."""
        event = without_secrets(event)
        self.apply(event)
        self.pending.append(event)

    def apply(self, event: RunEvent | AttemptEvent) -> None:
        """Apply an event that goes into a group of its own, or is in one."""
        state = self.state
        self.state = apply_event(state, event, state.head + 1, self._services.clock.now())

    def take(self) -> tuple[RunEvent | AttemptEvent, ...]:
        """Return what is in no group yet, for one."""
        events, self.pending = tuple(self.pending), []
        return events

    def group(self, events: tuple[Any, ...], token: AttemptToken | None) -> Group:
        """Make a group that is about to be queued: the owner's own, or an attempt's with a token.

        The owner's tells lists how the run stands by now.
        """
        services = self._services
        summary = None if token else summary_of(self.state)
        group = Group(
            run_id=self.state.run_id,
            events=events,
            at=services.clock.now(),
            batch=services.ids.new(),
            fence=None if token else self.fence,
            owner=None if token else self._owner,
            token=token,
            summary=summary,
            counts_only=self._told_the_same(summary),
            workflow_class=self.state.workflow.group,
            ceilings=services.ceilings if token else (),
        )
        self._uncommitted += 1
        return group

    def _told_the_same(self, summary: Summary | None) -> bool:
        """Tell whether lists were told all of a summary before, but how many steps are done."""
        before = self._summary
        if summary is None:
            return False
        self._summary = summary
        return before is not None and _but_counts(before) == _but_counts(summary)

    def came_back(self) -> None:
        """Be told that a group was written, or refused."""
        self._uncommitted -= 1

    def written(self, count: int, last: int) -> None:
        """Take notice that a group of ``count`` events was written, up to number ``last``.

        Raises:
            StoreError: what others wrote in between cannot be read.
        """
        self.newborn = False
        self._notice_others(first=last - count + 1)
        self._committed = last

    def _notice_others(self, *, first: int) -> None:
        """Fold what others wrote for this run in between, such as an attempt placed elsewhere."""
        if first == self._committed + 1:
            return
        if self.taking_over and self.is_written:
            events = self._services.journal.read(self.state.run_id)
            self.state = fold(self.state.workflow, self.state.run_id, events)
            return
        events = self._services.journal.read(self.state.run_id, after=self._committed)
        for recorded in events:
            if recorded.seq < first:
                self.state = apply(self.state, recorded)


def _but_counts(summary: Summary) -> tuple[object, ...]:
    return (
        summary.status,
        summary.waiting,
        summary.wake_at,
        summary.finished_at,
        summary.cost_usd,
        summary.cost_known,
        summary.scripted,
    )
