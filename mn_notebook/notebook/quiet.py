"""Keeps tracebacks away from mistakes that their message explains."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mn_notebook.errors import MnError
from mn_notebook.notebook.shell import said


@contextmanager
def quietly() -> Iterator[None]:
    """Let IPython show an `MnError` as its message alone; programs catch it.

    A program without a shell is told the commands that a terminal types.
    """
    try:
        yield
    except MnError as fault:
        fault.args = tuple(said(part) if isinstance(part, str) else part for part in fault.args)
        shown = [f"{type(fault).__name__}: {fault}"]
        unseen: Any = fault
        unseen._render_traceback_ = lambda: shown
        raise
