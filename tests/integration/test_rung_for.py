"""A kernel takes up at once what it is rung for, and soon what nobody rang for."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mn_notebook.client import NewRun
from mn_notebook.engine import worker
from mn_notebook.store.bells import Bells
from tests.integration.house import House, Kernel, waits_until, workflow_of

ASKING = "steps: {ask: {approve: Go on?}}"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    one = House(tmp_path)
    yield one
    one.close()


def never_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PROBE_SECONDS", "IDLE_PROBE_SECONDS", "RECOVER_SECONDS"):
        monkeypatch.setattr(worker, name, 300.0)


def test_a_decision_of_another_process_is_heard_without_a_look(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next look around would be too late for this test."""
    kernel = house.kernel()
    run_id = kernel.start(ASKING)
    kernel.until(run_id, "waiting")
    never_looks(monkeypatch)
    kernel.runtime.ring()  # so that it waits as long from now on
    terminal = house.kernel(notebook="b.ipynb").runtime.client
    request = next(iter(terminal.state(run_id).approvals.values())).request
    terminal.decide(run_id, request, "approve")
    assert waits_until(lambda: terminal.run(run_id).status == "succeeded")


def test_a_decision_that_nobody_rang_for_is_found_by_a_look(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An older program does not ring: an idle kernel looks, and not only for runs of the dead."""
    monkeypatch.setattr(worker, "RECOVER_SECONDS", 300.0)
    kernel = house.kernel()
    run_id = kernel.start(ASKING)
    kernel.until(run_id, "waiting")
    monkeypatch.setattr(Bells, "ring", lambda _bells: None)
    terminal = house.client()
    request = next(iter(terminal.state(run_id).approvals.values())).request
    terminal.decide(run_id, request, "approve")
    assert waits_until(lambda: terminal.run(run_id).status == "succeeded")


def test_a_timer_fires_in_a_run_that_an_idle_kernel_begins(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The long pause of an idle kernel ends with its first run: no timer waits for it."""
    for name in ("IDLE_PROBE_SECONDS", "RECOVER_SECONDS"):
        monkeypatch.setattr(worker, name, 300.0)
    kernel = house.kernel()
    run_id = kernel.runtime.start(new_run(kernel))
    assert waits_until(lambda: kernel.client.run(run_id).status == "succeeded")


def new_run(kernel: Kernel) -> NewRun:
    text = "steps: {nap: {wait: 0.3s}}"
    return NewRun(workflow_of(text), text, kernel.runtime.origin, {})
