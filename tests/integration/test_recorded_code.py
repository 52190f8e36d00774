"""Runs whose code changes, or has gone, between the start of the run and the step that needs it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mn_notebook.agents.tools import make_tool
from mn_notebook.client import NewRun
from mn_notebook.domain.events import RunCreated, StepStarted, ToolJudged
from mn_notebook.domain.ids import NodePath, RunId, StepPath
from tests.integration.house import House, Kernel, waits_until, workflow_of
from tests.unit.agents.cells import Cells

SENT: list[str] = []


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    SENT.clear()
    house = House(tmp_path)
    yield house
    house.close()


def started(kernel: Kernel, text: str, **inputs: Any) -> RunId:
    """Start a run as the verb does: what it refers to is recorded."""
    workflow = workflow_of(text)
    refs = kernel.runtime.code.references(workflow)
    return kernel.runtime.start(NewRun(workflow, text, kernel.runtime.origin, inputs, refs))


def a_sender(change: str = "") -> Any:
    """Return the tool ``send`` as a cell defines it, in one version or another."""
    cells = Cells()
    cells.namespace["SENT"] = SENT
    body = f"    SENT.append('{change}' + text)\n    return 'sent'\n"
    cells.run(f"def send(text: str) -> str:\n{body}")
    return make_tool(cells["send"], effect="write")


ASKING = """
steps:
  review:
    approve: Send it?
    for: send
  send:
    tool: send
    args: {text: hello}
    needs: [review]
"""


def asked_anew(kernel: Kernel, run_id: RunId) -> Any:
    """Wait until a call itself is asked about, and return the question."""

    def calls() -> list[Any]:
        waiting = kernel.client.state(run_id).approvals.values()
        return [one.request for one in waiting if one.request.subject == "call"]

    assert waits_until(lambda: bool(calls()), 10)
    return calls()[0]


def test_approved_write_is_made_when_its_code_is_the_same(house: House) -> None:
    """The ordinary way: one approval, one call; running the cell again changes nothing."""
    kernel = house.kernel(tools=(a_sender(),))
    run_id = started(kernel, ASKING)
    kernel.until(run_id, "waiting")
    kernel.registry.add(a_sender())
    kernel.decide(run_id, "approve")
    assert kernel.until(run_id).status == "succeeded"
    assert SENT == ["hello"]


def test_write_whose_code_has_changed_asks_although_it_was_approved(house: House) -> None:
    """What was approved was another tool: the very call is asked about, and then made."""
    kernel = house.kernel(tools=(a_sender(),))
    run_id = started(kernel, ASKING)
    kernel.until(run_id, "waiting")
    kernel.registry.add(a_sender("changed: "))
    kernel.decide(run_id, "approve")
    request = asked_anew(kernel, run_id)
    assert request.prompt == (
        "May 'send' be called? It writes. Its code has changed since the run was started."
    )
    judged = [fact.event for fact in kernel.client.events(run_id)]
    (verdict,) = [event for event in judged if isinstance(event, ToolJudged)]
    assert verdict.because == "the tool's code has changed since the run was started"
    assert SENT == []
    kernel.decide(run_id, "approve")
    assert kernel.until(run_id).status == "succeeded"
    assert SENT == ["changed: hello"]


def test_changed_function_applies_to_steps_that_have_not_started(house: House) -> None:
    """It is used without a question, and the journal says with which code."""
    cells = Cells()
    cells.run("def work():\n    return 1\n")
    text = "steps:\n  review: {approve: Go on?}\n  work: {python: work, needs: [review]}\n"
    kernel = house.kernel(work=cells["work"])
    run_id = started(kernel, text)
    kernel.until(run_id, "waiting")
    cells.run("def work():\n    return 2\n")
    kernel.namespace["work"] = cells["work"]
    kernel.decide(run_id, "approve")
    assert kernel.until(run_id).status == "succeeded"
    events = [fact.event for fact in kernel.client.events(run_id)]
    (ref,) = [ref for one in events if isinstance(one, RunCreated) for ref in one.code]
    (began,) = [one for one in events if isinstance(one, StepStarted) and one.path == "work"]
    instance = kernel.client.state(run_id).instances[StepPath("work")]
    assert kernel.client.values.load(instance.output) == 2
    assert began.code_hash not in ("", ref.hash)


HELD = "steps:\n  review: {approve: Go on?}\n  work: {python: work, needs: [review]}\n"


def test_restarted_kernel_uses_the_recorded_source(house: House) -> None:
    """Nothing has run in it, and the run goes on."""
    cells = Cells()
    cells.run("import math\ndef half(n):\n    return n / 2\n")
    cells.run("def work():\n    return half(math.ceil(2.5))\n")
    first = house.kernel(**cells.namespace)
    run_id = started(first, HELD)
    first.until(run_id, "waiting")
    first.runtime.close()
    second = house.kernel()
    second.decide(run_id, "approve")
    assert second.until(run_id).status == "succeeded"


def test_other_user_waits_for_the_cell(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What another user has recorded is never executed; the cell brings it back."""
    cells = Cells()
    cells.run("def work():\n    return 1\n")
    first = house.kernel(**cells.namespace)
    run_id = started(first, HELD)
    first.until(run_id, "waiting")
    first.runtime.close()
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "another"))
    second = house.kernel(user="eve")
    second.decide(run_id, "approve")

    def waits_for() -> str:
        return second.client.state(run_id).progress[NodePath("work")].waiting_because or ""

    assert waits_until(lambda: bool(waits_for()), 10)
    assert waits_for() == (
        "the function 'work' is not there: run the cell that defines it (cell 1); its recorded "
        "source is not signed by this user"
    )
    second.namespace["work"] = cells["work"]
    second.runtime.unblock()
    assert second.until(run_id).status == "succeeded"
