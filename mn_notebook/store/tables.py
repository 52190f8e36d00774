"""The tables. Rows live and die in this room; what leaves it are values of the domain.

Tables are for ever: a change is a migration that adds. ``event`` is the truth; every other row can
be rebuilt from it, except ``command``, which holds what nobody has journaled yet, and ``process``,
which is about the present, as ``notice`` is.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel
from typing_extensions import override

from mn_notebook.store.times import time_text


class UtcText(sa.types.TypeDecorator[datetime]):
    """An aware UTC time as text that sorts by time, the same in every database."""

    impl = sa.String(32)
    cache_ok = True

    @override
    def process_bind_param(self, value: datetime | None, _dialect: sa.Dialect) -> str | None:
        """Write a time."""
        return None if value is None else time_text(value)

    @override
    def process_result_value(self, value: str | None, _dialect: sa.Dialect) -> datetime | None:
        """Read a time."""
        return None if value is None else datetime.fromisoformat(value)


def table_of(row: type[SQLModel]) -> sa.Table:
    """Return the table behind a row class, for statements that are compiled once."""
    table = sa.inspect(row).local_table
    if not isinstance(table, sa.Table):
        message = f"expected a table behind {row.__name__}"
        raise TypeError(message)
    return table


def _later(kind: type[sa.types.TypeEngine[Any]] = sa.BigInteger) -> Any:
    """Return a column that a later migration adds: the first one makes what it made at its time."""
    return Field(default=None, sa_type=kind, sa_column_kwargs={"system": True})


class MigrationRow(SQLModel, table=True):
    """A migration that was applied."""

    __tablename__ = "mn_migration"
    name: str = Field(primary_key=True)
    applied_at: datetime = Field(sa_type=UtcText)
    breaking: bool = False


class WorkflowRow(SQLModel, table=True):
    """A version of a workflow, stored once however many runs it has."""

    __tablename__ = "mn_workflow"
    hash: str = Field(primary_key=True)
    name: str
    model: str = Field(sa_type=sa.Text)
    source: str = Field(sa_type=sa.Text)
    created_at: datetime = Field(sa_type=UtcText)
    seal: int | None = _later()


class RunRow(SQLModel, table=True):
    """What a list of runs shows, and who may write the journal."""

    __tablename__ = "mn_run"
    __table_args__ = (
        sa.Index("mn_run_by_owner", "owner"),
        sa.Index("mn_run_by_origin", "origin", "status"),
        sa.Index("mn_run_by_age", "created_at"),
    )
    id: str = Field(primary_key=True)
    workflow_hash: str
    workflow: str
    origin: str
    title: str
    status: str
    head: int
    fence: int
    owner: str | None = None
    created_at: datetime = Field(sa_type=UtcText)
    updated_at: datetime = Field(sa_type=UtcText)
    finished_at: datetime | None = Field(default=None, sa_type=UtcText)
    wake_at: datetime | None = Field(default=None, sa_type=UtcText)
    cost_usd: str = "0"
    cost_known: bool = True
    steps_done: int = 0
    steps_total: int = 0
    waiting: int = 0
    scripted: bool = False
    seal: int | None = _later()


class EventRow(SQLModel, table=True):
    """One fact of one run."""

    __tablename__ = "mn_event"
    __table_args__ = {"sqlite_with_rowid": False}
    run_id: str = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    kind: str
    version: int
    at: datetime = Field(sa_type=UtcText)
    batch: str
    """Made by the writer: tells, after an unclear commit, whether it went through."""
    body: str = Field(sa_type=sa.Text)
    seal: int | None = _later()
    """See `mn_notebook.store.seals`."""


class AttemptRow(SQLModel, table=True):
    """An attempt that may write for itself."""

    __tablename__ = "mn_attempt"
    __table_args__ = {"sqlite_with_rowid": False}
    run_id: str = Field(primary_key=True)
    path: str = Field(primary_key=True)
    token: str


class ApprovalRow(SQLModel, table=True):
    """Something that waits, or waited, for a person."""

    __tablename__ = "mn_approval"
    __table_args__ = (sa.Index("mn_approval_by_status", "status", "run_id"),)
    id: str = Field(primary_key=True)
    run_id: str
    path: str
    subject: str
    status: str
    """open, decided, expired or closed."""
    prompt: str = Field(sa_type=sa.Text)
    requested_at: datetime = Field(sa_type=UtcText)
    expires_at: datetime | None = Field(default=None, sa_type=UtcText)
    decision: str | None = None
    decided_by: str | None = None
    decided_at: datetime | None = Field(default=None, sa_type=UtcText)
    escalated_at: datetime | None = _later(UtcText)
    escalated_to: str | None = _later(sa.Text)


class CommandRow(SQLModel, table=True):
    """What another process, or a person, asks of a run's owner."""

    __tablename__ = "mn_command"
    __table_args__ = (sa.Index("mn_command_by_taken", "taken", "run_id"),)
    id: str = Field(primary_key=True)
    run_id: str
    kind: str
    body: str = Field(sa_type=sa.Text)
    by: str
    via: str
    at: datetime = Field(sa_type=UtcText)
    taken: bool = False
    seal: int | None = _later()
    """Over all but ``taken``."""


