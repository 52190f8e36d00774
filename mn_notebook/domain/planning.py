"""What happens next: `decide` looks at a run's state and returns commands.

It is pure. Where an expression has to be evaluated it only names the step; the shell loads the
values, evaluates, and journals the result. Recovery is therefore "fold the journal and ask again".
The work of `decide` depends on what may start now, not on the size of the workflow or of the run.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from mn_notebook.domain.budgets import out_of_time
from mn_notebook.domain.fold_budgets import question_of
from mn_notebook.domain.ids import ApprovalId, CallId, NodePath, ScopePath, StepPath
from mn_notebook.domain.policies import MAX_INTERRUPTIONS
from mn_notebook.domain.state import Instance, RunState


@dataclass(frozen=True, slots=True)
class SkipStep:
    """Journal that a step will not be done."""

    node: NodePath
    because: str


@dataclass(frozen=True, slots=True)
class BeginStep:
    """Evaluate a step's condition and inputs, and start it or expand it."""

    node: NodePath


@dataclass(frozen=True, slots=True)
class StartItem:
    """Evaluate the inputs of one item and start it."""

    node: NodePath
    item: int


@dataclass(frozen=True, slots=True)
class JudgeIteration:
    """Evaluate whether an iteration that has ended is followed by another one."""

    path: StepPath


@dataclass(frozen=True, slots=True)
class StartIteration:
    """Evaluate the inputs of the iteration that follows ``path``, and start it."""

    path: StepPath


@dataclass(frozen=True, slots=True)
class StartAgain:
    """Start another attempt with the recorded inputs."""

    path: StepPath


@dataclass(frozen=True, slots=True)
class AskAboutCrash:
    """Ask a person about a step that took its process down again and again."""

    path: StepPath


@dataclass(frozen=True, slots=True)
class AskAboutBudget:
    """Ask a person about a budget that is used up."""


