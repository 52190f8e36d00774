"""The fold: what each fact makes of a run's state."""

import sys
from decimal import Decimal
from typing import Any, get_args

import pytest

from mn_notebook.domain import events as e
from mn_notebook.domain import fold as folding
from mn_notebook.domain.fold import apply, fold
from mn_notebook.domain.ids import CallId, NodePath, StepPath
from mn_notebook.domain.planning import BeginStep, StartAgain, StartItem
from mn_notebook.domain.workflow import Workflow
from tests.unit.domain.journals import (
    ERROR,
    RUN,
    Journal,
    agent,
    approve,
    each,
    python,
    stored,
    tool,
    workflow,
)


def begun(*steps: Any, **more: Any) -> Journal:
    return Journal(workflow(*steps, **more)).begun()


# --- the registry ------------------------------------------------------------------------------


def test_every_kind_of_event_has_its_function():
    """The fold is total: no event of the union is without one, and none stands there twice."""
    members = {*get_args(e.RunEvent), *get_args(e.AttemptEvent)}
    assert set(folding._APPLY) == members
    assert len(e.KINDS) == len(members)


def test_an_attempt_writes_no_event_that_only_the_owner_may_write():
    """The two halves of the union share nothing."""
    assert not {*get_args(e.RunEvent)} & {*get_args(e.AttemptEvent)}


# --- runs --------------------------------------------------------------------------------------


def test_a_created_run_knows_its_beginning_and_nothing_has_started():
    """Creation fixes inputs and origin."""
    state = begun(python("a"), python("b", "a")).state
    assert (state.origin, state.title, state.by) == ("n.ipynb", "t", "ann")
    assert state.inputs == stored({"x": 1})
    assert (state.owner, state.fence) == ("p", 1)
    assert state.phase == "started"
    assert list(state.frontier.values()) == ["a"]
    assert state.unended == 2


def test_the_head_is_the_number_of_the_last_event():
    """Order is the sequence number."""
    assert begun(python("a")).state.head == 3


@pytest.mark.parametrize(
    ("event", "phase"),
    [
        (e.RunSucceeded(output=stored(1)), "succeeded"),
        (e.RunFailed(error=ERROR), "failed"),
        (e.RunCancelled(), "cancelled"),
    ],
    ids=["succeeded", "failed", "cancelled"],
)
def test_a_run_that_ended_has_nothing_open_and_asks_nobody(event: Any, phase: str):
    """Nobody is asked on behalf of a run that has ended."""
    journal = begun(python("a"), approve("b")).started("b").asked("b").decided("b")
    journal.succeeded("b").started("a").succeeded("a")
    state = journal.add(event).state
    assert state.phase == phase
    assert state.ended
    for entries in (state.approvals, state.active, state.due, state.ready, state.expiring):
        assert not entries


def test_a_failed_run_closes_what_waited():
    """An open approval of a failed run is closed, and its step can be reopened."""
    journal = begun(python("a"), approve("b")).started("b").asked("b", then="reject")
    journal.started("a").failed("a").add(e.RunFailed(error=ERROR))
    assert not journal.state.approvals
    assert journal.instance("b").status == "cancelled"


def test_a_reopened_run_tries_afresh_what_failed_and_what_was_given_up():
    """Failed steps, and those that were stopped because of them, are due at once."""
    journal = begun(python("a"), approve("b"), python("c", "a")).started("b").asked("b")
    journal.started("a").failed("a").add(e.RunFailed(error=ERROR), e.RunReopened(by="ann"))
    state = journal.state
    assert state.phase == "started"
    assert state.failure is None
    assert state.unended == 3
    assert set(state.due) == {"a", "b"}
    assert journal.next() == StartAgain(StepPath("a"))
    journal.started("a", 2).succeeded("a", attempt=2).started("b", 2).asked("b")
    assert journal.next() == BeginStep("c")  # type: ignore[arg-type]


def test_a_reopened_item_is_counted_as_under_way_again():
    """Counts of items survive a reopening."""
    journal = begun(python("a", for_each=each(on_error="fail", concurrency=2)))
    journal.expanded("a", "0", "1", "2").started("a[0]", item=0).started("a[1]", item=1)
    journal.succeeded("a[0]").failed("a[1]")
    assert journal.status("a") == "failed"
    journal.add(e.RunFailed(error=ERROR), e.RunReopened(by="ann"))
    progress = journal.progress("a")
    assert (progress.busy, progress.failed, progress.succeeded) == (1, 0, 1)
    assert journal.next() == StartAgain(StepPath("a[1]"))
    journal.started("a[1]", 2).succeeded("a[1]", attempt=2)
    assert journal.next() == StartItem("a", 2)  # type: ignore[arg-type]
    journal.started("a[2]", item=2).succeeded("a[2]")
    assert journal.status("a") == "succeeded"


