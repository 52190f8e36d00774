"""Kills a process in the middle of the chain, and measures how another one goes on."""

import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.case import Case, WrongResult, require_total
from benchmarks.commands import command, last_line
from benchmarks.payload import EFFECTS, Trace, traces

PATIENCE_SECONDS = 300.0
POLL_SECONDS = 0.002


def measure(subject: str, case: Case, *, after_kill: Callable[[], None] = lambda: None) -> None:
    """Run the chain until half of it is done, kill the process, and let a new one finish.

    ``after_kill`` ends what else must not outlive the process.

    Raises:
        WrongResult: the chain ended too early, or its sum is wrong, or a step is missing.
    """
    file = case.folder / "traces"
    environment = {**os.environ, EFFECTS: str(file)}
    first = subprocess.Popen(
        command(subject, "begin", case), env=environment, stdout=subprocess.DEVNULL
    )
    wait_for_half(first, file, case)
    first.send_signal(signal.SIGKILL)
    first.wait()
    after_kill()
    before = traces(file)
    spawned = time.monotonic()
    second = subprocess.run(
        command(subject, "go_on", case),
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=True,
    )
    said = last_line(second.stdout)
    require_total(said.get("total"), case.sizes.chain)
    case.meter.profile = said.get("profile", [])
    up = said.get("interpreter_up_at")
    after = traces(file)[len(before) :]
    record(case, before, after, spawned=spawned, up=up if isinstance(up, float) else spawned)


def wait_for_half(process: "subprocess.Popen[bytes]", file: Path, case: Case) -> None:
    """Wait until half of the chain's steps have been executed.

    Raises:
        WrongResult: the process ended before, so that there is nothing to kill.
    """
    end = time.monotonic() + PATIENCE_SECONDS
    while len(traces(file)) < case.sizes.chain // 2:
        if process.poll() is not None or time.monotonic() > end:
            raise WrongResult(f"the chain did not come to its middle: {process.returncode=}")
        time.sleep(POLL_SECONDS)


def record(
    case: Case, before: Sequence[Trace], after: Sequence[Trace], *, spawned: float, up: float
) -> None:
    """Note how long it took to the first new step, and what was executed again.

    The last step before the kill was perhaps not finished: it counts as new, not as repeated.

    Raises:
        WrongResult: a step was never executed.
    """
    last = max(trace.step for trace in before)
    executed = Counter(trace.step for trace in (*before, *after))
    missing = sorted(set(range(case.sizes.chain)) - set(executed))
    if missing:
        raise WrongResult(f"steps that were never executed: {missing}")
    first_new = min(trace.at for trace in after if trace.step >= last)
    case.meter.found |= {
        "killed_after_steps": len(before),
        "first_new_step_seconds": first_new - up,
        "spawn_to_first_new_step_seconds": first_new - spawned,
        "repeated_steps": sum(trace.step < last for trace in after),
        "repeated_in_flight": sum(trace.step == last for trace in after),
    }
