"""What must be true of every run, however often its processes died."""

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mn_notebook.domain.events import (
    ApprovalDecided,
    ApprovalExpired,
    ApprovalRequested,
    ModelFailed,
    ModelRequested,
    ModelResponded,
    Recorded,
    RunPauseRequested,
    RunReopened,
    RunResumed,
    StepFailed,
    StepInterrupted,
    StepSkipped,
    StepStarted,
    StepSucceeded,
    ToolFailed,
    ToolInDoubt,
    ToolStarted,
    ToolSucceeded,
)
from mn_notebook.domain.fold import apply, fold
from mn_notebook.domain.fold_ends import counted, outcome_for
from mn_notebook.domain.fold_scopes import begun
from mn_notebook.domain.ids import NodePath, ScopePath, node_path, step_of
from mn_notebook.domain.joins import Tally, verdict
from mn_notebook.domain.state import RunState
from mn_notebook.domain.workflow import WorkflowStep
from mn_notebook.engine.summary import summary_of
from mn_notebook.store.store import Store

if TYPE_CHECKING:
    from tests.simulation.simulation import Simulation


class Broken(AssertionError):
    """A guarantee does not hold."""


def check(simulation: "Simulation", reference: "Simulation | None") -> None:
    """Hold a run that has ended against all guarantees, and against one that had no fault."""
    outside = simulation.outside
    _require(not outside.wrongs, f"the outside saw: {outside.wrongs[:3]}")
    doubled = {key: count for key, count in outside.writes.items() if count > 1}
    _require(not doubled, f"writes that happened more than once: {doubled}")
    check_books(simulation)
    check_journal(simulation.witness.events, simulation.state)
    refolded = fold(simulation.case.workflow, simulation.state.run_id, simulation.witness.events)
    _require(refolded == simulation.state, "folding twice gives two states")
    if reference is not None:
        check_same(simulation, reference)


def _require(holds: object, message: str) -> None:
    if not holds:
        raise Broken(message)


# --- the end -----------------------------------------------------------------------------------


def outcome(simulation: "Simulation") -> dict[str, Any]:
    """Return what a run came to: everything that must not depend on crashes."""
    state = simulation.state
    values = simulation.values
    steps = {
        str(node): (progress.status, progress.skipped_because, progress.total)
        for node, progress in state.progress.items()
    }
    instances = {
        path: (one.status, values.load(one.output), one.error and one.error.message)
        for path, one in state.instances.items()
    }
    return {
        "phase": state.phase,
        "output": values.load(state.output),
        "steps": steps,
        "instances": instances,
    }


_ENDED = ("succeeded", "failed", "skipped")


def check_same(simulation: "Simulation", reference: "Simulation") -> None:
    """Require that a run came to what the undisturbed run came to.

    Where the run fails, it depends on the schedule what else had ended by then: only what ended in
    both can be compared.
    """
    mine, other = outcome(simulation), outcome(reference)
    _require(mine["phase"] == other["phase"], f"{mine['phase']} instead of {other['phase']}")
    failed = other["phase"] == "failed"
    for part in ("steps", "instances"):
        for name in sorted({*mine[part], *other[part]}):
            one, two = mine[part].get(name), other[part].get(name)
            if failed and not (one and two and one[0] in _ENDED and two[0] in _ENDED):
                continue
            _require(one == two, f"{part} {name}: {one} instead of {two}")
    _require(mine["output"] == other["output"], "the output differs")


# --- the books ---------------------------------------------------------------------------------


def check_books(simulation: "Simulation") -> None:
    """Require that whatever the outside saw again had an intent that was open at a crash."""
    made: Counter[tuple[str, str]] = Counter()
    requests = {
        recorded.event.call_id: f"{recorded.event.path}/{recorded.event.request_hash}"
        for recorded in simulation.witness.events
        if isinstance(recorded.event, ModelRequested)
    }
    for act in simulation.outside.acts:
        if act.kind != "check":
            name = requests.get(act.name, act.name) if act.kind == "model" else act.name  # type: ignore[call-overload]
            made[act.kind, name] += 1
    ended = _ended(simulation.witness.events, requests)
    crashed: Counter[tuple[str, str]] = Counter()
    for moment in simulation.moments:
        crashed.update(moment.open_calls)
    for identity, count in made.items():
        _require(
            count <= ended[identity] + crashed[identity],
            f"{identity} was made {count} times: {ended[identity]} outcomes are journaled, and "
            f"{crashed[identity]} crashes found it open",
        )


