"""Knows which call a print belongs to: that of its thread, or the one that started its thread."""

import contextvars
import io
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

_STARTED_BY = "_mn_started_by"


class Record(io.StringIO):
    """What a call prints."""

    over = False
    """The call has ended: threads that it has left behind print on their own account."""


_record: contextvars.ContextVar[Record | None] = contextvars.ContextVar("mn_record", default=None)


@contextmanager
def recorded() -> Iterator[Record]:
    """Keep what is printed inside, by this thread and by those that it starts."""
    record = Record()
    token = _record.set(record)
    try:
        yield record
    finally:
        record.over = True
        _record.reset(token)


def record_here() -> Record | None:
    """Return the record of the call that this thread makes, or works for; None: it is nobody's."""
    own = _record.get()
    if own is not None:
        return own
    starter: Record | None = threading.current_thread().__dict__.get(_STARTED_BY)
    return None if starter is None or starter.over else starter


_start: Callable[[threading.Thread], None] = threading.Thread.start


def _noted_start(thread: threading.Thread) -> None:
    """Start a thread; one that a call starts remembers which."""
    record = record_here()
    if record is not None:
        thread.__dict__[_STARTED_BY] = record
    _start(thread)


def follow_threads() -> None:
    """Let threads remember the call that started them; done once for a process."""
    methods: Any = threading.Thread
    if methods.start is _start:
        methods.start = _noted_start


def unfollow_threads() -> None:
    """Leave threads alone again, unless somebody else has changed how they start meanwhile."""
    methods: Any = threading.Thread
    if methods.start is _noted_start:
        methods.start = _start
