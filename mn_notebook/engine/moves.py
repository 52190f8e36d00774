"""Carries out a command of `decide`: evaluates what it names and says which events follow."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import JsonValue

from mn_notebook.domain.events import (
    ApprovalDecided,
    ApprovalExpired,
    ApprovalRequested,
    AttemptEvent,
    RunCancelled,
    RunEvent,
    RunFailed,
    RunSucceeded,
    StepExpanded,
    StepFailed,
    StepInterrupted,
    StepResumed,
    StepSkipped,
    StepStarted,
    StepSucceeded,
    StepWaiting,
    ToolInDoubt,
    ToolSettled,
)
from mn_notebook.domain.ids import (
    ApprovalId,
    AttemptToken,
    StepName,
    StepPath,
    content_hash,
    item_path,
)
from mn_notebook.domain.planning import (
    AskAboutCrash,
    BeginStep,
    CancelAttempts,
    CancelRun,
    Command,
    Expire,
    FailRun,
    GiveUp,
    GoOn,
    SkipStep,
    StartAgain,
    StartItem,
    SucceedRun,
)
from mn_notebook.domain.state import Instance, RunState
from mn_notebook.domain.values import NOTHING
from mn_notebook.domain.workflow import ApproveStep, Step
from mn_notebook.engine.decisions import (
    approval_of_step,
    approve_value,
    authorised_by,
    authorised_for,
    decided,
    edited,
)
from mn_notebook.engine.drafts import DraftRecorder
from mn_notebook.engine.faults import error_info
from mn_notebook.engine.inputs import expanded, holds, run_output, step_input
from mn_notebook.engine.names import base_names, item_names, names_for, value_of
from mn_notebook.engine.services import Services
from mn_notebook.errors import MnError, StoreBusy, StoreUnwritable
from mn_notebook.ports import InboxCommand, Work

AnyEvent = RunEvent | AttemptEvent


@dataclass(frozen=True, slots=True)
class Move:
    """What follows from a command."""

    events: tuple[AnyEvent, ...] = ()
    launches: tuple[StepPath, ...] = ()
    """Attempts to begin once the events are durable."""
    blocked: StepName | ApprovalId | None = None
    """A step whose code is not there, or an approval that must not expire any more."""


class Moves:
    """Turns commands into events. Reads values and evaluates texts; writes and launches nothing."""

    def __init__(self, services: Services) -> None:
        """Evaluate with these services."""
        self._services = services

    def later(self, seconds: float) -> datetime:
        """Return the time in so many seconds."""
        return self._services.clock.now() + timedelta(seconds=seconds)

    def of(self, state: RunState, command: Command) -> Move:  # noqa: C901, PLR0912
        """Return what follows from a command."""
        match command:
            case SkipStep(name, because):
                return Move((StepSkipped(path=item_path(name, None), because=because),))
            case BeginStep(name):
                return self._guarded(state, name, None, self._begin)
            case StartItem(name, item):
                return self._guarded(state, name, item, self._start)
            case StartAgain(path):
                return self._start_again(state, path)
            case AskAboutCrash(path):
                return Move((self._ask_about_crash(state.instances[path]),))
            case GiveUp(path):
                return Move((self._gave_up(state.instances[path]),))
            case GoOn(path):
                return self._go_on(state, path)
            case Expire(approval_id):
                return self._expire(state, approval_id)
            case SucceedRun():
                return Move((self._succeed(state),))
            case FailRun():
                return Move((self._fail(state),))
            case CancelRun():
                return Move((RunCancelled(),))
            case CancelAttempts():
                return Move()

    # --- starting ------------------------------------------------------------------------------

    def _guarded(self, state: RunState, name: StepName, item: int | None, make: Any) -> Move:
        """Make a move, or fail the step when it refers to, or says, what cannot be."""
        step = state.workflow.step(name)
        try:
            missing = self._services.missing(step)
            if missing is not None:
                return self._blocked(state, step, missing)
            move: Move = make(state, step, item)
        except (StoreBusy, StoreUnwritable):
            raise  # The step is not to blame; the runner asks again.
        except MnError as fault:
            return Move((self._cannot_begin(state, step, item, fault),))
        return move

    def _blocked(self, state: RunState, step: Step, missing: str) -> Move:
        waiting = StepWaiting(path=item_path(step.name, None), because=missing)
        known = state.progress_of(step.name).waiting_because == missing
        return Move(() if known else (waiting,), blocked=step.name)

    def _cannot_begin(
        self, state: RunState, step: Step, item: int | None, fault: MnError
    ) -> StepFailed:
        key = None if item is None else state.progress_of(step.name).keys[item]
        error = error_info(fault).model_copy(update={"permanent": True})
        return StepFailed(
            path=item_path(step.name, key), attempt=0, error=error, final=True, item=item
        )

    def _begin(self, state: RunState, step: Step, _item: None) -> Move:
        names = names_for(state, step, self._services.values)
        path = item_path(step.name, None)
        if not holds(step, names, self._services.expressions):
            return Move((StepSkipped(path=path, because=f"`when: {step.when}` does not hold"),))
        if step.for_each is None:
            return self._attempt(state, step, path, None, names)
        items, keys = expanded(step, names, self._services.expressions)
        stored = self._services.values.keep(items)
        return Move((StepExpanded(path=path, items=stored, keys=keys),))

    def _start(self, state: RunState, step: Step, item: int) -> Move:
        values = self._services.values
        names = names_for(state, step, values) | item_names(state, step, item, values)
        path = item_path(step.name, state.progress_of(step.name).keys[item])
        return self._attempt(state, step, path, item, names)

    def _attempt(
        self, state: RunState, step: Step, path: StepPath, item: int | None, names: dict[str, Any]
    ) -> Move:
        rendered = step_input(step, names, self._services.expressions)
        return self._started(state, step, path, item, rendered, attempt=1)

    def _start_again(self, state: RunState, path: StepPath) -> Move:
        try:
            return self._with_recorded_input(state, path)
        except (StoreBusy, StoreUnwritable):
            raise
        except MnError as fault:
            error = error_info(fault).model_copy(update={"permanent": True})
            attempt = state.instances[path].attempt
            return Move((StepFailed(path=path, attempt=attempt, error=error, final=True),))

    def _with_recorded_input(self, state: RunState, path: StepPath) -> Move:
        instance = state.instances[path]
        step = state.workflow.steps[instance.step]
        if instance.input == NOTHING:
            # It failed before its inputs could be made; there is nothing recorded to start with.
            if instance.item is None:
                return self._guarded(state, step.name, None, self._begin)
            return self._guarded(state, step.name, instance.item, self._start)
        missing = self._services.missing(step)
        if missing is not None:
            return self._blocked(state, step, missing)
        rendered = self._services.values.load(instance.input)
        rendered = rendered if isinstance(rendered, dict) else {}
        return self._started(
            state, step, path, instance.item, rendered, attempt=instance.attempt + 1
        )

    def _started(
        self,
        state: RunState,
        step: Step,
        path: StepPath,
        item: int | None,
        rendered: dict[str, JsonValue],
        *,
        attempt: int,
    ) -> Move:
        """Return the start of an attempt and, where they are granted at once, its first intents."""
        known = state.instances.get(path)
        handler = self._services.handlers.get(step.kind)
        identity = None if handler is None else handler.identity(step)
        stored = known.input if known is not None and known.attempt else None
        started = StepStarted(
            path=path,
            attempt=attempt,
            token=AttemptToken(self._services.ids.new()),
            input=stored or self._services.values.keep(rendered),
            step_key=content_hash([step.kind, rendered, identity]),
            item=item,
            code_hash=_code_hash(identity),
        )
        if isinstance(step, ApproveStep):
            return Move((started, self._ask(state, step, path, rendered, attempt)))
        if handler is None:
            return Move((started,), launches=(path,))
        work = self.work(state, step, path, rendered, attempt=attempt, known=known)
        opening = handler.opening(work, DraftRecorder(work.calls, self._services.values))
        return Move((started, *opening), launches=(path,))

    def work(
        self,
        state: RunState,
        step: Step,
        path: StepPath,
        rendered: dict[str, JsonValue],
        *,
        attempt: int,
        known: Instance | None,
    ) -> Work:
        """Return everything that a handler may know of an attempt."""
        return Work(
            run_id=state.run_id,
            path=path,
            step=step,
            attempt=attempt,
            input=rendered,
            calls=known.calls if known is not None else (),
            call_count=known.call_count if known is not None else 0,
            authorised=authorised_for(state, step),
            workflow=state.workflow,
        )

    # --- people --------------------------------------------------------------------------------

    def _ask(
        self,
        state: RunState,
        step: ApproveStep,
        path: StepPath,
        rendered: dict[str, JsonValue],
        attempt: int,
    ) -> ApprovalRequested:
        services = self._services
        request = approval_of_step(
            state,
            step,
            rendered,
            ApprovalId(services.ids.new()),
            path,
            services.clock.now(),
            services.asking,
        )
        return request.model_copy(update={"attempt": attempt})

    def _ask_about_crash(self, instance: Instance) -> ApprovalRequested:
        return ApprovalRequested(
            approval_id=ApprovalId(self._services.ids.new()),
            path=instance.path,
            attempt=instance.attempt,
            subject="crashing",
            prompt=(
                f"Step {instance.path!r} ended its process {instance.interruptions} times without "
                "finishing anything. Try it once more?"
            ),
        )

    def _gave_up(self, instance: Instance) -> StepFailed:
        error = error_info(MnError("it ended its process again and again, and a person stopped it"))
        return StepFailed(path=instance.path, attempt=instance.attempt, error=error, final=True)

    def _go_on(self, state: RunState, path: StepPath) -> Move:
        instance = state.instances[path]
        step = state.workflow.steps[instance.step]
        try:
            missing = self._services.missing(step)
        except MnError as fault:
            error = error_info(fault).model_copy(update={"permanent": True})
            failed = StepFailed(path=path, attempt=instance.attempt, error=error, final=True)
            return Move((failed,))
        if missing is not None:
            # Somebody decided before the cell has run again.
            return self._blocked(state, step, missing)
        token = instance.token or AttemptToken("")
        resumed = StepResumed(path=path, attempt=instance.attempt, token=token)
        return Move((resumed,), launches=(path,))

    def _expire(self, state: RunState, approval_id: ApprovalId) -> Move:
        if self._services.is_decided(approval_id):
            # Somebody decided in time; the decision is in the inbox and will be taken up.
            return Move(blocked=approval_id)
        request = state.approvals[approval_id].request
        expired = ApprovalExpired(approval_id=approval_id, path=request.path)
        shown = edited(request, None, self._services.values)
        value = approve_value(shown, approved=False, by="nobody", because="nobody decided in time")
        return Move((expired, self._approve_ended(state.instances[request.path], value)))

    def _approve_ended(self, instance: Instance, value: dict[str, JsonValue]) -> StepSucceeded:
        output = self._services.values.keep(value)
        return StepSucceeded(path=instance.path, attempt=instance.attempt, output=output)

    def decision(self, state: RunState, command: InboxCommand) -> tuple[AnyEvent, ...]:
        """Return what follows from a person's decision; nothing if it is not asked for any more."""
        waiting = state.approvals.get(ApprovalId(str(command.body.get("approval_id"))))
        if waiting is None:
            return ()
        request = waiting.request
        fact = decided(request, command.body, by=command.by, via=command.via, at=command.at)
        fact = fact.model_copy(update={"command_id": command.id})
        if request.subject == "approve":
            return self._step_decided(state, request, fact, command)
        if request.subject == "in_doubt" and fact.decision in ("happened", "not_happened"):
            return (fact, *self._settled(request, fact, command))
        return (fact,)

    def _step_decided(
        self,
        state: RunState,
        request: ApprovalRequested,
        fact: ApprovalDecided,
        command: InboxCommand,
    ) -> tuple[AnyEvent, ...]:
        step = state.workflow.steps[state.instances[request.path].step]
        if not isinstance(step, ApproveStep):
            return ()
        approved = fact.decision == "approve"
        edits = command.body.get("edits") if approved else None
        shown = edited(request, edits, self._services.values)
        value = approve_value(shown, approved=approved, by=fact.by, because=fact.because)
        instance = state.instances[request.path]
        try:
            allowed = authorised_by(state, step, value, self._services.asking) if approved else ()
        except MnError as fault:
            failed = StepFailed(
                path=instance.path, attempt=instance.attempt, error=error_info(fault), final=True
            )
            return (fact, failed)
        fact = fact.model_copy(
            update={"authorised": allowed, "edits": self._services.values.keep(edits)}
        )
        return (fact, self._approve_ended(instance, value))

    def _settled(
        self, request: ApprovalRequested, fact: ApprovalDecided, command: InboxCommand
    ) -> tuple[AnyEvent, ...]:
        value = self._services.values.keep(command.body.get("value"))
        return tuple(
            ToolSettled(
                path=request.path,
                call_id=call.call_id,
                outcome="happened" if fact.decision == "happened" else "not_happened",
                output=value,
                by=fact.by,
                because=fact.because,
            )
            for call in request.calls
        )

    # --- ending --------------------------------------------------------------------------------

    def _succeed(self, state: RunState) -> AnyEvent:
        services = self._services
        names = base_names(state, services.values)
        names |= {
            step.name: value_of(state, step.name, services.values)
            for step in state.workflow.steps
            if not state.workflow.outputs or _mentions(state.workflow.outputs, step.name)
            if state.workflow.outputs or not state.workflow.dependents[step.name]
        }
        try:
            output = run_output(state.workflow, names, services.expressions)
            return RunSucceeded(output=services.values.keep(output))
        except MnError as fault:
            error = error_info(fault)
            return RunFailed(
                error=error.model_copy(update={"message": f"outputs: {error.message}"})
            )

    def _fail(self, state: RunState) -> RunFailed:
        return RunFailed(error=state.failure or error_info(MnError("a step failed")))

    def cancelled(self, instance: Instance) -> tuple[AnyEvent, ...]:
        """Return what becomes of an attempt when its run is cancelled."""
        doubtful = tuple(
            ToolInDoubt(
                path=instance.path,
                call_id=call.id,
                evidence="the run was cancelled while the call was being made",
            )
            for call in instance.calls
            if call.kind == "tool" and call.status == "open" and call.effect == "write"
        )
        interrupted = StepInterrupted(
            path=instance.path, attempt=instance.attempt, because="the run was cancelled"
        )
        return (*doubtful, interrupted)


def _code_hash(identity: JsonValue) -> str | None:
    if isinstance(identity, dict) and isinstance(identity.get("code"), str):
        return str(identity["code"])
    return None


def _mentions(outputs: JsonValue, name: str) -> bool:
    """Tell whether a name occurs in the outputs' templates; a false yes costs a load, no more."""
    return name in str(outputs)
