"""Burr with its SQLitePersister, which leaves SQLite at its own defaults."""

from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from burr.core import Application, ApplicationBuilder, State, action, default, expr
from burr.core.parallelism import MapStates
from burr.core.persistence import SQLitePersister

from benchmarks import wait_costs
from benchmarks.case import Case, require_total, right_ones
from benchmarks.payload import total_of, work
from benchmarks.writers import gate, own_number


@action(reads=["i", "total"], writes=["i", "total", "last"])
def step(state: State) -> State:
    """Do a step."""
    result = work(state["i"])
    return state.update(i=state["i"] + 1, total=state["total"] + result["v"], last=result)


@action(reads=["total"], writes=[])
def done(state: State) -> State:
    """End the chain."""
    return state


@action(reads=[], writes=["x"])
def first(state: State) -> State:
    """Do the first step of the graph."""
    return state.update(x=work(0)["i"])


@action(reads=["x"], writes=["result"])
def middle(state: State) -> State:
    """Do a step in the middle of the graph."""
    return state.update(result=work(state["x"]))


@action(reads=["total"], writes=["total"])
def last(state: State) -> State:
    """Do the last step of the graph."""
    work(0)
    return state.update(total=state["total"])


@action(reads=["i"], writes=["before"])
def before(state: State) -> State:
    """Do the step before the decision."""
    return state.update(before=work(state["i"]))


@action(reads=["i"], writes=["answer"])
def after(state: State, answer: str) -> State:
    """Do the step after the decision."""
    work(state["i"])
    return state.update(answer=answer)


def persister(folder: Path) -> SQLitePersister:
    """Return a connection to the store; the library has no way to share one among threads."""
    opened = SQLitePersister(str(folder / "burr.db"), connect_kwargs={"check_same_thread": False})
    opened.initialize()
    return opened


def application(saved: SQLitePersister, name: str, steps: int) -> Application:
    """Return a chain, at its beginning or wherever the store says that it is."""
    return (
        ApplicationBuilder()
        .with_actions(step=step, done=done)
        .with_transitions(("step", "step", expr(f"i < {steps}")), ("step", "done", default))
        .with_identifiers(app_id=name, partition_key="bench")
        .initialize_from(
            saved,
            resume_at_next_action=True,
            default_state={"i": 0, "total": 0},
            default_entrypoint="step",
        )
        .with_state_persister(saved)
        .build()
    )


def total(app: Application) -> int:
    """Run a chain to its end and return what it came to."""
    _, _, state = app.run(halt_after=["done"])
    return int(state["total"])


def chain(case: Case) -> None:
    """Run one application of many steps."""
    app = application(persister(case.folder), "chain", case.sizes.chain)
    with case.meter.measuring(case.sizes.chain, is_line=True):
        found = total(app)
    require_total(found, case.sizes.chain)


def fan_out(case: Case) -> None:
    """Run applications from a pool of threads, each with a connection of its own."""
    sizes = case.sizes
    persister(case.folder)

    def run(number: int) -> int | None:
        try:
            return total(application(persister(case.folder), f"run {number}", sizes.run_steps))
        except Exception:  # noqa: BLE001 - that a run fails is a result, and is counted
            return None

    with (
        case.meter.measuring(sizes.runs * sizes.run_steps),
        ThreadPoolExecutor(sizes.at_once) as pool,
    ):
        totals = list(pool.map(run, range(sizes.runs)))
    failed = sizes.runs - right_ones(totals, sizes.run_steps)
    case.meter.count_failed(failed, sizes.runs)


def graph(case: Case) -> None:
    """Run the middle as one action that maps states."""

    class Spread(MapStates):
        """The steps in the middle, at once."""

        def action(self, state: State, inputs: dict[str, Any]) -> Any:  # noqa: ARG002
            """Say what is done for each state."""
            return middle

        def states(self, state: State, *_: Any) -> Generator[State, None, None]:
            """Yield a state for each step."""
            for i in range(case.sizes.middle):
                yield state.update(x=i)

        def reduce(self, state: State, states: Generator[State, None, None]) -> State:
            """Add up the values."""
            return state.update(total=sum(one["result"]["v"] for one in states))

        @property
        def reads(self) -> list[str]:
            """Nothing is read."""
            return []

        @property
        def writes(self) -> list[str]:
            """The total is written."""
            return ["total"]

    saved = persister(case.folder)
    app = (
        ApplicationBuilder()
        .with_actions(first=first, middle=Spread(), last=last)
        .with_transitions(("first", "middle"), ("middle", "last"))
        .with_identifiers(app_id="graph", partition_key="bench")
        .initialize_from(
            saved,
            resume_at_next_action=True,
            default_state={"total": 0},
            default_entrypoint="first",
        )
        .with_state_persister(saved)
        .build()
    )
    with case.meter.measuring(case.sizes.graph):
        _, _, state = app.run(halt_after=["last"])
    require_total(state["total"], case.sizes.middle)


def begin(case: Case) -> None:
    """Run the chain, to be killed."""
    total(application(persister(case.folder), "chain", case.sizes.chain))


def go_on(case: Case) -> None:
    """Build the application again: the caller has to know its name."""
    app = application(persister(case.folder), "chain", case.sizes.chain)
    case.meter.found["total"] = total(app)


def waiting(case: Case) -> None:
    """Stop applications before an action; no process is needed while they wait."""
    saved = persister(case.folder)

    def asking(number: int) -> Application:
        return (
            ApplicationBuilder()
            .with_actions(before=before, after=after)
            .with_transitions(("before", "after"))
            .with_identifiers(app_id=f"run {number}", partition_key="bench")
            .initialize_from(
                saved,
                resume_at_next_action=True,
                default_state={"i": number},
                default_entrypoint="before",
            )
            .with_state_persister(saved)
            .build()
        )

    def park(numbers: Sequence[int]) -> None:
        for number in numbers:
            asking(number).run(halt_before=["after"], inputs={})

    def decide(number: int) -> None:
        asking(number).run(halt_after=["after"], inputs={"answer": "yes"})

    wait_costs.measure(case, park, lambda: {"store_bytes": wait_costs.folder_bytes(case.folder)})
    wait_costs.measure_decisions(case, decide)


def write(case: Case) -> None:
    """Run a chain in a store that others write to as well."""
    steps = case.sizes.run_steps
    app = application(persister(case.folder), f"run {own_number()}", steps)
    gate(case.folder)
    case.meter.found["succeeded"] = total(app) == total_of(steps)