def _ended(events: list[Recorded], requests: dict[Any, str]) -> Counter[tuple[str, str]]:
    """Count the outcomes of everything that reaches the outside."""
    found: Counter[tuple[str, str]] = Counter()
    keys: dict[Any, str] = {}
    open_: dict[Any, tuple[str, str]] = {}
    for recorded in events:
        match recorded.event:
            case ToolStarted() as started:
                keys[started.call_id] = started.key
                open_[started.call_id] = ("tool", started.key)
            case ModelRequested() as requested:
                open_[requested.call_id] = ("model", requests[requested.call_id])
            case ToolSucceeded() | ToolFailed() | ToolInDoubt() as tool:
                found["tool", keys[tool.call_id]] += 1
                open_.pop(tool.call_id, None)
            case ModelResponded() | ModelFailed() as model:
                found["model", requests[model.call_id]] += 1
                open_.pop(model.call_id, None)
            case StepInterrupted(on_purpose=True) as stopped:
                # Nobody waited for it any more; it may have reached the outside.
                found["python", stopped.path] += 1
                for call_id in [one for one in open_ if one.startswith(f"{stopped.path}!")]:
                    found[open_.pop(call_id)] += 1
            case StepSucceeded() | StepFailed() as step:
                found["python", step.path] += 1
            case _:
                pass
    return found


# --- the journal -------------------------------------------------------------------------------


def check_journal(events: list[Recorded], state: RunState) -> None:
    """Require of the facts, in their order, what the guarantees say."""
    _require(
        [recorded.seq for recorded in events] == list(range(1, len(events) + 1)),
        "the numbers of the events are not dense",
    )
    _check_finished_once(events)
    _check_keys(events)
    _check_starts(events, state)
    _check_pauses(events)
    _check_skips(events, state)
    _check_signals(state)
    decided: Counter[str] = Counter()
    for recorded in events:
        if isinstance(recorded.event, ApprovalDecided | ApprovalExpired):
            decided[recorded.event.approval_id] += 1
    twice = [name for name, count in decided.items() if count > 1]
    _require(not twice, f"decided twice: {twice}")


def _check_finished_once(events: list[Recorded]) -> None:
    finished: set[str] = set()
    for recorded in events:
        match recorded.event:
            case ToolSucceeded() | ModelResponded() | ModelFailed() | ToolFailed() as ended:
                _require(ended.call_id not in finished, f"{ended.call_id} has two outcomes")
                finished.add(ended.call_id)
            case ToolStarted() | ModelRequested() as begun:
                _require(begun.call_id not in finished, f"{begun.call_id} was begun again")
            case _:
                pass


def _check_keys(events: list[Recorded]) -> None:
    """Require that the one call of a step has one key, whoever begins it and however often."""
    keys: dict[str, set[str]] = {}
    for recorded in events:
        event = recorded.event
        if isinstance(event, ToolStarted) and event.answers is None:
            keys.setdefault(event.path, set()).add(event.key)
    several = {path: found for path, found in keys.items() if len(found) > 1}
    _require(not several, f"calls whose key changed: {several}")


def _check_starts(events: list[Recorded], state: RunState) -> None:
    """Require that no step starts before the outcome of all that it needs is in the journal."""
    workflow = state.workflow
    current = fold(workflow, state.run_id, ())
    for recorded in events:
        event = recorded.event
        if isinstance(event, StepStarted) and event.path not in current.instances:
            node = event.node or NodePath(step_of(event.path))
            progress, step = current.progress[node], current.step_at(node)
            holds = verdict(step.join, progress.tally) == "start" or progress.called
            _require(holds, f"{event.path} started before its join rule held")
        current = apply(current, recorded)


def _check_pauses(events: list[Recorded]) -> None:
    """Require that nothing begins from the word that a run has to pause until it goes on."""
    held = False
    for recorded in events:
        match recorded.event:
            case RunPauseRequested():
                held = True
            case RunResumed() | RunReopened():
                held = False
            case StepStarted() | ToolStarted() | ModelRequested() as begun:
                _require(not held, f"{begun.path} began something though the run was to pause")
            case _:
                pass


def _check_skips(events: list[Recorded], state: RunState) -> None:
    """Require that what a person gave instead of a step's output stands for it."""
    for recorded in events:
        event = recorded.event
        if not isinstance(event, StepSkipped) or event.output is None:
            continue
        one = state.instances.get(event.path)
        node = one.node if one is not None else NodePath(event.path)
        is_item = one is not None and one.item is not None
        kept = one.output if one is not None and is_item else state.progress[node].given
        _require(kept == event.output, f"{event.path} lost the value it was given")


def _check_signals(state: RunState) -> None:
    """Require that nobody waits for a signal that is there, and no timer runs after the end."""
    _require(not set(state.signals) & set(state.awaited), "a signal is kept from who waits for it")
    if state.ended:
        _require(not state.timers or state.phase == "failed", "a timer outlives its run")


