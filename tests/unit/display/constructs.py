"""Builds pictures of runs with forms, subworkflows, waits and repetitions."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from pydantic import JsonValue

from mn_notebook.domain.layout import layout
from mn_notebook.domain.picture import (
    PictureApproval,
    PictureFormField,
    PictureItems,
    PictureNode,
    PictureScope,
    PictureWait,
    RunPicture,
)
from tests.unit.display.pictures import (
    BEGUN,
    a_node,
    a_run,
    an_approval,
    an_idle_node,
    drawn,
)

TEXT: dict[str, JsonValue] = {"type": "string"}


def a_field(
    name: str, type_text: str, schema: dict[str, JsonValue], *, required: bool = True
) -> PictureFormField:
    return PictureFormField(name=name, type_text=type_text, json_schema=schema, required=required)


FORM = (
    a_field("email", "str", TEXT),
    a_field("notes", "str?", {"anyOf": [TEXT, {"type": "null"}]}, required=False),
    a_field("copies", "int", {"type": "integer", "minimum": 1, "maximum": 9}),
    a_field("urgent", "bool", {"type": "boolean"}),
    a_field("tone", "calm | lively", {"type": "string", "enum": ["calm", "lively"]}),
    a_field(
        "region",
        "eu | us | apac | latam | mea | anz",
        {"type": "string", "enum": ["eu", "us", "apac", "latam", "mea", "anz"]},
    ),
    a_field("due", "date", {"type": "string", "format": "date"}),
    a_field(
        "call_at",
        "datetime?",
        {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]},
        required=False,
    ),
    a_field("cc", "list[str]", {"type": "array", "items": TEXT}),
    a_field(
        "limits",
        "dict[str, int]",
        {"type": "object", "additionalProperties": {"type": "integer"}},
    ),
)


def an_ask(**changes: object) -> PictureApproval:
    facts: dict[str, object] = {
        "id": "f1",
        "kind": "ask",
        "path": "contact",
        "step": "contact",
        "prompt": "Who should receive replies?",
        "calls": (),
        "fields": (),
        "evidence": "",
        "expires_at": BEGUN + timedelta(days=7),
        "then": "skip",
        "command": "%mn answer 4k2f contact email=… cc=…",
        "form": FORM,
    }
    return an_approval(**(facts | changes))


def a_chain(
    names: Sequence[str], nodes: Sequence[PictureNode] = (), scope: str = ""
) -> dict[str, object]:
    """Lay steps out one after the other, in the run's own graph or in a subworkflow."""
    edges = tuple(pairwise(names))
    drawing = layout(names, edges)
    known = {node.name: node for node in nodes}
    placed = []
    for name in names:
        x, y = drawing.positions[name]
        path = f"{scope}/{name}" if scope else name
        node = known.get(name) or an_idle_node(name)
        placed.append(node.model_copy(update={"x": x, "y": y, "path": path}))
    return {
        "nodes": tuple(placed),
        "edges": drawn(edges, drawing),
        "width": drawing.width,
        "height": drawing.height,
    }


def a_scope(path: str, workflow: str, status: str, chain: dict[str, object]) -> PictureScope:
    return PictureScope.model_validate(
        {"path": path, "workflow": workflow, "status": status, **chain}
    )


def an_asking_run(**changes: object) -> RunPicture:
    """A run with a form, an overdue approval, a wait for time and one for a signal."""
    waiting: dict[str, Any] = {"status": "waiting", "detail": "waits for you", "kind": "ask"}
    chain = a_chain(
        ("gather", "contact", "review", "cool_down", "replies"),
        (
            a_node("gather", path="gather", reused=True, cost_usd=None),
            an_idle_node("contact", **waiting),
            an_idle_node("review", **(waiting | {"kind": "approve"})),
            an_idle_node("cool_down", kind="wait", status="waiting", detail="until tomorrow"),
            an_idle_node("replies", kind="wait", status="waiting", detail="signal replies_in"),
        ),
    )
    overdue = an_approval(
        escalated=True, escalated_to="legal@example.org", redo="plan", calls=(), expires_at=None
    )
    waits = (
        PictureWait(path="cool_down", signal=None, until=BEGUN + timedelta(days=400), command=""),
        PictureWait(
            path="replies",
            signal="replies_in",
            until=BEGUN + timedelta(days=401),
            command="%mn signal replies_in --run 4k2f",
        ),
    )
    facts: dict[str, object] = {
        "status": "waiting",
        "status_text": "waiting for a person",
        "finished_at": None,
        "steps_done": 1,
        "steps_total": 5,
        "owner": "live",
        "approvals": (an_ask(), overdue),
        "waits": waits,
        "actions": ("pause", "cancel"),
        "reuses": "ab12cd34",
        "workflow_version": "3f9ac1",
        "next": "Answer what contact asks: `%mn answer 4k2f contact email=… cc=…`.",
    }
    return a_run(**(facts | chain | changes))


