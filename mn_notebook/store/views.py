"""What lists show: runs and approvals, read from the rows that go with the events."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam

from mn_notebook.domain.ids import ApprovalId, Fence, ProcessId, RunId, StepPath, WorkflowHash
from mn_notebook.errors import UnknownRun
from mn_notebook.ports import RunLine
from mn_notebook.store.reader import Reader
from mn_notebook.store.tables import ApprovalRow, RunRow, table_of

_RUN = table_of(RunRow)
_APPROVAL = table_of(ApprovalRow)

_COLUMNS = tuple(_RUN.c[name] for name in RunRow.model_fields)
_NEWEST = (
    sa.select(*_COLUMNS).order_by(_RUN.c.created_at.desc(), _RUN.c.id).limit(bindparam("most"))
)
_NEWEST_OF = (
    sa.select(*_COLUMNS)
    .where(_RUN.c.origin == bindparam("whose"))
    .order_by(_RUN.c.created_at.desc(), _RUN.c.id)
    .limit(bindparam("most"))
)
_UNENDED = (
    sa.select(*_COLUMNS)
    .where(*(_RUN.c.status != ended for ended in ("succeeded", "failed", "cancelled")))
    .order_by(_RUN.c.created_at, _RUN.c.id)
)
_BY_PREFIX = (
    sa.select(*_COLUMNS)
    .where(_RUN.c.id >= bindparam("lowest"), _RUN.c.id < bindparam("highest"))
    .order_by(_RUN.c.id)
    .limit(10)
)
_OPEN = (
    sa.select(
        _APPROVAL.c.id,
        _APPROVAL.c.run_id,
        _APPROVAL.c.path,
        _APPROVAL.c.subject,
        _APPROVAL.c.prompt,
        _APPROVAL.c.requested_at,
        _APPROVAL.c.expires_at,
        _RUN.c.workflow,
        _RUN.c.title,
    )
    .join(_RUN, _RUN.c.id == _APPROVAL.c.run_id)
    .where(_APPROVAL.c.status == "open")
    .order_by(_APPROVAL.c.requested_at, _APPROVAL.c.id)
)


@dataclass(frozen=True, slots=True)
class ApprovalLine:
    """Something that waits for a person, as the store lists it."""

    approval_id: ApprovalId
    run_id: RunId
    path: StepPath
    subject: str
    prompt: str
    requested_at: datetime
    expires_at: datetime | None
    workflow: str
    title: str


class Views:
    """Lists of what a store holds."""

    def __init__(self, reader: Reader) -> None:
        """Read through ``reader``."""
        self._reader = reader

    def runs(self, *, origin: str | None = None, most: int = 50) -> Sequence[RunLine]:
        """Return the newest runs first, of one origin or of all."""
        if origin is None:
            rows = self._reader.rows(_NEWEST, most=most)
        else:
            rows = self._reader.rows(_NEWEST_OF, whose=origin, most=most)
        return [_line(row) for row in rows]

    def unended(self) -> Sequence[RunLine]:
        """Return every run that has not ended, the oldest first."""
        return [_line(row) for row in self._reader.rows(_UNENDED)]

    def run(self, name: str) -> RunLine:
        """Return the run whose id is, or begins with, ``name``.

        Raises:
            UnknownRun: no run answers to it, or several do.
        """
        rows = self._reader.rows(_BY_PREFIX, lowest=name, highest=name + "\x7f")
        exact = [row for row in rows if row[0] == name]
        found = exact or rows
        if len(found) == 1 and name:
            return _line(found[0])
        raise UnknownRun(_not_one(name, [str(row[0]) for row in found]))

    def approvals(self) -> Sequence[ApprovalLine]:
        """Return what waits for a person, longest waiting first."""
        return [
            ApprovalLine(
                ApprovalId(row[0]),
                RunId(row[1]),
                StepPath(row[2]),
                row[3],
                row[4],
                datetime.fromisoformat(row[5]),
                None if row[6] is None else datetime.fromisoformat(row[6]),
                row[7],
                row[8],
            )
            for row in self._reader.rows(_OPEN)
        ]


def _not_one(name: str, found: list[str]) -> str:
    if found and name:
        return f"{name!r} fits several runs: {', '.join(found)}; type more of it"
    return f"no run answers to {name!r}; `mn runs` lists them"


def _line(row: Sequence[Any]) -> RunLine:
    values = dict(zip(RunRow.model_fields, row, strict=True))
    return RunLine(
        run_id=RunId(values["id"]),
        workflow=values["workflow"],
        workflow_hash=WorkflowHash(values["workflow_hash"]),
        origin=values["origin"],
        title=values["title"],
        status=values["status"],
        head=values["head"],
        fence=Fence(values["fence"]),
        owner=None if values["owner"] is None else ProcessId(values["owner"]),
        created_at=datetime.fromisoformat(values["created_at"]),
        updated_at=datetime.fromisoformat(values["updated_at"]),
        finished_at=_time(values["finished_at"]),
        wake_at=_time(values["wake_at"]),
        cost_usd=Decimal(values["cost_usd"]),
        cost_known=bool(values["cost_known"]),
        steps_done=values["steps_done"],
        steps_total=values["steps_total"],
        waiting=values["waiting"],
        scripted=bool(values["scripted"]),
    )


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
