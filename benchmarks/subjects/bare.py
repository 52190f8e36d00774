"""Bare commits of SQLite: no runtime at all, one commit for each step."""

import threading
from concurrent.futures import ThreadPoolExecutor

from benchmarks.bare_rate import commit, opened
from benchmarks.case import Case, WrongResult, require_total, right_ones


def chain(case: Case) -> None:
    """Commit each step."""
    connection = opened(case.folder / "bare.db")
    with case.meter.measuring(case.sizes.chain, is_line=True):
        total = sum(commit(connection, i) for i in range(case.sizes.chain))
    require_total(total, case.sizes.chain)


def fan_out(case: Case) -> None:
    """Commit each step of each run, from threads that share a connection."""
    sizes = case.sizes
    connection = opened(case.folder / "bare.db")
    turn = threading.Lock()

    def step(i: int) -> int:
        with turn:
            return commit(connection, i)

    def run(_: int) -> int:
        return sum(step(i) for i in range(sizes.run_steps))

    with (
        case.meter.measuring(sizes.runs * sizes.run_steps),
        ThreadPoolExecutor(sizes.at_once) as pool,
    ):
        totals = list(pool.map(run, range(sizes.runs)))
    if right_ones(totals, sizes.run_steps) != sizes.runs:
        raise WrongResult(f"expected {sizes.runs} right runs, found {totals}")


def graph(case: Case) -> None:
    """Commit the first step, those in the middle and the last."""
    connection = opened(case.folder / "bare.db")
    with case.meter.measuring(case.sizes.graph):
        commit(connection, 0)
        total = sum(commit(connection, i) for i in range(case.sizes.middle))
        commit(connection, 0)
    require_total(total, case.sizes.middle)
