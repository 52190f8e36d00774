"""The picture of a run is made from its journal alone."""

import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import JsonValue

from mn_notebook.domain.condensing import MAX_BOXES
from mn_notebook.domain.drawing import MAX_ROWS, draw
from mn_notebook.domain.events import (
    KINDS,
    ApprovalRequested,
    ErrorInfo,
    ProposedCall,
    Recorded,
)
from mn_notebook.domain.fold import fold
from mn_notebook.domain.ids import CallId, RunId, StepName
from mn_notebook.domain.messages import Price, Usage
from mn_notebook.domain.picture import RunPicture
from mn_notebook.domain.shown import MAX_SHOWN
from mn_notebook.domain.state import RunState
from mn_notebook.domain.statuses import Owner
from mn_notebook.domain.values import Stored
from mn_notebook.domain.workflow import WaitStep, Workflow
from mn_notebook.engine.summary import status_of

RUN = RunId("abcd0000000000ef")
BEGAN = datetime(2030, 1, 2, 12, tzinfo=UTC)
BOOM = ErrorInfo(type="ValueError", message="boom")


def a_workflow(*steps: dict[str, Any]) -> Workflow:
    full = [{"kind": "python", "function": "work", **step} for step in steps]
    return Workflow.model_validate({"name": "brief", "group": "g", "steps": full})


ONE = a_workflow({"name": "act"})
TWO = a_workflow({"name": "act"}, {"name": "then", "needs": ["act"]})
EACH = a_workflow({"name": "act", "for_each": {"over": "inputs.xs"}})


def fact(kind: str, path: str | None = "act", **fields: Any) -> Any:
    """Build an event; the fields that every test would repeat are filled in."""
    model = KINDS[kind]
    known: dict[str, Any] = {
        "path": path,
        "attempt": 1,
        "token": "t",
        "input": Stored(value={}),
        "step_key": "k",
        "call_id": "act!1",
        "effect": "write",
        "tool": "send",
        "args": Stored(value={"to": "ann"}),
        "args_hash": "h",
        "key": "mn-1",
        "latency_seconds": 1.0,
        "model": "m",
        "messages": (),
        "request_hash": "r",
        "output": Stored(value="done"),
        "because": "so",
        "evidence": "late",
        "error": BOOM,
        "by": "ann",
        "via": "test",
        "provider": "p",
        "usage": Usage(input_tokens=10, output_tokens=2),
        "price": Price(usd=Decimal("0.01"), source="list"),
        "finish_reason": "stop",
        "message": Stored(value={}),
        "approval_id": "a1",
        "prompt": "Send it?",
        "decided_at": BEGAN,
        "at": BEGAN + timedelta(hours=1),
    } | fields
    return model(**{name: known[name] for name in model.model_fields if name in known})


def created(**fields: Any) -> Any:
    return KINDS["run.created"](
        **{
            "workflow": "brief",
            "workflow_hash": "h",
            "origin": "here",
            "title": "ACME",
            "inputs": Stored(value={}),
            "by": "ann",
        }
        | fields
    )


def state_of(workflow: Workflow, *events: Any) -> RunState:
    """Fold events that are a second apart."""
    return fold(
        workflow,
        RUN,
        [
            Recorded(run_id=RUN, seq=number, at=BEGAN + timedelta(seconds=number), event=event)
            for number, event in enumerate((created(), fact("run.started", None), *events), 1)
        ],
    )


def drawn(workflow: Workflow, *events: Any, owner: Owner = "live") -> RunPicture:
    state = state_of(workflow, *events)
    return draw(state, status_of(state), BEGAN + timedelta(minutes=1), owner)


STARTED = fact("step.started")
SUCCEEDED = fact("step.succeeded")
MODEL = fact("model.requested")
ANSWER = fact("model.responded")
CALL = fact("tool.started")
DOUBT = fact("tool.in_doubt")
PROPOSED = ProposedCall(
    call_id=CallId("act!1"),
    tool="send",
    effect="write",
    args=Stored(value={"to": "ann"}),
    args_hash="h",
    key="mn-1",
)


def asks(subject: str, **fields: Any) -> ApprovalRequested:
    asked: ApprovalRequested = fact(
        "approval.requested", subject=subject, calls=(PROPOSED,), **fields
    )
    return asked


