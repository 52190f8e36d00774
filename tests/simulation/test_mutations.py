"""Tests of the tests: each guarantee is broken on purpose, and it is that one that is missed."""

import asyncio
import dataclasses
import functools
import hashlib
import itertools
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from immutables import Map

from mn_notebook.agents import agent_tools, judging, tool_step
from mn_notebook.agents.effects import started
from mn_notebook.agents.tool_step import CallHandler
from mn_notebook.domain import fold as folding
from mn_notebook.domain import fold_calls, fold_steps, planning
from mn_notebook.domain.accounts import Account
from mn_notebook.domain.events import (
    RunPauseRequested,
    RunStarted,
    StepInterrupted,
    StepIterated,
    StepSkipped,
    StepStarted,
)
from mn_notebook.domain.fold_parts import without
from mn_notebook.domain.ids import content_hash
from mn_notebook.domain.judging import Verdict
from mn_notebook.domain.planning import StartItem
from mn_notebook.domain.replacing import replace
from mn_notebook.domain.values import NOTHING
from mn_notebook.domain.workflow import Expiry
from mn_notebook.engine import announcing, names, starts
from mn_notebook.engine.endings import Endings
from mn_notebook.engine.move import Move
from mn_notebook.engine.runner import Runner
from mn_notebook.store import projection
from mn_notebook.store.artifacts import FileArtifacts
from mn_notebook.store.budgets import Spending
from mn_notebook.store.compiling import compiled
from mn_notebook.store.inbox import SqlInbox
from mn_notebook.store.journal import SqlJournal
from mn_notebook.store.sqlite import inbox as sqlite_inbox
from mn_notebook.store.statements import inbox as definitions
from mn_notebook.testing.simulation import CRASH_SIDES, CrashAt, SimulatedWriter
from tests.simulation import invariants, test_trouble
from tests.simulation.cases import (
    Behaviour,
    Case,
    Control,
    approve,
    each,
    python,
    tool,
    wait,
    workflow,
)
from tests.simulation.invariants import Invariant
from tests.simulation.schedule import Fault, Schedule
from tests.simulation.simulation import RUN, Lost, Simulation
from tests.simulation.stories import GO, STORIES, first_waits
from tests.simulation.witness import Seen
from tests.simulation.world import World

Mutate = Callable[[pytest.MonkeyPatch], None]


def launches_before_the_commit(patch: pytest.MonkeyPatch) -> None:
    flush = Runner.flush

    def hasty(runner: Runner) -> None:
        attempts = runner._attempts
        announced = tuple(attempts._announced)
        flush(runner)
        for path in announced:
            attempt = attempts._known.get(path)
            if attempt is not None:
                attempt.begin(runner._doorbell.post)
            attempts.launch(runner, path, attempt)

    patch.setattr(Runner, "flush", hasty)


def acknowledges_before_the_commit(patch: pytest.MonkeyPatch) -> None:
    def submit(writer: SimulatedWriter, operation: Any, done: Any) -> None:
        if writer.dead:
            return
        writer._queue.append((operation, lambda _result, _fault: None))
        done(writer.commits + 1, None)
        if writer._timer is None:
            loop_ = asyncio.get_running_loop()
            writer._timer = loop_.call_later(0.2, writer._write)

    patch.setattr(SimulatedWriter, "submit", submit)


def forgets_finished_calls(patch: pytest.MonkeyPatch) -> None:
    interrupted = folding._APPLY[StepInterrupted]

    def forgetful(state: Any, event: Any, at: Any) -> Any:
        after = interrupted(state, event, at)
        instance = replace(after.instances[event.path], calls=())
        return replace(after, instances=after.instances.set(event.path, instance))

    patch.setitem(folding._APPLY, StepInterrupted, forgetful)


def repeats_writes_blindly(patch: pytest.MonkeyPatch) -> None:
    async def blindly(
        self: CallHandler, target: Any, wanted: Any, _last: Any, work: Any, pen: Any
    ) -> Any:
        await pen.record(started(work, wanted, pen, target))
        return self._outcome(work, wanted, await self._make(target, wanted, work, pen))

    patch.setattr(CallHandler, "_reconcile", blindly)


