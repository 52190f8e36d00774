"""What each construct of the language becomes."""

import textwrap

import pytest

from mn_notebook.domain.workflow import (
    ApproveStep,
    AskStep,
    Expiry,
    Join,
    PythonStep,
    Redo,
    Repeat,
    Step,
    WaitStep,
    Workflow,
    WorkflowStep,
)
from mn_notebook.language import Catalog, Checked, parse_cell


def checked(text: str, catalog: Catalog | None = None) -> Checked:
    return parse_cell("flow", textwrap.dedent(text), catalog)


def step(text: str) -> Step:
    return checked("steps:\n" + textwrap.indent(textwrap.dedent(text), "  ")).workflow.steps[-1]


def test_form() -> None:
    """A form has its fields as a schema; what has a default, or may be null, may be missing."""
    found = step("""\
        contact:
          ask: Who?
          fields:
            email: str
            cc: str?
            copies: {type: int, default: 1, about: How many.}
          expires: {after: 7d, then: escalate, to: Ada}
        """)
    assert isinstance(found, AskStep)
    assert found.fields["required"] == ["email"]
    assert found.fields["properties"] == {
        "email": {"type": "string"},
        "cc": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "copies": {"type": "integer", "default": 1, "description": "How many."},
    }
    assert found.expires == Expiry(after_seconds=7 * 86400, then="escalate", to="Ada")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{wait: 24h}", ("24h", None, None)),
        ("{wait: '{{ run.id | length }}'}", ("{{ run.id | length }}", None, None)),
        ("{until: 2026-12-01}", (None, "2026-12-01", None)),
        ("{wait: {until: 2026-12-01T09:00:00Z}}", (None, "2026-12-01T09:00:00Z", None)),
        ("{signal: replies_in}", (None, None, "replies_in")),
        ("{wait: {signal: replies.in-1}}", (None, None, "replies.in-1")),
    ],
)
def test_forms_of_a_wait(text: str, expected: tuple[str | None, ...]) -> None:
    """A wait is for a time, until a time or for a signal, in a long or in a short form."""
    found = step(f"a: {text}")
    assert isinstance(found, WaitStep)
    assert (found.duration, found.until, found.signal) == expected
    assert found.timeout_seconds is None


def test_defaults_do_not_reach_people_waits_and_workflows() -> None:
    """A default timeout or retry is of work, not of patience."""
    workflow = checked("""\
        defaults: {timeout: 1m, retry: {attempts: 5}}
        steps:
          a: {approve: Ok?}
          b: {ask: Who?, fields: {x: str}}
          c: {wait: 24h}
          d: {workflow: other}
          e: {agent: Go.}
        """).workflow
    assert [found.retry is None for found in workflow.steps] == [True] * 4 + [False]
    assert [found.timeout_seconds for found in workflow.steps] == [300, 300, None, None, 60]


def test_loop() -> None:
    """A loop names its own step, and needs nothing for it."""
    found = step("a: {agent: '{{ previous }}', repeat_until: a == 'good', at_most: 4}")
    assert found.repeat == Repeat(until="a == 'good'", at_most=4)
    assert found.needs == ()


def test_needs_of_a_loop_condition() -> None:
    """A condition waits for the other steps that it names."""
    workflow = checked("""\
        steps:
          goal: {agent: Go., output: {score: int}}
          a: {agent: Go on., output: {score: int}, repeat_until: a.score > goal.score, at_most: 2}
        """).workflow
    assert workflow.steps[1].needs == ("goal",)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("all_done", Join(rule="all_done")),
        ("quorum_success", Join(rule="quorum_success")),
        ("{quorum_success: 2}", Join(rule="quorum_success", quorum=2)),
        ("{quorum_success: 0.6}", Join(rule="quorum_success", quorum=0.6)),
    ],
)
def test_joins(text: str, expected: Join) -> None:
    """A rule is a word, and a quorum may say how many."""
    found = step(f"""\
        a: {{python: f, when: inputs}}
        b: {{python: f, when: inputs}}
        c: {{python: f, needs: [a, b], join: {text}}}
        """)
    assert found.join == expected
    assert type(found.join.quorum) is type(expected.quorum)


def test_fallback_is_not_needed() -> None:
    """A fallback is named by its step, and waits only for what it names itself."""
    workflow = checked("""\
        steps:
          gather: {agent: Go.}
          report: {agent: "{{ gather }}", fallback: plain, on_failure: continue}
          plain: {python: f, args: {x: "{{ gather }}"}}
        """).workflow
    assert workflow.fallback_of == {"plain": "report"}
    assert [found.needs for found in workflow.steps] == [(), ("gather",), ("gather",)]
    assert workflow.steps[1].on_failure == "continue"


def test_redo() -> None:
    """A rejection sends the work back to an earlier step, whose texts may tell why."""
    found = checked("""\
        steps:
          draft: {agent: "Write. {{ feedback }} {{ previous }}"}
          polish: {agent: "{{ draft }} {{ feedback }}"}
          review: {approve: "Good? {{ feedback }}", show: [polish], on_reject: {redo: draft}}
          send: {python: f, args: {x: "{{ draft }}"}, needs: [review]}
        """)
    review = found.workflow.steps[2]
    assert isinstance(review, ApproveStep)
    assert review.on_reject == Redo(target=found.workflow.steps[0].name, at_most=3)
    assert found.warnings == ()