def check_state(state: RunState) -> None:
    """Require that what the state counts and indexes is what its parts say."""
    for path, scope in state.scopes.items():
        for step in scope.workflow.steps:
            _check_step(state, node_path(path, step.name))
        _check_scope(state, path)
    running = {
        path
        for path, one in state.instances.items()
        if one.status == "running" and not isinstance(state.step_of(path), WorkflowStep)
    }
    if not state.ended:
        _require(set(state.active) == running, "the attempts under way are miscounted")
        asked = {waiting.request.path for waiting in state.approvals.values()}
        held = {path for path, one in state.instances.items() if one.approval is not None}
        _require(asked == held, "the approvals are miscounted")
        _require(set(state.expiring) <= set(state.approvals), "something expires that is decided")


def _check_step(state: RunState, node: NodePath) -> None:
    progress, step = state.progress[node], state.step_at(node)
    scope = state.scopes[progress.scope]
    tally = Tally()
    for need in step.needs:
        other = node_path(scope.path, need)
        status = state.progress[other].status
        told = status in ("succeeded", "skipped") or (
            status == "failed" and state.step_at(other).on_failure == "continue"
        )
        outcome = outcome_for(state, node, other, status) if told else None
        tally = replace(tally, open=tally.open + 1)
        tally = counted(tally, outcome, 1) if outcome is not None else tally
    _require(progress.tally == tally, f"{node}: its needs are miscounted")
    waits = step.name in scope.workflow.fallback_of and not progress.called
    verdict_now = "wait" if waits else verdict(step.join, tally)
    if progress.status == "pending" and progress.doomed is None and not scope.closed:
        startable = verdict_now == "start"
        _require((progress.number in state.frontier) == startable, f"{node}: the frontier is wrong")
    if progress.status == "open" and not state.stopped(progress.scope):
        unjudged = {one.path for one in begun(state, node) if one.unjudged}
        watched = {path for path in (*state.judging, *state.repeating) if path in unjudged}
        _require(watched == unjudged, f"{node}: an iteration that ended is forgotten")
    if progress.status == "open" and progress.items is not None and progress.stand_in is None:
        items = list(begun(state, node))
        over = ("succeeded", "failed", "skipped")
        busy = sum(1 for one in items if one.status not in over or one.unjudged)
        _require(progress.busy == busy, f"{node}: busy items are miscounted")
        _require(len(items) == progress.next_item, f"{node}: items are miscounted")


def _check_scope(state: RunState, path: ScopePath) -> None:
    scope = state.scopes[path]
    steps = [state.progress[node_path(path, step.name)] for step in scope.workflow.steps]
    unended = sum(1 for one in steps if one.status not in ("succeeded", "failed", "skipped"))
    _require(scope.unended == unended, f"{path}: steps that have not ended are miscounted")
    under = sum(1 for one in state.active if not path or one.startswith(f"{path}/"))
    _require(scope.active == under, f"{path}: attempts under way are miscounted")


# --- the rows ----------------------------------------------------------------------------------


def check_rows(store: Store, state: RunState) -> None:
    """Require that the rows beside the journal are those that it gives."""
    line = store.views.run(state.run_id)
    _require(line.head == state.head, "the run's row has another head than its journal")
    connection = store.database.connect()
    try:
        attempts = set(connection.execute("SELECT path, token FROM mn_attempt").fetchall())
        approvals = dict(connection.execute("SELECT id, status FROM mn_approval").fetchall())
    finally:
        connection.close()
    expected = (
        set()
        if state.ended
        else {(path, one.token) for path, one in state.instances.items() if one.token is not None}
    )
    _require(attempts == expected, f"rows of attempts {attempts} instead of {expected}")
    for approval_id, status in approvals.items():
        is_open = approval_id in state.approvals
        # A decision that nobody has taken up stands in the row first.
        fits = status in ("open", "decided") if is_open else status != "open"
        _require(fits, f"approval {approval_id} is {status} in its row")
    if state.ended:
        _require(
            all(status != "open" for status in approvals.values()),
            "a person is asked on behalf of a run that has ended",
        )
        summary = summary_of(state)
        for name in ("status", "cost_usd", "cost_known", "steps_done", "waiting", "scripted"):
            found, wanted = getattr(line, name), getattr(summary, name)
            _require(found == wanted, f"the run's row says {name}={found} instead of {wanted}")


def asked(events: list[Recorded]) -> list[ApprovalRequested]:
    """Return every question that was asked."""
    return [one.event for one in events if isinstance(one.event, ApprovalRequested)]
