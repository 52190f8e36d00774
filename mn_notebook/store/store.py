"""A store, opened: journal, leases, inbox, artifacts and views over one database."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mn_notebook.domain.ids import ProcessId
from mn_notebook.ports import Clock, IdSource
from mn_notebook.store.answers import SqlMemory
from mn_notebook.store.artifacts import FileArtifacts
from mn_notebook.store.bells import Bell, Bells
from mn_notebook.store.database import Database
from mn_notebook.store.identity import recognise
from mn_notebook.store.inbox import SqlInbox
from mn_notebook.store.journal import SqlJournal
from mn_notebook.store.leases import SqlLeases
from mn_notebook.store.loads import SqlLoads
from mn_notebook.store.migrations import migrate
from mn_notebook.store.reader import Reader
from mn_notebook.store.views import Views
from mn_notebook.store.writer import GroupWriter, InlineWriter, Writer

if TYPE_CHECKING:
    from mn_notebook.store.notices import SqlNotices
    from mn_notebook.store.traces import Traces


@dataclass(frozen=True, slots=True)
class Store:
    """What a program needs of a store; it may look, start and decide, but owns no run."""

    database: Database
    writer: Writer
    reader: Reader
    journal: SqlJournal
    inbox: SqlInbox
    artifacts: FileArtifacts
    views: Views
    clock: Clock

    def lease_holder(self, *, process_id: ProcessId, origin: str, program: str) -> SqlLeases:
        """Register this process as one that may own runs."""
        return SqlLeases(
            self.database,
            self.writer,
            self.reader,
            self.clock,
            process_id=process_id,
            origin=origin,
            program=program,
        )

    @property
    def loads(self) -> SqlLoads:
        """Return what its processes know together of the servers that they call."""
        return SqlLoads(self.writer, self.reader, self.clock)

    @property
    def memory(self) -> SqlMemory:
        """Return what finds the outcomes of calls that identical ones may take over."""
        return SqlMemory(self.reader, self.journal)

    def notices(self, process_id: ProcessId) -> "SqlNotices":
        """Return who has been told what waits, as this process may write it."""
        from mn_notebook.store.notices import SqlNotices

        return SqlNotices(self.writer, self.reader, self.clock, process_id)

    @property
    def traces(self) -> "Traces":
        """Return what says what runs have used that have ended."""
        from mn_notebook.store.traces import Traces

        return Traces(self.reader)

    def bell(self, process_id: ProcessId) -> Bell | None:
        """Return this process's bell, or None where there can be none."""
        return Bells(self.database).hang(process_id)

    def close(self) -> None:
        """Write what is queued and let go of the database."""
        self.writer.close()
        self.reader.close()
        self.database.close()


def open_store(
    address: str, *, clock: Clock, ids: IdSource, threaded: bool, durability: str = "full"
) -> Store:
    """Open a store, migrating it if it is older.

    ``threaded`` chooses the writer thread with group commit, for programs that run work; without
    it each write is made in the caller's thread.

    Raises:
        UsageError: an address that is not supported.
        StoreTooNew: a newer program wrote it.
        StoreBusy: another program held it for too long.
        StoreUnwritable: it cannot be written.
    """
    database = Database(address, durability)
    migrate(database)
    recognise(database, clock, ids)
    writer: Writer = GroupWriter(database) if threaded else InlineWriter(database)
    reader = Reader(database)
    return Store(
        database=database,
        writer=writer,
        reader=reader,
        journal=SqlJournal(database, writer, reader),
        inbox=SqlInbox(database, writer, reader, clock, ids),
        artifacts=FileArtifacts(database, ids),
        views=Views(reader),
        clock=clock,
    )
