"""Long results of tools are cut, summarised or refused, by a rule that is journaled."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mn_notebook.domain.events import ModelRequested, ToolShortened, ToolSucceeded
from mn_notebook.domain.ids import RunId
from mn_notebook.testing import Reply, Rule, Script, ScriptedCall, ScriptedModel
from tests.integration.house import House, Kernel

READ = """
steps:
  read:
    agent: "What does the log say?"
    tools: [log]
    RULE
"""
LOG = "begin " + "x" * 20_000 + " end"
CALL = Reply(calls=(ScriptedCall(name="log", arguments={}),))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A store of its own."""
    found = House(tmp_path)
    yield found
    found.close()


def opened(house: House, *rules: Rule) -> tuple[Kernel, ScriptedModel]:
    from mn_notebook.agents.tools import make_tool

    def log() -> str:
        """Read the log."""
        return LOG

    model = ScriptedModel(Script(name="test", rules=rules, replies=(CALL, Reply(text="fine"))))
    tool = make_tool(log, name="log", effect="read")
    return house.kernel(models=model, tools=(tool,)), model


def of(kernel: Kernel, run_id: RunId, kind: type) -> list[Any]:
    events = [recorded.event for recorded in kernel.client.events(run_id)]
    return [event for event in events if isinstance(event, kind)]


def told(model: ScriptedModel) -> str:
    return model.calls[-1].request.messages[-1].content


def test_long_result_is_cut_in_the_middle_and_the_journal_says_how(house: House) -> None:
    """The beginning and the end are shown; the whole is kept."""
    kernel, model = opened(house)
    run_id = kernel.start(READ.replace("RULE", ""))
    assert kernel.until(run_id).status == "succeeded"
    shown = told(model)
    assert shown.startswith("begin xxx")
    assert shown.endswith("xxx end")
    assert "characters are left out here" in shown
    (fact,) = of(kernel, run_id, ToolShortened)
    assert (fact.over, fact.characters, fact.first, fact.last) == (8000, len(LOG), 6000, 2000)
    (succeeded,) = of(kernel, run_id, ToolSucceeded)
    assert kernel.client.values.load(succeeded.output) == LOG


def test_result_within_the_rule_is_shown_whole(house: House) -> None:
    """Who wants more says so."""
    kernel, model = opened(house)
    run_id = kernel.start(READ.replace("RULE", "long_results: {over: 30000}"))
    assert kernel.until(run_id).status == "succeeded"
    assert told(model) == LOG
    assert of(kernel, run_id, ToolShortened) == []


def test_summary_is_asked_for_once_and_shown_from_then_on(house: House) -> None:
    """It is a model call like any other: announced, answered, paid for and counted."""
    rule = Rule(contains="log gave:", model="tiny", replies=(Reply(text="All went well."),))
    kernel, model = opened(house, rule)
    text = READ.replace("RULE", "long_results: {then: summarise, model: tiny}")
    run_id = kernel.start(text)
    assert kernel.until(run_id).status == "succeeded"
    assert told(model) == f"(a summary of {len(LOG):,} characters) All went well."
    asked = of(kernel, run_id, ModelRequested)
    (fact,) = of(kernel, run_id, ToolShortened)
    assert [one.about for one in asked] == [None, fact.call_id, None]
    assert fact.by == asked[1].call_id
    assert kernel.client.state(run_id).account.calls == 3


def test_empty_summary_is_no_summary(house: House) -> None:
    """Then the result is cut, and the reason is journaled and told."""
    rule = Rule(contains="log gave:", replies=(Reply(text="  "),))
    kernel, model = opened(house, rule)
    run_id = kernel.start(READ.replace("RULE", "long_results: {then: summarise}"))
    assert kernel.until(run_id).status == "succeeded"
    (fact,) = of(kernel, run_id, ToolShortened)
    assert fact.summary is None
    assert fact.because == "the summary that was asked for was empty"
    assert fact.because in told(model)


def test_step_may_fail_rather_than_lose_anything(house: House) -> None:
    """The message says what to change."""
    kernel, _ = opened(house)
    failure = kernel.failure(READ.replace("RULE", "long_results: {over: 500, then: fail}"))
    assert f"log gave {len(LOG):,} characters, and the step allows 500" in failure
    assert "`summarise`" in failure
