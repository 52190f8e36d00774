"""Builds pictures of runs, lines and outlines for the tests of displays."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from mn_notebook.domain.layout import Layout, layout
from mn_notebook.domain.outline import OutlineInput, OutlineNode, OutlineTool, WorkflowOutline
from mn_notebook.domain.picture import (
    PictureApproval,
    PictureCall,
    PictureEdge,
    PictureField,
    PictureItems,
    PictureNode,
    RunPicture,
)
from mn_notebook.domain.previews import CostPreview
from mn_notebook.domain.runline import RunLine
from mn_notebook.domain.workflow import Budget

if TYPE_CHECKING:
    from mn_notebook.domain.statuses import StepStatus

BEGUN = datetime(2026, 7, 3, 14, 2, tzinfo=UTC)
BRIEF = ("gather", "check", "draft", "review", "publish")
BRIEF_EDGES = (*pairwise(BRIEF), ("gather", "draft"), ("draft", "publish"))


def drawn(edges: Sequence[tuple[str, str]], drawing: Layout) -> tuple[PictureEdge, ...]:
    return tuple(
        PictureEdge(source=source, target=target, points=drawing.edges[source, target])
        for source, target in edges
    )


def a_node(name: str = "gather", drawing: Layout | None = None, **changes: object) -> PictureNode:
    x, y = drawing.positions[name] if drawing else (8.0, 8.0)
    facts: dict[str, object] = {
        "name": name,
        "kind": "agent",
        "status": "succeeded",
        "detail": "agent · 41 s",
        "attempts": 1,
        "cost_usd": Decimal("0.031"),
        "items": None,
        "error": None,
        "output": None,
        "output_cut": False,
        "model": "gpt-5.4-mini",
        "tokens_in": 3912,
        "tokens_out": 611,
        "x": x,
        "y": y,
        "width": 148.0,
        "height": 46.0,
    }
    return PictureNode.model_validate(facts | changes)


def an_idle_node(name: str, drawing: Layout | None = None, **changes: object) -> PictureNode:
    idle: dict[str, object] = {
        "status": "pending",
        "detail": "",
        "attempts": 0,
        "cost_usd": None,
        "model": None,
        "tokens_in": 0,
        "tokens_out": 0,
    }
    return a_node(name, drawing, **(idle | changes))


def a_call(**changes: object) -> PictureCall:
    facts: dict[str, object] = {
        "call_id": "c9",
        "tool": "publish_brief",
        "effect": "write",
        "args": {
            "title": "ACME brief",
            "body": "Revenue rose 11 % on services; guidance was kept.\nTwo of three facts hold.",
            "tags": ["earnings", "ACME"],
        },
        "key": "7f3a90c1",
    }
    return PictureCall.model_validate(facts | changes)


def an_approval(**changes: object) -> PictureApproval:
    facts: dict[str, object] = {
        "id": "a1",
        "kind": "approve",
        "path": "review",
        "step": "review",
        "prompt": "Publish this brief?",
        "calls": (a_call(),),
        "fields": (PictureField(path="draft.text", value="Revenue rose 11 %.", editable=True),),
        "evidence": "10-Q p. 14: services revenue increased",
        "requested_at": BEGUN + timedelta(minutes=4),
        "expires_at": BEGUN + timedelta(days=2),
        "then": "reject",
        "command": "%mn approve 4k2f review",
    }
    return PictureApproval.model_validate(facts | changes)


def a_run(**changes: object) -> RunPicture:
    """A run that is finished, with one step."""
    facts: dict[str, object] = {
        "rev": 31,
        "run_id": "01J4K2F",
        "short_id": "4k2f",
        "workflow": "earnings_brief",
        "title": "ACME",
        "status": "succeeded",
        "status_text": "succeeded",
        "scripted": False,
        "created_at": BEGUN,
        "finished_at": BEGUN + timedelta(minutes=5),
        "work_seconds": 188.0,
        "steps_done": 1,
        "steps_total": 1,
        "calls": 6,
        "tokens_in": 3912,
        "tokens_out": 611,
        "cost_usd": Decimal("0.0712"),
        "cost_floor_usd": Decimal("0.0712"),
        "budget_usd": Decimal("0.50"),
        "owner": "none",
        "nodes": (a_node(),),
        "edges": (),
        "width": 164.0,
        "height": 62.0,
        "approvals": (),
        "timeline": (),
        "timeline_cut": 0,
        "output": None,
        "output_cut": False,
        "error": None,
        "next": "Nothing is left to do.",
    }
    return RunPicture.model_validate(facts | changes)


def a_waiting_run(**changes: object) -> RunPicture:
    """A run that waits for a person to approve a write call."""
    drawing = layout(BRIEF, BRIEF_EDGES)
    items = PictureItems(total=3, succeeded=3, failed=0, running=0, waiting=0)
    nodes = (
        a_node("gather", drawing),
        a_node("check", drawing, detail="3 of 3", items=items, attempts=4, cost_usd="0.024"),
        a_node("draft", drawing, detail="agent · 38 s", cost_usd=Decimal("0.0163")),
        an_idle_node("review", drawing, kind="approve", status="waiting", detail="waits for you"),
        an_idle_node("publish", drawing, kind="tool", detail="tool · write"),
    )
    facts: dict[str, object] = {
        "status": "waiting",
        "status_text": "waiting for a person",
        "finished_at": None,
        "steps_done": 3,
        "steps_total": 5,
        "nodes": nodes,
        "edges": drawn(BRIEF_EDGES, drawing),
        "width": drawing.width,
        "height": drawing.height,
        "approvals": (an_approval(),),
        "next": "When you approve, publish calls publish_brief once, then the run succeeds.",
    }
    return a_run(**(facts | changes))


def a_failed_run(**changes: object) -> RunPicture:
    """A run whose only step failed, at a cost that is not fully known."""
    message = "The model refused three times: 'I cannot judge clauses.'"
    facts: dict[str, object] = {
        "status": "failed",
        "status_text": "failed",
        "cost_usd": None,
        "cost_floor_usd": Decimal("0.00129"),
        "steps_done": 0,
        "nodes": (a_node(status="failed", attempts=3, error=message, cost_usd=None),),
        "error": f"gather: {message}\nThe last answer was empty.",
        "next": "Change the step and go on with `%mn retry 4k2f gather`.",
    }
    return a_run(**(facts | changes))


def a_run_in_doubt(**changes: object) -> RunPicture:
    """A run with a write that was begun and whose outcome is unknown."""
    approval = an_approval(
        kind="in_doubt",
        path="send[14]",
        step="send",
        prompt="Was this mail sent?",
        calls=(a_call(tool="send_mail", args={"to": "b@example.org", "body": ""}),),
        fields=(),
        evidence="",
        expires_at=None,
        then=None,
        command="%mn settle 4k2f c9",
    )
    facts: dict[str, object] = {
        "status": "waiting",
        "status_text": "a call is in doubt",
        "finished_at": None,
        "owner": "gone",
        "scripted": True,
        "nodes": (an_idle_node("send", None, kind="tool", status="in_doubt", detail="in doubt"),),
        "approvals": (approval,),
        "next": "Say whether the mail was sent.",
    }
    return a_run(**(facts | changes))


def an_empty_run(**changes: object) -> RunPicture:
    """A run that has not begun."""
    facts: dict[str, object] = {
        "rev": 1,
        "title": "",
        "status": "queued",
        "status_text": "queued",
        "finished_at": None,
        "work_seconds": 0.0,
        "steps_done": 0,
        "steps_total": 0,
        "calls": 0,
        "tokens_in": 0,
        "tokens_out": 0,
        "cost_usd": None,
        "cost_floor_usd": Decimal(0),
        "budget_usd": None,
        "nodes": (),
        "width": 0.0,
        "height": 0.0,
        "next": "A worker takes it up.",
    }
    return a_run(**(facts | changes))


def a_huge_run(items: int = 1000) -> RunPicture:
    """A run over very many items, with approvals of many and a very long output."""
    names = [f"step_{index}" for index in range(12)]
    edges = tuple(pairwise(names))
    drawing = layout(names, edges)
    counts = PictureItems(total=items, succeeded=items - 7, failed=3, running=0, waiting=4)
    status: StepStatus = "waiting"
    nodes = [
        a_node(name, drawing, detail=f"{items - 7} of {items}", items=counts, status=status)
        for name in names
    ]
    asked = [an_approval(id=f"a{i}", path=f"step_0[{i}]", kind="call") for i in range(items)]
    return a_waiting_run(
        nodes=tuple(nodes),
        edges=drawn(edges, drawing),
        width=drawing.width,
        height=drawing.height,
        approvals=tuple(asked),
        output=[{"item": index, "text": "word " * 20} for index in range(items)],
        output_cut=True,
    )


def a_line(**changes: object) -> RunLine:
    facts: dict[str, object] = {
        "run_id": "01J4K2F",
        "short_id": "4k2f",
        "workflow": "earnings_brief",
        "title": "ACME",
        "status": "succeeded",
        "status_text": "succeeded",
        "created_at": BEGUN,
        "finished_at": BEGUN + timedelta(minutes=4, seconds=12),
        "steps_done": 5,
        "steps_total": 5,
        "cost_usd": Decimal("0.0712"),
        "cost_floor_usd": Decimal("0.0712"),
        "waiting": 0,
        "origin": "briefs.ipynb",
        "owner": "none",
    }
    return RunLine.model_validate(facts | changes)


def some_lines() -> tuple[RunLine, ...]:
    waiting = {"status": "waiting", "status_text": "waiting for a person", "finished_at": None}
    failed = {"status": "failed", "status_text": "failed: clauses", "steps_done": 2}
    unknown = {"cost_usd": None, "cost_floor_usd": Decimal("0.00129")}
    return (
        a_line(short_id="9c1d", waiting=1, steps_done=4, **waiting),
        a_line(title="GLOBEX"),
        a_line(short_id="77aa", workflow="legal_review", title="", **failed, **unknown),
    )


def an_outline(**changes: object) -> WorkflowOutline:
    drawing = layout(BRIEF, BRIEF_EDGES)
    kinds = ("agent", "agent", "agent", "approve", "tool")
    details = ("agent · 1 tool", "for each of gather.facts", "agent", "expires after 2 d", "tool")
    tools = {
        "gather": (OutlineTool(name="search_filings", effect="read"),),
        "check": (OutlineTool(name="search_filings", effect="read"),),
        "publish": (OutlineTool(name="publish_brief", effect="write"),),
    }
    nodes = tuple(
        OutlineNode(
            name=name,
            kind=kind,
            detail=detail,
            tools=tools.get(name, ()),
            asks_person=kind == "approve",
            x=drawing.positions[name][0],
            y=drawing.positions[name][1],
            width=148.0,
            height=46.0,
        )
        for name, kind, detail in zip(BRIEF, kinds, details, strict=True)
    )
    facts: dict[str, object] = {
        "name": "earnings_brief",
        "group": "briefs",
        "about": "A one-page brief of a quarter.",
        "version": "3f9ac1",
        "inputs": (
            OutlineInput(name="ticker", type="str", default=None),
            OutlineInput(name="tone", type="calm | lively", default="calm"),
        ),
        "nodes": nodes,
        "edges": drawn(BRIEF_EDGES, drawing),
        "width": drawing.width,
        "height": drawing.height,
        "warnings": ("Step check has no ceiling on its items.",),
        "may_do": (
            "calls 1 write tool: publish_brief, after your approval",
            "asks a person once, in step review",
        ),
        "max_model_calls": 14,
    }
    return WorkflowOutline.model_validate(facts | changes)


def a_preview(**changes: object) -> CostPreview:
    """What a run of it costs."""
    facts: dict[str, object] = {
        "workflow": "earnings_brief",
        "version": "3f9ac1",
        "models": (),
        "scripted": False,
        "budget": Budget(),
    }
    return CostPreview.model_validate(facts | changes)
