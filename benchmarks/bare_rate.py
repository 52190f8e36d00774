"""Bare commits: one row of 1 KB each, as durable as the subjects' own; what is asked of the disk.

python -m benchmarks.bare_rate FOLDER SECONDS
"""

import json
import sqlite3
import sys
import time
from pathlib import Path

from benchmarks.payload import work


def opened(file: Path) -> sqlite3.Connection:
    """Return a connection to a new database with a log (WAL) and full durability."""
    connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False, timeout=60)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE IF NOT EXISTS fact (id INTEGER PRIMARY KEY, body TEXT)")
    return connection


def commit(connection: sqlite3.Connection, i: int) -> int:
    """Do step ``i`` and commit its result; return its value."""
    result = work(i)
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("INSERT INTO fact (body) VALUES (?)", (json.dumps(result),))
    connection.execute("COMMIT")
    value: int = result["v"]
    return value


def rate(folder: Path, seconds: float) -> float:
    """Return the commits per second that can be had in a folder now."""
    connection = opened(folder / "bare.db")
    for i in range(10):
        commit(connection, i)
    count, began = 0, time.monotonic()
    while time.monotonic() < began + seconds:
        commit(connection, count)
        count += 1
    found = count / (time.monotonic() - began)
    connection.close()
    for file in folder.glob("bare.db*"):
        file.unlink()
    return found


if __name__ == "__main__":
    sys.stdout.write(f"{rate(Path(sys.argv[1]), float(sys.argv[2]))}\n")
