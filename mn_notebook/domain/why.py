"""Explains a run, or a step of it, in words: what it did, why it stands there, what moves it on.

Everything is told from the journal alone, so that it is as true years later, and of a run that
nobody advances.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from mn_notebook.domain.budget_words import spent_of, why_reached
from mn_notebook.domain.budgets import counted_until
from mn_notebook.domain.call_words import spared_text
from mn_notebook.domain.events import Recorded
from mn_notebook.domain.fold_scopes import inside, nodes_of
from mn_notebook.domain.ids import ROOT, NodePath, StepPath, node_path
from mn_notebook.domain.next_words import next_sentence, status_text
from mn_notebook.domain.state import RunState
from mn_notebook.domain.statuses import Owner, RunStatus
from mn_notebook.domain.step_pictures import instances_of, step_status
from mn_notebook.domain.undo_words import undo_told, undone_at
from mn_notebook.domain.why_commands import Command, of_run, of_step
from mn_notebook.domain.why_facts import facts_of
from mn_notebook.domain.why_steps import ENDED, LONGEST, View, names, standing
from mn_notebook.domain.words import age, at_least, money, one_line, plural
from mn_notebook.domain.workflow import WorkflowStep

MOST_TOLD = 12
"""Steps of which is said how they stand; the others are counted."""


class Explanation(BaseModel):
    """A run, or a step, in words. Its texts are untrusted: a face shows them as text."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    run_id: str
    step: str
    """The step that is explained; '' when it is the run."""
    head: str
    did: tuple[str, ...]
    """What has happened so far."""
    why: tuple[str, ...]
    """Why it stands where it stands."""
    next: str
    """What happens next."""
    commands: tuple[Command, ...]
    """What somebody could do, each with the line to type."""


def why_run(
    state: RunState, events: Sequence[Recorded], status: RunStatus, owner: Owner, now: datetime
) -> Explanation:
    """Explain a run from its state and the facts that it was folded from."""
    view = View(state, facts_of(events), now)
    title = f" · {one_line(state.title, 60)}" if state.title else ""
    return Explanation(
        run_id=state.run_id,
        step="",
        head=(
            f"Run {state.run_id[:4]} of {one_line(state.workflow.name, 60)}{title}: "
            f"{status_text(state, status, owner)}."
        ),
        did=tuple(_did(view, counted_until(state, owner, now))),
        why=tuple(_why(view, status, owner)),
        next=next_sentence(state, status, owner),
        commands=of_run(state, status, owner),
    )


def why_step(
    state: RunState,
    events: Sequence[Recorded],
    status: RunStatus,
    owner: Owner,
    now: datetime,
    path: str,
) -> Explanation | None:
    """Explain a step, or a unit of its work, and what those before it have to do with it.

    None: the run has no such step.
    """
    node = _node(state, path)
    if node is None:
        return None
    view = View(state, facts_of(events), now)
    before = _before(state, node)
    ended = [one for one in before if state.progress[one].status in ENDED]
    return Explanation(
        run_id=state.run_id,
        step=node,
        head=(
            f"Step {node} ({state.step_at(node).kind}) of run {state.run_id[:4]}; the run is: "
            f"{status_text(state, status, owner)}."
        ),
        did=tuple(_standings(view, ended, "have ended")),
        why=(
            *_held(view, owner),
            *standing(view, node),
            *_undone(state, node),
            *_open_before(view, before),
        ),
        next=_next_of(view, node, status, owner),
        commands=of_step(state, node, status, owner),
    )


def _undone(state: RunState, node: NodePath) -> Iterator[str]:
    if state.undo.begun:
        yield from undone_at(state, {one.path for one in inside(state, node)})


def _node(state: RunState, path: str) -> NodePath | None:
    if path in state.progress:
        return NodePath(path)
    instance = state.instances.get(StepPath(path))
    return None if instance is None else instance.node


# --- what it did -------------------------------------------------------------------------------


def _did(view: View, until: datetime) -> Iterator[str]:
    state = view.state
    total = len(state.workflow.steps)
    totals = state.totals
    cost = money(totals.cost_usd) if totals.cost_known else at_least(totals.cost_usd)
    yield (
        f"{total - state.unended} of {total} steps have ended, with "
        f"{plural(totals.model_calls, 'model call')} and {plural(totals.tool_calls, 'tool call')}, "
        f"for {cost}."
    )
    spent = spent_of(state, until) if state.workflow.asks_models else ()
    if spent:
        yield f"Of its budget are spent or reserved: {', '.join(spent)}."
    if spared := spared_text(totals.spared):
        yield f"Identical calls had been made before: {spared}."
    if state.model:
        yield f"For the sake of the budget all calls are made with {one_line(state.model, 60)}."
    if state.partial or state.stopped_short:
        yield f"Not all was done: {one_line(state.partial or state.stopped_short, LONGEST)}."
    by_status: dict[str, list[str]] = {}
    for node in nodes_of(state.root):
        by_status.setdefault(state.progress[node].status, []).append(node)
    if by_status.get("succeeded"):
        yield f"Succeeded: {names(by_status['succeeded'])}."
    notable = [node for node in nodes_of(state.root) if _is_notable(view, node)]
    yield from _standings(view, notable, "ended otherwise than at the first try, or by a person")
    if view.facts.reopened:
        yield f"It was reopened {view.facts.reopened}."


