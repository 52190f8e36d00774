"""Advances every run that this process owns, in one loop, and takes over what nobody owns.

A worker holds no thread of its own: it is a coroutine. Runs that wait cost it nothing; it lets go
of their leases and takes them up again when something has happened.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Coroutine, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, get_args

from mn_notebook.domain.events import (
    LeaseTaken,
    Recorded,
    RunPauseRequested,
    RunResumed,
    SignalReceived,
)
from mn_notebook.domain.fold import beginning, fold
from mn_notebook.domain.ids import CommandId, Fence, RunId
from mn_notebook.domain.state import RunState
from mn_notebook.domain.workflow import Workflow
from mn_notebook.engine import budgeting
from mn_notebook.engine.moves import Moves
from mn_notebook.engine.people import entrusted
from mn_notebook.engine.reading import caught_up
from mn_notebook.engine.runner import ENDED, Runner
from mn_notebook.engine.services import Doorbell, Services, Slots
from mn_notebook.engine.undoing import cancel_events, undo_events
from mn_notebook.errors import (
    Fenced,
    MnError,
    StoreBusy,
    StoreDamaged,
    StoreError,
    StoreTooNew,
    StoreUnwritable,
    UnknownRun,
)
from mn_notebook.ports import Bell, CommandKind, Inbox, InboxCommand, Leases

_log = logging.getLogger(__name__)

PROBE_SECONDS = 0.1
"""How often a worker looks whether another process has written."""
IDLE_PROBE_SECONDS = 0.5
"""How often it looks while it advances no run: it is rung for then, except by older programs."""
CLAIMS_AT_ONCE = 64
"""So many runs that nobody advances are claimed by one commit, which the loop waits for."""
RECOVER_SECONDS = 2.0
"""How often it looks for runs whose owner has died."""
BEAT_SECONDS = 3.0

_KNOWN = frozenset(get_args(CommandKind))

Watcher = Callable[[RunState], None]
Lookup = Callable[[RunId], Any]


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
        self.origins = set(origins)
        self.recovered: list[RunId] = []
        """Interrupted runs that this worker took over."""
        self.lost: dict[RunId, str] = {}
        """Runs that another process took over from this one; why, in a sentence."""
        self._looked_at: float = services.clock.monotonic()
        self._held_up: float = 0.0
        """How long the loop stood still before it came to look around again."""
        self._kept: set[RunId] = set()
        """Runs of other origins that it was told to look after."""
        self._services = services
        self._leases = leases
        self._inbox = inbox
        self._line_of = line_of
        self._slots = Slots(max_attempts)
        self._hungry: set[RunId] = set()
        """Runs that could start more if the process had a free slot."""
        self._moves = Moves(services)
        self._runners: dict[RunId, Runner] = {}
        self._watchers: dict[RunId, list[Watcher]] = {}
        self._dirty: set[RunId] = set()
        self._last: dict[RunId, RunState] = {}
        """How runs stood that were let go of and that somebody watches."""
        self._unreadable: set[RunId] = set()
        self._foreign: set[CommandId] = set()
        """Commands of a newer program, which this one does not understand."""
        self._unheard = False
        """Commands may wait that have not been looked at."""
        self._stopping = False
        self._trouble = trouble
        self._bell = bell
        self._told_trouble: str | None = None
        self._told_faults: dict[str, str] = {}
        """What each look at the store last failed with: it is logged once, not at every look."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake: asyncio.Event | None = None
        self._group: asyncio.TaskGroup | None = None
        self._doorbell: Doorbell | None = None

    # --- from any thread -----------------------------------------------------------------------

    def ring(self) -> None:
        """Let the worker look around at once."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._rung)

    def hand_over(self, workflow: Workflow, events: Sequence[Recorded]) -> None:
        """Be given a run that this process creates; its ``events`` are about to be written."""
        if self._doorbell is not None:
            self._doorbell.post(lambda: self._begin_new(workflow, events))

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
                self._group = group
                await self._pump()
                self._abandon()
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
                self._guard(self._recover)
            if now >= beat_at:
                beat_at = now + BEAT_SECONDS
                self._guard(self._beat)
            self._guard(self._take_up_commands)
            self._guard(self._wake_sleepers)
            self._guard(self._publish)
            # Who has died is noticed as soon as ever: rivals' silence is counted at these looks.
            idle = min(IDLE_PROBE_SECONDS, max(0.0, recover_at - clock.monotonic()))
            await self._pause(idle if self._is_idle else PROBE_SECONDS)

    @property
    def _is_idle(self) -> bool:
        """Tell whether nothing is under way that time moves on, and others ring when they want."""
        return self._bell is not None and not self._runners and not self._unheard

    def _stood_still(self, now: float) -> float:
        """Return for how long the loop came to nothing, or 0 where that is the usual."""
        seconds = now - self._looked_at
        return seconds if seconds > BEAT_SECONDS else 0.0

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

    def _abandon(self) -> None:
        for runner in self._runners.values():
            runner.abandon()

    def _beat(self) -> None:
        if self._runners:
            self._leases.beat()
            self._notice_losses()

    def _notice_losses(self) -> None:
        """Let go of runs that another process has taken over, without waiting for a refusal."""
        held = self._leases.held()
        for run_id, runner in list(self._runners.items()):
            if not runner.record.newborn and held.get(run_id) != runner.record.fence:
                runner.lose(Fenced(f"run {run_id!r} has another owner now"))

    # --- runs ----------------------------------------------------------------------------------

    def _recover(self) -> None:
        found = (one for one in self._leases.claimable(self.origins) if one not in self._runners)
        while some := list(islice(found, CLAIMS_AT_ONCE)):
            self._adopt_all(some)
        for run_id in self._kept - self._runners.keys():
            if self._is_due(run_id):
                self.adopt(run_id)

    def _is_due(self, run_id: RunId) -> bool:
        line = self._line_of(run_id)
        if line.status == "waiting":
            return line.wake_at is not None and line.wake_at <= self._services.clock.now()
        return line.status in ("queued", "running")

    def keep(self, run_id: RunId) -> bool:
        """Take a run over and look after it until the end; False when a living process has it."""
        if self.adopt(run_id) is None:
            return False
        self._kept.add(run_id)
        self.take_up_commands()
        return True

    def adopt(self, run_id: RunId, *, going_on: bool = True) -> Runner | None:
        """Claim a run and go on with it, or return None when a living process has it.

        Without ``going_on`` nothing is started yet: somebody has asked for something first.
        """
        known = self._runners.get(run_id)
        if known is not None:
            return known
        before = self._readable(run_id)
        if before is None:
            return None
        fence = self._leases.claim(run_id, self._services.clock.now())
        return None if fence is None else self._go_on(before, fence, going_on=going_on)

    def _adopt_all(self, run_ids: Sequence[RunId]) -> None:
        """Claim runs by one commit, and go on with those that no living process has."""
        befores = {run_id: self._readable(run_id) for run_id in run_ids}
        readable = [run_id for run_id, before in befores.items() if before is not None]
        for run_id, fence in self._leases.claim_all(readable, self._services.clock.now()).items():
            before = befores.pop(run_id)
            if before is not None:
                self._go_on(before, fence, going_on=True)

    def _readable(self, run_id: RunId) -> RunState | None:
        """Return where a run stands, or None where this program cannot go on with it."""
        if run_id in self._unreadable:
            return None
        try:
            return self._folded(run_id)
        except (StoreTooNew, StoreDamaged) as fault:
            # Read-only here: a program that does not understand a journal must not continue it,
            # and one run's damage must not keep the others from going on.
            self._unreadable.add(run_id)
            _log.warning("%s", fault, extra={"run_id": run_id, "step_id": None})
            self._let_go(run_id)
            return None

    def _go_on(self, before: RunState, fence: Fence, *, going_on: bool) -> Runner:
        """Take a run that was just claimed from where it stands by now."""
        run_id = before.run_id
        if before.phase == "started" and before.active:
            self.recovered.append(run_id)
        self.lost.pop(run_id, None)
        try:
            because = self._cut_off_by(before)
            now = caught_up(before, self._services.journal)
            return self._take(now, fence, going_on=going_on, because=because)
        except StoreError:
            self._leases.release(run_id, fence)
            raise

    def _begin_new(self, workflow: Workflow, events: Sequence[Recorded]) -> None:
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

    def _let_go(self, run_id: RunId) -> None:
        """Give up the lease of a run that cannot be gone on with: another program may know how."""
        fence = self._leases.held().get(run_id)
        if fence is not None:
            self._leases.release(run_id, fence)

    def take_up(self, run_id: RunId) -> None:
        """Go on with a run if it can be claimed."""
        self.adopt(run_id)

    def _folded(self, run_id: RunId) -> RunState:
        line = self._line_of(run_id)
        workflow = self._services.journal.workflow(line.workflow_hash)
        return caught_up(beginning(workflow, run_id), self._services.journal)

    def _cut_off_by(self, before: RunState) -> str:
        """Say what became of the process that owned a run before this one."""
        if before.owner is None or not self._leases.is_locked(before.owner):
            return ENDED
        if before.owner == self._leases.process_id:
            return "this process had given the run up"
        return (
            "the process that made the attempt showed no sign of life for a whole lease: "
            "it was frozen, or kept busy"
        )

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
            changed=self._changed,
        )
        runner.record.newborn = newborn
        self._services.prepare(runner.state)
        if not self._runners:
            self._rung()  # It was idle: from now on it looks more often.
        self._runners[run_id] = runner
        runner.begin(going_on=going_on, because=because)
        # Soon, not now: whoever claimed it may have something for it to do.
        self._doorbell.post(lambda: self._changed(runner))
        self._dirty.add(run_id)
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

    def _changed(self, runner: Runner) -> None:
        run_id = runner.state.run_id
        self._dirty.add(run_id)
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
        if state.run_id in self._watchers:
            self._last[state.run_id] = state
            self._rung()  # Who waits for its end is told now, not at the next look around.
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
            self._unreadable.add(run_id)

    def _tell_loss(self, run_id: RunId) -> None:
        """Say once that a run goes on elsewhere; it is no run of this process any more."""
        try:
            line = self._line_of(run_id)
        except UnknownRun:
            return  # It was never created: whoever asked for it was told.
        if line.owner in (None, self._leases.process_id):
            return
        why = "Another process advances it now"
        held_up = self._held_up or self._stood_still(self._services.clock.monotonic())
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

    def _wake_sleepers(self) -> None:
        for runner in list(self._runners.values()):
            if runner.alarm.is_due():
                runner.advance()
                self._changed(runner)

    def unblock(self) -> None:
        """Let runs ask again for code that was missing."""
        for runner in list(self._runners.values()):
            runner.unblock()

    # --- commands ------------------------------------------------------------------------------

    def _take_up_commands(self) -> None:
        if self._inbox.changed() or self._unheard:
            # Until all were heard: what fails at the first try is looked at again.
            self._unheard = True
            self.take_up_commands()
            self._unheard = False

    def take_up_commands(self) -> None:
        """Turn what the inbox holds for this process into events."""
        mine = set(self._runners)
        for command in self._inbox.pending(self.origins, mine | self._kept):
            if command.kind not in _KNOWN:
                self._leave(command)
                continue
            runner = self.adopt(command.run_id, going_on=False)
            if runner is None or command.id in runner.heard:
                continue
            if command.run_id in mine:
                self._obey(runner, command)
            else:
                self._obey_if_it_waits(runner, command)

    def _obey_if_it_waits(self, runner: Runner, command: InboxCommand) -> None:
        """Obey a command for a run that was just claimed: another owner may have, before that."""
        waiting: Collection[InboxCommand] = ()
        try:
            waiting = self._inbox.pending((), (command.run_id,))
        finally:
            if any(one.id == command.id for one in waiting):
                self._obey(runner, command)
            else:
                runner.take_up([])
                self._changed(runner)

    def _leave(self, command: InboxCommand) -> None:
        """Leave what only a newer program understands to one; it waits as long as it takes."""
        if command.id in self._foreign:
            return
        self._foreign.add(command.id)
        _log.warning(
            "a newer version of mn_notebook asks %r of run %s: upgrade mn-notebook here to obey it",
            command.kind,
            command.run_id[:4],
            extra={"run_id": command.run_id, "step_id": None},
        )

    def _obey(self, runner: Runner, command: InboxCommand) -> None:
        events = self._events_of(runner.state, command)
        if not events:
            self._inbox.drop(command.id, runner.record.fence)
        else:
            runner.heard.add(command.id)
        runner.take_up(events)
        self._changed(runner)

    def _events_of(self, state: RunState, command: InboxCommand) -> list[Any]:
        """Return what a command comes to; nothing when it asks for what cannot be any more."""
        match command.kind:
            case "decide":
                return list(self._decision(state, command))
            case "skip":
                return list(self._moves.people.skip(state, command))
            case "retry" | "reopen":
                return list(self._moves.people.retry(state, command))
            case "delegate" | "revoke":
                return list(entrusted(state, command))
            case "undo":
                return undo_events(state, command)
            case "budget":
                return list(budgeting.raised(state, command))
            case "signal" if not state.ended:
                value = self._services.values.keep(command.body.get("value"))
                name = str(command.body.get("name"))
                return [
                    SignalReceived(name=name, value=value, by=command.by, command_id=command.id)
                ]
            case _:
                return _held_or_stopped(state, command)

    def _decision(self, state: RunState, command: InboxCommand) -> tuple[Any, ...]:
        """Return what follows from a decision; one that cannot be used counts as a no."""
        try:
            return self._moves.people.decision(state, command)
        except (StoreBusy, StoreUnwritable):
            raise
        except (MnError, ValueError) as fault:
            body = {**command.body, "decision": "reject", "edits": None, "value": None}
            body["because"] = f"the decision could not be used: {fault}"
            return self._moves.people.decision(state, replace(command, body=body))

    # --- watching ------------------------------------------------------------------------------

    def watch(self, run_id: RunId, watcher: Watcher) -> None:
        """Tell ``watcher`` of a run's new states, in the loop's thread, some times a second."""
        self._watchers.setdefault(run_id, []).append(watcher)
        self._dirty.add(run_id)

    def unwatch(self, run_id: RunId, watcher: Watcher) -> None:
        """Stop telling ``watcher``."""
        watchers = self._watchers.get(run_id, [])
        if watcher in watchers:
            watchers.remove(watcher)
        if not watchers:
            self._watchers.pop(run_id, None)
            self._last.pop(run_id, None)

    def state_of(self, run_id: RunId) -> RunState | None:
        """Return the state of a run that this worker advances, or None."""
        runner = self._runners.get(run_id)
        return None if runner is None else runner.state

    def owns(self, run_id: RunId) -> bool:
        """Tell whether this worker advances a run."""
        return run_id in self._runners

    def _publish(self) -> None:
        trouble = self._trouble()
        if trouble != self._told_trouble:
            self._told_trouble = trouble
            self._dirty.update(self._watchers)
        dirty, self._dirty = self._dirty, set()
        for run_id in dirty & self._watchers.keys():
            try:
                self._tell(run_id)
            except Exception as fault:  # noqa: BLE001 - who looks on must not stop the engine
                extra = {"run_id": run_id, "step_id": None}
                _log.warning("a watcher failed: %s", fault, exc_info=fault, extra=extra)

    def _tell(self, run_id: RunId) -> None:
        last = self._last.pop(run_id, None)
        state = self.state_of(run_id) or last or self._folded(run_id)
        for watcher in list(self._watchers[run_id]):
            watcher(state)


def _held_or_stopped(state: RunState, command: InboxCommand) -> list[Any]:
    by, because = command.by, str(command.body.get("because") or "")
    match command.kind:
        case "cancel" if not state.ended and not state.cancel_requested:
            return cancel_events(command)
        case "pause" if _is_over(state, command):
            return []
        case "pause" if not state.ended and not state.pause_requested:
            return [RunPauseRequested(by=by, because=because, command_id=command.id)]
        case "resume" if not state.ended and state.pause_requested:
            return [RunResumed(by=by, command_id=command.id, asked_at=command.at)]
        case _:
            return []


def _is_over(state: RunState, command: InboxCommand) -> bool:
    """Tell whether a pause was asked for before a resume that has been obeyed.

    Sent twice, it was obeyed once; the owner that would have dropped the other one may have died.
    """
    resumed = state.resume_asked_at
    return resumed is not None and command.at <= resumed