@dataclass(frozen=True, slots=True)
class RunOutOfTime:
    """Journal that the time of the run's budget is used up before a step begins."""

    node: NodePath


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Fail a step that a person does not want to be tried again."""

    path: StepPath


@dataclass(frozen=True, slots=True)
class GoOn:
    """Let an attempt that waited for a decision, or for a limit, go on."""

    path: StepPath


@dataclass(frozen=True, slots=True)
class Expire:
    """Journal that nobody decided an approval in time."""

    approval_id: ApprovalId


@dataclass(frozen=True, slots=True)
class FireTimer:
    """Journal that a time has come: a wait ends, or what took too long fails."""

    path: StepPath


@dataclass(frozen=True, slots=True)
class TakeSignal:
    """End a wait whose signal has come."""

    path: StepPath


@dataclass(frozen=True, slots=True)
class CloseScope:
    """End the step that runs a subworkflow which has come to its end."""

    scope: ScopePath


@dataclass(frozen=True, slots=True)
class CancelAttempts:
    """Stop what is under way."""


@dataclass(frozen=True, slots=True)
class PauseRun:
    """Journal that nothing is under way any more."""


@dataclass(frozen=True, slots=True)
class SucceedRun:
    """Evaluate the outputs and end the run."""


@dataclass(frozen=True, slots=True)
class FailRun:
    """End a run of which a step failed for good."""


@dataclass(frozen=True, slots=True)
class CancelRun:
    """End a run that was asked to stop."""


@dataclass(frozen=True, slots=True)
class UndoCall:
    """Undo what a call of an ended run did, or find out whether there is anything to undo."""

    call_id: CallId


@dataclass(frozen=True, slots=True)
class StopUndoing:
    """Journal that nothing more of an ended run is undone: it was held in a copy of its store."""


Command = (
    SkipStep
    | BeginStep
    | StartItem
    | JudgeIteration
    | StartIteration
    | StartAgain
    | AskAboutCrash
    | AskAboutBudget
    | RunOutOfTime
    | GiveUp
    | GoOn
    | Expire
    | FireTimer
    | TakeSignal
    | CloseScope
    | CancelAttempts
    | PauseRun
    | SucceedRun
    | FailRun
    | CancelRun
    | UndoCall
    | StopUndoing
)


def decide(
    state: RunState,
    now: datetime,
    slots: int,
    blocked: frozenset[str] = frozenset(),
    come: frozenset[datetime] = frozenset(),
) -> Command | None:
    """Return the next thing to do at ``now``, or None when there is nothing.

    One command at a time: its events are folded before the next question. ``slots`` is how many
    attempts of the run may be under way; ``blocked`` are steps whose code is not there, and
    approvals that somebody decided in time although nobody has journaled it yet; ``come`` are times
    that have been waited for, whatever the clock says now.
    """
    if state.ended or state.phase == "created":
        return _undo(state, blocked) if state.undo.wanted else None
    if state.cancel_requested:
        return CancelAttempts() if state.active else CancelRun()
    if state.failure is not None:
        return next(_closings(state), None) or (None if state.active else FailRun())
    if state.pause_requested:
        return None if state.paused or state.active else PauseRun()
    return next(_moves(state, _Time(now, come), slots, blocked), None)


def _undo(state: RunState, blocked: frozenset[str]) -> Command | None:
    if state.pause_requested:
        return StopUndoing()
    call = state.undo.next
    if call is None or state.instances[call.path].node in blocked:
        return None
    return UndoCall(call.call_id)


def next_wake(state: RunState) -> datetime | None:
    """Return when time alone will make `decide` return something, or None."""
    if state.ended or state.pause_requested:
        return None
    if not (state.due or state.expiring or state.timers):
        return None
    return min(times_of(state), default=None)


def times_of(state: RunState) -> tuple[datetime, ...]:
    """Return every time that a run waits for: of retries, of expiries and of timers."""
    # What is due begins only when a person has given more.
    due = state.due.values() if state.reached is None else ()
    return (*due, *state.expiring.values(), *state.timers.values())


@dataclass(frozen=True, slots=True)
class _Time:
    """What the time is, and what has been waited for."""

    now: datetime
    come: frozenset[datetime]

    def has_reached(self, at: datetime) -> bool:
        return at <= self.now or at in self.come


def _moves(state: RunState, time: _Time, slots: int, blocked: frozenset[str]) -> Iterator[Command]:
    if not state.unended:
        yield SucceedRun()
    yield from _waits_that_end(state, time, blocked)
    if state.doomed:
        yield from _skips(state)
    if state.judging:
        yield from _judgements(state)
    if state.reached is not None:
        if question_of(state) is None and state.reached.path not in state.active:
            yield AskAboutBudget()
    elif slots > len(state.active):
        for node, start in _starts(state, time):
            scope = state.progress[node].scope
            if node not in blocked and not state.stopped(scope) and _has_room(state, scope):
                late = state.timed and out_of_time(state, node, time.now) is not None
                yield RunOutOfTime(node) if late else start


def _has_room(state: RunState, scope: ScopePath) -> bool:
    """Tell whether a subworkflow, and those around it, may have another attempt under way.

    Of the run's own graph it is known: that is what its slots say.
    """
    here: ScopePath | None = scope
    while here:
        found = state.scopes[here]
        if found.active >= found.workflow.max_concurrency:
            return False
        here = found.parent
    return True


def _waits_that_end(state: RunState, time: _Time, blocked: frozenset[str]) -> Iterator[Command]:
    # Most of these are empty most of the time, and this is asked after every event.
    if state.closing:
        yield from _closings(state)
    if state.timers:
        yield from _timers(state, time)
    if state.signalled:
        yield from (TakeSignal(path) for path in sorted(state.signalled))
    if state.expiring:
        yield from _expired(state, time, blocked)


def _starts(state: RunState, time: _Time) -> Iterator[tuple[NodePath, Command]]:
    if state.ready:
        for path in sorted(state.ready):
            yield state.instances[path].node, GoOn(path)
    if state.due:
        yield from _again(state, time)
    if state.repeating:
        for path in sorted(state.repeating):
            yield state.instances[path].node, StartIteration(path)
    if state.fanning:
        yield from _items(state)
    for node in state.frontier.values():
        yield node, BeginStep(node)


def _closings(state: RunState) -> Iterator[Command]:
    for scope in sorted(state.closing):
        yield CloseScope(scope)


def _timers(state: RunState, time: _Time) -> Iterator[Command]:
    over = [path for path, at in state.timers.items() if time.has_reached(at)]
    for path in sorted(over):
        yield FireTimer(path)


def _expired(state: RunState, time: _Time, blocked: frozenset[str]) -> Iterator[Command]:
    over = [
        approval_id
        for approval_id, at in state.expiring.items()
        if time.has_reached(at) and approval_id not in blocked
    ]
    for approval_id in sorted(over):
        yield Expire(approval_id)


def _skips(state: RunState) -> Iterator[Command]:
    for node in state.doomed.values():
        progress = state.progress[node]
        if not state.stopped(progress.scope):
            yield SkipStep(node, progress.doomed or "")


def _judgements(state: RunState) -> Iterator[Command]:
    for path in sorted(state.judging):
        if not state.stopped(state.progress[state.instances[path].node].scope):
            yield JudgeIteration(path)


def _again(state: RunState, time: _Time) -> Iterator[tuple[NodePath, Command]]:
    for path, due_at in sorted(state.due.items()):
        instance = state.instances[path]
        if instance.rejected:
            yield instance.node, GiveUp(path)
        elif _keeps_crashing(instance):
            yield instance.node, AskAboutCrash(path)
        elif time.has_reached(due_at):
            # What a limit held back goes on as the attempt that it was, with its token.
            held = instance.status == "waiting" and instance.token is not None
            yield instance.node, GoOn(path) if held else StartAgain(path)


def _keeps_crashing(instance: Instance) -> bool:
    return instance.status == "interrupted" and instance.interruptions >= MAX_INTERRUPTIONS


def _items(state: RunState) -> Iterator[tuple[NodePath, Command]]:
    for node in state.fanning.values():
        for_each = state.step_at(node).for_each
        progress = state.progress[node]
        if for_each is not None and progress.busy < for_each.concurrency:
            yield node, StartItem(node, progress.next_item)
