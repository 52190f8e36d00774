"""The guarantees of the architecture, one function each, asked of what can be seen of a run.

Each works on the journal as it is on the disk, the books that the outside and the people keep, and
the owners; none trusts a process. A run that breaks one raises `Broken`, which names it.

Two are not here in full, because the engine does not give them yet: of no. 7 the calls by the
minute across a restart (`limits_hold` asks after the limits that there are); and no. 8, that no
secret reaches a journal, a notebook or a log: a simulated run has none.
What lies outside the ten is asked by `tests.simulation.oracle`: counts and rows that fit the
journal, and the same end as the run that had no fault.
"""

from collections import Counter
from collections.abc import Callable
from fnmatch import fnmatch
from functools import wraps
from typing import Any

from mn_notebook.domain.events import (
    ATTEMPT_KINDS,
    ApprovalClosed,
    ApprovalDecided,
    ApprovalExpired,
    ApprovalRequested,
    BudgetRaised,
    BudgetReached,
    LeaseTaken,
    ModelFailed,
    ModelRequested,
    ModelResponded,
    ModelReused,
    PermissionGranted,
    PermissionRevoked,
    RunFailed,
    RunPauseRequested,
    RunReopened,
    RunResumed,
    StepFailed,
    StepInterrupted,
    StepIterated,
    StepSkipped,
    StepsRedone,
    StepStarted,
    StepSucceeded,
    ToolFailed,
    ToolReused,
    ToolSettled,
    ToolStarted,
    ToolSucceeded,
)
from mn_notebook.domain.ids import CallId, NodePath, StepPath, step_of
from mn_notebook.domain.joins import verdict
from mn_notebook.domain.policies import MAX_INTERRUPTIONS, MOST_PUT_OFFS
from mn_notebook.domain.state import RunState
from mn_notebook.domain.workflow import Budget, PythonStep, Rule, ToolStep, WorkflowStep
from mn_notebook.engine.names import names_for
from tests.simulation.processes import batches_of, name_of
from tests.simulation.witness import Seen

Invariant = Callable[[Seen], None]
GUARANTEES: dict[int, Invariant] = {}
"""By the numbers that they have in the architecture."""


class Broken(AssertionError):
    """A guarantee does not hold."""

    def __init__(self, message: str, guarantee: str = "") -> None:
        super().__init__(f"{guarantee}: {message}" if guarantee else message)
        self.guarantee = guarantee
        """The name of the function that found out."""


def require(holds: object, message: str, guarantee: str = "") -> None:
    """Raise `Broken` unless something holds."""
    if not holds:
        raise Broken(message, guarantee)


def guarantee(number: int) -> Callable[[Invariant], Invariant]:
    """Enter a function among the guarantees; what it raises names it."""

    def enter(function: Invariant) -> Invariant:
        @wraps(function)
        def asked(seen: Seen) -> None:
            try:
                function(seen)
            except Broken as fault:
                raise Broken(str(fault), function.__name__) from None

        GUARANTEES[number] = asked
        return asked

    return enter


def ask_all(seen: Seen) -> None:
    """Ask after every guarantee.

    Raises:
        Broken: one of them does not hold.
    """
    for function in GUARANTEES.values():
        function(seen)


# --- 1 and 2: intents and outcomes -------------------------------------------------------------


@guarantee(1)
def nothing_acts_before_its_intent_is_durable(seen: Seen) -> None:
    """Whatever reached the outside had been announced on the disk by then, once for each time.

    A model call has its ``model.requested``, a tool call its ``tool.started`` with the key that
    the outside saw, a function its ``step.started``.
    """
    for act in seen.outside.acts:
        require(not act.unannounced, f"{act.kind} {act.name} at {act.path}: {act.unannounced}")


