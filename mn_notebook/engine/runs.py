"""The runs that this process owns: each is taken over, advanced, and let go of when it waits."""

import asyncio
import logging
from collections.abc import Callable, Collection, Coroutine, Sequence
from itertools import islice
from typing import Any

from mn_notebook.domain.events import LeaseTaken, Recorded
from mn_notebook.domain.fold import fold
from mn_notebook.domain.ids import Fence, RunId
from mn_notebook.domain.state import RunState
from mn_notebook.domain.workflow import Workflow
from mn_notebook.engine.reading import caught_up
from mn_notebook.engine.runner import ENDED, Runner
from mn_notebook.engine.services import Doorbell, Services, Slots
from mn_notebook.engine.takeovers import Lookup, Takeovers
from mn_notebook.engine.watching import Watching
from mn_notebook.errors import Fenced, StoreError, UnknownRun
from mn_notebook.ports import Leases

_log = logging.getLogger(__name__)

CLAIMS_AT_ONCE = 64
"""So many runs that nobody advances are claimed by one commit, which the loop waits for."""


class Runs:
    """Runs of one process. All methods belong to the loop's thread."""

    def __init__(
        self,
        services: Services,
        leases: Leases,
        line_of: Lookup,
        watching: Watching,
        *,
        origins: Collection[str],
        max_attempts: int,
        ring: Callable[[], None],
        held_up: Callable[[], float],
    ) -> None:
        """Prepare to own runs of these origins.

        ``ring`` lets the loop look around at once; ``held_up`` says for how many seconds it had
        stood still when it came to do so.
        """
        self.origins = set(origins)
        self.kept: set[RunId] = set()
        """Runs of other origins that it was told to look after."""
        self.recovered: list[RunId] = []
        """Interrupted runs that were taken over."""
        self.lost: dict[RunId, str] = {}
        """Runs that another process took over from this one; why, in a sentence."""
        self._services = services
        self._leases = leases
        self._line_of = line_of
        self._watching = watching
        self._ring = ring
        self._held_up = held_up
        self._takeovers = Takeovers(services, leases, line_of)
        self.read = self._takeovers.read
        self._slots = Slots(max_attempts)
        self._hungry: set[RunId] = set()
        """Runs that could start more if the process had a free slot."""
        self._runners: dict[RunId, Runner] = {}
        self._group: asyncio.TaskGroup | None = None
        self._doorbell: Doorbell | None = None

    def open(self, doorbell: Doorbell, group: asyncio.TaskGroup) -> None:
        """Be given the loop's doorbell, and the group of its tasks."""
        self._doorbell = doorbell
        self._group = group

    def recover(self) -> None:
        """Take over what nobody advances, and what is looked after and has something to do."""
        found = (one for one in self._leases.claimable(self.origins) if one not in self._runners)
        while some := list(islice(found, CLAIMS_AT_ONCE)):
            for before, fence in self._takeovers.some(some):
                self._go_on(before, fence, going_on=True)
        for run_id in self.kept - self._runners.keys():
            if self._takeovers.is_due(run_id):
                self.adopt(run_id)

    def keep(self, run_id: RunId) -> bool:
        """Take a run over and look after it until the end; False when a living process has it."""
        if self.adopt(run_id) is None:
            return False
        self.kept.add(run_id)
        return True

    def adopt(self, run_id: RunId, *, going_on: bool = True) -> Runner | None:
        """Claim a run and go on with it, or return None when a living process has it.

        Without ``going_on`` nothing is started yet: somebody has asked for something first.
        """
        known = self._runners.get(run_id)
        if known is not None:
            return known
        claimed = self._takeovers.one(run_id)
        return None if claimed is None else self._go_on(*claimed, going_on=going_on)

    def _go_on(self, before: RunState, fence: Fence, *, going_on: bool) -> Runner:
        """Take a run that was just claimed from where it stands by now."""
        run_id = before.run_id
        if before.phase == "started" and before.active:
            self.recovered.append(run_id)
        self.lost.pop(run_id, None)
        try:
            because = self._takeovers.cut_off_by(before)
            now = caught_up(before, self._services.journal)
            return self._take(now, fence, going_on=going_on, because=because)
        except StoreError:
            self._leases.release(run_id, fence)
            raise

    def begin_new(self, workflow: Workflow, events: Sequence[Recorded]) -> None:
        """Go on with a run of this process's own, under the lease that its creation takes.

        Whatever is journaled for it is written after that, or refused with it.
        """
        run_id, lease = events[0].run_id, events[-1].event
        if run_id in self._runners:
            return  # It was found before this was heard, and claimed once more.
        try:
            if isinstance(lease, LeaseTaken):
                state = fold(workflow, run_id, events)
                self._take(state, lease.fence, going_on=True, because=ENDED, newborn=True)
        except StoreError as fault:
            # It is found again at the next look around, like any run that nobody advances.
            _log.warning("%s", fault, extra={"run_id": run_id, "step_id": None})

    def _take(
        self,
        state: RunState,
        fence: Fence,
        *,
        going_on: bool,
        because: str,
        newborn: bool = False,
    ) -> Runner:
        if self._doorbell is None or self._group is None:
            message = "the worker is not running"
            raise StoreError(message)
        run_id = state.run_id
        runner = Runner(
            state,
            fence,
            self._leases.process_id,
            self._services,
            self._doorbell,
            self._spawn,
            slots=self._slots,
            changed=self.changed,
        )
        runner.record.newborn = newborn
        self._services.prepare(runner.state)
        if not self._runners:
            self._ring()  # It was idle: from now on it looks more often.
        self._runners[run_id] = runner
        runner.begin(going_on=going_on, because=because)
        # Soon, not now: whoever claimed it may have something for it to do.
        self._doorbell.post(lambda: self.changed(runner))
        self._watching.touch(run_id)
        return runner

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        if self._group is None:
            message = "the worker is not running"
            raise StoreError(message)
        try:
            return self._group.create_task(coroutine)
        except RuntimeError as fault:
            coroutine.close()  # else Python complains that nobody ever awaited it
            message = "the engine of this process is stopping; what was announced is interrupted"
            raise StoreError(message) from fault

    def changed(self, runner: Runner) -> None:
        """Be told that something of a run was committed, or that it was lost."""
        run_id = runner.state.run_id
        self._watching.touch(run_id)
        if runner.lost:
            self._forget(runner)
        elif runner.idle:
            self._settle(runner)
        if not self._slots.free and runner.starved:
            self._hungry.add(run_id)
        self._feed()

    def _settle(self, runner: Runner) -> None:
        """Let go of a run that has nothing to do, so that it costs nothing while it waits."""
        state = runner.state
        if self._runners.get(state.run_id) is not runner or runner.is_blocked:
            return
        if runner.starved:
            # The slot that it did not find may have come free since: then nobody else offers one.
            self._hungry.add(state.run_id)
            return
        if not state.ended and runner.alarm.is_soon():
            return
        self._leases.release(state.run_id, runner.record.fence)
        if self._watching.keep(state):
            self._ring()  # Who waits for its end is told now, not at the next look around.
        self._forget(runner)

    def _forget(self, runner: Runner) -> None:
        run_id = runner.state.run_id
        if self._runners.get(run_id) is not runner:
            return
        del self._runners[run_id]
        self._hungry.discard(run_id)
        if isinstance(runner.lost_because, Fenced):
            self._tell_loss(run_id)
        if runner.broken is not None:
            self._takeovers.give_up(run_id)

    def _tell_loss(self, run_id: RunId) -> None:
        """Say once that a run goes on elsewhere; it is no run of this process any more."""
        try:
            line = self._line_of(run_id)
        except UnknownRun:
            return  # It was never created: whoever asked for it was told.
        if line.owner in (None, self._leases.process_id):
            return
        why = "Another process advances it now"
        held_up = self._held_up()
        if held_up:
            why += f": this one showed no sign of life for {held_up:.0f} s"
        self.lost[run_id] = f"{why}. What was under way here was stopped, and nothing of it counts."
        extra = {"run_id": run_id, "step_id": None}
        _log.warning("run %s: %s", run_id[:4], self.lost[run_id], extra=extra)

    def _feed(self) -> None:
        """Offer slots that have become free to runs that could not start all they wanted."""
        while self._hungry and self._slots.free:
            runner = self._runners.get(self._hungry.pop())
            if runner is not None:
                runner.advance()

    def wake_sleepers(self) -> None:
        """Go on with runs for which time has come."""
        for runner in list(self._runners.values()):
            if runner.alarm.is_due():
                runner.advance()
                self.changed(runner)

    def unblock(self) -> None:
        """Let runs ask again for code that was missing."""
        for runner in list(self._runners.values()):
            runner.unblock()

    def beat(self) -> None:
        """Show life while there are runs, and let go of those that another process has taken."""
        if self._runners:
            self._leases.beat()
            self.notice_losses()

    def notice_losses(self) -> None:
        """Let go of runs that another process has taken over, without waiting for a refusal."""
        held = self._leases.held()
        for run_id, runner in list(self._runners.items()):
            if not runner.record.newborn and held.get(run_id) != runner.record.fence:
                runner.lose(Fenced(f"run {run_id!r} has another owner now"))

    def abandon(self) -> None:
        """Leave all runs to the next owner."""
        for runner in self._runners.values():
            runner.abandon()

    def ids(self) -> set[RunId]:
        """Return which runs are advanced here."""
        return set(self._runners)

    def __len__(self) -> int:
        """Return how many runs are advanced here."""
        return len(self._runners)

    def __contains__(self, run_id: RunId) -> bool:
        """Tell whether a run is advanced here."""
        return run_id in self._runners

    def state_of(self, run_id: RunId) -> RunState | None:
        """Return the state of a run that is advanced here, or None."""
        runner = self._runners.get(run_id)
        return None if runner is None else runner.state
