"""Trouble other than a crash: robbed owners, unreadable stores, decisions at bad moments."""

import asyncio
from typing import Any

import pytest

from mn_notebook.agents.calling import call_here
from mn_notebook.domain.events import AttemptEvent, ToolStarted, ToolSucceeded
from mn_notebook.domain.ids import CallId, Fence, ProcessId, RunId, StepName, StepPath
from mn_notebook.domain.values import NOTHING
from mn_notebook.domain.workflow import Expiry, PythonStep
from mn_notebook.engine.runner import Runner
from mn_notebook.engine.services import Doorbell, Slots
from mn_notebook.errors import AlreadyDecided, StoreError, StoreUnwritable
from mn_notebook.ports import Outcome, Recorder, Succeeded, Work
from mn_notebook.store.leases import SqlLeases
from mn_notebook.testing.simulation import CRASH_SIDES, CrashAt
from tests.simulation import invariants, oracle
from tests.simulation.cases import (
    Behaviour,
    Case,
    agent,
    approve,
    each,
    python,
    tool,
    wait,
    workflow,
)
from tests.simulation.processes import ORIGIN, Process
from tests.simulation.simulation import RUN, Simulation
from tests.simulation.stories import STORIES
from tests.simulation.test_crashes import reference_of


def kinds(simulation: Simulation) -> list[str]:
    return [recorded.event.kind for recorded in simulation.witness.events]


def test_a_process_never_makes_more_attempts_at_once_than_it_allows():
    """The bound on a process's attempts holds from the first commit on."""
    case = Case(workflow(python("fan", each=each("[0, 1, 2, 3, 4, 5]", concurrency=6))), seed=3)
    simulation = Simulation(case, max_attempts=2)
    most = 0

    async def watch() -> None:
        nonlocal most
        while not simulation.state.ended:
            most = max(most, len(simulation.state.active))
            await simulation.clock.sleep(0.01)

    simulation.create()
    simulation.live(simulation.process(), simulation._until_ended, watch)
    assert simulation.state.phase == "succeeded"
    assert most == 2
    simulation.close()


def test_a_run_that_found_no_slot_gets_one_that_came_free_before_it_was_looked_at():
    """Nobody else would offer it one: no attempt ends any more that could."""
    simulation = Simulation(Case(workflow(python("a")), slow=False), max_attempts=1)
    simulation.create()
    process = simulation.process()
    runs: Any = process.worker._runs
    take = runs._take

    def without_a_slot(*given: Any, **more: Any) -> Any:
        runs._slots.busy += 1
        try:
            return take(*given, **more)
        finally:
            runs._slots.busy -= 1

    runs._take = without_a_slot
    simulation.live(process, simulation._until_ended)
    assert simulation.state.phase == "succeeded"
    simulation.close()


def test_a_run_goes_on_though_the_store_could_not_be_read_right_after_the_claim():
    """A run that was claimed is advanced, or given back; it never stays claimed and forgotten."""
    case = Case(workflow(python("a")), slow=False)

    def wrap(journal: Any) -> Any:
        reads = [0]
        read = journal.read

        def unreliable(run_id: RunId, **which: Any) -> Any:
            reads[0] += 1
            if reads[0] == 2:
                raise StoreError("busy for a moment")
            return read(run_id, **which)

        journal.read = unreliable
        return journal

    simulation = Simulation(case, wrap_journal=wrap).run()
    assert simulation.state.phase == "succeeded"


def waiting_case(then: str = "reject") -> Case:
    expires = Expiry(after_seconds=5.0, then=then)
    return Case(
        workflow(approve("ask", expires=expires), python("after", "ask")),
        {"ask": Behaviour(decision="absent")},
        slow=False,
    )


async def until_asked(simulation: Simulation, process: Process) -> None:
    while not simulation.state.approvals:
        await simulation.clock.sleep(0.1)
    await simulation.clock.sleep(0.5)
    process.worker.stop()