@guarantee(2)
def nothing_is_done_before_its_outcome_is_durable(seen: Seen) -> None:
    """No step starts before the outcomes that it needs are on the disk, and it is fed from there.

    Its join rule holds over the journal up to its start, and what its texts gave it of other steps
    is what the journal holds of them.
    """
    for before, recorded in zip(seen.witness.befores, seen.events, strict=True):
        event = recorded.event
        if isinstance(event, StepStarted) and event.path not in before.instances:
            node = event.node or NodePath(step_of(event.path))
            progress, step = before.progress[node], before.step_at(node)
            holds = verdict(step.join, progress.tally) == "start" or progress.called
            require(holds, f"{event.path} started before its join rule held")
            _require_fed_from_the_journal(seen, before, node, event)


def _require_fed_from_the_journal(
    seen: Seen, before: RunState, node: NodePath, event: StepStarted
) -> None:
    step = before.step_at(node)
    if not isinstance(step, PythonStep | ToolStep):
        return
    if step.args.get("given") != "{{ [" + ", ".join(step.uses) + "] }}" or not step.uses:
        return
    rendered: Any = seen.values.load(event.input)
    names = names_for(before, node, seen.values, event.item, event.iteration)
    wanted = [names[need] for need in step.uses]
    found = rendered["args"]["given"]
    require(found == wanted, f"{event.path} was given {found!r} where the journal has {wanted!r}")


# --- 3: what is finished -----------------------------------------------------------------------


@guarantee(3)
def no_finished_call_is_made_again(seen: Seen) -> None:
    """A call whose outcome is committed is not announced, and not made, again.

    Not by a resumed, robbed, retried or repeated run: a model is asked the same again only where
    the step failed in between, a step that succeeded starts no more, a write never begins again,
    and what a rerun has taken over reaches the outside no more. A call has one outcome.
    """
    for act in seen.outside.acts:
        require(not act.finished, f"{act.kind} {act.name} at {act.path}: {act.finished}")
    outcomes: set[CallId] = set()
    done = _Done()
    for recorded in seen.events:
        match recorded.event:
            case ToolSucceeded() | ToolFailed() | ModelResponded() | ModelFailed() as ended:
                once = ended.call_id not in outcomes or isinstance(ended, ToolFailed)
                require(once, f"{ended.call_id} has two outcomes")
                outcomes.add(ended.call_id)
                done.end(ended)
            case ToolSettled(outcome="happened") as settled:
                done.end(settled)
            case ToolStarted() | ModelRequested() as begun:
                done.begin(begun)
            case StepStarted() as started:
                again = started.path in done.steps
                require(not again, f"{started.path} was begun again after it had succeeded")
            case StepSucceeded() as step:
                done.steps.add(step.path)
            case StepFailed() as failed:
                done.forget(failed.path)
            case _:
                pass
    _require_nothing_repeated_of_another_run(seen)


class _Done:
    """What is finished, as the journal goes on."""

    def __init__(self) -> None:
        self.steps: set[StepPath] = set()
        self._open: dict[CallId, tuple[StepPath, str, bool]] = {}
        self._made: set[tuple[StepPath, str]] = set()
        self._written: set[str] = set()

    def begin(self, event: ToolStarted | ModelRequested) -> None:
        name = event.key if isinstance(event, ToolStarted) else event.request_hash
        again = (event.path, name) in self._made or name in self._written
        require(not again, f"{event.kind} of {event.path} repeats a call that is finished")
        writes = isinstance(event, ToolStarted) and event.effect == "write"
        self._open[event.call_id] = (event.path, name, writes)

    def end(self, event: Any) -> None:
        if isinstance(event, ToolFailed | ModelFailed) or event.call_id not in self._open:
            return
        path, name, writes = self._open[event.call_id]
        self._made.add((path, name))
        if writes:
            self._written.add(name)

    def forget(self, path: StepPath) -> None:
        """A retry asks anew; what was written stays written."""
        self._made = {made for made in self._made if made[0] != path}


