"""What happens next, from where a run stands."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mn_notebook.domain import events as e
from mn_notebook.domain.ids import ApprovalId, NodePath, StepName, StepPath
from mn_notebook.domain.planning import (
    AskAboutCrash,
    BeginStep,
    CancelAttempts,
    CancelRun,
    Command,
    Expire,
    FailRun,
    GiveUp,
    GoOn,
    SkipStep,
    StartAgain,
    StartItem,
    SucceedRun,
    next_wake,
)
from mn_notebook.domain.policies import MAX_INTERRUPTIONS
from mn_notebook.domain.workflow import Workflow, WorkflowStep
from tests.unit.domain.journals import (
    ERROR,
    NOON,
    Journal,
    approve,
    each,
    python,
    stored,
    tool,
    workflow,
)


def begun(*steps: Any) -> Journal:
    return Journal(workflow(*steps)).begun()


def begin(name: str) -> BeginStep:
    return BeginStep(NodePath(name))


def path(name: str) -> StepPath:
    return StepPath(name)


def fanned(concurrency: int = 2, **more: Any) -> Journal:
    journal = begun(python("a", for_each=each(concurrency=concurrency, **more)))
    return journal.expanded("a", "0", "1", "2")


def crashing() -> Journal:
    journal = begun(python("a"))
    for attempt in range(1, MAX_INTERRUPTIONS + 1):
        journal.started("a", attempt).interrupted("a", attempt)
    return journal


def asking(seconds: float | None, then: str = "reject") -> Journal:
    expires = None if seconds is None else NOON + timedelta(seconds=seconds)
    return begun(approve("a")).started("a").asked("a", expires_at=expires, then=then)


TABLE: dict[str, tuple[Journal, Command | None]] = {
    "a run that nobody has started does nothing": (Journal(workflow(python("a"))), None),
    "a step without needs begins": (begun(python("a")), begin("a")),
    "a step waits for its needs": (begun(python("a"), python("b", "a")).started("a"), None),
    "a step begins when its needs have ended": (
        begun(python("a"), python("b", "a")).started("a").succeeded("a"),
        begin("b"),
    ),
    "independent steps begin together": (begun(python("a"), python("b")).started("a"), begin("b")),
    "the first item starts": (fanned(), StartItem(NodePath("a"), 0)),
    "the next item starts within the concurrency": (
        fanned().started("a[0]", item=0),
        StartItem(NodePath("a"), 1),
    ),
    "no item starts beyond the concurrency": (
        fanned().started("a[0]", item=0).started("a[1]", item=1),
        None,
    ),
    "an item that ended makes room": (
        fanned().started("a[0]", item=0).started("a[1]", item=1).succeeded("a[1]"),
        StartItem(NodePath("a"), 2),
    ),
    "an item that is to be tried again holds its place": (
        fanned(1).started("a[0]", item=0).failed("a[0]", final=False).retried("a[0]", 2, 60),
        None,
    ),
    "no item starts after one failed for good": (
        fanned(3, on_error="fail").started("a[0]", item=0).started("a[1]", item=1).failed("a[0]"),
        None,
    ),
    "items go on after a failure that is collected": (
        fanned(1, on_error="collect").started("a[0]", item=0).failed("a[0]"),
        StartItem(NodePath("a"), 1),
    ),
    "a skip spreads": (
        begun(python("a"), python("b", "a")).add(e.StepSkipped(path=path("a"), because="no")),
        SkipStep(NodePath("b"), "'a' was skipped"),
    ),
    "a failure stops what has not begun": (
        begun(python("a"), python("b"), python("c")).started("a").started("b").failed("a"),
        None,
    ),
    "a failed run ends when nothing is under way": (
        begun(python("a"), python("b")).started("a").failed("a"),
        FailRun(),
    ),
    "a cancelled run stops its attempts first": (
        begun(python("a")).started("a").add(e.RunCancelRequested(by="ann")),
        CancelAttempts(),
    ),
    "a cancelled run ends when nothing is under way": (
        begun(python("a")).add(e.RunCancelRequested(by="ann")),
        CancelRun(),
    ),
    "cancelling wins over failing": (
        begun(python("a")).started("a").failed("a").add(e.RunCancelRequested(by="ann")),
        CancelRun(),
    ),
    "an attempt is made again when it is due": (
        begun(python("a")).started("a").failed("a", final=False).retried("a", 2, 0),
        StartAgain(path("a")),
    ),
    "an attempt is not made again before it is due": (
        begun(python("a")).started("a").failed("a", final=False).retried("a", 2, 1),
        None,
    ),
    "an interrupted attempt is made again at once": (
        begun(python("a")).started("a").interrupted("a"),
        StartAgain(path("a")),
    ),
    "a step that keeps crashing is asked about": (crashing(), AskAboutCrash(path("a"))),
    "a step that may crash again is tried": (
        crashing().asked("a", "crashing").decided("a"),
        StartAgain(path("a")),
    ),
    "a step that may not crash again is given up": (
        crashing().asked("a", "crashing").decided("a", "reject"),
        GiveUp(path("a")),
    ),
    "an approval waits": (asking(None), None),
    "an approval expires at its time": (asking(0), Expire(ApprovalId("ask-a"))),
    "an approval does not expire before": (asking(1), None),
    "an approval that only waits never expires": (asking(-5, "wait"), None),
    "a decision lets the attempt go on": (
        begun(tool("a")).started("a").asked("a", "call").decided("a"),
        GoOn(path("a")),
    ),
    "a run with nothing left succeeds": (
        begun(python("a")).started("a").succeeded("a"),
        SucceedRun(),
    ),
    "a run that ended does nothing": (
        begun(python("a")).started("a").succeeded("a").add(e.RunSucceeded(output=stored(1))),
        None,
    ),
    "a reopened run tries its failed step": (
        begun(python("a"))
        .started("a")
        .failed("a")
        .add(e.RunFailed(error=ERROR), e.RunReopened(by="ann")),
        StartAgain(path("a")),
    ),
}


@pytest.mark.parametrize(("journal", "command"), TABLE.values(), ids=TABLE.keys())
def test_what_is_next(journal: Journal, command: Command | None):
    """From this state, this is next."""
    assert journal.next() == command


@pytest.mark.parametrize(
    "journal",
    [
        begun(python("a")),
        fanned(),
        begun(python("a")).started("a").interrupted("a"),
        begun(tool("a")).started("a").asked("a", "call").decided("a"),
    ],
    ids=["step", "item", "again", "going on"],
)
def test_nothing_is_launched_without_a_slot(journal: Journal):
    """The bound holds for every way in which an attempt can begin."""
    assert journal.next(slots=0) is None
    assert journal.next(slots=1) is not None


def test_slots_count_what_is_under_way():
    """A slot that is taken is not given twice."""
    journal = begun(python("a"), python("b"), python("c")).started("a").started("b")
    assert journal.next(slots=2) is None
    assert journal.next(slots=3) == begin("c")


def test_expiring_and_skipping_need_no_slot():
    """What launches nothing always happens."""
    assert asking(0).next(slots=0) == Expire(ApprovalId("ask-a"))


@pytest.mark.parametrize(
    ("journal", "name"),
    [
        (begun(python("a")), "a"),
        (fanned(), "a"),
        (begun(python("a")).started("a").interrupted("a"), "a"),
        (begun(tool("a")).started("a").asked("a", "call").decided("a"), "a"),
    ],
    ids=["step", "item", "again", "going on"],
)
def test_a_step_whose_code_is_missing_is_passed_over(journal: Journal, name: str):
    """It blocks nobody else."""
    assert journal.next(8, name) is None


def test_others_start_past_a_blocked_step():
    """Only what needs the missing code waits."""
    assert begun(python("a"), python("b")).next(8, "a") == begin("b")


def test_a_decided_approval_that_nobody_has_journaled_does_not_expire():
    """The runner says which."""
    assert asking(0).next(8, "ask-a") is None


def test_time_alone_wakes_a_run_at_the_earliest_moment():
    """Retries and expiries, whichever comes first; never what only waits."""
    journal = asking(60)
    assert next_wake(journal.state) == NOON + timedelta(seconds=60)
    assert next_wake(asking(60, "wait").state) is None
    journal = begun(python("a"), approve("b")).started("a").failed("a", final=False)
    journal.retried("a", 2, 5).started("b")
    journal.asked("b", expires_at=NOON + timedelta(seconds=60), then="reject")
    assert next_wake(journal.state) == NOON + timedelta(seconds=5)
    assert next_wake(begun(python("a")).add(e.RunCancelled()).state) is None


def graph(needs: list[list[int]]) -> Journal:
    steps = [
        python(
            f"s{number}", *(f"s{need % number}" for need in sorted({n % number for n in wanted}))
        )
        if number
        else python("s0")
        for number, wanted in enumerate(needs)
    ]
    return begun(*steps)


@settings(max_examples=60)
@given(
    needs=st.lists(st.lists(st.integers(0, 20), max_size=3), min_size=1, max_size=12),
    slots=st.integers(1, 4),
    endings=st.data(),
)
def test_whatever_the_graph_every_step_ends_and_no_bound_is_passed(
    needs: list[list[int]], slots: int, endings: st.DataObject
):
    """Doing what `decide` says, and ending attempts in any order, brings a run to its end."""
    journal = graph(needs)
    ended: list[str] = []
    for _ in range(200):
        command = journal.next(slots)
        match command:
            case BeginStep(name):
                step = journal.workflow.step(StepName(name))
                assert set(step.needs) <= set(ended)
                journal.started(name)
                assert len(journal.state.active) <= slots
            case SucceedRun():
                break
            case None:
                running = sorted(journal.state.active)
                assert running, "nothing is under way and nothing is next"
                chosen = endings.draw(st.sampled_from(running))
                journal.succeeded(chosen)
                ended.append(chosen)
            case _:
                raise AssertionError(command)
    assert sorted(ended) == sorted(step.name for step in journal.workflow.steps)


def inner(most: int) -> Journal:
    """A run of a subworkflow that may have so many attempts under way, and a step beside it."""
    child = Workflow(
        name="deep", group="deep", max_concurrency=most, steps=(python("x"), python("y"))
    )
    step = WorkflowStep(name=StepName("a"), workflow="deep")
    begun = Journal(workflow(step, python("b")).linked({"deep": child})).begun()
    begun.started("a")
    fact = {"path": "a/x", "node": "a/x", "token": "t", "attempt": 1, "step_key": "k"}
    return begun.add(e.StepStarted.model_validate({**fact, "input": stored({})}))


@pytest.mark.parametrize("most", [1, 2])
def test_a_subworkflow_has_no_more_attempts_than_it_may(most: int) -> None:
    """Its own limit holds inside; what stands beside it goes on."""
    journal = inner(most)
    assert journal.next() == begin("b")
    journal.started("b")
    assert journal.next() == (begin("a/y") if most > 1 else None)
    journal.succeeded("a/x")
    assert journal.next() == begin("a/y")


def test_what_a_limit_holds_back_is_due_at_its_time() -> None:
    """A timer wakes the run, and the same attempt goes on with the place that it has."""
    later = NOON + timedelta(seconds=60)
    journal = begun(python("a")).started("a")
    kept = {"path": path("a"), "attempt": 1, "limit": "the rate", "until": later, "ticket": "t"}
    journal.add(e.LimitWaited.model_validate(kept))
    journal.add(e.StepHeld(path=path("a"), attempt=1, until=later))
    assert journal.state.instances[path("a")].status == "waiting"
    assert journal.state.instances[path("a")].interruptions == 0
    assert (next_wake(journal.state), journal.next()) == (later, None)
    assert not journal.state.active
    assert journal.pass_seconds(60).next() == GoOn(path("a"))
    journal.resumed("a")
    assert journal.state.limited[path("a")].ticket == "t"
    assert next_wake(journal.state) is None
    assert not journal.succeeded("a").state.limited