def calls_what_nobody_allowed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(judging, "judge", lambda _case, _spoken: Verdict("allow"))


def calls_what_was_proposed_not_what_was_approved(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(fold_calls, "_approved", lambda call, _event: replace(call, approved=True))


def puts_the_attempt_into_the_key(patch: pytest.MonkeyPatch) -> None:
    def key_of(work: Any, tool: str, args: Any, calls: Any) -> str:
        return content_hash([work.path, tool, args, len(calls), work.attempt])

    patch.setattr(tool_step, "key_of", key_of)
    patch.setattr(agent_tools, "key_of", key_of)


def journals_the_start_before_the_outcome(patch: pytest.MonkeyPatch) -> None:
    flush = Runner.flush

    def hasty(runner: Runner) -> None:
        runner.record.pending.sort(key=lambda event: not isinstance(event, StepStarted))
        flush(runner)

    patch.setattr(Runner, "flush", hasty)


def feeds_what_the_journal_does_not_say(patch: pytest.MonkeyPatch) -> None:
    value_of = names.value_of

    def another(state: Any, node: Any, values: Any) -> Any:
        return [value_of(state, node, values)]

    # What the witness reads, it reads by the name that it knows.
    patch.setattr(starts, "names_for", functools.partial(_with, names.names_for, patch, another))


def _with(names_for: Any, patch: pytest.MonkeyPatch, another: Any, *args: Any, **more: Any) -> Any:
    with patch.context() as inner:
        inner.setattr(names, "value_of", another)
        return names_for(*args, **more)


def does_an_iteration_that_ended_again(patch: pytest.MonkeyPatch) -> None:
    def forgetful(state: Any, event: Any, _at: Any) -> Any:
        judged = replace(state, judging=without(state.judging, event.path))
        if not event.again:
            return iterated(state, event, _at)
        return replace(judged, due=judged.due.set(event.path, _at))

    iterated = folding._APPLY[StepIterated]
    patch.setitem(folding._APPLY, StepIterated, forgetful)


def loses_the_value_of_a_skip(patch: pytest.MonkeyPatch) -> None:
    skipped = folding._APPLY[StepSkipped]

    def forgetful(state: Any, event: Any, at: Any) -> Any:
        output = event.output and NOTHING
        return skipped(state, event.model_copy(update={"output": output}), at)

    patch.setitem(folding._APPLY, StepSkipped, forgetful)


def begins_what_was_skipped_before_its_turn(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(fold_steps, "_skip_unbegun", lambda state, _event, _item: state)


def keeps_no_signal_over_a_crash(patch: pytest.MonkeyPatch) -> None:
    begin = Runner.begin

    def forgetful(runner: Runner, **more: Any) -> None:
        runner.record.state = replace(runner.state, signals=Map())
        begin(runner, **more)

    patch.setattr(Runner, "begin", forgetful)


def starts_something_while_paused(patch: pytest.MonkeyPatch) -> None:
    def deaf(state: Any, _event: Any, _at: Any) -> Any:
        return state

    patch.setitem(folding._APPLY, RunPauseRequested, deaf)


def writes_whoever_asks(patch: pytest.MonkeyPatch) -> None:
    take = SqlJournal._take_numbers

    def whoever(self: SqlJournal, cursor: Any, group: Any, now: str, count: int) -> int | None:
        cursor.execute("SELECT fence, owner FROM mn_run")
        fence, owner = cursor.fetchone()
        mine = dataclasses.replace(group, fence=fence, owner=owner, token=None)
        return take(self, cursor, mine, now, count)

    patch.setattr(SqlJournal, "_take_numbers", whoever)


def takes_commands_up_for_ever(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(projection, "_taken", lambda _command_id: [])


def lets_the_last_decision_win(patch: pytest.MonkeyPatch) -> None:
    anyway = definitions.DECIDE.where(sa.true())
    anyway._where_criteria = anyway._where_criteria[:1]
    patch.setattr(sqlite_inbox, "DECIDE", compiled(anyway))


def lets_expire_what_was_decided_in_time(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(projection.Projection, "is_decided", lambda *_: False)
    patch.setattr(SqlInbox, "is_decided", lambda *_: False)
    patch.setattr(SqlInbox, "changed", lambda _inbox: False)


def forgets_how_many_items_may_begin(patch: pytest.MonkeyPatch) -> None:
    def all_items(state: Any) -> Any:
        for node in state.fanning.values():
            yield node, StartItem(node, state.progress[node].next_item)

    patch.setattr(planning, "_items", all_items)


def iterates_beyond_the_bound(patch: pytest.MonkeyPatch) -> None:
    judge = Endings.judge

    def never_enough(self: Endings, state: Any, path: Any) -> Any:
        (event,) = judge(self, state, path).events
        again = not event.holds and state.instances[path].iteration < 9  # type: ignore[union-attr]
        return Move((event.model_copy(update={"again": again}),))

    patch.setattr(Endings, "judge", never_enough)


def writes_again_what_went_through_unclearly(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(SqlJournal, "_seq_of_batch", lambda *_: None)


def names_artifacts_that_are_not_there_yet(patch: pytest.MonkeyPatch) -> None:
    put = FileArtifacts.put

    def later(self: FileArtifacts, content: bytes, *, media_type: str) -> str:
        loop_ = asyncio.get_running_loop()
        loop_.call_later(5.0, lambda: put(self, content, media_type=media_type))
        return hashlib.sha256(content).hexdigest()

    patch.setattr(FileArtifacts, "put", later)


def grants_whatever_is_asked(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(announcing, "shortage", lambda _state, _events, _now: None)
    patch.setattr(starts, "shortage", lambda _state, _events, _now: None)


def counts_only_what_has_ended(patch: pytest.MonkeyPatch) -> None:
    def reserve(account: Account, _estimate: Any) -> Account:
        return replace(account, calls=account.calls + 1)

    def settle(account: Account, _estimate: Any, usd: Any, tokens: int) -> Account:
        return replace(account, usd=account.usd + usd, tokens=account.tokens + tokens)

    patch.setattr(Account, "reserve", reserve)
    patch.setattr(Account, "settle", settle)


def looks_at_no_day(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Spending, "too_much", lambda _self, _cursor, _group: None)


def keeps_nothing_of_a_lost_call(patch: pytest.MonkeyPatch) -> None:
    interrupted = folding._APPLY[StepInterrupted]

    def generous(state: Any, event: Any, at: Any) -> Any:
        after = interrupted(state, event, at)
        freed = replace(after.account, calls=0, open_tokens=0, open_usd=Decimal(0))
        return replace(after, account=freed)

    patch.setitem(folding._APPLY, StepInterrupted, generous)


def tries_for_ever_what_ends_its_process(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(planning, "MAX_INTERRUPTIONS", 99)


Run = Callable[[], Iterator[tuple[Seen, BaseException | None]]]


def crashed(story: str) -> Run:
    """Run a story with a crash at each of its first commits."""

    def run() -> Iterator[tuple[Seen, BaseException | None]]:
        for commit in range(1, 40):
            for side in CRASH_SIDES:
                yield _lived(Simulation(STORIES[story], crashes=[CrashAt(commit, side)]))

    return run


def once(case: Case) -> Run:
    """Run a case undisturbed, at several paces."""

    def run() -> Iterator[tuple[Seen, BaseException | None]]:
        for seed in range(9):
            yield _lived(Simulation(dataclasses.replace(case, seed=seed)))

    return run


def stormy(story: str, fault: Fault, owners: int = 1) -> Run:
    """Run a story in worlds where one thing goes wrong again and again."""

    def run() -> Iterator[tuple[Seen, BaseException | None]]:
        struck = 0
        for seed in range(40):
            schedule = Schedule(seed, rates={fault: 0.5}, most={fault: 20})
            schedule.owners = owners
            world = World({RUN: STORIES[story]}, schedule)
            fault_found = _fault_of(world)
            struck += len(schedule.struck)
            yield world.seen[RUN], fault_found
        assert struck, f"{fault} has not struck"

    return run


def _lived(simulation: Simulation) -> tuple[Seen, BaseException | None]:
    return simulation.seen, _fault_of(simulation)


def _fault_of(anything: Any) -> BaseException | None:
    try:
        anything.run()
    except BaseException as fault:  # noqa: BLE001 - a broken engine may fail in any way
        return fault
    return None


DEADLY = Case(workflow(python("a"), python("b", "a")), {"a": Behaviour(deadly=4)}, slow=False)
LATE = Case(
    workflow(approve("ask", expires=Expiry(after_seconds=1.0)), python("after", "ask")), slow=False
)
EDITED = Case(workflow(*(tool("post", f"p{number}") for number in range(18))), slow=False)
"""Some of these calls are approved with other arguments."""
SKIPPED_AHEAD = Case(
    workflow(wait("turns", signal="go", for_each=each("[0, 1, 2]", concurrency=1))),
    slow=False,
    controls=(
        Control("skip", first_waits, {"path": "turns[1]", "because": "nobody will"}),
        Control("signal", lambda state: state.head >= 7, GO),
        Control("signal", lambda state: len(state.instances) == 3, GO),
        Control("signal", lambda state: len(state.instances) == 3, GO),
    ),
)
MUTATIONS: dict[Mutate, tuple[Invariant, tuple[Run, ...]]] = {
    launches_before_the_commit: (
        invariants.nothing_acts_before_its_intent_is_durable,
        (crashed("python"),),
    ),
    acknowledges_before_the_commit: (
        invariants.nothing_acts_before_its_intent_is_durable,
        (crashed("tools"), crashed("python")),
    ),
    journals_the_start_before_the_outcome: (
        invariants.nothing_is_done_before_its_outcome_is_durable,
        (crashed("python"), crashed("tools")),
    ),
    feeds_what_the_journal_does_not_say: (
        invariants.nothing_is_done_before_its_outcome_is_durable,
        (once(STORIES["python"]),),
    ),
    forgets_finished_calls: (
        invariants.no_finished_call_is_made_again,
        (crashed("agent"), crashed("agent that breaks")),
    ),
    does_an_iteration_that_ended_again: (
        invariants.no_finished_call_is_made_again,
        (crashed("iterations"),),
    ),
    repeats_writes_blindly: (
        invariants.no_doubtful_write_is_repeated_blindly,
        (crashed("doubt"), crashed("approval")),
    ),
    puts_the_attempt_into_the_key: (
        invariants.no_doubtful_write_is_repeated_blindly,
        (crashed("tools"),),
    ),
    writes_whoever_asks: (
        invariants.a_run_has_one_owner,
        (stormy("tools", "a rival takes over", owners=2),),
    ),
    takes_commands_up_for_ever: (
        invariants.approvals_outlive_everything,
        (crashed("waits"),),
    ),
    lets_the_last_decision_win: (
        invariants.approvals_outlive_everything,
        (stormy("approval", "a command sent twice"),),
    ),
    lets_expire_what_was_decided_in_time: (
        invariants.approvals_outlive_everything,
        (once(LATE),),
    ),
    forgets_how_many_items_may_begin: (invariants.limits_hold, (once(STORIES["items"]),)),
    iterates_beyond_the_bound: (invariants.limits_hold, (once(STORIES["iterations"]),)),
    grants_whatever_is_asked: (invariants.limits_hold, (once(STORIES["budget"]),)),
    counts_only_what_has_ended: (invariants.limits_hold, (once(STORIES["budget"]),)),
    looks_at_no_day: (invariants.limits_hold, (once(STORIES["budget of a day"]),)),
    keeps_nothing_of_a_lost_call: (invariants.limits_hold, (crashed("budget"),)),
    writes_again_what_went_through_unclearly: (
        invariants.a_store_in_trouble_loses_and_doubles_nothing,
        (stormy("python", "an unclear commit"),),
    ),
    names_artifacts_that_are_not_there_yet: (
        invariants.a_store_in_trouble_loses_and_doubles_nothing,
        (once(STORIES["large values"]),),
    ),
    tries_for_ever_what_ends_its_process: (
        invariants.a_step_that_takes_its_process_down_is_noticed,
        (once(DEADLY),),
    ),
    loses_the_value_of_a_skip: (invariants.controls_are_obeyed, (crashed("skips"),)),
    begins_what_was_skipped_before_its_turn: (
        invariants.controls_are_obeyed,
        (once(SKIPPED_AHEAD),),
    ),
    keeps_no_signal_over_a_crash: (invariants.controls_are_obeyed, (crashed("waits"),)),
    starts_something_while_paused: (invariants.controls_are_obeyed, (crashed("pause"),)),
    calls_what_nobody_allowed: (invariants.writes_were_allowed, (crashed("doubt"),)),
    calls_what_was_proposed_not_what_was_approved: (
        invariants.writes_were_allowed,
        (once(EDITED),),
    ),
}


def test_every_guarantee_is_broken_on_purpose():
    """A guarantee that nobody would miss is not tested."""
    broken = {guarantee for guarantee, _ in MUTATIONS.values()}
    assert {*invariants.GUARANTEES.values()} <= broken
    assert sorted(invariants.GUARANTEES) == [1, 2, 3, 4, 5, 6, 7, 9, 10]


@pytest.mark.parametrize("mutate", MUTATIONS, ids=lambda mutate: mutate.__name__)
def test_it_is_that_guarantee_that_is_missed_in_an_engine_that(
    mutate: Mutate, monkeypatch: pytest.MonkeyPatch
):
    """The name of a failure tells what is broken, not only that something is."""
    mutate(monkeypatch)
    guarantee, runs = MUTATIONS[mutate]
    for run in runs:
        missed = first_missed(run)
        assert guarantee.__name__ in missed
        assert missed <= {guarantee.__name__, *FOLLOWS.get(mutate, ())}


FOLLOWS: dict[Mutate, tuple[str, ...]] = {
    # Two who write for one run do the same twice.
    writes_whoever_asks: (
        "no_finished_call_is_made_again",
        "nothing_acts_before_its_intent_is_durable",
        "no_doubtful_write_is_repeated_blindly",
        "approvals_outlive_everything",
    ),
}
"""What else is missed, because it follows."""


def first_missed(run: Run) -> set[str]:
    """Run until a guarantee does not hold, and name all that do not."""
    trouble = "nothing"
    for seen, fault in run():
        missed = set(_missed(seen))
        if missed:
            return missed
        if fault is not None:
            trouble = f"no guarantee, but {_said(fault)}"
    return {trouble}


def _missed(seen: Seen) -> Iterator[str]:
    beyond = (invariants.controls_are_obeyed, invariants.writes_were_allowed)
    for ask in (*invariants.GUARANTEES.values(), *beyond):
        try:
            ask(seen)
        except invariants.Broken as broken:
            yield broken.guarantee


def _said(fault: BaseException) -> str:
    inner = fault.exceptions[0] if isinstance(fault, BaseExceptionGroup) else fault
    return f"{type(inner).__name__}: {inner}"


@pytest.mark.parametrize("guarantee", invariants.GUARANTEES.values(), ids=lambda one: one.__name__)
def test_an_engine_that_is_whole_breaks_none(guarantee: Invariant):
    """What is missed in a broken engine is there in this one, in the very same runs."""
    for one, runs in MUTATIONS.values():
        for run in runs if one is guarantee else ():
            seen, fault = next(run())
            assert fault is None
            guarantee(seen)


def test_a_run_that_never_ends_is_noticed(monkeypatch: pytest.MonkeyPatch):
    """No step is lost without a word."""
    monkeypatch.setattr(Runner, "_interrupt", lambda _runner, _path, _because: None)
    _, fault = next(itertools.islice(crashed("python")(), 3, None))
    assert isinstance(fault, ExceptionGroup)
    assert isinstance(fault.exceptions[0], Lost)


def test_the_robbery_notices_an_owner_that_decides_before_the_old_tokens_are_void(
    monkeypatch: pytest.MonkeyPatch,
):
    """Taking over and going on in one breath would repeat a finished call."""

    def in_one_breath(runner: Runner, **_: Any) -> None:
        if runner.state.phase == "created":
            runner.record.fold(RunStarted())
        for path in sorted(runner.state.active):
            runner._interrupt(path, "taken over")
        runner.advance()

    monkeypatch.setattr(Runner, "begin", in_one_breath)
    with pytest.raises(invariants.Broken) as caught:
        test_trouble.test_an_outcome_that_a_robbed_owner_wrote_in_time_is_not_made_again()
    assert caught.value.guarantee == invariants.no_finished_call_is_made_again.__name__
