"""Searches a store for texts that should not be in it."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from mn_notebook.store.raw import has_table, open_raw

_EACH = 200
"""The clock is looked at after so many texts."""
_PARQUET = b"PAR1"


@dataclass(slots=True)
class Found:
    """Where it is."""

    runs: set[str] = field(default_factory=set)
    artifacts: set[str] = field(default_factory=set)
    is_whole: bool = True
    """Everything was looked at; else the time was over before."""


def search(
    path: Path, artifacts: Path | None, suspects: Callable[[str], bool], *, seconds: float | None
) -> Found:
    """Look into events, commands and artifacts for what ``suspects`` tells.

    Tables, which are compressed, are left out.

    Raises:
        sqlite3.Error: the store cannot be read.
    """
    found = Found()
    end = None if seconds is None else time.monotonic() + seconds
    with closing(open_raw(path)) as connection:
        places = chain(
            ((found.runs, *row) for row in _bodies(connection)),
            ((found.artifacts, *file) for file in _files(artifacts)),
        )
        for count, (kind, name, text) in enumerate(places):
            if suspects(text):
                kind.add(name)
            if end is not None and count % _EACH == 0 and time.monotonic() > end:
                found.is_whole = False
                break
    return found


def _bodies(connection: sqlite3.Connection) -> Iterator[tuple[str, str]]:
    for table in ("mn_event", "mn_command"):
        if has_table(connection, table):
            yield from connection.execute(f"SELECT run_id, body FROM {table}")  # noqa: S608 - ours


def _files(artifacts: Path | None) -> Iterator[tuple[str, str]]:
    if artifacts is None or not artifacts.is_dir():
        return
    for path in artifacts.glob("??/*"):
        content = path.read_bytes()
        if not content.startswith(_PARQUET):
            yield path.name, content.decode(errors="replace")
