"""Pictures of large runs: small, true, and about what matters."""

import json
from typing import Any

import pytest

from mn_notebook.display import definition_html, run_html, run_markdown, run_text
from mn_notebook.domain.condensing import MAX_BOXES
from mn_notebook.domain.drawing import MAX_ROWS
from mn_notebook.domain.people_pictures import APPROVALS_ROOM, MAX_APPROVALS
from mn_notebook.domain.picture import RunPicture
from mn_notebook.domain.step_pictures import MAX_TELLING
from mn_notebook.domain.values import Stored
from mn_notebook.domain.workflow import Workflow
from mn_notebook.verbs.outlines import outline_of
from tests.unit.domain.test_drawing import a_workflow, asks, drawn, fact

MOST_HTML = 200_000
MOST_JSON = 150_000
LONG = "x" * 5_000


def chain(steps: int) -> Workflow:
    return a_workflow(
        *({"name": f"s{n}", "needs": [f"s{n - 1}"] if n else []} for n in range(steps))
    )


def fan(steps: int) -> Workflow:
    middle = [f"m{n}" for n in range(steps - 2)]
    return a_workflow(
        {"name": "first"},
        *({"name": name, "needs": ["first"]} for name in middle),
        {"name": "last", "needs": middle},
    )


def did(*names: str) -> list[Any]:
    """Return what happened at steps that succeeded, each with a long output."""
    output = Stored(value=LONG)
    return [
        event
        for name in names
        for event in (
            fact("step.started", name),
            fact("step.succeeded", name, output=output),
        )
    ]


def sizes_are_bounded(picture: RunPicture) -> None:
    assert len(json.dumps(picture.model_dump(mode="json"))) < MOST_JSON
    for told in (run_html(picture), run_markdown(picture), run_text(picture)):
        assert len(told) < MOST_HTML


def counted(picture: RunPicture) -> int:
    return sum(node.stands_for or 1 for node in picture.nodes)


def test_a_chain_of_thousands_shows_where_it_is() -> None:
    """The step under way stands for itself; the others are counted by how they stand."""
    workflow = chain(3_000)
    events = [*did(*(f"s{n}" for n in range(100))), fact("step.started", "s100")]
    picture = drawn(workflow, *events)
    assert len(picture.nodes) <= MAX_BOXES
    assert (counted(picture), picture.steps_total, picture.steps_done) == (3_000, 3_000, 100)
    assert {node.name: node.status for node in picture.nodes if not node.stands_for} == {
        "s0": "succeeded",
        "s1": "succeeded",
        "s99": "succeeded",
        "s100": "running",
        "s101": "pending",
        "s2998": "pending",
        "s2999": "pending",
    }
    done = next(node for node in picture.nodes if node.name == "s2 … s98")
    assert done.items is not None
    assert (done.items.total, done.items.succeeded, done.status) == (97, 97, "succeeded")
    sizes_are_bounded(picture)


def test_those_in_trouble_come_before_those_at_work() -> None:
    """Of thousands of steps the failed one is seen, though many more are under way."""
    started = [fact("step.started", f"m{n}") for n in range(1_500)]
    failed = fact("step.failed", "m1234", final=True)
    picture = drawn(fan(2_000), *did("first"), *started, failed)
    shown = {node.name for node in picture.nodes if not node.stands_for}
    assert {"first", "last", "m1234"} <= shown
    assert counted(picture) == 2_000
    for told in (run_html(picture), run_markdown(picture), run_text(picture)):
        assert "m1234" in told
        assert "put together" in told
    sizes_are_bounded(picture)


@pytest.mark.parametrize("steps", [MAX_BOXES, MAX_BOXES + 1])
def test_a_graph_is_condensed_only_when_it_is_large(steps: int) -> None:
    """Up to the bound every step has its box; beyond it there are fewer boxes than that."""
    picture = drawn(chain(steps))
    is_whole = all(not node.stands_for for node in picture.nodes)
    assert is_whole == (steps <= MAX_BOXES)
    assert counted(picture) == steps