def test_a_reopened_step_that_could_not_even_be_expanded_is_expanded_once():
    """What failed before it began begins anew, and is not started again for ever."""
    journal = begun(python("a", for_each=each())).failed("a", attempt=0)
    journal.add(e.RunFailed(error=ERROR), e.RunReopened(by="ann"))
    assert journal.next() == BeginStep("a")  # type: ignore[arg-type]
    journal.expanded("a", "0")
    assert journal.next() == StartItem("a", 0)  # type: ignore[arg-type]
    assert not journal.state.due
    journal.started("a[0]", item=0).succeeded("a[0]")
    assert journal.status("a") == "succeeded"
    assert journal.state.unended == 0


def test_a_reopened_step_that_failed_unbegun_may_be_skipped():
    """A condition that could not be evaluated may be evaluated, and be false, later."""
    journal = begun(python("a", when="x"), python("b", "a")).failed("a", attempt=0)
    journal.add(e.RunFailed(error=ERROR), e.RunReopened(by="ann"))
    journal.add(e.StepSkipped(path=StepPath("a"), because="no"))
    assert journal.status("a") == "skipped"
    assert not journal.state.due
    assert journal.state.unended == 1


def test_a_reopened_item_whose_input_could_not_be_made_is_made_again():
    """An item that failed before its first attempt is due, with nothing recorded to start with."""
    journal = (
        begun(python("a", for_each=each())).expanded("a", "0").failed("a[0]", attempt=0, item=0)
    )
    journal.add(e.RunFailed(error=ERROR), e.RunReopened(by="ann"))
    assert journal.next() == StartAgain(StepPath("a[0]"))
    journal.started("a[0]", 1, item=0).succeeded("a[0]")
    assert journal.status("a") == "succeeded"


# --- steps -------------------------------------------------------------------------------------


def test_a_step_that_succeeded_frees_those_that_need_it():
    """The last need that ends opens a step."""
    journal = begun(python("a"), python("b"), python("c", "a", "b")).started("a").succeeded("a")
    assert NodePath("c") not in journal.state.frontier.values()
    journal.started("b").succeeded("b")
    assert NodePath("c") in journal.state.frontier.values()


def test_a_skipped_step_dooms_what_needs_it():
    """A skip spreads, with its reason."""
    journal = begun(python("a"), python("b", "a"), python("c", "b"))
    journal.add(e.StepSkipped(path=StepPath("a"), because="no"))
    assert journal.progress("b").doomed == "'a' was skipped"
    assert list(journal.state.doomed.values()) == ["b"]
    journal.add(e.StepSkipped(path=StepPath("b"), because="'a' was skipped"))
    assert list(journal.state.doomed.values()) == ["c"]


def test_a_failure_in_passing_keeps_the_step_open():
    """``final`` decides, not the number of attempts."""
    journal = begun(python("a")).started("a").failed("a", final=False).retried("a", 2, 5)
    assert journal.instance("a").status == "retrying"
    assert journal.state.failure is None
    assert journal.instance("a").failures == 1


def test_a_final_failure_stops_the_run_and_leaves_dependents_as_they_are():
    """Only a reopened run goes on."""
    journal = begun(python("a"), python("b", "a")).started("a").failed("a")
    assert journal.state.failure is not None
    assert "step 'a' failed: oops" in journal.state.failure.message
    assert journal.status("b") == "pending"


def test_the_first_failure_is_the_one_that_is_told():
    """A second failure does not hide the first."""
    journal = begun(python("a"), python("b")).started("a").started("b").failed("b").failed("a")
    assert journal.state.failure is not None
    assert "'b'" in journal.state.failure.message


def test_an_interrupted_attempt_is_due_at_once_and_counts_as_no_failure():
    """A dead process is not the step's fault."""
    journal = begun(python("a")).started("a").interrupted("a")
    assert journal.instance("a").failures == 0
    assert journal.instance("a").interruptions == 1
    assert set(journal.state.due) == {"a"}
    assert journal.instance("a").token is None


