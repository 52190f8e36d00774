"""One run, from its start to its end, over as many processes as it takes.

Everything is real but time, chance and the outside: worker, runners, handlers, the language's
sandbox, SQL journal, leases and inbox over SQLite in memory. Each process has a loop, connections
and ids of its own; what survives a crash is the database, the world outside, and the person.
"""

import asyncio
import functools
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any, Literal

from mn_notebook.domain.events import RunCreated
from mn_notebook.domain.ids import RunId, StepName
from mn_notebook.domain.state import RunState
from mn_notebook.domain.workflow import Workflow
from mn_notebook.engine.values import Values
from mn_notebook.ports import Journal, Leases
from mn_notebook.store.journal import SqlJournal
from mn_notebook.store.leases import SqlLeases
from mn_notebook.store.store import Store, open_store
from mn_notebook.testing.doubles import FakeClock, SequentialIds, VirtualTimeLoop
from mn_notebook.testing.simulation import Crash, CrashAt, SimulatedWriter
from tests.simulation.cases import Case
from tests.simulation.oracle import Outcome, check_rows, check_state, outcome
from tests.simulation.outside import Line, Outside
from tests.simulation.person import Person
from tests.simulation.processes import ORIGIN, Process, Ways, Wraps, make_process, same
from tests.simulation.witness import Noting, Seen, Witness

RUN = RunId("run")
MOST_SECONDS = 400.0
"""A run that takes longer has lost a step."""
LOOK_SECONDS = 0.25
MOST_PROCESSES = 40


class Lost(AssertionError):
    """The run did not end."""


def create(
    store: Store,
    values: Values,
    case: Case,
    run_id: RunId,
    *,
    at: Any,
    reuses: RunId | None = None,
    afresh: tuple[StepName, ...] = (),
    write: Callable[..., None] | None = None,
) -> None:
    """Write the first fact of a run, as a bystander where nothing else is to ``write`` it."""
    event = RunCreated(
        workflow=case.workflow.name,
        workflow_hash=case.workflow.hash,
        origin=ORIGIN,
        title="",
        inputs=values.keep({}),
        by="ann",
        reuses=reuses,
        afresh=afresh,
        budget=case.budget,
    )
    (write or store.journal.create)(run_id, case.workflow, "", event, at)


def see(store: Store, values: Values, case: Case, clock: FakeClock, run_id: RunId = RUN) -> Seen:
    """Begin to watch a run."""
    witness = Witness(store, case, values, run_id)
    return Seen(run_id, case, witness, Outside(case, clock, witness, values.load), values)


