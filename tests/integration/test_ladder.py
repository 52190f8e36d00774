"""A ladder of models: the cheap one is asked first, and the next one where it will not do."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mn_notebook.client import NewRun
from mn_notebook.clock import SystemClock
from mn_notebook.domain.events import ModelRequested
from mn_notebook.domain.ids import RunId
from mn_notebook.runtime.models import configured_models, local_models
from mn_notebook.testing import Reply, Rule, Script, ScriptedCall, ScriptedModel
from mn_notebook.testing.model_server import ScriptedModelServer
from tests.integration.house import House, Kernel, workflow_of

ASK = """
steps:
  sort:
    agent: "Which kind is this?"
    model: [small, large]
    unsure: output.confidence < 0.8
    output: {kind: str, confidence: float}
"""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A store of its own."""
    found = House(tmp_path)
    yield found
    found.close()


def by(model: str, *replies: Reply) -> Rule:
    return Rule(model=model, replies=replies)


def kernel_of(house: House, *rules: Rule, **more: Any) -> Kernel:
    return house.kernel(models=ScriptedModel(Script(name="test", rules=rules)), **more)


def asked(kernel: Kernel, run_id: RunId) -> list[tuple[str, int, bool, str]]:
    events = [recorded.event for recorded in kernel.client.events(run_id)]
    return [
        (event.model, event.rung, event.reask, event.climbed)
        for event in events
        if isinstance(event, ModelRequested)
    ]


def test_sure_answer_of_the_cheap_model_is_taken(house: House) -> None:
    """Nobody above it is asked."""
    sure = Reply(value={"kind": "bug", "confidence": 0.9})
    kernel = kernel_of(house, by("small", sure))
    run_id = kernel.start(ASK)
    assert kernel.until(run_id).status == "succeeded"
    assert asked(kernel, run_id) == [("small", 0, False, "")]


def test_unsure_answer_asks_the_next_model_and_says_why(house: House) -> None:
    """The reason is in the journal, in the log and in `why`."""
    kernel = kernel_of(
        house,
        by("small", Reply(value={"kind": "bug", "confidence": 0.4})),
        by("large", Reply(value={"kind": "wish", "confidence": 0.3})),
    )
    run_id = kernel.start(ASK)
    assert kernel.until(run_id).status == "succeeded"
    # The top of the ladder has the last word, unsure or not.
    assert kernel.output(run_id) == {"sort": {"kind": "wish", "confidence": 0.3}}
    reason = "its answer was unsure: output.confidence < 0.8"
    assert asked(kernel, run_id) == [("small", 0, False, ""), ("large", 1, False, reason)]


def test_malformed_answer_is_asked_again_once_and_then_of_the_next_model(house: House) -> None:
    """The next model hears nothing of the answers that were not taken."""
    model = ScriptedModel(
        Script(
            name="test",
            rules=(
                by("small", Reply(text="a bug, I think")),
                by("large", Reply(value={"kind": "bug", "confidence": 1.0})),
            ),
        )
    )
    kernel = house.kernel(models=model)
    run_id = kernel.start(ASK)
    assert kernel.until(run_id).status == "succeeded"
    told = asked(kernel, run_id)
    assert [one[:3] for one in told] == [
        ("small", 0, False),
        ("small", 0, True),
        ("large", 1, False),
    ]
    assert told[-1][3].startswith("its answer stayed malformed: it is not JSON")
    assert len(model.calls[-1].request.messages) == 2


