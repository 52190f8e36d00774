"""Reads what a run that has ended has used, without folding its journal."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from mn_notebook.domain.events import Recorded, UnknownEvent, read_event
from mn_notebook.domain.ids import RunId
from mn_notebook.store.reader import Reader
from mn_notebook.store.seals import event_seal, fits
from mn_notebook.store.sqlite import traces as sql

Moment = tuple[int, str, datetime]
"""The number of an event, its kind, and when it happened."""


class Traces:
    """Parts of journals that say what their runs have used."""

    def __init__(self, reader: Reader) -> None:
        """Read through ``reader``."""
        self._reader = reader

    def moments(self, run_id: RunId) -> Sequence[Moment]:
        """Return when what happened in a run, oldest first; no event is decoded.

        Raises:
            StoreError: the store cannot be read.
        """
        rows = self._reader.rows(sql.MOMENTS, run=run_id)
        return [(seq, kind, datetime.fromisoformat(at)) for seq, kind, at in rows]

    def uses(self, run_id: RunId) -> Sequence[Recorded] | None:
        """Return how a run began, its items, its model calls and how it ended.

        None: a part of it is damaged, or was written by a newer program.

        Raises:
            StoreError: the store cannot be read.
        """
        return _read(run_id, self._reader.rows(sql.USES, run=run_id))

    def successes(self, run_id: RunId) -> Sequence[Recorded] | None:
        """Return which of a run's steps and items have ended well; None as for `uses`.

        Raises:
            StoreError: the store cannot be read.
        """
        return _read(run_id, self._reader.rows(sql.SUCCESSES, run=run_id))


def _read(run_id: RunId, rows: Sequence[Sequence[Any]]) -> Sequence[Recorded] | None:
    found = []
    for seq, kind, version, at, batch, body, seal in rows:
        if not fits(seal, event_seal(run_id, seq, kind, version, at, batch, body)):
            return None
        try:
            event = read_event(kind, version, body)
            found.append(Recorded.known(run_id, seq, datetime.fromisoformat(at), event))
        except (UnknownEvent, ValidationError, TypeError, ValueError):
            return None
    return found
