"""Crashes, and a store's moods, on purpose and on time: for deterministic simulations."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

Side = Literal["before", "after"]
Operation = Callable[[Any], Any]
"""A function of a cursor; see `mn_notebook.store.writer`."""
Done = Callable[[Any, Any], None]

CRASH_SIDES: tuple[Side, ...] = ("before", "after")


class Crash(KeyboardInterrupt):
    """The process ends here. No task, task group or handler of it can catch this and go on."""


class Inner(Protocol):
    """The writer that is simulated: it commits one operation at a time, in the caller's thread."""

    trouble: str | None

    def call(self, operation: Operation) -> Any:
        """Run an operation in a transaction of its own."""
        ...

    def close(self) -> None:
        """Let go of the store."""
        ...


@dataclass(frozen=True, slots=True)
class CrashAt:
    """The commit at which a process ends, counted from 1, and on which side of it."""

    commit: int
    side: Side


class SimulatedWriter:
    """Groups operations into commits after delays of its own, and dies, or balks, where it is told.

    ``before``: nothing of the commit is written. ``after``: all of it is written, and the process
    never learns. A dead writer takes operations and forgets them, because a dead process writes
    nothing; that its last tasks are still swept up must not matter.
    """

    def __init__(
        self,
        inner: Inner,
        *,
        crash_at: CrashAt | None = None,
        delay: Callable[[], float] = lambda: 0.0,
        balks: Callable[[int], Exception | None] = lambda _commit: None,
        unclear: Callable[[int], bool] = lambda _commit: False,
        dies: Callable[[int, Side], bool] = lambda _commit, _side: False,
    ) -> None:
        """Write through ``inner``.

        ``delay`` says how long the next commit takes; ``balks`` gives the error of a try to make
        the commit of that number, or None; ``unclear`` tells whether that commit goes through and
        yet seems to have failed, so that it is tried again later, when others may have written;
        ``dies`` tells whether the process ends at that side of it, as ``crash_at`` does.
        """
        self.trouble: str | None = None
        self.commits = 0
        self.dead = False
        self._inner = inner
        self._crash_at = crash_at
        self.delay = delay
        self._balks = balks
        self._unclear = unclear
        self._dies = dies
        self._queue: list[tuple[Operation, Done]] = []
        self._timer: asyncio.TimerHandle | None = None

    def submit(self, operation: Operation, done: Done) -> None:
        """Queue an operation; ``done`` is called after its commit."""
        if self.dead:
            return
        self._queue.append((operation, done))
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self.delay(), self._write)

    def call(self, operation: Operation, queued: Callable[[], None] = lambda: None) -> Any:
        """Commit what is queued, and this operation, at once; return its result."""
        results: list[Any] = []
        if self.dead:
            raise Crash
        self._queue.append((operation, lambda result, _fault: results.append(result)))
        queued()
        while not self._commit():
            pass
        return results[0]

    def close(self) -> None:
        """Stop; the simulated process is over."""
        self.dead = True

    def _write(self) -> None:
        self._timer = None
        if self.dead or not self._queue or self._commit():
            return
        self._timer = asyncio.get_running_loop().call_later(self.delay() + 0.01, self._write)

    def _commit(self) -> bool:
        """Make one commit of all that is queued; False when the store balks."""
        fault = self._balks(self.commits + 1)
        if fault is not None:
            self.trouble = str(fault)
            return False
        self.trouble = None
        self.commits += 1
        self._die_if("before")
        batch, self._queue = self._queue, []
        operations = [operation for operation, _ in batch]
        results = self._inner.call(lambda cursor: _all(cursor, operations))
        self._die_if("after")
        if self._unclear(self.commits):
            self.trouble = "nobody knows whether the last commit went through"
            self._queue = batch + self._queue
            return False
        for (_, done), result in zip(batch, results, strict=True):
            done(result, None)
        return True

    def _die_if(self, side: Side) -> None:
        if self._crash_at == CrashAt(self.commits, side) or self._dies(self.commits, side):
            self.dead = True
            raise Crash


def _all(cursor: Any, operations: Sequence[Operation]) -> list[Any]:
    return [operation(cursor) for operation in operations]
