"""Threads for the analyst's blocking code: as many as there are calls, and used again.

A pool of a fixed size would let calls that never end starve all others; a new thread for each call
costs more than the rest of a small step.
"""

import contextvars
import queue
import threading
from collections.abc import Callable

from typing_extensions import override

IDLE_SECONDS = 30.0
"""So long a thread waits for its next call before it ends."""

Job = Callable[[], None]


class _Thread(threading.Thread):
    """Does one job after the other. A daemon: what never ends does not keep the process alive."""

    def __init__(self, first: Job) -> None:
        super().__init__(name="mn-call", daemon=True)
        self.jobs: queue.SimpleQueue[Job] = queue.SimpleQueue()
        self.jobs.put(first)

    @override
    def run(self) -> None:
        """Do jobs until there is none for a while."""
        while True:
            try:
                job = self.jobs.get(timeout=IDLE_SECONDS)
            except queue.Empty:
                if _leave(self):
                    return
                continue  # It was chosen at this very moment.
            # What a job does to its context must not reach the next one.
            contextvars.copy_context().run(job)
            del job  # else its arguments live until the next one comes
            _IDLE.append(self)


_IDLE: list[_Thread] = []
"""Those that wait, the one that worked last at the end; each operation on it is atomic."""


def in_thread(job: Job) -> None:
    """Do a job in a thread where nothing else is done meanwhile; it must not raise."""
    try:
        idle = _IDLE.pop()
    except IndexError:
        _Thread(job).start()
    else:
        idle.jobs.put(job)


def _leave(thread: _Thread) -> bool:
    try:
        _IDLE.remove(thread)
    except ValueError:
        return False
    return True


def forget_threads() -> None:
    """Let a forked child start without its parent's threads, of which it has only the names."""
    _IDLE.clear()
