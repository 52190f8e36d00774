"""Seals: a checksum over all columns of a row that is truth, so that damage is never read as such.

SQLite keeps no checksums of its pages: a bit that flips on a disk is returned as it is. A seal is
written with its row and compared on each read. It guards against damage, not against forgery:
whoever owns the file can make a seal. Rows that an older program wrote have none, and are read as
they are.
"""

from collections.abc import Iterable, Sequence
from typing import Any
from zlib import crc32

from mn_notebook.errors import StoreDamaged

REPAIR = "`mn doctor` tells what is whole, and `mn doctor --repair` saves it"


def event_seal(
    run_id: str, seq: int, kind: str, version: int, at: str, batch: str, body: str
) -> int:
    """Return the seal of an event; this is on the way of every fact, so it is one pass in C."""
    return crc32(
        f"{run_id}\n{seq}\n{kind}\n{version}\n{at}\n{batch}\n{body}".encode(errors="replace")
    )


def seal(columns: Iterable[object]) -> int:
    """Return the seal of another row, over its columns in the order of the table."""
    return crc32("\n".join(map(str, columns)).encode(errors="replace"))


WORKFLOW_COLUMNS = ("hash", "name", "model", "source", "created_at")
RUN_COLUMNS = ("id", "workflow_hash", "workflow", "origin", "title", "created_at", "steps_total")
"""What is fixed when a run is created; the rest of its row follows from its events."""
COMMAND_COLUMNS = ("id", "run_id", "kind", "body", "by", "via", "at")


def seal_of(row: dict[str, Any], columns: Sequence[str]) -> int:
    """Return the seal over some columns of a row."""
    return seal(row[name] for name in columns)


def fits(found: object, expected: int) -> bool:
    """Tell whether a seal fits its row; a row without one is an older program's."""
    return found is None or found == expected


def damaged(what: str) -> StoreDamaged:
    """Return the error of a part of the store that is not as it was written."""
    return StoreDamaged(
        f"{what}: the file was damaged, or changed by another program; nothing is guessed at: "
        f"{REPAIR}"
    )
