"""A workflow that is built in Python is the one that its text says."""

import textwrap
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import BaseModel

import mn_notebook as mn
from mn_notebook.domain.workflow import AgentStep, PythonStep, ToolStep, WaitStep, WorkflowStep
from mn_notebook.errors import DefinitionError, UsageError
from mn_notebook.language import Catalog, parse_file


class Letter(BaseModel):
    """A model of the notebook."""

    to: str
    body: str


def pick_risky(profiles: list[Any]) -> list[Any]:
    return profiles


def full() -> mn.Workflow:
    """Build a workflow with every kind of step."""
    flow = mn.Workflow(
        "review",
        inputs={"names": list[str], "region": {"type": Literal["eu", "us"], "default": "eu"}},
        outputs={"report": "{{ report }}"},
        group="operations",
        about="Screens suppliers.",
        defaults={"model": "gpt-5.4-mini", "timeout": timedelta(minutes=5)},
        limits={"steps": 8, "calls_per_minute": 60},
        tools=["search", "package.module:send_mail"],
    )
    flow.agent(
        "profile",
        "What is known about {{ supplier }} in {{ inputs.region }}?",
        tools=[{"search": {"region": "{{ inputs.region }}"}}],
        output={"risk": "low | medium | high", "letters": list[Letter]},
        for_each="inputs.names",
        as_="supplier",
        key="supplier",
        on_error="collect",
        timeout="2m",
    )
    flow.python("risky", pick_risky, args={"profiles": "{{ profile.rows }}"}, isolation="process")
    flow.workflow("second", "deep_check", args={"names": "{{ risky }}"})
    flow.ask("contact", "Who answers?", fields={"email": str, "cc": {"type": "str", "default": ""}})
    flow.agent(
        "plan",
        "Draft for {{ second }}.\n{% if feedback %}{{ feedback }}{% endif %}\n",
        output={"text": str, "score": int},
        repeat_until="plan.score >= 8",
        at_most=4,
    )
    flow.approve(
        "ok",
        "Send?",
        for_="send",
        edit=["plan.text"],
        on_reject={"redo": "plan"},
        expires={"after": timedelta(days=2)},
    )
    flow.tool("send", "send_mail", args={"body": "{{ ok.plan.text }}"}, on_failure="continue")
    flow.wait("cool_down", timedelta(hours=24), needs=["send"])
    flow.wait("reply", signal="replies_in", needs=["send"], timeout="7d", on_failure="skip")
    flow.agent("report", "Sent: {{ send }}", join="all_done", needs=["reply"], fallback="plain")
    flow.python("plain", "package.module:make_report")
    return flow


def test_every_construct_can_be_built() -> None:
    """What the language can say, Python can say, by the same words."""
    workflow = full().check(Catalog(tools={"search": "read"})).workflow
    profile, risky, second, _, plan, ok, send, cool_down, reply, report, _ = workflow.steps
    assert isinstance(profile, AgentStep)
    assert profile.for_each is not None
    assert profile.for_each.item_name == "supplier"
    assert profile.timeout_seconds == 120
    assert profile.output is not None
    assert "Letter" in str(profile.output["$defs"])
    assert isinstance(risky, PythonStep)
    assert (risky.function, risky.isolation) == (f"{__name__}:pick_risky", "process")
    assert isinstance(second, WorkflowStep)
    assert plan.repeat is not None
    assert ok.needs == ("plan",)
    assert isinstance(send, ToolStep)
    assert send.on_failure == "continue"
    assert isinstance(cool_down, WaitStep)
    assert cool_down.duration == "1d"
    assert isinstance(reply, WaitStep)
    assert (reply.signal, reply.timeout_seconds) == ("replies_in", 7 * 86400)
    assert (report.join.rule, report.fallback) == ("all_done", "plain")


def test_built_text_is_the_only_way() -> None:
    """What is checked is the text that is shown: a file of it is the same workflow."""
    flow = full()
    catalog = Catalog(types=flow.types)
    assert parse_file(flow.text(), catalog).workflow == flow.check().workflow


def test_model_given_as_type_is_named() -> None:
    """A pydantic model stands in the text by its name, and its schema is known to the check."""
    flow = mn.Workflow("letters", inputs={"first": Letter, "more": list[Letter] | None})
    flow.agent("a", "{{ inputs.first.to }} {{ inputs.more }}", output=dict[str, Letter])
    assert "first: Letter" in flow.text()
    assert "more: list[Letter]?" in flow.text()
    assert "output: dict[str, Letter]" in flow.text()
    assert flow.check().workflow.inputs["first"].json_schema["title"] == "Letter"


