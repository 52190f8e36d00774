"""What must be true of a run beyond the guarantees: its end, its counts and its rows."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mn_notebook.domain.fold import fold
from mn_notebook.domain.fold_ends import counted, outcome_for
from mn_notebook.domain.fold_scopes import begun
from mn_notebook.domain.ids import ROOT, NodePath, ScopePath, node_path
from mn_notebook.domain.joins import Tally, verdict
from mn_notebook.domain.state import RunState
from mn_notebook.domain.workflow import WorkflowStep
from mn_notebook.engine.summary import summary_of
from mn_notebook.store.store import Store
from tests.simulation.invariants import ask_all, controls_are_obeyed, writes_were_allowed
from tests.simulation.invariants import require as _require
from tests.simulation.sparing import (
    ladders_are_climbed_step_by_step,
    what_is_taken_over_was_given,
)
from tests.simulation.witness import Seen

Outcome = Mapping[str, Any]


def check(seen: Seen, reference: Outcome | None) -> None:
    """Hold a run that has ended against all guarantees, and against one that had no fault."""
    ask_all(seen)
    controls_are_obeyed(seen)
    writes_were_allowed(seen)
    what_is_taken_over_was_given(seen)
    ladders_are_climbed_step_by_step(seen)
    _require(not seen.outside.wrongs, f"the outside saw: {seen.outside.wrongs[:3]}")
    refolded = fold(seen.case.workflow, seen.run_id, seen.events)
    _require(refolded == seen.state, "folding twice gives two states", "fold")
    if reference is not None:
        check_same(outcome(seen), reference)


# --- the end -----------------------------------------------------------------------------------


def outcome(seen: Seen) -> Outcome:
    """Return what a run came to: everything that must not depend on crashes."""
    state = seen.state
    values = seen.values
    steps = {
        # Why it was skipped is said of whatever had ended first: of a need, or of an item.
        str(node): (progress.status, progress.total)
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


def check_same(mine: Outcome, other: Outcome) -> None:
    """Require that a run came to what the undisturbed run came to.

    Where something fails, it depends on the schedule what else had ended by then, in the run or
    in the subworkflow that failed: only what ended in both can be compared.
    """
    name = check_same.__name__
    _require(mine["phase"] == other["phase"], f"{mine['phase']}, not {other['phase']}", name)
    failed = other["phase"] == "failed"
    stopped = failed or any(one[0] == "failed" for one in other["instances"].values())
    within = tuple(
        f"{path}/"
        for outcome in (mine, other)
        for path, one in outcome["instances"].items()
        if one[0] == "failed"
    )
    for part, partly in (("steps", failed), ("instances", stopped)):
        for path in sorted({*mine[part], *other[part]}):
            one, two = mine[part].get(path), other[part].get(path)
            if (partly or path.startswith(within)) and not (
                one and two and one[0] in _ENDED and two[0] in _ENDED
            ):
                continue
            _require(one == two, f"{part} {path}: {one} instead of {two}", name)
    _require(mine["output"] == other["output"], "the output differs", name)


# --- the state ---------------------------------------------------------------------------------


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
        asked = {
            waiting.request.path
            for waiting in state.approvals.values()
            if waiting.request.subject != "budget"  # No step waits for it, but the run.
        }
        held = {path for path, one in state.instances.items() if one.approval is not None}
        _require(asked == held, "the approvals are miscounted")
        _require(set(state.expiring) <= set(state.approvals), "something expires that is decided")
    _check_accounts(state)


def _check_accounts(state: RunState) -> None:
    """Require that a run, and each subworkflow, has spent what the steps in it have."""
    accounts = [(ROOT, state.account), *((p, one.account) for p, one in state.scopes.items() if p)]
    for path, account in accounts:
        own = [progress.account for progress in state.progress.values() if progress.scope == path]
        for name in ("calls", "counted_tokens", "counted_usd"):
            spent = sum(getattr(one, name) for one in own)
            _require(getattr(account, name) == spent, f"{path or 'the run'}: {name} miscounted")
    question = [one for one in state.approvals.values() if one.request.subject == "budget"]
    _require(len(question) <= (state.reached is not None), "a question about no budget waits")


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
        known = progress.next_item + progress.ahead
        _require(len(items) == known, f"{node}: items are miscounted")
        left = progress.next_item < progress.total
        next_one = state.current(node, progress.next_item) if left else None
        _require(next_one is None, f"{node}: the next item has begun already")


def _check_scope(state: RunState, path: ScopePath) -> None:
    scope = state.scopes[path]
    steps = [state.progress[node_path(path, step.name)] for step in scope.workflow.steps]
    unended = sum(1 for one in steps if one.status not in ("succeeded", "failed", "skipped"))
    _require(scope.unended == unended, f"{path}: steps that have not ended are miscounted")
    under = sum(1 for one in state.active if not path or one.startswith(f"{path}/"))
    _require(scope.active == under, f"{path}: attempts under way are miscounted")


# --- the rows ----------------------------------------------------------------------------------


_ATTEMPTS = "SELECT path, token FROM mn_attempt WHERE run_id = ?"
_APPROVALS = "SELECT id, status FROM mn_approval WHERE run_id = ?"


def check_rows(store: Store, state: RunState) -> None:
    """Require that the rows beside the journal are those that it gives."""
    line = store.views.run(state.run_id)
    _require(line.head == state.head, "the run's row has another head than its journal")
    connection = store.database.connect()
    try:
        attempts = set(connection.execute(_ATTEMPTS, (state.run_id,)).fetchall())
        approvals = dict(connection.execute(_APPROVALS, (state.run_id,)).fetchall())
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