FAILED = fact("step.failed", final=True)
HELD = fact("limit.waited", limit="the rate of 'x'", until=BEGAN + timedelta(hours=1))
LET_GO = fact("step.held", until=BEGAN + timedelta(hours=1))
RETRY = (fact("step.failed", final=False), fact("step.retry_scheduled", attempt=2))
WAITS = fact("step.waiting", because="the function 'work' is not there: run the cell")


@pytest.mark.parametrize(
    ("events", "status", "detail"),
    [
        pytest.param((), "pending", "python", id="pending"),
        pytest.param((STARTED,), "running", "python", id="running"),
        pytest.param((STARTED, *RETRY), "retrying", "retry 2", id="retrying"),
        pytest.param((STARTED, fact("step.interrupted")), "retrying", "retry 1", id="interrupted"),
        pytest.param(
            (STARTED, HELD), "running", "until 13:00:00 UTC: the rate of 'x'", id="held back"
        ),
        pytest.param(
            (STARTED, HELD, LET_GO), "waiting", "until 13:00:00 UTC: the rate of 'x'", id="let go"
        ),
        pytest.param((STARTED, HELD, CALL), "running", "python", id="begun after a limit"),
        pytest.param((STARTED, HELD, SUCCEEDED), "succeeded", "python · 2 s", id="past a limit"),
        pytest.param((STARTED, asks("approve")), "waiting", "waits for you", id="waiting"),
        pytest.param((STARTED, CALL, asks("call")), "waiting", "waits for you", id="asked"),
        pytest.param(
            (STARTED, CALL, DOUBT, asks("in_doubt")), "in_doubt", "did it happen?", id="in doubt"
        ),
        pytest.param((WAITS,), "waiting", WAITS.because, id="waiting for code"),
        pytest.param((WAITS, STARTED), "running", "python", id="code is there"),
        pytest.param((STARTED, SUCCEEDED), "succeeded", "python · 1 s", id="succeeded"),
        pytest.param((STARTED, FAILED), "failed", "python · 1 s", id="failed"),
        pytest.param((fact("step.skipped", output=None),), "skipped", "skipped", id="skipped"),
        pytest.param(
            (STARTED, fact("run.cancel_requested", None), fact("step.interrupted")),
            "cancelled",
            "python · 2 s",
            id="cancelled",
        ),
    ],
)
def test_step_is_drawn_in_the_words_of_the_glossary(
    events: tuple[Any, ...], status: str, detail: str
) -> None:
    """Each status has its word and its short line."""
    (node,) = drawn(ONE, *events).nodes
    assert (node.status, node.detail) == (status, detail)


ENDS = [
    pytest.param(
        (fact("run.cancel_requested", None), fact("run.cancelled", None)), "cancelled", id="cancel"
    ),
    pytest.param((fact("run.failed", None),), "failed", id="failed"),
]


@pytest.mark.parametrize(("end", "status"), ENDS)
@pytest.mark.parametrize(
    "events",
    [
        pytest.param((STARTED, *RETRY), id="retrying"),
        pytest.param((STARTED, asks("approve")), id="waiting"),
        pytest.param((STARTED, fact("step.interrupted")), id="interrupted"),
        pytest.param((WAITS,), id="waiting for code"),
    ],
)
def test_nothing_goes_on_in_an_ended_run(
    events: tuple[Any, ...], end: tuple[Any, ...], status: str
) -> None:
    """What had begun and will not go on was cancelled."""
    picture = drawn(ONE, *events, *end)
    assert picture.status == status
    assert picture.nodes[0].status == "cancelled"
    assert all(row.status == "cancelled" for row in picture.timeline)


@pytest.mark.parametrize(("end", "status"), ENDS)
def test_half_done_items_do_not_run_in_an_ended_run(end: tuple[Any, ...], status: str) -> None:
    """A ``for_each`` that was stopped between two items is not running."""
    expanded = fact("step.expanded", items=Stored(value=[1, 2]), keys=("0", "1"))
    first = (fact("step.started", "act[0]", item=0), fact("step.succeeded", "act[0]"))
    picture = drawn(EACH, expanded, *first, *end)
    assert picture.status == status
    (node,) = picture.nodes
    assert (node.status, node.detail) == ("cancelled", "1 of 2")