def _require_nothing_repeated_of_another_run(seen: Seen) -> None:
    reused = {
        recorded.event.path
        for recorded in seen.events
        if isinstance(recorded.event, StepSucceeded) and recorded.event.reused_from is not None
    }
    for recorded in seen.events:
        event = recorded.event
        if isinstance(event, ToolStarted | ModelRequested):
            require(event.path not in reused, f"{event.path} was reused, and made a call")


# --- 4: writes ---------------------------------------------------------------------------------


@guarantee(4)
def no_doubtful_write_is_repeated_blindly(seen: Seen) -> None:
    """A write happens once for its key, the key stays, and doubt is settled before another try.

    Between two announcements of one key lies what says that the first did not happen: its
    failure, the tool's own ``check``, or a person. The call of a step has one key, whoever begins
    it and however often. What the journal counts as done has been done.
    """
    doubled = {key: count for key, count in seen.outside.writes.items() if count > 1}
    require(not doubled, f"writes that happened more than once: {doubled}")
    open_: dict[str, bool] = {}
    keys: dict[CallId, str] = {}
    own: dict[StepPath, set[str]] = {}
    for recorded in seen.events:
        match recorded.event:
            case ToolStarted() as begun:
                first = keys.setdefault(begun.call_id, begun.key)
                require(first == begun.key, f"the key of {begun.call_id} changed")
                if begun.answers is None:
                    own.setdefault(begun.path, set()).add(begun.key)
                    require(len(own[begun.path]) == 1, f"the key of {begun.path} changed")
                if begun.effect == "write":
                    blindly = open_.get(begun.key, False)
                    require(not blindly, f"{begun.path} tried {begun.key} again in doubt")
                    open_[begun.key] = True
            case ToolFailed() | ToolSettled(outcome="not_happened") as unmade:
                open_[keys.get(unmade.call_id, "")] = False
            case ToolSucceeded() | ToolSettled() as done:
                key = keys.get(done.call_id, "")
                undone = open_.get(key, False) and key not in seen.outside.written
                require(not undone, f"{done.call_id} counts as done, and nobody has done it")
            case _:
                pass


# --- 5: owners ---------------------------------------------------------------------------------


@guarantee(5)
def a_run_has_one_owner(seen: Seen) -> None:
    """The numbers of the events are dense, fences only grow, and only their holders write.

    After a lease is taken, run and step events are its owner's; events of attempts are written by
    an attempt that the journal counts as under way.
    """
    holder, fence = "", 0
    batches = seen.witness.batches()
    for number, recorded in enumerate(seen.events, start=1):
        event, batch = recorded.event, batches[number - 1]
        require(recorded.seq == number, f"event {number} has the number {recorded.seq}")
        if isinstance(event, LeaseTaken):
            require(event.fence > fence, f"fence {event.fence} was taken after {fence}")
            holder, fence = event.owner, event.fence
        elif event.kind not in ATTEMPT_KINDS and event.kind != "run.created":
            mine = holder == name_of(_writer_of(batch))
            require(mine, f"{event.kind} ({number}) is of {batch}, and the owner is {holder}")
        elif event.kind in ATTEMPT_KINDS:
            path = StepPath(getattr(event, "path", ""))
            before = seen.witness.befores[number - 1]
            waits = path in before.instances and before.instances[path].status == "waiting"
            alive = path in before.active or (waits and event.kind == "tool.settled")
            require(alive, f"{event.kind} ({number}) is of an attempt of {path} that has ended")


def _writer_of(batch: str) -> int:
    number = batch.partition("x")[0].removeprefix("p")
    require(batch.startswith(batches_of(int(number))), f"{batch} is nobody's batch")
    return int(number)


# --- 6: people ---------------------------------------------------------------------------------


