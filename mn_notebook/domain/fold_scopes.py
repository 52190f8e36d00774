"""Graphs that begin, end and are done anew: subworkflows, redone steps, reopened runs."""

from collections.abc import Iterator

from mn_notebook.domain.fold_ends import counted, outcome_for, settle
from mn_notebook.domain.fold_parts import release, with_progress, with_scope, without
from mn_notebook.domain.ids import NodePath, ScopePath, StepPath, node_path
from mn_notebook.domain.joins import Tally
from mn_notebook.domain.replacing import replace
from mn_notebook.domain.state import Instance, Progress, RunState, Scope
from mn_notebook.domain.values import Stored
from mn_notebook.domain.workflow import Workflow

ENDED = ("succeeded", "failed", "skipped")


def open_scope(
    state: RunState, path: ScopePath, workflow: Workflow, inputs: Stored, parent: ScopePath | None
) -> RunState:
    """Let a graph begin: every step waits for what it needs."""
    scope = Scope(path, workflow, len(workflow.steps), inputs, parent)
    changed = with_scope(state, scope)
    progress = state.progress.mutate()
    for position, step in enumerate(workflow.steps):
        tally = Tally(open=len(step.needs))
        number = len(progress)
        progress[node_path(path, step.name)] = Progress(path, position, number, tally)
    changed = replace(changed, progress=progress.finish())
    for step in workflow.steps:
        if not step.needs:
            changed = settle(changed, node_path(path, step.name))
    return changed


def nodes_of(scope: Scope) -> Iterator[NodePath]:
    """Yield the steps of a graph."""
    for step in scope.workflow.steps:
        yield node_path(scope.path, step.name)


def begun(state: RunState, node: NodePath) -> Iterator[Instance]:
    """Yield the units of work that a step is in now, as far as they have begun."""
    progress = state.progress[node]
    items: list[int | None] = [None]
    if state.step_at(node).for_each is not None:
        items = list(range(progress.total if progress.ahead else progress.next_item))
    for item in items:
        instance = state.current(node, item)
        if instance is not None:
            yield instance


def inside(state: RunState, node: NodePath) -> Iterator[Instance]:
    """Yield what has begun of a step, and of the subworkflows that it runs, outermost first."""
    for instance in begun(state, node):
        yield instance
        scope = state.scopes.get(ScopePath(instance.path))
        if scope is not None:
            for inner in nodes_of(scope):
                yield from inside(state, inner)


def close_scope(state: RunState, path: StepPath) -> RunState:
    """Let nothing more happen in the subworkflow that a unit of work runs, if it runs one."""
    scope = state.scopes.get(ScopePath(path))
    if scope is None:
        return state
    for node in nodes_of(scope):
        state = retire(state, node)
    state = with_scope(state, replace(state.scopes[scope.path], closed=True))
    return replace(state, closing=without(state.closing, scope.path))


def retire(state: RunState, node: NodePath) -> RunState:
    """Let nothing more happen at a step; what has ended keeps its outcome."""
    state = replace(
        state,
        frontier=without(state.frontier, state.progress[node].number),
        doomed=without(state.doomed, state.progress[node].number),
        fanning=without(state.fanning, state.progress[node].number),
    )
    for instance in list(begun(state, node)):
        state = retire_instance(state, instance)
    return state


def retire_instance(state: RunState, instance: Instance) -> RunState:
    """Let nothing more happen in a unit of work, nor in the subworkflow that it runs."""
    over = instance.status in ENDED
    quiet = instance if over else replace(instance, status="cancelled", token=None)
    # That it is `unjudged` stays, so that a reopened graph goes on with it.
    changed = replace(
        release(state, replace(quiet, approval=instance.approval)),
        judging=without(state.judging, instance.path),
        repeating=without(state.repeating, instance.path),
    )
    changed = replace(
        changed,
        instances=changed.instances.set(instance.path, replace(quiet, approval=None)),
    )
    return close_scope(changed, instance.path)


def done_anew(state: RunState, node: NodePath) -> RunState:
    """Let a step be done once more from its beginning; its earlier work stays in the journal."""
    before = state.progress[node]
    has_begun = state.current(node) is not None or before.items is not None
    changed = retire(state, node)
    if before.status in ENDED:
        scope = changed.scopes[before.scope]
        changed = with_scope(changed, replace(scope, unended=scope.unended + 1))
        changed = _untold(changed, node, before.status)
    fresh = _fresh(before, plain=state.step_at(node).for_each is None, has_begun=has_begun)
    return with_progress(changed, node, fresh)


def _fresh(before: Progress, *, plain: bool, has_begun: bool) -> Progress:
    fresh = Progress(before.scope, before.step, before.number, before.tally, redos=before.redos)
    fresh = replace(fresh, account=before.account)
    if not has_begun:
        first = before.first_iteration
        fresh = replace(fresh, iterations=before.iterations, first_iteration=first)
        return replace(fresh, turn=before.turn)
    if not plain:
        return replace(fresh, turn=before.turn + 1)
    return replace(fresh, turn=before.turn).from_iteration(before.iteration_of(None) + 1)


def _untold(state: RunState, node: NodePath, status: str) -> RunState:
    """Take back what the dependents of a step were told."""
    progress = state.progress[node]
    scope = state.scopes[progress.scope]
    for position in scope.workflow.dependents[state.step_at(node).name]:
        dependent = node_path(scope.path, scope.workflow.steps[position].name)
        before = state.progress[dependent]
        outcome = outcome_for(state, dependent, node, status)
        after = replace(before, tally=counted(before.tally, outcome, -1), doomed=None)
        state = with_progress(state, dependent, after)
        if before.status == "pending":
            state = replace(
                state,
                frontier=without(state.frontier, state.progress[dependent].number),
                doomed=without(state.doomed, state.progress[dependent].number),
            )
            state = settle(state, dependent)
    return state
