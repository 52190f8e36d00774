"""A simulated process that owns runs: all of it real but its writer's moods."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from mn_notebook.agents.handlers import Code, make_handlers
from mn_notebook.agents.judging import Judge
from mn_notebook.agents.limits import Limits
from mn_notebook.domain.fold import fold
from mn_notebook.domain.ids import ProcessId, RunId
from mn_notebook.domain.state import RunState
from mn_notebook.engine.reuse import Reusable
from mn_notebook.engine.services import Services
from mn_notebook.engine.values import Values
from mn_notebook.engine.worker import Worker
from mn_notebook.language.expressions import SandboxedExpressions
from mn_notebook.ports import Artifacts, Ceiling, IdSource, Inbox, Journal, Leases, ModelClient
from mn_notebook.store.answers import SqlMemory
from mn_notebook.store.inbox import SqlInbox
from mn_notebook.store.journal import SqlJournal
from mn_notebook.store.leases import SqlLeases
from mn_notebook.store.loads import SqlLoads
from mn_notebook.store.reader import Reader
from mn_notebook.store.store import Store
from mn_notebook.store.views import Views
from mn_notebook.store.writer import InlineWriter
from mn_notebook.testing.doubles import FakeClock, SequentialIds
from mn_notebook.testing.simulation import SimulatedWriter

ORIGIN = "simulated.ipynb"


def same(part: Any) -> Any:
    """Return what was given."""
    return part


@dataclass(frozen=True)
class Wraps:
    """What a harness puts around the ports of a process."""

    journal: Callable[[SqlJournal], Journal] = same
    leases: Callable[[SqlLeases], Leases] = same
    inbox: Callable[[SqlInbox], Inbox] = same
    handlers: Callable[[Any], Any] = same
    artifacts: Callable[[Artifacts], Artifacts] = same
    ids: Callable[[IdSource], IdSource] = same
    reader: Callable[..., Reader] = Reader


@dataclass(frozen=True)
class Ways:
    """How a process reaches the outside."""

    code: Code
    models: ModelClient
    caller: Callable[..., Any]
    start: Callable[[Callable[[], None]], None]
    """Does a job in a thread of its own."""
    ceilings: tuple[Ceiling, ...] = ()


@dataclass
class Process:
    """One process that owns runs."""

    number: int
    writer: SimulatedWriter
    worker: Worker
    leases: SqlLeases
    journal: SqlJournal
    close: Callable[[], None]
    tasks: set[asyncio.Task[Any]] = field(default_factory=set)
    """What runs in it, where several processes share a loop."""
    over: asyncio.Event = field(default_factory=asyncio.Event)
    gone: bool = False
    """It died, or ended."""


def name_of(number: int) -> ProcessId:
    """Name the process of a number in the store."""
    return ProcessId(f"process-{number}")


def batches_of(number: int) -> str:
    """Return how the names of all batches of a process begin."""
    return f"p{number}x"


def make_process(
    number: int,
    store: Store,
    clock: FakeClock,
    writer_of: Callable[[InlineWriter], SimulatedWriter],
    ways: Ways,
    wraps: Wraps,
    *,
    max_attempts: int = 64,
) -> Process:
    """Start a process on the store; its worker does nothing yet."""
    database = store.database
    inner = InlineWriter(database)
    writer = writer_of(inner)
    reader = wraps.reader(database)
    ids = wraps.ids(SequentialIds(batches_of(number)))
    journal = SqlJournal(database, writer, reader)
    inbox = SqlInbox(database, writer, reader, clock, ids)
    leases = SqlLeases(
        database, inner, reader, clock, process_id=name_of(number), origin=ORIGIN, program=""
    )
    leases._writer = writer
    views = Views(reader)

    def state_of(run_id: RunId) -> RunState:
        workflow = journal.workflow(views.run(run_id).workflow_hash)
        return fold(workflow, run_id, journal.read(run_id))

    handlers = make_handlers(
        ways.code,
        ways.models,
        clock,
        judge=Judge(SandboxedExpressions(), changed=ways.code.has_changed),
        call=ways.caller,
        start=ways.start,
        limits=Limits(clock, loads=SqlLoads(writer, reader, clock)),
        memory=SqlMemory(reader, journal),
    )
    for kind in ("tool", "python"):
        # A child process costs no process here; that it is one shows when it dies.
        handlers[kind]._isolated = ways.caller  # type: ignore[attr-defined]
    services = Services(
        journal=wraps.journal(journal),
        values=Values(wraps.artifacts(store.artifacts)),
        expressions=SandboxedExpressions(),
        clock=clock,
        ids=ids,
        handlers=wraps.handlers(handlers),
        is_decided=inbox.is_decided,
        reusable=Reusable(state_of).find,
        ceilings=ways.ceilings,
    )
    worker = Worker(
        services,
        wraps.leases(leases),
        wraps.inbox(inbox),
        views.run,
        origins=[ORIGIN],
        max_attempts=max_attempts,
    )

    def close() -> None:
        writer.close()
        inner.close()
        reader.close()

    return Process(number, writer, worker, leases, journal, close)
