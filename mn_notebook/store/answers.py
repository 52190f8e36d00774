"""Where the outcomes of calls stand that identical calls may take over, beside the journal.

A row is written in the transaction of its event. It only points at the event: one that is missing,
or points at something else, makes a call be made that need not have been, and nothing worse.
"""

from datetime import UTC, datetime
from typing import Any

from mn_notebook.domain.events import ModelResponded, ToolSucceeded
from mn_notebook.domain.ids import RunId
from mn_notebook.errors import StoreDamaged
from mn_notebook.ports import Journal, Remembered
from mn_notebook.store.database import Cursor
from mn_notebook.store.reader import Reader
from mn_notebook.store.sqlite import answers as sql
from mn_notebook.store.times import time_text

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_MOST_TRIED = 3
"""So many rows of a name are looked at, should the newest ones lead to nothing."""

FOUND_AGAIN = frozenset({ModelResponded, ToolSucceeded})
"""Events that a row may point at."""


def write_answer(cursor: Cursor, run_id: RunId, seq: int, event: Any, at: datetime) -> None:
    """Write where an outcome stands, inside the transaction of its event."""
    if not isinstance(event, ModelResponded | ToolSucceeded) or not event.remembered:
        return
    row = {"name": event.remembered, "run_id": run_id, "seq": seq, "at": time_text(at)}
    which = {"which": event.remembered, "run": run_id}
    cursor.execute(sql.FORGET.sql, sql.FORGET.row(which))
    cursor.execute(sql.PUT.sql, sql.PUT.row(row))


class SqlMemory:
    """Finds outcomes through these rows; see `mn_notebook.ports.Memory`."""

    def __init__(self, reader: Reader, journal: Journal) -> None:
        """Look for rows through ``reader``, and for their events in ``journal``."""
        self._reader = reader
        self._journal = journal

    def find(self, name: str, *, run_id: RunId | None, since: datetime | None) -> Remembered | None:
        """Return the newest outcome of a name; see `mn_notebook.ports.Memory.find`.

        Raises:
            StoreError: the store cannot be read.
        """
        for whose, seq in self._rows(name, run_id, since):
            found = self._outcome(RunId(whose), seq, name)
            if found is not None:
                return found
        return None

    def _rows(
        self, name: str, run_id: RunId | None, since: datetime | None
    ) -> list[tuple[str, int]]:
        if run_id is not None:
            return self._reader.rows(sql.OF_RUN, which=name, run=run_id)
        oldest = time_text(since or _LONG_AGO)
        return self._reader.rows(sql.NEWEST, which=name, since=oldest, most=_MOST_TRIED)

    def _outcome(self, run_id: RunId, seq: int, name: str) -> Remembered | None:
        try:
            found = self._journal.read(run_id, after=seq - 1, most=1)
        except StoreDamaged:
            return None
        for recorded in found:
            event = recorded.event
            if isinstance(event, ModelResponded | ToolSucceeded) and event.remembered == name:
                return Remembered(run_id, recorded.at, event)
        return None


__all__ = ["FOUND_AGAIN", "SqlMemory", "write_answer"]