def asked(simulation: Simulation) -> Any:
    """Live until an approval waits, and let the process end."""
    simulation.create()
    process = simulation.process()
    simulation.live(process, lambda process: until_asked(simulation, process))
    (approval_id,) = simulation.state.approvals
    return approval_id


def decide(simulation: Simulation, approval_id: Any, decision: str = "approve") -> None:
    body: dict[str, Any] = {"because": "", "edits": None, "value": None}
    simulation.store.inbox.decide(RUN, approval_id, decision, body, by="ann", via="test")


def test_a_decision_made_in_time_counts_though_no_process_lived_to_take_it_up():
    """Expiry is judged when the decision is written, not when somebody reads it."""
    simulation = Simulation(waiting_case())
    approval_id = asked(simulation)
    decide(simulation, approval_id)
    simulation.clock.advance(60.0)
    simulation.live(simulation.process(), simulation._until_ended)
    assert simulation.state.phase == "succeeded"
    assert "approval.decided" in kinds(simulation)
    assert "approval.expired" not in kinds(simulation)
    simulation.close()


def test_a_decision_after_the_expiry_is_refused_and_the_answer_is_no():
    """Silence means no, and the latecomer is told."""
    simulation = Simulation(waiting_case())
    approval_id = asked(simulation)
    simulation.clock.advance(60.0)
    with pytest.raises(AlreadyDecided, match="expired"):
        decide(simulation, approval_id)
    simulation.live(simulation.process(), simulation._until_ended)
    assert "approval.expired" in kinds(simulation)
    assert simulation.state.instances[StepPath("ask")].rejected
    simulation.close()


def test_an_approval_that_waits_beyond_its_time_can_still_be_decided():
    """``then: wait`` closes nothing."""
    simulation = Simulation(waiting_case("wait"))
    approval_id = asked(simulation)
    simulation.clock.advance(60.0)
    decide(simulation, approval_id)
    simulation.live(simulation.process(), simulation._until_ended)
    assert "approval.decided" in kinds(simulation)
    simulation.close()


def test_the_second_decision_is_told_who_decided():
    """A decision is unique."""
    simulation = Simulation(waiting_case())
    approval_id = asked(simulation)
    decide(simulation, approval_id, "reject")
    with pytest.raises(AlreadyDecided, match="ann chose 'reject'"):
        decide(simulation, approval_id)
    simulation.close()


def test_a_run_that_waits_holds_no_lease_also_after_it_was_taken_over():
    """Whoever takes over a run that only waits lets go of it again."""
    case = Case(workflow(approve("ask")), {"ask": Behaviour(decision="absent")}, slow=False)
    simulation = Simulation(case)
    approval_id = asked(simulation)
    connection = simulation.store.database.connect()
    connection.execute("UPDATE mn_run SET owner = 'process-9'")
    process = simulation.process()

    async def look() -> None:
        await simulation.clock.sleep(5.0)
        assert simulation.store.views.run(RUN).owner is None
        decide(simulation, approval_id)

    simulation.live(process, simulation._until_ended, look)
    assert simulation.state.phase == "succeeded"
    connection.close()
    simulation.close()


@pytest.mark.parametrize("function", ["json:there_is_no_such_function", "no_such_module:f"])
def test_a_step_whose_function_cannot_be_had_fails_or_waits_and_harms_nobody(function: str):
    """A bad reference is the step's trouble, said in words, never the engine's."""
    bad = PythonStep(name=StepName("bad"), function=function)
    simulation = Simulation(Case(workflow(python("good"), bad), slow=False))
    simulation.create()

    async def look(process: Process) -> None:
        await simulation.clock.sleep(10.0)
        process.worker.stop()

    simulation.live(simulation.process(), look)
    state = simulation.state
    assert state.progress_of(StepName("good")).status == "succeeded"
    bad_progress = state.progress_of(StepName("bad"))
    if function.startswith("json"):
        assert state.phase == "failed"
        assert bad_progress.error is not None
        assert "there_is_no_such_function" in bad_progress.error.message
    else:
        assert "not installed" in str(bad_progress.waiting_because)
    simulation.close()


