"""Plays a case: the real parser, engine, handlers and store, in virtual time, in one thread."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from pydantic import JsonValue

from mn_notebook.agents.compensation import Compensations
from mn_notebook.agents.handlers import make_handlers
from mn_notebook.agents.judging import Judge
from mn_notebook.agents.limits import Limits
from mn_notebook.agents.python_step import PythonHandler
from mn_notebook.client import NewRun, RunClient
from mn_notebook.domain.drawing import draw
from mn_notebook.domain.events import ApprovalRequested
from mn_notebook.domain.ids import ApprovalId, ProcessId, RunId, StepName
from mn_notebook.domain.linking import linked
from mn_notebook.domain.planning import next_wake
from mn_notebook.domain.state import RunState
from mn_notebook.domain.workflow import Workflow
from mn_notebook.engine.reuse import Reusable
from mn_notebook.engine.services import Services
from mn_notebook.engine.summary import status_of
from mn_notebook.engine.values import Values
from mn_notebook.engine.worker import Worker
from mn_notebook.errors import AlreadyDecided
from mn_notebook.language import SandboxedExpressions
from mn_notebook.ports import Loads, Memory, StepHandler
from mn_notebook.store.answers import SqlMemory
from mn_notebook.store.inbox import SqlInbox
from mn_notebook.store.journal import SqlJournal
from mn_notebook.store.leases import SqlLeases
from mn_notebook.store.loads import SqlLoads
from mn_notebook.store.reader import Reader
from mn_notebook.store.store import open_store
from mn_notebook.store.views import Views
from mn_notebook.store.writer import InlineWriter
from mn_notebook.testing.doubles import FakeClock, SequentialIds, VirtualTimeLoop
from mn_notebook.testing.simulation import Crash, CrashAt, SimulatedWriter
from tests.conformance.case import Case, Control, Decision
from tests.conformance.facts import facts_of
from tests.conformance.world import World

ORIGIN = "conformance.ipynb"
LOOK_SECONDS = 0.5
QUIET_SECONDS = 1.0
MOST_LOOKS = 4000


@dataclass(frozen=True)
class Came:
    """What a run came to."""

    status: str
    steps: Mapping[str, str]
    output: JsonValue
    error: str
    facts: tuple[str, ...]
    values: Mapping[str, JsonValue]
    """What each unit of work gave."""


@dataclass
class Play:
    """One case, from its start to its end, over as many processes as it takes."""

    case: Case
    workflows: Mapping[str, list[Workflow]]
    """The versions of each workflow, in the order of their texts."""
    crash: CrashAt | None = None
    runs: list[RunId] = field(default_factory=list)
    commits: int = 0
    """How many commits the first process made."""
    _done: set[int] = field(default_factory=set)
    _since: dict[int, float] = field(default_factory=dict)
    _asked: dict[ApprovalId, float] = field(default_factory=dict)
    _decided: set[ApprovalId] = field(default_factory=set)
    _head: tuple[int, float] = (0, 0.0)
    _told: dict[RunId, tuple[int, list[str]]] = field(default_factory=dict)
    _writer: SimulatedWriter | None = None
    _seen: tuple[RunId, int, RunState] | None = None
    """The run that was looked at last, after so many commits, and how it stood."""

    def __post_init__(self) -> None:
        self.clock = FakeClock()
        ids = SequentialIds("x")
        self.store = open_store(":memory:", clock=self.clock, ids=ids, threaded=False)
        self.client = RunClient(self.store, user="ann", clock=self.clock, ids=ids)
        self.world = World(self.case.story.outside, self.clock)
        self.standing = {name: versions[0] for name, versions in self.workflows.items()}

    def play(self) -> tuple[Came, ...]:
        """Return what the run came to, and the second one if there is one."""
        try:
            self._start()
            if not self._live(0, self.crash):
                self._live(1, None)
            assert not self._doubled(), f"writes that happened twice: {self._doubled()}"
            return tuple(self._came(run_id) for run_id in self.runs)
        finally:
            self.store.close()

    # --- runs ----------------------------------------------------------------------------------

    def _start(self) -> None:
        story = self.case.story
        self.runs.append(self._ask_for(self.main, story.inputs))

    @property
    def main(self) -> Workflow:
        """The workflow that is run, as it stands now."""
        return self.standing[next(iter(self.workflows))]

    def _start_again(self) -> None:
        again = self.case.story.rerun
        assert again is not None
        name = next(iter(self.workflows))
        self.standing[name] = self.workflows[name][again.version - 1]
        inputs = again.inputs or self.case.story.inputs
        more = {"reuses": self.runs[0], "afresh": tuple(map(StepName, again.afresh))}
        self.runs.append(self._ask_for(self.main, inputs, **more))

    def _ask_for(self, workflow: Workflow, inputs: Mapping[str, JsonValue], **more: Any) -> RunId:
        whole = linked(workflow, self.standing.get)
        return self.client.start(NewRun(whole, "", ORIGIN, inputs, **more))

    # --- processes -----------------------------------------------------------------------------

    def _worker(self, number: int, writer: SimulatedWriter, inner: InlineWriter) -> Worker:
        database = self.store.database
        reader = Reader(database)
        ids = SequentialIds(f"p{number}x")
        inbox = SqlInbox(database, writer, reader, self.clock, ids)
        process = ProcessId(f"process-{number}")
        leases = SqlLeases(
            database, inner, reader, self.clock, process_id=process, origin=ORIGIN, program=""
        )
        leases._writer = writer
        journal = SqlJournal(database, writer, reader)
        services = Services(
            journal=journal,
            values=Values(self.store.artifacts),
            expressions=SandboxedExpressions(),
            clock=self.clock,
            ids=ids,
            handlers=self._handlers(
                SqlLoads(writer, reader, self.clock), SqlMemory(reader, journal)
            ),
            undoer=self._undoer(),
            is_decided=inbox.is_decided,
            reusable=Reusable(self.client.state).find,
        )
        return Worker(services, leases, inbox, Views(reader).run, origins=[ORIGIN])

    def _handlers(self, loads: Loads, memory: Memory) -> Mapping[str, StepHandler]:
        """Return the real handlers; a process of its own is this one, which a timeout can leave."""
        call = self.world.call
        handlers = make_handlers(
            self.world.code(),
            self.world.models(),
            self.clock,
            judge=Judge(SandboxedExpressions()),
            call=call,
            limits=Limits(self.clock, loads=loads),
            memory=memory,
        )
        python = handlers["python"]
        assert isinstance(python, PythonHandler)
        python._isolated = call
        return handlers

    def _undoer(self) -> Compensations:
        code = self.world.code()
        return Compensations(code.tool, absent=code.absent, call=self.world.call)

    def _live(self, number: int, crash: CrashAt | None) -> bool:
        """Let a process live until all is done, or it dies; tell whether it lived."""
        inner = InlineWriter(self.store.database)
        writer = self._writer = SimulatedWriter(inner, crash_at=crash)
        self._seen = None
        worker = self._worker(number, writer, inner)
        loop = VirtualTimeLoop(self.clock)
        loop.set_exception_handler(lambda _loop, _context: None)
        asyncio.set_event_loop(loop)
        try:
            loop.run_until_complete(self._life(worker))
        except Crash:
            _sweep(loop, writer)
            return False
        finally:
            asyncio.set_event_loop(None)
            loop.close()
            self.commits = self.commits or writer.commits
            writer.close()
            inner.close()
        return True

    async def _life(self, worker: Worker) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(worker.main())
            group.create_task(self._look_on(worker))

    async def _look_on(self, worker: Worker) -> None:
        """Be the people, and let time fly where nothing happens, until all runs have ended."""
        looks = 0
        while not self._is_over():
            looks += 1
            state = self._state()
            self._take_part(state)
            assert looks < MOST_LOOKS, f"the run does not end: {self._came(self.runs[-1])}"
            self._let_fly(state)
            await self.clock.sleep(LOOK_SECONDS)
        await self.clock.sleep(LOOK_SECONDS)
        worker.stop()

    def _state(self) -> RunState:
        """Return where the run stands, read again only if its process has written something."""
        assert self._writer is not None
        run_id, commits = self.runs[-1], self._writer.commits
        if self._seen is None or self._seen[:2] != (run_id, commits):
            self._seen = (run_id, commits, self.client.state(run_id))
        return self._seen[2]

    def _is_over(self) -> bool:
        state = self._state()
        controls = self.case.story.outside.controls
        if not state.ended or state.undoing or len(self._done) < len(controls):
            return False
        if controls and self.store.inbox.pending([ORIGIN], []):
            return False  # Somebody asked for something that nobody has taken up yet.
        if self.case.story.rerun is not None and len(self.runs) == 1:
            self._start_again()
            return False
        return True

    # --- time ----------------------------------------------------------------------------------

    def _let_fly(self, state: RunState) -> None:
        """Put the clock forward to shortly before the next thing that can happen."""
        now = self.clock.monotonic()
        if state.head != self._head[0]:
            self._head = (state.head, now)
        if state.active or state.undoing or now - self._head[1] < QUIET_SECONDS:
            return
        wake = next_wake(state)
        times = [self._when(control) for control in self._since]
        times += [self._asked[one] for one in state.approvals if one in self._asked]
        if wake is not None and wake <= self.clock.now():
            return  # Its time has come, and somebody will notice.
        if wake is not None:
            times.append(now + (wake - self.clock.now()).total_seconds())
        coming = [time for time in times if time > now]
        if coming and min(coming) - now > QUIET_SECONDS:
            self.clock.advance(min(coming) - now - 1.0)

    def _when(self, place: int) -> float:
        return self._since[place] + self.case.story.outside.controls[place].after

    # --- people --------------------------------------------------------------------------------

    def _take_part(self, state: RunState) -> None:
        now = self.clock.monotonic()
        for approval_id, waiting in sorted(state.approvals.items()):
            decision = self._decision(waiting.request)
            if decision is None or approval_id in self._decided:
                continue
            if now >= self._asked.setdefault(approval_id, now + decision.after):
                self._decided.add(approval_id)
                with suppress(AlreadyDecided):
                    self._decide(waiting.request, decision)
        self._control(now)

    def _decision(self, request: ApprovalRequested) -> Decision | None:
        if request.subject == "in_doubt":
            return Decision(approves=True)
        return self.case.story.outside.people.get(request.path)

    def _decide(self, request: ApprovalRequested, decision: Decision) -> None:
        run_id = self.runs[-1]
        if request.subject == "in_doubt":
            key = request.calls[0].key
            happened = "happened" if key in self.world.written else "not_happened"
            value = self.world.written.get(key)
            self.client.decide(run_id, request, happened, value=value, because="looked there")
        elif decision.answers is not None:
            self.client.answer(run_id, request, decision.answers)
        elif decision.rejects is not None:
            self.client.decide(run_id, request, "reject", because=decision.rejects)
        elif decision.stops is not None:
            self.client.decide(run_id, request, "stop", because=decision.stops)
        elif decision.instead is not None:
            self.client.decide(run_id, request, "answer", value=decision.instead)
        else:
            always = decision.always
            self.client.decide(run_id, request, "approve", edits=decision.edits, always=always)

    def _control(self, now: float) -> None:
        if len(self._done) == len(self.case.story.outside.controls):
            return
        facts = self._facts(self.runs[-1])
        for place, control in enumerate(self.case.story.outside.controls):
            if place in self._done:
                continue
            if not control.once or any(fact.startswith(control.once) for fact in facts):
                if now >= self._since.setdefault(place, now) + control.after:
                    self._done.add(place)
                    del self._since[place]
                    self._act(control)
                return  # One after the other.

    def _act(self, control: Control) -> None:
        run_id, client = self.runs[-1], self.client
        self._entrust(control)
        if control.mend is not None:
            self.world.mend(control.mend)
        if control.define is not None:
            self.standing[control.define] = self.workflows[control.define][-1]
        if control.pause is not None:
            client.pause(run_id, because=control.pause)
        if control.resume:
            client.resume(run_id)
        if control.cancel is not None:
            client.cancel(run_id, because=control.cancel)
        if control.undo is not None:
            client.undo(
                run_id,
                because=control.undo,
                leave=control.leave,
                again=control.again,
                keep=control.keep,
            )
        if control.retry is not None:
            client.retry(run_id, None if control.retry == "all" else control.retry)
        if control.signal is not None:
            client.signal(control.signal, run_id=run_id, value=control.value)
        if control.skip is not None:
            value, has_value = control.value, control.value is not None
            client.skip(
                run_id, control.skip, value=value, has_value=has_value, because=control.because
            )

    def _entrust(self, control: Control) -> None:
        run_id, client = self.runs[-1], self.client
        if control.delegate is not None:
            asked = client.open_approval(run_id, control.delegate).request
            client.delegate(run_id, asked, control.to, because=control.because)
        if control.budget is not None:
            client.budget(
                run_id,
                control.budget,
                step=control.step,
                model=control.model,
                because=control.because,
            )
        if control.revoke is not None:
            client.revoke(run_id, control.revoke)

    # --- the end -------------------------------------------------------------------------------

    def _doubled(self) -> list[str]:
        """Return the calls of tools that write which happened more than once."""
        tools = self.case.story.outside.tools
        writes = {
            call.key
            for run_id in self.runs
            for instance in self.client.state(run_id).instances.values()
            for call in instance.calls
            if call.kind == "tool" and call.name in tools and tools[call.name].effect == "write"
        }
        return sorted(key for key in writes if self.world.made[key] > 1)

    def _facts(self, run_id: RunId) -> list[str]:
        head, facts = self._told.get(run_id, (0, []))
        new = list(self.client.events(run_id, after=head))
        if new:
            facts += facts_of(new, self.client.values)
            self._told[run_id] = (new[-1].seq, facts)
        return facts

    def _came(self, run_id: RunId) -> Came:
        state = self.client.state(run_id)
        values = self.client.values
        picture = draw(state, status_of(state), self.clock.now(), "none")
        inner = (node for scope in picture.scopes for node in scope.nodes)
        steps = {node.path or node.name: str(node.status) for node in (*picture.nodes, *inner)}
        return Came(
            status=status_of(state),
            steps=steps,
            output=values.load(state.output),
            error=state.error.message if state.error is not None else "",
            facts=tuple(self._facts(run_id)),
            values={path: values.load(one.output) for path, one in sorted(state.instances.items())},
        )


def _sweep(loop: VirtualTimeLoop, writer: SimulatedWriter) -> None:
    """Clear away what is left of a dead process."""
    writer.close()
    while tasks := asyncio.all_tasks(loop):
        for task in tasks:
            task.cancel()
        with suppress(Crash, asyncio.CancelledError):
            loop.run_until_complete(asyncio.wait(tasks))
