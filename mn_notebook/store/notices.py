"""Who tells whom what waits: each thing is told by one process, also when that one dies over it.

A process *claims* what nobody tells, in one transaction, under the id of a notice; then it tells
it; then it writes that it has. Whoever finds a claim of a dead process tells the same notice
again, under the same id: at least once, and recognisably so.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from mn_notebook.domain.ids import ApprovalId, ProcessId, RunId, StepPath, content_hash
from mn_notebook.domain.notices import Notice, Waits
from mn_notebook.ports import Clock
from mn_notebook.store.database import Cursor
from mn_notebook.store.reader import Reader
from mn_notebook.store.sqlite import notices as sql
from mn_notebook.store.times import time_text
from mn_notebook.store.writer import Writer

MOST_AT_ONCE = 200
"""So many things one notice tells of."""


@dataclass(frozen=True, slots=True)
class Failing:
    """A notice that could not be told."""

    notice: str
    fault: str
    given_up: bool


class SqlNotices:
    """What one process knows, and writes, of notices; see `mn_notebook.ports.Notices`."""

    def __init__(
        self,
        writer: Writer,
        reader: Reader,
        clock: Clock,
        process_id: ProcessId,
    ) -> None:
        """Claim for ``process_id``."""
        self._writer = writer
        self._reader = reader
        self._clock = clock
        self._process_id = process_id

    def taken_up(self, is_alive: Callable[[ProcessId], bool]) -> Notice | None:
        """Return a notice that was begun and is to be tried now: an own one, or a dead process's.

        What nobody waits for any more is not told.
        """
        now = time_text(self._clock.now())
        for notice, process, next_at, tries in self._reader.rows(sql.BEGUN):
            own = process == self._process_id
            if next_at > now or not (own or not is_alive(ProcessId(process))):
                continue
            if not own and not self._took(notice, process):
                continue
            waits = [_waits(row) for row in self._reader.rows(sql.OF_NOTICE, which=notice)]
            if waits:
                return Notice(notice, tuple(waits), tries)
            self.ended(notice, "needless")
        return None

    def _took(self, notice: str, process: str) -> bool:
        values = {"which": notice, "was": process, "mine": self._process_id}

        def operation(cursor: Cursor) -> bool:
            cursor.execute(sql.TAKE.sql, sql.TAKE.row(values))
            return cursor.rowcount > 0

        return self._writer.call(operation)

    def claimed(
        self, origins: Collection[str], *, every_seconds: float, others_after_seconds: float
    ) -> Notice | None:
        """Claim what waits and nobody tells, as one notice; None where there is nothing.

        Of other origins than ``origins`` only what has waited for ``others_after_seconds``; and
        nothing within ``every_seconds`` of the last claim of anybody.
        """
        if not self._mine(self._reader.rows(sql.UNTOLD), origins, others_after_seconds):
            return None

        def operation(cursor: Cursor) -> list[Waits]:
            now = self._clock.now()
            if self._is_too_soon(cursor, now, every_seconds):
                return []
            cursor.execute(sql.UNTOLD.sql, sql.UNTOLD.row({}))
            found = self._mine(cursor.fetchall(), origins, others_after_seconds)
            for waits in found:
                cursor.execute(sql.INSERT.sql, sql.INSERT.row(self._row(waits, found, now)))
            return found

        found = self._writer.call(operation)
        return Notice(_name_of(found), tuple(found)) if found else None

    def _mine(
        self, rows: Collection[Any], origins: Collection[str], others_after_seconds: float
    ) -> list[Waits]:
        long_ago = time_text(self._clock.now() - timedelta(seconds=others_after_seconds))
        mine = [row for row in rows if row[-1] in origins or (row[9] or row[7]) <= long_ago]
        return [_waits(row[:-1]) for row in mine[:MOST_AT_ONCE]]

    def _is_too_soon(self, cursor: Cursor, now: datetime, every_seconds: float) -> bool:
        cursor.execute(sql.LAST.sql, sql.LAST.row({}))
        (last,) = cursor.fetchone()
        if last is None:
            return False
        passed = (now - datetime.fromisoformat(last)).total_seconds()
        return 0 <= passed < every_seconds  # below 0: the clock was put back

    def _row(self, waits: Waits, found: list[Waits], now: datetime) -> dict[str, Any]:
        return {
            "approval_id": waits.told_as,
            "run_id": waits.run_id,
            "notice": _name_of(found),
            "process": self._process_id,
            "claimed_at": time_text(now),
            "tries": 0,
            "next_at": time_text(now),
            "outcome": "",
            "fault": "",
        }

    def ended(
        self,
        notice: str,
        outcome: str,
        *,
        fault: str = "",
        tries: int = 0,
        after_seconds: float = 0.0,
    ) -> None:
        """Write what became of a notice; with an empty ``outcome`` it is tried again later."""
        later = time_text(self._clock.now() + timedelta(seconds=after_seconds))
        values = {
            "which": notice,
            "mine": self._process_id,
            "how": outcome,
            "why": fault,
            "times": tries,
            "later": later,
        }
        self._writer.call(lambda cursor: cursor.execute(sql.END.sql, sql.END.row(values)) and None)


def failing(reader: Reader) -> list[Failing]:
    """Return the notices that could not be told, the newest first."""
    found: dict[str, Failing] = {}
    for notice, outcome, fault, _ in reader.rows(sql.FAILING):
        found.setdefault(notice, Failing(notice, fault, given_up=outcome == "failed"))
    return list(found.values())


def last_sent(reader: Reader) -> datetime | None:
    """Return when somebody was last told something."""
    ((at,),) = reader.rows(sql.LAST_SENT)
    return None if at is None else datetime.fromisoformat(at)


def _name_of(found: list[Waits]) -> str:
    """Name a notice by what it tells: the same in every process."""
    return f"mn-notice-{content_hash([waits.told_as for waits in found])[:16]}"


def _waits(row: Any) -> Waits:
    return Waits(
        ApprovalId(row[0]),
        RunId(row[1]),
        row[2],
        row[3],
        StepPath(row[4]),
        row[5],
        row[6],
        datetime.fromisoformat(row[7]),
        _time(row[8]),
        _time(row[9]),
        row[10] or "",
    )


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


__all__ = ["MOST_AT_ONCE", "Failing", "SqlNotices", "failing", "last_sent"]