def test_an_attempt_that_was_cancelled_is_not_due():
    """After a cancellation nothing starts again."""
    journal = begun(python("a")).started("a").add(e.RunCancelRequested(by="ann"))
    journal.interrupted("a")
    assert not journal.state.due
    assert journal.instance("a").status == "cancelled"


def test_a_step_that_waits_for_code_says_so_until_it_starts():
    """The reason is for people, and goes away."""
    journal = begun(python("a"))
    journal.add(e.StepWaiting(path=StepPath("a"), because="run the cell"))
    assert journal.progress("a").waiting_because == "run the cell"
    journal.started("a")
    assert journal.progress("a").waiting_because is None


# --- items -------------------------------------------------------------------------------------


def test_an_empty_expansion_succeeds_at_once():
    """Nothing to do is done."""
    assert begun(python("a", for_each=each())).expanded("a").status("a") == "succeeded"


@pytest.mark.parametrize(
    ("on_error", "quorum", "failures", "status"),
    [
        ("collect", None, 3, "succeeded"),
        ("quorum", 0.5, 1, "succeeded"),
        ("quorum", 0.5, 2, "failed"),
        ("quorum", 1.0, 1, "failed"),
        ("fail", None, 1, "failed"),
        ("fail", None, 0, "succeeded"),
    ],
)
def test_a_step_of_items_is_judged_as_it_says(
    on_error: Any, quorum: float | None, failures: int, status: str
):
    """Three items; some fail."""
    journal = begun(python("a", for_each=each(on_error=on_error, quorum=quorum, concurrency=3)))
    journal.expanded("a", "0", "1", "2")
    for item in range(3):
        journal.started(f"a[{item}]", item=item)
    for item in range(3):
        if item < failures:
            journal.failed(f"a[{item}]")
        else:
            journal.succeeded(f"a[{item}]")
    assert journal.status("a") == status
    assert (journal.state.failure is not None) == (status == "failed")


def test_items_that_are_under_way_end_before_their_step_fails():
    """A failed item stops further ones, and waits for those that have begun."""
    journal = begun(python("a", for_each=each(on_error="fail", concurrency=2)))
    journal.expanded("a", "0", "1", "2").started("a[0]", item=0).started("a[1]", item=1)
    journal.failed("a[0]")
    assert journal.status("a") == "open"
    assert not journal.state.fanning
    journal.succeeded("a[1]")
    assert journal.status("a") == "failed"


# --- calls -------------------------------------------------------------------------------------


def test_costs_and_tokens_add_up_on_the_step_and_on_the_run():
    """A priced answer counts once on each."""
    journal = begun(agent("a")).started("a").model_asked("a", 1).model_said("a", 1)
    journal.model_asked("a", 2).model_said("a", 2)
    assert journal.instance("a").cost_usd == Decimal("0.50")
    assert journal.state.totals.cost_usd == Decimal("0.50")
    assert journal.state.totals.usage.input_tokens == 6
    assert journal.state.totals.model_calls == 2
    assert journal.state.totals.cost_known


def test_an_unknown_price_makes_the_sum_a_floor():
    """Unknown is never 0."""
    journal = begun(agent("a")).started("a").model_asked("a", 1).model_said("a", 1, usd=None)
    assert not journal.state.totals.cost_known
    assert not journal.instance("a").cost_known


def test_an_answer_of_a_dead_attempt_never_comes():
    """A model call left open is lost as soon as a later attempt asks."""
    journal = begun(agent("a")).started("a").model_asked("a", 1).interrupted("a")
    journal.started("a", 2).model_asked("a", 2, attempt=2)
    assert [call.status for call in journal.instance("a").calls] == ["lost", "open"]


def test_a_finished_call_resets_the_count_of_interruptions():
    """Progress is progress."""
    journal = begun(agent("a")).started("a").interrupted("a").started("a", 2)
    journal.model_asked("a", 1, attempt=2).model_said("a", 1).interrupted("a", 2)
    assert journal.instance("a").interruptions == 1


def test_a_retry_forgets_the_transcript_unless_a_write_was_committed():
    """A retry asks the model anew; after a write it goes on."""
    fresh = begun(agent("a")).started("a").model_asked("a", 1).model_said("a", 1)
    fresh.call_began("a", 2, effect="read").call_done("a", 2).failed("a", final=False)
    assert fresh.instance("a").calls == ()
    kept = begun(agent("a")).started("a").model_asked("a", 1).model_said("a", 1)
    kept.call_began("a", 2).call_done("a", 2).failed("a", final=False)
    assert len(kept.instance("a").calls) == 2
    assert kept.instance("a").call_count == 2


