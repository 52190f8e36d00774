"""Reads a store's rows as they are, also from a damaged file: what is whole, and no more."""

import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mn_notebook.store.seals import event_seal

EVENT_COLUMNS = ("run_id", "seq", "kind", "version", "at", "batch", "body", "seal")
_HASH = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
_HASH_BYTES = re.compile(rb"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")

Row = tuple[Any, ...]


def open_raw(path: Path, *, immutable: bool = False) -> sqlite3.Connection:
    """Open a file for reading, whatever is in it; text that is none is made legible.

    Raises:
        sqlite3.Error: it cannot be opened.
    """
    how = "mode=ro&immutable=1" if immutable else "mode=ro"
    connection = sqlite3.connect(f"{path.as_uri()}?{how}", uri=True, check_same_thread=False)
    connection.isolation_level = None
    connection.text_factory = _legible
    return connection


def _legible(text: bytes) -> str:
    return text.decode(errors="replace")


def columns_of(connection: sqlite3.Connection, table: str) -> tuple[str, ...]:
    """Return the columns of a table, none if it is not there."""
    return tuple(str(row[1]) for row in connection.execute(f"PRAGMA table_info({table})"))


def has_table(connection: sqlite3.Connection, name: str) -> bool:
    """Tell whether a table is there."""
    return bool(columns_of(connection, name))


def select(connection: sqlite3.Connection, table: str, columns: Sequence[str]) -> str:
    """Return the beginning of a query; columns that an older store lacks are NULL."""
    there = columns_of(connection, table)
    listed = ", ".join(f'"{name}"' if name in there else "NULL" for name in columns)
    return f"SELECT {listed} FROM {table}"  # noqa: S608 - names of our own


@dataclass(slots=True)
class WholeEvents:
    """The events of a run up to the first that is missing or damaged."""

    rows: list[Row] = field(default_factory=list)
    fault: str = ""
    """What is wrong with the next one; '' when nothing was found to be."""


def whole_events(connection: sqlite3.Connection, run_id: str) -> WholeEvents:
    """Read a run's events as far as they are as they were written."""
    found = WholeEvents()
    query = f"{select(connection, 'mn_event', EVENT_COLUMNS)} WHERE run_id = ? ORDER BY seq"
    try:
        for row in connection.execute(query, (run_id,)):
            found.fault = _fault_of(run_id, len(found.rows) + 1, row)
            if found.fault:
                break
            found.rows.append(row)
    except sqlite3.Error as fault:
        found.fault = f"event {len(found.rows) + 1} cannot be read ({fault})"
    return found


def _fault_of(run_id: str, expected: int, row: Row) -> str:
    if row[1] != expected:
        return f"event {expected} is missing"
    if row[0] != run_id or (row[7] is not None and row[7] != event_seal(*row[:7])):
        return f"event {expected} is not as it was written"
    return ""


def run_ids(connection: sqlite3.Connection) -> list[str]:
    """Return the runs that a store has a row or an event of, as far as it can be read."""
    return sorted({*_listed(connection), *_with_events(connection)})


def _listed(connection: sqlite3.Connection) -> set[str]:
    found: set[str] = set()
    with suppress(sqlite3.Error):
        for row in connection.execute("SELECT id FROM mn_run NOT INDEXED"):
            found.add(str(row[0]))
    return found


def _with_events(connection: sqlite3.Connection) -> Iterator[str]:
    """Look up one run after the other, so that the events between are not read."""
    last = ""
    query = "SELECT run_id FROM mn_event WHERE run_id > ? ORDER BY run_id LIMIT 1"
    with suppress(sqlite3.Error):
        while (row := connection.execute(query, (last,)).fetchone()) is not None:
            if not isinstance(row[0], str) or row[0] <= last:
                return
            last = row[0]
            yield last


def hashes_in(text: str) -> set[str]:
    """Return everything in a text that may be the name of an artifact.

    Some are the hashes of other things: then nothing of that name is found, and nothing is lost.
    """
    return set(_HASH.findall(text))


def hashes_in_bytes(content: bytes) -> set[str]:
    """Return the names of artifacts that an artifact may refer to."""
    if content[:4] == b"PAR1":
        return set()  # A table refers to nothing.
    return {found.decode() for found in _HASH_BYTES.findall(content)}
