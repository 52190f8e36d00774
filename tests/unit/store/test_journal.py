"""The journal: who may write, what goes with an event, what is read back."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from mn_notebook.domain import events as e
from mn_notebook.domain.ids import (
    ApprovalId,
    AttemptToken,
    CallId,
    CommandId,
    Fence,
    ProcessId,
    RunId,
    StepPath,
    WorkflowHash,
)
from mn_notebook.domain.values import Stored
from mn_notebook.errors import AlreadyDecided, Fenced, StoreTooNew, UnknownRun, UsageError
from mn_notebook.ports import Summary
from mn_notebook.store.store import Store
from mn_notebook.testing.doubles import FakeClock
from tests.unit.store.stores import ONE, append, create, group, memory, owner

PATH = StepPath("a")


@pytest.fixture
def store():
    opened = memory()
    yield opened
    opened.close()


def started(token: str = "tok", attempt: int = 1) -> e.StepStarted:
    return e.StepStarted(
        path=PATH, attempt=attempt, token=AttemptToken(token), input=Stored(), step_key="k"
    )


def note(text: str = "hello") -> e.NoteAdded:
    return e.NoteAdded(path=PATH, text=text)


def asked(seconds: float | None = None, then: Any = "reject") -> e.ApprovalRequested:
    expires = None if seconds is None else FakeClock().now() + timedelta(seconds=seconds)
    return e.ApprovalRequested(
        approval_id=ApprovalId("ask"),
        path=PATH,
        attempt=1,
        subject="approve",
        prompt="ok?",
        expires_at=expires,
        then=then,
    )


def decided(command: str | None = None) -> e.ApprovalDecided:
    return e.ApprovalDecided(
        approval_id=ApprovalId("ask"),
        path=PATH,
        decision="approve",
        by="ann",
        via="t",
        decided_at=FakeClock().now(),
        command_id=None if command is None else CommandId(command),
    )


def claimed(store: Store, name: str = "p1") -> tuple[RunId, Fence]:
    run_id = create(store)
    fence = owner(store, name).claim(run_id, store.clock.now())
    assert fence is not None
    return run_id, fence


def rows(store: Store, sql: str) -> list[Any]:
    connection = store.database.connect()
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def test_a_created_run_is_there_with_its_workflow_and_its_text(store):
    """One transaction holds all of it."""
    run_id = create(store)
    assert [one.event.kind for one in store.journal.read(run_id)] == ["run.created"]
    assert store.journal.workflow(ONE.hash) == ONE
    assert store.journal.source(ONE.hash) == "steps: {}"
    assert store.views.run("run").status == "queued"


def test_a_workflow_is_stored_once_however_many_runs_it_has(store):
    """It is named by its content."""
    create(store, "r1")
    create(store, "r2")
    assert rows(store, "SELECT count(*) FROM mn_workflow") == [(1,)]


def test_events_are_numbered_without_a_hole(store):
    """One statement takes the numbers of a group."""
    run_id, fence = claimed(store)
    assert append(store, group(store, run_id, fence, e.RunStarted(), started())) == 4
    assert append(store, group(store, run_id, fence, note(), batch="b2")) == 5
    assert [one.seq for one in store.journal.read(run_id)] == [1, 2, 3, 4, 5]
    assert [one.seq for one in store.journal.read(run_id, after=3)] == [4, 5]


@pytest.mark.parametrize(("fence", "holder"), [(0, "p1"), (2, "p1"), (1, "p2"), (1, None)], ids=str)
def test_an_owner_that_is_not_one_writes_nothing(store, fence: int, holder: str | None):
    """Fence and owner have to be those of the lease."""
    run_id, _ = claimed(store)
    one = group(
        store,
        run_id,
        Fence(fence),
        e.RunStarted(),
        owner=None if holder is None else ProcessId(holder),
    )
    assert isinstance(append(store, one), Fenced)
    assert store.views.run(run_id).head == 2
    assert len(store.journal.read(run_id)) == 2


def test_nobody_writes_to_a_run_that_has_been_released(store):
    """A lease that was given up proves nothing."""
    run_id = create(store)
    leases = owner(store)
    fence = leases.claim(run_id, store.clock.now())
    assert fence is not None
    leases.release(run_id, fence)
    assert isinstance(append(store, group(store, run_id, fence, e.RunStarted())), Fenced)


def test_an_attempt_writes_under_its_token_as_long_as_it_is_open(store):
    """Whoever owns the run; until the attempt is closed."""
    run_id, fence = claimed(store)
    append(store, group(store, run_id, fence, e.RunStarted(), started()))
    by_token = group(store, run_id, None, note(), batch="t", token=AttemptToken("tok"))
    assert append(store, by_token) == 5
    connection = store.database.connect()
    connection.execute("UPDATE mn_run SET owner = 'p2', fence = fence + 1")
    connection.close()
    again = group(store, run_id, None, note(), batch="t2", token=AttemptToken("tok"))
    assert append(store, again) == 6
    closing = e.StepInterrupted(path=PATH, attempt=1, because="it died")
    append(
        store,
        group(store, run_id, Fence(2), closing, batch="c", owner=ProcessId("p2")),
    )
    late = group(store, run_id, None, note(), batch="t3", token=AttemptToken("tok"))
    assert isinstance(append(store, late), Fenced)


@pytest.mark.parametrize("token", ["wrong", "", "tok2"])
def test_a_wrong_token_writes_nothing(store, token: str):
    """It has to be that of this very attempt."""
    run_id, fence = claimed(store)
    append(store, group(store, run_id, fence, e.RunStarted(), started()))
    one = group(store, run_id, None, note(), batch="t", token=AttemptToken(token))
    assert isinstance(append(store, one), Fenced)


@pytest.mark.parametrize(
    "ending",
    [
        e.StepSucceeded(path=PATH, attempt=1, output=Stored()),
        e.StepFailed(path=PATH, attempt=1, error=e.ErrorInfo(type="t", message="m"), final=True),
        e.StepInterrupted(path=PATH, attempt=1, because="x"),
        e.RunFailed(error=e.ErrorInfo(type="t", message="m")),
        e.RunCancelled(),
    ],
    ids=lambda event: event.kind,
)
def test_an_attempt_that_ended_writes_no_more(store, ending: Any):
    """Its token goes with its outcome, in the same transaction."""
    run_id, fence = claimed(store)
    append(store, group(store, run_id, fence, e.RunStarted(), started()))
    append(store, group(store, run_id, fence, ending, batch="e"))
    late = group(store, run_id, None, note(), batch="t", token=AttemptToken("tok"))
    assert isinstance(append(store, late), Fenced)


def test_a_group_that_is_tried_again_after_an_unclear_commit_is_written_once(store):
    """The writer looks for its batch before it writes it again."""
    run_id, fence = claimed(store)
    operations: list[Any] = []
    submit = store.writer.submit

    def noting(operation: Any, done: Any) -> None:
        operations.append(operation)
        submit(operation, done)

    store.writer.submit = noting
    assert append(store, group(store, run_id, fence, e.RunStarted(), started())) == 4
    assert store.writer.call(operations[0]) == 4
    assert len(store.journal.read(run_id)) == 4


@pytest.mark.parametrize("token", [None, AttemptToken("tok")])
def test_a_group_of_an_unclear_commit_is_not_acted_upon_when_somebody_took_over(store, token: Any):
    """It is written, and the new owner knows it: the old one is told that the run is not its."""
    run_id, fence = claimed(store)
    append(store, group(store, run_id, fence, e.RunStarted(), started(), batch="a"))
    operations: list[Any] = []
    submit = store.writer.submit

    def noting(operation: Any, done: Any) -> None:
        operations.append(operation)
        submit(operation, done)

    store.writer.submit = noting
    mine = fence if token is None else None
    assert append(store, group(store, run_id, mine, note(), batch="b", token=token)) == 5
    store.writer.submit = submit
    new = owner(store, "p2").claim(run_id, store.clock.now())
    ended = e.StepInterrupted(path=StepPath("a"), attempt=1, because="taken over")
    by_new = group(store, run_id, new, ended, batch="c", owner=ProcessId("p2"))
    assert append(store, by_new) == 7
    assert isinstance(store.writer.call(operations[0]), Fenced)
    assert len(store.journal.read(run_id)) == 7


def test_a_list_shows_what_was_told_last(store):
    """Also where a group says that only the number of done steps is another one."""
    run_id = create(store)
    fence = owner(store).claim(run_id, store.clock.now())
    told = Summary("waiting", Decimal("0.5"), True, 3, 2, False, None, None)
    append(store, group(store, run_id, fence, note(), summary=told))
    more = replace(told, steps_done=4)
    append(store, group(store, run_id, fence, note(), summary=more, counts_only=True))
    line = store.views.run(run_id)
    shown = (line.status, line.cost_usd, line.steps_done, line.waiting, line.head)
    assert shown == ("waiting", Decimal("0.5"), 4, 2, 4)


def test_a_decision_closes_its_approval_and_takes_its_command_up(store):
    """The three are one transaction."""
    run_id, fence = claimed(store)
    append(store, group(store, run_id, fence, e.RunStarted(), started(), asked()))
    assert [line.approval_id for line in store.views.approvals()] == ["ask"]
    command = store.inbox.decide(run_id, ApprovalId("ask"), "approve", {}, by="ann", via="t")
    assert [one.id for one in store.inbox.pending(["n"], [])] == [command]
    append(store, group(store, run_id, fence, decided(command), batch="d"))
    assert store.inbox.pending(["n"], []) == []
    assert rows(store, "SELECT status, decision, decided_by FROM mn_approval") == [
        ("decided", "approve", "ann")
    ]


def test_an_expiry_of_what_was_decided_in_time_is_refused(store):
    """The decision was there first, though nobody had journaled it."""
    run_id, fence = claimed(store)
    append(store, group(store, run_id, fence, e.RunStarted(), started(), asked(5)))
    store.inbox.decide(run_id, ApprovalId("ask"), "approve", {}, by="ann", via="t")
    expired = e.ApprovalExpired(approval_id=ApprovalId("ask"), path=PATH)
    assert isinstance(append(store, group(store, run_id, fence, expired, batch="x")), Fenced)
    assert store.inbox.is_decided(ApprovalId("ask"))


def test_a_decision_is_judged_by_the_time_of_writing():
    """Not by that of asking: the store may have been busy until after the expiry."""
    clock = FakeClock()
    store = memory(clock)
    run_id, fence = claimed(store)
    append(store, group(store, run_id, fence, e.RunStarted(), started(), asked(5)))
    call = store.writer.call

    def late(operation: Any, *more: Any) -> Any:
        clock.advance(10)
        return call(operation, *more)

    store.writer.call = late  # type: ignore[assignment, method-assign]
    with pytest.raises(AlreadyDecided, match="expired"):
        store.inbox.decide(run_id, ApprovalId("ask"), "approve", {}, by="ann", via="t")
    store.close()


def test_a_run_that_ended_closes_what_it_asked(store):
    """And says so to whoever decides later."""
    run_id, fence = claimed(store)
    append(store, group(store, run_id, fence, e.RunStarted(), started(), asked()))
    append(store, group(store, run_id, fence, e.RunCancelled(), batch="c"))
    assert store.views.approvals() == []
    with pytest.raises(AlreadyDecided, match="the run has ended"):
        store.inbox.decide(run_id, ApprovalId("ask"), "approve", {}, by="ann", via="t")


def test_there_is_no_deciding_what_was_never_asked(store):
    """The message says where to look."""
    with pytest.raises(UsageError, match="mn approvals"):
        store.inbox.decide(RunId("r"), ApprovalId("no"), "approve", {}, by="ann", via="t")


def test_only_the_owner_drops_a_command(store):
    """A robbed owner may not make a command disappear that it could not carry out."""
    run_id, fence = claimed(store)
    command = store.inbox.put(run_id, "cancel", {}, by="ann", via="t")
    store.inbox.drop(command, Fence(fence - 1))
    assert len(store.inbox.pending(["n"], [])) == 1
    store.inbox.drop(command, fence)
    assert store.inbox.pending(["n"], []) == []


def test_commands_are_for_the_owner_of_their_run_or_of_its_notebook(store):
    """Nobody else sees them."""
    run_id = create(store)
    store.inbox.put(run_id, "cancel", {"because": "x"}, by="ann", via="t")
    assert store.inbox.pending(["other"], []) == []
    assert len(store.inbox.pending(["other"], [run_id])) == 1
    (command,) = store.inbox.pending(["n"], [])
    assert (command.kind, command.body, command.by) == ("cancel", {"because": "x"}, "ann")


def test_what_another_connection_wrote_is_noticed_once(store):
    """The probe is cheap and forgets nothing."""
    store.inbox.changed()
    assert not store.inbox.changed()
    create(store)
    assert store.inbox.changed()
    assert not store.inbox.changed()


def test_an_event_of_a_newer_program_stops_the_reading_in_words(store):
    """It is never guessed at."""
    run_id, _ = claimed(store)
    connection = store.database.connect()
    connection.execute("UPDATE mn_event SET version = 9, seal = NULL WHERE seq = 2")
    connection.close()
    with pytest.raises(StoreTooNew, match="upgrade mn-notebook"):
        store.journal.read(run_id)


def test_a_workflow_that_is_not_there_is_said(store):
    """And not taken for an empty one."""
    with pytest.raises(UnknownRun):
        store.journal.workflow(WorkflowHash("nothing"))


@pytest.mark.parametrize("name", ["", "zzz"])
def test_a_run_that_is_not_there_is_said(store, name: str):
    """With the verb that lists them."""
    create(store)
    with pytest.raises(UnknownRun, match="mn runs"):
        store.views.run(name)


def test_a_name_that_fits_several_runs_is_not_guessed_at(store):
    """Type more of it."""
    create(store, "run1")
    create(store, "run2")
    with pytest.raises(UnknownRun, match="fits several"):
        store.views.run("run")


def test_text_with_half_a_character_is_kept_as_well_as_it_can_be(store):
    """What a call printed must not stop the journal."""
    run_id, fence = claimed(store)
    odd = e.NoteAdded.model_construct(kind="note.added", path=PATH, text="half \ud83d")
    assert append(store, group(store, run_id, fence, odd)) == 3
    assert isinstance(store.journal.read(run_id)[-1].event, e.NoteAdded)


def test_a_call_that_was_written_is_read_back_whole(store):
    """Nothing of a value is lost on its way."""
    run_id, fence = claimed(store)
    value = Stored(value={"ü": [1, 2.5, None, "\u2028"], "deep": [[[]]]})
    done = e.ToolSucceeded(path=PATH, call_id=CallId("c"), output=value, latency_seconds=0.25)
    append(store, group(store, run_id, fence, done))
    assert store.journal.read(run_id)[-1].event == done
