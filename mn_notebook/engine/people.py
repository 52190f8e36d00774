"""Turns what people decide and ask for into events."""

from pydantic import JsonValue

from mn_notebook.domain.events import (
    ApprovalClosed,
    ApprovalDecided,
    ApprovalDelegated,
    ApprovalEscalated,
    ApprovalExpired,
    ApprovalRequested,
    ErrorInfo,
    PermissionRevoked,
    RunReopened,
    StepFailed,
    StepSkipped,
    StepsRedone,
    StepSucceeded,
    ToolSettled,
)
from mn_notebook.domain.fold_reopen import ends_run
from mn_notebook.domain.fold_scopes import begun, inside
from mn_notebook.domain.ids import (
    ApprovalId,
    NodePath,
    ScopePath,
    StepName,
    StepPath,
    node_path,
)
from mn_notebook.domain.state import Instance, RunState
from mn_notebook.domain.workflow import ApproveStep, Redo, Workflow
from mn_notebook.engine import budgeting
from mn_notebook.engine.call_decisions import CallDecisions, stopped
from mn_notebook.engine.decisions import approve_value, authorised_by, decided, edited
from mn_notebook.engine.endings import given_up
from mn_notebook.engine.faults import error_info
from mn_notebook.engine.move import AnyEvent, Move
from mn_notebook.engine.services import Services
from mn_notebook.engine.starts import named
from mn_notebook.errors import MnError
from mn_notebook.ports import InboxCommand