def a_nested_run(**changes: object) -> RunPicture:
    """A run with subworkflows in subworkflows, repetitions, a fallback and a failed step."""
    counts = PictureItems(total=4, succeeded=1, failed=1, running=1, waiting=0, skipped=1)
    calls: dict[str, Any] = {"kind": "workflow", "calls_workflow": "deep_check"}
    outer = a_chain(
        ("plan", "second_opinion", "send", "report"),
        (
            a_node("plan", iteration=2, at_most=4, detail="agent · 12 s"),
            an_idle_node(
                "second_opinion", status="running", detail="1 of 4, 1 failed", items=counts, **calls
            ),
            a_node(
                "send",
                kind="tool",
                status="failed",
                error="The mail server refused: 550 no such user.",
                actions=("retry", "skip"),
            ),
            a_node("report", stand_in="plain_report", detail="agent · 3 s"),
        ),
    )
    inner = {
        "read": a_node("read", detail="agent · 4 s"),
        "dig": an_idle_node(
            "dig", status="running", kind="workflow", calls_workflow="dig", detail="workflow"
        ),
    }
    scopes = (
        a_scope(
            "second_opinion[acme]",
            "deep_check",
            "running",
            a_chain(("read", "dig", "judge"), tuple(inner.values()), "second_opinion[acme]"),
        ),
        a_scope(
            "second_opinion[acme]/dig",
            "dig",
            "running",
            a_chain(
                ("find", "weigh"),
                (an_idle_node("find", status="running", detail="agent"),),
                "second_opinion[acme]/dig",
            ),
        ),
        a_scope(
            "second_opinion[globex]",
            "deep_check",
            "failed",
            a_chain(
                ("read", "dig", "judge"),
                (a_node("read", status="failed", error="No filing was found."),),
                "second_opinion[globex]",
            ),
        ),
    )
    facts: dict[str, object] = {
        "status": "running",
        "status_text": "running",
        "finished_at": None,
        "steps_done": 2,
        "steps_total": 4,
        "owner": "live",
        "scopes": scopes,
        "scopes_cut": 2,
        "actions": ("pause", "cancel", "retry"),
        "workflow_version": "3f9ac1",
        "next": "second_opinion goes on with 1 of 4 items.",
    }
    return a_run(**(facts | outer | changes))


def a_paused_run(**changes: object) -> RunPicture:
    """A run that a person paused."""
    facts: dict[str, object] = {
        "status": "paused",
        "status_text": "paused by ann",
        "finished_at": None,
        "owner": "live",
        "actions": ("resume", "cancel"),
        "next": "Nothing new begins until `%mn resume 4k2f`.",
    }
    return a_run(**(facts | changes))


def a_crowded_run() -> RunPicture:
    """Three hundred steps with long names, two hundred approvals, long texts."""
    names = [f"step_{index:03d}_{'with_a_rather_long_name_' * 3}"[:60] for index in range(300)]
    rows = [names[at : at + 20] for at in range(0, 300, 20)]
    edges = tuple(edge for row in rows for edge in pairwise(row))
    drawing = layout(names, edges)
    long = "word " * 2000
    nodes = tuple(
        a_node(name, drawing, path=name, output={"text": long}, output_cut=True) for name in names
    )
    asked = tuple(
        an_approval(id=f"a{index}", path=f"{names[0]}[{index}]", prompt=f"Send letter {index}?")
        for index in range(199)
    )
    return a_run(
        status="waiting",
        status_text="waiting for 200 decisions",
        finished_at=None,
        owner="live",
        steps_done=299,
        steps_total=300,
        cost_usd=Decimal("12.5"),
        nodes=nodes,
        edges=drawn(edges, drawing),
        width=drawing.width,
        height=drawing.height,
        approvals=(an_ask(prompt=long), *asked),
        output={"report": long},
        actions=("pause", "cancel"),
    )
