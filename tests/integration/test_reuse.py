"""Identical calls are made once where that is wanted, and what was spared is said."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from mn_notebook.agents.tools import make_tool
from mn_notebook.client import NewRun
from mn_notebook.domain.ids import RunId, StepName
from mn_notebook.testing import Reply, Script, ScriptedCall, ScriptedModel
from tests.integration.house import House, Kernel, workflow_of

ITEMS = """
steps:
  look:
    for_each: "['a', 'b', 'a', 'a', 'b']"
    agent: "Look at {{ item }}"
    CACHE
"""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A store of its own."""
    found = House(tmp_path)
    yield found
    found.close()


def spared(kernel: Kernel, run_id: RunId) -> tuple[int, int]:
    found = kernel.client.state(run_id).totals.spared
    return found.model_calls, found.tool_calls


def test_items_that_ask_the_same_share_an_answer(house: House) -> None:
    """Side by side too: who comes second waits for the first. Nothing but calls is counted."""
    model = ScriptedModel(Script(name="test"))
    kernel = house.kernel(models=model)
    run_id = kernel.start(ITEMS.replace("CACHE", ""))
    assert kernel.until(run_id).status == "succeeded"
    assert len(model.calls) == 2
    assert spared(kernel, run_id) == (3, 0)
    state = kernel.client.state(run_id)
    assert state.account.calls == 2
    assert state.totals.model_calls == 2
    output: Any = kernel.output(run_id)
    one, other, *_ = output["look"]
    assert output["look"] == [one, other, one, one, other]


def test_items_whose_prompt_is_the_same_on_purpose_each_have_an_answer(house: House) -> None:
    """Five opinions are five calls."""
    model = ScriptedModel(Script(name="test"))
    kernel = house.kernel(models=model)
    text = ITEMS.replace("CACHE", "").replace("{{ item }}", "it")
    assert kernel.until(kernel.start(text)).status == "succeeded"
    assert len(model.calls) == 5


def test_cache_off_asks_each_time(house: House) -> None:
    """Also where prompts happen to be the same."""
    model = ScriptedModel(Script(name="test"))
    kernel = house.kernel(models=model)
    assert kernel.until(kernel.start(ITEMS.replace("CACHE", "cache: off"))).status == "succeeded"
    assert len(model.calls) == 5


TWO = """
steps:
  one: {agent: Say it, cache: HOW}
  two: {agent: Say it, cache: HOW, needs: [one]}
outputs: {one: "{{ one }}", two: "{{ two }}"}
"""


def test_cache_run_shares_between_the_steps_of_a_run(house: House) -> None:
    """And with no other run."""
    model = ScriptedModel(Script(name="test"))
    kernel = house.kernel(models=model)
    for calls in (1, 2):
        run_id = kernel.start(TWO.replace("HOW", "run"))
        assert kernel.until(run_id).status == "succeeded"
        assert len(model.calls) == calls


def test_cache_of_a_duration_shares_with_other_runs_and_processes(house: House) -> None:
    """What another process has asked is found in the store, and said to be of that run."""
    model = ScriptedModel(Script(name="test"))
    first = house.kernel(models=model)
    run_id = first.start(TWO.replace("HOW", "7d"))
    assert first.until(run_id).status == "succeeded"
    second = house.kernel(models=model, notebook="b.ipynb")
    later = second.start(TWO.replace("HOW", "7d"))
    assert second.until(later).status == "succeeded"
    assert len(model.calls) == 1
    assert second.output(later) == first.output(run_id)
    assert spared(second, later) == (2, 0)
    events = [recorded.event for recorded in second.client.events(later)]
    reused: list[Any] = [event for event in events if event.kind == "model.reused"]
    assert [event.of_run for event in reused] == [run_id, run_id]
    assert second.client.state(later).totals.cost_usd == Decimal(0)


def test_answer_that_is_too_old_is_asked_anew(house: House) -> None:
    """A duration is how old it may be."""
    model = ScriptedModel(Script(name="test"))
    kernel = house.kernel(models=model)
    text = TWO.replace("HOW", "1ms").replace("needs: [one]", "needs: [pause]")
    text = text.replace("outputs:", "  pause: {wait: 1s, needs: [one]}\noutputs:")
    assert kernel.until(kernel.start(text)).status == "succeeded"
    assert len(model.calls) == 2


def test_loop_asks_anew_each_time(house: House) -> None:
    """It would never end otherwise."""
    model = ScriptedModel(Script(name="test", replies=(Reply(text="no"), Reply(text="yes"))))
    kernel = house.kernel(models=model)
    text = "steps: {ask: {agent: Is it so?, repeat_until: \"ask == 'yes'\", at_most: 5, cache: 7d}}"
    run_id = kernel.start(text)
    assert kernel.until(run_id).status == "succeeded"
    assert kernel.output(run_id) == {"ask": "yes"}
    assert len(model.calls) == 2


