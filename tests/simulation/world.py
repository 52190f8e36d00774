"""Several runs and several owners on one store, interleaved in one loop, with all that goes wrong.

A process dies alone: its tasks are swept away while the others go on. After it, another one takes
its seat. When a schedule has gone on for long enough nothing strikes any more, and what is left
has to come to its end.
"""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from contextvars import ContextVar, copy_context
from random import Random
from typing import Any, NoReturn

from mn_notebook.agents.failures import ChildEnded
from mn_notebook.domain.ids import ProcessId, RunId, StepName
from mn_notebook.domain.state import RunState
from mn_notebook.engine.values import Values
from mn_notebook.errors import StoreBusy, StoreUnwritable, TransientError
from mn_notebook.ports import Group, ModelClient
from mn_notebook.store.reader import Reader
from mn_notebook.store.store import open_store
from mn_notebook.testing.doubles import FakeClock, SequentialIds, VirtualTimeLoop
from mn_notebook.testing.simulation import Crash, SimulatedWriter
from tests.simulation.cases import Case
from tests.simulation.oracle import check_rows
from tests.simulation.outside import Line, Outside, code_of
from tests.simulation.person import Person
from tests.simulation.processes import Process, Ways, Wraps, make_process, name_of
from tests.simulation.schedule import Schedule
from tests.simulation.simulation import LOOK_SECONDS, Lost, create, describe, see
from tests.simulation.witness import Noting, Seen

STORMY_SECONDS = 90.0
"""After so long nothing strikes any more."""
MOST_SECONDS = 1200.0
"""Whoever is not done by then has lost something."""
MOST_EVENTS = 2000
"""So many no run of these cases needs, whatever strikes: it goes round and round."""
ROBBED_SECONDS = 1.0
"""So long a rival believes that a living owner is dead."""
REBOOT_SECONDS = (0.0, 0.1, 1.0, 5.0)

_CURRENT: ContextVar[Process | None] = ContextVar("process", default=None)


