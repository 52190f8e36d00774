"""One run, from its start to its end, over as many processes as it takes.

Everything is real but time, chance and the outside: worker, runners, handlers, the language's
sandbox, SQL journal, leases and inbox over SQLite in memory. Each process has a loop, connections
and ids of its own; what survives a crash is the database, the world outside, and the person.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any

from mn_notebook.agents.handlers import make_handlers
from mn_notebook.domain.events import ApprovalRequested, Recorded, RunCreated
from mn_notebook.domain.fold import apply, beginning
from mn_notebook.domain.ids import ApprovalId, NodePath, ProcessId, RunId, content_hash
from mn_notebook.domain.state import Instance, RunState
from mn_notebook.engine.services import Services
from mn_notebook.engine.values import Values
from mn_notebook.engine.worker import Worker
from mn_notebook.errors import AlreadyDecided
from mn_notebook.language.expressions import SandboxedExpressions
from mn_notebook.ports import Journal, Leases
from mn_notebook.store.inbox import SqlInbox
from mn_notebook.store.journal import SqlJournal
from mn_notebook.store.leases import SqlLeases
from mn_notebook.store.reader import Reader
from mn_notebook.store.store import Store, open_store
from mn_notebook.store.views import Views
from mn_notebook.store.writer import InlineWriter
from mn_notebook.testing.doubles import FakeClock, SequentialIds, VirtualTimeLoop
from mn_notebook.testing.simulation import Crash, CrashAt, SimulatedWriter
from tests.simulation.cases import Case
from tests.simulation.oracle import check_rows, check_state
from tests.simulation.outside import Outside

RUN = RunId("run")
ORIGIN = "simulated.ipynb"
MOST_SECONDS = 400.0
"""A run that takes longer has lost a step."""
LOOK_SECONDS = 0.25


class Lost(AssertionError):
    """The run did not end."""


@dataclass
class Moment:
    """What the journal said when a process died."""

    open_calls: Counter[tuple[str, str]]
    """Model calls by path and request, tool calls by key, python steps by path."""


class Witness:
    """Reads the journal from the disk and folds it; trusts no process."""

    def __init__(self, store: Store, case: Case) -> None:
        self._journal = store.journal
        self.state = beginning(case.workflow, RUN)
        self.events: list[Recorded] = []
        self.thorough = False

    def look(self) -> RunState:
        """Return the state after all that is durable."""
        for recorded in self._journal.read(RUN, after=self.state.head):
            assert recorded.seq == self.state.head + 1, "the numbers of the events have a hole"
            self.state = apply(self.state, recorded)
            self.events.append(recorded)
            if self.thorough:
                check_state(self.state)
        return self.state


class Person:
    """Decides, from another process, what waits; truthfully, the same in every run, and once."""

    def __init__(self, store: Store, outside: Outside, clock: FakeClock, chance: Random) -> None:
        self._store = store
        self._outside = outside
        self._clock = clock
        self._chance = chance
        self._seen: dict[ApprovalId, float] = {}
        self.decided: Counter[ApprovalId] = Counter()
        self._controls = list(outside.case.controls)

    def look(self, state: RunState) -> None:
        """Decide what has waited long enough, and ask what it is time for."""
        for control in [one for one in self._controls if one.when(state)]:
            self._controls.remove(control)
            self._outside.healed |= control.heals
            self._store.inbox.put(RUN, control.kind, dict(control.body), by="ann", via="test")
        now = self._clock.monotonic()
        for approval_id, waiting in sorted(state.approvals.items()):
            when = self._seen.setdefault(approval_id, now + self._chance.choice((0.0, 0.4, 1.5)))
            if approval_id not in self.decided and now >= when:
                self._decide(waiting.request, state.instances[waiting.request.path])

    @property
    def waits(self) -> bool:
        """Tell whether something that was asked has not been taken up."""
        return bool(self._store.inbox.pending([ORIGIN], []))

    def _decide(self, request: ApprovalRequested, instance: Instance) -> None:
        body: dict[str, Any] = {"because": "", "edits": None, "value": None}
        decision = "approve"
        match request.subject:
            case "approve" | "ask":
                wanted = self._outside.case.of(_step_name(instance.node)).decision
                if wanted == "absent":
                    return
                once = wanted == "reject once" and instance.iteration == 1
                decision = "reject" if wanted == "reject" or once else "approve"
                body["because"] = "not yet" if decision == "reject" else ""
                if wanted == "edit":
                    body["edits"] = dict.fromkeys(request.editable, "edited")
                if request.subject == "ask" and decision == "approve":
                    decision, body["value"] = "answer", {"x": "an answer"}
            case "call":
                call = request.calls[0]
                refuses = int(content_hash([request.path, call.args_hash])[:4], 16) % 9 == 0
                decision = "reject" if refuses else "approve"
            case "in_doubt":
                key = request.calls[0].key
                happened = key in self._outside.written
                decision = "happened" if happened else "not_happened"
                body["value"] = self._outside.written.get(key)
            case "crashing":
                pass
        self.decided[request.approval_id] += 1
        with suppress(AlreadyDecided):
            # A late decision is refused, not lost.
            self._store.inbox.decide(
                RUN, request.approval_id, decision, body, by="ann", via="simulation"
            )


@dataclass
class Process:
    """One process that owns runs."""

    number: int
    writer: SimulatedWriter
    worker: Worker
    leases: SqlLeases
    journal: SqlJournal
    close: Callable[[], None]


@dataclass
class Simulation:
    """Runs a case with crashes; ``crashes[i]`` ends process ``i``."""

    case: Case
    crashes: Sequence[CrashAt] = ()
    balks: Callable[[int, int], Exception | None] = lambda _process, _commit: None
    unclear: Callable[[int, int], bool] = lambda _process, _commit: False
    thorough: bool = False
    wrap_journal: Callable[[SqlJournal], Journal] = lambda journal: journal
    wrap_leases: Callable[[SqlLeases], Leases] = lambda leases: leases
    wrap_handlers: Callable[[Any, int], Any] = lambda handlers, _process: handlers
    max_attempts: int = 64
    moments: list[Moment] = field(default_factory=list)
    processes: list[Process] = field(default_factory=list)
    closed: bool = False

    def __post_init__(self) -> None:
        self.chance = Random(f"{self.case.seed}/{[*self.crashes]}")
        self.clock = FakeClock()
        self.store = open_store(
            ":memory:", clock=self.clock, ids=SequentialIds("x"), threaded=False
        )
        self.witness = Witness(self.store, self.case)
        self.witness.thorough = self.thorough
        self.values = Values(self.store.artifacts)
        self.outside = Outside(self.case, self.clock, self.witness.look, self.values.load)
        self.person = Person(self.store, self.outside, self.clock, self.chance)

    @property
    def state(self) -> RunState:
        return self.witness.state if self.closed else self.witness.look()

    @property
    def commits(self) -> list[int]:
        """How many commits each process made."""
        return [process.writer.commits for process in self.processes]

    def create(self) -> None:
        event = RunCreated(
            workflow=self.case.workflow.name,
            workflow_hash=self.case.workflow.hash,
            origin=ORIGIN,
            title="",
            inputs=self.values.keep({}),
            by="ann",
        )
        now = self.clock.now()
        self.store.journal.create(RUN, self.case.workflow, "", event, now)

    def run(self) -> "Simulation":
        """Go on until the run has ended, through all the crashes."""
        self.create()
        try:
            for crash in (*self.crashes, None):
                process = self.process(crash)
                if self.live(process, self._until_ended):
                    break
            check_rows(self.store, self.state)
        finally:
            self.close()
        return self

    def close(self) -> None:
        self.closed = True
        self.store.close()

    def process(self, crash_at: CrashAt | None = None) -> Process:
        """Start a process on the store."""
        number = len(self.processes)
        database = self.store.database
        inner = InlineWriter(database)
        writer = SimulatedWriter(
            inner,
            crash_at=crash_at,
            delay=self._commit_delay,
            balks=lambda commit: self.balks(number, commit),
            unclear=lambda commit: self.unclear(number, commit),
        )
        reader = Reader(database)
        ids = SequentialIds(f"p{number}x")
        journal = SqlJournal(database, writer, reader)
        inbox = SqlInbox(database, writer, reader, self.clock, ids)
        leases = SqlLeases(
            database,
            inner,
            reader,
            self.clock,
            process_id=ProcessId(f"process-{number}"),
            origin=ORIGIN,
            program="",
        )
        leases._writer = writer
        self.outside.process = number
        code = self.outside.code(number)
        chance = Random(f"{self.case.seed}/{number}")
        services = Services(
            journal=self.wrap_journal(journal),
            values=Values(self.store.artifacts),
            expressions=SandboxedExpressions(),
            clock=self.clock,
            ids=ids,
            handlers=self.wrap_handlers(
                make_handlers(
                    code,
                    self.outside.models(number, chance),
                    self.clock,
                    call=self.outside.caller(chance),
                    start=self.outside.starter(chance),
                ),
                number,
            ),
            is_decided=inbox.is_decided,
        )
        worker = Worker(
            services,
            self.wrap_leases(leases),
            inbox,
            Views(reader).run,
            origins=[ORIGIN],
            max_attempts=self.max_attempts,
        )

        def close() -> None:
            writer.close()
            inner.close()
            reader.close()

        process = Process(number, writer, worker, leases, journal, close)
        self.processes.append(process)
        return process

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
            self.moments.append(_moment(self.state))
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
        self.outside.process = -1
        while tasks := asyncio.all_tasks(loop):
            for task in tasks:
                task.cancel()
            with suppress(Crash, asyncio.CancelledError):
                loop.run_until_complete(asyncio.wait(tasks))


def _step_name(node: NodePath) -> str:
    return node.rpartition("/")[2]


def _moment(state: RunState) -> Moment:
    found: Counter[tuple[str, str]] = Counter()
    for path, instance in state.instances.items():
        if path in state.active:
            found["python", path] += 1
        for call in instance.calls:
            if call.status == "open":
                found[call.kind, call.key or f"{path}/{call.request_hash}"] += 1
    return Moment(found)


def describe(state: RunState) -> str:
    """Say where a run stands, for a failed test."""
    steps = ", ".join(f"{node}={progress.status}" for node, progress in state.progress.items())
    instances = ", ".join(f"{path}:{one.status}" for path, one in sorted(state.instances.items()))
    return f"{state.phase}; {steps}; {instances}; active {sorted(state.active)}"


__all__ = ["Crash", "Lost", "Simulation", "describe"]
