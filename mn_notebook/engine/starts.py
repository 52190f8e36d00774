"""Begins work: evaluates the texts of a step, once, and says which events announce it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pydantic import JsonValue

from mn_notebook.domain.budgets import shortage
from mn_notebook.domain.events import (
    ApprovalRequested,
    SignalAwaited,
    StepExpanded,
    StepFailed,
    StepSkipped,
    StepStarted,
    StepSucceeded,
    StepWaiting,
    TimerSet,
)
from mn_notebook.domain.ids import (
    ApprovalId,
    AttemptToken,
    NodePath,
    StepPath,
    instance_path,
)
from mn_notebook.domain.inputs import checked_inputs
from mn_notebook.domain.state import Instance, RunState, Scope
from mn_notebook.domain.values import NOTHING
from mn_notebook.domain.workflow import (
    ApproveStep,
    AskStep,
    Rule,
    Step,
    WaitStep,
    Workflow,
    WorkflowStep,
)
from mn_notebook.engine.budgeting import left_undone
from mn_notebook.engine.decisions import approval_of_ask, approval_of_step, authorised_for
from mn_notebook.engine.drafts import DraftRecorder
from mn_notebook.engine.faults import error_info
from mn_notebook.engine.inputs import expanded, holds, step_input, step_key
from mn_notebook.engine.move import AnyEvent, Move
from mn_notebook.engine.names import names_for
from mn_notebook.engine.services import Services
from mn_notebook.engine.waits import ends_at
from mn_notebook.errors import MnError, StoreBusy, StoreUnwritable
from mn_notebook.ports import Work


@dataclass(frozen=True, slots=True)
class Place:
    """A unit of work that is about to begin."""

    node: NodePath
    item: int | None = None
    iteration: int = 1


class Starts:
    """Evaluates what begins. Reads values and evaluates texts; writes and launches nothing."""

    def __init__(self, services: Services) -> None:
        """Evaluate with these services."""
        self._services = services

    # --- for the first time --------------------------------------------------------------------

    def begin(self, state: RunState, node: NodePath) -> Move:
        """Evaluate a step's condition, and start or expand it."""
        place = Place(node, iteration=state.progress[node].iteration_of(None))
        return self._guarded(state, place, self._begin)

    def item(self, state: RunState, node: NodePath, item: int) -> Move:
        """Start an item of a step that is expanded."""
        return self._guarded(state, Place(node, item), self._attempt)

    def iteration(self, state: RunState, path: StepPath) -> Move:
        """Start the iteration that follows the one at ``path``."""
        before = state.instances[path]
        place = Place(before.node, before.item, before.iteration + 1)
        return self._guarded(state, place, self._attempt)

    def _guarded(self, state: RunState, place: Place, make: Any) -> Move:
        """Make a move, or fail the step when it refers to, or says, what cannot be."""
        try:
            missing = self._services.missing(state, place.node)
            if missing is not None:
                return blocked(state, place.node, missing)
            move: Move = make(state, place)
        except (StoreBusy, StoreUnwritable):
            raise  # The step is not to blame; the runner asks again.
        except MnError as fault:
            return Move((self._cannot_begin(state, place, fault),))
        return move

    def _cannot_begin(self, state: RunState, place: Place, fault: MnError) -> StepFailed:
        return StepFailed(
            path=path_of(state, place),
            attempt=0,
            error=error_info(fault).model_copy(update={"permanent": True}),
            final=True,
            item=place.item,
            node=named(state, place.node),
            iteration=place.iteration,
        )

    def _begin(self, state: RunState, place: Place) -> Move:
        step = state.step_at(place.node)
        if step.when is None and step.for_each is None:
            return self._attempt(state, place)
        names = names_for(state, place.node, self._services.values, iteration=place.iteration)
        path = StepPath(place.node)
        if not holds(step, names, self._services.expressions):
            return Move((StepSkipped(path=path, because=f"`when: {step.when}` does not hold"),))
        if step.for_each is None:
            return self._attempt(state, place)
        items, keys = expanded(step, names, self._services.expressions)
        stored = self._services.values.keep(items)
        return Move((StepExpanded(path=path, items=stored, keys=keys),))

    def _attempt(self, state: RunState, place: Place) -> Move:
        values = self._services.values
        names = names_for(state, place.node, values, place.item, place.iteration)
        step = state.step_at(place.node)
        rendered = step_input(step, names, self._services.expressions)
        if isinstance(step, WorkflowStep):
            rendered = self._child_inputs(state, place, step, rendered)
        return self._started(state, place, rendered, attempt=1)

    def _child_inputs(
        self, state: RunState, place: Place, step: WorkflowStep, rendered: dict[str, JsonValue]
    ) -> dict[str, JsonValue]:
        workflow = state.scopes[state.progress[place.node].scope].workflow
        args = rendered["args"]
        given = args if isinstance(args, dict) else {}
        return {"args": checked_inputs(workflow.children[step.workflow], given)}

    # --- again ---------------------------------------------------------------------------------

    def again(self, state: RunState, path: StepPath) -> Move:
        """Start another attempt with the recorded input."""
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
        place = Place(instance.node, instance.item, instance.iteration)
        if instance.input == NOTHING:
            # It failed before its texts could be evaluated.
            return self._guarded(state, place, self._attempt)
        missing = self._services.missing(state, place.node)
        if missing is not None:
            return blocked(state, place.node, missing)
        rendered = self._services.values.load(instance.input)
        known = rendered if isinstance(rendered, dict) else {}
        return self._started(state, place, known, attempt=instance.attempt + 1)

    # --- what announces an attempt -------------------------------------------------------------

    def _started(
        self, state: RunState, place: Place, rendered: dict[str, JsonValue], *, attempt: int
    ) -> Move:
        """Return the start of an attempt and, where they are granted at once, its first intents."""
        step = state.step_at(place.node)
        path = path_of(state, place)
        known = state.instances.get(path)
        started = self._start_event(state, place, rendered, attempt)
        reused = self._reused(state, place, started, attempt)
        if reused is not None:
            return Move((started, reused))
        undone = left_undone(state, step, started)
        if undone is not None:
            return Move(undone)
        opening = self._opening_events(state, place, step, started, rendered)
        if opening is not None:
            return Move((started, *opening))
        handler = self._services.handlers.get(step.kind)
        if handler is None:
            return Move((started,), launches=(path,))
        work = work_of(
            state,
            place.node,
            path,
            rendered,
            attempt=attempt,
            known=known,
            iteration=place.iteration,
        )
        if self._services.ceilings and step.kind == "agent":
            return Move((started,), launches=(path,))  # Each of its calls is granted by itself.
        intents = handler.opening(work, DraftRecorder(work.calls, self._services.values, state))
        if shortage(state, (started, *intents), self._services.clock.now()) is not None:
            intents = ()  # The attempt is told when it announces the call itself.
        return Move((started, *intents), launches=(path,))

    def _start_event(
        self, state: RunState, place: Place, rendered: dict[str, JsonValue], attempt: int
    ) -> StepStarted:
        step = state.step_at(place.node)
        path = path_of(state, place)
        handler = self._services.handlers.get(step.kind)
        workflow = state.scopes[state.progress[place.node].scope].workflow
        identity = None if handler is None else handler.identity(workflow.asking(step))
        known = state.instances.get(path)
        stored = known.input if known is not None and known.attempt else None
        return StepStarted(
            path=path,
            attempt=attempt,
            # Only what is worked on can write for itself.
            token=AttemptToken("" if handler is None else self._services.ids.new()),
            input=stored or self._services.values.keep(rendered),
            step_key=step_key(step, rendered, identity),
            item=place.item,
            code_hash=_code_hash(identity),
            node=named(state, place.node),
            iteration=place.iteration,
        )

    def _reused(
        self, state: RunState, place: Place, started: StepStarted, attempt: int
    ) -> StepSucceeded | None:
        """Take over what the run that is reused has for a step that has not changed."""
        step = state.step_at(place.node)
        if state.reuses is None or attempt > 1 or step.kind not in _REUSABLE:
            return None
        if _outermost(place.node) in state.afresh:
            return None
        same = (place.node, started.step_key, started.path)
        taken = state.progress[place.node].taken
        found = self._services.reusable(state.reuses, *same, taken)
        if found is None:
            return None
        where, output = found
        return StepSucceeded(path=started.path, attempt=attempt, output=output, reused_from=where)

    def _opening_events(
        self,
        state: RunState,
        place: Place,
        step: Step,
        started: StepStarted,
        rendered: dict[str, JsonValue],
    ) -> tuple[AnyEvent, ...] | None:
        """Return what a step begins with that is no work of a process; None: it is work."""
        match step:
            case ApproveStep() | AskStep():
                return (self._question(state, place, step, started, rendered),)
            case WaitStep():
                return self._wait(state, step, started.path, rendered)
            case WorkflowStep():
                return self._time_limit(step, started.path)
            case _:
                return None

    def _question(
        self,
        state: RunState,
        place: Place,
        step: ApproveStep | AskStep,
        started: StepStarted,
        rendered: dict[str, JsonValue],
    ) -> ApprovalRequested:
        services = self._services
        approval_id = ApprovalId(services.ids.new())
        now = services.clock.now()
        if isinstance(step, AskStep):
            request = approval_of_ask(step, rendered, approval_id, started.path, now)
        else:
            request = approval_of_step(
                state, place.node, rendered, approval_id, started.path, now, services.asking
            )
        return request.model_copy(update={"attempt": started.attempt})

    def _wait(
        self, state: RunState, step: WaitStep, path: StepPath, rendered: dict[str, JsonValue]
    ) -> tuple[AnyEvent, ...]:
        known = state.instances.get(path)
        if step.signal is not None:
            awaited = SignalAwaited(path=path, name=step.signal)
            limit = self._time_limit(step, path)
            return (*limit, awaited)
        # A wait that is started again keeps the time that it had: it must not begin anew.
        at = known.wake_at if known is not None and not known.wake_ends_it else None
        at = at or ends_at(rendered, self._services.clock.now())
        sooner = tuple(one for one in self._time_limit(step, path) if one.at < at)
        return sooner or (TimerSet(path=path, at=at),)

    def _time_limit(self, step: Step, path: StepPath) -> tuple[TimerSet, ...]:
        if step.timeout_seconds is None:
            return ()
        at = self._services.clock.now() + timedelta(seconds=step.timeout_seconds)
        return (TimerSet(path=path, at=at, purpose="timeout"),)


