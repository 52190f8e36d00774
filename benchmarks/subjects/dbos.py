"""DBOS Transact on its default SQLite database."""

import asyncio
import sqlite3
import subprocess
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from dbos import DBOS, DBOSClient, DBOSConfig, SetWorkflowID

from benchmarks import wait_costs
from benchmarks.case import Case, WrongResult, require_total, right_ones
from benchmarks.commands import command, last_line
from benchmarks.meter import percentile
from benchmarks.payload import total_of, work
from benchmarks.writers import gate, own_number


@DBOS.step()
def step(i: int) -> dict[str, Any]:
    """Do a step."""
    return work(i)


@DBOS.step()
async def step_beside_others(i: int) -> dict[str, Any]:
    """Do a step on the loop."""
    return work(i)


@DBOS.workflow()
def steps_in_a_row(count: int) -> int:
    """Do steps, one after the other."""
    return sum(step(i)["v"] for i in range(count))


@DBOS.workflow()
async def spread(middle: int) -> int:
    """Do a first step, then those in the middle at once, then the last."""
    await step_beside_others(0)
    results = await asyncio.gather(*(step_beside_others(i) for i in range(middle)))
    await step_beside_others(0)
    return sum(result["v"] for result in results)


@DBOS.workflow()
async def ask(i: int) -> None:
    """Do a step, wait for a person, do another."""
    await step_beside_others(i)
    await DBOS.recv_async("answer", timeout_seconds=3600)
    await step_beside_others(i)


def address(folder: Path) -> str:
    """Return where the store is."""
    return f"sqlite:///{folder}/dbos.sqlite"


def launch(case: Case, **more: Any) -> None:
    """Open the store; what this executor left is taken up."""
    config: DBOSConfig = {
        "name": "bench",
        "system_database_url": address(case.folder),
        "log_level": "ERROR",
        "application_version": "1",
        **more,
    }
    DBOS(config=config)
    DBOS.launch()


def chain(case: Case) -> None:
    """Run one workflow of many steps."""
    launch(case)
    with case.meter.measuring(case.sizes.chain, is_line=True):
        total = steps_in_a_row(case.sizes.chain)
    require_total(total, case.sizes.chain)


def fan_out(case: Case) -> None:
    """Enqueue runs in a queue that runs some at once."""
    sizes = case.sizes
    launch(case)
    queue = DBOS.register_queue("runs", worker_concurrency=sizes.at_once)
    with case.meter.measuring(sizes.runs * sizes.run_steps):
        handles = [queue.enqueue(steps_in_a_row, sizes.run_steps) for _ in range(sizes.runs)]
        totals = [handle.get_result() for handle in handles]
    if right_ones(totals, sizes.run_steps) != sizes.runs:
        raise WrongResult(f"expected {sizes.runs} right runs, found {totals}")


def graph(case: Case) -> None:
    """Gather steps in one workflow: there is no graph object."""
    launch(case)
    with case.meter.measuring(case.sizes.graph):
        total = asyncio.run(spread(case.sizes.middle))
    require_total(total, case.sizes.middle)


def begin(case: Case) -> None:
    """Run the chain, to be killed."""
    launch(case)
    with SetWorkflowID("chain"):
        steps_in_a_row(case.sizes.chain)


def go_on(case: Case) -> None:
    """Launch again: the interrupted workflow goes on by itself."""
    launch(case)
    handle = DBOS.retrieve_workflow("chain")
    case.meter.found["total"] = handle.get_result(polling_interval_sec=0.05)


def waiting(case: Case) -> None:
    """Let workflows wait for a message; each is a coroutine."""
    launch(case)
    loop = asyncio.new_event_loop()

    async def start(numbers: Sequence[int]) -> None:
        for number in numbers:
            with SetWorkflowID(f"run {number}"):
                await DBOS.start_workflow_async(ask, number)

    def park(numbers: Sequence[int]) -> None:
        asyncio.run_coroutine_threadsafe(start(numbers), loop).result()
        while _steps_done(case.folder) < numbers[-1] + 1:
            time.sleep(0.25)

    async def decide(number: int) -> None:
        await DBOS.send_async(f"run {number}", "yes", "answer")

    async def measure() -> None:
        # The coroutines need the loop to run, so the measuring is done beside it.
        await asyncio.to_thread(
            wait_costs.measure,
            case,
            park,
            lambda: {"store_bytes": wait_costs.folder_bytes(case.folder)},
        )
        await asyncio.to_thread(
            wait_costs.measure_decisions,
            case,
            lambda number: asyncio.run_coroutine_threadsafe(decide(number), loop).result(),
        )
        await asyncio.to_thread(_decide_elsewhere, case)

    loop.run_until_complete(measure())


def _steps_done(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "dbos.sqlite", timeout=30)) as store:
        rows = store.execute(
            "SELECT count(*) FROM operation_outputs WHERE function_name LIKE '%step_beside%'"
        )
        (count,) = rows.fetchone()
    return int(count)


def _decide_elsewhere(case: Case) -> None:
    done = subprocess.run(
        command("dbos", "decide", case), capture_output=True, text=True, check=True
    )
    case.meter.found["elsewhere_p50_ms"] = last_line(done.stdout)["p50_ms"]


def decide(case: Case) -> None:
    """Send the answers from a process that runs nothing."""
    client = DBOSClient(system_database_url=address(case.folder))
    numbers = range(case.sizes.decisions, 2 * case.sizes.decisions)
    found = wait_costs.latencies(
        lambda number: client.send(f"run {number}", "yes", "answer"),
        numbers,
        case.folder / "traces",
    )
    case.meter.found["p50_ms"] = percentile(sorted(found), 0.5)


def write(case: Case) -> None:
    """Run a chain in a store that others write to as well, as an executor of its own."""
    launch(case, executor_id=f"writer {own_number()}")
    gate(case.folder)
    total = steps_in_a_row(case.sizes.run_steps)
    case.meter.found["succeeded"] = total == total_of(case.sizes.run_steps)
