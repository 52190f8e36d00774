"""An attempt whose predecessor is being stopped begins when that one has ended."""

from typing import Any

from mn_notebook.domain.ids import StepPath
from mn_notebook.domain.workflow import Retry
from mn_notebook.engine.attempts import Attempts
from mn_notebook.engine.services import Slots
from tests.unit.domain.journals import python, workflow
from tests.unit.engine.plays import Play, calls

PATH = StepPath("sub/x")


class Owner:
    """Holds a run's state."""

    lost = False

    def __init__(self, play: Play) -> None:
        self._play = play

    @property
    def state(self) -> Any:
        return self._play.state


def _now(job: Any) -> None:
    job()


def test_a_new_attempt_waits_for_the_end_of_the_one_that_is_being_stopped():
    """Two of them never work beside each other, and none is forgotten."""
    retry = Retry(attempts=2, backoff_seconds=0)
    outer = calls("sub", "c", retry=retry, timeout_seconds=10.0)
    inner = workflow(python("x", isolation="process"))
    play = Play(workflow(outer).linked({"c": inner})).begin()
    owner: Any = Owner(play)
    spawned: list[Any] = []
    slots = Slots(8)
    attempts = Attempts(play.moves._services, slots, _now, spawned.append)
    attempts.announce([PATH])
    for path, attempt in attempts.prepare(owner).items():
        attempts.launch(owner, path, attempt)
    assert (len(spawned), slots.busy) == (1, 1)
    first = attempts._known[PATH]

    play.pass_seconds(10.5)
    assert play.active == [PATH]
    assert play.state.active[PATH] != first.token
    attempts.announce([PATH])
    attempts.stop_orphans(play.state.active)
    assert first._stopped
    prepared = attempts.prepare(owner)
    assert prepared == {PATH: None}
    attempts.launch(owner, PATH, None)
    assert len(spawned) == 1
    attempts.ended(owner, PATH)
    assert (len(spawned), slots.busy) == (2, 1)
    assert attempts._known[PATH].token == play.state.active[PATH]
    attempts.ended(owner, PATH)
    assert (len(spawned), slots.busy) == (2, 0)
    for coroutine in spawned:
        coroutine.close()
