"""How often a worker looks around that advances no run, in a loop whose time nobody waits for."""

import asyncio
import os
import selectors
from collections.abc import Callable, Collection, Sequence
from itertools import pairwise
from typing import Any

import pytest
from typing_extensions import override

from mn_notebook.domain.ids import RunId
from mn_notebook.engine import worker as module
from mn_notebook.engine.worker import Worker
from mn_notebook.testing.doubles import FakeClock

MINUTE = 60.0


class _Selector(selectors.DefaultSelector):
    """Lets time pass instead of waiting for it."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self._clock = clock

    @override
    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout:
            self._clock.advance(timeout)
        return ready


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self, clock: FakeClock) -> None:
        self._its = clock
        super().__init__(_Selector(clock))

    @override
    def time(self) -> float:
        return self._its.monotonic()


class _Bell:
    def __init__(self) -> None:
        self.hears, self._rings = os.pipe()

    def ring(self) -> None:
        os.write(self._rings, b"1")

    def fileno(self) -> int:
        return self.hears

    def heard(self) -> None:
        os.read(self.hears, 64)

    def take_down(self) -> None:
        os.close(self.hears)
        os.close(self._rings)


class _Looks:
    """An inbox and leases that note when they are asked, and have nothing."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self.for_commands: list[float] = []
        self.for_runs: list[float] = []

    def changed(self) -> bool:
        self.for_commands.append(self._clock.monotonic())
        return False

    def claimable(self, _origins: Collection[str]) -> Sequence[RunId]:
        self.for_runs.append(self._clock.monotonic())
        return []


def looked(
    *, seconds: float, bell: _Bell | None, also: Callable[[Worker, _Loop], None] | None = None
) -> _Looks:
    """Let a worker look around for so long, and return when it did."""
    clock = FakeClock()
    looks: Any = _Looks(clock)
    services: Any = type("Services", (), {"clock": clock})()
    worker = Worker(services, looks, looks, lambda _run_id: None, origins=["n"], bell=bell)

    async def main() -> None:
        loop: Any = asyncio.get_running_loop()
        loop.call_later(seconds, worker.stop)
        if also is not None:
            also(worker, loop)
        await worker.main()

    with asyncio.Runner(loop_factory=lambda: _Loop(clock)) as runner:
        runner.run(main())
    found: _Looks = looks
    return found


def longest(times: list[float]) -> float:
    return max(later - earlier for earlier, later in pairwise(times))


def test_who_is_rung_for_looks_seldom_while_it_is_idle() -> None:
    """An idle process costs a fifth; what a program left that does not ring waits half a second."""
    often = looked(seconds=MINUTE, bell=None)
    seldom = looked(seconds=MINUTE, bell=_Bell())

    assert len(often.for_commands) >= MINUTE / module.PROBE_SECONDS - 1
    assert len(seldom.for_commands) <= MINUTE / module.IDLE_PROBE_SECONDS + 1
    assert longest(seldom.for_commands) <= module.IDLE_PROBE_SECONDS + 1e-6


@pytest.mark.parametrize("pause", [module.IDLE_PROBE_SECONDS, 0.7, 300.0])
def test_runs_of_the_dead_are_looked_for_as_often_by_who_is_idle(
    pause: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rivals' silence is counted at these looks: a takeover must not take longer."""
    monkeypatch.setattr(module, "IDLE_PROBE_SECONDS", pause)
    seldom = looked(seconds=MINUTE, bell=_Bell()).for_runs
    often = looked(seconds=MINUTE, bell=None).for_runs

    assert len(seldom) >= len(often)
    assert longest(seldom) <= longest(often) + 1e-6
    assert longest(seldom) <= module.RECOVER_SECONDS + 1e-6


@pytest.mark.parametrize("at", [0.07, 0.61, 30.49])
def test_an_idle_worker_that_is_rung_for_looks_at_once(at: float) -> None:
    """From another process with its bell, from another thread with `ring`: no time passes."""
    bell = _Bell()
    by_bell = looked(seconds=MINUTE, bell=bell, also=lambda _, loop: _later(loop, at, bell.ring))
    by_ring = looked(seconds=MINUTE, bell=_Bell(), also=lambda w, loop: _later(loop, at, w.ring))

    assert any(abs(time - at) < 1e-6 for time in by_bell.for_commands)
    assert any(abs(time - at) < 1e-6 for time in by_ring.for_commands)


def _later(loop: _Loop, seconds: float, action: Callable[[], None]) -> None:
    loop.call_later(seconds, action)


def test_what_could_not_be_heard_is_tried_again_at_the_next_usual_look() -> None:
    """A store that failed for a moment must not make a command wait longer than before."""

    def unheard(worker: Worker, _loop: _Loop) -> None:
        worker._unheard = True
        worker.take_up_commands = lambda: _raise()  # type: ignore[method-assign]

    looks = looked(seconds=MINUTE, bell=_Bell(), also=unheard)

    assert longest(looks.for_commands) <= module.PROBE_SECONDS + 1e-6


def _raise() -> None:
    from mn_notebook.errors import StoreBusy

    message = "held by another program"
    raise StoreBusy(message)