def test_a_model_that_could_not_be_reached_leaves_the_finished_calls_as_they_were():
    """Only the failed call is gone."""
    journal = begun(agent("a")).started("a").model_asked("a", 1).model_said("a", 1)
    journal.model_asked("a", 2).model_failed("a", 2).failed("a", final=False)
    assert [call.id for call in journal.instance("a").calls] == ["a!1"]
    assert journal.state.totals.model_calls == 2


def test_a_call_that_is_begun_again_keeps_its_place_and_its_key():
    """The same call, another attempt."""
    journal = begun(tool("a")).started("a").call_began("a", 1, effect="idempotent")
    journal.interrupted("a").started("a", 2).call_began("a", 1, attempt=2, effect="idempotent")
    (call,) = journal.instance("a").calls
    assert (call.status, call.attempt, call.key) == ("open", 2, "key1")
    assert journal.instance("a").call_count == 1


@pytest.mark.parametrize(
    ("outcome", "status", "not_happened"),
    [("happened", "settled", False), ("not_happened", "in_doubt", True)],
)
def test_a_doubt_that_is_settled_says_what_happened(outcome: Any, status: str, not_happened: bool):
    """Only what is known not to have happened may be made."""
    journal = begun(tool("a")).started("a").call_began("a", 1)
    path, call_id = StepPath("a"), CallId("a!1")
    journal.add(e.ToolInDoubt(path=path, call_id=call_id, evidence="?"))
    assert journal.instance("a").calls[0].status == "in_doubt"
    journal.add(
        e.ToolSettled(path=path, call_id=call_id, outcome=outcome, output=stored(7), by="ann")
    )
    (call,) = journal.instance("a").calls
    assert (call.status, call.not_happened) == (status, not_happened)


def test_a_failed_call_and_a_note_change_nothing_else():
    """They are remembered; the attempt goes on."""
    journal = begun(tool("a")).started("a").call_began("a", 1)
    failed = e.ToolFailed(
        path=StepPath("a"), call_id=CallId("a!1"), error=ERROR, latency_seconds=1.0
    )
    journal.add(failed)
    assert journal.instance("a").calls[0].status == "failed"
    before = journal.state
    journal.add(e.NoteAdded(path=StepPath("a"), text="hello"))
    assert journal.state.instances == before.instances


# --- people ------------------------------------------------------------------------------------


def judged(number: int, verdict: Any = "ask") -> e.ToolJudged:
    return e.ToolJudged(
        path=StepPath("a"),
        attempt=1,
        call_id=CallId(f"a!{number}"),
        tool="t",
        effect="write",
        args=stored({}),
        args_hash="h",
        key="k",
        verdict=verdict,
        because="it writes",
    )


def proposed(number: int) -> e.ProposedCall:
    return e.ProposedCall(
        call_id=CallId(f"a!{number}"),
        tool="t",
        effect="write",
        args=stored({}),
        args_hash="h",
        key="k",
    )


@pytest.mark.parametrize(
    ("decision", "status", "approved"), [("approve", "asked", True), ("reject", "refused", False)]
)
def test_a_decision_about_a_call_holds_for_that_call_alone(
    decision: str, status: str, approved: bool
):
    """Another call of the same step is asked about on its own."""
    journal = begun(tool("a")).started("a").add(judged(1), judged(2))
    journal.asked("a", "call", calls=(proposed(1),)).decided("a", decision)
    first, second = journal.instance("a").calls
    assert (first.status, first.approved) == (status, approved)
    assert (second.status, second.approved) == ("asked", False)
    assert set(journal.state.ready) == {"a"}


def test_a_waiting_attempt_is_not_under_way_and_goes_on_with_its_token():
    """A wait holds no slot; the attempt is the same."""
    journal = begun(tool("a")).started("a").add(judged(1)).asked("a", "call", calls=(proposed(1),))
    assert not journal.state.active
    journal.decided("a").resumed("a")
    assert journal.state.active[StepPath("a")] == "a#1"
    assert not journal.state.ready


