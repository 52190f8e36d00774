"""Does one run: a fresh folder on the memory disk, bare commits, the subject, bare commits."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import machine
from benchmarks.catalogue import Job, Subject
from benchmarks.commands import command_of, last_line
from benchmarks.disks import MEMORY_DISK, Disk
from benchmarks.environments import ROOT, python_of
from benchmarks.results import Run
from benchmarks.sizes import Sizes
from benchmarks.worker import PROFILE

PATIENCE_SECONDS = 900.0
FOREIGN = ("MN_", "OPENAI_", "PREFECT_", "DBOS_", "RESTATE_", "LANGCHAIN_", "LANGGRAPH_", "XDG_")
"""Settings of the user that would change what is measured."""


@dataclass(frozen=True, slots=True)
class Place:
    """A folder on a disk, and the environment of processes that work in it."""

    folder: Path
    variables: Mapping[str, str]

    def call(self, command: list[str], patience_seconds: float = PATIENCE_SECONDS) -> str:
        """Run a command with all that it starts, and return what it printed.

        Raises:
            subprocess.CalledProcessError: it failed; with what it said.
            subprocess.TimeoutExpired: it took too long, and was ended.
        """
        process = subprocess.Popen(
            command,
            env=dict(self.variables),
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        try:
            printed, said = process.communicate(timeout=patience_seconds)
        finally:
            end_group(process.pid)
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, command, printed, said)
        return printed


def end_group(process: int) -> None:
    """End what a command may have left behind."""
    try:
        os.killpg(process, signal.SIGKILL)
    except ProcessLookupError:
        return


@dataclass(frozen=True, slots=True)
class Plan:
    """One run that is to be done."""

    subject: Subject
    job: Job
    disk: Disk
    round: int
    sizes: Sizes
    is_counted: bool = True
    """Whether the disk of a fixed speed could be made."""
    is_profiled: bool = False
    """A profile costs more than what it measures: the figures mean nothing."""


def run(plan: Plan) -> tuple[Run, list[str]]:
    """Do one run; return it with its profile. That it fails is a result, too."""
    folder = Path(tempfile.mkdtemp(prefix="mn_bench_", dir=MEMORY_DISK))
    try:
        return _run_in(folder, plan)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run_in(folder: Path, plan: Plan) -> tuple[Run, list[str]]:
    bare = Place(folder, environment(folder, plan, {}))
    place = Place(folder, environment(folder, plan, plan.subject.variables))
    work = folder / "work"
    work.mkdir()
    command = command_of(
        python_of(plan.subject.environment),
        plan.subject.name,
        plan.job.function or plan.job.name,
        work,
        plan.job.sizes(plan.sizes),
    )
    at, load = datetime.now(UTC).isoformat(timespec="seconds"), machine.load()
    before = _bare_rate(bare, plan)
    others, began = machine.Others(), time.monotonic()
    found, error = _tried(place, list(command))
    others_cores = others.cores(time.monotonic() - began)
    after = _bare_rate(bare, plan)
    profile = found.pop("profile", [])
    if not plan.subject.is_reached:
        found.pop("syncs_per_step", None)
    done = Run(
        job=plan.job.name,
        disk=plan.disk.name,
        subject=plan.subject.name,
        round=plan.round,
        at=at,
        figures=found,
        error=error,
        bare_before=before,
        bare_after=after,
        load=load,
        others_cores=others_cores,
    )
    if plan.job.is_rate and done.bare and "steps_per_second" in found:
        found["ratio_to_bare"] = found["steps_per_second"] / done.bare
    return done, profile


def environment(folder: Path, plan: Plan, more: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a run: a home of its own, and nothing of the user's settings."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(FOREIGN)}
    home = folder / "home"
    home.mkdir(exist_ok=True)
    variables = {
        **kept,
        **plan.disk.environment(folder, is_counted=plan.is_counted),
        **more,
        "HOME": str(home),
        "PYTHONPATH": str(ROOT),
        "MN_STORE": str(folder / "work" / "store.db"),
        "MN_NOTEBOOK": str(folder / "work" / "bench.ipynb"),
    }
    return variables | ({PROFILE: "1"} if plan.is_profiled else {})


def _bare_rate(place: Place, plan: Plan) -> float:
    if not plan.job.is_rate:
        return 0.0
    seconds = str(plan.sizes.bare_seconds)
    command = [str(python_of("")), "-m", "benchmarks.bare_rate", str(place.folder), seconds]
    return float(place.call(command))


def _tried(place: Place, command: list[str]) -> tuple[dict[str, Any], str]:
    try:
        found = last_line(place.call(command))
    except subprocess.CalledProcessError as fault:
        said = without_paths(str(fault.stderr).strip())[-600:]
        return {}, said or f"it ended with {fault.returncode} and said nothing"
    except subprocess.TimeoutExpired:
        return {}, f"not done within {PATIENCE_SECONDS:.0f} s"
    found.pop("interpreter_up_at", None)
    return found, "" if found else "it printed no figures"


def without_paths(text: str) -> str:
    """Leave out where this machine keeps things: results are published."""
    return text.replace(str(ROOT), ".").replace(sys.base_prefix, "python")