class People:
    """Says which events follow from a person's word, or from silence. Writes nothing."""

    def __init__(self, services: Services) -> None:
        """Evaluate with these services."""
        self._services = services
        self._calls = CallDecisions(services)

    # --- decisions -----------------------------------------------------------------------------

    def decision(self, state: RunState, command: InboxCommand) -> tuple[AnyEvent, ...]:
        """Return what follows from a decision; nothing if it is not asked for any more."""
        waiting = state.approvals.get(ApprovalId(str(command.body.get("approval_id"))))
        if waiting is None:
            return ()
        request = waiting.request
        fact = decided(request, command.body, by=command.by, via=command.via, at=command.at)
        fact = fact.model_copy(update={"command_id": command.id})
        if fact.decision == "stop":
            return (fact, stopped(fact))
        match request.subject:
            case "approve":
                return self._approve_decided(state, request, fact, command)
            case "ask" if request.calls:
                return (self._told(fact, command),)
            case "ask":
                return self._answered(state, request, fact, command)
            case "budget":
                return budgeting.decided(state, request, fact, command, self._services.values)
            case "in_doubt" if fact.decision in ("happened", "not_happened"):
                return (fact, *self._settled(request, fact, command))
            case "call":
                return self._calls.decided(state, request, fact, command.body)
            case _:
                return (fact,)

    def _approve_decided(
        self,
        state: RunState,
        request: ApprovalRequested,
        fact: ApprovalDecided,
        command: InboxCommand,
    ) -> tuple[AnyEvent, ...]:
        instance = state.instances[request.path]
        step = state.step_at(instance.node)
        if not isinstance(step, ApproveStep):
            return ()
        approved = fact.decision == "approve"
        edits = command.body.get("edits") if approved else None
        shown = edited(request, edits, self._services.values)
        value = approve_value(shown, approved=approved, by=fact.by, because=fact.because)
        if not approved and self._goes_back(state, instance, step):
            if state.stopped(state.progress[instance.node].scope):
                # Nothing is begun anew where all is about to fail: a retry will ask again.
                return ()
            return (fact, *self._sent_back(state, instance, step, fact, value))
        try:
            asking = self._services.asking
            allowed = authorised_by(state, instance.node, value, asking) if approved else ()
        except MnError as fault:
            return (fact, _failed(instance, error_info(fault)))
        kept = self._services.values.keep(edits)
        fact = fact.model_copy(update={"authorised": allowed, "edits": kept})
        return (fact, self._ended(instance, value))

    def _ended(self, instance: Instance, value: JsonValue) -> StepSucceeded:
        output = self._services.values.keep(value)
        return StepSucceeded(path=instance.path, attempt=instance.attempt, output=output)

    def _answered(
        self,
        state: RunState,
        request: ApprovalRequested,
        fact: ApprovalDecided,
        command: InboxCommand,
    ) -> tuple[AnyEvent, ...]:
        instance = state.instances[request.path]
        if fact.decision != "answer":
            because = f": {fact.because}" if fact.because else ""
            error = ErrorInfo(
                type="declined", permanent=True, message=f"{fact.by} declined to answer{because}"
            )
            return (fact, _failed(instance, error))
        answers = command.body.get("value")
        given = answers if isinstance(answers, dict) else {}
        fact = fact.model_copy(update={"answers": self._services.values.keep(given)})
        return (fact, self._ended(instance, {**given, "by": fact.by}))

    def _told(self, fact: ApprovalDecided, command: InboxCommand) -> ApprovalDecided:
        """Return the answer to what a call asked; it is told also that there is none."""
        if fact.decision != "answer":
            return fact
        answers = self._services.values.keep(command.body.get("value"))
        return fact.model_copy(update={"answers": answers})

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

    # --- a rejection that sends the work back --------------------------------------------------

    def _goes_back(self, state: RunState, instance: Instance, step: ApproveStep) -> bool:
        redo = step.on_reject
        return redo is not None and state.progress[instance.node].redos < redo.at_most

    def _sent_back(
        self,
        state: RunState,
        instance: Instance,
        step: ApproveStep,
        fact: ApprovalDecided,
        value: JsonValue,
    ) -> tuple[AnyEvent, ...]:
        redo = step.on_reject or Redo(target=step.name)
        scope = state.scopes[state.progress[instance.node].scope]
        names = between(scope.workflow, redo.target, step.name)
        nodes = tuple(node_path(scope.path, name) for name in names)
        because = "the work was sent back"
        stopped = [
            event
            for node in nodes
            for one in inside(state, node)
            if one.path != instance.path
            for event in given_up(state, one, because)
        ]
        redone = StepsRedone(
            path=instance.path,
            target=node_path(scope.path, redo.target),
            nodes=nodes,
            feedback=fact.because,
            output=self._services.values.keep(value),
        )
        return (*stopped, redone)

    # --- silence -------------------------------------------------------------------------------

    def expire(self, state: RunState, approval_id: ApprovalId) -> Move:
        """Say what silence means for a question."""
        if self._services.is_decided(approval_id):
            # Somebody decided in time; the decision is in the inbox and will be taken up.
            return Move(blocked=approval_id)
        request = state.approvals[approval_id].request
        if request.subject == "budget":  # A new day has its own.
            return Move((ApprovalClosed(approval_id=approval_id, path=request.path),))
        expired = ApprovalExpired(approval_id=approval_id, path=request.path)
        if request.then == "escalate":
            path = request.path
            return Move((ApprovalEscalated(approval_id=approval_id, path=path, to=request.to),))
        if request.subject == "call":
            return Move((expired,))  # The call is refused; its step goes on, and says so.
        return Move((expired, self._after_silence(state, request)))

    def _after_silence(self, state: RunState, request: ApprovalRequested) -> AnyEvent:
        instance = state.instances[request.path]
        because = "nobody decided in time"
        if request.then == "skip":
            return StepSkipped(path=request.path, because=because)
        if request.subject == "ask":
            error = ErrorInfo(type="expired", permanent=True, message="nobody answered in time")
            return _failed(instance, error)
        shown = edited(request, None, self._services.values)
        value = approve_value(shown, approved=False, by="nobody", because=because)
        return self._ended(instance, value)

    # --- repairs -------------------------------------------------------------------------------

    def skip(self, state: RunState, command: InboxCommand) -> tuple[AnyEvent, ...]:
        """Return what a person's word that a step need not be done comes to."""
        path = StepPath(str(command.body.get("path") or ""))
        instance, node = located(state, path)
        if node is None:
            return self._skip_unbegun(state, path, command)
        reopened = reopened_for(state, path, command)
        if not reopened and not can_be_skipped(state, node, instance):
            return ()
        stopped = [
            event
            for outer in _concerned(state, node, instance)
            for one in _with_inner(state, outer)
            for event in given_up(state, one, "the step was skipped")
        ]
        return (*reopened, *stopped, self._skipped(path, command))

    def _skip_unbegun(
        self, state: RunState, path: StepPath, command: InboxCommand
    ) -> tuple[AnyEvent, ...]:
        """Leave an item undone whose turn has not come."""
        place = waiting_item(state, path)
        if place is None or not can_be_skipped(state, place[0], None):
            return ()
        node, item = place
        told = {"item": item, "node": named(state, node)}
        return (self._skipped(path, command).model_copy(update=told),)

    def _skipped(self, path: StepPath, command: InboxCommand) -> StepSkipped:
        given = command.body.get("has_value")
        because = str(command.body.get("because") or "")
        return StepSkipped(
            path=path,
            because=because or f"{command.by} skipped it",
            by=command.by,
            output=self._services.values.keep(command.body.get("value")) if given else None,
            command_id=command.id,
        )

    def retry(self, state: RunState, command: InboxCommand) -> tuple[AnyEvent, ...]:
        """Return what a person's wish to try failed steps again comes to."""
        wanted = command.body.get("path")
        if not wanted:
            if state.phase != "failed" or state.undo.begun:
                return ()
            return (RunReopened(by=command.by, command_id=command.id),)
        events = reopened_for(state, StepPath(str(wanted)), command)
        if not events:
            return ()
        return (RunReopened(by=command.by, command_id=command.id, paths=(StepPath(str(wanted)),)),)


def _concerned(state: RunState, node: NodePath, instance: Instance | None) -> list[Instance]:
    """Return the units of work that end with a step, or with one item of it."""
    if instance is not None and instance.item is not None:
        return [instance]
    stand_in = state.progress[node].stand_in
    return [*begun(state, node), *(begun(state, stand_in) if stand_in is not None else ())]