@guarantee(6)
def approvals_outlive_everything(seen: Seen) -> None:
    """The first decision is the decision: journaled once, whatever died, and never made up.

    What was accepted from a person is in the journal when the run has ended, unless the question
    was withdrawn or the run failed; it says what she said. A question that expired was decided by
    nobody in time. A command is taken up once.
    """
    accepted = {one.approval_id: one for one in seen.asked if one.kind == "decide"}
    made = [one for one in seen.asked if one.kind == "decide"]
    require(len(made) == len(accepted), "an approval was decided twice")
    ends: Counter[str] = Counter()
    closed: set[str] = set()
    asked_about: set[str] = set()
    for recorded in seen.events:
        match recorded.event:
            case ApprovalDecided() as fact:
                ends[fact.approval_id] += 1
                asked = accepted.get(fact.approval_id)
                require(asked is not None, f"{fact.approval_id} was decided by nobody")
                said = asked.decision if asked is not None else ""
                same = fact.decision == said or fact.because.startswith("the decision could not")
                require(same, f"{fact.approval_id}: {fact.decision!r} instead of {said!r}")
            case ApprovalExpired() as silence:
                ends[silence.approval_id] += 1
                decided = silence.approval_id in accepted
                require(not decided, f"{silence.approval_id} expired although it was decided")
            case ApprovalClosed() as withdrawn:
                closed.add(withdrawn.approval_id)
            case ApprovalRequested() as question:
                asked_about.add(question.approval_id)
            case RunFailed():
                closed |= asked_about  # Should the run be reopened, it is asked anew.
            case _:
                pass
    twice = [name for name, count in ends.items() if count > 1]
    require(not twice, f"ended twice: {twice}")
    taken = Counter(
        recorded.event.command_id  # type: ignore[union-attr]
        for recorded in seen.events
        if getattr(recorded.event, "command_id", None) is not None
    )
    again = [name for name, count in taken.items() if count > 1]
    require(not again, f"commands that were taken up more than once: {again}")
    if seen.state.phase == "succeeded":
        for approval_id in accepted:
            kept = ends[str(approval_id)] or approval_id in closed
            require(kept, f"the decision of {approval_id} was lost")


def writes_were_allowed(seen: Seen) -> None:
    """Ask that no write was begun which neither a person, nor a step, nor a rule has allowed.

    A person allows calls by the hash of their arguments: as they were shown, or were edited.
    What was settled as not happened, or failed, may be made again; it is the same call.
    """
    allowed: set[str] = set()
    questions: dict[str, ApprovalRequested] = {}
    always: set[str] = set()
    begun: set[CallId] = set()
    for recorded in seen.events:
        match recorded.event:
            case ApprovalRequested() as question:
                questions[question.approval_id] = question
            case ApprovalDecided(decision="approve") as fact:
                edited = {call.call_id for call in fact.calls}
                asked = questions[fact.approval_id].calls
                allowed |= {call.args_hash for call in asked if call.call_id not in edited}
                allowed |= {call.args_hash for call in fact.calls} | {*fact.authorised}
            case PermissionGranted() as permission:
                always.add(permission.tool)
            case PermissionRevoked() as permission:
                always.discard(permission.tool)
            case ToolStarted(effect="write") as call:
                known = call.args_hash in allowed or call.tool in always or call.call_id in begun
                ruled = any(rule.approvals == 0 for rule in _rules_about(seen, call))
                require(known or ruled, f"nobody allowed {call.call_id}", "writes_were_allowed")
                begun.add(call.call_id)
            case _:
                pass
        if isinstance(recorded.event, ToolStarted):
            denied = any(rule.deny for rule in _rules_about(seen, recorded.event))
            require(not denied, f"{recorded.event.call_id} was denied", "writes_were_allowed")


def _rules_about(seen: Seen, call: ToolStarted) -> list[Rule]:
    args = call.args.value if isinstance(call.args.value, dict) else {}
    item = args.get("item")
    conditions = {"args.item in [1, 3]": item in (1, 3), "args.item == 2": item == 2}
    return [
        rule
        for rule in seen.case.workflow.policy
        if fnmatch(call.tool, rule.tool)
        and rule.effect in (None, call.effect)
        and (rule.when is None or conditions[rule.when])
    ]


# --- 7: limits ---------------------------------------------------------------------------------