@pytest.mark.parametrize(
    ("events", "owner", "text", "next_words"),
    [
        pytest.param((), "live", "running", "It goes on by itself;", id="running"),
        pytest.param(
            (STARTED,), "gone", "interrupted: its process ended", "`%mn resume abcd`", id="gone"
        ),
        pytest.param(
            (fact("run.cancel_requested", None), STARTED), "live", "stopping", "", id="stopping"
        ),
        pytest.param(
            (STARTED, asks("approve")),
            "none",
            "waiting for a person",
            "When you approve, the run goes on: `%mn approve abcd act`.",
            id="approve",
        ),
        pytest.param(
            (STARTED, CALL, asks("call")),
            "none",
            "waiting for a person",
            "the call is made once, exactly as shown: `%mn approve abcd act`",
            id="call",
        ),
        pytest.param(
            (STARTED, CALL, DOUBT, asks("in_doubt")),
            "none",
            "waiting for a person",
            "`%mn settle abcd act` tells the run",
            id="in doubt",
        ),
        pytest.param(
            (WAITS,),
            "live",
            "waiting for code",
            "as soon as this is mended: the function",
            id="code",
        ),
        pytest.param(
            (STARTED, *RETRY), "live", "waiting for its time", "when its time has come", id="retry"
        ),
        pytest.param(
            (STARTED, HELD, LET_GO),
            "none",
            "waiting until 2030-01-02 13:00:00 UTC for the rate of 'x'",
            "It goes on by itself at 2030-01-02 13:00:00 UTC: it waits for the rate of 'x'.",
            id="let go for a limit",
        ),
        pytest.param(
            (STARTED, HELD),
            "live",
            "waiting until 2030-01-02 13:00:00 UTC for the rate of 'x'",
            "it waits for the rate of 'x'.",
            id="held back by a limit",
        ),
        pytest.param(
            (STARTED, SUCCEEDED, fact("run.succeeded", None)),
            "none",
            "succeeded",
            "`%mn export abcd FILE`",
            id="succeeded",
        ),
        pytest.param(
            (STARTED, FAILED, fact("run.failed", None)),
            "none",
            "failed",
            "`%mn resume abcd`",
            id="failed",
        ),
        pytest.param(
            (fact("run.cancel_requested", None), fact("run.cancelled", None)),
            "none",
            "cancelled",
            "`%mn log abcd`",
            id="cancelled",
        ),
    ],
)
def test_status_and_next_words_name_what_helps(
    events: tuple[Any, ...], owner: Owner, text: str, next_words: str
) -> None:
    """A run ends with the command worth typing."""
    picture = drawn(ONE, *events, owner=owner)
    assert picture.status_text == text
    assert next_words in picture.next


def test_queued_run_has_not_begun() -> None:
    """Before its first owner a run is queued and knows its steps."""
    events = [Recorded(run_id=RUN, seq=1, at=BEGAN, event=created())]
    state = fold(TWO, RUN, events)
    picture = draw(state, status_of(state), BEGAN, "none")
    assert (picture.status, picture.steps_done, picture.steps_total) == ("queued", 0, 2)
    assert picture.work_seconds == 0


@pytest.mark.parametrize(
    ("prices", "cost", "floor"),
    [
        pytest.param((), Decimal(0), Decimal(0), id="no call"),
        pytest.param((Decimal("0.01"),), Decimal("0.01"), Decimal("0.01"), id="known"),
        pytest.param((None,), None, Decimal(0), id="unknown"),
        pytest.param((Decimal("0.01"), None), None, Decimal("0.01"), id="partly known"),
        pytest.param((Decimal(0),), Decimal(0), Decimal(0), id="free"),
    ],
)
def test_cost_is_known_or_said_to_be_unknown(
    prices: Iterable[Decimal | None], cost: Decimal | None, floor: Decimal
) -> None:
    """An unknown price is never nothing; what is known is the least."""
    calls: list[Any] = []
    for number, usd in enumerate(prices, 1):
        call_id = f"act!{number}"
        price = Price(usd=usd, source="list")
        calls.append(fact("model.requested", call_id=call_id))
        calls.append(fact("model.responded", call_id=call_id, price=price, model="gpt-x"))
    picture = drawn(ONE, STARTED, *calls)
    assert (picture.cost_usd, picture.cost_floor_usd) == (cost, floor)
    assert picture.nodes[0].cost_usd == (cost if calls else None)
    assert picture.calls == len(calls) // 2
    assert picture.tokens_in == 10 * picture.calls
    assert picture.nodes[0].model == ("gpt-x" if calls else None)


