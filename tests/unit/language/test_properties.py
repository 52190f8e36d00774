"""What holds for every text."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mn_notebook.errors import DefinitionError, Problem
from mn_notebook.language import parse_cell, parse_file, with_examples

SLOW = settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])

letters = st.text(list("ab:-#{}[]|>'\"*&!%@`,? \n\t\\.0"), max_size=60)
pieces = st.lists(
    st.sampled_from(
        [
            *[
                "steps:",
                "a:",
                "agent:",
                "tool:",
                "{",
                "}",
                "[",
                "]",
                "{{a}}",
                "{{",
                "for_each:",
                "when:",
                "inputs:",
                "output:",
            ],
            *[
                "list[str]",
                "'",
                "|",
                ">",
                "-",
                "*a",
                "&a",
                "!t",
                "---",
                "needs:",
                "limits:",
                "5m",
                ":",
                "approve:",
                "for:",
                "edit:",
            ],
            *[
                "ask:",
                "fields:",
                "wait:",
                "until:",
                "signal:",
                "workflow:",
                "repeat_until:",
                "at_most:",
            ],
            *[
                "join:",
                "{quorum_success:",
                "fallback:",
                "on_reject:",
                "redo:",
                "feedback",
                "previous",
            ],
            *["examples:", "retry:", "<<:", "?", "#", "x", '"'],
            *("\n", "\n  ", "\n    ", " ", "\t", "\u2028", "\x85"),
        ]
    ),
    max_size=25,
).map("".join)


@SLOW
@given(st.text(max_size=80) | letters | pieces)
def test_any_text_is_a_workflow_or_a_definition_error(text: str) -> None:
    """Garbage never raises anything else, and every problem has its place in the text."""
    problems: tuple[Problem, ...] = ()
    try:
        assert parse_cell("w", text).workflow.steps
    except DefinitionError as error:
        problems = error.problems
    assert all(problem.line >= 1 and problem.column >= 1 for problem in problems)


@st.composite
def workflows(draw: Any) -> str:
    """Write a workflow in which each step may use the ones before it."""
    lines = ["inputs:", "  x: list[str]", "  n: {type: int, default: 3}", "steps:"]
    before: list[str] = []
    for number in range(draw(st.integers(1, 6))):
        name = f"s{number}"
        used = draw(st.lists(st.sampled_from(before), max_size=2)) if before else []
        prompt = "Look at {{ inputs.x }}" + "".join(f" and {{{{ {other} }}}}" for other in used)
        kind = draw(st.sampled_from(["agent", "tool", "python", "approve"]))
        lines.append(f"  {name}:")
        if kind == "agent":
            lines += ["    agent: |", f"      {prompt}"]
        elif kind == "approve":
            lines += [f"    approve: '{prompt}'", f"    show: [{', '.join(used)}]"]
        else:
            lines += [f"    {kind}: do_it", f"    args: {{a: '{prompt}'}}"]
        if kind != "approve":
            if draw(st.booleans()):
                lines += ["    for_each: inputs.x", "    as: one", "    key: one"]
            lines += draw(st.sampled_from([[], ["    timeout: 5m"], ["    retry: {attempts: 2}"]]))
        if draw(st.booleans()):
            lines.append("    when: inputs.n > 2")
        before.append(name)
    return "\n".join(lines) + "\n"


@SLOW
@given(workflows())
def test_right_text_becomes_its_workflow(text: str) -> None:
    """Steps arrive in their order and need only what stands before them; a file is the same."""
    workflow = parse_cell("w", text).workflow
    names = [step.name for step in workflow.steps]
    assert names == [f"s{number}" for number in range(len(names))]
    for position, step in enumerate(workflow.steps):
        assert set(step.needs) <= set(names[:position])
        assert set(step.uses) <= set(step.needs)
    file = with_examples(text, "w", {"x": ["a"]})
    assert parse_file(file).workflow.hash == workflow.hash
