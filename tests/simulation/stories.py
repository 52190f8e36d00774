"""Hand-written cases, each about one thing that a crash could spoil."""

from mn_notebook.domain.ids import StepName
from mn_notebook.domain.workflow import Expiry
from tests.simulation.cases import (
    QUICK,
    Behaviour,
    Case,
    agent,
    approve,
    each,
    python,
    tool,
    workflow,
)

WRITES = tool("send", "send", "review").model_copy(
    update={"args": {"me": "send", "item": None, "given": "{{ review.draft.value }}"}}
)

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
    "writing function": Case(workflow(python("a", effect="write"), python("b", "a"))),
    "large values": Case(
        workflow(python("a"), python("b", "a"), agent("c", "b")),
        {"a": Behaviour(large=True), "c": Behaviour(large=True)},
    ),
}