def _with_inner(state: RunState, outer: Instance) -> list[Instance]:
    return [one for one in inside(state, outer.node) if _is_within(one.path, outer.path)]


def _is_within(path: StepPath, outer: StepPath) -> bool:
    return path == outer or path.startswith(f"{outer}/")


def located(state: RunState, path: StepPath) -> tuple[Instance | None, NodePath | None]:
    """Return the unit of work and the step that a path names; None where there is none."""
    instance = state.instances.get(path)
    if instance is not None:
        return instance, instance.node
    node = NodePath(path)
    return None, node if node in state.progress else None


def waiting_item(state: RunState, path: StepPath) -> tuple[NodePath, int] | None:
    """Return the step and the place of an item whose turn has not come; None: it names none."""
    for node, progress in state.progress.items():
        if not path.startswith((f"{node}[", f"{node}#")) or progress.stand_in is not None:
            continue
        for item in range(progress.next_item, progress.total):
            if state.current_path(node, item) == path:
                return (node, item) if path not in state.instances else None
    return None


def can_be_skipped(state: RunState, node: NodePath, instance: Instance | None) -> bool:
    """Tell whether a step, or one item of it, has not ended yet."""
    progress = state.progress[node]
    if state.ended or progress.status not in ("pending", "open") or _is_closed(state, node):
        return False
    if instance is None or instance.path == StepPath(node):
        return True
    over = instance.status in ("succeeded", "failed", "skipped") and not instance.unjudged
    return state.is_current(instance) and (instance.item is None or not over)


def _is_closed(state: RunState, node: NodePath) -> bool:
    """Tell whether a step stands in a subworkflow that nobody waits for any more."""
    here: ScopePath | None = state.progress[node].scope
    while here is not None:
        if state.scopes[here].closed:
            return True
        here = state.scopes[here].parent
    return False


def reopened_for(state: RunState, path: StepPath, command: InboxCommand) -> tuple[RunReopened, ...]:
    """Return the reopening that lets a step which has ended the run be done otherwise."""
    instance, node = located(state, path)
    if node is None or not has_failed(state, node, instance):
        return ()
    return (RunReopened(by=command.by, paths=(path,)),)


def has_failed(state: RunState, node: NodePath, instance: Instance | None) -> bool:
    """Tell whether the failure of a step, or of one item of it, has ended its run."""
    if state.phase != "failed" or state.undo.begun or not ends_run(state, node):
        return False
    if instance is not None and not _failed_now(state, node, instance):
        return False
    scope = state.progress[node].scope
    outer = state.instances[StepPath(scope)] if scope else None
    return outer is None or (outer.status == "failed" and has_failed(state, outer.node, outer))


def _failed_now(state: RunState, node: NodePath, instance: Instance) -> bool:
    """Tell whether a unit of work is the one that failed, and no iteration before it."""
    if instance.path == StepPath(node):
        return True
    return state.is_current(instance) and (instance.item is None or instance.status == "failed")


def between(workflow: Workflow, first: StepName, last: StepName) -> tuple[StepName, ...]:
    """Return the steps on the ways from ``first`` to ``last``, both included, in their order.

    The fallbacks of these steps are among them.
    """
    after = _reach(workflow, first)
    before = _back(workflow, last)
    on_the_way = after & before
    fallbacks = {
        step.fallback
        for step in workflow.steps
        if step.name in on_the_way and step.fallback is not None
    }
    return tuple(step.name for step in workflow.steps if step.name in on_the_way | fallbacks)


def _reach(workflow: Workflow, start: StepName) -> set[StepName]:
    found, waiting = {start}, [start]
    while waiting:
        for position in workflow.dependents[waiting.pop()]:
            name = workflow.steps[position].name
            if name not in found:
                found.add(name)
                waiting.append(name)
    return found


def _back(workflow: Workflow, start: StepName) -> set[StepName]:
    found, waiting = {start}, [start]
    while waiting:
        for name in workflow.step(waiting.pop()).needs:
            if name not in found:
                found.add(name)
                waiting.append(name)
    return found


def _failed(instance: Instance, error: ErrorInfo) -> StepFailed:
    return StepFailed(path=instance.path, attempt=instance.attempt, error=error, final=True)


def entrusted(state: RunState, command: InboxCommand) -> tuple[AnyEvent, ...]:
    """Return what the wish that another person decides, or that a permission ends, comes to."""
    if command.kind == "revoke":
        tool = str(command.body.get("tool") or "")
        if tool not in state.permissions:
            return ()
        return (PermissionRevoked(tool=tool, by=command.by, command_id=command.id),)
    waiting = state.approvals.get(ApprovalId(str(command.body.get("approval_id"))))
    if waiting is None:
        return ()
    delegated = ApprovalDelegated(
        approval_id=waiting.request.approval_id,
        path=waiting.request.path,
        to=str(command.body.get("to") or ""),
        by=command.by,
        because=str(command.body.get("because") or ""),
        command_id=command.id,
    )
    return (delegated,)