@guarantee(7)
def limits_hold(seen: Seen) -> None:
    """Limits that are said in the workflow hold across crashes and owners.

    Attempts under way in the run and items of a step, failed attempts of a step, iterations, and
    work that is sent back. No model call is announced that did not fit into every budget around it,
    counted from the journal alone: a call without an outcome counts as it was reckoned. What is
    kept by the day says the same. Calls by the minute are counted by process.
    """
    _require_within_budgets(seen)
    _require_days_add_up(seen)
    failures: Counter[StepPath] = Counter()
    for before, recorded in zip(seen.witness.befores, seen.events, strict=True):
        match recorded.event:
            case StepStarted() as started:
                _require_room(before, started)
            case StepFailed() as failed:
                _require_attempts(before, failed, failures)
            case RunReopened() | StepsRedone():
                failures.clear()
                if isinstance(recorded.event, StepsRedone):
                    _require_may_be_redone(before, recorded.event)
            case StepIterated(again=True) as iterated:
                one = before.instances[iterated.path]
                repeat = before.step_at(one.node).repeat
                done = one.iteration - before.progress[one.node].first_iteration + 1
                fits = repeat is not None and done < repeat.at_most
                require(fits, f"{iterated.path} is followed by an iteration too many")
            case StepSucceeded() as succeeded:
                # A subworkflow's inner steps are tried afresh with each attempt of it.
                if isinstance(before.step_of(succeeded.path), WorkflowStep):
                    failures.clear()
            case _:
                pass


def _require_attempts(before: RunState, failed: StepFailed, failures: Counter[StepPath]) -> None:
    """Require that a step fails, and is put off, no more often than it may."""
    path = failed.path
    if failed.put_off:
        times = before.instances[path].put_offs
        require(times < MOST_PUT_OFFS, f"{path} was put off {times} times before")
        return
    failures[path] += 1
    if path in before.instances:
        retry = before.step_of(path).retry
        most = retry.attempts if retry is not None else 3
        require(failures[path] <= most, f"{path} failed {failures[path]} times")


class _Books:
    """What counts against each budget of a run, added up from its events anew."""

    def __init__(self) -> None:
        self.reckoned: dict[CallId, int] = {}
        self.used: dict[CallId, int] = {}
        self.spenders: dict[CallId, StepPath] = {}

    def announce(self, event: ModelRequested) -> None:
        self.reckoned[event.call_id] = event.estimate.tokens if event.estimate else 0
        self.spenders[event.call_id] = event.path

    def end(self, event: ModelResponded | ModelFailed) -> None:
        reckoned = self.reckoned[event.call_id]
        if isinstance(event, ModelFailed):
            self.used[event.call_id] = reckoned if event.paid else 0
        elif event.usage is None:
            self.used[event.call_id] = reckoned
        else:
            self.used[event.call_id] = event.usage.input_tokens + event.usage.output_tokens

    def of(self, step: str | None) -> tuple[int, int]:
        """Return the calls and the tokens of a step of the run's own graph, or of all."""
        mine = [
            call for call, path in self.spenders.items() if step is None or step_of(path) == step
        ]
        return len(mine), sum(self.used.get(call, self.reckoned[call]) for call in mine)


def _require_within_budgets(seen: Seen) -> None:
    books = _Books()
    limits = _limits_of(seen)
    waiting = _Waiting()
    for recorded in seen.events:
        event = recorded.event
        waiting.take(event)
        match event:
            case ModelRequested():
                used_up = f"{event.call_id} was announced while a budget is used up"
                require(not waiting.reached, used_up)
                books.announce(event)
                for (level, where), limit in limits.items():
                    if level != "step" or step_of(event.path) == where:
                        counted = books.of(where if level == "step" else None)
                        _require_fits(counted, limit, f"{event.call_id} by {level} {where}")
            case ModelResponded() | ModelFailed():
                books.end(event)
            case BudgetRaised():
                _raise(limits, event)
            case _:
                pass


