"""What Linux says about a process and its children: processor time and memory."""

import os
import resource
import time
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


def descendants(process: int) -> list[int]:
    """Return the children of a process, their children, and so on."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            fields = _stat(int(folder.name))
            if fields:
                children.setdefault(int(fields[1]), []).append(int(folder.name))
    found, open_ones = [], [process]
    while open_ones:
        below = children.get(open_ones.pop(), [])
        found += below
        open_ones += below
    return found


def children_seconds() -> float:
    """Return the processor time of this process's living children and of those that it reaped."""
    reaped = resource.getrusage(resource.RUSAGE_CHILDREN)
    living = sum(_cpu_of(child) for child in descendants(os.getpid()))
    return reaped.ru_utime + reaped.ru_stime + living


class CpuTime:
    """Counts the processor time of this process and its children, without that of the counting."""

    def __init__(self) -> None:
        self._children = children_seconds()
        self._own = time.process_time()

    def seconds(self) -> float:
        """Return what was used since the beginning."""
        own = time.process_time() - self._own
        return own + children_seconds() - self._children


def peak_mb() -> float:
    """Return the most memory that this process has had, and each of its living children."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return own + sum(_peak_of(child) for child in descendants(os.getpid()))


def memory_bytes() -> int:
    """Return the memory that this process and its children have now."""
    processes = [os.getpid(), *descendants(os.getpid())]
    return sum(_resident_of(process) for process in processes)


def busy_seconds() -> float:
    """Return the time that all cores of the machine have worked since it was started."""
    fields = [int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    idle, waits = fields[3], fields[4]
    return (sum(fields) - idle - waits) / _TICKS


def _stat(process: int) -> list[str]:
    """Return the fields after the name, which may hold blanks; none where the process is gone."""
    try:
        text = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return []
    return text.rpartition(")")[2].split()


def _cpu_of(process: int) -> float:
    fields = _stat(process)
    return sum(int(field) for field in fields[11:13]) / _TICKS


def _peak_of(process: int) -> float:
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0.0
    peaks = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(peaks[0]) / 1024 if peaks else 0.0


def _resident_of(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * _PAGE
    except OSError:
        return 0