def robbery(simulation: Simulation, *, after_seconds: float, commit_seconds: float) -> None:
    """Let a second process take the run from a living one, so long after the first tool call."""
    simulation.create()
    simulation.outside.strict = False
    simulation.seen.owners = 2
    first, second = simulation.process(), simulation.process()
    first.writer.delay = second.writer.delay = lambda: 0.0

    async def rob() -> None:
        while not any(act.kind == "tool" for act in simulation.outside.acts):
            await simulation.clock.sleep(0.01)
        await simulation.clock.sleep(after_seconds)
        first.leases.claimable = lambda origins: []  # type: ignore[method-assign]  # noqa: ARG005 - as it is called
        second.writer.delay = lambda: commit_seconds
        await second.worker.main()

    async def until_ended(process: Process) -> None:
        await simulation._until_ended(process)
        second.worker.stop()

    simulation.live(first, until_ended, rob)
    second.close()


def takes_a_second(simulation: Simulation) -> None:
    """Make each call take a second after it has reached the outside."""

    def caller(line: Any) -> Any:
        async def call(function: Any, arguments: Any) -> Any:
            returned = await call_here(function, arguments)
            await simulation.clock.sleep(1.0)
            return returned

        return call

    simulation.outside.caller = caller  # type: ignore[method-assign]


AGENT = Case(
    workflow(agent("a", tools=("put",))), {"a": Behaviour(turns=(("put",), ()))}, slow=False
)


class Journaling:
    """A handler that keeps the outcome of its one call under its own token, and then dawdles."""

    def __init__(self, simulation: Simulation, process: int) -> None:
        self._simulation = simulation
        self._process = process

    def missing(self, step: Any) -> None:
        return None

    def effect(self, step: Any) -> str:
        return "idempotent"

    def identity(self, step: Any) -> None:
        return None

    def job(self, work: Work) -> None:
        return None

    def opening(self, work: Work, recorder: Recorder) -> tuple[AttemptEvent, ...]:
        if any(call.status == "succeeded" for call in work.calls):
            return ()
        call_id = CallId(f"{work.path}!1")
        return (
            ToolStarted(
                path=work.path,
                attempt=work.attempt,
                call_id=call_id,
                tool="put",
                effect="idempotent",
                args=NOTHING,
                args_hash="",
                key="key",
            ),
        )

    async def run(self, work: Work, recorder: Recorder) -> Outcome:
        clock = self._simulation.clock
        call = recorder.calls()[-1]
        if call.status == "open" and call.attempt == work.attempt:
            self._simulation.outside.note("tool", work.path, call.key, self._process)
            await clock.sleep(1.0)
            done = ToolSucceeded(
                path=work.path, call_id=call.id, output=NOTHING, latency_seconds=1.0
            )
            await recorder.record(done)
        await clock.sleep(5.0)
        return Succeeded("done")


def test_an_outcome_that_a_robbed_owner_wrote_in_time_is_not_made_again():
    """What was written between the claim and the first commit of a new owner is folded first."""
    simulation = Simulation(Case(workflow(python("a")), slow=False))
    simulation.wrap_handlers = lambda _handlers, process: {
        "python": Journaling(simulation, process)
    }
    robbery(simulation, after_seconds=0.8, commit_seconds=0.5)
    assert simulation.state.phase == "succeeded"
    assert len([act for act in simulation.outside.acts if act.kind == "tool"]) == 1
    invariants.ask_all(simulation.seen)
    simulation.close()


