"""Drives one run: asks `decide` what is next, journals it, and lets attempts begin.

Nothing acts before its intent is durable: what is to be launched is tied to the commit of the
events that announce it. The runner folds its own events at once and so may put the outcome of one
step and the start of the next into one commit.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from mn_notebook.domain.budgets import shortage
from mn_notebook.domain.events import (
    AttemptEvent,
    BudgetReached,
    CompensationStarted,
    ErrorInfo,
    ModelRequested,
    RunEvent,
    RunStarted,
    StepInterrupted,
    StepSucceeded,
    ToolStarted,
)
from mn_notebook.domain.fold import apply, apply_event, fold
from mn_notebook.domain.ids import (
    ApprovalId,
    AttemptToken,
    CommandId,
    Fence,
    NodePath,
    ProcessId,
    StepPath,
)
from mn_notebook.domain.planning import (
    CancelAttempts,
    Command,
    UndoCall,
    decide,
    next_wake,
    times_of,
)
from mn_notebook.domain.state import Instance, RunState
from mn_notebook.domain.undoing import Undoable
from mn_notebook.engine.attempt import Attempt
from mn_notebook.engine.decisions import approval_of_calls
from mn_notebook.engine.faults import error_info
from mn_notebook.engine.moves import Moves
from mn_notebook.engine.retries import after_failure, held_back
from mn_notebook.engine.services import TROUBLE_SECONDS, Doorbell, Services, Slots, Spawn
from mn_notebook.engine.summary import summary_of
from mn_notebook.engine.undoing import Undoing, cut_off, not_undone
from mn_notebook.errors import BudgetExceeded, Fenced, MnError, StoreError
from mn_notebook.ports import FailedWith, Group, Held, Outcome, Succeeded, Summary, WaitsFor
from mn_notebook.secrecy.events import without_secrets

_log = logging.getLogger(__name__)

_INTENTS = (ModelRequested, ToolStarted)
ENDED = "the process that made the attempt ended"
_LINGER = timedelta(seconds=30)
"""A run that time alone wakes within this stays loaded."""


class Runner:
    """The owner's hand on one run. Lives in the loop's thread; holds no thread or task itself."""

    newborn: bool = False
    """Nothing of the run is known to be written yet, its creation included."""

    def __init__(
        self,
        state: RunState,
        fence: Fence,
        owner: ProcessId,
        services: Services,
        doorbell: Doorbell,
        spawn: Spawn,
        *,
        slots: Slots,
        changed: Callable[["Runner"], None],
    ) -> None:
        """Take a run whose lease this process holds under ``fence``.

        ``changed`` is told after each commit, and when the run is lost.
        """
        self.state = state
        self.fence = fence
        self.lost = False
        """Somebody else owns the run; this runner writes nothing any more."""
        self.lost_because: Exception | None = None
        self.broken: str | None = None
        """What went wrong inside the engine; the run is left as its journal says."""
        self.wake_at: datetime | None = None
        self._near: dict[datetime, float] = {}
        """Times that were near when they were set, and the monotonic time at which they come."""
        self.heard: set[CommandId] = set()
        """Commands that became events; the inbox still shows them until the commit."""
        self._owner = owner
        self._services = services
        self._doorbell = doorbell
        self._spawn = spawn
        self._slots = slots
        self._changed = changed
        self._moves = Moves(services)
        self._undoing = Undoing(services)
        self._to_undo: Undoable | None = None
        """The call whose compensation begins with the next commit."""
        self._is_undoing = False
        self._undo_task: Any = None
        self._pending: list[RunEvent | AttemptEvent] = []
        self._launches: list[StepPath] = []
        self._summary: Summary | None = None
        """What lists are told with the group that was queued last."""
        self._uncommitted, self._committed = 0, state.head
        self._attempts: dict[StepPath, Attempt] = {}
        self._held: set[StepPath] = set()
        """Attempts that have a slot of the process: those under way and those about to begin."""
        self._paused: set[StepPath] = set()
        """Attempts that were refused their next intent: the run pauses, or a budget is used up."""
        self._reserved: list[tuple[AttemptEvent, ...]] = []
        """Announcements on their way that are not folded yet."""
        self._taking_over = False
        """What a dead owner left has been closed, and that is not durable yet."""
        self._blocked: frozenset[NodePath | ApprovalId] = frozenset()

    # --- what the worker calls -----------------------------------------------------------------

    def begin(self, *, going_on: bool = True, because: str = ENDED) -> None:
        """Go on where the journal ends: attempts of a former owner are interrupted, ``because``.

        Their tokens must be void before anything is decided: an owner that only seemed dead may
        have written an outcome since this one looked.
        """
        if self.state.phase == "created":
            self._fold(RunStarted())
        self._taking_over = bool(self.state.active)
        for path in sorted(self.state.active):
            self._interrupt(path, because)
        if self.state.undo.begun:
            for event in cut_off(self.state, because):
                self._fold(event)
        if going_on:
            self.advance()

    def _interrupt(self, path: StepPath, because: str, *, on_purpose: bool = False) -> None:
        attempt = self.state.instances[path].attempt
        self._fold(
            StepInterrupted(path=path, attempt=attempt, because=because, on_purpose=on_purpose)
        )

    def advance(self) -> None:
        """Do everything that can be done now, in as few commits as it takes."""
        try:
            self._advance()
        except StoreError as fault:
            # Nothing was folded for the command that failed: asking again does it again.
            self._flush()
            self._report(fault)
            self.wake_at = self._moves.later(TROUBLE_SECONDS)
            self._near[self.wake_at] = self._services.clock.monotonic() + TROUBLE_SECONDS
        except Exception as fault:  # noqa: BLE001 - one run's trouble must not stop the others
            self._break(fault)

    def _advance(self) -> None:
        while not (self.lost or self._taking_over):
            command = self._next(self._room())
            if command is None:
                break
            self._perform(command)
        self._flush()
        self.wake_at = None if self.lost or self._taking_over else next_wake(self.state)
        self._measure()

    def _measure(self) -> None:
        """Measure what is near on the monotonic clock, too, which nobody puts back."""
        if self.wake_at is None and not self._near:
            return
        clock = self._services.clock
        now, monotonic = clock.now(), clock.monotonic()
        soon = now + _LINGER
        if not self._near and (self.wake_at is None or self.wake_at > soon):
            return
        known = self._near
        self._near = {
            at: known.get(at, monotonic + (at - now).total_seconds())
            for at in times_of(self.state)
            if at in known or at <= soon
        }

    def is_due(self) -> bool:
        """Tell whether time has come to what the run waits for."""
        if self.wake_at is None:
            return False
        return self.wake_at <= self._services.clock.now() or bool(self._come())

    def wakes_soon(self) -> bool:
        """Tell whether time alone wakes the run so soon that it should stay loaded."""
        return self.wake_at is not None and self.wake_at in self._near

    def _next(self, slots: int) -> Command | None:
        now = self._services.clock.now()
        command = decide(self.state, now, slots, self._blocked, self._come())
        return None if self._is_undoing and isinstance(command, UndoCall) else command

    def _come(self) -> frozenset[datetime]:
        """Return the near times that have been waited for."""
        if not self._near:
            return frozenset()
        monotonic = self._services.clock.monotonic()
        return frozenset(at for at, comes in self._near.items() if comes <= monotonic)

    def unblock(self) -> None:
        """Ask again for code that was missing, after a cell has run."""
        if self._blocked:
            self._blocked = frozenset()
            self.advance()

    def take_up(self, events: list[RunEvent | AttemptEvent]) -> None:
        """Journal what a person or another process asked for, and go on."""
        for event in events:
            self._fold(event)
        self.advance()

    def lose(self, fault: Exception) -> None:
        """Be told that somebody else owns the run: stop writing, and stop the attempts."""
        self._lose(fault)
        self._doorbell.post(lambda: self._changed(self))

    def abandon(self) -> None:
        """Stop writing and stop the attempts: the next owner will find them interrupted."""
        self.lost = True
        self._slots.busy -= len(self._held)
        self._held.clear()
        if self._undo_task is not None:
            self._undo_task.cancel()
        attempts, self._attempts = self._attempts, {}
        for attempt in attempts.values():
            attempt.cancel(self._doorbell.post)

    @property
    def idle(self) -> bool:
        """Tell whether nothing is under way and nothing waits for a commit."""
        busy = self._attempts or self._uncommitted or self._pending or self.state.active
        return not (busy or self._is_undoing)

    @property
    def starved(self) -> bool:
        """Tell whether the run could start something if the process had a free slot."""
        plenty = len(self.state.active) + 1
        return self._next(plenty) is not None

    @property
    def is_blocked(self) -> bool:
        """Tell whether a step waits for code, or a decision that was made waits to be taken up."""
        return any(
            name in self.state.progress or name in self.state.approvals for name in self._blocked
        )

    # --- what attempts call --------------------------------------------------------------------

    def append(
        self,
        path: StepPath,
        token: AttemptToken,
        events: tuple[AttemptEvent, ...],
        appended: Callable[[Exception | None], None],
    ) -> None:
        """Write an attempt's own events under its token; ``appended`` is told in the loop."""
        if self.lost or self.state.active.get(path) != token:
            self._doorbell.post(lambda: appended(_refused(path)))
            return
        if self.state.pause_requested and any(isinstance(event, _INTENTS) for event in events):
            # What is under way ends; nothing new begins. The attempt goes on when the run does.
            self._paused.add(path)
            self._doorbell.post(lambda: appended(Fenced(f"{path!r} is held: the run is paused")))
            return
        if any(isinstance(event, ModelRequested) for event in events):
            self._ask_model(path, token, events, appended)
            return
        self._flush()
        events = tuple(map(without_secrets, events))
        for event in events:
            self._apply(event)
        self._submit(events, token=token, then=appended)

    def _ask_model(
        self,
        path: StepPath,
        token: AttemptToken,
        events: tuple[AttemptEvent, ...],
        appended: Callable[[Exception | None], None],
    ) -> None:
        """Write the announcement of a model call if every budget around it has room for it."""
        now = self._services.clock.now()
        reached = shortage(self._reserving(), events, now)
        if reached is not None or self.state.stopped_short:
            self._hold_for_budget(path, reached, appended)
            return
        self._flush()
        if not self._services.ceilings:
            for event in events:
                self._apply(event)
            self._submit(events, token=token, then=appended)
            return
        # Whether a day's budget has room is known only where it is written. So it is folded when
        # it is, as if somebody else had written it; until then it counts as reserved.
        self._reserved.append(events)

        def then(fault: Exception | None) -> None:
            self._reserved.remove(events)
            if isinstance(fault, BudgetExceeded):
                self._hold_for_budget(path, fault.reached, appended)
                return
            if fault is None:
                for event in events:
                    self._apply(event)
            appended(fault)

        self._submit(events, token=token, then=then)

    def _reserving(self) -> RunState:
        """Return the state as it is when all announcements on their way are written."""
        state, now = self.state, self._services.clock.now()
        for events in self._reserved:
            for event in events:
                state = apply_event(state, event, state.head + 1, now)
        return state

    def _hold_for_budget(
        self,
        path: StepPath,
        reached: BudgetReached | None,
        appended: Callable[[Exception | None], None],
    ) -> None:
        """Let an attempt end without its call; the run asks whether it may be made."""
        if not self.lost:
            self._paused.add(path)
            if self.state.reached is None and reached is not None:
                self._fold(reached)
                self._flush()
        self._doorbell.post(lambda: appended(Fenced(f"{path!r} is held: the budget is used up")))

    def end(
        self, path: StepPath, attempt: int, outcome: Outcome | None, because: str | None = None
    ) -> None:
        """Take the outcome of an attempt; None: it was stopped without one."""
        self._attempts.pop(path, None)
        self._give_back(path)
        held = path in self._paused
        self._paused.discard(path)
        instance = self.state.instances.get(path)
        if self.lost or instance is None or instance.attempt != attempt:
            return
        if outcome is not None and path in self.state.active:
            try:
                events = self._outcome_events(instance, outcome)
            except StoreError as fault:
                # The outcome is known and cannot be kept yet: it is not lost, and not acted upon.
                self._report(fault)
                self._spawn(self._end_later(path, attempt, outcome))
                return
            except MnError as fault:
                events = self._failure(instance, error_info(fault))
            for event in events:
                self._fold(event)
        elif path in self.state.active:
            blameless = self._why_held() if held else because
            why = blameless or "the attempt ended without an outcome"
            self._interrupt(path, why, on_purpose=blameless is not None)
        self.advance()

    def _why_held(self) -> str:
        state = self.state
        if state.pause_requested:
            return "the run is paused"
        return state.stopped_short or "a budget is used up"

    async def _end_later(self, path: StepPath, attempt: int, outcome: Outcome) -> None:
        await self._services.clock.sleep(TROUBLE_SECONDS)
        self.end(path, attempt, outcome)

    def step_aside(self, path: StepPath) -> None:
        """Let others have an attempt's slot while it stands in a queue."""
        if path in self._held:
            self._give_back(path)
            self._doorbell.post(lambda: self._changed(self))

    def step_back(self, path: StepPath) -> None:
        """Count an attempt again that has stood in a queue, though there may be one too many."""
        if path in self._attempts and not self.lost:
            self._hold(path)

    # --- inside --------------------------------------------------------------------------------

    def _room(self) -> int:
        """Return how many attempts of this run may be under way."""
        return min(self.state.workflow.max_concurrency, len(self.state.active) + self._slots.free)

    def _perform(self, command: Command) -> None:
        if isinstance(command, CancelAttempts):
            self._cancel_attempts()
            return
        if isinstance(command, UndoCall):
            self._undo(self.state.undo.calls[command.call_id])
            return
        move = self._moves.of(self.state, command)
        if move.blocked is not None:
            self._blocked |= {move.blocked}
        for event in move.events:
            self._fold(event)
        for path in move.launches:
            self._launches.append(path)
            self._hold(path)

    # --- undoing -------------------------------------------------------------------------------

    def _undo(self, call: Undoable) -> None:
        """Journal the intent of a compensation; it is made when that is durable."""
        move = self._undoing.begin(self.state, call.call_id)
        if move.blocked is not None:
            self._blocked |= {move.blocked}
        for event in move.events:
            self._fold(event)
        if any(isinstance(event, CompensationStarted) for event in move.events):
            self._to_undo, self._is_undoing = call, True
        elif not move.events and move.blocked is None:
            self._is_undoing = True
            self._make_undone(call)  # Only a check, which needs no intent.

    def _make_undone(self, call: Undoable) -> None:
        self._undo_task = self._spawn(self._undone(call))

    async def _undone(self, call: Undoable) -> None:
        step = self.state.step_of(call.path)
        try:
            events = await self._undoing.make(call, step)
        except Exception as fault:  # noqa: BLE001 - whatever is raised is the call's outcome
            events = (not_undone(call, fault),)
        finally:
            self._undo_task, self._is_undoing = None, False
        if self.lost:
            return
        for event in events:
            self._fold(event)
        self.advance()

    def _hold(self, path: StepPath) -> None:
        if path not in self._held:
            self._held.add(path)
            self._slots.busy += 1

    def _give_back(self, path: StepPath) -> None:
        if path in self._held:
            self._held.discard(path)
            self._slots.busy -= 1

    def _cancel_attempts(self) -> None:
        for path in sorted(self.state.active):
            for event in self._moves.cancelled(self.state.instances[path]):
                self._fold(event)
        for attempt in list(self._attempts.values()):
            attempt.cancel(self._doorbell.post)

    def _outcome_events(
        self, instance: Instance, outcome: Outcome
    ) -> list[RunEvent | AttemptEvent]:
        events: list[RunEvent | AttemptEvent] = list(outcome.events)
        match outcome:
            case Succeeded(output):
                stored = self._services.values.keep(output)
                events.append(
                    StepSucceeded(path=instance.path, attempt=instance.attempt, output=stored)
                )
            case FailedWith(error):
                events += self._failure(instance, error)
            case WaitsFor():
                for event in outcome.events:
                    self._fold(event)
                return [self._question(instance.path, outcome)]
            case Held():
                events += held_back(instance, outcome)
        return events

    def _failure(self, instance: Instance, error: ErrorInfo) -> list[RunEvent | AttemptEvent]:
        effect = self._services.effect_of(self.state.step_at(instance.node))
        now = self._services.clock.now()
        return [*after_failure(self.state, instance, error, effect, now)]

    def _question(self, path: StepPath, outcome: WaitsFor) -> RunEvent:
        services = self._services
        return approval_of_calls(
            self.state, path, outcome, ApprovalId(services.ids.new()), services.clock.now()
        )

    def _fold(self, event: RunEvent | AttemptEvent) -> None:
        """Apply an event now, and let it go into the next commit."""
        event = without_secrets(event)
        self._apply(event)
        self._pending.append(event)

    def _apply(self, event: RunEvent | AttemptEvent) -> None:
        state = self.state
        self.state = apply_event(state, event, state.head + 1, self._services.clock.now())

    def _flush(self) -> None:
        """Queue what was folded; what it announces begins when it is durable."""
        if not self._pending:
            return
        if any(isinstance(event, StepInterrupted) for event in self._pending):
            self._stop_orphans()
        events, self._pending = tuple(self._pending), []
        launches, self._launches = tuple(self._launches), []

        undo, self._to_undo = self._to_undo, None
        prepared = {path: self._prepared(path) for path in launches}

        def then(fault: Exception | None) -> None:
            if fault is None:
                for path, attempt in prepared.items():
                    self._launch(path, attempt)
                if undo is not None and not self.lost:
                    self._make_undone(undo)

        begins = [attempt for attempt in prepared.values() if attempt is not None]
        self._submit(events, token=None, then=then, begins=begins)

    def _prepared(self, path: StepPath) -> Attempt | None:
        """Make an attempt ready to begin at the very moment when it may."""
        if path in self._attempts or path not in self.state.active:
            return None
        try:
            attempt = Attempt(self, path, self._services)
        except StoreError:
            return None  # It is met again when the attempt is launched, and dealt with there.
        self._attempts[path] = attempt
        return attempt

    def _stop_orphans(self) -> None:
        """Stop attempts that the state does not count as under way any more."""
        for path, attempt in list(self._attempts.items()):
            if path not in self.state.active:
                attempt.cancel(self._doorbell.post)

    def _submit(
        self,
        events: tuple[Any, ...],
        *,
        token: AttemptToken | None,
        then: Callable[[Exception | None], None],
        begins: Sequence[Attempt] = (),
    ) -> None:
        services = self._services
        bell = self._doorbell
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

        def appended(last: int | None, fault: Exception | None) -> None:
            bell.leave(lambda: self._appended(len(events), last, fault, then))
            if fault is None:
                # Not in the loop, which has other things to do as well: the way is shorter.
                for attempt in begins:
                    attempt.begin(bell.post)
            bell.ring()

        services.journal.submit(group, appended)

    def _told_the_same(self, summary: Summary | None) -> bool:
        """Tell whether lists were told all of a summary before, but how many steps are done."""
        before = self._summary
        if summary is None:
            return False
        self._summary = summary
        return before is not None and _but_counts(before) == _but_counts(summary)

    def _appended(
        self,
        count: int,
        last: int | None,
        fault: Exception | None,
        then: Callable[[Exception | None], None],
    ) -> None:
        self._uncommitted -= 1
        try:
            self._take_notice(count, last, fault)
            then(fault)
            if self._taking_over and fault is None:
                self._taking_over = False
                self.advance()
        except StoreError as trouble:
            # What others wrote is not known: whoever claims the run next, reads it all.
            self._lose(trouble)
        except Exception as trouble:  # noqa: BLE001 - one run's trouble must not stop the others
            self._break(trouble)
        self._changed(self)

    def _take_notice(self, count: int, last: int | None, fault: Exception | None) -> None:
        if isinstance(fault, BudgetExceeded):
            return  # Nothing of it was written, and the run is still ours.
        if fault is not None:
            self._lose(fault)
        elif last is not None:
            self.newborn = False
            self._notice_others(first=last - count + 1)
            self._committed = last

    def _notice_others(self, *, first: int) -> None:
        """Fold what others wrote for this run in between, such as an attempt placed elsewhere."""
        if first == self._committed + 1:
            return
        if self._taking_over and not (self._uncommitted or self._pending):
            events = self._services.journal.read(self.state.run_id)
            self.state = fold(self.state.workflow, self.state.run_id, events)
            return
        events = self._services.journal.read(self.state.run_id, after=self._committed)
        for recorded in events:
            if recorded.seq < first:
                self.state = apply(self.state, recorded)

    def _lose(self, fault: Exception) -> None:
        if not self.lost:
            self.lost_because = fault
            if not self.newborn:  # Else whoever wanted the run is told why there is none.
                self._report(fault)
            self.abandon()

    def _break(self, fault: Exception) -> None:
        self.broken = f"{type(fault).__name__}: {fault}"
        extra = {"run_id": self.state.run_id, "step_id": None}
        _log.error("the engine cannot go on with this run", exc_info=fault, extra=extra)
        self.abandon()
        self._doorbell.post(lambda: self._changed(self))

    def _report(self, fault: Exception) -> None:
        _log.warning("%s", fault, extra={"run_id": self.state.run_id, "step_id": None})

    def _launch(self, path: StepPath, attempt: Attempt | None) -> None:
        known = self._attempts.get(path)
        if self.lost or path not in self.state.active:
            if known is attempt:
                self._attempts.pop(path, None)
            self._give_back(path)
        elif attempt is None and known is None:
            attempt = self._attempts[path] = Attempt(self, path, self._services)
            attempt.begin(self._doorbell.post)
            attempt.go_on(self._spawn)
        elif attempt is not None and known is attempt:
            attempt.go_on(self._spawn)


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


def _refused(path: StepPath) -> Exception:
    return Fenced(f"nobody waits for this attempt of {path!r} any more: nothing was written")
