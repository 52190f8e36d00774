"""Hand-written cases, each about one thing that a crash could spoil."""

from decimal import Decimal
from typing import get_args

from pydantic import JsonValue

from mn_notebook.domain.ids import StepName
from mn_notebook.domain.state import RunState
from mn_notebook.domain.workflow import Budget, Cache, Expiry, Join, JoinRule, Redo, Repeat
from mn_notebook.ports import Ceiling
from tests.simulation.cases import (
    QUICK,
    Behaviour,
    Case,
    Control,
    again,
    agent,
    approve,
    ask,
    blind,
    calls,
    child,
    each,
    python,
    tool,
    wait,
    workflow,
)

WRITES = tool("send", "send", "review").model_copy(
    update={"args": {"me": "send", "item": None, "given": "{{ review.draft.value }}"}}
)

NEVER = frozenset({None})


def given(path: str) -> dict[str, JsonValue]:
    return {"path": path, "has_value": True, "value": {"value": "given", "n": 1}}


def begins(state: RunState) -> bool:
    return state.phase == "started"


def both_wait(state: RunState) -> bool:
    return len(state.awaited.get("go", ())) == 2


GO: dict[str, JsonValue] = {"name": "go", "value": "go"}


def first_waits(state: RunState) -> bool:
    return "turns[0]" in state.instances


def both_are_skipped(state: RunState) -> bool:
    return {"turns[1]", "turns[3]"} <= set(state.instances)


