"""A workflow that is written down reads back as the same workflow."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

import mn_notebook as mn
from mn_notebook.domain.durations import duration_text, parse_duration
from mn_notebook.domain.workflow import Schema, Workflow
from mn_notebook.language import Catalog, parse_file
from mn_notebook.language.findings import Findings
from mn_notebook.language.text import read_text
from mn_notebook.language.tree import plain
from mn_notebook.language.vocabulary import KINDS
from mn_notebook.language.written import written
from mn_notebook.language.yaml_lines import block_lines

FEW = settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])

LETTER: Schema = {
    "type": "object",
    "title": "Letter",
    "properties": {"to": {"type": "string"}, "lines": {"type": "array", "items": {}}},
}
CATALOG = Catalog(types={"Letter": LETTER})
PYTHON = {"for": "for_", "as": "as_"}
"""What Python calls otherwise."""


def same(workflow: Workflow) -> dict[str, Any]:
    return workflow.model_dump(exclude={"steps": {"__all__": {"line"}}})


# --- YAML ---------------------------------------------------------------------------------------

odd = st.text(list("ab:-#{}[]|>'\"*&!%@`,? \n\t\\.0~=\x85\u2028é\x7f"), max_size=30)
words = st.sampled_from(["null", "true", "1", "0x1f", "1e3", "~", "---", "a: b", "a #b", "{{ a }}"])
texts = odd | words | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@FEW
@given(st.dictionaries(texts, values, min_size=1, max_size=5))
def test_any_json_reads_back(fields: dict[str, JsonValue]) -> None:
    """Whatever a value holds, its lines are read as that value."""
    findings = Findings()
    root = read_text("\n".join(block_lines(fields)) + "\n", findings)
    assert findings.problems == ()
    assert root is not None
    assert plain(root) == fields


@pytest.mark.parametrize("seconds", [0.5, 1.5, 0.0011, 60, 5400, 90061, 172800, 5400.1, 86400.5])
def test_duration_reads_back(seconds: float) -> None:
    """A duration is written so that it means as much."""
    assert parse_duration(duration_text(seconds)) == seconds


# --- workflows ----------------------------------------------------------------------------------

TYPES = ["str", "int?", "list[Letter]", "low | high", "Letter", "table", "dict[str, list[int]]"]
types = st.sampled_from(TYPES) | st.dictionaries(
    st.sampled_from(["text", "score", "type", "default"]),
    st.sampled_from(TYPES) | st.just({"inner": "str"}),
    min_size=1,
    max_size=3,
)
prompts = st.sampled_from(
    [
        "Go on",
        "Really?",
        "a: b",
        "one\ntwo\n",
        "one\n\n  # two",
        "  padded",
        "{{ inputs.x }}",
        "- no",
    ]
)
durations = st.sampled_from(["30s", "5m", "1h30m", "2d", "500ms", "1.5h"])
json_args: st.SearchStrategy[dict[str, Any]] = st.dictionaries(
    st.sampled_from(["a", "b-c", "d e", "null"]),
    st.sampled_from(["{{ inputs.x }}", "plain", 3, 0.5, None, ["x", {"y": "{{ inputs.x }}"}], {}]),
    max_size=3,
)


def maybe(draw: Any, fields: dict[str, Any]) -> dict[str, Any]:
    """Draw some of the fields."""
    chosen = draw(st.sets(st.sampled_from(sorted(fields)))) if fields else set()
    return {key: draw(value) for key, value in fields.items() if key in chosen}


def _ambiguous(kind: Any) -> bool:
    return isinstance(kind, dict) and bool({"type", "default"} & set(kind))


WORK = {
    "timeout": durations,
    "retry": st.fixed_dictionaries(
        {"attempts": st.integers(1, 5)}, optional={"backoff": durations}
    ),
}
EXPIRES = st.fixed_dictionaries(
    {"after": durations}, optional={"then": st.sampled_from(["reject", "skip", "wait"])}
) | st.fixed_dictionaries({"after": durations, "then": st.just("escalate"), "to": st.just("Ada")})
FORM = st.just({"type": "int", "default": 3, "about": "How many."}) | types.map(
    lambda kind: {"type": kind} if _ambiguous(kind) else kind
)


def _own(draw: Any, kind: str, before: list[str]) -> dict[str, Any]:
    match kind:
        case "agent":
            tools = st.sampled_from([["look"], [{"look": {"at": "{{ inputs.x }}"}}, "p.m:send"]])
            optional = {"model": st.just("m-1"), "tools": tools, "turns": st.integers(1, 20)}
            return {"agent": draw(prompts), **maybe(draw, {**optional, "output": types, **WORK})}
        case "tool":
            return {"tool": "look", **maybe(draw, {"args": json_args, "output": types, **WORK})}
        case "python":
            effect = st.sampled_from(["read", "idempotent", "write"])
            isolation = st.sampled_from(["thread", "process"])
            fields = {"args": json_args, "effect": effect, "isolation": isolation, **WORK}
            return {"python": "do_it", **maybe(draw, {**fields, "output": types})}
        case "approve":
            shown = {"show": st.just(["inputs.x"]), "expires": EXPIRES}
            return {"approve": draw(prompts), **maybe(draw, shown)}
        case "ask":
            form = st.dictionaries(st.sampled_from(["mail", "n"]), FORM, min_size=1)
            return {"ask": draw(prompts), "fields": draw(form), **maybe(draw, {"expires": EXPIRES})}
        case "wait":
            until = st.sampled_from(["2026-12-01", "2026-12-01T09:00:00Z", "{{ inputs.x }}"])
            form = draw(st.sampled_from(["wait", "until", "signal"]))
            given = {"wait": durations, "until": until, "signal": st.just("go-on.now")}
            return {form: draw(given[form]), **maybe(draw, {"timeout": durations})}
        case _:
            return {"workflow": "other", **maybe(draw, {"args": json_args, "timeout": durations})}


@st.composite
def workflows(draw: Any) -> dict[str, Any]:
    """Make the fields of a workflow in which every construct may occur."""
    steps: dict[str, dict[str, Any]] = {}
    kinds = ["agent", "tool", "python", "approve", "ask", "wait", "workflow"]
    for number in range(draw(st.integers(1, 5))):
        before, name = [other for other in steps if not other.startswith("f")], f"s{number}"
        step = _own(draw, draw(st.sampled_from(kinds)), before)
        step |= maybe(draw, {"when": st.just("inputs.n > 2 and inputs.x"), "needs": st.just([])})
        if draw(st.booleans()):
            item = {"as": st.just("one"), "key": st.just("index"), "concurrency": st.integers(1, 9)}
            on_error = st.sampled_from(["fail", "collect", {"quorum": 0.5}])
            step |= {"for_each": "inputs.x", **maybe(draw, {**item, "on_error": on_error})}
        if draw(st.booleans()):
            step |= {"repeat_until": f"{name} or index", "at_most": draw(st.integers(1, 9))}
            step["repeat_until"] = name
        if before:
            step["needs"] = draw(st.lists(st.sampled_from(before), unique=True))
        if step.get("needs"):
            rules = ["all_success", "all_done", "one_success", "quorum_success"]
            join = st.sampled_from([*rules, {"quorum_success": 1}, {"quorum_success": 0.6}])
            step |= maybe(draw, {"join": join})
        step |= maybe(draw, {"on_failure": st.sampled_from(["fail", "continue", "skip"])})
        if draw(st.booleans()):
            step["fallback"] = f"f{number}"
            steps[f"f{number}"] = _own(draw, draw(st.sampled_from(kinds)), before)
        steps[name] = step
    names = [name for name in steps if name.startswith("s")]
    if draw(st.booleans()):
        steps["act"] = {"tool": "p.m:send", "args": {"a": "{{ ok.approved }}"}}
        steps["ok"] = {"approve": "Send?", "for": "act", "edit": [], "needs": [names[0]]}
        steps["ok"]["on_reject"] = draw(st.sampled_from([{"redo": names[0]}]))
        for name in names[1:]:
            if names[0] in steps[name].get("needs", ()):
                steps[name]["needs"] = []
                steps[name].pop("join", None)
    header = {
        "group": st.just("letters"),
        "about": st.sampled_from(["About it.", "a: b", "one\ntwo"]),
        "limits": st.fixed_dictionaries(
            {"steps": st.integers(1, 9), "calls_per_minute": st.just(60)}
        ),
        "tools": st.just(["look", "p.m:send"]),
        "defaults": st.just({"model": "m-2", "timeout": "7m", "retry": {"attempts": 2}}),
        "outputs": st.just({"x": f"{{{{ {names[-1]} }}}}", "all of it": ["{{ inputs.n }}", 3]}),
    }
    inputs = {"x": "list[str]", "n": {"type": "int", "default": 3, "about": "How many."}}
    more = maybe(draw, {"y": FORM})
    return {
        "workflow": "flow-1",
        **maybe(draw, header),
        "inputs": {**inputs, **more},
        "steps": steps,
    }


@FEW
@given(workflows())
def test_written_workflow_reads_back(fields: dict[str, Any]) -> None:
    """Text to workflow to text to workflow: nothing is lost, whatever the workflow says."""
    workflow = parse_file("\n".join(block_lines(fields)) + "\n", CATALOG).workflow
    again = parse_file(written(workflow), CATALOG).workflow
    assert same(again) == same(workflow)
    assert again.hash == workflow.hash


def built(fields: dict[str, Any]) -> mn.Workflow:
    """Build with Python's words what the fields say."""
    header = {key: value for key, value in fields.items() if key not in ("workflow", "steps")}
    flow = mn.Workflow(fields["workflow"], **header)
    for name, step in fields["steps"].items():
        keys = {PYTHON.get(key, key): value for key, value in step.items()}
        kind = next((kind for kind in KINDS if kind in step), "wait")
        first = (keys.pop(kind),) if kind in keys else ()
        getattr(flow, kind)(name, *first, **keys)
    return flow


@FEW
@given(workflows())
def test_builder_says_all_that_text_says(fields: dict[str, Any]) -> None:
    """Whatever a text can say can be built, by the same words, and is the same workflow."""
    workflow = parse_file("\n".join(block_lines(fields)) + "\n", CATALOG).workflow
    assert same(built(fields).check(CATALOG).workflow) == same(workflow)
