"""Says of one step, in sentences, how it stands and why."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from mn_notebook.domain.call_words import about_calls
from mn_notebook.domain.fold_scopes import begun, nodes_of
from mn_notebook.domain.ids import NodePath, ScopePath, StepPath, node_path
from mn_notebook.domain.joins import needed
from mn_notebook.domain.policies import MAX_INTERRUPTIONS, retry_of
from mn_notebook.domain.state import Instance, Limited, Progress, RunState
from mn_notebook.domain.why_facts import Facts, asked
from mn_notebook.domain.why_people import question
from mn_notebook.domain.words import age, instant, moment, one_line, plural
from mn_notebook.domain.workflow import ApproveStep, AskStep, Effect, Step, WorkflowStep

LONGEST = 160
MOST = 6
"""Items, or names, that are told one by one."""
ENDED = ("succeeded", "failed", "skipped")


@dataclass(frozen=True, slots=True)
class View:
    """A run's state, what people said, and the time."""

    state: RunState
    facts: Facts
    now: datetime


def names(given: Sequence[str]) -> str:
    """Write names one after another, the first few of many."""
    shown = ", ".join(one_line(name, 80) for name in given[:MOST])
    more = len(given) - MOST
    return f"{shown} and {more} more" if more > 0 else shown


def standing(view: View, node: NodePath) -> tuple[str, ...]:
    """Say how a step stands and why, the step's name first."""
    return (*_standing(view, node), *about_calls(begun(view.state, node)))


def _standing(view: View, node: NodePath) -> Iterator[str]:
    progress = view.state.progress[node]
    match progress.status:
        case "succeeded":
            yield from _succeeded(view, node, progress)
        case "failed":
            yield from _failed(view, node, progress)
        case "skipped":
            yield _skipped(view, node, progress)
        case "open":
            yield from _open(view, node, progress)
        case "pending":
            yield _pending(view, node, progress)


# --- not begun ---------------------------------------------------------------------------------


def _pending(view: View, node: NodePath, progress: Progress) -> str:
    state, step = view.state, view.state.step_at(node)
    scope = state.scopes[progress.scope]
    if state.ended or state.stopped(progress.scope):
        return f"{node} never began{_because_of(view, progress.scope)}."
    if progress.doomed is not None:
        return f"{node} will be skipped: {one_line(progress.doomed, LONGEST)}."
    if progress.waiting_because is not None:
        return f"{node} waits for code: {one_line(progress.waiting_because, LONGEST)}."
    stands_in = scope.workflow.fallback_of.get(step.name)
    if stands_in is not None and not progress.called:
        return f"{node} is the fallback of {stands_in}: it starts only if {stands_in} has failed."
    if progress.number in state.frontier:
        return f"{node} could begin: {_what_holds_it(view, progress.scope)}."
    return f"{node} has not begun: {_waits_for_needs(view, progress, step)}."


def _because_of(view: View, scope: ScopePath) -> str:
    here: ScopePath | None = scope
    while here is not None:
        found = view.state.scopes[here]
        if found.failure is not None:
            return f", because of a failure: {one_line(found.failure.message, LONGEST)}"
        here = found.parent
    return ", because the run was stopped" if view.state.phase == "cancelled" else ""


def _what_holds_it(view: View, scope: ScopePath) -> str:
    state = view.state
    if state.pause_requested:
        return "the run is paused"
    here: ScopePath | None = scope
    while here is not None:
        found = state.scopes[here]
        if found.active >= found.workflow.max_concurrency:
            going = plural(found.active, "attempt is", "attempts are")
            where = f" in {here}" if here else ""
            return f"{going} under way{where}, which is the most at once"
        here = found.parent
    return "it is its turn when a process advances the run"


def _waits_for_needs(view: View, progress: Progress, step: Step) -> str:
    state = view.state
    still = [
        f"{need} ({_one_word(state, node_path(progress.scope, need))})"
        for need in step.needs
        if state.progress[node_path(progress.scope, need)].status not in ENDED
    ]
    return f"it starts {_rule(step)}, and waits for {names(still)}"


def _rule(step: Step) -> str:
    total = len(step.needs)
    what = names(step.needs)
    match step.join.rule:
        case "all_success":
            return f"when {what} {'has' if total == 1 else 'have all'} succeeded"
        case "all_done":
            return f"when {what} {'has' if total == 1 else 'have all'} ended, well or not"
        case "one_success":
            return f"as soon as one of {what} has succeeded"
        case "one_done":
            return f"as soon as one of {what} has succeeded or failed"
        case "one_failed":
            return f"as soon as one of {what} has failed"
        case "none_failed_min_one_success":
            return f"when {what} have ended, none has failed and at least one has succeeded"
        case "quorum_success":
            return f"as soon as {needed(step.join, total)} of {what} have succeeded"


def _one_word(state: RunState, node: NodePath) -> str:
    progress = state.progress[node]
    if progress.status == "pending":
        return "not begun"
    statuses = {instance.status for instance in begun(state, node)}
    order = ("waiting", "running", "retrying", "interrupted")
    return next((status for status in order if status in statuses), "going on")


