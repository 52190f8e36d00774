"""Runs that found no free slot look again when there is one."""

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from mn_notebook.engine.worker import Worker
from mn_notebook.testing.doubles import FakeClock

if TYPE_CHECKING:
    from collections.abc import Callable


class Hungry:
    """A run with nothing under way that could start a step."""

    def __init__(self) -> None:
        self.state = SimpleNamespace(run_id="run1", ended=False)
        self.lost = False
        self.is_blocked = False
        self.idle = True
        self.advanced = 0

    @property
    def starved(self) -> bool:
        return not self.advanced

    def advance(self) -> None:
        self.advanced += 1


@pytest.mark.parametrize("free_first", [True, False], ids=["slot-is-free", "slot-becomes-free"])
def test_a_starved_run_looks_again_whenever_the_slot_becomes_free(free_first: bool) -> None:
    """Also when it became free between its look and the commit that it was told of.

    With a thousand runs at once every ninth stood still for ever.
    """
    nothing: Any = None
    lookup: Callable[[Any], Any] = lambda _run_id: nothing  # noqa: E731 - never called
    services: Any = SimpleNamespace(clock=FakeClock())
    worker = Worker(services, nothing, nothing, lookup, origins=["n"], max_attempts=1)
    runs = worker._runs
    runner: Any = Hungry()
    runs._runners[runner.state.run_id] = runner
    runs._slots.busy = 0 if free_first else 1
    runs.changed(runner)
    if not free_first:
        assert not runner.advanced
        runs._slots.busy = 0
        runs._feed()
    assert runner.advanced == 1