@pytest.mark.parametrize("scripted", [True, False])
def test_scripted_answers_stamp_the_run(scripted: bool) -> None:
    """A run that a script answered proves nothing about a real model."""
    picture = drawn(ONE, STARTED, MODEL, fact("model.responded", scripted=scripted))
    assert picture.scripted is scripted


# --- items -------------------------------------------------------------------------------------


def test_items_are_counted() -> None:
    """A ``for_each`` says how its items stand, and what went wrong in one."""
    expanded = fact("step.expanded", items=Stored(value=[1, 2, 3, 4]), keys=("a", "b", "c", "d"))
    events = (
        *(fact("step.started", f"act[{key}]", item=item) for item, key in enumerate("abcd")),
        fact("step.succeeded", "act[a]"),
        fact("step.failed", "act[b]", final=True),
        asks("call", path="act[c]"),
    )
    workflow = a_workflow({"name": "act", "for_each": {"over": "x", "on_error": "collect"}})
    (node,) = drawn(workflow, expanded, *events).nodes
    assert node.items is not None
    telling = [(item.key, item.status) for item in node.items.telling]
    assert telling == [("b", "failed"), ("c", "waiting"), ("d", "running")]
    assert node.items.model_dump(exclude={"telling"}) == {
        "total": 4,
        "succeeded": 1,
        "failed": 1,
        "running": 1,
        "waiting": 1,
        "skipped": 0,
    }
    assert (node.status, node.detail, node.error) == ("waiting", "1 of 4, 1 failed", "boom")


def test_empty_list_succeeds() -> None:
    """Nothing to do is done."""
    (node,) = drawn(EACH, fact("step.expanded", items=Stored(value=[]), keys=())).nodes
    assert (node.status, node.detail) == ("succeeded", "0 of 0")


# --- values ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("output", "shown", "is_cut"),
    [
        pytest.param(Stored(value={"a": 1}), {"a": 1}, False, id="small"),
        pytest.param(Stored(value="x" * 5000), '"' + "x" * (MAX_SHOWN - 1) + "…", True, id="long"),
        pytest.param(
            Stored(artifact="f" * 64, size=70_000),
            "70,000 bytes, kept as artifact ffffffffffff",
            True,
            id="artifact",
        ),
        pytest.param(Stored(), None, False, id="nothing"),
    ],
)
def test_output_is_shown_cut(output: Stored, shown: JsonValue, is_cut: bool) -> None:
    """A picture stays small, and says so."""
    picture = drawn(
        ONE,
        STARTED,
        fact("step.succeeded", output=output),
        fact("run.succeeded", None, output=output),
    )
    assert (picture.output, picture.output_cut) == (shown, is_cut)
    assert (picture.nodes[0].output, picture.nodes[0].output_cut) == (shown, is_cut)


# --- people ------------------------------------------------------------------------------------


def _review() -> Workflow:
    step = {
        "name": "act",
        "kind": "approve",
        "prompt": "?",
        "show": ["draft.score"],
        "edit": ["draft.text"],
    }
    return Workflow.model_validate({"name": "brief", "group": "g", "steps": [step]})


def test_approval_shows_calls_and_fields() -> None:
    """What a person decides about is there in full, and what may be changed is marked."""
    shown = Stored(value={"draft.score": 8, "draft.text": "t"})
    asked = asks("approve", shown=shown, editable=("draft.text",))
    (approval,) = drawn(_review(), STARTED, asked).approvals
    assert [(one.path, one.value, one.editable) for one in approval.fields] == [
        ("draft.score", 8, False),
        ("draft.text", "t", True),
    ]
    (call,) = approval.calls
    assert (call.tool, call.args, call.key) == ("send", {"to": "ann"}, "mn-1")
    assert (approval.command, approval.step) == ("%mn approve abcd act", "act")
    assert approval.then is None


