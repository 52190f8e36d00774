"""What lists show: runs and approvals, read from the rows that go with the events."""

import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, get_args

from mn_notebook.domain.ids import ApprovalId, Fence, ProcessId, RunId, StepPath, WorkflowHash
from mn_notebook.domain.statuses import RunStatus
from mn_notebook.errors import StoreDamaged, UnknownRun
from mn_notebook.ports import RunLine
from mn_notebook.store.compiled import Compiled
from mn_notebook.store.reader import Reader
from mn_notebook.store.seals import RUN_COLUMNS, damaged, fits, seal_of
from mn_notebook.store.sqlite import columns
from mn_notebook.store.sqlite import views as sql
from mn_notebook.store.times import time_text

_log = logging.getLogger(__name__)
_STATUSES = frozenset(get_args(RunStatus))
_LONG_AGO = "1970-01-01T00:00:00.000000+00:00"

_ALL = sys.maxsize
"""As a limit: none."""


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
            rows = self._reader.rows(sql.NEWEST, most=most)
        else:
            rows = self._reader.rows(sql.NEWEST_OF, whose=origin, most=most)
        return [_line_or_note(row) for row in rows]

    def count(self, *, origin: str | None = None) -> int:
        """Return how many runs there are, of one origin or of all."""
        if origin is None:
            return self._number(sql.COUNT)
        return self._number(sql.COUNT_OF, whose=origin)

    def standing(self, origin: str, status: RunStatus, *, most: int) -> Sequence[RunLine]:
        """Return the newest runs of an origin that have a status; nothing else is looked at."""
        rows = self._reader.rows(sql.STANDING, whose=origin, how=status, most=most)
        return [_line_or_note(row) for row in rows]

    def count_standing(self, origin: str, status: RunStatus) -> int:
        """Return how many runs of an origin have a status."""
        return self._number(sql.COUNT_STANDING, whose=origin, how=status)

    def awaiting(self, origin: str, wake_at: datetime, *, most: int) -> Sequence[RunLine]:
        """Return the newest waiting runs of an origin that time moves on at just this moment."""
        values = {"whose": origin, "wake_at": time_text(wake_at), "most": most}
        return [_line_or_note(row) for row in self._reader.rows(sql.AWAITING, **values)]

    def count_awaiting(self, origin: str, wake_at: datetime) -> int:
        """Return how many runs `awaiting` would find."""
        return self._number(sql.COUNT_AWAITING, whose=origin, wake_at=time_text(wake_at))

    def _number(self, query: Compiled, **values: Any) -> int:
        ((number,),) = self._reader.rows(query, **values)
        return int(number)

    def unended(self) -> Sequence[RunLine]:
        """Return every run that has not ended, the oldest first."""
        return [_line_or_note(row) for row in self._reader.rows(sql.UNENDED)]

    def ended(self) -> Sequence[RunLine]:
        """Return every run that has ended, the oldest first; damaged rows are left out."""
        lines = [_line_or_note(row) for row in self._reader.rows(sql.ENDED)]
        return [line for line in lines if line.head]

    def past(self, origin: str, workflow: str, *, most: int) -> Sequence[RunLine]:
        """Return the newest runs of an origin's workflow that have ended, without damaged rows.

        What other notebooks hold is not looked at.
        """
        rows = self._reader.rows(sql.PAST, whose=origin, name=workflow, most=most)
        return [line for line in map(_line_or_note, rows) if line.head]

    def elsewhere(self, origin: str, version: WorkflowHash, *, most: int) -> Sequence[RunLine]:
        """Return the newest runs of the very definition that have ended, but those of an origin.

        All runs are looked through for it.
        """
        rows = self._reader.rows(sql.ELSEWHERE, whose=origin, version=version, most=most)
        return [line for line in map(_line_or_note, rows) if line.head]

    def run(self, name: str) -> RunLine:
        """Return the run whose id is, or begins with, ``name``.

        Raises:
            UnknownRun: no run answers to it, or several do.
        """
        rows = self._reader.rows(sql.BY_PREFIX, lowest=name, highest=name + "\x7f")
        exact = [row for row in rows if row[0] == name]
        found = exact or rows
        if len(found) == 1 and name:
            return _line(found[0])
        raise UnknownRun(_not_one(name, [str(row[0]) for row in found]))

    def count_approvals(self) -> int:
        """Return how many decisions wait for a person."""
        return self._number(sql.COUNT_OPEN)

    def approvals(
        self, *, most: int | None = None, run_id: RunId | None = None
    ) -> Sequence[ApprovalLine]:
        """Return what waits for a person, in all runs or in one, longest waiting first."""
        values: dict[str, Any] = {"most": _ALL if most is None else most}
        query = sql.OPEN
        if run_id is not None:
            query, values["whose"] = sql.OPEN_OF, run_id
        found = []
        for row in self._reader.rows(query, **values):
            try:
                found.append(_approval(row))
            except (TypeError, ValueError):
                extra = {"run_id": row[1], "step_id": None}
                _log.warning("%s", damaged(f"approval {row[0]!r}"), extra=extra)
        return found


def _approval(row: Sequence[Any]) -> ApprovalLine:
    return ApprovalLine(
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


def _not_one(name: str, found: list[str]) -> str:
    if found and name:
        return f"{name!r} fits several runs: {', '.join(found)}; type more of it"
    return f"no run answers to {name!r}; `mn runs` lists them"


def _line_or_note(row: Sequence[Any]) -> RunLine:
    """Return a line for a list; that of a damaged row says so, and keeps none of the others out."""
    try:
        return _line(row)
    except StoreDamaged:
        values = dict(zip(columns.RUN, row, strict=True))
        unknown = {
            "status": "failed",
            "head": 0,
            "fence": 0,
            "owner": None,
            "created_at": _LONG_AGO,
            "updated_at": _LONG_AGO,
            "finished_at": None,
            "wake_at": None,
            "cost_usd": "0",
            "cost_known": False,
            "steps_done": 0,
            "steps_total": 0,
            "waiting": 0,
            "scripted": False,
        }
        texts = {name: str(values[name]) for name in ("id", "workflow", "workflow_hash", "origin")}
        return _value({**values, **unknown, **texts, "title": "damaged: see `mn doctor`"})


def _line(row: Sequence[Any]) -> RunLine:
    """Return a row as a value.

    Raises:
        StoreDamaged: it is not as it was written.
    """
    values = dict(zip(columns.RUN, row, strict=True))
    what = f"run {values['id']!r} is not as it was written in the list of runs"
    if not fits(values["seal"], seal_of(values, RUN_COLUMNS)) or values["status"] not in _STATUSES:
        raise damaged(what)
    try:
        return _value(values)
    except (TypeError, ValueError, ArithmeticError) as fault:
        raise damaged(what) from fault


def _value(values: dict[str, Any]) -> RunLine:
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
