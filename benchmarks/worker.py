"""Runs one job of one subject in this process, and prints what was found as one line of JSON.

    python -m benchmarks.worker SUBJECT JOB FOLDER SIZES

It is started in the environment of the subject, so it imports nothing but the standard library
until the subject does.
"""

import time

BEGAN = time.monotonic()
"""When the interpreter was up: before anything else is imported."""

import importlib  # noqa: E402
import json  # noqa: E402
import os  # noqa: E402
import sys  # noqa: E402
from collections.abc import Callable  # noqa: E402
from contextlib import nullcontext  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

from benchmarks import kernel, loading, recovery, writers  # noqa: E402
from benchmarks.case import Case  # noqa: E402
from benchmarks.meter import Meter  # noqa: E402
from benchmarks.profiling import Profile  # noqa: E402
from benchmarks.sizes import Sizes  # noqa: E402

PROFILE = "MN_BENCH_PROFILE"
"""Asks for a profile of the run; its figures then mean nothing."""

Job = Callable[[Case], None]

COMMON: dict[str, Callable[[str, Case], None]] = {
    "kernel": kernel.measure,
    "loading": loading.measure,
    "recovery": recovery.measure,
    "writers": writers.measure,
}
"""What is done with a subject, not by it."""

WHOLE = "go_on"
"""The job that is profiled as a whole; of others, what is measured."""


def job_of(subject: str, name: str) -> Job:
    """Return what a subject does for a job: its own, or the one that all have in common."""
    module = importlib.import_module(f"benchmarks.subjects.{subject}")
    own: Job | None = getattr(module, name, None)
    if own is not None:
        return own
    common = COMMON[name]
    return lambda case: common(subject, case)


def main(arguments: list[str]) -> None:
    """Run what is asked for; end at once, whatever threads a library has left."""
    subject, name, folder, sizes = arguments
    profile = Profile() if os.environ.get(PROFILE) else None
    case = Case(Path(folder), Sizes(**json.loads(sizes)), Meter(profile))
    case.meter.found["interpreter_up_at"] = BEGAN
    with profile.profiling() if profile and name == WHOLE else nullcontext():
        job_of(subject, name)(case)
    found: dict[str, Any] = {**case.meter.found}
    if profile is not None:
        found["profile"] = case.meter.profile or profile.lines()
    sys.stdout.write(f"\n{json.dumps(found)}\n")
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