class World:
    """One store, the runs on it, the people, and the processes that come and go."""

    def __init__(
        self,
        cases: Mapping[RunId, Case],
        schedule: Schedule,
        *,
        stormy_seconds: float = STORMY_SECONDS,
        most_seconds: float = MOST_SECONDS,
        starts_at: Callable[[int], float] = lambda _number: 0.0,
        kills_every_seconds: float | None = None,
        thorough: bool = False,
    ) -> None:
        """Prepare to run ``cases``, each from its own moment on.

        ``kills_every_seconds`` ends a process about so often, whatever it does at that moment.
        """
        self.kills = 0
        self._kills_every = kills_every_seconds
        self.schedule = schedule
        self.clock = FakeClock()
        self.store = open_store(
            ":memory:", clock=self.clock, ids=SequentialIds("x"), threaded=False
        )
        self.values = Values(self.store.artifacts)
        self.seen: dict[RunId, Seen] = {}
        self.processes: list[Process] = []
        self._cases = dict(cases)
        self._stormy, self._most = stormy_seconds, most_seconds
        self._starts_at = {run_id: starts_at(i) for i, run_id in enumerate(self._cases)}
        self._people: dict[RunId, Person] = {}
        self._living: set[int] = set()
        self._full = 0
        self._commits: dict[RunId, int] = {}
        self._robbed: dict[tuple[int, int], float] = {}
        self._over = False
        self._thorough = thorough
        self._reuses: dict[RunId, tuple[RunId, tuple[StepName, ...]]] = {}

    # --- from its beginning to its end ---------------------------------------------------------

    def run(self) -> "World":
        """Go on until every run has ended, whatever strikes."""
        loop = VirtualTimeLoop(self.clock)
        loop.set_exception_handler(lambda _loop, _context: None)
        loop.set_task_factory(_noted)
        asyncio.set_event_loop(loop)
        try:
            ending = loop.create_task(self._live())
            while not ending.done():
                try:
                    loop.run_until_complete(ending)
                except Crash:
                    self._bury(loop)
            for seen in self.seen.values():
                check_rows(self.store, seen.witness.look())
        finally:
            self._close(loop)
        return self

    def rerun(self, run_id: RunId, before: RunId, afresh: tuple[StepName, ...] = ()) -> None:
        """Ask for a run that reuses an earlier one, as soon as that one has ended."""
        self._cases[run_id] = self._cases[before]
        self._starts_at[run_id] = self._starts_at[before]
        self._reuses[run_id] = (before, afresh)

    async def _live(self) -> None:
        seats = [self._seat() for _ in range(self.schedule.owners)]
        async with asyncio.TaskGroup() as group:
            for seat in seats:
                group.create_task(seat)
            reaper = group.create_task(self._reap())
            await self._until_ended()
            self._over = True
            reaper.cancel()
            for process in self.processes:
                process.worker.stop()
                process.over.set()

    async def _until_ended(self) -> None:
        waiting = dict(self._starts_at)
        while waiting or not self._all_ended():
            now = self.clock.monotonic()
            self.schedule.calm = self.schedule.calm or now > self._stormy
            for run_id in [one for one, at in waiting.items() if at <= now and self._may(one)]:
                del waiting[run_id]
                self._create(run_id)
            if now > self._most:
                raise Lost(f"runs have not ended: {self._unended()}")
            if any(seen.state.head > MOST_EVENTS for seen in self.seen.values()):
                raise Lost(f"runs go round and round: {self._unended()}")
            await self.clock.sleep(LOOK_SECONDS)
        await self.clock.sleep(LOOK_SECONDS)

    def _may(self, run_id: RunId) -> bool:
        before = self._reuses.get(run_id)
        return before is None or (before[0] in self.seen and self._has_ended(before[0]))

    def _all_ended(self) -> bool:
        # Each is looked at, whatever the others say: people answer when they are.
        ended = [self._has_ended(run_id) for run_id in self.seen]
        return all(ended)

    def _has_ended(self, run_id: RunId) -> bool:
        person, state = self._people[run_id], self._state(run_id)
        person.look(state)
        return state.ended and not person.waits

    def _state(self, run_id: RunId) -> RunState:
        """Return what the disk says of a run, read again only if something was written."""
        commits = sum(process.writer.commits for process in self.processes)
        if self._commits.get(run_id) != commits:
            self._commits[run_id] = commits
            self.seen[run_id].witness.look()
        return self.seen[run_id].state

    def _unended(self) -> str:
        found = [one for run_id, one in self.seen.items() if not self._has_ended(run_id)]
        return "; ".join(f"{one.run_id}: {describe(one.state)}" for one in found[:3])

    def _create(self, run_id: RunId) -> None:
        case = self._cases[run_id]
        before, afresh = self._reuses.get(run_id, (None, ()))
        seen = see(self.store, self.values, case, self.clock, run_id)
        seen.owners = self.schedule.owners
        seen.outside.strict = False
        seen.outside.living = self._living
        seen.outside.end = self._end
        if self._thorough:
            seen.witness.be_thorough()
        chance = Random(f"{case.seed}/person")
        person = Person(self.store, seen, self.clock, chance, self.schedule.strikes)
        now = self.clock.now()
        create(self.store, self.values, case, run_id, at=now, reuses=before, afresh=afresh)
        self.seen[run_id], self._people[run_id] = seen, person

    def _close(self, loop: VirtualTimeLoop) -> None:
        self._over = True
        for process in self.processes:
            process.writer.close()
        self._living.clear()
        while tasks := asyncio.all_tasks(loop):
            for task in tasks:
                task.cancel()
            try:
                loop.run_until_complete(asyncio.wait(tasks))
            except Crash:
                continue
        asyncio.set_event_loop(None)
        loop.close()
        for seen in self.seen.values():
            seen.witness.look()
            seen.witness.batches()
        for process in self.processes:
            process.close()
        self.store.close()

    # --- processes -----------------------------------------------------------------------------

    async def _seat(self) -> None:
        """Let one process after the other live."""
        while not self._over:
            process = self._start()
            await process.over.wait()
            await self.clock.sleep(self.schedule.pick(REBOOT_SECONDS))

    def _start(self) -> Process:
        number = len(self.processes)
        process = make_process(
            number,
            self.store,
            self.clock,
            lambda inner: SimulatedWriter(
                inner,
                delay=self._commit_seconds,
                balks=self._balks,
                unclear=lambda commit: self._strikes("an unclear commit", f"p{number} {commit}"),
                dies=lambda commit, side: self._dies(number, f"{side} a commit", str(commit)),
            ),
            Ways(
                code_of(number, self._outside_of),
                _Models({}, self, number),
                self._caller(number),
                self.line(number).start,
                tuple({one for seen in self.seen.values() for one in seen.case.ceilings}),
            ),
            Wraps(
                journal=lambda journal: Noting(journal, self._note),
                leases=lambda leases: self._with_rivals(leases, number),
                inbox=lambda inbox: _Inbox(inbox, self, number),
                artifacts=lambda artifacts: _Artifacts(artifacts, self),
                reader=lambda database: _Reader(database, self, number),
            ),
            max_attempts=self.schedule.pick((64, 64, 3)),
        )
        self.processes.append(process)
        self._living.add(number)
        context = copy_context()
        context.run(_CURRENT.set, process)
        task = asyncio.get_running_loop().create_task(process.worker.main(), context=context)
        task.add_done_callback(lambda _task: self._has_ended_alone(process))
        process.tasks.add(task)
        return process

    def _has_ended_alone(self, process: Process) -> None:
        process.gone = True
        process.over.set()
        self._living.discard(process.number)

    def _dies(self, number: int, when: str, where: str) -> bool:
        strikes = self._strikes(f"crash {when}", f"p{number} {where}")
        if strikes:
            self._kill(number)
        return strikes

    def _end(self, number: int) -> NoReturn:
        self._kill(number)
        raise Crash

    def _kill(self, number: int) -> None:
        self._living.discard(number)
        self.processes[number].writer.close()

    async def _reap(self) -> None:
        """End one process after the other."""
        while self._kills_every is not None:
            await self.clock.sleep(self._kills_every * self.schedule.pick((0.5, 1.0, 1.5)))
            if self._living and not self.schedule.calm:
                self._kill(self.schedule.pick(sorted(self._living)))
                self.kills += 1
                self._bury(asyncio.get_running_loop())

    def _bury(self, loop: asyncio.AbstractEventLoop) -> None:
        """Sweep away what is left of the dead; it can write nothing and reach nobody."""
        for process in self.processes:
            if process.number not in self._living and not process.gone:
                process.gone = True
                process.over.set()
                for task in process.tasks:
                    if task.get_loop() is loop and not task.done():
                        task.cancel()

    def _strikes(self, fault: Any, where: str) -> bool:
        return self.schedule.strikes(fault, where)

    # --- the ports of the store ----------------------------------------------------------------

    def _note(self, group: Group) -> None:
        self.seen[group.run_id].groups[group.batch] = len(group.events)

    def _commit_seconds(self) -> float:
        if self._strikes("a slow commit", "the disk"):
            return self.schedule.pick((0.05, 0.5, 4.0, 17.0))
        return self.schedule.pick((0.0, 0.0, 0.002))

    def _balks(self, commit: int) -> Exception | None:
        if not self._full and self._strikes("a full disk", f"commit {commit}"):
            self._full = self.schedule.pick((1, 2, 6))
        if not self._full:
            return None
        self._full -= 1
        return sqlite3.OperationalError("database or disk is full")

    def _with_rivals(self, leases: Any, number: int) -> Any:
        alive = leases.is_alive

        def seems_alive(process_id: ProcessId) -> bool:
            if process_id == name_of(number):
                return bool(alive(process_id))
            other = next((one for one in self.processes if name_of(one.number) == process_id), None)
            if other is None or other.number not in self._living:
                return False
            now = self.clock.monotonic()
            if self._robbed.get((number, other.number), -1.0) >= now:
                return False
            robbed = self._strikes("a rival takes over", f"p{number} from p{other.number}")
            if robbed:
                self._robbed[number, other.number] = now + ROBBED_SECONDS
            return not robbed

        leases.is_alive = seems_alive
        return leases

    # --- the way outside -----------------------------------------------------------------------

    def _outside_of(self, step: str, key: str = "") -> Outside:
        """Find whose call it is: by its key, else the run that goes on and has the step."""
        found = [one for one in self.seen.values() if one.case.has(step)] if step else []
        if key:
            keyed = (found or self.seen.values(),)
            for one in keyed[0]:
                one.witness.look()
                if one.witness.intents["tool", key]:
                    return one.outside
        found = found or list(self.seen.values())
        return next((one.outside for one in found if not one.state.ended), found[-1].outside)

    def line(self, number: int) -> Line:
        """Return the way of a process to the outside."""
        return _StormyLine(self, number)

    def _caller(self, number: int) -> Callable[..., Any]:
        async def call(function: Any, arguments: Any) -> Any:
            outside = self._outside_of(str(arguments.get("me") or ""))
            return await outside.caller(self.line(number))(function, arguments)

        return call

    @property
    def has_reruns(self) -> bool:
        """Tell whether a run is repeated."""
        return bool(self._reuses)

    def lives(self, number: int) -> bool:
        """Tell whether a process has not died."""
        return number in self._living

    def meet(self, number: int, side: str, where: str) -> None:
        """Let a process die at a call, if that is its fate.

        Raises:
            Crash: it has died.
        """
        if number in self._living and self._dies(number, f"{side} a call", where):
            raise Crash

    async def slow(self, where: str) -> None:
        """Let a call take its time."""
        if self._strikes("a slow call", where):
            await self.clock.sleep(self.schedule.pick((0.05, 1.0, 8.0, 20.0)))