def _limits_of(seen: Seen) -> dict[tuple[str, str], Budget]:
    """Return the budgets of the run, of its steps, and of the day, by level and place."""
    found: dict[tuple[str, str], Budget] = {}
    if seen.case.budget is not None:
        found["run", ""] = seen.case.budget
    for step in seen.case.workflow.steps:
        budget = getattr(step, "budget", None)
        if budget is not None:
            found["step", step.name] = budget
    for ceiling in seen.case.ceilings:
        level = "class" if ceiling.workflow_class else "day"
        found[level, ceiling.workflow_class] = ceiling.budget
    for other in seen.beside:
        # Whoever raises a day's budget elsewhere, whenever it was, raises it for all runs.
        for recorded in other.events:
            match recorded.event:
                case BudgetRaised(level="day" | "class") as raised:
                    _raise(found, raised)
                case _:
                    pass
    return found


def _raise(limits: dict[tuple[str, str], Budget], event: BudgetRaised) -> None:
    """Let a limit be what somebody said; that of a day is lowered by nobody who says less."""
    name = (event.level, event.where)
    known = limits.get(name, Budget())
    said = event.budget.model_dump(exclude_none=True)
    if event.level in ("day", "class"):
        before = known.model_dump(exclude_none=True)
        said = {key: max(value, before.get(key, value)) for key, value in said.items()}
    limits[name] = known.model_copy(update=said)


class _Waiting:
    """Whether a budget is used up, and nobody has said what then."""

    def __init__(self) -> None:
        self.reached = False
        self._asked: set[str] = set()

    def take(self, event: Any) -> None:
        match event:
            case BudgetReached():
                self.reached = True
            case ApprovalRequested(subject="budget"):
                self._asked.add(event.approval_id)
            case ApprovalDecided() | ApprovalClosed() if event.approval_id in self._asked:
                self._asked.discard(event.approval_id)
                self.reached = False
            case BudgetRaised() if not self._asked:
                self.reached = False
            case RunReopened():
                self.reached = False
            case _:
                pass


def _require_fits(counted: tuple[int, int], limit: Budget, what: str) -> None:
    calls, tokens = counted
    fits = limit.calls is None or calls <= limit.calls
    require(fits, f"{what} is call {calls} of {limit.calls}")
    fits = limit.tokens is None or tokens <= limit.tokens
    require(fits, f"{what} makes {tokens} tokens of {limit.tokens}")


def _require_days_add_up(seen: Seen) -> None:
    """What is counted by the day and the class is what the journals of all runs say."""
    seen.witness.batches()
    rows = seen.witness.spending()
    if rows is None:
        return
    books = _Books()
    for recorded in seen.events:
        match recorded.event:
            case ModelRequested() as call:
                books.announce(call)
            case ModelResponded() | ModelFailed() as ended:
                books.end(ended)
            case _:
                pass
    for workflow_class in ("", seen.case.workflow.group):
        mine = [row for row in rows if row[0] == workflow_class]
        calls, tokens = sum(row[1] for row in mine), sum(row[2] for row in mine)
        require((calls, tokens) == books.of(None), f"the days have {calls} calls, {tokens} tokens")


def _require_room(before: RunState, started: StepStarted) -> None:
    node = started.node or NodePath(step_of(started.path))
    if started.token:
        full = len(before.active) < before.workflow.max_concurrency
        require(full, f"{started.path} started beside {len(before.active)} others")
    for_each = before.step_at(node).for_each
    if for_each is not None and started.path not in before.instances and started.iteration == 1:
        busy = before.progress[node].busy
        require(busy < for_each.concurrency, f"{started.path} started beside {busy} items")


def _require_may_be_redone(before: RunState, event: StepsRedone) -> None:
    node = before.instances[event.path].node
    redo = getattr(before.step_at(node), "on_reject", None)
    fits = redo is not None and before.progress[node].redos < redo.at_most
    require(fits, f"{event.path} sent the work back once too often")