def test_next_model_goes_on_with_what_the_tools_have_given(house: House) -> None:
    """What is done stays done: nothing is called again, in either mode of tools."""
    seen: list[str] = []

    def look(q: str) -> str:
        """Look."""
        seen.append(q)
        return "seen"

    call = Reply(calls=(ScriptedCall(name="look", arguments={"q": "a"}),))
    kernel = kernel_of(
        house,
        by("small", call, Reply(value={"kind": "bug", "confidence": 0.1})),
        by("large", Reply(value={"kind": "bug", "confidence": 1.0})),
        tools=(look,),
    )
    run_id = kernel.start(ASK + "    tools: [look]\n")
    kernel.until(run_id, "waiting", "succeeded")
    kernel.decide(run_id, "approve")  # An undeclared effect is a write.
    assert kernel.until(run_id).status == "succeeded"
    assert seen == ["a"]
    assert [one[0] for one in asked(kernel, run_id)] == ["small", "small", "large"]


def test_ladder_of_the_defaults_holds_for_steps_that_name_no_model(house: House) -> None:
    """A step's own model stands alone."""
    text = """
defaults: {model: [small, large]}
steps:
  one: {agent: One, output: {n: int}, on_failure: continue}
  two: {agent: Two, output: {n: int}, model: small, on_failure: continue}
outputs: {one: "{{ one }}"}
"""
    kernel = kernel_of(house, by("small", Reply(text="no")), by("large", Reply(value={"n": 1})))
    run_id = kernel.start(text)
    assert kernel.until(run_id).status == "succeeded"
    assert kernel.output(run_id) == {"one": {"n": 1}}
    assert [one[0] for one in asked(kernel, run_id)].count("large") == 1


def test_model_that_is_pinned_for_the_budget_is_asked_alone(house: House) -> None:
    """Who has chosen a cheaper model is not led up the ladder: what there is will do."""
    text = "budget: {calls: 1}\ndefaults: {cheaper: tiny}" + ASK
    kernel = kernel_of(
        house,
        by("small", Reply(value={"kind": "bug", "confidence": 0.1})),
    )
    run_id = kernel.start(text)
    kernel.until(run_id, "waiting")
    kernel.decide(run_id, "approve", edits={"model": "tiny", "calls": 9})
    assert kernel.until(run_id).status == "succeeded"
    assert kernel.output(run_id) == {"sort": {"kind": "bug", "confidence": 0.1}}
    assert [one[0] for one in asked(kernel, run_id)] == ["small"]


@pytest.mark.parametrize("models", ["large", "[small, large]"])
def test_rerun_asks_anew_where_the_workflow_names_other_models(house: House, models: str) -> None:
    """A step that names none is determined by those of its workflow."""
    text = "defaults: {model: MODELS}\nsteps: {ask: {agent: Say it}}"
    kernel = kernel_of(house, by("small", Reply(text="s")), by("large", Reply(text="l")))
    first = kernel.start(text.replace("MODELS", "small"))
    kernel.until(first)
    again = text.replace("MODELS", models)
    new = NewRun(workflow_of(again), again, kernel.runtime.origin, {}, reuses=first)
    second = kernel.runtime.start(new)
    assert kernel.until(second).status == "succeeded"
    assert len(asked(kernel, second)) == 1
    same = NewRun(workflow_of(again), again, kernel.runtime.origin, {}, reuses=second)
    third = kernel.runtime.start(same)
    assert kernel.until(third).status == "succeeded"
    assert asked(kernel, third) == []


def test_ladder_over_the_wire(house: House) -> None:
    """A real server is asked for the models by name, and is sent the same head of a prompt."""
    rules = (
        by("small", Reply(value={"kind": "bug", "confidence": 0.2})),
        by("large", Reply(value={"kind": "bug", "confidence": 0.9})),
    )
    with ScriptedModelServer(Script(name="test", rules=rules)) as server:
        settings = house.settings()
        settings.base_url = server.base_url
        models = configured_models(settings, local_models(settings), SystemClock())
        kernel = house.kernel(models=models)
        run_id = kernel.start(ASK)
        assert kernel.until(run_id, seconds=30).status == "succeeded"
        bodies = [request.body for request in server.requests]
    assert [body["model"] for body in bodies] == ["small", "large"]
    assert bodies[0]["messages"] == bodies[1]["messages"]