def test_a_robbed_owner_writes_nothing_once_the_new_owner_has_written():
    """An older fence, and a closed attempt's token, are refused; the run goes on all the same."""
    simulation = Simulation(AGENT)
    takes_a_second(simulation)
    robbery(simulation, after_seconds=0.5, commit_seconds=0.0)
    assert simulation.state.phase == "succeeded"
    connection = simulation.store.database.connect()
    batches = connection.execute("SELECT batch, kind FROM mn_event ORDER BY seq").fetchall()
    connection.close()
    by_second = [place for place, (batch, _) in enumerate(batches) if batch.startswith("p1x")]
    by_first = [place for place, (batch, _) in enumerate(batches) if batch.startswith("p0x")]
    assert by_second
    assert max(by_first) < min(by_second)
    tool_calls = [act for act in simulation.outside.acts if act.kind == "tool"]
    assert len(tool_calls) == 2
    assert len({act.name for act in tool_calls}) == 1, "the same call has the same key"
    simulation.close()


def test_commands_are_taken_up_though_the_store_failed_at_the_first_try():
    """A decision waits until it is taken up, whatever went wrong meanwhile."""
    case = Case(workflow(approve("ask")), {"ask": Behaviour(decision="absent")}, slow=False)
    failures = [3]

    def wrap(leases: SqlLeases) -> Any:
        claim = leases.claim

        def unreliable(run_id: Any, at: Any) -> Any:
            if simulation.person.decided and failures[0]:
                failures[0] -= 1
                raise StoreError("busy for a moment")
            return claim(run_id, at)

        leases.claim = unreliable  # type: ignore[method-assign]
        return leases

    simulation = Simulation(case, wrap_leases=wrap)
    simulation.create()

    async def look() -> None:
        while not simulation.state.approvals:
            await simulation.clock.sleep(0.1)
        await simulation.clock.sleep(3.0)
        (approval_id,) = simulation.state.approvals
        simulation.person.decided[approval_id] += 1
        decide(simulation, approval_id)

    simulation.live(simulation.process(), simulation._until_ended, look)
    assert simulation.state.phase == "succeeded"
    simulation.close()


@pytest.mark.parametrize("story", STORIES)
def test_two_owners_that_rob_each_other_all_the_time_still_bring_a_run_to_its_end(story: str):
    """Whoever writes, writes under a fence that holds: the journal never forks."""
    simulation = Simulation(STORIES[story])
    simulation.create()
    simulation.outside.strict = False
    simulation.seen.owners = 2
    first, second = simulation.process(), simulation.process()

    async def until_ended(process: Process) -> None:
        await simulation._until_ended(process)
        second.worker.stop()

    async def rob() -> None:
        await simulation.clock.sleep(0.7)
        await second.worker.main()

    simulation.live(first, until_ended, rob)
    second.close()
    invariants.ask_all(simulation.seen)
    oracle.check_same(oracle.outcome(simulation.seen), reference_of(story).outcome)
    simulation.close()


COMMANDS = Case(workflow(python("a"), python("b", "a"), python("c", "b")), slow=False)


@pytest.mark.parametrize("side", CRASH_SIDES)
def test_a_cancellation_is_obeyed_exactly_once_wherever_the_process_dies(side: Any):
    """Taking up a command and journaling it are one commit."""
    for commit in range(1, 8):
        simulation = Simulation(COMMANDS)
        takes_a_second(simulation)
        simulation.create()

        async def cancel(simulation: Simulation = simulation) -> None:
            while simulation.state.progress_of(StepName("a")).status != "succeeded":
                await simulation.clock.sleep(0.1)
            simulation.store.inbox.put(RUN, "cancel", {}, by="ann", via="test")

        crash: CrashAt | None = CrashAt(commit, side)
        more: tuple[Any, ...] = (cancel,)
        while not simulation.live(simulation.process(crash), simulation._until_ended, *more):
            asked = simulation.store.inbox.pending([ORIGIN], [])
            done = "run.cancel_requested" in kinds(simulation)
            more = () if asked or done else (cancel,)
            crash = None
        assert simulation.state.phase in ("cancelled", "succeeded")
        assert kinds(simulation).count("run.cancel_requested") <= 1
        assert (simulation.state.phase == "cancelled") == (
            "run.cancel_requested" in kinds(simulation)
        )
        assert simulation.store.inbox.pending([ORIGIN], []) == []
        assert not simulation.outside.wrongs
        simulation.close()