def _noted(loop: Any, coroutine: Any, *, context: Any = None, **more: Any) -> asyncio.Task[Any]:
    """Make a task, and note whose it is."""
    task = asyncio.Task(coroutine, loop=loop, context=context, **more)
    here = context.get(_CURRENT) if context is not None else _CURRENT.get()
    if here is not None:
        here.tasks.add(task)
        task.add_done_callback(here.tasks.discard)
    return task


class _StormyLine(Line):
    """A way on which processes die and replies are lost."""

    def __init__(self, world: World, number: int) -> None:
        self._world = world
        self._number = number

    def start(self, job: Callable[[], None]) -> None:
        def do() -> None:
            if self._world.lives(self._number):
                self._world.meet(self._number, "before", "function")
                job()
                if not self._world.lives(self._number):
                    raise Crash  # A thread would not let it out.
                self._world.meet(self._number, "after", "function")

        # A function does not know its run: no job of a run may outlast it into its repetition.
        may_be_late = not self._world.has_reruns
        slow = may_be_late and self._world.schedule.strikes("a slow call", "job")
        delays = (0.05, 1.0, 8.0) if slow else (0.0,)
        asyncio.get_running_loop().call_later(self._world.schedule.pick(delays), do)

    async def out(self, kind: str, where: str) -> None:
        self._world.meet(self._number, "before", f"{kind} {where}")

    async def back(self, kind: str, where: str, *, may_be_lost: bool) -> None:
        self._world.meet(self._number, "after", f"{kind} {where}")
        await self._world.slow(f"{kind} {where}")
        if may_be_lost and self._world.schedule.strikes("a lost reply", f"{kind} {where}"):
            _lose(kind)
        outside = self._world._outside_of(where if kind == "function" else "")
        has_child = may_be_lost and kind == "function" and outside.is_isolated(where)
        if has_child and self._world.schedule.strikes("a child that dies", where):
            raise ChildEnded("the child process ended", "")


