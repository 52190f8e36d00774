"""Measures a part of a process: wall time, processor time, syncs and memory."""

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from itertools import pairwise

from benchmarks.disks import COUNTER, syncs
from benchmarks.payload import stamps
from benchmarks.processes import CpuTime, peak_mb
from benchmarks.profiling import Profile


class Meter:
    """Measures one part of one run; what a subject does around it is its own affair."""

    def __init__(self, profile: Profile | None = None) -> None:
        self.found: dict[str, float] = {}
        self.profile: list[str] = []
        """What a profile of another kind says, where a job makes one."""
        self._profile = profile

    @property
    def is_profiled(self) -> bool:
        """Tell whether where the time goes is asked for, and not how much there is."""
        return self._profile is not None

    @contextmanager
    def measuring(self, steps: int, *, is_line: bool = False) -> Iterator[None]:
        """Measure what is done inside, and share it out over so many steps.

        Where they are done one after the other, the times between them are noted as well.
        """
        stamps.clear()
        asked = syncs(os.environ.get(COUNTER))
        cpu, began = CpuTime(), time.monotonic()
        with self._profile.profiling() if self._profile else nullcontext():
            yield
        seconds = time.monotonic() - began
        cpu_seconds = cpu.seconds()
        now = syncs(os.environ.get(COUNTER))
        self.found |= {
            "steps_per_second": steps / seconds,
            "cpu_ms_per_step": cpu_seconds / steps * 1000,
            "peak_mb": peak_mb(),
        }
        if now is not None:
            self.found["syncs_per_step"] = (now - (asked or 0)) / steps
        if is_line and len(stamps) == steps:  # Those of another process are not here.
            self.found |= gaps(stamps)

    def count_failed(self, failed: int, runs: int) -> None:
        """Note how many of the measured runs failed: what they did is no work done."""
        self.found["failed_runs"] = failed
        self.found["steps_per_second"] *= (runs - failed) / runs


def gaps(moments: list[float]) -> Mapping[str, float]:
    """Return the median and the 99th percentile of the times between moments, in milliseconds."""
    between = sorted(later - earlier for earlier, later in pairwise(moments))
    if not between:
        return {}
    return {"p50_ms": percentile(between, 0.5) * 1000, "p99_ms": percentile(between, 0.99) * 1000}


def percentile(ordered: list[float], share: float) -> float:
    """Return the value below which that share of the ordered values lies."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
