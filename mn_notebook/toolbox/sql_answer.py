"""Answers one query; it runs in a process of its own, which may not take more memory than said.

DuckDB counts its memory and stops when it is told to, but not in the middle of one long text: what
a query takes in the end is limited by the system, and by who waits for this process.
"""

import resource
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import duckdb

from mn_notebook.domain.tables import Table
from mn_notebook.errors import MnError, PermanentError
from mn_notebook.frames import FRAME_FILES, arrow_from_file, arrow_table_of, library
from mn_notebook.toolbox.folder import MEGABYTE, Folder
from mn_notebook.toolbox.sql_text import parsed

_BATCH_ROWS = 2_048
_BESIDE_MB = 1_000
"""Memory for the program itself, its threads and its libraries."""


def answered(query: str, tables: Any, folder: str | None, limits: dict[str, Any]) -> dict[str, Any]:
    """Answer a query under the system's limit of memory: with ``rows``, or a ``fault`` in words."""
    _limit_memory(int(limits["memory_mb"]))
    try:
        return {"rows": answer(query, tables, folder, limits)}
    except MnError as fault:
        return {"fault": str(fault)}
    except MemoryError:
        return {"fault": too_much_memory(int(limits["memory_mb"]))}


def answer(
    query: str, tables: Mapping[str, Any], folder: str | None, limits: Mapping[str, Any]
) -> Any:
    """Answer a query over tables, and over files of a folder, in a database of its own in memory.

    Raises:
        PermanentError: it is no query that only reads, or takes or gives more than it may.
        TransientError: a file cannot be read now.
    """
    stopped = threading.Event()
    with closing(_connected(limits)) as connection:
        try:
            for name, table in {**tables, **_files(connection, query, folder, limits)}.items():
                connection.register(name, _arrow(table))
            connection.execute("SET lock_configuration=true")
            with _limited(connection, float(limits["seconds"]), stopped):
                return _rows(connection, query, limits)
        except (duckdb.Error, library("pyarrow").ArrowException) as fault:
            # Arrow hands on what happens while rows are read.
            message = _failed(str(fault), limits, stopped=stopped.is_set())
            raise PermanentError(message) from fault


def _limit_memory(most_mb: int) -> None:
    """Let the system refuse this process more memory than the query may take."""
    with suppress(OSError, ValueError):  # where there is no such limit, DuckDB's own is left
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        most = pages * resource.getpagesize() + (most_mb + _BESIDE_MB) * MEGABYTE
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _connected(limits: Mapping[str, Any]) -> Any:
    """Return a database without a way to files, the net, extensions or our variables."""
    return duckdb.connect(
        ":memory:",
        config={
            "enable_external_access": False,
            "python_enable_replacements": False,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
            "temp_directory": "",
            "memory_limit": f"{limits['memory_mb']}MB",
            "threads": 2,
        },
    )


def _files(
    connection: Any, query: str, folder: str | None, limits: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the files that a query names, opened as the tools for files open them."""
    asked = parsed(connection, query)
    if folder is None:
        return {}
    found = {}
    for name in sorted(asked.tables):
        if name.rpartition(".")[2].lower() in FRAME_FILES:
            with Folder(Path(folder)).reading(name) as file:
                most = int(limits["file_mb"]) * MEGABYTE
                found[name] = arrow_from_file(file, name, max_bytes=most)
    return found


def _arrow(table: Any) -> Any:
    if isinstance(table, library("pyarrow").Table):
        return table
    if isinstance(table, Table):
        pa = library("pyarrow")
        return library("pyarrow.parquet").read_table(pa.BufferReader(table.source.content))
    return arrow_table_of(table)


@contextmanager
def _limited(connection: Any, seconds: float, stopped: threading.Event) -> Iterator[None]:
    """Stop what a connection does after a time; the event tells whether that was done."""

    def stop() -> None:
        stopped.set()
        connection.interrupt()

    timer = threading.Timer(seconds, stop)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


def _rows(connection: Any, query: str, limits: Mapping[str, Any]) -> Any:
    reader = connection.sql(query).to_arrow_reader(_BATCH_ROWS)
    taken, rows, size = [], 0, 0
    most_rows, most_bytes = int(limits["rows"]), int(limits["memory_mb"]) * MEGABYTE
    for batch in reader:
        rows += batch.num_rows
        size += batch.nbytes
        if rows > most_rows:
            message = (
                f"the query gives more than {most_rows:,} rows, the most that this tool returns: "
                f"aggregate them, or end it with LIMIT {most_rows}"
            )
            raise PermanentError(message)
        if size > most_bytes:
            message = f"the rows of the query take more than {most_bytes:,} bytes"
            raise PermanentError(message)
        taken.append(batch)
    return library("pyarrow").Table.from_batches(taken, schema=reader.schema)


def _failed(said: str, limits: Mapping[str, Any], *, stopped: bool) -> str:
    if stopped:
        return too_long(float(limits["seconds"]))
    if "Out of Memory" in said or "bad_alloc" in said:
        return too_much_memory(int(limits["memory_mb"]))
    return said.partition("\n\n")[0].strip().rstrip(".")


def too_long(seconds: float) -> str:
    """Say that a query took too long."""
    return f"the query took longer than {seconds:g} seconds and was stopped"


def too_much_memory(most_mb: int) -> str:
    """Say that a query took too much memory."""
    return f"the query needs more than {most_mb:,} MB of memory"


__all__ = ["answer", "answered", "too_long", "too_much_memory"]