def test_silence_says_no():
    """An expired approval is a rejection by nobody."""
    journal = begun(approve("a"), python("b", "a")).started("a")
    journal.asked("a", expires_at=journal.now, then="reject")
    assert set(journal.state.expiring) == {"ask-a"}
    journal.expired("a").succeeded("a", {"approved": False})
    assert journal.instance("a").rejected
    assert journal.progress("b").doomed == "'a' was rejected"
    assert not journal.state.expiring


def test_a_rejection_dooms_only_what_follows_the_decision():
    """A step that merely comes after an approve step goes on."""
    journal = begun(approve("a"), python("b", "a"), python("c", "a", uses=())).started("a")
    journal.asked("a").decided("a", "reject").succeeded("a", {"approved": False})
    assert journal.progress("b").doomed
    assert journal.progress("c").doomed is None
    assert NodePath("c") in journal.state.frontier.values()


def test_a_step_that_kept_crashing_is_tried_again_only_if_a_person_says_so():
    """A yes makes it due, a no is remembered."""
    for decision in ("approve", "reject"):
        journal = begun(python("a")).started("a").interrupted("a").asked("a", "crashing")
        journal.decided("a", decision)
        assert set(journal.state.due) == {"a"}
        assert journal.instance("a").rejected == (decision == "reject")
        assert journal.instance("a").interruptions == 0


# --- the whole ---------------------------------------------------------------------------------


def long_journal() -> Journal:
    journal = begun(python("a"), tool("b", "a"), agent("c", "a"), python("d", "c", for_each=each()))
    journal.started("a").succeeded("a", 1).started("b").call_began("b", 1).started("c")
    journal.model_asked("c", 1).model_said("c", 1).interrupted("c").interrupted("b")
    journal.started("c", 2).succeeded("c", {"n": 1}, attempt=2).started("b", 2)
    journal.add(e.ToolInDoubt(path=StepPath("b"), call_id=CallId("b!1"), evidence="?"))
    journal.asked("b", "in_doubt").expanded("d", "x", "y").started("d[x]", item=0)
    return journal


def test_every_prefix_of_a_journal_folds_to_the_state_of_that_moment():
    """Time travel is the fold of a prefix."""
    journal = long_journal()
    state = fold(journal.workflow, RUN, ())
    for number, recorded in enumerate(journal.facts, start=1):
        state = apply(state, recorded)
        assert fold(journal.workflow, RUN, journal.facts[:number]) == state
    assert state == journal.state


def test_applying_an_event_leaves_the_state_before_it_alone():
    """States are values."""
    journal = long_journal()
    before = journal.state
    shown = repr(before.active), repr(before.instances)
    journal.started("d[y]", item=1)
    assert (repr(before.active), repr(before.instances)) == shown


def calls_made(workflow_: Workflow, facts: list[e.Recorded]) -> list[int]:
    """Count the Python calls that each event of a journal takes."""
    state = fold(workflow_, RUN, ())
    counts = []
    made = 0

    def count(_frame: object, event: str, _arg: object) -> None:
        nonlocal made
        made += event in ("call", "c_call")

    for recorded in facts:
        made = 0
        sys.setprofile(count)
        try:
            state = apply(state, recorded)
        finally:
            sys.setprofile(None)
        counts.append(made)
    return counts


def chain(length: int) -> Journal:
    steps = [python("s0"), *(python(f"s{n}", f"s{n - 1}") for n in range(1, length))]
    return begun(*steps)


def fan(length: int) -> Journal:
    keys = [str(number) for number in range(length)]
    return begun(python("s0", for_each=each(concurrency=100, max_items=length))).expanded(
        "s0", *keys
    )


@pytest.mark.parametrize("shape", ["chain", "fan"])
def test_the_cost_of_an_event_does_not_grow_with_the_number_of_steps(shape: str):
    """Counted in calls, not in seconds: 5,000 steps cost an event what 100 do."""
    highest = {}
    for length in (100, 5_000):
        journal = chain(length) if shape == "chain" else fan(length)
        for number in range(60):
            name = f"s{number}" if shape == "chain" else f"s0[{number}]"
            item = None if shape == "chain" else number
            journal.started(name, item=item).succeeded(name)
        facts = journal.facts
        known = 4 if shape == "fan" else 3
        before = fold(journal.workflow, RUN, facts[:known])
        assert before.head == known
        highest[length] = max(calls_made(journal.workflow, facts)[known:])
    assert highest[5_000] <= highest[100] * 1.2 + 3