# --- 9: the store ------------------------------------------------------------------------------


@guarantee(9)
def a_store_in_trouble_loses_and_doubles_nothing(seen: Seen) -> None:
    """What was handed to the journal together is on the disk once and whole, or not at all.

    Also after an unclear commit; and an artifact is there before the commit that names it.
    """
    require(not seen.witness.missing, "; ".join(seen.witness.missing[:2]))
    found = Counter(seen.witness.batches())
    for batch, count in found.items():
        if batch in seen.groups:
            wanted = seen.groups[batch]
            require(count == wanted, f"{count} of the {wanted} events of {batch} are on the disk")


# --- 10: steps that take their process down ----------------------------------------------------


@guarantee(10)
def a_step_that_takes_its_process_down_is_noticed(seen: Seen) -> None:
    """After three interruptions without progress, the step begins again only if a person says so.

    Progress is a finished call; a pause and a step that nobody wants any more do not count.
    """
    in_a_row: Counter[StepPath] = Counter()
    for recorded in seen.events:
        match recorded.event:
            case StepInterrupted(on_purpose=False) as stopped:
                in_a_row[stopped.path] += 1
            case StepStarted() as started:
                many = in_a_row[started.path]
                require(many < MAX_INTERRUPTIONS, f"{started.path} began after {many} in a row")
            case (
                ModelResponded()
                | ModelReused()
                | ToolSucceeded()
                | ToolReused()
                | ToolSettled()
                | StepFailed()
                | ApprovalDecided()
                | ApprovalExpired()
            ) as progress:
                in_a_row[progress.path] = 0
            case RunReopened():
                in_a_row.clear()
            case _:
                pass


# --- beyond the ten ----------------------------------------------------------------------------


def controls_are_obeyed(seen: Seen) -> None:
    """Ask that pauses hold, and that what a person gives stands.

    Nothing begins from the word that a run has to pause until it goes on. A signal that is there is
    kept from nobody who waits for it. A value that was given instead of an output stands for it. An
    item that was skipped before its turn never begins.
    """
    name = controls_are_obeyed.__name__
    held = False
    unbegun: set[StepPath] = set()
    given: dict[StepPath, StepSkipped] = {}
    for recorded in seen.events:
        match recorded.event:
            case RunPauseRequested():
                held = True
            case RunResumed() | RunReopened():
                held = False
            case StepsRedone(nodes=nodes):
                # What is done anew has no use for what stood for it.
                given = {path: one for path, one in given.items() if NodePath(path) not in nodes}
            case StepStarted() | ToolStarted() | ModelRequested() as begun:
                require(not held, f"{begun.path} began something though the run pauses", name)
                require(begun.path not in unbegun, f"{begun.path} began, and was skipped", name)
            case StepSkipped() as skipped:
                if skipped.output is not None:
                    given[skipped.path] = skipped
                if skipped.item is not None:
                    unbegun.add(skipped.path)
            case _:
                pass
    for skipped in given.values():
        _require_given(seen, skipped, name)
    state = seen.state
    waits = set(state.signals) & set(state.awaited)
    require(not waits, "a signal is kept from who waits for it", name)
    goes_on = state.ended or state.pause_requested or not state.signalled
    require(goes_on, "a wait whose signal has come does not go on", name)
    timers = state.ended and state.timers and state.phase == "succeeded"
    require(not timers, "a timer outlives its run", name)


def _require_given(seen: Seen, skipped: StepSkipped, name: str) -> None:
    one = seen.state.instances.get(skipped.path)
    node = one.node if one is not None else NodePath(skipped.path)
    is_item = one is not None and one.item is not None
    kept = one.output if one is not None and is_item else seen.state.progress[node].given
    require(kept == skipped.output, f"{skipped.path} lost the value it was given", name)


def requests(seen: Seen) -> list[ApprovalRequested]:
    """Return every question that was asked."""
    return [one.event for one in seen.events if isinstance(one.event, ApprovalRequested)]
