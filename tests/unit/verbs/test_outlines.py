"""Outlines: what a workflow may do, before it does anything."""

import pytest

from mn_notebook.agents.tools import REGISTRY, make_tool
from mn_notebook.domain.outline import WorkflowOutline
from mn_notebook.language import parse_cell
from mn_notebook.verbs.outlines import outline_of


def look_up(q: str) -> str:
    """Look."""
    return q


def send_it(text: str) -> str:
    """Send."""
    return text


@pytest.fixture(autouse=True)
def _tools() -> None:
    REGISTRY.add(make_tool(look_up, effect="read", name="outlined_look_up"))
    REGISTRY.add(make_tool(send_it, effect="write", name="outlined_send"))


def outline(text: str) -> WorkflowOutline:
    return outline_of(parse_cell("w", text).workflow)


def test_outline_says_what_a_workflow_may_do() -> None:
    """Tools with their effects, people, code and the most model calls are told."""
    shown = outline("""
inputs: {q: str, n: {type: int, default: 3}}
steps:
  ask:
    agent: "{{ inputs.q }} {{ inputs.n }}"
    tools: [outlined_look_up]
    turns: 2
    retry: {attempts: 1}
  review: {approve: ok?, for: send, show: [ask]}
  send: {tool: outlined_send, args: {text: x}, needs: [review]}
  act: {tool: outlined_send, args: {text: "{{ ask }}"}}
  code: {python: "a:b", args: {x: "{{ ask }}"}}
""")
    assert shown.max_model_calls == 4
    assert shown.may_do == (
        "calls 1 write tool: outlined_send, each call after a person's approval",
        "calls 1 read tool: outlined_look_up",
        "asks a person at 1 step",
        "runs 1 Python function: a:b",
    )
    asks = {node.name: node.asks_person for node in shown.nodes}
    assert asks == {"ask": False, "review": True, "send": False, "act": True, "code": False}
    assert [(entry.name, entry.default) for entry in shown.inputs] == [("q", None), ("n", "3")]
    assert ("ask", "review") in [(edge.source, edge.target) for edge in shown.edges]


def test_unknown_tool_is_taken_for_the_worst() -> None:
    """A tool that nobody knows yet may write."""
    shown = outline("steps:\n  one: {tool: nobody_knows, args: {}}\n")
    assert shown.nodes[0].tools[0].effect == "write"
    assert shown.max_model_calls == 0


def test_calls_are_counted_through_iterations_redos_and_what_is_called() -> None:
    """The most model calls are those of every iteration, of every redo and of every child."""
    child = parse_cell("child", "steps:\n  a: {agent: hi, retry: {attempts: 1}}\n").workflow
    once = outline_of(child).max_model_calls
    workflow = parse_cell(
        "w",
        """
steps:
  draft: {agent: hi, retry: {attempts: 1}, repeat_until: "draft != ''", at_most: 2}
  review: {approve: ok?, show: [draft], on_reject: {redo: draft, at_most: 3}}
  child: {workflow: child, for_each: "[1, 2]", needs: [review]}
""",
    ).workflow
    assert once is not None
    shown = outline_of(workflow.linked({"child": child}))
    assert shown.max_model_calls == once * (2 * 4 + 2)


@pytest.mark.parametrize(
    ("for_each", "most"),
    [
        pytest.param("for_each: inputs.names", None, id="nobody bounds it"),
        pytest.param("for_each: inputs.given", 6, id="a default says how many"),
        pytest.param("for_each: '[]'", 0, id="none"),
    ],
)
def test_no_silly_number_is_given_for_a_list_of_any_length(for_each: str, most: int | None) -> None:
    """A thousand items that nobody has spoken of say nothing of how many calls there will be."""
    shown = outline(f"""
inputs: {{names: "list[str]", given: {{type: "list[str]", default: [a, b]}}}}
steps:
  one:
    {for_each}
    agent: "{{{{ item }}}}"
    retry: {{attempts: 1}}
""")
    assert shown.max_model_calls == most
