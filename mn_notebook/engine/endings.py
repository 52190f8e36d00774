"""Ends what has come to its end: iterations, waits, subworkflows, runs."""

from typing import Any

from pydantic import JsonValue

from mn_notebook.domain.events import (
    ApprovalClosed,
    ErrorInfo,
    RunFailed,
    RunSucceeded,
    StepFailed,
    StepInterrupted,
    StepIterated,
    StepSucceeded,
    TimerFired,
    ToolInDoubt,
)
from mn_notebook.domain.fold_scopes import inside, nodes_of
from mn_notebook.domain.ids import ROOT, ScopePath, StepPath, node_path
from mn_notebook.domain.state import Instance, RunState
from mn_notebook.domain.workflow import PythonStep, ToolStep
from mn_notebook.engine.faults import error_info, timed_out
from mn_notebook.engine.inputs import is_output, run_output
from mn_notebook.engine.move import AnyEvent, Move
from mn_notebook.engine.names import base_names, names_for, value_of
from mn_notebook.engine.retries import after_failure
from mn_notebook.engine.services import Services
from mn_notebook.errors import MnError, StoreBusy, StoreUnwritable


class Endings:
    """Says which events end something. Writes nothing."""

    def __init__(self, services: Services) -> None:
        """Evaluate with these services."""
        self._services = services

    # --- iterations ----------------------------------------------------------------------------

    def judge(self, state: RunState, path: StepPath) -> Move:
        """Evaluate whether an iteration is followed by another one.

        The bound ends it although the condition does not hold; the last output then stands.
        """
        instance = state.instances[path]
        step = state.step_at(instance.node)
        values = self._services.values
        repeat = step.repeat
        names = names_for(state, instance.node, values, instance.item, instance.iteration)
        names[step.name] = values.load(instance.output)
        try:
            holds = repeat is None or bool(self._services.expressions.evaluate(repeat.until, names))
        except (StoreBusy, StoreUnwritable):
            raise
        except MnError as fault:
            error = error_info(fault).model_copy(update={"permanent": True})
            return Move((StepFailed(path=path, attempt=instance.attempt, error=error, final=True),))
        # What was done before a redo does not count.
        done = instance.iteration - state.progress[instance.node].first_iteration + 1
        again = not holds and repeat is not None and done < repeat.at_most
        return Move((StepIterated(path=path, holds=holds, again=again),))

    # --- time and signals ----------------------------------------------------------------------

    def fire(self, state: RunState, path: StepPath) -> Move:
        """End a wait whose time has come, or what has taken too long."""
        instance = state.instances[path]
        fired = TimerFired(path=path)
        if not instance.wake_ends_it:
            output = self._services.values.keep(None)
            done = StepSucceeded(path=path, attempt=instance.attempt, output=output)
            return Move((fired, done))
        stopped = self.stopped(state, ScopePath(path), "the subworkflow took too long")
        error = self._took_too_long(state, instance)
        now = self._services.clock.now()
        return Move((fired, *stopped, *after_failure(state, instance, error, "read", now)))

    def _took_too_long(self, state: RunState, instance: Instance) -> ErrorInfo:
        """Return the failure of a wait or a subworkflow; only one that says `retry` goes on.

        Another attempt goes on from what was stopped. Where that may act still, there is none.
        """
        step = state.step_at(instance.node)
        error = timed_out(step.timeout_seconds or 0.0)
        if step.retry is None:
            return error.model_copy(update={"permanent": True})
        acting = [one.path for one in self._within(state, instance) if may_still_act(state, one)]
        if not acting:
            return error
        said = (
            f"{error.message}; what {acting[0]!r} does cannot be stopped, so that it is not tried "
            "again"
        )
        return error.model_copy(update={"message": said, "permanent": True, "still_acting": True})

    def take_signal(self, state: RunState, path: StepPath) -> Move:
        """End a wait whose signal has come."""
        instance = state.instances[path]
        output = instance.received or self._services.values.keep(None)
        return Move((StepSucceeded(path=path, attempt=instance.attempt, output=output),))

    # --- subworkflows --------------------------------------------------------------------------

    def close(self, state: RunState, path: ScopePath) -> Move:
        """End the step that runs a subworkflow, as that one has ended."""
        scope = state.scopes[path]
        instance = state.instances[StepPath(path)]
        if scope.failure is not None:
            stopped = self.stopped(state, path, "the subworkflow failed")
            now = self._services.clock.now()
            failed = after_failure(state, instance, self._as_said(state, instance), "read", now)
            return Move((*stopped, *failed))
        try:
            output = self._outputs(state, path)
        except (StoreBusy, StoreUnwritable):
            raise
        except MnError as fault:
            return Move((self._failed(instance, _of_outputs(fault)),))
        stored = self._services.values.keep(output)
        return Move((StepSucceeded(path=instance.path, attempt=instance.attempt, output=stored),))

    def _as_said(self, state: RunState, instance: Instance) -> ErrorInfo:
        """Return the failure inside; a step that says `retry` itself is taken at its word.

        Not where what failed may act still: another attempt could do the same twice at once.
        """
        error = state.scopes[ScopePath(instance.path)].failure or _of_outputs(MnError("it failed"))
        says_so = state.step_at(instance.node).retry is not None
        acting = any(
            one.error is not None and one.error.still_acting
            for one in self._within(state, instance)
        )
        permanent = acting or (error.permanent and not says_so)
        return error.model_copy(update={"permanent": permanent, "still_acting": acting})

    def _failed(self, instance: Instance, error: ErrorInfo) -> StepFailed:
        return StepFailed(path=instance.path, attempt=instance.attempt, error=error, final=True)

    def stopped(self, state: RunState, path: ScopePath, because: str) -> tuple[AnyEvent, ...]:
        """Return the end of all that is still under way, or asked, in a subworkflow."""
        within = self._within(state, state.instances[StepPath(path)])
        return tuple(event for one in within for event in given_up(state, one, because))

    def _within(self, state: RunState, outer: Instance) -> list[Instance]:
        """Return what has begun in the subworkflow that a unit of work runs, if it runs one."""
        scope = state.scopes.get(ScopePath(outer.path))
        nodes = () if scope is None else nodes_of(scope)
        return [one for node in nodes for one in inside(state, node)]

    # --- the run -------------------------------------------------------------------------------

    def succeed(self, state: RunState) -> AnyEvent:
        """End a run whose steps have all ended."""
        try:
            output = self._outputs(state, ROOT)
            if state.stopped_short:
                return self._in_part(state, output)
            return RunSucceeded(output=self._services.values.keep(output))
        except (StoreBusy, StoreUnwritable):
            raise
        except MnError as fault:
            if state.stopped_short:
                return self._in_part(state, self._known_outputs(state))
            return RunFailed(error=_of_outputs(fault))

    def _in_part(self, state: RunState, output: dict[str, JsonValue]) -> RunSucceeded:
        stored = self._services.values.keep(output)
        return RunSucceeded(output=stored, partial=state.stopped_short)

    def _known_outputs(self, state: RunState) -> dict[str, JsonValue]:
        """Return each output by itself; what cannot be said of what there is, is null."""
        names = self._named(state, ROOT)
        found: dict[str, JsonValue] = {}
        for name, template in state.workflow.outputs.items():
            try:
                found[name] = self._services.expressions.fill(template, names)
            except (StoreBusy, StoreUnwritable):
                raise
            except MnError:
                found[name] = None
        return found

    def _outputs(self, state: RunState, path: ScopePath) -> dict[str, JsonValue]:
        workflow = state.scopes[path].workflow
        return run_output(workflow, self._named(state, path), self._services.expressions)

    def _named(self, state: RunState, path: ScopePath) -> dict[str, Any]:
        """Return what outputs may name: what was put in, and what the steps gave."""
        values = self._services.values
        workflow = state.scopes[path].workflow
        names = base_names(state, path, values)
        for step in workflow.steps:
            wanted = step.name in str(workflow.outputs) if workflow.outputs else False
            if wanted or is_output(workflow, step):
                names[step.name] = value_of(state, node_path(path, step.name), values)
        return names

    def fail(self, state: RunState) -> RunFailed:
        """End a run of which a step failed for good."""
        return RunFailed(error=state.failure or error_info(MnError("a step failed")))


