"""Advances every run that this process owns, in one loop, and takes over what nobody owns.

A worker holds no thread of its own: it is a coroutine. Runs that wait cost it nothing; it lets go
of their leases and takes them up again when something has happened.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence

from mn_notebook.domain.events import Recorded
from mn_notebook.domain.ids import RunId
from mn_notebook.domain.workflow import Workflow
from mn_notebook.engine.hearing import Hearing
from mn_notebook.engine.runs import Runs
from mn_notebook.engine.services import Doorbell, Services
from mn_notebook.engine.takeovers import Lookup
from mn_notebook.engine.watching import Watcher, Watching
from mn_notebook.errors import StoreError
from mn_notebook.ports import Bell, Inbox, Leases

_log = logging.getLogger(__name__)

PROBE_SECONDS = 0.1
"""How often a worker looks whether another process has written."""
IDLE_PROBE_SECONDS = 0.5
"""How often it looks while it advances no run: it is rung for then, except by older programs."""
RECOVER_SECONDS = 2.0
"""How often it looks for runs whose owner has died."""
BEAT_SECONDS = 3.0


class Worker:
    """Runs of one process. All methods but `ring` and `stop` belong to the loop's thread."""

    def __init__(
        self,
        services: Services,
        leases: Leases,
        inbox: Inbox,
        line_of: Lookup,
        *,
        origins: Collection[str],
        max_attempts: int = 64,
        trouble: Callable[[], str | None] = lambda: None,
        bell: Bell | None = None,
    ) -> None:
        """Prepare to advance runs of these origins; ``line_of`` finds a run's row in the store.

        ``trouble`` says why the store cannot be written at the moment, or None.
        """
        self._services = services
        self._inbox = inbox
        self._watching = Watching(trouble)
        self._runs = Runs(
            services,
            leases,
            line_of,
            self._watching,
            origins=origins,
            max_attempts=max_attempts,
            ring=self._rung,
            held_up=self._was_held_up,
        )
        self._hearing = Hearing(services, inbox, self._runs)
        self.origins = self._runs.origins
        self.recovered = self._runs.recovered
        """Interrupted runs that this worker took over."""
        self.lost = self._runs.lost
        """Runs that another process took over from this one; why, in a sentence."""
        self._looked_at: float = services.clock.monotonic()
        self._held_up: float = 0.0
        """How long the loop stood still before it came to look around again."""
        self._unheard = False
        """Commands may wait that have not been looked at."""
        self._stopping = False
        self._bell = bell
        self._told_faults: dict[str, str] = {}
        """What each look at the store last failed with: it is logged once, not at every look."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake: asyncio.Event | None = None
        self._doorbell: Doorbell | None = None

    # --- from any thread -----------------------------------------------------------------------

    def ring(self) -> None:
        """Let the worker look around at once."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._rung)

    def hand_over(self, workflow: Workflow, events: Sequence[Recorded]) -> None:
        """Be given a run that this process creates; its ``events`` are about to be written."""
        if self._doorbell is not None:
            self._doorbell.post(lambda: self._runs.begin_new(workflow, events))

    def stop(self) -> None:
        """Let `main` return soon; attempts under way are left for the next owner."""
        self._stopping = True
        self.ring()

    def _rung(self) -> None:
        if self._wake is not None:
            self._wake.set()

    # --- the loop ------------------------------------------------------------------------------

    async def main(self) -> None:
        """Advance runs until `stop` is called."""
        self._loop = asyncio.get_running_loop()
        self._wake = asyncio.Event()
        self._doorbell = Doorbell(self._loop.call_soon_threadsafe)
        if self._bell is not None:
            self._loop.add_reader(self._bell.fileno(), self._heard)
        try:
            async with asyncio.TaskGroup() as group:
                self._runs.open(self._doorbell, group)
                await self._pump()
                self._runs.abandon()
        finally:
            if self._bell is not None:
                self._loop.remove_reader(self._bell.fileno())
                self._bell.take_down()

    def _heard(self) -> None:
        if self._bell is not None:
            self._bell.heard()
        self._rung()

    async def _pump(self) -> None:
        clock = self._services.clock
        recover_at = beat_at = self._looked_at = clock.monotonic()
        while not self._stopping:
            now = clock.monotonic()
            self._held_up = self._stood_still(now)
            if self._held_up:
                # Frozen, or kept from the interpreter: somebody may have taken over.
                beat_at = now
            self._looked_at = now
            if now >= recover_at:
                recover_at = now + RECOVER_SECONDS
                self._guard(self._runs.recover)
            if now >= beat_at:
                beat_at = now + BEAT_SECONDS
                self._guard(self._runs.beat)
            self._guard(self._take_up_commands)
            self._guard(self._runs.wake_sleepers)
            self._guard(self._publish)
            # Who has died is noticed as soon as ever: rivals' silence is counted at these looks.
            idle = min(IDLE_PROBE_SECONDS, max(0.0, recover_at - clock.monotonic()))
            await self._pause(idle if self._is_idle else PROBE_SECONDS)

    @property
    def _is_idle(self) -> bool:
        """Tell whether nothing is under way that time moves on, and others ring when they want."""
        return self._bell is not None and not self._runs and not self._unheard

    def _stood_still(self, now: float) -> float:
        """Return for how long the loop came to nothing, or 0 where that is the usual."""
        seconds = now - self._looked_at
        return seconds if seconds > BEAT_SECONDS else 0.0

    def _was_held_up(self) -> float:
        return self._held_up or self._stood_still(self._services.clock.monotonic())

    def _take_up_commands(self) -> None:
        if self._inbox.changed() or self._unheard:
            # Until all were heard: what fails at the first try is looked at again.
            self._unheard = True
            self.take_up_commands()
            self._unheard = False

    def _publish(self) -> None:
        self._watching.publish(self._runs.state_of, self._runs.read)

    def _guard(self, look: Callable[[], None]) -> None:
        """Look, and outlive a store that cannot be read for the moment."""
        try:
            look()
        except StoreError as fault:
            said = str(fault)
            if self._told_faults.get(look.__name__) != said:
                self._told_faults[look.__name__] = said
                _log.warning("%s", said, extra={"run_id": None, "step_id": None})
        else:
            self._told_faults.pop(look.__name__, None)

    async def _pause(self, seconds: float) -> None:
        if self._wake is None or self._loop is None:
            return
        # A timeout would do it by cancelling and catching: an idle process pays for that all day.
        alarm = self._loop.call_later(seconds, self._wake.set)
        try:
            await self._wake.wait()
        finally:
            alarm.cancel()
        self._wake.clear()

    # --- what is asked of it in the loop's thread ----------------------------------------------

    def keep(self, run_id: RunId) -> bool:
        """Take a run over and look after it until the end; False when a living process has it."""
        if not self._runs.keep(run_id):
            return False
        self.take_up_commands()
        return True

    def take_up_commands(self) -> None:
        """Turn what the inbox holds for this process into events."""
        self._hearing.take_up()

    def unblock(self) -> None:
        """Let runs ask again for code that was missing."""
        self._runs.unblock()

    def watch(self, run_id: RunId, watcher: Watcher) -> None:
        """Tell ``watcher`` of a run's new states, in the loop's thread, some times a second."""
        self._watching.watch(run_id, watcher)

    def unwatch(self, run_id: RunId, watcher: Watcher) -> None:
        """Stop telling ``watcher``."""
        self._watching.unwatch(run_id, watcher)

    def owns(self, run_id: RunId) -> bool:
        """Tell whether this worker advances a run."""
        return run_id in self._runs
