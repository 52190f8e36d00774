"""Runs that reach a budget, through a real store, a real engine thread and real sockets."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from mn_notebook.clock import SystemClock
from mn_notebook.domain.fold_budgets import question_of
from mn_notebook.domain.ids import RunId, StepName
from mn_notebook.domain.why_people import question
from mn_notebook.errors import UsageError
from mn_notebook.runtime.models import configured_models, local_models
from mn_notebook.testing import Reply, Script, ScriptedModel, ScriptedModelServer
from tests.integration.house import House, Kernel, waits_until

FAN = """
budget: {calls: 20}
steps:
  look:
    for_each: "range(200) | list"
    concurrency: 50
    agent: "Look at {{ item }}"
limits: {steps: 50}
"""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A store of its own."""
    found = House(tmp_path)
    yield found
    found.close()


def calls_of(kernel: Kernel, run_id: RunId) -> int:
    return kernel.kinds(run_id).count("model.requested")


def test_fan_out_of_200_stops_at_twenty_calls_and_goes_on_when_more_is_given(
    house: House,
) -> None:
    """No call is made beyond the limit, nothing is repeated, and all is done in the end."""
    with ScriptedModelServer(Script(name="test", replies=(Reply(text="seen"),))) as server:
        settings = house.settings()
        settings.base_url = server.base_url
        models = configured_models(settings, local_models(settings), SystemClock())
        kernel = house.kernel(models=models)
        run_id = kernel.start(FAN)
        line = kernel.until(run_id, "waiting", seconds=30)
        assert line.waiting == 1
        assert len(server.requests) == 20
        assert calls_of(kernel, run_id) == 20
        state = kernel.client.state(run_id)
        assert not state.active
        asked = question_of(state)
        assert asked is not None
        assert asked.subject == "budget"
        kernel.decide(run_id, "approve", edits={"calls": 400})
        assert kernel.until(run_id, seconds=60).status == "succeeded"
        assert len(server.requests) == 200
        said = [str(request.body) for request in server.requests]
        assert len(set(said)) == 200
    assert kernel.client.state(run_id).account.calls == 200


CHAIN = """
budget: {calls: 1}
outputs: {first: "{{ a }}", second: "{{ b }}", kept: "{{ keep }}"}
steps:
  a: {agent: Say a.}
  b: {agent: "Say b, after {{ a }}.", on_failure: continue}
  keep: {python: keep, args: {a: "{{ a }}", b: "{{ b }}"}, join: all_done}
"""


def keep(a: Any, b: Any) -> list[Any]:
    return [a, b]


def test_stopping_gives_what_there_is(house: House) -> None:
    """After a no no model is asked; the other steps work with what there is."""
    kernel = house.kernel(Reply(text="said"), keep=keep)
    run_id = kernel.start(CHAIN)
    kernel.until(run_id, "waiting")
    kernel.decide(run_id, "reject", because="enough")
    assert kernel.until(run_id).status == "succeeded"
    assert kernel.output(run_id) == {"first": "said", "second": None, "kept": ["said", None]}
    state = kernel.client.state(run_id)
    assert state.partial
    assert state.progress_of(StepName("b")).status == "skipped"
    assert calls_of(kernel, run_id) == 1
    assert kernel.client.picture(run_id).status_text == "succeeded in part"


def test_stopping_a_fan_out_keeps_the_items_that_are_done(house: House) -> None:
    """Items that were not begun are skipped one by one; the step gives those that were done."""
    kernel = house.kernel(Reply(text="seen"))
    text = """
budget: {calls: 2}
steps:
  look:
    for_each: "[1, 2, 3, 4, 5]"
    concurrency: 1
    agent: "Look at {{ item }}"
"""
    run_id = kernel.start(text)
    kernel.until(run_id, "waiting")
    kernel.decide(run_id, "reject")
    assert kernel.until(run_id).status == "succeeded"
    given = kernel.client.values.load(kernel.client.state(run_id).output)
    assert isinstance(given, dict)
    looked = given["look"]
    assert isinstance(looked, list)
    assert len(looked) == 2
    assert kernel.client.state(run_id).progress_of(StepName("look")).skipped == 3