READS = """
steps:
  one: {tool: look, args: {q: a}, cache: run}
  two: {tool: look, args: {q: a}, cache: run, needs: [one]}
  three: {tool: look, args: {q: b}, cache: run}
  four: {tool: look, args: {q: a}, needs: [two]}
outputs: {all: "{{ [one, two, three, four] }}"}
"""


SEEN: list[str] = []
"""What `look` was called with: a tool that held it itself would be another one with each call."""


def look(q: str) -> str:
    """Look."""
    SEEN.append(q)
    return f"{q}{len(SEEN)}"


def test_reads_are_shared_where_a_step_says_so(house: House) -> None:
    """Identical arguments, and only of steps that want it."""
    SEEN.clear()
    kernel = house.kernel(tools=(make_tool(look, name="look", effect="read"),))
    run_id = kernel.start(READS)
    assert kernel.until(run_id).status == "succeeded"
    assert sorted(SEEN) == ["a", "a", "b"]
    assert spared(kernel, run_id) == (0, 1)
    output: Any = kernel.output(run_id)
    one, two, _, four = output["all"]
    assert one == two != four


def test_tool_that_holds_other_data_is_another_tool(house: House) -> None:
    """What it gives may depend on it."""
    held: list[str] = []

    def own(q: str) -> str:
        held.append(q)
        return q

    kernel = house.kernel(tools=(make_tool(own, name="look", effect="read"),))
    assert kernel.until(kernel.start(READS)).status == "succeeded"
    assert len(held) == 4


def post(q: str) -> str:
    """Post."""
    SEEN.append(f"post {q}")
    return "done"


@pytest.mark.parametrize("effect", ["write", "idempotent"])
def test_what_does_something_is_never_spared(house: House, effect: Any) -> None:
    """A cache is for looking."""
    SEEN.clear()
    kernel = house.kernel(tools=(make_tool(post, name="post", effect=effect),))
    text = READS.replace("look", "post")
    run_id = kernel.start("policy: [{approvals: 0}]" + text)
    assert kernel.until(run_id).status == "succeeded"
    assert len(SEEN) == 4


def asks_for(*names: str) -> list[Reply]:
    return [Reply(calls=(ScriptedCall(name=name, arguments={"q": "a"}),)) for name in names]


@pytest.mark.parametrize(
    ("calls", "seen"),
    [
        pytest.param(["look", "look"], ["a"], id="it only looks"),
        pytest.param(["look", "post", "look"], ["a", "post a", "a"], id="it has done something"),
    ],
)
def test_agent_that_has_done_something_looks_anew(
    house: House, calls: list[str], seen: list[str]
) -> None:
    """What it has changed may be what it looks at."""
    SEEN.clear()
    kernel = house.kernel(
        *asks_for(*calls),
        Reply(text="well"),
        tools=(
            make_tool(look, name="look", effect="read"),
            make_tool(post, name="post", effect="idempotent"),
        ),
    )
    run_id = kernel.start("steps: {act: {agent: Act, tools: [look, post], cache: run}}")
    assert kernel.until(run_id).status == "succeeded"
    assert seen == SEEN


@pytest.mark.parametrize("cache", ["", "cache: run", "cache: 7d"])
def test_step_that_is_tried_afresh_asks_anew(house: House, cache: str) -> None:
    """Whoever retries wants another answer, not the one that had not done."""
    no, yes = Reply(text="no"), Reply(value={"n": 1})
    kernel = house.kernel(no, no, no, yes)
    text = f"""
steps:
  count:
    for_each: "['a']"
    agent: Count {{{{ item }}}}
    output: {{n: int}}
    {cache}
"""
    run_id = kernel.start(text)
    assert kernel.until(run_id).status == "failed"
    kernel.client.retry(run_id)
    kernel.runtime.ring()
    kernel.until(run_id, "succeeded")
    assert kernel.output(run_id) == {"count": [{"n": 1}]}


def test_step_that_a_rerun_does_afresh_asks_anew(house: House) -> None:
    """`rerun --from` says so itself, however old an answer may be."""
    model = ScriptedModel(Script(name="test"))
    kernel = house.kernel(models=model)
    text = "steps: {ask: {agent: Say it, cache: 7d}}"
    first = kernel.start(text)
    assert kernel.until(first).status == "succeeded"
    new = NewRun(
        workflow_of(text), text, kernel.runtime.origin, {}, reuses=first, afresh=(StepName("ask"),)
    )
    second = kernel.runtime.start(new)
    assert kernel.until(second).status == "succeeded"
    assert len(model.calls) == 2