_REUSABLE = ("agent", "tool", "python", "ask")
"""What people decided and time that has to pass are never taken over from another run. What they
filled in is: it is an input (decision note 26)."""


def path_of(state: RunState, place: Place) -> StepPath:
    """Name the unit of work."""
    progress = state.progress[place.node]
    key = None if place.item is None else progress.keys[place.item]
    return instance_path(place.node, key, place.iteration, progress.turn)


def named(state: RunState, node: NodePath) -> NodePath | None:
    """Return what an event says of its node: nothing, where its path tells it."""
    return node if state.progress[node].scope else None


def _outermost(node: NodePath) -> str:
    return node.partition("/")[0].partition("[")[0].partition("#")[0]


def blocked(state: RunState, node: NodePath, missing: str) -> Move:
    """Say that a step waits for code; it is asked again when a cell has run."""
    waiting = StepWaiting(path=StepPath(node), because=missing)
    known = state.progress[node].waiting_because == missing
    return Move(() if known else (waiting,), blocked=node)


def work_of(
    state: RunState,
    node: NodePath,
    path: StepPath,
    rendered: dict[str, JsonValue],
    *,
    attempt: int,
    known: Instance | None,
    iteration: int,
) -> Work:
    """Return everything that a handler may know of an attempt."""
    scope = state.scopes[state.progress[node].scope]
    policy, groups = _policy_of(state, scope)
    limited = state.limited.get(path)
    return Work(
        run_id=state.run_id,
        path=path,
        step=state.step_at(node),
        attempt=attempt,
        input=rendered,
        calls=known.calls if known is not None else (),
        call_count=known.call_count if known is not None else 0,
        authorised=authorised_for(state, node),
        workflow=scope.workflow,
        policy=policy,
        callers=callers_of(state, scope),
        groups=groups,
        model=state.model or None,
        ticket="" if limited is None else limited.ticket,
        node=node,
        iteration=iteration,
        turn=state.progress[node].turn,
        afresh=(known is not None and known.afresh) or _outermost(node) in state.afresh,
    )


def callers_of(state: RunState, scope: Scope) -> tuple[Workflow, ...]:
    """Return the workflows that call that of a graph, innermost first."""
    found: tuple[Workflow, ...] = ()
    while scope.parent is not None:
        scope = state.scopes[scope.parent]
        found = (*found, scope.workflow)
    return found


def _policy_of(state: RunState, scope: Scope) -> tuple[tuple[Rule, ...], tuple[str, ...]]:
    """Return the rules of a workflow and of those that call it, and their classes."""
    policy = scope.workflow.policy
    groups: tuple[str, ...] = (scope.workflow.group,)
    while scope.parent is not None:
        scope = state.scopes[scope.parent]
        policy = (*scope.workflow.policy, *policy)
        groups = (scope.workflow.group, *groups)
    return policy, groups


def _code_hash(identity: JsonValue) -> str | None:
    if isinstance(identity, dict) and isinstance(identity.get("code"), str):
        return str(identity["code"])
    return None