STORIES: dict[str, Case] = {
    "python": Case(
        workflow(python("a"), python("b", "a"), python("c", "a"), python("d", "b", "c"))
    ),
    "tools": Case(
        workflow(
            tool("look", "look"),
            tool("put", "put", "look", retry=QUICK),
            tool("send", "send", "put"),
            tool("post", "post", "put"),
        ),
        {"put": Behaviour(transient=2)},
    ),
    "doubt": Case(
        workflow(
            tool("post", "gone", retry=QUICK),
            tool("post", "done", retry=QUICK),
            tool("send", "sent", retry=QUICK),
        ),
        {
            "gone": Behaviour(doubt="not_happened"),
            "done": Behaviour(doubt="happened"),
            "sent": Behaviour(doubt="not_happened", transient=1),
        },
    ),
    "agent": Case(
        workflow(agent("a", tools=("look", "put", "send", "post"), retry=QUICK)),
        {"a": Behaviour(turns=(("look", "put"), ("send",), ("post",), ("malformed",), ()))},
    ),
    "agent that breaks": Case(
        workflow(agent("a", tools=("send", "look"), retry=QUICK), agent("b", "a", retry=QUICK)),
        {
            "a": Behaviour(transient=1, turns=(("send",), ("look",), ())),
            "b": Behaviour(transient=2, turns=(("malformed",), ("malformed",), ())),
        },
    ),
    "budget": Case(
        workflow(
            agent("a", each=each("[0, 1, 2, 3]"), retry=QUICK, budget=Budget(tokens=5_000)),
            agent("b", "a", tools=("look", "send"), retry=QUICK),
            python("c", "b"),
        ),
        {
            "a": Behaviour(transient=1),
            "b": Behaviour(turns=(("look",), ("send",), ("malformed",), ())),
        },
        budget=Budget(calls=3, usd=Decimal(1)),
    ),
    "budget of a day": Case(
        workflow(
            agent("a", each=each("[0, 1, 2, 3]"), retry=QUICK),
            agent("b", "a", tools=("look",), retry=QUICK),
        ),
        {"a": Behaviour(transient=1), "b": Behaviour(turns=(("look",), ()))},
        ceilings=(
            Ceiling("", Budget(calls=4)),
            Ceiling("simulated", Budget(tokens=5_000)),
        ),
    ),
    "ladder": Case(
        workflow(
            agent(
                "a",
                tools=("look", "send"),
                model="small",
                ladder=("large",),
                unsure="output.n >= 0",
                retry=QUICK,
            ),
            agent("b", "a", model="small", ladder=("large",), retry=QUICK),
        ),
        {
            "a": Behaviour(turns=(("look",), ("send",), ())),
            "b": Behaviour(turns=(("malformed",), ("malformed",), ())),
        },
    ),
    "calls that are shared": Case(
        workflow(
            agent("a", each=each("[0, 1, 0, 0]", concurrency=3), names_item=True, retry=QUICK),
            tool("look", "b", each=each("[0, 0, 1, 0]"), cache=Cache(scope="run"), retry=QUICK),
            python("c", "a", "b"),
        ),
        {"a": Behaviour(transient=1), "b": Behaviour(transient=1)},
    ),
    "agent in schema mode": Case(
        workflow(agent("a", tools=("look", "post"))),
        {"a": Behaviour(turns=(("look",), ("post",), ("unknown",), ()))},
        tool_mode="schema",
    ),
    "approval": Case(
        workflow(
            python("draft"),
            approve(
                "review", "draft", edit=("draft.value",), authorises=StepName("send")
            ).model_copy(update={"expires": Expiry(after_seconds=3600.0)}),
            WRITES,
            python("after", "send"),
        ),
        {"review": Behaviour(decision="edit")},
    ),
    "rejection": Case(
        workflow(
            python("draft"),
            approve("review", "draft", edit=("draft.value",), authorises=StepName("send")),
            WRITES,
            python("other", "draft"),
        ),
        {"review": Behaviour(decision="reject")},
    ),
    "silence": Case(
        workflow(
            approve("review", expires=Expiry(after_seconds=3.0)),
            python("after", "review"),
            python("other"),
        ),
        {"review": Behaviour(decision="absent")},
    ),
    "items": Case(
        workflow(
            python("items", each=each(concurrency=2, on_error="collect"), retry=QUICK),
            tool("post", "sent", "items", each=each("[0, 1]", concurrency=1)),
            python("after", "sent", when="items | length == 2"),
            python("never", "after", when="items | length == 3"),
            python("nor", "never"),
        ),
        {"items": Behaviour(permanent_items=frozenset({"1"}), transient=1)},
    ),
    "nothing to fan out": Case(
        workflow(python("items", each=each("[]")), python("after", "items"))
    ),
    "failure": Case(
        workflow(python("a"), python("b", "a"), python("c", "b")),
        {"b": Behaviour(permanent_items=frozenset({None}))},
    ),
    "joins": Case(
        workflow(
            python("good"),
            python("bad", on_failure="continue"),
            python("left", when="false"),
            *(
                blind(python(rule, "good", "bad", "left", join=Join(rule=rule)))
                for rule in get_args(JoinRule)
            ),
            blind(python("after", "all_success", "one_done", join=Join(rule="one_success"))),
        ),
        {"bad": Behaviour(permanent_items=frozenset({None}))},
    ),
    "fallback": Case(
        workflow(
            python("good", fallback="spare"),
            python("spare"),
            python("bad", fallback="rescue"),
            python("slow", "good"),
            python("rescue", "slow"),
            python("worse", fallback="vain", on_failure="skip"),
            python("vain"),
            python("after", "good", "bad"),
            python("never", "worse"),
        ),
        {name: Behaviour(permanent_items=frozenset({None})) for name in ("bad", "worse", "vain")},
    ),
    "iterations": Case(
        workflow(
            again(python("a", repeat=Repeat(until="a.n % 5 == 0", at_most=4))),
            again(
                python(
                    "items",
                    "a",
                    each=each("[0, 1]"),
                    repeat=Repeat(until="items.n % 3 == 0", at_most=3),
                    retry=QUICK,
                )
            ),
            again(agent("c", "items", repeat=Repeat(until="c.n % 2 == 0", at_most=2))),
        ),
        {"items": Behaviour(transient=1)},
    ),
    "redo": Case(
        workflow(
            again(python("draft")),
            python("items", "draft", each=each("[0, 1]")),
            calls("sub", "inner", "draft"),
            approve("side", "draft"),
            approve("review", "items", "sub", "side", on_reject=Redo(target=StepName("draft"))),
            python("after", "review", "draft"),
        ).linked({"inner": child(python("x"), python("y", "x"))}),
        {"review": Behaviour(decision="reject once")},
    ),
    "redo of items": Case(
        workflow(
            again(
                python("draft", each=each("[0, 1]"), repeat=Repeat(until="draft.n > 4", at_most=2))
            ),
            approve("review", "draft", on_reject=Redo(target=StepName("draft"))),
        ),
        {"review": Behaviour(decision="reject once")},
    ),
    "redo to the bound": Case(
        workflow(
            again(tool("put", "draft")),
            approve("review", "draft", on_reject=Redo(target=StepName("draft"), at_most=1)),
            python("after", "review"),
        ),
        {"review": Behaviour(decision="reject")},
    ),
    "graphs in graphs": Case(
        workflow(
            calls("outer", "middle", each=each("[0, 1]", on_error="collect")),
            python("after", "outer"),
        ).linked(
            {
                "middle": child(
                    python("m"),
                    calls("deep", "inner", "m", each=each("[0, 1]", concurrency=1)),
                ).linked({"inner": child(python("x"), tool("send", "y", "x"))})
            }
        ),
        {"x": Behaviour(permanent_items=frozenset({"1/1"}))},
    ),
    "forms": Case(
        workflow(
            ask("told"),
            ask("declined", on_failure="continue"),
            ask("late", expires=Expiry(after_seconds=3.0, then="skip")),
            ask("urgent", expires=Expiry(after_seconds=1.0, then="escalate")),
            python("after", "told", "declined", join=Join(rule="all_done")),
            python("never", "late"),
        ),
        {"declined": Behaviour(decision="reject"), "late": Behaviour(decision="absent")},
        slow=False,
    ),
    "waits": Case(
        workflow(
            wait("short", duration="3s"),
            wait("past", until="2001-01-01"),
            wait("early", "short", signal="early"),
            wait("first", signal="go"),
            wait("second", signal="go"),
            wait("never", signal="never", timeout_seconds=5.0, on_failure="continue"),
            python("after", "early", "first", "second", "past"),
        ),
        slow=False,
        controls=(
            Control("signal", begins, {"name": "early", "value": 1}),
            Control("signal", both_wait, {"name": "go", "value": 2}),
        ),
    ),
    "too long": Case(
        workflow(
            calls("sub", "inner", timeout_seconds=4.0, on_failure="continue"),
            python("after", "sub", join=Join(rule="all_done")),
        ).linked({"inner": child(approve("asked"), wait("w", duration="1h"))}),
        {"asked": Behaviour(decision="absent")},
    ),
    "time again": Case(
        workflow(
            calls("sub", "inner", timeout_seconds=4.0, retry=QUICK),
            python("after", "sub"),
        ).linked({"inner": child(python("x"), wait("w", "x", duration="9s"), python("y", "w"))}),
        slow=False,
        confluent=False,  # What is held up may still be at `y`, a thread, when the time is over.
    ),
    "pause": Case(
        workflow(python("a"), tool("post", "b"), agent("c", tools=("look",)), python("d", "a")),
        {"c": Behaviour(turns=(("look",), ()))},
        controls=(
            Control("pause", lambda state: state.head > 4),
            Control("resume", lambda state: state.paused),
        ),
    ),
    "retry": Case(
        workflow(
            python("a"),
            calls("sub", "inner", "a"),
            python("c", "a", each=each("[0, 1]", on_error="quorum", quorum=1.0)),
        ).linked({"inner": child(python("x"), python("y", "x"), python("z", "y"))}),
        {
            "y": Behaviour(permanent_items=frozenset({"sub"}), until_healed=True),
            "c": Behaviour(permanent_items=frozenset({"1"}), until_healed=True),
        },
        controls=(Control("retry", lambda state: state.phase == "failed", heals=True),),
        # Whether both had failed by then, or one was given up, is left to chance.
        confluent=False,
    ),
    "skips": Case(
        workflow(
            approve("absent"),
            python("after", "absent"),
            wait("stuck", signal="never"),
            python("nor", "stuck"),
        ),
        {"absent": Behaviour(decision="absent")},
        slow=False,
        controls=(
            Control("skip", lambda state: bool(state.approvals), given("absent")),
            Control("skip", begins, {"path": "stuck", "because": "nobody will"}),
        ),
    ),
    "skips ahead": Case(
        workflow(
            wait("turns", signal="go", for_each=each("[0, 1, 2, 3]", concurrency=1)),
            python("after", "turns"),
        ),
        slow=False,
        controls=(
            Control("skip", first_waits, given("turns[1]")),
            Control("skip", first_waits, {"path": "turns[3]", "because": "nobody will"}),
            Control("signal", both_are_skipped, GO),
            Control("signal", lambda state: "turns[2]" in state.instances, GO),
        ),
    ),
    "override": Case(
        workflow(python("bad"), python("end", "bad")),
        {"bad": Behaviour(permanent_items=NEVER)},
        slow=False,
        controls=(Control("skip", lambda state: state.phase == "failed", given("bad")),),
    ),
    "writing function": Case(workflow(python("a", effect="write"), python("b", "a"))),
    "large values": Case(
        workflow(python("a"), python("b", "a"), agent("c", "b")),
        {"a": Behaviour(large=True), "c": Behaviour(large=True)},
    ),
}