# --- going on ----------------------------------------------------------------------------------


def _open(view: View, node: NodePath, progress: Progress) -> Iterator[str]:
    step = view.state.step_at(node)
    if progress.waiting_because is not None:
        yield f"{node} waits for code: {one_line(progress.waiting_because, LONGEST)}."
    found = list(begun(view.state, node))
    if step.for_each is None:
        for instance in found:
            yield from unit(view, instance)
        return
    yield _items(node, progress)
    going = [instance for instance in found if instance.status not in ENDED]
    for instance in going[:MOST]:
        yield from unit(view, instance)
    if len(going) > MOST:
        yield f"{plural(len(going) - MOST, 'more item goes', 'more items go')} on likewise."


def _items(node: NodePath, progress: Progress) -> str:
    left = progress.total - progress.next_item - progress.ahead
    parts = [f"{progress.succeeded} of {plural(progress.total, 'item')} of {node} succeeded"]
    parts += [f"{progress.failed} failed"] if progress.failed else []
    parts += [f"{progress.skipped} skipped"] if progress.skipped else []
    parts += [f"{left} not begun"] if left else []
    return ", ".join(parts) + "."


def unit(view: View, instance: Instance) -> Iterator[str]:
    """Say what one unit of work does or waits for."""
    state = view.state
    asking = state.approvals.get(instance.approval) if instance.approval is not None else None
    if asking is not None:
        yield question(state, asking, view.now)
        return
    limited = state.limited.get(instance.path)
    if limited is not None and instance.status in ("running", "waiting"):
        yield _held_back(view, instance, limited)
        return
    match instance.status:
        case "running":
            yield from _running(view, instance)
        case "retrying":
            yield _retrying(view, instance)
        case "interrupted":
            yield _interrupted(view, instance)
        case "waiting":
            yield _waiting(view, instance)
        case "succeeded" if instance.path in state.judging or instance.path in state.repeating:
            yield (
                f"{instance.path} has ended; whether another iteration follows is judged next: "
                f"{_bound(state.step_at(instance.node))}."
            )
        case _:
            yield f"{instance.path}: {instance.status}."


def _bound(step: Step) -> str:
    return f"at most {step.repeat.at_most}" if step.repeat is not None else "no bound"


def _running(view: View, instance: Instance) -> Iterator[str]:
    step = view.state.step_at(instance.node)
    since = f", since {age(instance.spans[-1].start, view.now)}" if instance.spans else ""
    iteration = ""
    if step.repeat is not None:
        iteration = f", iteration {instance.iteration} of at most {step.repeat.at_most}"
    what = _under_way(instance)
    said = f"{instance.path} is under way: attempt {instance.attempt}{iteration}{since}"
    yield f"{said}{f'; {what}' if what else ''}."
    if isinstance(step, WorkflowStep):
        yield from _inside(view, instance, step)


def _under_way(instance: Instance) -> str:
    calls = [call for call in instance.calls if call.status == "open"]
    if not calls:
        return ""
    call = calls[-1]
    what = "asks the model" if call.kind == "model" else "calls the tool"
    return f"it {what} {one_line(call.name, 60)}"


def _inside(view: View, instance: Instance, step: WorkflowStep) -> Iterator[str]:
    scope = view.state.scopes.get(ScopePath(instance.path))
    if scope is None:
        return
    total = len(scope.workflow.steps)
    done = total - scope.unended
    yield f"Inside {instance.path} (workflow {step.workflow}) {done} of {total} steps have ended."
    for node in nodes_of(scope):
        if view.state.progress[node].status == "open":
            yield from _standing(view, node)


def _retrying(view: View, instance: Instance) -> str:
    step = view.state.step_at(instance.node)
    attempts = retry_of(step, _effect(instance)).attempts
    error = f": {one_line(instance.error.message, LONGEST)}" if instance.error else ""
    left = attempts - instance.failures
    when = age(instance.retry_at, view.now) if instance.retry_at is not None else "soon"
    slowed = ""
    if view.state.retry_tokens < 1:
        slowed = " So many attempts of this run have failed that retries are slowed down."
    if instance.put_off:
        times = f" ({plural(instance.put_offs, 'time')} in a row)" if instance.put_offs > 1 else ""
        return (
            f"{instance.path} was put off in attempt {instance.attempt}{times}{error}. It is tried "
            f"again {when}; no attempt is used up.{slowed}"
        )
    return (
        f"{instance.path} failed in attempt {instance.attempt}{error}. It is tried again {when}; "
        f"{plural(left, 'attempt is', 'attempts are')} left of {attempts}.{slowed}"
    )


def _effect(instance: Instance) -> Effect:
    return next((call.effect for call in instance.calls if call.kind == "tool"), "read")


def _held_back(view: View, instance: Instance, limited: Limited) -> str:
    when = f"{instant(limited.until)} ({age(limited.until, view.now)})"
    return (
        f"{instance.path} waits for {one_line(limited.limit, LONGEST)}: its next call may begin at "
        f"{when}. Nothing is lost, and no attempt is used up."
    )


