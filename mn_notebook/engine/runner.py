"""Drives one run: asks `decide` what is next, journals it, and lets attempts begin.

Nothing acts before its intent is durable: what is to be launched is tied to the commit of the
events that announce it. The runner folds its own events at once and so may put the outcome of one
step and the start of the next into one commit.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from mn_notebook.domain.events import AttemptEvent, RunStarted, StepInterrupted
from mn_notebook.domain.ids import (
    ApprovalId,
    AttemptToken,
    CommandId,
    Fence,
    NodePath,
    ProcessId,
    StepPath,
)
from mn_notebook.domain.planning import CancelAttempts, Command, UndoCall, decide, next_wake
from mn_notebook.domain.state import Instance, RunState
from mn_notebook.domain.undoing import Undoable
from mn_notebook.engine.alarm import Alarm
from mn_notebook.engine.announcing import Announcing, why_held
from mn_notebook.engine.attempt import Attempt
from mn_notebook.engine.attempts import Attempts
from mn_notebook.engine.compensating import Compensating
from mn_notebook.engine.faults import error_info
from mn_notebook.engine.move import AnyEvent, Move
from mn_notebook.engine.moves import Moves
from mn_notebook.engine.outcomes import Outcomes
from mn_notebook.engine.record import Record
from mn_notebook.engine.services import TROUBLE_SECONDS, Doorbell, Services, Slots, Spawn
from mn_notebook.engine.undoing import cut_off
from mn_notebook.errors import BudgetExceeded, MnError, StoreError
from mn_notebook.ports import Outcome, WaitsFor

_log = logging.getLogger(__name__)

ENDED = "the process that made the attempt ended"


class Runner:
    """The owner's hand on one run. Lives in the loop's thread; holds no thread or task itself."""

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
        self.record = Record(state, fence, owner, services)
        self.alarm = Alarm(services.clock)
        """Tells when time alone moves the run on."""
        self.lost = False
        """Somebody else owns the run; this runner writes nothing any more."""
        self.lost_because: Exception | None = None
        self.broken: str | None = None
        """What went wrong inside the engine; the run is left as its journal says."""
        self.heard: set[CommandId] = set()
        """Commands that became events; the inbox still shows them until the commit."""
        self._services = services
        self._doorbell = doorbell
        self._spawn = spawn
        self._changed = changed
        self._moves = Moves(services)
        self._outcomes = Outcomes(services)
        self._attempts = Attempts(services, slots, doorbell.post, spawn)
        self._announcing = Announcing(services, doorbell.post)
        self._compensating = Compensating(services, spawn)
        self._slots = slots
        self._blocked: frozenset[NodePath | ApprovalId] = frozenset()

    @property
    def state(self) -> RunState:
        """Return how the run stands, with what is announced and not written yet."""
        return self.record.state

    # --- what the worker calls -----------------------------------------------------------------

    def begin(self, *, going_on: bool = True, because: str = ENDED) -> None:
        """Go on where the journal ends: attempts of a former owner are interrupted, ``because``.

        Their tokens must be void before anything is decided: an owner that only seemed dead may
        have written an outcome since this one looked.
        """
        if self.state.phase == "created":
            self.record.fold(RunStarted())
        self.record.taking_over = bool(self.state.active)
        for path in sorted(self.state.active):
            self._interrupt(path, because)
        if self.state.undo.begun:
            for event in cut_off(self.state, because):
                self.record.fold(event)
        if going_on:
            self.advance()

    def _interrupt(self, path: StepPath, because: str, *, on_purpose: bool = False) -> None:
        attempt = self.state.instances[path].attempt
        self.record.fold(
            StepInterrupted(path=path, attempt=attempt, because=because, on_purpose=on_purpose)
        )

    def advance(self) -> None:
        """Do everything that can be done now, in as few commits as it takes."""
        try:
            self._advance()
        except StoreError as fault:
            # Nothing was folded for the command that failed: asking again does it again.
            self.flush()
            self._report(fault)
            self.alarm.set_in(TROUBLE_SECONDS)
        except Exception as fault:  # noqa: BLE001 - one run's trouble must not stop the others
            self._break(fault)

    def _advance(self) -> None:
        record = self.record
        while not (self.lost or record.taking_over):
            command = self._next(self._room())
            if command is None:
                break
            self._perform(command)
        self.flush()
        stands_still = self.lost or record.taking_over
        self.alarm.set(record.state, None if stands_still else next_wake(record.state))

    def _next(self, slots: int) -> Command | None:
        now = self._services.clock.now()
        command = decide(self.state, now, slots, self._blocked, self.alarm.come())
        waits = self._compensating.is_under_way and isinstance(command, UndoCall)
        return None if waits else command

    def unblock(self) -> None:
        """Ask again for code that was missing, after a cell has run."""
        if self._blocked:
            self._blocked = frozenset()
            self.advance()

    def take_up(self, events: Iterable[AnyEvent]) -> None:
        """Journal what a person or another process asked for, and go on."""
        for event in events:
            self.record.fold(event)
        self.advance()

    def lose(self, fault: Exception) -> None:
        """Be told that somebody else owns the run: stop writing, and stop the attempts."""
        self._lose(fault)
        self._doorbell.post(lambda: self._changed(self))

    def abandon(self) -> None:
        """Stop writing and stop the attempts: the next owner will find them interrupted."""
        self.lost = True
        self._compensating.abandon()
        self._attempts.abandon()

    @property
    def idle(self) -> bool:
        """Tell whether nothing is under way and nothing waits for a commit."""
        busy = self._attempts or not self.record.is_written or self.state.active
        return not (busy or self._compensating.is_under_way)

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
        self._announcing.append(self, path, token, events, appended)

    def end(
        self, path: StepPath, attempt: int, outcome: Outcome | None, because: str | None = None
    ) -> None:
        """Take the outcome of an attempt; None: it was stopped without one."""
        self._attempts.ended(self, path)
        held = self._announcing.ended(path)
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
                events = self._outcomes.failure(self.state, instance, error_info(fault))
            for event in events:
                self.record.fold(event)
        elif path in self.state.active:
            blameless = why_held(self.state) if held else because
            why = blameless or "the attempt ended without an outcome"
            self._interrupt(path, why, on_purpose=blameless is not None)
        self.advance()

    def _outcome_events(self, instance: Instance, outcome: Outcome) -> list[AnyEvent]:
        if isinstance(outcome, WaitsFor):
            for event in outcome.events:
                self.record.fold(event)
        return self._outcomes.events(self.state, instance, outcome)

    async def _end_later(self, path: StepPath, attempt: int, outcome: Outcome) -> None:
        await self._services.clock.sleep(TROUBLE_SECONDS)
        self.end(path, attempt, outcome)

    def step_aside(self, path: StepPath) -> None:
        """Let others have an attempt's slot while it stands in a queue."""
        if self._attempts.step_aside(path):
            self._doorbell.post(lambda: self._changed(self))

    def step_back(self, path: StepPath) -> None:
        """Count an attempt again that has stood in a queue, though there may be one too many."""
        if not self.lost:
            self._attempts.step_back(path)

    # --- inside --------------------------------------------------------------------------------

    def _room(self) -> int:
        """Return how many attempts of this run may be under way."""
        return min(self.state.workflow.max_concurrency, len(self.state.active) + self._slots.free)

    def _perform(self, command: Command) -> None:
        match command:
            case CancelAttempts():
                self._cancel_attempts()
            case UndoCall(call_id):
                self._undo(self.state.undo.calls[call_id])
            case _:
                self._carry_out(self._moves.of(self.state, command))

    def _carry_out(self, move: Move) -> None:
        if move.blocked is not None:
            self._blocked |= {move.blocked}
        for event in move.events:
            self.record.fold(event)
        self._attempts.announce(move.launches)

    def _cancel_attempts(self) -> None:
        for path in sorted(self.state.active):
            for event in self._moves.cancelled(self.state.instances[path]):
                self.record.fold(event)
        self._attempts.cancel()

    def _undo(self, call: Undoable) -> None:
        move = self._compensating.begin(self.state, call)
        self._carry_out(move)
        if not move.events and move.blocked is None:
            self._make_undone(call)  # Only a check, which needs no intent.

    def _make_undone(self, call: Undoable) -> None:
        self._compensating.make(self.state, call, self._undone)

    def _undone(self, events: tuple[AnyEvent, ...]) -> None:
        if not self.lost:
            self.take_up(events)

    def flush(self) -> None:
        """Queue what was folded; what it announces begins when it is durable."""
        if not self.record.pending:
            return
        if any(isinstance(event, StepInterrupted) for event in self.record.pending):
            self._attempts.stop_orphans(self.state.active)
        events = self.record.take()
        undo = self._compensating.take()
        prepared = self._attempts.prepare(self)

        def then(fault: Exception | None) -> None:
            if fault is None:
                for path, attempt in prepared.items():
                    self._attempts.launch(self, path, attempt)
                if undo is not None and not self.lost:
                    self._make_undone(undo)

        begins = [attempt for attempt in prepared.values() if attempt is not None]
        self.submit(events, token=None, then=then, begins=begins)

    def submit(
        self,
        events: tuple[Any, ...],
        *,
        token: AttemptToken | None,
        then: Callable[[Exception | None], None],
        begins: Sequence[Attempt] = (),
    ) -> None:
        """Queue a group; ``then`` is told in the loop when it is durable, or refused.

        What ``begins`` does so when it is durable, and never if the process dies before.
        """
        bell = self._doorbell
        group = self.record.group(events, token)

        def appended(last: int | None, fault: Exception | None) -> None:
            bell.leave(lambda: self._appended(len(events), last, fault, then))
            if fault is None:
                # Not in the loop, which has other things to do as well: the way is shorter.
                for attempt in begins:
                    attempt.begin(bell.post)
            bell.ring()

        self._services.journal.submit(group, appended)

    def _appended(
        self,
        count: int,
        last: int | None,
        fault: Exception | None,
        then: Callable[[Exception | None], None],
    ) -> None:
        self.record.came_back()
        try:
            self._take_notice(count, last, fault)
            then(fault)
            if self.record.taking_over and fault is None:
                self.record.taking_over = False
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
            self.record.written(count, last)

    def _lose(self, fault: Exception) -> None:
        if not self.lost:
            self.lost_because = fault
            if not self.record.newborn:  # Else whoever wanted the run is told why there is none.
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
