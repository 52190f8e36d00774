"""How many threads a model may use without starving the notebook."""

import os
from pathlib import Path

_CGROUP_LIMIT = Path("/sys/fs/cgroup/cpu.max")


def default_threads() -> int:
    """Say one less than the cores that this process may use, and at least one."""
    return max(1, usable_cores() - 1)


def slots_for(threads: int) -> int:
    """Say how many answers are generated side by side.

    On a few cores one after the other is faster, because every request finds the prompt's common
    beginning in the cache instead of reading it again.
    """
    return 2 if threads >= _THREADS_FOR_TWO else 1


_THREADS_FOR_TWO = 8


def usable_cores() -> int:
    """Count the cores of the machine, as far as affinity and container limits leave them to us."""
    try:
        allowed = len(os.sched_getaffinity(0))
    except AttributeError:  # macOS
        allowed = os.cpu_count() or 1
    return min(allowed, _container_cores(_CGROUP_LIMIT) or allowed)


def _container_cores(limit: Path) -> int | None:
    try:
        share, period = limit.read_text().split()
        return max(1, round(int(share) / int(period)))
    except (OSError, ValueError):  # No container, no limit ("max"), or another system.
        return None
