"""Keeps tracebacks away from mistakes that their message explains."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mn_notebook.errors import MnError


@contextmanager
def quietly() -> Iterator[None]:
    """Let IPython show an `MnError` as its message alone; programs catch it as it is."""
    try:
        yield
    except MnError as fault:
        shown = [f"{type(fault).__name__}: {fault}"]
        unseen: Any = fault
        unseen._render_traceback_ = lambda: shown
        raise