class Mood(Enum):
    """Words."""

    GLAD = "glad"
    SAD = "sad"


def test_enum_of_words_is_a_choice() -> None:
    """As a Literal is; what the step gives is the word."""
    flow = mn.Workflow("w", inputs={"mood": Mood, "more": list[Mood] | None})
    assert "mood: glad | sad" in flow.text()
    flow.approve("a", "{{ inputs.mood }} {{ inputs.more }}?")
    schema = flow.check().workflow.inputs["mood"].json_schema
    assert schema == {"type": "string", "enum": ["glad", "sad"]}


class Level(Enum):
    """Numbers."""

    LOW = 1


class Nothing(Enum):
    """No words."""


@pytest.mark.parametrize("kind", [tuple[int], Literal[1, 2], 3, str | int, Level, Nothing], ids=str)
def test_other_types_are_refused(kind: object) -> None:
    """A type that the language does not have is refused at once, with some that it has."""
    with pytest.raises(UsageError, match="expected a type such as"):
        mn.Workflow("w", inputs={"x": kind})


def test_problem_names_its_step() -> None:
    """Who builds in Python has not seen the lines: the message names the step."""
    flow = mn.Workflow("w")
    flow.agent("gather", "Find {{ inputs.ticker }}")
    with pytest.raises(DefinitionError, match=r"step 'gather': unknown input 'ticker'"):
        flow.check()


def test_step_cannot_be_added_twice() -> None:
    """A name that is taken is not silently replaced."""
    flow = mn.Workflow("w")
    flow.agent("a", "x")
    with pytest.raises(UsageError, match=r"there is a step 'a' already; change it with"):
        flow.agent("a", "y")


def test_function_inside_of_another_is_refused() -> None:
    """A function that no other process could find cannot be a step."""
    with pytest.raises(UsageError, match="expected a function with a name"):
        mn.Workflow("w").python("a", lambda: None)


def test_function_of_a_notebook_has_no_module() -> None:
    """A function of the notebook is looked up in the notebook, whatever has been defined anew."""

    def local() -> None: ...

    local.__module__, local.__qualname__ = "__main__", "pick"
    flow = mn.Workflow("w")
    flow.python("a", local)
    assert "python: pick\n" in flow.text()


def test_child_given_itself_is_known_to_the_check() -> None:
    """A built workflow can be called by another one; what it takes is checked."""
    child = mn.Workflow("child", inputs={"n": int})
    child.agent("a", "{{ inputs.n }}")
    flow = mn.Workflow("parent")
    flow.workflow("call", child, args={"n": "many"})
    with pytest.raises(DefinitionError, match="expected int for 'n' of the workflow 'child'"):
        flow.check()


def test_child_given_itself_leaves_others_alone() -> None:
    """Where only some of the called workflows are known, a name is not called unknown."""
    child = mn.Workflow("child")
    child.agent("a", "Go.")
    flow = mn.Workflow("parent")
    flow.workflow("one", child)
    flow.workflow("two", "elsewhere")
    assert flow.check().workflow.calls == ("child", "elsewhere")


def test_workflows_that_call_each_other_are_refused() -> None:
    """A circle of built workflows is told, and is not followed for ever."""
    one, two = mn.Workflow("one"), mn.Workflow("two")
    one.workflow("a", two)
    two.workflow("b", one)
    with pytest.raises(DefinitionError, match="one → two → one"):
        one.check()
    one.workflow("c", one)
    with pytest.raises(DefinitionError, match="'one' calls itself"):
        one.check(Catalog(workflows={}))


# --- texts --------------------------------------------------------------------------------------

TEXT = textwrap.dedent("""\
    # Who wrote this: Ada.
    workflow: brief   # the name
    inputs: {ticker: str}

    steps:
      # First the facts.
      gather:
        agent: |          # long
          Find the facts about {{ inputs.ticker }}.

          # A heading, not a comment.

        turns: 3    # enough
        output:
            facts:   list[str]

      # Then the brief.
      draft: {agent: "Write: {{ gather.facts }}",
              turns:   2}   # in braces
      review:
        approve:   Publish?
        edit:
        - draft


    examples:   # to try it with
      - ticker: ACME
    """)


