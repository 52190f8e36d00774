"""Explanations: a sentence for every situation that a run, or a step of it, can be in."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from mn_notebook.domain import events as e
from mn_notebook.domain.ids import ApprovalId, AttemptToken, NodePath, RunId, StepName, StepPath
from mn_notebook.domain.statuses import Owner
from mn_notebook.domain.why import MOST_TOLD, Explanation, why_run, why_step
from mn_notebook.domain.workflow import (
    AskStep,
    Budget,
    Join,
    Redo,
    Repeat,
    Retry,
    WaitStep,
    Workflow,
    WorkflowStep,
)
from mn_notebook.engine.summary import status_of
from tests.unit.domain.journals import (
    ERROR,
    FATAL,
    NOON,
    Journal,
    agent,
    approve,
    each,
    python,
    stored,
    tool,
    workflow,
)


def explained(journal: Journal, step: str | None = None, owner: Owner = "live") -> Explanation:
    state = journal.state
    given = (state, journal.facts, status_of(state), owner, journal.now)
    found = why_run(*given) if step is None else why_step(*given, step)
    assert found is not None
    return found


def told(journal: Journal, owner: Owner = "live") -> str:
    return "\n".join((said := explained(journal, owner=owner)).did + said.why)


def test_time_is_told_as_it_is_counted() -> None:
    """Where a process is gone nobody is at work, however long that lasts."""
    found = journal(agent("a"))
    found.add(e.BudgetRaised(budget=Budget(seconds=60), by="ann")).started("a")
    found.pass_seconds(7).call_began("a", 1).pass_seconds(400)
    assert "7 s of 1 min" in told(found, owner="gone")
    assert "6 min 47 s of 1 min" in told(found)


def journal(*steps: object, **more: object) -> Journal:
    return Journal(workflow(*steps, **more)).begun()  # type: ignore[arg-type]


def opened(path: str, *, node: str | None = None, iteration: int = 1) -> e.StepStarted:
    """Return the start of something that no process works on."""
    return e.StepStarted(
        path=StepPath(path),
        attempt=1,
        token=AttemptToken(""),
        input=stored({"args": {}}),
        step_key="k",
        node=None if node is None else NodePath(node),
        iteration=iteration,
    )


# --- situations --------------------------------------------------------------------------------


def queued() -> Journal:
    created = journal(python("a")).facts[0].event
    return Journal(workflow(python("a"))).add(created)


def running() -> Journal:
    under_way = journal(agent("a")).started("a").model_asked("a", 1)
    return under_way.pass_seconds(20)


def calling() -> Journal:
    return journal(tool("a")).started("a").call_began("a", 1)


def waiting_for_a_person(**more: Any) -> Journal:
    asking = journal(python("a"), approve("b", "a")).started("a").succeeded("a")
    return asking.add(opened("b")).asked("b", **more).pass_seconds(60)


def expiring(then: str, to: str = "") -> Callable[[], Journal]:
    def made() -> Journal:
        return waiting_for_a_person(expires_at=NOON + timedelta(hours=1), then=then, to=to)

    return made


def escalated() -> Journal:
    asking = expiring("escalate", "the boss")()
    fact = e.ApprovalEscalated(approval_id=ApprovalId("ask-b"), path=StepPath("b"), to="the boss")
    return asking.add(fact)


def authorising() -> Journal:
    asking = journal(approve("b", authorises=StepName("send")), tool("send", "b"))
    return asking.add(opened("b")).asked("b")


def sending_back() -> Journal:
    redo = Redo(target=StepName("a"), at_most=3)
    asking = journal(python("a"), approve("b", "a", on_reject=redo)).started("a").succeeded("a")
    return asking.add(opened("b")).asked("b")


def filling_in() -> Journal:
    form = AskStep(name=StepName("a"), prompt="Who?", fields={"type": "object"})
    return journal(form).add(opened("a")).asked("a", "ask", prompt="Who?")


def about_a_call() -> Journal:
    return journal(agent("a")).started("a").asked("a", "call", prompt="Send it?")


def in_doubt() -> Journal:
    begun = journal(tool("a")).started("a").call_began("a", 1)
    begun.add(e.ToolInDoubt(path=StepPath("a"), call_id="a!1", evidence="no answer came"))
    return begun.asked("a", "in_doubt", evidence="no answer came")


def crashing() -> Journal:
    begun = journal(python("a")).started("a").interrupted("a")
    for attempt in (2, 3):
        begun = begun.started("a", attempt).interrupted("a", attempt)
    return begun.asked("a", "crashing")


def interrupted() -> Journal:
    return journal(python("a")).started("a").interrupted("a")


def missing_code() -> Journal:
    because = "the function 'f' is not there: run the cell that defines it"
    return journal(python("a")).add(e.StepWaiting(path=StepPath("a"), because=because))


def waiting_for_time() -> Journal:
    begun = journal(WaitStep(name=StepName("a"), duration="1h")).add(opened("a"))
    return begun.add(e.TimerSet(path=StepPath("a"), at=NOON + timedelta(hours=1)))


def held_back(*, let_go: bool) -> Journal:
    until = NOON + timedelta(seconds=90)
    fact = e.LimitWaited(path=StepPath("a"), attempt=1, limit="the rate of 'x'", until=until)
    waiting = journal(agent("a")).started("a").add(fact)
    if let_go:
        waiting.add(e.StepHeld(path=StepPath("a"), attempt=1, until=until))
    return waiting


def full_inside() -> Journal:
    child = Workflow(name="deep", group="deep", max_concurrency=1, steps=(python("x"), python("y")))
    step = WorkflowStep(name=StepName("a"), workflow="deep")
    begun = Journal(workflow(step).linked({"deep": child})).begun().add(opened("a"))
    fact = opened("a/x", node="a/x").model_copy(update={"token": AttemptToken("t")})
    return begun.add(fact)


def waiting_for_a_signal(*, limited: bool = False) -> Journal:
    begun = journal(WaitStep(name=StepName("a"), signal="go")).add(opened("a"))
    if limited:
        at = NOON + timedelta(hours=1)
        begun.add(e.TimerSet(path=StepPath("a"), at=at, purpose="timeout"))
    return begun.add(e.SignalAwaited(path=StepPath("a"), name="go"))


def retrying(*, storm: bool = False) -> Journal:
    items = 30 if storm else 1
    failing = journal(python("a", retry=Retry(attempts=4), for_each=each(concurrency=40)))
    failing.expanded("a", *map(str, range(items)))
    for item in range(items):
        path = f"a[{item}]"
        failing.started(path, item=item).failed(path, final=False).retried(path, 2, 4.0)
    return failing


def paused() -> Journal:
    asked = e.RunPauseRequested(by="ann", because="it is late")
    return journal(python("a")).add(asked, e.RunPaused())


def pausing() -> Journal:
    asked = e.RunPauseRequested(by="ann", because="it is late")
    return journal(python("a")).started("a").add(asked)


def stopping() -> Journal:
    asked = e.RunCancelRequested(by="ann", because="wrong input")
    return journal(python("a")).started("a").add(asked)


def cancelled() -> Journal:
    return stopping().interrupted("a").add(e.RunCancelled())


def skipped(because: str = "its condition is false", by: str = "") -> Journal:
    fact = e.StepSkipped(path=StepPath("a"), because=because, by=by)
    return journal(python("a"), python("b")).add(fact)


def overridden() -> Journal:
    fact = e.StepSkipped(path=StepPath("a"), because="I know it", by="ann", output=stored(3))
    return journal(python("a"), python("b")).add(fact)


def rejected() -> Journal:
    rejecting = waiting_for_a_person().decided("b", "reject", because="too long")
    return rejecting.succeeded("b", {"approved": False})


def unheard() -> Journal:
    return expiring("reject")().expired("b").succeeded("b", {"approved": False})


def failed() -> Journal:
    failing = journal(python("a"), python("b", "a"), python("c", "b")).started("a").failed("a")
    return failing.add(e.RunFailed(error=ERROR))


def continued() -> Journal:
    return journal(python("a", on_failure="continue"), python("b")).started("a").failed("a")


def stood_in() -> Journal:
    steps = (python("a", fallback=StepName("f")), python("f"), python("b", "a"))
    return journal(*steps).started("a").failed("a").started("f").succeeded("f")


def reused() -> Journal:
    taken = journal(agent("a"), python("b"))
    created = taken.facts[0].event.model_copy(update={"reuses": RunId("old1old1")})
    begun = Journal(taken.workflow).add(created, *(fact.event for fact in taken.facts[1:]))
    begun.started("a")
    fact = e.StepSucceeded(
        path=StepPath("a"), attempt=1, output=stored(1), reused_from=StepPath("a")
    )
    return begun.add(fact)


def repeating(*, holds: bool, again: bool) -> Journal:
    step = python("a", repeat=Repeat(until="a > 1", at_most=1 if not again else 3))
    begun = journal(step, python("b")).started("a").succeeded("a", 1)
    return begun.add(e.StepIterated(path=StepPath("a"), holds=holds, again=again))


def inside() -> Journal:
    child = Workflow(name="deep", group="deep", steps=(python("x"), python("y", "x")))
    step = WorkflowStep(name=StepName("a"), workflow="deep")
    outer = workflow(step).linked({"deep": child})
    begun = Journal(outer).begun().add(opened("a"))
    fact = opened("a/x", node="a/x").model_copy(update={"token": AttemptToken("t")})
    return begun.add(fact)


def succeeded() -> Journal:
    done = journal(python("a")).started("a").succeeded("a")
    return done.add(e.RunSucceeded(output=stored({"a": None})))


def busy() -> Journal:
    return journal(python("a"), python("b"), max_concurrency=1).started("a")


def reopened() -> Journal:
    return failed().add(e.RunReopened(by="ann"))


SITUATIONS: dict[str, tuple[Callable[[], Journal], Owner, str]] = {
    "queued": (queued, "none", "Nobody has begun it: no process advances"),
    "nobody": (running, "gone", "Nobody advances it: the process that did has ended."),
    "running": (running, "live", "a is under way: attempt 1, since 20 s ago; it asks the model m."),
    "calling": (calling, "live", "it calls the tool t."),
    "busy": (busy, "live", "b could begin: 1 attempt is under way, which is the most at once."),
    "person": (
        waiting_for_a_person,
        "none",
        "b waits for a person to approve or reject, asked 1 min ago: ok? It waits until somebody "
        "decides; silence never approves.",
    ),
    "expires": (
        expiring("reject"),
        "none",
        "If nobody decides by 2030-01-01 13:00 UTC (in 59 min), it counts as rejected.",
    ),
    "expires-skip": (expiring("skip"), "none", "the step is skipped."),
    "expires-escalate": (
        expiring("escalate", "the boss"),
        "none",
        "it is escalated to the boss, and stays open.",
    ),
    "expires-wait": (expiring("wait"), "none", "it stays open all the same."),
    "escalated": (escalated, "none", "Nobody decided in time: it is escalated to the boss"),
    "authorises": (authorising, "none", "Approved, send makes exactly the calls that are shown."),
    "sends-back": (sending_back, "none", "Rejected, a is done anew (3 times left)."),
    "form": (filling_in, "none", "a waits for a person to fill in a form, asked now: Who?"),
    "call": (about_a_call, "none", "a waits for a person's word on a call of a tool"),
    "in-doubt": (in_doubt, "none", "nobody knows whether it happened, asked now: ok?"),
    "evidence": (in_doubt, "none", "What is known: no answer came."),
    "crashing": (crashing, "none", "took its process down again and again"),
    "interrupted": (interrupted, "live", "a was interrupted in attempt 1"),
    "code": (missing_code, "live", "a waits for code: the function 'f' is not there: run the cell"),
    "time": (waiting_for_time, "none", "a waits until 2030-01-01 13:00 UTC (in 1 h)."),
    "limit": (
        lambda: held_back(let_go=False),
        "live",
        "a waits for the rate of 'x': its next call may begin at 2030-01-01 12:01:30 UTC (in 1 min "
        "30 s).",
    ),
    "limit-long": (
        lambda: held_back(let_go=True),
        "none",
        "a waits for the rate of 'x': its next call may begin at 2030-01-01 12:01:30 UTC",
    ),
    "signal": (waiting_for_a_signal, "none", "a waits for the signal 'go'."),
    "signal-limit": (
        lambda: waiting_for_a_signal(limited=True),
        "none",
        "If it has not come by 2030-01-01 13:00 UTC (in 1 h), the step fails.",
    ),
    "retrying": (
        retrying,
        "live",
        "a[0] failed in attempt 1: oops. It is tried again in 4 s; 3 attempts are left of 4.",
    ),
    "storm": (lambda: retrying(storm=True), "live", "retries are slowed down"),
    "many-items": (lambda: retrying(storm=True), "live", "24 more items go on likewise."),
    "paused": (paused, "none", "It is paused by ann, because it is late: nothing new begins."),
    "pausing": (pausing, "live", "It is about to be paused by ann, because it is late: what is"),
    "pausing-step": (pausing, "live", "a is under way: attempt 1"),
    "held-back": (paused, "none", "a could begin: the run is paused."),
    "stopping": (stopping, "live", "It is being stopped by ann, because wrong input."),
    "cancelled": (cancelled, "none", "It was stopped by ann, because wrong input; nothing is un"),
    "skipped": (skipped, "live", "a was skipped: its condition is false."),
    "skipped-by": (lambda: skipped("no need", "ann"), "live", "a was skipped by ann, because no"),
    "override": (
        overridden,
        "live",
        "a counts as succeeded: its value was given by ann, because I know it.",
    ),
    "rejected": (rejected, "live", "b was rejected by ann, because too long."),
    "unheard": (unheard, "live", "b was rejected, because nobody decided in time."),
    "failed": (
        failed,
        "none",
        "a failed for good after 1 attempt: oops; this ends its workflow.",
    ),
    "first-cause": (failed, "none", "The first cause: oops."),
    "never-began": (failed, "none", "Because of that 2 steps never began: b, c."),
    "continue": (continued, "live", "the others go on by their join rules."),
    "reopened": (reopened, "live", "It was reopened by ann."),
    "fallback": (
        stood_in,
        "live",
        "a failed (oops); its fallback f stood in, and its value counts.",
    ),
    "reused": (reused, "live", "a was taken over from a of run old1, unpaid"),
    "holds": (
        lambda: repeating(holds=True, again=False),
        "live",
        "a succeeded after 1 iteration: its condition holds.",
    ),
    "bound": (
        lambda: repeating(holds=False, again=False),
        "live",
        "because the bound of 1 is reached; its condition does not hold.",
    ),
    "again": (
        lambda: repeating(holds=False, again=True),
        "live",
        "whether another iteration follows is judged next: at most 3.",
    ),
    "inside": (inside, "live", "Inside a (workflow deep) 0 of 2 steps have ended."),
    "inside-step": (inside, "live", "a/x is under way: attempt 1"),
    "succeeded": (succeeded, "none", "Every step has ended, and its outputs are kept."),
    "did": (succeeded, "none", "1 of 1 steps have ended, with 0 model calls and 0 tool calls, for"),
}


@pytest.mark.parametrize(("situation", "owner", "sentence"), SITUATIONS.values(), ids=SITUATIONS)
def test_every_situation_has_its_sentence(
    situation: Callable[[], Journal], owner: Owner, sentence: str
) -> None:
    """Whatever a run stands at is said in words, with the names and the times that matter."""
    assert sentence in told(situation(), owner)


@pytest.mark.parametrize(("situation", "owner", "_said"), SITUATIONS.values(), ids=SITUATIONS)
def test_every_step_is_explained(
    situation: Callable[[], Journal], owner: Owner, _said: str
) -> None:
    """Each step of each situation has a reason, a next sentence and a line to type."""
    found = situation()
    for node in found.state.progress:
        said = explained(found, node, owner)
        assert said.head.startswith(f"Step {node} (")
        assert said.why
        assert said.next
        assert said.commands[-1].line == f"%mn log run1 --step {node}"


RULES = {
    "all_success": "when a, b have all succeeded",
    "all_done": "when a, b have all ended, well or not",
    "one_success": "as soon as one of a, b has succeeded",
    "one_done": "as soon as one of a, b has succeeded or failed",
    "one_failed": "as soon as one of a, b has failed",
    "none_failed_min_one_success": "when a, b have ended, none has failed and at least one",
    "quorum_success": "as soon as 2 of a, b have succeeded",
}


@pytest.mark.parametrize(("rule", "said"), RULES.items(), ids=RULES)
def test_join_rule_is_told_with_what_it_waits_for(rule: str, said: str) -> None:
    """A step that has not begun says by which rule it starts, and for what it still waits."""
    found = journal(python("a"), python("b"), python("c", "a", "b", join=Join(rule=rule)))
    why = explained(found.started("a"), "c").why
    assert any(said in sentence for sentence in why)
    assert any("waits for a (running), b (not begun)" in sentence for sentence in why)


def test_fallback_that_was_not_called_says_when_it_would_be() -> None:
    """A fallback begins only after its step has failed."""
    found = journal(python("a", fallback=StepName("f")), python("f"))
    assert "f is the fallback of a: it starts only if a has failed." in explained(found, "f").why


@pytest.mark.parametrize(
    ("situation", "owner", "lines"),
    [
        (waiting_for_a_person, "none", ["%mn approve run1 b", "%mn reject run1 b --because"]),
        (in_doubt, "none", ["%mn settle run1 a --happened"]),
        (waiting_for_a_signal, "none", ["%mn signal go run1 --value"]),
        (paused, "none", ["%mn resume run1", "%mn cancel run1"]),
        (running, "live", ["%mn pause run1", "%mn cancel run1"]),
        (running, "gone", ["%mn resume run1", "%mn pause run1"]),
        (failed, "none", ["%mn resume run1", "%mn retry run1 a", "%mn skip run1 a", "%mn rerun"]),
        (succeeded, "none", ["%mn export run1 FILE", "%mn rerun run1"]),
        (cancelled, "none", ["%mn rerun run1", "%mn log run1"]),
    ],
)
def test_commands_that_move_a_run_on_are_named(
    situation: Callable[[], Journal], owner: Owner, lines: list[str]
) -> None:
    """Each thing that somebody could do stands there as the line to type, in that order."""
    typed = [command.line for command in explained(situation(), owner=owner).commands]
    assert [typed[n].startswith(line) for n, line in enumerate(lines)] == [True] * len(lines)


def test_step_is_explained_with_the_part_of_those_before_it() -> None:
    """What the steps before came to is told; steps beside it are not."""
    found = failed()
    said = explained(found, "c")
    assert said.did == ("a failed for good after 1 attempt: oops; this ends its workflow.",)
    assert said.why == ("c never began, because of a failure: step 'a' failed: oops.",)
    assert why_step(found.state, found.facts, "failed", "none", found.now, "zzz") is None


def test_step_that_finds_its_subworkflow_full_says_so() -> None:
    """Its own limit of attempts holds inside, whatever the run may have."""
    said = explained(full_inside(), "a/y", "live")
    assert said.why[0] == (
        "a/y could begin: 1 attempt is under way in a, which is the most at once."
    )


def test_unit_of_work_names_its_step() -> None:
    """An item, or an iteration, is explained as its step."""
    assert explained(retrying(), "a[0]").step == "a"


def test_permanent_failure_before_a_step_could_begin_is_said() -> None:
    """A step whose inputs could not be made has no attempt."""
    fact = e.StepFailed(path=StepPath("a"), attempt=0, error=FATAL, final=True)
    assert "a failed for good before it could begin" in told(journal(python("a")).add(fact))


def test_of_thousands_of_steps_those_in_trouble_are_told_and_the_others_counted():
    """The one question among many steps that go on is not missed, and the words stay few."""
    names = [f"m{n}" for n in range(200)]
    journal = Journal(workflow(*(python(name) for name in names), approve("ok"))).begun()
    for name in names[:100]:
        journal.started(name)
    journal.started("ok")
    journal.add(
        e.ApprovalRequested(
            approval_id=ApprovalId("q"),
            path=StepPath("ok"),
            attempt=1,
            subject="approve",
            prompt="Go on?",
        )
    )
    told = why_run(journal.state, journal.facts, "running", "live", NOON)
    assert "Go on?" in told.why[0]
    assert len(told.why) == MOST_TOLD + 1
    assert told.why[-1].startswith(f"{201 - MOST_TOLD} more steps go on, or may begin: m11, ")


def test_a_step_after_thousands_tells_few_of_them():
    """What came before is counted where there is too much of it."""
    names = [f"m{n}" for n in range(300)]
    journal = Journal(workflow(*(python(name) for name in names), python("end", *names))).begun()
    for name in names:
        journal.started(name).succeeded(name)
    told = why_step(journal.state, journal.facts, "running", "live", NOON, "end")
    assert told is not None
    assert len(told.did) == MOST_TOLD + 1
    assert told.did[-1].startswith(f"{300 - MOST_TOLD} more steps have ended: m12, ")
