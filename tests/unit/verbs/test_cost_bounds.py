"""What a definition alone tells of a run's cost."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mn_notebook.agents.prices import price_of
from mn_notebook.agents.tools import REGISTRY, make_tool
from mn_notebook.domain.messages import ModelProfile, Usage
from mn_notebook.domain.past_runs import Fan
from mn_notebook.domain.previews import Bound
from mn_notebook.domain.requests import MAX_ANSWER_TOKENS
from mn_notebook.domain.turns import MAX_REASKS, REASKS_BELOW
from mn_notebook.domain.workflow import Workflow
from mn_notebook.language import parse_cell
from mn_notebook.verbs.cost_bounds import bound_of
from mn_notebook.verbs.known_before import fans_of

PAID = ModelProfile(name="gpt-5.4-mini", provider="openai")
LOCAL = ModelProfile(name="small", provider="local")
NAMELESS = ModelProfile(name="no-such-model", provider="somewhere.example")

FAN = """
inputs: {names: "list[str]"}
steps:
  look:
    for_each: inputs.names
    concurrency: 3
    agent: "Look at {{ item }}"
    retry: {attempts: 1}
  sum_up: {agent: "Sum up {{ look }}", retry: {attempts: 1}}
"""


def look_it_up(q: str) -> str:
    """Look."""
    return q


def flow(text: str, name: str = "w", **children: Workflow) -> Workflow:
    return parse_cell(name, text).workflow.linked(children)


def bound(text: str, profile: ModelProfile | None = PAID, **inputs: object) -> Bound:
    given_inputs = inputs or None
    return bound_of(flow(text), given_inputs, lambda _name: profile)  # type: ignore[arg-type]


def test_a_prompt_that_is_known_is_priced_as_it_will_be() -> None:
    """The estimate is that of the budget: the prompt, and the longest answer."""
    found = bound('inputs: {q: str}\nsteps:\n  a: {agent: "{{ inputs.q }}"}\n', q="x" * 7_000)
    [step] = found.steps
    assert step.once.tokens is not None
    assert 2_000 + MAX_ANSWER_TOKENS < step.once.tokens < 2_100 + MAX_ANSWER_TOKENS
    at_least = price_of(
        "openai", PAID.name, Usage(input_tokens=2_000, output_tokens=MAX_ANSWER_TOKENS)
    ).usd
    assert at_least is not None
    assert step.once.usd is not None
    assert at_least <= step.once.usd < at_least * Decimal("1.2")
    assert (found.once, found.longer, found.free, found.unpriced) == (step.once, (), False, ())


def test_items_that_are_given_are_counted() -> None:
    """A list of fifty is fifty calls, and what reads their answers is as long as they may be."""
    found = bound(FAN, names=["acme"] * 50)
    look, sum_up = found.steps
    assert (look.units, sum_up.units) == (50, 1)
    assert found.once.calls == 51
    assert found.most is not None
    assert found.most.calls == 51 * (1 + MAX_REASKS)
    assert sum_up.once.tokens is not None
    assert sum_up.once.tokens > 50 * MAX_ANSWER_TOKENS
    assert found.longer == ()


def test_items_that_nobody_knows_are_not_made_up() -> None:
    """A list that is not given yet, or that a step will give, bounds nothing."""
    found = bound(FAN)
    look, sum_up = found.steps
    assert (look.units, look.over) == (None, "inputs.names")
    assert found.most is None
    assert found.once.calls == 1
    assert found.open == (look,)
    assert found.longer == ("the inputs", "look")
    assert sum_up.most.usd is None


def test_a_long_list_is_sampled() -> None:
    """Of a thousand items some are rendered, and their mean is taken for each."""
    short = bound(FAN, names=["a"] * 1_000)
    mixed = bound(FAN, names=["a", "b" * 3_500] * 500)
    assert short.steps[0].once.tokens is not None
    assert mixed.steps[0].once.tokens is not None
    assert 400 < mixed.steps[0].once.tokens - short.steps[0].once.tokens < 600
    assert mixed.once.calls == 1_001


def test_an_agent_with_tools_takes_two_turns_at_once_and_all_of_them_at_worst() -> None:
    """The schema of a tool that is known goes with each call."""
    REGISTRY.add(make_tool(look_it_up, effect="read", name="bounded_look_up"))
    text = """
steps:
  a: {agent: hi, tools: [bounded_look_up], turns: 5, retry: {attempts: 2}}
