"""What the processes of a store know together of the servers that they call, as small rows.

The rows are no facts of runs: nothing of a run depends on them but when its next call begins. One
that is damaged is as good as none, and is written anew.
"""

import json
import logging
from collections.abc import Callable, Collection
from typing import Any

from pydantic import JsonValue

from mn_notebook.domain.admission import is_about_trouble
from mn_notebook.errors import StoreError
from mn_notebook.ports import Clock, LoadRows
from mn_notebook.store.database import Cursor
from mn_notebook.store.reader import Reader
from mn_notebook.store.seals import fits, seal
from mn_notebook.store.sqlite import loads as sql
from mn_notebook.store.writer import Writer

_log = logging.getLogger(__name__)


class SqlLoads:
    """The rows, in a store's table."""

    def __init__(self, writer: Writer, reader: Reader, clock: Clock) -> None:
        """Keep them in the store that ``writer`` writes."""
        self._writer = writer
        self._reader = reader
        self._clock = clock
        self._one = sql.ONE
        self._put = sql.PUT
        self._delete = sql.DELETE
        self._clear = sql.CLEAR

    def troubles(self) -> LoadRows:
        """Return the rows that tell of trouble; see `mn_notebook.ports.Loads.troubles`."""
        return {row[0]: _body(*row) for row in self._reader.rows(sql.TROUBLES)}

    def change(
        self,
        keys: Collection[str],
        change: Callable[[LoadRows], LoadRows],
        then: Callable[[Exception | None], None],
    ) -> None:
        """Change rows in one transaction; see `mn_notebook.ports.Loads.change`."""

        def operation(cursor: Cursor) -> None:
            known = {key: self._row(cursor, key) for key in keys}
            for key, row in change(known).items():
                self._write(cursor, key, row, is_new=known.get(key) is None)

        def done(_result: Any, fault: StoreError | None) -> None:
            then(fault)

        self._writer.submit(operation, done)

    def _row(self, cursor: Cursor, key: str) -> dict[str, JsonValue] | None:
        cursor.execute(self._one.sql, self._one.row({"which": key}))
        row = cursor.fetchone()
        return None if row is None else _body(*row)

    def _write(self, cursor: Cursor, key: str, row: Any, *, is_new: bool) -> None:
        cursor.execute(self._delete.sql, self._delete.row({"which": key}))
        if row is None:
            return
        if is_new:
            # Seldom, and where there is a transaction anyway.
            now = self._clock.now().timestamp()
            cursor.execute(self._clear.sql, self._clear.row({"now": now}))
        until = float(row.get("until") or 0.0)
        body = json.dumps(row)
        values = {
            "key": key,
            "trouble": is_about_trouble(key),
            "body": body,
            "until": until,
            "seal": seal((key, body, until)),
        }
        cursor.execute(self._put.sql, self._put.row(values))


def _body(key: str, body: str, until: float, sealed: int | None) -> dict[str, JsonValue] | None:
    if fits(sealed, seal((key, body, until))):
        try:
            found = json.loads(body)
        except ValueError:
            found = None
        if isinstance(found, dict):
            return found
    extra = {"run_id": None, "step_id": None}
    _log.warning("what was known of %s is damaged, and is learnt anew", key, extra=extra)
    return None