def _lose(kind: str) -> NoReturn:
    message = "the line broke before the answer came"
    raise TransientError(message) if kind == "model" else ConnectionError(message)


class _Models(ModelClient):
    """The models of one process: each run asks those of its own outside."""

    def __init__(self, known: dict[RunId, ModelClient], world: World, number: int) -> None:
        self._known = known
        self._world = world
        self._number = number

    def _of(self, run_id: RunId) -> ModelClient:
        if run_id not in self._known:
            outside = self._world.seen[run_id].outside
            self._known[run_id] = outside.models(self._number, self._world.line(self._number))
        return self._known[run_id]

    def profile(self, model: str | None) -> Any:
        first = next(iter(self._world.seen))
        return self._of(first).profile(model)

    async def complete(self, request: Any, *, call_id: str | None = None, **more: Any) -> Any:
        run_id = RunId(str(call_id).partition("/")[0])
        return await self._of(run_id).complete(request, call_id=call_id, **more)

    async def aclose(self) -> None:
        return


class _Reader(Reader):
    """A store that cannot be read now and then."""

    def __init__(self, database: Any, world: World, number: int) -> None:
        super().__init__(database)
        self._world = world
        self._where = f"p{number}"

    def _fetch(self, sql: str, parameters: tuple[Any, ...]) -> list[Any]:
        if self._world.schedule.strikes("an unreadable store", f"{self._where} {sql[:40]!r}"):
            raise StoreBusy("the store is held by another program; try again")
        return super()._fetch(sql, parameters)


class _Artifacts:
    """A disk that is full for an artifact now and then."""

    def __init__(self, artifacts: Any, world: World) -> None:
        self._artifacts = artifacts
        self._world = world

    def put(self, content: bytes, *, media_type: str) -> str:
        if self._world.schedule.strikes("an artifact refused", f"{len(content)} bytes"):
            raise StoreUnwritable("an artifact cannot be written: the disk is full")
        return str(self._artifacts.put(content, media_type=media_type))

    def get(self, sha256: str) -> bytes:
        return bytes(self._artifacts.get(sha256))


class _Inbox:
    """Looks that are stale when they are acted upon, and wake-ups that come late."""

    def __init__(self, inbox: Any, world: World, number: int) -> None:
        self._inbox = inbox
        self._world = world
        self._where = f"p{number}"
        self._seen: list[Any] = []
        self._owed = False

    def pending(self, origins: Collection[str], owned: Collection[RunId]) -> list[Any]:
        found = list(self._inbox.pending(origins, owned))
        known = {one.id for one in found}
        mine = set(owned)
        # What the process read before it was held up, and others took up meanwhile. Of what it
        # owns it knows better.
        stale = [one for one in self._seen if one.id not in known and one.run_id not in mine]
        self._seen = found
        if stale and self._world.schedule.strikes("a stale look into the inbox", self._where):
            return [*stale, *found]
        return found

    def changed(self) -> bool:
        changed = bool(self._inbox.changed()) or self._owed
        self._owed = changed and self._world.schedule.strikes("a lost wake-up", self._where)
        return changed and not self._owed

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inbox, name)


def strikes_by_fault(worlds: Collection[World]) -> Counter[str]:
    """Count what has struck in some worlds."""
    return Counter(strike.fault for world in worlds for strike in world.schedule.struck)
