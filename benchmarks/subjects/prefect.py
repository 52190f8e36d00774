"""Prefect with its own defaults: a temporary server beside the process, with SQLite.

It does not go on by itself: whoever runs the flow again finds results by their cache keys.
"""

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import Any

from prefect import flow, task
from prefect.cache_policies import INPUTS, NO_CACHE

from benchmarks.case import Case, require_total, right_ones
from benchmarks.payload import EFFECTS, work
from benchmarks.processes import descendants
from benchmarks.recovery import measure

SERVER = "server.processes"
"""The file in which the process that is to be killed names its server, which would outlive it."""

_POLICY = INPUTS if os.environ.get(EFFECTS) else NO_CACHE


@task(persist_result=True, cache_policy=_POLICY)
def step(i: int) -> dict[str, Any]:
    """Do a step."""
    return work(i)


@task(persist_result=True, cache_policy=NO_CACHE)
async def step_beside_others(i: int) -> dict[str, Any]:
    """Do a step on the loop."""
    return work(i)


@flow(persist_result=True)
def steps_in_a_row(count: int) -> int:
    """Do steps, one after the other."""
    return sum(step(i)["v"] for i in range(count))


@flow(persist_result=True)
async def steps_beside_others(count: int) -> int:
    """Do steps, one after the other, while other flows do theirs."""
    total = 0
    for i in range(count):
        total += (await step_beside_others(i))["v"]
    return total


@flow(persist_result=True)
def spread(middle: int) -> int:
    """Do a first step, then those in the middle at once, then the last."""
    first = step.submit(0)
    results = [step.submit(i, wait_for=[first]) for i in range(middle)]
    last = step.submit(0, wait_for=results)
    last.wait()
    return sum(result.result()["v"] for result in results)


@flow
def nothing() -> None:
    """Do nothing; it makes the server start."""


def chain(case: Case) -> None:
    """Run one flow of many tasks."""
    nothing()
    with case.meter.measuring(case.sizes.chain, is_line=True):
        total = steps_in_a_row(case.sizes.chain)
    require_total(total, case.sizes.chain)
    end_servers()


def fan_out(case: Case) -> None:
    """Run flows on one loop, so many at once."""
    sizes = case.sizes
    nothing()

    async def all_runs() -> list[Any]:
        room = asyncio.Semaphore(sizes.at_once)

        async def run() -> Any:
            async with room:
                return await steps_beside_others(sizes.run_steps)

        runs = (run() for _ in range(sizes.runs))
        return await asyncio.gather(*runs, return_exceptions=True)

    with case.meter.measuring(sizes.runs * sizes.run_steps):
        totals = asyncio.run(all_runs())
    failed = sizes.runs - right_ones(totals, sizes.run_steps)
    case.meter.count_failed(failed, sizes.runs)
    end_servers()


def graph(case: Case) -> None:
    """Submit tasks that wait for others."""
    nothing()
    with case.meter.measuring(case.sizes.graph):
        total = spread(case.sizes.middle)
    require_total(total, case.sizes.middle)
    end_servers()


def recovery(case: Case) -> None:
    """Kill the process in the middle; its server, which outlives it, is ended as well."""
    measure("prefect", case, after_kill=lambda: _end(case.folder / SERVER))


def begin(case: Case) -> None:
    """Run the chain, to be killed."""
    nothing()
    servers = descendants(os.getpid())
    (case.folder / SERVER).write_text("\n".join(map(str, servers)))
    steps_in_a_row(case.sizes.chain)


def go_on(case: Case) -> None:
    """Run the flow again: what was done is found in the cache."""
    case.meter.found["total"] = steps_in_a_row(case.sizes.chain)
    end_servers()


def end_servers() -> None:
    """End the server of this process, which holds what it writes to."""
    for process in descendants(os.getpid()):
        os.kill(process, signal.SIGKILL)
        with suppress(ChildProcessError):  # It may be a child's child.
            os.waitpid(process, 0)


def _end(file: Path) -> None:
    for process in file.read_text().split():
        if Path(f"/proc/{process}").exists():
            os.kill(int(process), signal.SIGKILL)