def test_a_step_of_milliseconds_tells_no_time() -> None:
    """What is too short for these words is not said to have taken nothing."""
    events = [created(), fact("run.started", None), STARTED, SUCCEEDED]
    moments = [BEGAN, BEGAN, BEGAN, BEGAN + timedelta(milliseconds=22)]
    recorded = [
        Recorded(run_id=RUN, seq=number, at=at, event=event)
        for number, (at, event) in enumerate(zip(moments, events, strict=True), 1)
    ]
    state = fold(ONE, RUN, recorded)
    (node,) = draw(state, status_of(state), BEGAN, "live").nodes
    assert (node.status, node.detail) == ("succeeded", "python")


@pytest.mark.parametrize(
    ("editable", "leads_to"),
    [
        pytest.param((), "send makes 1 call, exactly as shown", id="as it is"),
        pytest.param(
            ("draft.text",),
            "send makes 1 call, exactly as shown, or as your edits change it",
            id="with edits",
        ),
    ],
)
def test_approval_of_a_step_says_what_edits_do_to_its_call(
    editable: tuple[str, ...], leads_to: str
) -> None:
    """The call is shown as it was proposed: who edits is told that it will be another one."""
    step = {"name": "act", "kind": "approve", "prompt": "?", "authorises": "send"}
    send = {"name": "send", "kind": "tool", "tool": "send", "needs": ["act"]}
    workflow = Workflow.model_validate({"name": "brief", "group": "g", "steps": [step, send]})
    shown = Stored(value={"draft.text": "t"})
    asked = asks("approve", shown=shown, editable=editable)
    (approval,) = drawn(workflow, STARTED, asked).approvals
    assert approval.choices[0].leads_to == leads_to


@pytest.mark.parametrize(
    ("ends", "waiting"),
    [
        pytest.param((), ["act"], id="live"),
        pytest.param(
            (fact("run.cancel_requested", None), fact("run.cancelled", None)), [], id="cancelled"
        ),
    ],
)
def test_a_run_that_has_ended_waits_for_nothing(ends: tuple[Any, ...], waiting: list[str]) -> None:
    """A signal sent to a cancelled run would move nothing: none is asked for."""
    step = {"name": "act", "kind": "wait", "signal": "news"}
    workflow = Workflow.model_validate({"name": "brief", "group": "g", "steps": [step]})
    picture = drawn(workflow, STARTED, fact("signal.awaited", name="news"), *ends)
    assert [wait.path for wait in picture.waits] == waiting
    assert [wait.signal for wait in picture.waits] == ["news"] * len(waiting)


def test_large_approval_says_what_it_cannot_show() -> None:
    """What is too large for a picture is named; its stand-in is never offered for editing."""
    shown = Stored(artifact="f" * 64, size=70_000)
    asked = asks("approve", shown=shown, editable=("draft.text",))
    (approval,) = drawn(_review(), STARTED, asked).approvals
    assert [(one.path, one.editable) for one in approval.fields] == [
        ("draft.score", False),
        ("draft.text", False),
    ]
    assert "70,000 bytes" in str(approval.fields[0].value)


@pytest.mark.parametrize(
    ("subject", "kind", "command"),
    [
        ("approve", "approve", "%mn approve abcd act"),
        ("call", "call", "%mn approve abcd act"),
        ("in_doubt", "in_doubt", "%mn settle abcd act --happened"),
        ("crashing", "approve", "%mn approve abcd act"),
    ],
)
def test_every_question_has_its_command(subject: str, kind: str, command: str) -> None:
    """The same decision can be typed."""
    (approval,) = drawn(ONE, STARTED, asks(subject)).approvals
    assert (approval.kind, approval.command) == (kind, command)


def test_several_questions_are_counted_oldest_first() -> None:
    """The next words are about the one that waits longest."""
    workflow = a_workflow({"name": "one"}, {"name": "two"})
    picture = drawn(
        workflow,
        fact("step.started", "two"),
        fact("step.started", "one"),
        asks("call", path="two", approval_id="a1"),
        asks("call", path="one", approval_id="a2"),
    )
    assert [approval.path for approval in picture.approvals] == ["two", "one"]
    assert "`%mn approve abcd two`. 1 more decision waits." in picture.next


# --- time --------------------------------------------------------------------------------------