def _of_outputs(fault: MnError) -> ErrorInfo:
    error = error_info(fault)
    return error.model_copy(update={"message": f"outputs: {error.message}", "permanent": True})


def may_still_act(state: RunState, instance: Instance) -> bool:
    """Tell whether what is under way may go on outside although nobody waits for it any more.

    A thread cannot be stopped, and a call of an agent may be in one. A process of its own can.
    """
    if instance.path not in state.active:
        return False
    calls = [call for call in instance.calls if call.kind == "tool" and call.status == "open"]
    match state.step_at(instance.node):
        case PythonStep(isolation=isolation):
            return isolation == "thread"
        case ToolStep():
            return bool(calls)
        case _:
            return any(call.effect == "write" for call in calls)


def given_up(state: RunState, instance: Instance, because: str) -> tuple[AnyEvent, ...]:
    """Return what becomes of a unit of work that nobody wants any more.

    A ``write`` that is being made is in doubt from here on; a question is withdrawn.
    """
    if instance.approval is not None and instance.approval in state.approvals:
        return (ApprovalClosed(approval_id=instance.approval, path=instance.path),)
    if instance.path not in state.active and instance.token is None:
        return ()
    interrupted = StepInterrupted(
        path=instance.path, attempt=instance.attempt, because=because, on_purpose=True
    )
    return (*doubts(instance, because), interrupted)


def doubts(instance: Instance, because: str) -> tuple[ToolInDoubt, ...]:
    """Return the doubt about every write that is being made."""
    return tuple(
        ToolInDoubt(
            path=instance.path,
            call_id=call.id,
            evidence=f"{because} while the call was being made",
        )
        for call in instance.calls
        if call.kind == "tool" and call.status == "open" and call.effect == "write"
    )
