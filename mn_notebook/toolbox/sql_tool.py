"""A tool that answers SQL over tables, frames and files, and can do nothing else."""

import asyncio
import importlib.util
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mn_notebook.agents.failures import ChildEnded
from mn_notebook.agents.isolation import call_isolated
from mn_notebook.agents.tools import ToolRegistry
from mn_notebook.domain.tables import Table
from mn_notebook.errors import PermanentError, UsageError
from mn_notebook.frames import NotATable, is_frame, library, table_of
from mn_notebook.toolbox.folder import Folder
from mn_notebook.toolbox.making import prefixed, put

MOST_CHARACTERS = 100_000
"""So long a query may be."""
PATIENCE_SECONDS = 20.0
"""So long its process may take besides, to begin and to end."""
_INSTALL = 'pip install "mn-notebook[sql]"'
_MOST_NAMED = 30


def sql(
    frames: Mapping[str, Any] | None = None,
    *,
    folder: str | Path | None = None,
    max_rows: int = 10_000,
    max_seconds: float = 30,
    max_memory_mb: int = 1_000,
    max_file_mb: int = 100,
    prefix: str = "",
    registry: ToolRegistry | None = None,
) -> tuple[str, ...]:
    """Put the tool ``sql`` into the box, and return its name.

    It reads the frames that are named here, the tables that a step hands to it, and CSV, TSV,
    Parquet and JSON files below ``folder``; nothing else, and it changes nothing. Each query has a
    process of its own, which is ended when it takes more than it may.

    Args:
        frames: what a query may see, by name; a frame is read when a query asks for it.
        folder: where files may be read: ``SELECT * FROM "2026/may.csv"``.
        max_rows: a query that gives more is refused, never cut.
        max_seconds: a query that takes longer is stopped.
        max_memory_mb: the most memory that a query may take, and the most that it may give.
        max_file_mb: the largest file that is read, unpacked.
        prefix: put before the tool's name, for a second set of frames.
        registry: where the tool is known; default: to everybody in this process.

    Raises:
        UsageError: the folder is not there, or a name stands for no frame.
    """
    given = dict(frames or {})
    for name, frame in given.items():
        if not is_frame(frame):
            message = f"expected a DataFrame as {name!r}, found {type(frame).__name__}"
            raise UsageError(message)
    place = None if folder is None else Folder.at(folder)
    tool = SqlTool(given, place, Limits(max_rows, max_seconds, max_memory_mb, max_file_mb))
    name = prefixed(prefix, "sql")
    about = {"query": tool.known()}
    return (put(registry, tool.sql, name=name, effect="read", about=about),)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a query may take."""

    rows: int
    seconds: float
    memory_mb: int
    file_mb: int


@dataclass(frozen=True, slots=True)
class SqlTool:
    """The tool, over some frames and a folder."""

    frames: Mapping[str, Any]
    folder: Folder | None
    limits: Limits

    async def sql(self, query: str, tables: dict[str, Any] | None = None) -> Any:
        """Answer one SQL query (DuckDB's dialect) that only reads.

        Args:
            query: one SELECT.
            tables: tables by name, besides those that are there, each a list of records.
        """
        _require_duckdb()
        if len(query) > MOST_CHARACTERS:
            message = f"expected a query of at most {MOST_CHARACTERS:,} characters"
            raise PermanentError(message)
        arguments = {
            "query": query,
            "tables": self._seen(query, tables or {}),
            "folder": None if self.folder is None else str(self.folder.path),
            "limits": asdict(self.limits),
        }
        said = await self._said(arguments)
        if "fault" in said:
            fault = str(said["fault"])
            unknown = "does not exist" in fault
            raise PermanentError(f"{fault}. {self.known(tables)}" if unknown else fault)
        return said["rows"]

    async def _said(self, arguments: dict[str, Any]) -> dict[str, Any]:
        from mn_notebook.toolbox.sql_answer import answered, too_long, too_much_memory

        try:
            async with asyncio.timeout(self.limits.seconds + PATIENCE_SECONDS):
                returned = await call_isolated(answered, arguments)
        except TimeoutError as fault:
            raise PermanentError(too_long(self.limits.seconds)) from fault
        except ChildEnded as fault:
            message = f"{too_much_memory(self.limits.memory_mb)}, or is one that DuckDB dies of"
            raise PermanentError(message) from fault
        return returned.value if isinstance(returned.value, dict) else {}

    def _seen(self, query: str, tables: Mapping[str, Any]) -> dict[str, Table]:
        """Return the tables whose names stand in a query; SQL knows no capitals in names.

        A name that stands there for something else brings its table along for nothing.
        """
        text = query.lower()
        lists = "show" in text
        given = {**self.frames, **tables}
        return {
            name: _as_table(name, value)
            for name, value in given.items()
            if lists or name.lower().replace('"', '""') in text
        }

    def known(self, tables: Mapping[str, Any] | None = None) -> str:
        """Say which tables there are."""
        names = sorted({*self.frames, *(tables or {})})
        more = f" and {len(names) - _MOST_NAMED} more" * (len(names) > _MOST_NAMED)
        listed = f"{', '.join(names[:_MOST_NAMED])}{more}" if names else "none"
        said = f"Tables: {listed}."
        if self.folder is None:
            return said
        return f'{said} Files of the folder {self.folder.path.name!r} are tables, too: "a/b.csv".'


def _as_table(name: str, value: Any) -> Table:
    if isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
        value = library("pandas").DataFrame(value)
    if isinstance(value, Table):
        return value
    if not is_frame(value):
        message = f"expected a table as {name!r}, or a list of records, found {value!r:.60}"
        raise NotATable(message)
    table = table_of(value)
    if not table.columns:
        message = f"expected a table with columns as {name!r}, found one without"
        raise NotATable(message)
    return table


def _require_duckdb() -> None:
    try:
        found = importlib.util.find_spec("duckdb")
    except ValueError:
        found = None
    if found is None:
        message = f"the tool sql needs DuckDB, which is not installed here: {_INSTALL}"
        raise PermanentError(message)


__all__ = ["Limits", "SqlTool", "sql"]