def test_cheaper_model_finishes(house: House) -> None:
    """All calls after the decision are made with the cheaper model, and the journal says so."""
    model = ScriptedModel(Script(name="test", replies=(Reply(text="said"),)))
    kernel = house.kernel(models=model, keep=keep)
    run_id = kernel.start("defaults: {model: 'scripted:dear', cheaper: 'scripted:cheap'}" + CHAIN)
    kernel.until(run_id, "waiting")
    asked = kernel.client.open_approval(run_id, None).request
    assert "scripted:cheap" not in asked.prompt  # of its own it does not help: a call is a call
    kernel.decide(run_id, "approve", edits={"model": "scripted:cheap", "calls": 9})
    assert kernel.until(run_id).status == "succeeded"
    assert [call.request.model for call in model.calls] == ["scripted:dear", "scripted:cheap"]
    raised = [r.event for r in kernel.client.events(run_id) if r.event.kind == "budget.raised"]
    assert [(one.model, one.by) for one in raised] == [("scripted:cheap", "ann")]


def test_too_little_is_refused_before_it_is_written(house: House) -> None:
    """An approval that would let the run ask again at once says what is needed."""
    kernel = house.kernel(Reply(text="said"), keep=keep)
    run_id = kernel.start(CHAIN)
    kernel.until(run_id, "waiting")
    with pytest.raises(
        UsageError, match="calls=1 is not enough: counted already: 1 call; with the"
    ):
        kernel.decide(run_id, "approve", edits={"calls": 1})
    with pytest.raises(UsageError, match="expected a whole number for calls, found 'many'"):
        kernel.decide(run_id, "approve", edits={"calls": "many"})
    assert kernel.client.run(run_id).waiting == 1


def test_waiting_run_holds_nothing_and_is_answered_after_a_restart(house: House) -> None:
    """No lease is held while it waits; another process decides while none lives."""
    kernel = house.kernel(Reply(text="said"), keep=keep)
    run_id = kernel.start(CHAIN)
    kernel.until(run_id, "waiting")
    assert waits_until(lambda: kernel.client.run(run_id).owner is None)
    kernel.runtime.close()
    other = house.client()
    request = other.open_approval(run_id, None).request
    other.decide(run_id, request, "approve", edits={"calls": 5})
    again = house.kernel(Reply(text="said"), keep=keep)
    assert again.until(run_id).status == "succeeded"
    assert calls_of(again, run_id) == 2


def test_more_is_given_before_it_is_used_up(house: House) -> None:
    """A run that was given more in time never asks."""
    gate = threading.Event()

    def hold() -> str:
        gate.wait(10)
        return "held"

    kernel = house.kernel(Reply(text="said"), hold=hold)
    text = """
budget: {calls: 1}
steps:
  held: {python: hold}
  a: {agent: "Say a, {{ held }}."}
  b: {agent: "Say b, after {{ a }}."}
"""
    run_id = kernel.start(text)
    kernel.until(run_id, "running")
    kernel.client.budget(run_id, {"calls": 2})
    kernel.runtime.ring()
    assert waits_until(lambda: "budget.raised" in kernel.kinds(run_id))
    gate.set()
    assert kernel.until(run_id).status == "succeeded"
    assert "budget.reached" not in kernel.kinds(run_id)