@pytest.mark.parametrize("side", CRASH_SIDES)
def test_a_reopening_is_obeyed_exactly_once_wherever_the_process_dies(side: Any):
    """A failed run goes on from its failed step, and makes nothing again that had succeeded."""
    broken = {"b": Behaviour(permanent_items=frozenset({None}))}
    for commit in range(1, 8):
        simulation = Simulation(Case(COMMANDS.workflow, broken, slow=False))
        simulation.create()
        simulation.live(simulation.process(), simulation._until_ended)
        assert simulation.state.phase == "failed"
        simulation.outside.case = COMMANDS
        simulation.store.inbox.put(RUN, "reopen", {}, by="ann", via="test")

        async def until_succeeded(process: Process, simulation: Simulation = simulation) -> None:
            while simulation.state.phase != "succeeded":
                assert simulation.clock.monotonic() < 300, "the run does not go on"
                await simulation.clock.sleep(0.1)
            process.worker.stop()

        crash: CrashAt | None = CrashAt(commit, side)
        while not simulation.live(simulation.process(crash), until_succeeded):
            crash = None
        assert kinds(simulation).count("run.reopened") == 1
        assert [act.path for act in simulation.outside.acts].count(StepPath("a")) == 1
        assert not simulation.outside.wrongs
        simulation.close()


class Balking:
    """A handler whose first attempts end in the given way; then it succeeds."""

    def __init__(self, *endings: BaseException) -> None:
        self._endings = list(endings)

    def missing(self, step: Any) -> None:
        return None

    def effect(self, step: Any) -> str:
        return "idempotent"

    def identity(self, step: Any) -> None:
        return None

    def job(self, work: Work) -> None:
        return None

    def opening(self, work: Work, recorder: Recorder) -> tuple[AttemptEvent, ...]:
        return ()

    async def run(self, work: Work, recorder: Recorder) -> Outcome:
        if self._endings:
            raise self._endings.pop(0)
        return Succeeded("done")


def test_an_attempt_that_ends_without_a_word_is_made_again():
    """No step is lost, and no slot."""
    simulation = Simulation(Case(workflow(python("a")), slow=False), max_attempts=1)
    simulation.wrap_handlers = lambda _handlers, _process: {
        "python": Balking(asyncio.CancelledError(), asyncio.CancelledError())
    }
    simulation.run()
    assert simulation.state.phase == "succeeded"
    assert kinds(simulation).count("step.interrupted") == 2


def test_an_outcome_that_cannot_be_kept_for_a_while_is_neither_lost_nor_made_again():
    """The attempt holds on to it, and the process to its run."""
    flow = workflow(python("a"), python("b"), python("c", "b"), python("d", "a"))
    simulation = Simulation(Case(flow, {"a": Behaviour(large=True)}, slow=False))
    put = simulation.store.artifacts.put

    def full(content: bytes, *, media_type: str) -> str:
        if simulation.clock.monotonic() < 10.0:
            raise StoreUnwritable("the disk is full")
        return put(content, media_type=media_type)

    simulation.store.artifacts.put = full  # type: ignore[method-assign]
    simulation.run()
    assert simulation.state.phase == "succeeded"
    assert [act.path for act in simulation.outside.acts].count(StepPath("a")) == 1
    assert "step.interrupted" not in kinds(simulation)
    assert kinds(simulation).count("lease.taken") == 1


@pytest.mark.parametrize("kind", ["tool", "agent"])
def test_what_a_call_gave_is_kept_when_it_can_be_and_no_step_is_to_blame(kind: str):
    """A write that was made, or an answer that was paid for, is neither failed nor made again."""
    first = tool("post", "a") if kind == "tool" else agent("a")
    case = Case(workflow(first, python("b", "a")), {"a": Behaviour(large=True)}, slow=False)
    simulation = Simulation(case)
    refused = full_until(simulation, 10.0)
    simulation.run()
    assert refused
    assert simulation.state.phase == "succeeded"
    assert [act.path for act in simulation.outside.acts].count(StepPath("a")) == 1
    assert not {"tool.failed", "model.failed", "step.failed"} & set(kinds(simulation))


