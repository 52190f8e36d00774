"""Reads journals into states, a page at a time: only the state stays in memory."""

import gc
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from mn_notebook.domain.events import Recorded
from mn_notebook.domain.fold import apply
from mn_notebook.domain.state import RunState
from mn_notebook.ports import Journal

PAGE = 2_000
"""Events that are in memory at once."""


def caught_up(state: RunState, journal: Journal) -> RunState:
    """Return the state after all that the journal holds now.

    Raises:
        StoreTooNew: a newer program wrote a part of it.
    """
    page = journal.read(state.run_id, after=state.head, most=PAGE)
    if len(page) < PAGE:
        return _after(state, page)
    with _UNCOLLECTED():
        while page:
            state = _after(state, page)
            page = journal.read(state.run_id, after=state.head, most=PAGE)
    return state


def _after(state: RunState, page: Iterable[Recorded]) -> RunState:
    for recorded in page:
        state = apply(state, recorded)
    return state


class _Uncollected:
    """Keeps Python from looking for circles of garbage, for as long as anybody wants it.

    A fold makes no circles, and what it makes it keeps: looking through that again and again took
    more than half of the time of a journal of 100,000 events. Whoever had switched the collection
    off before finds it off afterwards.
    """

    def __init__(self) -> None:
        self._users = 0
        self._was_on = False
        self._lock = threading.Lock()
        """Protects the number of users: the threads of a process share the switch."""

    @contextmanager
    def __call__(self) -> Iterator[None]:
        with self._lock:
            if not self._users:
                self._was_on = gc.isenabled()
                gc.disable()
            self._users += 1
        try:
            yield
        finally:
            with self._lock:
                self._users -= 1
                if not self._users and self._was_on:
                    gc.enable()


_UNCOLLECTED = _Uncollected()