"""
    [step] = bound(text).steps
    assert step.once.calls == 2
    assert step.most.calls == (5 + MAX_REASKS) * 2
    assert step.most.usd is not None
    assert step.once.usd is not None
    # Later calls are sent all that was said before.
    assert step.most.usd / step.most.calls > step.once.usd / step.once.calls


def test_a_ladder_is_climbed_only_at_worst() -> None:
    """If all goes well the cheap model answers; if nothing does, each of them is asked."""
    text = "steps:\n  a: {agent: hi, model: [small, large], retry: {attempts: 2}}\n"
    by_name = {"small": LOCAL, "large": PAID}
    found = bound_of(flow(text), {}, lambda name: by_name[name or ""])
    [step] = found.steps
    assert (step.once.calls, step.once.usd, found.free) == (1, Decimal(0), False)
    assert step.most.calls == 2 * ((1 + REASKS_BELOW) + (1 + MAX_REASKS))
    assert step.most.usd is not None
    assert step.most.usd > 0


def test_summaries_of_long_results_are_bounded_by_nothing() -> None:
    """An answer may ask for many tools at once, and each long result is summarised."""
    REGISTRY.add(make_tool(look_it_up, effect="read", name="bounded_look_up"))
    text = """
steps:
  a: {agent: hi, tools: [bounded_look_up], long_results: {over: 1000, then: summarise}}
"""
    assert bound(text).most is None


def test_iterations_redos_and_fallbacks_happen_only_at_worst() -> None:
    """If all goes well each agent answers once, and nobody stands in."""
    found = bound("""
steps:
  draft: {agent: hi, retry: {attempts: 1}, repeat_until: "draft != ''", at_most: 2, fallback: other}
  other: {agent: hi, retry: {attempts: 1}}
  review: {approve: ok?, show: [draft], on_reject: {redo: draft, at_most: 3}}
""")
    assert found.once.calls == 1
    assert found.most is not None
    by_name = {step.step: step for step in found.steps}
    assert by_name["draft"].most.calls == (1 + MAX_REASKS) * 2 * 4
    assert by_name["other"].once.calls == 0
    assert by_name["other"].most.calls >= 1 + MAX_REASKS


def test_what_is_called_counts_where_it_is_called() -> None:
    """A workflow below is given its arguments where they are known, for each item."""
    child = flow(FAN, "child")
    known = flow("steps:\n  go: {workflow: child, args: {names: [a, b, c]}}\n", child=child)
    found = bound_of(known, {}, lambda _name: PAID)
    assert [step.step for step in found.steps] == ["go/look", "go/sum_up"]
    assert found.once.calls == 4
    twice = flow(
        'steps:\n  go: {workflow: child, args: {names: ["{{ item }}"]}, for_each: "[1, 2]"}\n',
        child=child,
    )
    found = bound_of(twice, {}, lambda _name: PAID)
    assert [step.units for step in found.steps] == [None, 2]
    assert found.most is None


@pytest.mark.parametrize(
    ("profile", "usd", "free", "unpriced"),
    [
        pytest.param(LOCAL, Decimal(0), True, (), id="a local model costs nothing"),
        pytest.param(NAMELESS, None, False, ("no-such-model",), id="a price that nobody knows"),
        pytest.param(None, None, False, (), id="no model is configured"),
    ],
)
def test_price_is_known_unknown_or_nothing(
    profile: ModelProfile | None, usd: Decimal | None, *, free: bool, unpriced: tuple[str, ...]
) -> None:
    """What is unknown of one step is unknown of the run, and never 0."""
    found = bound("steps:\n  a: {agent: hi}\n  b: {agent: ho}\n", profile)
    assert (found.once.usd, found.free, found.unpriced) == (usd, free, unpriced)
    assert found.once.tokens is not None
    assert found.most is not None
    assert found.most.usd == usd


def test_a_part_of_unknown_price_makes_the_whole_unknown() -> None:
    """Two models, of which one has a price."""
    text = "steps:\n  a: {agent: hi, model: known}\n  b: {agent: ho, model: other}\n"
    found = bound_of(flow(text), {}, lambda name: PAID if name == "known" else NAMELESS)
    assert found.once.usd is None
    assert [step.once.usd is None for step in found.steps] == [False, True]


def test_which_lists_the_inputs_tell() -> None:
    """Only steps that ask models; of the others nobody needs to know."""
    text = (
        FAN
        + """
  each: {for_each: "[sum_up, sum_up]", agent: "{{ item }}"}
  plain: {for_each: inputs.names, python: "a:b", args: {}}
"""
    )
    fans, unknown = fans_of(flow(text), {"names": ["a", "b"]})
    assert fans == {"look": Fan(items=2, at_once=3)}
    assert unknown == ("each",)


@settings(max_examples=25)
@given(st.lists(st.text(max_size=200), max_size=30), st.text(min_size=1, max_size=200))
def test_one_more_item_never_makes_it_cheaper(names: list[str], more: str) -> None:
    """Calls, tokens and dollars grow with the list, and the worst is no better than the typical."""
    first, second = bound(FAN, names=names), bound(FAN, names=[*names, more])
    for one in (first, second):
        assert one.most is not None
        assert one.once.calls <= one.most.calls
        assert one.once.tokens is not None
        assert one.most.tokens is not None
        assert 0 < one.once.tokens <= one.most.tokens
        assert one.once.usd is not None
        assert one.most.usd is not None
        assert 0 < one.once.usd <= one.most.usd
    assert second.once.calls == first.once.calls + 1
    assert second.once.tokens is not None
    assert first.once.tokens is not None
    assert second.once.tokens > first.once.tokens