def test_an_intent_that_cannot_be_kept_fails_no_step_and_counts_as_no_crash():
    """The step is not to blame: it waits, and nobody is asked whether it is dangerous."""
    flow = workflow(python("a"), tool("post", "b", "a"))
    simulation = Simulation(Case(flow, {"a": Behaviour(large=True)}, slow=False))
    put = simulation.store.artifacts.put
    refused: list[float] = []

    def full(content: bytes, *, media_type: str) -> str:
        is_intent = b"tool" not in content and "b" in simulation.state.active
        if is_intent and len(refused) < 5:
            refused.append(simulation.clock.monotonic())
            raise StoreUnwritable("the disk is full")
        return put(content, media_type=media_type)

    simulation.store.artifacts.put = full  # type: ignore[method-assign]
    simulation.run()
    assert len(refused) == 5
    assert refused[-1] - refused[0] >= 4.0, "it was tried again at once"
    assert simulation.state.phase == "succeeded"
    assert "step.failed" not in kinds(simulation)
    subjects = [question.subject for question in invariants.requests(simulation.seen)]
    assert subjects == ["call"]


def full_until(simulation: Simulation, moment: float) -> list[int]:
    """Refuse artifacts until then; return the sizes of what was refused, as they come."""
    put = simulation.store.artifacts.put
    refused: list[int] = []

    def full(content: bytes, *, media_type: str) -> str:
        if simulation.clock.monotonic() < moment:
            refused.append(len(content))
            raise StoreUnwritable("the disk is full")
        return put(content, media_type=media_type)

    simulation.store.artifacts.put = full  # type: ignore[method-assign]
    return refused


class Stale:
    """An inbox whose owner was held up between its first look and the claim of the run."""

    def __init__(self, inbox: Any, seen: list[Any]) -> None:
        self._inbox = inbox
        self.seen = seen

    def pending(self, origins: Any, owned: Any) -> Any:
        seen, self.seen = self.seen, []
        return seen or self._inbox.pending(origins, owned)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inbox, name)


def test_commands_that_another_owner_took_up_before_the_claim_are_not_obeyed_again():
    """Who claims a run because of a command looks whether it still waits."""
    flow = workflow(wait("a", signal="go"), wait("b", signal="other"))
    simulation = Simulation(Case(flow, slow=False))
    simulation.create()

    def live(seen: list[Any]) -> Stale:
        process = simulation.process()
        hearing = process.worker._hearing
        inbox = hearing._inbox = Stale(hearing._inbox, seen)

        async def a_while(process: Process) -> None:
            await simulation.clock.sleep(3.0)
            process.worker.stop()

        simulation.live(process, a_while)
        return inbox

    live([])
    simulation.store.inbox.put(RUN, "signal", {"name": "go"}, by="ann", via="test")
    waiting = list(simulation.store.inbox.pending([ORIGIN], []))
    live([])
    assert not simulation.state.signals
    assert kinds(simulation).count("signal.received") == 1
    late = live(waiting)
    assert late.seen == [], "the stale look was not acted upon"
    assert "go" not in simulation.state.signals
    assert kinds(simulation).count("signal.received") == 1
    assert kinds(simulation).count("lease.taken") == 3
    simulation.close()


def test_what_a_lost_runner_says_late_does_not_concern_the_one_that_took_its_place():
    """A run that was claimed anew stays claimed."""
    simulation = Simulation(Case(workflow(python("a")), slow=False))
    runs = simulation.process().worker._runs
    old, new = (
        Runner(
            simulation.state,
            Fence(number),
            ProcessId("p"),
            runs._services,
            Doorbell(lambda *_: None),
            lambda coroutine: coroutine.close(),
            slots=Slots(1),
            changed=runs.changed,
        )
        for number in (1, 2)
    )
    runs._runners[RUN] = new
    old.abandon()
    runs.changed(old)
    runs._settle(old)
    assert RUN in runs
    simulation.close()
