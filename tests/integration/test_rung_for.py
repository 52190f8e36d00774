"""A kernel that is rung for takes up at once what another process left for it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mn_notebook.engine import worker
from tests.integration.house import House, waits_until

ASKING = "steps: {ask: {approve: Go on?}}"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    one = House(tmp_path)
    yield one
    one.close()


def test_a_decision_of_another_process_is_heard_without_a_look(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next look around would be too late for this test."""
    kernel = house.kernel()
    run_id = kernel.start(ASKING)
    kernel.until(run_id, "waiting")
    monkeypatch.setattr(worker, "PROBE_SECONDS", 300.0)
    kernel.runtime.ring()  # so that it waits as long from now on
    terminal = house.kernel(notebook="b.ipynb").runtime.client
    request = next(iter(terminal.state(run_id).approvals.values())).request
    terminal.decide(run_id, request, "approve")
    assert waits_until(lambda: terminal.run(run_id).status == "succeeded")
