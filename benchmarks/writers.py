"""Lets many processes write to one store at the same moment, and counts the runs that fail."""

import os
import subprocess
import time
from pathlib import Path

from benchmarks.case import Case, WrongResult
from benchmarks.commands import command, last_line

PATIENCE_SECONDS = 400.0
POLL_SECONDS = 0.005


def measure(subject: str, case: Case) -> None:
    """Start the writers, open the gate when all are ready, and count what they did.

    Raises:
        WrongResult: a writer did not get as far as the gate.
    """
    count = case.sizes.writers
    processes = [
        subprocess.Popen(
            command(subject, "write", case),
            env={**os.environ, "MN_BENCH_WRITER": str(number)},
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(count)
    ]
    try:
        _wait_until_ready(processes, case.folder)
        with case.meter.measuring(count * case.sizes.run_steps):
            (case.folder / "gate").touch()
            said = [process.communicate(timeout=PATIENCE_SECONDS)[0] for process in processes]
    finally:
        for process in processes:
            process.kill()
    succeeded = sum(last_line(text).get("succeeded") == 1 for text in said)
    case.meter.count_failed(count - succeeded, count)


def gate(folder: Path) -> None:
    """Say that this writer is ready, and wait until all may begin."""
    (folder / f"ready_{own_number()}").touch()
    while not (folder / "gate").exists():
        time.sleep(POLL_SECONDS)


def own_number() -> int:
    """Return which of the writers this process is."""
    return int(os.environ["MN_BENCH_WRITER"])


def _wait_until_ready(processes: list["subprocess.Popen[str]"], folder: Path) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        ready = len(list(folder.glob("ready_*")))
        ended = sum(process.poll() is not None for process in processes)
        if ready + ended >= len(processes):
            break
        if time.monotonic() > end:
            raise WrongResult(f"{ready} of {len(processes)} writers were ready in time")
        time.sleep(POLL_SECONDS)