def test_text_stays_as_it_is() -> None:
    """Text to workflow to text: identical, whatever its layout."""
    flow = mn.Workflow.from_text(TEXT)
    assert flow.text() == TEXT
    assert flow.name == "brief"
    assert flow.steps == ("gather", "draft", "review")
    assert flow.check().examples == ({"ticker": "ACME"},)


def changed(name: str, **keys: object) -> str:
    flow = mn.Workflow.from_text(TEXT)
    flow.change(name, **keys)
    flow.check()
    return flow.text()


def test_change_of_a_key_keeps_the_rest() -> None:
    """A changed key changes its own line; the remark behind it stays."""
    assert changed("gather", turns=5) == TEXT.replace("turns: 3    #", "turns: 5    #")


def test_change_of_a_prompt_keeps_the_rest() -> None:
    """A prompt of several lines gives way to another one."""
    new = changed("gather", agent="Find {{ inputs.ticker }}.")
    before, after = TEXT.split("    agent: |")[0], TEXT.split("not a comment.\n")[1]
    assert new == f"{before}    agent: Find {{{{ inputs.ticker }}}}.\n{after}"


def test_new_and_removed_keys() -> None:
    """A new key stands at the end of its step; one without a value is gone."""
    new = changed("gather", turns=None, model="m", timeout=timedelta(minutes=2))
    assert "turns: 3" not in new
    assert new == TEXT.replace("    turns: 3    # enough\n", "").replace(
        "        facts:   list[str]\n",
        "        facts:   list[str]\n    model: m\n    timeout: 2m\n",
    )


def test_step_in_braces_is_written_anew() -> None:
    """A step in braces has no lines to keep; the others are left alone."""
    new = changed("draft", turns=4)
    start, end = TEXT.index("  draft:"), TEXT.index("   # in braces")
    assert new.startswith(TEXT[:start])
    assert new.endswith(TEXT[end:].split("\n", 1)[1])
    assert "    turns: 4\n" in new


def test_added_and_removed_steps() -> None:
    """A step goes below the others, and can be taken away again."""
    flow = mn.Workflow.from_text(TEXT)
    flow.agent("after", "{{ review.draft }}")
    added = flow.text()
    assert added == TEXT.replace(
        "    - draft\n", '    - draft\n  after:\n    agent: "{{ review.draft }}"\n'
    )
    assert flow.check().workflow.steps[-1].name == "after"
    flow.remove("after")
    assert flow.text() == added.replace('  after:\n    agent: "{{ review.draft }}"\n', "")


def test_windows_lines_stay() -> None:
    """A text that ends its lines in another way goes on doing so."""
    flow = mn.Workflow.from_text(TEXT.replace("\n", "\r\n"))
    flow.change("gather", turns=5)
    assert flow.text() == changed("gather", turns=5).replace("\n", "\r\n")


def test_shared_value_is_not_torn_apart() -> None:
    """What cannot be changed without changing something else is refused, and nothing is changed."""
    text = "steps:\n  a:\n    agent: x\n    retry: &r {attempts: 2}\n  b: {agent: y, retry: *r}\n"
    flow = mn.Workflow.from_text(text, "w")
    with pytest.raises(UsageError, match="a cannot be changed alone"):
        flow.change("a", retry=None)
    assert flow.text() == text


def test_text_in_braces_is_written_anew() -> None:
    """JSON is a text, too."""
    flow = mn.Workflow.from_text('{"workflow": "w", "steps": {"a": {"agent": "x"}}}')
    flow.agent("b", "{{ a }}")
    assert flow.check().workflow.steps[1].needs == ("a",)


def test_unknown_step_is_not_changed() -> None:
    """A name that is mistyped is told, with the right one."""
    with pytest.raises(UsageError, match="there is no step 'gathr'; did you mean 'gather'"):
        mn.Workflow.from_text(TEXT).change("gathr", turns=3)


def test_text_without_a_name_needs_one() -> None:
    """A cell's text does not name its workflow; somebody has to."""
    with pytest.raises(UsageError, match="expected `workflow: NAME`"):
        mn.Workflow.from_text("steps: {a: {agent: x}}")
    assert mn.Workflow.from_text("steps: {a: {agent: x}}", "w").check().workflow.name == "w"


def test_file_is_a_workflow(tmp_path: Path) -> None:
    """A file and its text are the same."""
    path = tmp_path / "brief.yaml"
    path.write_text(TEXT)
    assert mn.Workflow.from_file(path).text() == TEXT