def _interrupted(view: View, instance: Instance) -> str:
    if instance.interruptions >= MAX_INTERRUPTIONS:
        return f"{instance.path} was interrupted {instance.interruptions} times: a person is asked."
    event = view.facts.interrupted.get(instance.path)
    because = one_line(event.because, LONGEST) if event is not None else "its process ended"
    return (
        f"{instance.path} was interrupted in attempt {instance.attempt}: {because}. "
        "It is started again; finished calls are not made again."
    )


def _waiting(view: View, instance: Instance) -> str:
    ends = ""
    if instance.wake_at is not None:
        ends = f"{moment(instance.wake_at)} ({age(instance.wake_at, view.now)})"
    if instance.path in view.state.ready:
        return f"{instance.path}: what it waited for was decided; it goes on."
    if instance.signal is not None:
        limit = f" If it has not come by {ends}, the step fails." if ends else ""
        return f"{instance.path} waits for the signal {one_line(instance.signal, 60)!r}.{limit}"
    if ends:
        return f"{instance.path} waits until {ends}."
    return f"{instance.path} waits."


# --- ended -------------------------------------------------------------------------------------


def _succeeded(view: View, node: NodePath, progress: Progress) -> Iterator[str]:
    state, step = view.state, view.state.step_at(node)
    if progress.given is not None:
        by = view.facts.skipped.get(StepPath(node))
        who = asked(by.by, by.because) if by is not None else "by a person"
        yield f"{node} counts as succeeded: its value was given {who}."
        return
    if progress.stand_in is not None:
        cause = _cause(view, node, progress) or "unknown"
        stand_in = state.step_at(progress.stand_in).name
        yield f"{node} failed ({cause}); its fallback {stand_in} stood in, and its value counts."
        return
    if step.for_each is not None:
        yield _items(node, progress)
        return
    for instance in begun(state, node):
        yield _ended_well(view, instance, step)


def _ended_well(view: View, instance: Instance, step: Step) -> str:
    if instance.reused_from is not None:
        source = f" of run {view.state.reuses[:4]}" if view.state.reuses else ""
        return (
            f"{instance.path} was taken over from {instance.reused_from}{source}, unpaid: "
            "nothing that determines it has changed."
        )
    if isinstance(step, ApproveStep | AskStep):
        return _decided(view, instance, step)
    judged = view.facts.judged.get(instance.path)
    if step.repeat is not None and judged is not None:
        count = f"after {plural(instance.iteration, 'iteration')}"
        if judged.holds:
            return f"{instance.path} succeeded {count}: its condition holds."
        return (
            f"{instance.path} succeeded {count}, because the bound of {step.repeat.at_most} is "
            "reached; its condition does not hold."
        )
    tried = f" in attempt {instance.attempt}" if instance.attempt > 1 else ""
    return f"{instance.path} succeeded{tried}."


def _decided(view: View, instance: Instance, step: ApproveStep | AskStep) -> str:
    if instance.path in view.facts.expired:
        return f"{instance.path} was rejected, because nobody decided in time."
    said = view.facts.decided.get(instance.path)
    if said is None:
        return f"{instance.path} succeeded."
    words = {"approve": "approved", "reject": "rejected", "answer": "answered"}
    word = words.get(said.decision, said.decision.replace("_", " "))
    redo = ""
    if said.decision == "reject" and isinstance(step, ApproveStep) and step.on_reject is not None:
        redo = f"; {step.on_reject.target} was done anew {step.on_reject.at_most} times already"
    return f"{instance.path} was {word} {asked(said.by, said.because)}{redo}."


def _failed(view: View, node: NodePath, progress: Progress) -> Iterator[str]:
    step = view.state.step_at(node)
    cause = _cause(view, node, progress)
    error = f": {cause}" if cause else ""
    attempts = max((one.attempt for one in begun(view.state, node)), default=0)
    tries = f" after {plural(attempts, 'attempt')}" if attempts else " before it could begin"
    means = {
        "fail": "this ends its workflow",
        "continue": "the others go on by their join rules",
        "skip": "it counts as skipped",
    }[step.on_failure]
    yield f"{node} failed for good{tries}{error}; {means}."
    if step.for_each is not None:
        yield _items(node, progress)
    if progress.stand_in is not None:
        yield f"Its fallback {view.state.step_at(progress.stand_in).name} did not help."


def _cause(view: View, node: NodePath, progress: Progress) -> str:
    """Return the error of the step's own work, else what is said of the step."""
    errors = (one.error for one in begun(view.state, node) if one.status == "failed")
    error = next((error for error in errors if error is not None), progress.error)
    return "" if error is None else one_line(error.message, LONGEST)


def _skipped(view: View, node: NodePath, progress: Progress) -> str:
    fact = view.facts.skipped.get(StepPath(node))
    because = one_line(progress.skipped_because or "", LONGEST)
    if fact is not None and fact.by:
        return f"{node} was skipped {asked(fact.by, fact.because)}."
    return f"{node} was skipped: {because or 'its rule could not hold any more'}."
