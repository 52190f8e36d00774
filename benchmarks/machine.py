"""What was measured on: the machine, and how quiet it was."""

import os
import platform
import resource
import sqlite3
from pathlib import Path

from benchmarks.processes import busy_seconds

QUIET_CORES = 0.1
"""How much of a core others may have used, on average, during a run that counts as quiet."""


def facts() -> dict[str, str]:
    """Return what a reader needs to place the figures."""
    return {
        "processor": _first("/proc/cpuinfo", "model name"),
        "cores": str(os.cpu_count()),
        "memory": _first("/proc/meminfo", "MemTotal"),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
    }


def load() -> float:
    """Return the load average of the last minute."""
    return os.getloadavg()[0]


class Others:
    """Counts the processor time that others use while this process and its children work."""

    def __init__(self) -> None:
        self._busy, self._own = busy_seconds(), _own_seconds()

    def cores(self, seconds: float) -> float:
        """Return how many cores others used on average, so many seconds after the beginning."""
        others = busy_seconds() - self._busy - (_own_seconds() - self._own)
        return max(0.0, others / seconds)


def _own_seconds() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def _first(file: str, key: str) -> str:
    lines = Path(file).read_text().splitlines()
    found = [line.partition(":")[2].strip() for line in lines if line.startswith(key)]
    return found[0] if found else "unknown"