class ProcessRow(SQLModel, table=True):
    """A process that owns, or owned, runs."""

    __tablename__ = "mn_process"
    id: str = Field(primary_key=True)
    pid: int
    host: str
    program: str
    origin: str
    started_at: datetime = Field(sa_type=UtcText)
    beat: int = 0
    ended: bool = False


class ArtifactRow(SQLModel, table=True):
    """A value too large for its event; the bytes are a file of that name."""

    __tablename__ = "mn_artifact"
    sha256: str = Field(primary_key=True)
    size: int
    media_type: str
    created_at: datetime = Field(sa_type=UtcText)


class LoadRow(SQLModel, table=True):
    """What the store's processes know together of a server, a rate or a tool; see `loads`."""

    __tablename__ = "mn_load"
    key: str = Field(primary_key=True)
    trouble: bool
    """It is there only while something is wrong, and looked at before each model call."""
    body: str = Field(sa_type=sa.Text)
    until: float = Field(sa_type=sa.Float)
    """After that it says nothing any more; seconds since 1970."""
    seal: int | None = Field(default=None, sa_type=sa.BigInteger)


class NoticeRow(SQLModel, table=True):
    """That somebody was told, or is being told, that something waits for a person.

    About the present, like ``process``: without it people are told once more.
    """

    __tablename__ = "mn_notice"
    __table_args__ = (sa.Index("mn_notice_by_outcome", "outcome"),)
    approval_id: str = Field(primary_key=True)
    """With ``!escalated`` behind it: that nobody has decided it in time."""
    run_id: str
    notice: str
    """The notice that tells it, with others that waited at the same time."""
    process: str
    """Who tells it."""
    claimed_at: datetime = Field(sa_type=UtcText)
    tries: int = 0
    next_at: datetime = Field(sa_type=UtcText)
    """Not tried before that."""
    outcome: str = ""
    """sent, failed, needless; empty: not yet."""
    fault: str = Field(default="", sa_type=sa.Text)
    """Why it could not be told at last."""


class SpendingRow(SQLModel, table=True):
    """What the runs of a class, or all runs, have spent and reserved on a day, in UTC.

    It follows from the events, and is written with them: many processes share it.
    """

    __tablename__ = "mn_spending"
    __table_args__ = {"sqlite_with_rowid": False}
    day: str = Field(primary_key=True)
    """Such as 2026-11-26."""
    workflow_class: str = Field(primary_key=True)
    """'' for all."""
    nano_usd: int = Field(default=0, sa_type=sa.BigInteger)
    """In billionths of a dollar: one token costs more than one of them."""
    tokens: int = Field(default=0, sa_type=sa.BigInteger)
    calls: int = Field(default=0, sa_type=sa.BigInteger)
    raised: str = "{}"
    """What people have raised the limits of this day to, as JSON."""


class ReservationRow(SQLModel, table=True):
    """What is reserved for a model call that has no outcome."""

    __tablename__ = "mn_reservation"
    __table_args__ = {"sqlite_with_rowid": False}
    run_id: str = Field(primary_key=True)
    call_id: str = Field(primary_key=True)
    day: str
    workflow_class: str
    nano_usd: int = Field(sa_type=sa.BigInteger)
    tokens: int = Field(sa_type=sa.BigInteger)


class AnswerRow(SQLModel, table=True):
    """Where the outcome of a call stands that identical calls may take over.

    It follows from the events, and is written with them. It only points: what it points at says of
    itself whether it is meant.
    """

    __tablename__ = "mn_answer"
    __table_args__ = {"sqlite_with_rowid": False}
    name: str = Field(primary_key=True)
    """Made of all that the call asked."""
    run_id: str = Field(primary_key=True, index=True)
    seq: int
    at: datetime = Field(sa_type=UtcText)


class StoreRow(SQLModel, table=True):
    """What the store is, and where it was when somebody last opened it; see `identity`."""

    __tablename__ = "mn_store"
    id: str = Field(primary_key=True)
    """Made once; a copy has the same."""
    path: str
    inode: int = Field(sa_type=sa.BigInteger)
    host: str
    seen_at: datetime = Field(sa_type=UtcText)


_ROWS: tuple[type[SQLModel], ...] = (
    MigrationRow,
    WorkflowRow,
    RunRow,
    EventRow,
    AttemptRow,
    ApprovalRow,
    CommandRow,
    ProcessRow,
    ArtifactRow,
    LoadRow,
    StoreRow,
    NoticeRow,
    SpendingRow,
    ReservationRow,
    AnswerRow,
)
TABLES: Mapping[str, sa.Table] = {table_of(row).name: table_of(row) for row in _ROWS}
"""All of them, by their names."""
