"""Copies runs from one file to another, row by row, with all that belongs to them."""

import sqlite3
from collections.abc import Iterable
from typing import Any

from mn_notebook.store.database import Cursor
from mn_notebook.store.examination import workflow_row
from mn_notebook.store.raw import EVENT_COLUMNS, Row, select
from mn_notebook.store.seals import WORKFLOW_COLUMNS
from mn_notebook.store.sqlite.columns import APPROVAL, COMMAND, RUN

WORKFLOW = (*WORKFLOW_COLUMNS, "seal")


def insert(cursor: Cursor, table: str, columns: Iterable[str], rows: Iterable[Row]) -> None:
    """Insert rows; one that is there already stays as it is."""
    names = tuple(columns)
    listed = ", ".join(f'"{name}"' for name in names)
    marks = ", ".join("?" * len(names))
    cursor.executemany(
        f"INSERT INTO {table} ({listed}) VALUES ({marks}) ON CONFLICT DO NOTHING",  # noqa: S608 - names of our own
        list(rows),
    )


def run_row(source: sqlite3.Connection, run_id: str) -> dict[str, Any] | None:
    """Return a run's row, or None."""
    row = source.execute(f"{select(source, 'mn_run', RUN)} WHERE id = ?", (run_id,)).fetchone()
    return None if row is None else dict(zip(RUN, row, strict=True))


def rows_of(
    source: sqlite3.Connection, table: str, columns: Iterable[str], run_id: str
) -> list[Row]:
    """Return the rows of a table that belong to a run."""
    query = f"{select(source, table, tuple(columns))} WHERE run_id = ?"
    return source.execute(query, (run_id,)).fetchall()


def copy_run(source: sqlite3.Connection, target: Cursor, run_id: str) -> bool:
    """Copy a run as it is, without its owner; False when it is there already, or not here."""
    row = run_row(source, run_id)
    target.execute("SELECT 1 FROM mn_run WHERE id = ?", (run_id,))
    if row is None or target.fetchone() is not None:
        return False
    row["owner"] = None
    workflow = workflow_row(source, row["workflow_hash"])
    insert(target, "mn_workflow", WORKFLOW, [] if workflow is None else [workflow])
    insert(target, "mn_run", RUN, [tuple(row[name] for name in RUN)])
    for table, columns in (
        ("mn_event", EVENT_COLUMNS),
        ("mn_approval", APPROVAL),
        ("mn_command", COMMAND),
    ):
        insert(target, table, columns, rows_of(source, table, columns, run_id))
    return True


_OWN = (
    "mn_event",
    "mn_approval",
    "mn_command",
    "mn_attempt",
    "mn_reservation",
    "mn_notice",
    "mn_answer",
)


def forget_run(target: Cursor, run_id: str) -> None:
    """Take a run out of a store, with everything that belongs to it alone."""
    for table in _OWN:
        target.execute(f"DELETE FROM {table} WHERE run_id = ?", (run_id,))  # noqa: S608 - names of our own
    target.execute("DELETE FROM mn_run WHERE id = ?", (run_id,))


def forget_unused_workflows(target: Cursor) -> None:
    """Take out the workflows that no run has."""
    target.execute("DELETE FROM mn_workflow WHERE hash NOT IN (SELECT workflow_hash FROM mn_run)")
