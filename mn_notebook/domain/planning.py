"""What happens next: `decide` looks at a run's state and returns commands.

It is pure. Where an expression has to be evaluated it only names the step; the shell loads the
values, evaluates, and journals the result. Recovery is therefore "fold the journal and ask again".
The work of `decide` depends on what may start now, not on the size of the workflow or of the run.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from mn_notebook.domain.ids import ApprovalId, StepName, StepPath, step_of
from mn_notebook.domain.policies import MAX_INTERRUPTIONS
from mn_notebook.domain.state import Instance, RunState


@dataclass(frozen=True, slots=True)
class SkipStep:
    """Journal that a step will not be done."""

    name: StepName
    because: str


@dataclass(frozen=True, slots=True)
class BeginStep:
    """Evaluate a step's condition and inputs, and start it or expand it."""

    name: StepName


@dataclass(frozen=True, slots=True)
class StartItem:
    """Evaluate the inputs of one item and start it."""

    name: StepName
    item: int


@dataclass(frozen=True, slots=True)
class StartAgain:
    """Start another attempt with the recorded inputs."""

    path: StepPath


@dataclass(frozen=True, slots=True)
class AskAboutCrash:
    """Ask a person about a step that took its process down again and again."""

    path: StepPath


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Fail a step that a person does not want to be tried again."""

    path: StepPath


@dataclass(frozen=True, slots=True)
class GoOn:
    """Let an attempt that waited for a decision go on."""

    path: StepPath


@dataclass(frozen=True, slots=True)
class Expire:
    """Journal that nobody decided an approval in time."""

    approval_id: ApprovalId


@dataclass(frozen=True, slots=True)
class CancelAttempts:
    """Stop what is under way."""


@dataclass(frozen=True, slots=True)
class SucceedRun:
    """Evaluate the outputs and end the run."""


@dataclass(frozen=True, slots=True)
class FailRun:
    """End a run of which a step failed for good."""


@dataclass(frozen=True, slots=True)
class CancelRun:
    """End a run that was asked to stop."""


Command = (
    SkipStep
    | BeginStep
    | StartItem
    | StartAgain
    | AskAboutCrash
    | GiveUp
    | GoOn
    | Expire
    | CancelAttempts
    | SucceedRun
    | FailRun
    | CancelRun
)


def decide(
    state: RunState, now: datetime, slots: int, blocked: frozenset[str] = frozenset()
) -> Command | None:
    """Return the next thing to do at ``now``, or None when there is nothing.

    One command at a time: its events are folded before the next question. ``slots`` is how many
    attempts of the run may be under way; ``blocked`` are steps whose code is not there, and
    approvals that somebody decided in time although nobody has journaled it yet.
    """
    if state.ended or state.phase == "created":
        return None
    if state.cancel_requested:
        return CancelAttempts() if state.active else CancelRun()
    if state.failure is not None:
        return None if state.active else FailRun()
    return next(_moves(state, now, slots, blocked), None)


def next_wake(state: RunState) -> datetime | None:
    """Return when time alone will make `decide` return something, or None."""
    if state.ended:
        return None
    return min((*state.due.values(), *state.expiring.values()), default=None)


def _moves(
    state: RunState, now: datetime, slots: int, blocked: frozenset[str]
) -> Iterator[Command]:
    if not state.unended:
        yield SucceedRun()
    yield from _expired(state, now, blocked)
    yield from _skips(state)
    if slots > len(state.active):
        for start in _starts(state, now):
            if not blocked or _step_name(start) not in blocked:
                yield start


def _starts(state: RunState, now: datetime) -> Iterator[Command]:
    yield from _released(state)
    yield from _again(state, now)
    yield from _items(state)
    yield from _steps(state)


def _step_name(start: Command) -> StepName | None:
    match start:
        case BeginStep(name) | StartItem(name, _):
            return name
        case StartAgain(path) | GoOn(path):
            return step_of(path)
        case _:
            return None


def _released(state: RunState) -> Iterator[Command]:
    for path in sorted(state.ready):
        yield GoOn(path)


def _expired(state: RunState, now: datetime, blocked: frozenset[str]) -> Iterator[Command]:
    over = [
        approval_id
        for approval_id, at in state.expiring.items()
        if at <= now and approval_id not in blocked
    ]
    for approval_id in sorted(over):
        yield Expire(approval_id)


def _again(state: RunState, now: datetime) -> Iterator[Command]:
    for path, due_at in sorted(state.due.items()):
        instance = state.instances[path]
        if instance.rejected:
            yield GiveUp(path)
        elif _keeps_crashing(instance):
            yield AskAboutCrash(path)
        elif due_at <= now:
            yield StartAgain(path)


def _keeps_crashing(instance: Instance) -> bool:
    return instance.status == "interrupted" and instance.interruptions >= MAX_INTERRUPTIONS


def _items(state: RunState) -> Iterator[Command]:
    for position in state.fanning:
        step = state.workflow.steps[position]
        progress = state.progress[position]
        if step.for_each is not None and progress.busy < step.for_each.concurrency:
            yield StartItem(step.name, progress.next_item)


def _skips(state: RunState) -> Iterator[Command]:
    for position in state.doomed:
        because = state.progress[position].doomed or ""
        yield SkipStep(state.workflow.steps[position].name, because)


def _steps(state: RunState) -> Iterator[Command]:
    for position in state.frontier:
        yield BeginStep(state.workflow.steps[position].name)