def _standings(view: View, nodes: Sequence[NodePath], likewise: str) -> Iterator[str]:
    """Say how steps stand and why: of very many those in trouble first, the others counted."""
    telling = nodes
    if len(nodes) > MOST_TOLD:
        telling = sorted(nodes, key=lambda node: not _is_in_trouble(view.state, node))[:MOST_TOLD]
    for node in telling:
        yield from standing(view, node)
    left = len(nodes) - len(telling)
    if left:
        told = {*telling}
        others = names([node for node in nodes if node not in told])
        yield f"{plural(left, 'more step')} {likewise}: {others}."


def _is_in_trouble(state: RunState, node: NodePath) -> bool:
    """Tell whether a step failed, or waits for a person or for code.

    Of a called workflow that waits, the steps inside are in trouble.
    """
    progress = state.progress[node]
    if progress.status in ENDED:
        return progress.status == "failed"
    if isinstance(state.step_at(node), WorkflowStep):
        return progress.waiting_because is not None
    return step_status(state, progress, instances_of(state, node)) in ("in_doubt", "waiting")


def _is_notable(view: View, node: NodePath) -> bool:
    """Tell whether a step ended otherwise than by doing its work at the first try."""
    state, progress = view.state, view.state.progress[node]
    if progress.status in ("skipped", "failed"):
        return True
    if progress.status != "succeeded":
        return False
    step = state.step_at(node)
    current = state.current(node) if step.for_each is None else None
    return (
        progress.given is not None
        or progress.stand_in is not None
        or progress.failed > 0
        or step.repeat is not None
        or step.kind in ("approve", "ask")
        or (current is not None and current.reused_from is not None)
    )


# --- why it stands there -----------------------------------------------------------------------


def _why(view: View, status: RunStatus, owner: Owner) -> Iterator[str]:
    state = view.state
    if state.ended and state.undo.calls:
        yield from undo_told(state)
    match status if not state.undoing else state.phase:
        case "queued":
            yield "Nobody has begun it: no process advances the runs of its notebook or file now."
        case "succeeded":
            yield "Every step has ended, and its outputs are kept."
        case "cancelled":
            undone = "" if state.undo.begun else "; nothing is undone"
            yield f"It was stopped {view.facts.cancelled or 'by a person'}{undone}."
        case "failed":
            yield from _why_failed(view)
        case _:
            yield from _held(view, owner)
            telling = [node for node in nodes_of(state.root) if _stands_out(state, node)]
            yield from _standings(view, telling, "go on, or may begin")


def _stands_out(state: RunState, node: NodePath) -> bool:
    """Tell whether a step goes on, could begin, or waits for code: not only for other steps."""
    progress = state.progress[node]
    ready = progress.number in state.frontier or progress.waiting_because is not None
    return progress.status == "open" or (progress.status == "pending" and ready)


def _held(view: View, owner: Owner) -> Iterator[str]:
    state = view.state
    if state.ended:
        return
    if state.cancel_requested:
        yield f"It is being stopped {view.facts.cancelled or 'by a person'}."
    elif state.paused:
        yield f"It is paused {view.facts.paused or 'by a person'}: nothing new begins."
    elif state.pause_requested:
        yield (
            f"It is about to be paused {view.facts.paused or 'by a person'}: what is under way "
            "ends first, nothing new begins."
        )
    if state.reached is not None:
        yield f"Nothing new begins: {why_reached(state.reached)}."
    if state.failure is not None:
        yield (
            f"It has failed, and ends when nothing is under way any more: "
            f"{one_line(state.failure.message, LONGEST)}."
        )
    if owner == "gone":
        yield "Nobody advances it: the process that did has ended. What is finished is kept."
    elif view.facts.taken_over_at is not None and view.facts.cut_off:
        when = age(view.facts.taken_over_at, view.now)
        yield (
            f"Another process took it over {'just now' if when == 'now' else when}: "
            f"{one_line(view.facts.cut_off, LONGEST)}. What is finished is kept."
        )


def _why_failed(view: View) -> Iterator[str]:
    state = view.state
    error = state.error or state.failure
    if error is not None:
        yield f"The first cause: {one_line(error.message, LONGEST)}."
    never = [node for node in nodes_of(state.root) if state.progress[node].status == "pending"]
    if never:
        yield f"Because of that {plural(len(never), 'step')} never began: {names(never)}."
    stopped = [node for node in nodes_of(state.root) if state.progress[node].status == "open"]
    if stopped:
        yield f"Given up with it: {names(stopped)}."


# --- a step and those before it ----------------------------------------------------------------


def _before(state: RunState, node: NodePath) -> list[NodePath]:
    """Return the steps that a step follows from, in the order of the text."""
    progress = state.progress[node]
    workflow = state.scopes[progress.scope].workflow
    found: set[str] = set()
    waiting = [state.step_at(node)]
    while waiting:
        for need in waiting.pop().needs:
            if need not in found:
                found.add(need)
                waiting.append(workflow.step(need))
    return [node_path(progress.scope, s.name) for s in workflow.steps if s.name in found]


def _open_before(view: View, before: Sequence[NodePath]) -> Iterator[str]:
    """Say what those before a step wait for, while they have not ended themselves."""
    telling = [one for one in before if _stands_out(view.state, one)]
    yield from _standings(view, telling, "go on, or may begin")


def _next_of(view: View, node: NodePath, status: RunStatus, owner: Owner) -> str:
    state = view.state
    progress = state.progress[node]
    if state.ended or progress.status not in ENDED:
        return next_sentence(state, status, owner)
    scope = state.scopes[progress.scope]
    after = [
        scope.workflow.steps[i].name for i in scope.workflow.dependents[state.step_at(node).name]
    ]
    if not after:
        where = "run" if progress.scope == ROOT else "workflow"
        return f"No step needs it: its value is a part of the {where}'s outputs, if it has one."
    return f"What needs it: {names(after)}."