def test_timeline_is_in_seconds_since_the_beginning() -> None:
    """Each stretch of work or waiting has its place."""
    (row,) = drawn(ONE, STARTED, asks("call")).timeline
    assert [(one.start, one.end, one.status) for one in row.spans] == [
        (2.0, 3.0, "running"),
        (3.0, None, "waiting"),
    ]


def test_waiting_is_no_work() -> None:
    """Hours before a person decides are not counted as work."""
    assert drawn(ONE, STARTED, asks("call")).work_seconds == 1.0


@pytest.mark.parametrize("over", [False, True], ids=["while it lasts", "when it is over"])
def test_a_wait_is_no_work(*, over: bool) -> None:
    """A day until a signal comes is not counted as work, then or later."""
    wait = WaitStep(name=StepName("act"), signal="go")
    then = a_workflow({"name": "then"}).steps
    flow = Workflow(name="brief", group="g", steps=(wait, *then))
    done = (fact("step.started", "then"), fact("step.succeeded", "then"))
    ended = (fact("step.succeeded"),) if over else ()
    assert drawn(flow, STARTED, *done, *ended).work_seconds == 1.0


def test_nobody_works_where_a_process_is_gone() -> None:
    """What it worked ends with the last that its journal knows, before and after a takeover."""
    lost = drawn(ONE, STARTED, fact("note.added", text="there"), owner="gone")
    assert lost.work_seconds == 1.0
    again = (
        fact("lease.taken", None, owner="p2", fence=2),
        fact("step.interrupted"),
        fact("step.started", attempt=2),
    )
    (row,) = drawn(ONE, STARTED, fact("note.added", text="there"), *again).timeline
    assert [(one.start, one.end, one.status) for one in row.spans] == [
        (2.0, 3.0, "interrupted"),
        (6.0, None, "running"),
    ]


def test_a_called_workflow_is_no_work_of_its_own() -> None:
    """Its steps are; it takes as long as they do, and as they wait."""
    child = a_workflow({"name": "one"})
    outer = Workflow.model_validate(
        {
            "name": "outer",
            "group": "g",
            "steps": [{"kind": "workflow", "name": "act", "workflow": "brief"}],
            "children": {"brief": child},
        }
    )
    inner = fact("step.started", "act/one", node="act/one")
    assert drawn(outer, STARTED, inner, asks("call", path="act/one")).work_seconds == 1.0


def test_same_state_gives_the_same_picture() -> None:
    """A picture is a pure function of the journal and the moment."""
    assert drawn(TWO, STARTED) == drawn(TWO, STARTED)
    assert drawn(TWO, STARTED).rev == 3


# --- size --------------------------------------------------------------------------------------


def _cpu_of_drawing(state: RunState) -> tuple[RunPicture, float]:
    began = time.process_time()
    picture = draw(state, status_of(state), BEGAN + timedelta(hours=1), "live")
    return picture, time.process_time() - began


def test_thousand_items_draw_quickly() -> None:
    """A face that asks some times a second must not hold up the engine."""
    keys = tuple(str(number) for number in range(1000))
    expanded = fact("step.expanded", items=Stored(value=list(range(1000))), keys=keys)
    done: list[Any] = []
    for item, key in enumerate(keys):
        done.append(fact("step.started", f"act[{key}]", item=item))
        done.append(fact("step.succeeded", f"act[{key}]"))
    picture, seconds = _cpu_of_drawing(state_of(EACH, expanded, *done))
    assert picture.nodes[0].detail == "1000 of 1000"
    assert (len(picture.timeline), picture.timeline_cut) == (MAX_ROWS, 1000 - MAX_ROWS)
    assert seconds < 1.0


@pytest.mark.parametrize("width", [1, 3, 20])
def test_three_hundred_steps_draw_quickly(width: int) -> None:
    """Also a large workflow is drawn at once, in few boxes that count all its steps."""
    steps = [
        {
            "name": f"s{number}",
            "needs": [f"s{need}" for need in range(max(0, number - width), number)],
        }
        for number in range(300)
    ]
    state = state_of(a_workflow(*steps))
    picture, seconds = _cpu_of_drawing(state)
    assert len(picture.nodes) <= MAX_BOXES
    assert sum(node.stands_for or 1 for node in picture.nodes) == 300
    assert seconds < 1.0
    _, again = _cpu_of_drawing(state)
    assert again < 0.1