def test_the_largest_whole_graph_is_bounded_too() -> None:
    """As many steps as have boxes, each with a long name, a long output and a long error."""
    names = [f"step_with_a_long_name_{n}" for n in range(MAX_BOXES)]
    workflow = a_workflow(*({"name": name} for name in names))
    error = {"type": "ValueError", "message": "no " * 10_000, "permanent": True}
    half = len(names) // 2
    events = [
        *did(*names[:half]),
        *(fact("step.started", name) for name in names[half:]),
        *(fact("step.failed", name, final=True, error=error) for name in names[half:]),
    ]
    picture = drawn(workflow, *events)
    assert len(picture.nodes) == MAX_BOXES
    sizes_are_bounded(picture)


def test_of_a_thousand_items_those_that_matter_are_named() -> None:
    """All are counted by their status; some of the failed and of the running ones are named."""
    keys = tuple(str(n) for n in range(1_000))
    events = [fact("step.expanded", items=Stored(value=list(range(1_000))), keys=keys)]
    for item, key in enumerate(keys[:900]):
        events.append(fact("step.started", f"act[{key}]", item=item))
        if item < 850:
            kind = "step.failed" if item % 97 == 5 else "step.succeeded"
            more = {"final": True} if kind == "step.failed" else {}
            events.append(fact(kind, f"act[{key}]", **more))
    workflow = a_workflow({"name": "act", "for_each": {"over": "x", "on_error": "collect"}})
    picture = drawn(workflow, *events)
    items = picture.nodes[0].items
    assert items is not None
    assert (items.total, items.succeeded, items.failed, items.running) == (1_000, 841, 9, 50)
    named = [(item.status, item.key) for item in items.telling]
    assert named[:2] == [("failed", "5"), ("failed", "102")]
    assert named[MAX_TELLING] == ("running", "850")
    assert len(named) == 2 * MAX_TELLING
    assert len(picture.timeline) == MAX_ROWS
    assert all(row.status == "running" for row in picture.timeline)
    sizes_are_bounded(picture)
    for told in (run_html(picture), run_markdown(picture).replace("\\", ""), run_text(picture)):
        assert "9 failed:" in " ".join(told.split())
        assert "50 running:" in " ".join(told.split())


def test_of_many_questions_the_oldest_are_whole_and_the_others_counted() -> None:
    """A picture holds questions up to a bound, and never a part of one."""
    steps = [{"name": f"a{n}"} for n in range(200)]
    questions = []
    for n in range(200):
        questions += [
            fact("step.started", f"a{n}"),
            asks(
                "call",
                path=f"a{n}",
                approval_id=f"q{n}",
                prompt=LONG,
            ),
        ]
    picture = drawn(a_workflow(*steps), *questions)
    assert 0 < len(picture.approvals) <= MAX_APPROVALS
    assert len(picture.approvals) + picture.approvals_cut == 200
    assert all(asking.prompt == LONG for asking in picture.approvals)
    assert [asking.id for asking in picture.approvals[:2]] == ["q0", "q1"]
    told = sum(len(asking.model_dump_json()) for asking in picture.approvals)
    assert told <= APPROVALS_ROOM
    assert f"{200 - len(picture.approvals)} more approvals" in run_text(picture)
    sizes_are_bounded(picture)


def test_a_question_larger_than_the_bound_is_whole() -> None:
    """What is approved must be seen: a question alone is never cut."""
    large = "y" * (2 * APPROVALS_ROOM)
    picture = drawn(a_workflow({"name": "act"}), fact("step.started"), asks("call", prompt=large))
    assert [asking.prompt for asking in picture.approvals] == [large]


@pytest.mark.parametrize("workflow", [chain(3_000), fan(3_000)], ids=["chain", "fan"])
def test_a_definition_of_thousands_of_steps_is_bounded(workflow: Workflow) -> None:
    """The display of a workflow that is not yet run, too."""
    outline = outline_of(workflow)
    assert sum(node.stands_for or 1 for node in outline.nodes) == 3_000
    html = definition_html(outline)
    assert "3,000 steps" in html
    assert len(html) < MOST_HTML
