"""Ends the runtimes of a process with it: at its exit, and in a forked child."""

import atexit
import os
from typing import Protocol

from mn_notebook.agents.threads import forget_threads


class Endable(Protocol):
    """What owns runs, as far as its process's end is concerned."""

    def close(self) -> None:
        """Give up all runs, for others to go on with."""
        ...

    def disable(self) -> None:
        """Become harmless in a forked child: the runs belong to the parent."""
        ...


_OPEN: set[Endable] = set()
"""Those of this process that are open: they own runs even when nobody refers to them."""


def opened(runtime: Endable) -> None:
    """Close it when the process ends, unless it is closed before."""
    _OPEN.add(runtime)


def closed(runtime: Endable) -> None:
    """Forget one that is closed."""
    _OPEN.discard(runtime)


def is_any_open() -> bool:
    """Tell whether the process still has one."""
    return bool(_OPEN)


def _after_fork() -> None:
    forget_threads()
    for runtime in list(_OPEN):
        runtime.disable()


def _at_exit() -> None:
    for runtime in list(_OPEN):
        runtime.close()


atexit.register(_at_exit)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