def test_model_without_a_price_is_asked_about_where_that_is_wanted(house: House) -> None:
    """`unknown_price: block` lets no call leave whose price nobody knows, before a yes."""
    with ScriptedModelServer(Script(name="test", replies=(Reply(text="said"),))) as server:
        settings = house.settings()
        settings.base_url, settings.model = server.base_url, "nobody-knows"
        models = configured_models(settings, local_models(settings), SystemClock())
        kernel = house.kernel(models=models)
        run_id = kernel.start("budget: {unknown_price: block}\nsteps:\n  a: {agent: Say a.}\n")
        kernel.until(run_id, "waiting")
        assert not server.requests
        assert "nobody knows" in kernel.client.picture(run_id).next
        kernel.decide(run_id, "approve")
        assert kernel.until(run_id).status == "succeeded"


# --- days and classes --------------------------------------------------------------------------


DAILY = """
group: daily
steps:
  look:
    for_each: "range(6) | list"
    concurrency: 3
    agent: "Look at {{ item }}"
"""


def a_day(house: House, notebook: str, **limits: str) -> Kernel:
    settings = house.settings(notebook)
    for name, said in limits.items():
        setattr(settings, name, said)
    models = ScriptedModel(Script(name="test", replies=(Reply(text="seen"),)))
    return house.kernel(models=models, settings=settings)


def test_a_days_budget_stops_runs_of_all_kernels_together(house: House) -> None:
    """What one kernel spends, another cannot; raised once, both go on."""
    one = a_day(house, "a.ipynb", day_budget="calls=8")
    other = a_day(house, "b.ipynb", day_budget="calls=8")
    runs = [(kernel, kernel.start(DAILY)) for kernel in (one, other)]
    for kernel, run_id in runs:
        kernel.until(run_id, "waiting", "succeeded", seconds=20)
    made = sum(calls_of(kernel, run_id) for kernel, run_id in runs)
    assert made == 8
    waiting = [(k, r) for k, r in runs if k.client.run(r).status == "waiting"]
    assert waiting
    kernel, run_id = waiting[0]
    reached = kernel.client.state(run_id).reached
    assert reached is not None
    assert reached.level == "day"
    assert reached.until is not None
    for kernel, run_id in waiting:
        kernel.decide(run_id, "approve", edits={"calls": 50})
    for kernel, run_id in runs:
        assert kernel.until(run_id, seconds=20).status == "succeeded"
    assert sum(calls_of(kernel, run_id) for kernel, run_id in runs) == 12


def test_a_classs_budget_holds_for_its_runs_alone(house: House) -> None:
    """Runs of another class are not held up."""
    kernel = a_day(house, "a.ipynb", class_budgets="daily: calls=2; other: calls=9")
    run_id = kernel.start(DAILY)
    free = kernel.start(DAILY.replace("group: daily", "group: free"))
    kernel.until(run_id, "waiting")
    assert kernel.until(free).status == "succeeded"
    assert calls_of(kernel, run_id) == 2


class Shifted(SystemClock):
    """A clock that somebody can put forward."""

    def __init__(self) -> None:
        self.by = timedelta()

    @override
    def now(self) -> datetime:
        return super().now() + self.by


def test_a_new_day_brings_a_new_budget_without_anybodys_word(house: House) -> None:
    """The run that waited for it goes on by itself, and asks again when that one is used up."""
    clock = Shifted()
    settings = house.settings()
    settings.day_budget = "calls=2"
    kernel = house.kernel(Reply(text="seen"), settings=settings, clock=clock)
    run_id = kernel.start(DAILY)
    kernel.until(run_id, "waiting")
    assert calls_of(kernel, run_id) == 2
    assert "A new day brings a new budget" in _why(kernel, run_id)
    clock.by = timedelta(days=1)
    assert waits_until(lambda: calls_of(kernel, run_id) == 4, seconds=20)
    assert kernel.until(run_id, "waiting").waiting == 1
    assert kernel.kinds(run_id).count("budget.reached") == 2
    assert "approval.decided" not in kernel.kinds(run_id)


def _why(kernel: Kernel, run_id: RunId) -> str:
    state = kernel.client.state(run_id)
    asking = next(iter(state.approvals.values()))
    return question(state, asking, kernel.client.clock.now())
