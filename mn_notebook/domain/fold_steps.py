"""The part of the fold that concerns steps and their attempts."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Literal

from mn_notebook.domain import fold_calls
from mn_notebook.domain.events import (
    ErrorInfo,
    StepExpanded,
    StepFailed,
    StepHeld,
    StepInterrupted,
    StepIterated,
    StepResumed,
    StepRetryScheduled,
    StepSkipped,
    StepsRedone,
    StepStarted,
    StepSucceeded,
    StepWaiting,
)
from mn_notebook.domain.fold_ends import end_item, end_step, fail_step, said_of, settle
from mn_notebook.domain.fold_parts import (
    HERE,
    activate,
    closed,
    deactivate,
    release,
    with_instance,
    with_progress,
    without,
)
from mn_notebook.domain.fold_reopen import reopen_graph
from mn_notebook.domain.fold_scopes import (
    close_scope,
    done_anew,
    open_scope,
    retire,
    retire_instance,
)
from mn_notebook.domain.ids import NodePath, ScopePath, StepPath, instance_path, step_of
from mn_notebook.domain.policies import RETRY_SHARE
from mn_notebook.domain.replacing import replace
from mn_notebook.domain.state import RETRY_TOKENS, Instance, Progress, RunState, Span
from mn_notebook.domain.values import NOTHING
from mn_notebook.domain.workflow import WorkflowStep

# --- beginning ---------------------------------------------------------------------------------


def _step_expanded(state: RunState, event: StepExpanded, _at: datetime) -> RunState:
    node = NodePath(event.path)
    progress = replace(state.progress[node], status="open", items=event.items, keys=event.keys)
    opened = replace(
        with_progress(state, node, progress),
        frontier=without(state.frontier, state.progress[node].number),
    )
    if not event.keys:
        return end_step(opened, node, "succeeded")
    return replace(opened, fanning=opened.fanning.set(opened.progress[node].number, node))


def _step_started(state: RunState, event: StepStarted, at: datetime) -> RunState:
    known = state.instances.get(event.path)
    node = known.node if known is not None else _node_of(event)
    changed = _begin(state, node, event) if known is None else _code_is_there(state, node)
    instance = known or Instance(
        path=event.path, node=node, item=event.item, status="running", iteration=event.iteration
    )
    running = replace(
        instance,
        status="running",
        attempt=event.attempt,
        token=event.token or None,
        input=event.input,
        step_key=event.step_key,
        retry_at=None,
        error=None,
        spans=(*closed(instance.spans, at), Span(event.attempt, "running", at)),
    )
    changed = with_instance(changed, running)
    if event.path in changed.due:
        changed = replace(changed, due=changed.due.delete(event.path))
    step = changed.step_at(node)
    if isinstance(step, WorkflowStep):
        return _open_subworkflow(changed, running, step)
    return activate(changed, event.path, event.token)


def _node_of(event: StepStarted | StepFailed | StepSkipped) -> NodePath:
    return event.node or NodePath(step_of(event.path))


def _code_is_there(state: RunState, node: NodePath) -> RunState:
    progress = state.progress[node]
    if progress.waiting_because is None:
        return state
    return with_progress(state, node, replace(progress, waiting_because=None))


def _begin(state: RunState, node: NodePath, event: StepStarted | StepFailed) -> RunState:
    """Let a step, one of its items, or another iteration of either begin."""
    progress = state.progress[node]
    if progress.waiting_because is not None:
        progress = replace(progress, waiting_because=None)
    before = _iteration_before(progress, node, event) if state.repeating else None
    if before is not None and before in state.repeating:
        changed = replace(state, repeating=state.repeating.delete(before))
        judged = replace(changed.instances[before], unjudged=False)
        changed = with_instance(changed, judged)
        return with_progress(changed, node, progress.in_iteration(event.item, event.iteration))
    if event.item is not None:
        return _begin_item(state, node, progress)
    return replace(
        state,
        progress=state.progress.set(node, replace(progress, status="open")),
        frontier=without(state.frontier, progress.number),
    )


def _iteration_before(
    progress: Progress, node: NodePath, event: StepStarted | StepFailed
) -> StepPath:
    key = None if event.item is None else progress.keys[event.item]
    return instance_path(node, key, event.iteration - 1, progress.turn)


def _begin_item(state: RunState, node: NodePath, progress: Progress) -> RunState:
    moved = replace(progress, next_item=progress.next_item + 1, busy=progress.busy + 1)
    return _up_to_the_next(with_progress(state, node, moved), node)


def _up_to_the_next(state: RunState, node: NodePath) -> RunState:
    """Pass over the items that were skipped before their turn; after the last one none begins."""
    progress = state.progress[node]
    place, ahead = progress.next_item, progress.ahead
    while ahead and state.current(node, place) is not None:
        place, ahead = place + 1, ahead - 1
    if ahead != progress.ahead:
        state = with_progress(state, node, replace(progress, next_item=place, ahead=ahead))
    if place < progress.total:
        return state
    return replace(state, fanning=without(state.fanning, progress.number))


def _open_subworkflow(state: RunState, instance: Instance, step: WorkflowStep) -> RunState:
    """Let the graph begin, or go on from its failed steps when this is not the first attempt."""
    outer = state.scopes[state.progress[instance.node].scope]
    path = ScopePath(instance.path)
    if path in state.scopes:
        return reopen_graph(state, path)
    workflow = outer.workflow.children[step.workflow]
    return open_scope(state, path, workflow, instance.input, outer.path)


def _step_waiting(state: RunState, event: StepWaiting, _at: datetime) -> RunState:
    node = NodePath(event.path)
    progress = replace(state.progress[node], waiting_because=event.because)
    return with_progress(state, node, progress)


# --- ending well -------------------------------------------------------------------------------


def _step_succeeded(state: RunState, event: StepSucceeded, at: datetime) -> RunState:
    instance = state.instances[event.path]
    done = replace(
        instance,
        status="succeeded",
        output=event.output,
        token=None,
        error=None,
        approval=None,
        reused_from=event.reused_from,
        spans=closed(instance.spans, at, "succeeded"),
    )
    released = close_scope(_released(state, instance, done), event.path)
    if event.reused_from is not None:
        progress = released.progress[instance.node]
        taken = progress.taken.set(event.reused_from, HERE)
        released = with_progress(released, instance.node, replace(progress, taken=taken))
    if released.retry_tokens < RETRY_TOKENS:
        tokens = min(RETRY_TOKENS, released.retry_tokens + RETRY_SHARE)
        released = replace(released, retry_tokens=tokens)
    if released.step_at(instance.node).repeat is not None:
        unjudged = with_instance(released, replace(done, unjudged=True))
        return replace(unjudged, judging=unjudged.judging.set(event.path, HERE))
    return _ended_well(released, done)


def _released(state: RunState, before: Instance, after: Instance) -> RunState:
    """Release a unit of work, and the approval that it may still wait for."""
    if not before.approval:
        return release(state, after)
    released = release(state, replace(after, approval=before.approval))
    return with_instance(released, after)


def _ended_well(state: RunState, instance: Instance) -> RunState:
    if instance.item is None:
        return end_step(state, instance.node, "succeeded")
    return end_item(state, instance.node, "succeeded")


def _step_iterated(state: RunState, event: StepIterated, _at: datetime) -> RunState:
    judged = replace(state, judging=without(state.judging, event.path))
    if event.again:
        return replace(judged, repeating=judged.repeating.set(event.path, HERE))
    instance = replace(judged.instances[event.path], unjudged=False)
    return _ended_well(with_instance(judged, instance), instance)


def _steps_redone(state: RunState, event: StepsRedone, at: datetime) -> RunState:
    approval = state.instances[event.path]
    sent_back = replace(
        approval,
        status="succeeded",
        output=event.output,
        token=None,
        approval=None,
        sent_back=True,
        spans=closed(approval.spans, at, "succeeded"),
    )
    changed = _released(state, approval, sent_back)
    for node in event.nodes:
        changed = done_anew(changed, node)
    for node in event.nodes:
        progress = replace(changed.progress[node], feedback=event.feedback)
        changed = with_progress(changed, node, progress)
    progress = changed.progress[approval.node]
    changed = with_progress(changed, approval.node, replace(progress, redos=progress.redos + 1))
    return _settled(changed, event.nodes)


def _settled(state: RunState, nodes: tuple[NodePath, ...]) -> RunState:
    for node in nodes:
        state = settle(state, node)
    return state


# --- ending otherwise --------------------------------------------------------------------------


def _step_failed(state: RunState, event: StepFailed, at: datetime) -> RunState:
    known = state.instances.get(event.path)
    if known is None:
        return _fail_unbegun(state, event)
    failed = replace(
        known,
        status="failed" if event.final else "retrying",
        failures=known.failures + (0 if event.put_off else 1),
        put_off=event.put_off,
        put_offs=known.put_offs + (1 if event.put_off else 0),
        put_off_since=at if event.put_off and not known.put_offs else known.put_off_since,
        interruptions=0,
        token=None,
        error=event.error,
        unjudged=False,
        approval=None,
        calls=_transcript_after_failure(known, event.error),
        spans=closed(known.spans, at, "failed"),
    )
    released = _released(state, known, failed)
    released = replace(released, judging=without(released.judging, event.path))
    # Another attempt at a subworkflow opens it again.
    released = close_scope(released, event.path)
    if not event.final:
        return released
    return _fail_for_good(released, failed.node, failed.item, event)


def _fail_unbegun(state: RunState, event: StepFailed) -> RunState:
    """Fail a step, or an item, whose inputs could not even be made."""
    node = _node_of(event)
    changed = _begin(state, node, event)
    if event.item is not None:
        failed = Instance(
            path=event.path,
            node=node,
            item=event.item,
            status="failed",
            error=event.error,
            iteration=event.iteration,
        )
        changed = with_instance(changed, failed)
    return _fail_for_good(changed, node, event.item, event)


def _fail_for_good(
    state: RunState, node: NodePath, item: int | None, event: StepFailed
) -> RunState:
    error = said_of(event.path, event.error)
    if item is not None:
        return end_item(state, node, "failed", error)
    return fail_step(state, node, error)


def _transcript_after_failure(instance: Instance, error: ErrorInfo) -> tuple[Any, ...]:
    """Ask the model anew, unless a ``write`` was committed: then what was said goes on.

    What failed to reach the model at all leaves the finished calls as good as they were. Answers
    that nobody could use are asked for anew: they would stand in the way of every further attempt.
    """
    calls = instance.calls
    if calls and calls[-1].kind == "model" and calls[-1].status == "failed":
        return calls[:-1]
    if not fold_calls.has_committed_write(calls):
        return ()
    return _up_to_the_last_tool(calls) if error.type == "OutputInvalid" else calls


def _up_to_the_last_tool(calls: tuple[Any, ...]) -> tuple[Any, ...]:
    last = max(place for place, call in enumerate(calls) if call.kind == "tool")
    return calls[: last + 1]


def _step_interrupted(state: RunState, event: StepInterrupted, at: datetime) -> RunState:
    instance = state.instances[event.path]
    interrupted = replace(
        instance,
        status="interrupted",
        token=None,
        interruptions=instance.interruptions + (0 if event.on_purpose else 1),
        spans=closed(instance.spans, at, "interrupted"),
    )
    released = release(state, interrupted)
    if state.cancel_requested:
        return with_instance(released, replace(interrupted, status="cancelled"))
    limited = state.limited.get(event.path)
    if limited is not None:  # The next attempt has the place that this one had.
        released = replace(released, limited=released.limited.set(event.path, limited))
    return replace(released, due=released.due.set(event.path, at))


def _step_held(state: RunState, event: StepHeld, at: datetime) -> RunState:
    instance = state.instances[event.path]
    spans = (*closed(instance.spans, at), Span(event.attempt, "waiting", at))
    waiting = with_instance(state, replace(instance, status="waiting", spans=spans))
    waiting = replace(waiting, due=waiting.due.set(event.path, event.until))
    return deactivate(waiting, event.path)


def _step_resumed(state: RunState, event: StepResumed, at: datetime) -> RunState:
    instance = state.instances[event.path]
    running = replace(
        instance,
        status="running",
        spans=(*closed(instance.spans, at), Span(instance.attempt, "running", at)),
    )
    changed = with_instance(_code_is_there(state, instance.node), running)
    changed = replace(
        changed,
        ready=without(changed.ready, event.path),
        due=without(changed.due, event.path),
    )
    return activate(changed, event.path, instance.token or event.token)


def _step_retry_scheduled(state: RunState, event: StepRetryScheduled, at: datetime) -> RunState:
    instance = state.instances[event.path]
    waiting = replace(
        instance,
        status="retrying",
        retry_at=event.at,
        spans=(*instance.spans, Span(event.attempt, "retrying", at)),
    )
    return replace(
        with_instance(state, waiting),
        due=state.due.set(event.path, event.at),
        retry_tokens=state.retry_tokens - 1,
    )


def _step_skipped(state: RunState, event: StepSkipped, at: datetime) -> RunState:
    instance = state.instances.get(event.path)
    if instance is not None and instance.item is not None:
        return _skip_item(state, event, instance, at)
    if instance is None and event.item is not None:
        return _skip_unbegun(state, event, event.item)
    node = instance.node if instance is not None else NodePath(event.path)
    changed = _without_stand_in(retire(state, node), node)
    progress = replace(changed.progress[node], skipped_because=event.because, given=event.output)
    changed = with_progress(changed, node, progress)
    current = changed.current(node)
    if current is not None and current.status == "cancelled":
        spans = closed(current.spans, at)
        changed = with_instance(changed, replace(current, status="skipped", spans=spans))
    return end_step(changed, node, "skipped" if event.output is None else "succeeded")


def _without_stand_in(state: RunState, node: NodePath) -> RunState:
    """Let the fallback that was called for a step do nothing more: it will be dismissed."""
    progress = state.progress[node]
    called = progress.stand_in
    if called is None:
        return state
    changed = retire(with_progress(state, node, replace(progress, stand_in=None)), called)
    fallback = replace(changed.progress[called], called=False)
    if fallback.status == "open":
        fallback = replace(fallback, status="pending")
    return with_progress(changed, called, fallback)


def _skip_item(state: RunState, event: StepSkipped, instance: Instance, at: datetime) -> RunState:
    quiet = retire_instance(state, instance)
    given = event.output is not None
    ended = replace(
        quiet.instances[event.path],
        status="succeeded" if given else "skipped",
        output=event.output or instance.output,
        error=None,
        spans=closed(instance.spans, at),
    )
    changed = with_instance(quiet, ended)
    return end_item(changed, instance.node, "succeeded" if given else "skipped")


def _skip_unbegun(state: RunState, event: StepSkipped, item: int) -> RunState:
    """Let an item end whose turn has not come."""
    node = _node_of(event)
    outcome: Literal["succeeded", "skipped"] = "skipped" if event.output is None else "succeeded"
    ended = Instance(event.path, node, item, outcome, output=event.output or NOTHING)
    progress = state.progress[node]
    changed = with_progress(state, node, replace(progress, ahead=progress.ahead + 1))
    changed = _up_to_the_next(with_instance(changed, ended), node)
    return end_item(changed, node, outcome, has_begun=False)


APPLY: Mapping[type, Callable[[RunState, Any, datetime], RunState]] = {
    StepExpanded: _step_expanded,
    StepStarted: _step_started,
    StepSucceeded: _step_succeeded,
    StepIterated: _step_iterated,
    StepsRedone: _steps_redone,
    StepFailed: _step_failed,
    StepInterrupted: _step_interrupted,
    StepHeld: _step_held,
    StepResumed: _step_resumed,
    StepRetryScheduled: _step_retry_scheduled,
    StepSkipped: _step_skipped,
    StepWaiting: _step_waiting,
}
