"""Compiles the statements ahead: ``python -m mn_notebook.store.compiling`` writes `store.sqlite`.

The tables and the statements are defined with SQLModel, in `store.tables` and `store.statements`.
To load SQLAlchemy and to compile them takes longer than all else that a process does before it goes
on with a run, and it comes to the same each time. So that is done here, once for each change of a
statement, and what comes of it is kept beside the definitions; a test compares the two.
"""

import importlib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from textwrap import indent, wrap
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from mn_notebook.store.compiled import Compiled
from mn_notebook.store.tables import TABLES

FOLDER = Path(__file__).parent / "sqlite"
DEFINITIONS = (
    "answers",
    "budgets",
    "inbox",
    "journal",
    "leases",
    "loads",
    "notices",
    "projection",
    "traces",
    "views",
)
_COMMAND = "python -m mn_notebook.store.compiling"
_DIALECT: sa.Dialect = sqlite.dialect(paramstyle="qmark")
_STEP = "    "
_HEAD = '"""{about}\n\nMade by ``{command}``: do not edit.\n"""\n\n'


@lru_cache(maxsize=256)
def compiled(statement: Any) -> Compiled:
    """Compile a statement for SQLite."""
    made = statement.compile(dialect=_DIALECT)
    names = tuple(getattr(made, "positiontup", None) or ())
    fixed = {name: value for name, value in (made.params or {}).items() if value is not None}
    return Compiled(str(made), names, fixed)


@lru_cache(maxsize=64)
def making(name: str) -> tuple[str, ...]:
    """Return the statements that make a table and its indexes in SQLite."""
    table = TABLES[name]
    indexes = sorted(table.indexes, key=lambda index: str(index.name))
    first = str(CreateTable(table).compile(dialect=_DIALECT))
    return (first, *(str(CreateIndex(index).compile(dialect=_DIALECT)) for index in indexes))


def texts() -> dict[Path, str]:
    """Return what the modules of `store.sqlite` have to be."""
    made = {FOLDER / f"{name}.py": _statements(name) for name in DEFINITIONS}
    return made | {FOLDER / "columns.py": _columns()}


def statements_of(name: str) -> Iterator[tuple[str, Any]]:
    """Return the statements, and mappings of some, that a module of `store.statements` defines."""
    module = importlib.import_module(f"mn_notebook.store.statements.{name}")
    for key, value in vars(module).items():
        is_public = key.isupper() and not key.startswith("_")
        if is_public and isinstance(value, sa.sql.expression.Executable | Mapping):
            yield key, value


def _statements(name: str) -> str:
    module = importlib.import_module(f"mn_notebook.store.statements.{name}")
    lines = [_HEAD.format(about=f"{str(module.__doc__).strip()} For SQLite.", command=_COMMAND)]
    lines.append("from mn_notebook.store.compiled import Compiled\n")
    for key, value in statements_of(name):
        if isinstance(value, Mapping):
            inner = "".join(f"{one!r}: {_text(value[one])},\n" for one in value)
            lines.append(f"\n{key} = {{\n{indent(inner, _STEP)}}}\n")
        else:
            lines.append(f"\n{key} = {_text(value)}\n")
    return "".join(lines)


def _text(statement: Any) -> str:
    made = compiled(statement)
    lines = wrap(" ".join(made.sql.split()), width=80, break_on_hyphens=False)
    parts = [repr(f"{line} ") for line in lines[:-1]]
    parts += [f"{part!r}," for part in (lines[-1], made.names, made.constants)]
    return "Compiled(\n" + indent("\n".join(parts), _STEP) + "\n)"


def _columns() -> str:
    lines = [_HEAD.format(about="The columns of the tables, in their order.", command=_COMMAND)]
    for name, table in TABLES.items():
        names = tuple(column.name for column in table.columns)
        lines.append(f"{name.removeprefix('mn_').upper()} = {names!r}\n")
    return "".join(lines)


def main() -> None:
    """Write the modules anew."""
    for path, text in texts().items():
        path.write_text(text)


if __name__ == "__main__":
    main()