def test_process_and_limits() -> None:
    """A function can be called in a process; model calls can be limited."""
    workflow = checked("""\
        limits: {concurrency: 3, calls_per_minute: 60}
        steps: {a: {python: f, isolation: process}}
        """).workflow
    assert isinstance(workflow.steps[0], PythonStep)
    assert workflow.steps[0].isolation == "process"
    assert (workflow.max_concurrency, workflow.calls_per_minute) == (3, 60)


def test_people_and_time_are_not_throttled() -> None:
    """A thousand people can be asked at once, and a thousand timers run; work is done by fours."""
    workflow = checked("""\
        inputs: {x: "list[str]"}
        steps:
          a: {approve: "{{ item }}", for_each: inputs.x}
          b: {ask: "{{ item }}", for_each: inputs.x, fields: {y: str}}
          c: {wait: 24h, for_each: inputs.x}
          d: {workflow: other, for_each: inputs.x}
          e: {wait: 24h, for_each: inputs.x, concurrency: 2}
        """).workflow
    counts = [found.for_each.concurrency for found in workflow.steps if found.for_each]
    assert counts == [1000, 1000, 1000, 4, 2]


# --- workflows that call others -----------------------------------------------------------------


def child(text: str, name: str = "child") -> Workflow:
    return parse_cell(name, textwrap.dedent(text)).workflow


def test_called_workflow_gives_its_outputs() -> None:
    """Without declared outputs, those of the steps that nobody needs; a fallback is none."""
    called = child("""\
        steps:
          a: {agent: Go.}
          b: {agent: "{{ a }}", output: {n: int}, fallback: c}
          c: {python: f}
        """)
    catalog = Catalog(workflows={"child": called})
    found = checked("steps: {x: {workflow: child}, y: {agent: '{{ x.b.n }}'}}", catalog)
    assert isinstance(found.workflow.steps[0], WorkflowStep)
    with pytest.raises(Exception, match=r"'x' has no field 'c'"):
        checked("steps: {x: {workflow: child}, y: {agent: '{{ x.c }}'}}", catalog)


def test_unknown_workflows_are_not_judged() -> None:
    """A file is read where nothing is known of other workflows."""
    text = "steps: {x: {workflow: other, args: {a: 1}}, y: {agent: '{{ x.anything }}'}}"
    assert checked(text).workflow.calls == ("other",)


def test_children_do_not_change_what_was_parsed() -> None:
    """Which workflows are called is decided when a run is asked for."""
    catalog = Catalog(workflows={"child": child("steps: {a: {agent: Go.}}")})
    with_catalog = checked("steps: {x: {workflow: child}}", catalog).workflow
    assert with_catalog == checked("steps: {x: {workflow: child}}").workflow
    assert with_catalog.children == {}


# --- what is not complained of ------------------------------------------------------------------

FINE = {
    "optional value into a required place": """\
        steps:
          a: {agent: Go., output: {n: int?}}
          b: {tool: t, args: {n: "{{ a.n }}"}}
        """,
    "integer into a float": """\
        steps:
          a: {agent: Go., output: {n: int}}
          b: {tool: t, args: {n: "{{ a.n }}", f: "{{ a.n }}"}}
        """,
    "expression of unknown type": """\
        steps:
          a: {agent: Go., output: {n: str}}
          b: {tool: t, args: {n: "{{ a.n | int }}"}}
        """,
    "comparison of a choice with a choice": """\
        inputs: {x: eu | us}
        steps:
          a: {agent: Go., when: "inputs.x == 'eu' or inputs.x not in ['us']"}
        """,
    "length of a list": """\
        steps:
          a: {agent: Go., output: "list[str]"}
          b: {agent: "{{ a }}", when: a | length > 2}
        """,
    "items of a table": """\
        inputs: {rows: table}
        steps:
          a: {for_each: inputs.rows, agent: "{{ item.name }}"}
        """,
    "field under a guard": """\
        steps:
          a: {agent: Go., output: {n: int}, on_failure: continue}
          b: {python: f, join: all_done, args: {n: "{{ a.n if a else 0 }}"}}
        """,
    "rows under a join": """\
        inputs: {x: "list[str]"}
        steps:
          a: {for_each: inputs.x, agent: "{{ item }}", on_failure: continue}
          b: {python: f, join: all_done, args: {n: "{{ a.rows }}"}}
        """,
    "redo after which nothing comes": """\
        steps:
          a: {agent: Go.}
          b: {approve: "{{ a }}", on_reject: {redo: a, at_most: 1}}
        """,
}
TOOLS = Catalog(
    tool_parameters={
        "t": {
            "type": "object",
            "properties": {"n": {"type": "integer"}, "f": {"type": "number"}},
            "required": ["n"],
        }
    }
)


@pytest.mark.parametrize("text", FINE.values(), ids=FINE.keys())
def test_right_texts_pass(text: str) -> None:
    """What may be right is not complained of."""
    assert checked(text, TOOLS).warnings == ()