@dataclass
class Simulation:
    """Runs a case with crashes; ``crashes[i]`` ends process ``i``."""

    case: Case
    crashes: Sequence[CrashAt] = ()
    balks: Callable[[int, int], Exception | None] = lambda _process, _commit: None
    unclear: Callable[[int, int], bool] = lambda _process, _commit: False
    thorough: bool = False
    wrap_journal: Callable[[SqlJournal], Journal] = same
    wrap_leases: Callable[[SqlLeases], Leases] = same
    wrap_handlers: Callable[[Any, int], Any] = lambda handlers, _process: handlers
    max_attempts: int = 64
    birth: Literal["elsewhere", "here", "together"] = "elsewhere"
    """The run is created by somebody else; or by the process that advances it, alone or together
    with what announces its first steps."""
    processes: list[Process] = field(default_factory=list)
    closed: bool = False

    def __post_init__(self) -> None:
        self.chance = Random(f"{self.case.seed}/{[*self.crashes]}")
        self.clock = FakeClock()
        self.store = open_store(
            ":memory:", clock=self.clock, ids=SequentialIds("x"), threaded=False
        )
        self.values = Values(self.store.artifacts)
        self.seen = see(self.store, self.values, self.case, self.clock)
        self.witness, self.outside = self.seen.witness, self.seen.outside
        if self.thorough:
            self.witness.on_event = check_state
        self.person = Person(self.store, self.seen, self.clock, self.chance)

    @property
    def state(self) -> RunState:
        return self.witness.state if self.closed else self.witness.look()

    @functools.cached_property
    def outcome(self) -> Outcome:
        """What the run came to."""
        return outcome(self.seen)

    @property
    def commits(self) -> list[int]:
        """How many commits each process made."""
        return [process.writer.commits for process in self.processes]

    def create(self) -> None:
        create(self.store, self.values, self.case, RUN, at=self.clock.now())

    def run(self) -> "Simulation":
        """Go on until the run has ended, through all the crashes."""
        until = self._until_ended if self.birth == "elsewhere" else self._create_and_end
        if self.birth == "elsewhere":
            self.create()
        try:
            crashes = iter(self.crashes)
            while not self.live(self.process(next(crashes, None)), until):
                assert len(self.processes) < MOST_PROCESSES, "it dies again and again"
            check_rows(self.store, self.state)
        finally:
            self.close()
        return self

    def close(self) -> None:
        self.closed = True
        self.witness.batches()
        self.store.close()

    def process(self, crash_at: CrashAt | None = None) -> Process:
        """Start a process on the store."""
        number = len(self.processes)
        self.outside.living = {*self.outside.living, number} if self.seen.owners > 1 else {number}
        chance = Random(f"{self.case.seed}/{number}")
        line = Line(self.clock, chance, slow=self.case.slow, strict=self.outside.strict)
        process = make_process(
            number,
            self.store,
            self.clock,
            lambda inner: SimulatedWriter(
                inner,
                crash_at=crash_at,
                delay=self._commit_delay,
                balks=lambda commit: self.balks(number, commit),
                unclear=lambda commit: self.unclear(number, commit),
            ),
            Ways(
                self.outside.code(number),
                self.outside.models(number, line),
                self.outside.caller(line),
                self.outside.starter(line),
                self.seen.case.ceilings,
            ),
            Wraps(
                journal=lambda journal: Noting(self.wrap_journal(journal), self._note),
                leases=self.wrap_leases,
                handlers=lambda handlers: self.wrap_handlers(handlers, number),
            ),
            max_attempts=self.max_attempts,
        )
        self.processes.append(process)
        return process

    def _note(self, group: Any) -> None:
        self.seen.groups[group.batch] = len(group.events)

    def _commit_delay(self) -> float:
        return self.chance.choice((0.0, 0.0, 0.002, 0.05)) if self.case.slow else 0.0

    def live(
        self, process: Process, until: Callable[[Process], Any], *more: Callable[[], Any]
    ) -> bool:
        """Let a process live until ``until`` ends, or it dies; tell whether it lived."""
        loop = VirtualTimeLoop(self.clock)
        loop.set_exception_handler(lambda _loop, _context: None)
        asyncio.set_event_loop(loop)
        try:
            loop.run_until_complete(self._life(process, until, *more))
        except Crash:
            self._sweep(loop, process)
            if self.state.head:
                check_rows(self.store, self.state)
            return False
        finally:
            asyncio.set_event_loop(None)
            loop.close()
            process.close()
        return True

    async def _life(
        self, process: Process, until: Callable[[Process], Any], *more: Callable[[], Any]
    ) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(process.worker.main())
            group.create_task(until(process))
            for other in more:
                group.create_task(other())

    async def _create_and_end(self, process: Process) -> None:
        """Create the run here, unless an earlier process has; then wait for its end."""
        if not self.state.head:
            write = functools.partial(self._create_by, process)
            create(self.store, self.values, self.case, RUN, at=self.clock.now(), write=write)
        await self._until_ended(process)

    def _create_by(self, process: Process, run_id: RunId, workflow: Workflow, *more: Any) -> None:
        worker: Any = process.worker
        begin = worker.hand_over if self.birth == "here" else worker._runs.begin_new
        process.journal.create(
            run_id,
            workflow,
            *more,
            owner=process.leases,
            queued=lambda events: begin(workflow, events),
        )

    async def _until_ended(self, process: Process) -> None:
        late = self.clock.monotonic() + MOST_SECONDS
        self.person.look(self.state)
        while not self.state.ended or self.person.waits:
            self.person.look(self.state)
            if self.clock.monotonic() > late:
                process.worker.stop()
                raise Lost(f"the run has not ended: {describe(self.state)}")
            await self.clock.sleep(LOOK_SECONDS)
            self.person.look(self.state)
        # What comes after the end, such as giving up the lease, belongs to the run too.
        await self.clock.sleep(LOOK_SECONDS)
        process.worker.stop()

    def _sweep(self, loop: VirtualTimeLoop, process: Process) -> None:
        """Clear away what is left of a dead process; it can write nothing and reach nobody."""
        process.writer.close()
        self.outside.living.discard(process.number)
        while tasks := asyncio.all_tasks(loop):
            for task in tasks:
                task.cancel()
            with suppress(Crash, asyncio.CancelledError):
                loop.run_until_complete(asyncio.wait(tasks))


def describe(state: RunState) -> str:
    """Say where a run stands, for a failed test."""
    steps = ", ".join(f"{node}={progress.status}" for node, progress in state.progress.items())
    instances = ", ".join(f"{path}:{one.status}" for path, one in sorted(state.instances.items()))
    return f"{state.phase}; {steps}; {instances}; active {sorted(state.active)}"


__all__ = ["Crash", "Lost", "Simulation", "describe"]
