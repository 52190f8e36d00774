"""LangGraph with its SqliteSaver, and the durability that it has by default."""

import operator
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Annotated, Any, Literal, TypedDict

from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, interrupt

from benchmarks import wait_costs
from benchmarks.case import Case, WrongResult, require_total, right_ones
from benchmarks.payload import total_of, work
from benchmarks.writers import gate, own_number

Durability = Literal["async", "sync", "exit"] | None
"""None: the library's default, which is "async"."""


class Chain(TypedDict):
    """How far a chain is, what it came to, and the last result."""

    i: int
    total: int
    last: dict[str, Any]


class Spread(TypedDict):
    """The results of the steps in the middle."""

    values: Annotated[list[dict[str, Any]], operator.add]


class Asked(TypedDict):
    """A run that a person decides about."""

    i: int
    before: dict[str, Any]
    answer: str


class LangGraph:
    """The jobs, at one durability."""

    def __init__(self, durability: Durability = None) -> None:
        self._how: dict[str, Any] = {"durability": durability} if durability else {}

    def chain(self, case: Case) -> None:
        """Run a loop of one node."""
        steps = case.sizes.chain
        with saver(case) as saved:
            graph = loop(saved, steps)
            with case.meter.measuring(steps, is_line=True):
                total = self._invoke(graph, START_OF_CHAIN, "chain", steps)["total"]
        require_total(total, steps)

    def fan_out(self, case: Case) -> None:
        """Invoke the loop for each run from a pool of threads."""
        sizes = case.sizes
        with saver(case) as saved:
            saved.setup()
            graph = loop(saved, sizes.run_steps)

            def run(number: int) -> int:
                done = self._invoke(graph, START_OF_CHAIN, f"run {number}", sizes.run_steps)
                return int(done["total"])

            with (
                case.meter.measuring(sizes.runs * sizes.run_steps),
                ThreadPoolExecutor(sizes.at_once) as pool,
            ):
                totals = list(pool.map(run, range(sizes.runs)))
        if right_ones(totals, sizes.run_steps) != sizes.runs:
            raise WrongResult(f"expected {sizes.runs} right runs, found {totals}")

    def graph(self, case: Case) -> None:
        """Run a graph with a node for each step."""
        middle = case.sizes.middle
        with saver(case) as saved:
            graph = spread(saved, middle)
            with case.meter.measuring(case.sizes.graph):
                done = self._invoke(graph, {"values": []}, "graph", case.sizes.graph)
        require_total(sum(value["v"] for value in done["values"]), middle)

    def begin(self, case: Case) -> None:
        """Run the chain, to be killed."""
        with saver(case) as saved:
            self._invoke(loop(saved, case.sizes.chain), START_OF_CHAIN, "chain", case.sizes.chain)

    def go_on(self, case: Case) -> None:
        """Invoke the thread again: the caller has to know it."""
        with saver(case) as saved:
            done = self._invoke(loop(saved, case.sizes.chain), None, "chain", case.sizes.chain)
        case.meter.found["total"] = done["total"]

    def waiting(self, case: Case) -> None:
        """Let runs stop at an interrupt; no process is needed while they wait."""
        with saver(case) as saved:
            saved.setup()
            graph = asking(saved)

            def park(numbers: Sequence[int]) -> None:
                for number in numbers:
                    self._invoke(graph, {"i": number}, f"run {number}", 3)

            def decide(number: int) -> None:
                self._invoke(graph, Command(resume="yes"), f"run {number}", 3)

            def store_bytes() -> dict[str, int]:
                saved.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                return {"store_bytes": wait_costs.folder_bytes(case.folder)}

            wait_costs.measure(case, park, store_bytes)
            wait_costs.measure_decisions(case, decide)

    def write(self, case: Case) -> None:
        """Run a chain in a store that others write to as well."""
        steps = case.sizes.run_steps
        with saver(case) as saved:
            graph = loop(saved, steps)
            gate(case.folder)
            total = self._invoke(graph, START_OF_CHAIN, f"run {own_number()}", steps)["total"]
        case.meter.found["succeeded"] = total == total_of(steps)

    def _invoke(self, graph: Any, given: Any, thread: str, steps: int) -> Any:
        config = {"configurable": {"thread_id": thread}, "recursion_limit": steps + 10}
        return graph.invoke(given, config, **self._how)


START_OF_CHAIN: Chain = {"i": 0, "total": 0, "last": {}}


@contextmanager
def saver(case: Case) -> Iterator[SqliteSaver]:
    """Open the store as the library's documents do."""
    with SqliteSaver.from_conn_string(str(case.folder / "langgraph.db")) as saved:
        yield saved


def loop(saved: SqliteSaver, steps: int) -> Any:
    """Return a graph whose one node is done again until it has done all steps."""

    def step(state: Chain) -> Chain:
        result = work(state["i"])
        return {"i": state["i"] + 1, "total": state["total"] + result["v"], "last": result}

    graph = StateGraph(Chain)
    graph.add_node("step", step)
    graph.add_edge(START, "step")
    graph.add_conditional_edges("step", lambda state: "step" if state["i"] < steps else END)
    return graph.compile(checkpointer=saved)


def spread(saved: SqliteSaver, middle: int) -> Any:
    """Return a graph that spreads from one node and comes together in one."""

    def step(i: int, *, kept: bool) -> Any:
        return lambda _state: {"values": [work(i)] if kept else [work(i)][:0]}

    graph = StateGraph(Spread)
    graph.add_node("first", step(0, kept=False))
    graph.add_node("last", step(0, kept=False))
    names = [f"m{i}" for i in range(middle)]
    for i, name in enumerate(names):
        graph.add_node(name, step(i, kept=True))
        graph.add_edge("first", name)
    graph.add_edge(START, "first")
    graph.add_edge(names, "last")
    graph.add_edge("last", END)
    return graph.compile(checkpointer=saved)


def asking(saved: SqliteSaver) -> Any:
    """Return a graph with a node before and a node after a person's decision."""

    def before(state: Asked) -> dict[str, Any]:
        return {"before": work(state["i"])}

    def review(_state: Asked) -> dict[str, Any]:
        return {"answer": interrupt("Go on?")}

    def after(state: Asked) -> dict[str, Any]:
        work(state["i"])
        return {}

    graph = StateGraph(Asked)
    for name, function in (("before", before), ("review", review), ("after", after)):
        graph.add_node(name, function)
    graph.add_edge(START, "before")
    graph.add_edge("before", "review")
    graph.add_edge("review", "after")
    graph.add_edge("after", END)
    return graph.compile(checkpointer=saved)


_DEFAULT = LangGraph()
chain, fan_out, graph = _DEFAULT.chain, _DEFAULT.fan_out, _DEFAULT.graph
begin, go_on = _DEFAULT.begin, _DEFAULT.go_on
waiting, write = _DEFAULT.waiting, _DEFAULT.write
