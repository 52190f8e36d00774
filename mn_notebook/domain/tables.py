"""A table as a value: in texts the list of its records, in the journal a reference."""

import json
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Any, Protocol, SupportsIndex, overload

from pydantic import JsonValue
from typing_extensions import override

from mn_notebook.domain.sketches import (
    MOST_ROWS,
    Column,
    TableSketch,
    size_text,
    sketch_json,
    sketched,
)
from mn_notebook.domain.values import MIXED, PARQUET, Stored

SAMPLE_ROWS = 20
"""Rows of a table that a prompt shows."""
SAMPLE_CHARACTERS = 8_000
"""Characters that these rows may take."""
_LONGEST_ROW = 1_000
_MOST_NAMED = 200


class Reference:
    """How a value in the journal refers to a table inside it: an object with this one key."""

    KEY = "$mn:table"


Record = dict[str, JsonValue]


class TableSource(Protocol):
    """Where a table is read from; it never changes."""

    @property
    def columns(self) -> Sequence[Column]:
        """Return the columns in their order."""
        ...

    @property
    def rows(self) -> int:
        """Return how many rows there are."""
        ...

    @property
    def content(self) -> bytes:
        """Return the table as a Parquet file."""
        ...

    @property
    def sha256(self) -> str:
        """Return the hash of that file: equal names are equal tables."""
        ...

    @property
    def weight(self) -> int:
        """Return about how many bytes of memory the table takes once it is read."""
        ...

    def records(self, start: int, stop: int) -> list[JsonValue]:
        """Return rows as fresh records."""
        ...


class _Unread:
    """Stands in an unread table: JSON cannot say it, so who reads past the table fails loudly."""


class Table(list[JsonValue]):
    """Rows and columns. In texts it is the list of its records; they are read when needed.

    A table never changes. Its size, its columns and a part of it are known without reading all.
    """

    def __init__(self, source: TableSource) -> None:
        """Read from ``source``, later."""
        self.source = source
        self._read = source.rows == 0
        unread: Any = _Unread()
        super().__init__([] if self._read else [unread])

    @property
    def columns(self) -> Sequence[Column]:
        """The columns in their order, with types in the notation of workflows."""
        return self.source.columns

    @property
    def cells(self) -> int:
        """How much there is to read."""
        return len(self) * max(1, len(self.columns))

    @property
    def size_text(self) -> str:
        """The table's size in words: ``10,000 rows x 7 columns``."""
        return size_text(len(self), len(self.columns))

    @cached_property
    def sketch(self) -> TableSketch:
        """The columns and the beginning, bounded."""
        records = self.source.records(0, min(MOST_ROWS, len(self)))
        return sketched(len(self), self.columns, [r for r in records if isinstance(r, dict)])

    @property
    def stored(self) -> Stored:
        """The reference to the table's artifact."""
        source = self.source
        return Stored(
            artifact=source.sha256, size=len(source.content), media=PARQUET, sketch=self.sketch
        )

    def records(self) -> list[JsonValue]:
        """Return all rows as a fresh list of fresh records."""
        return self.source.records(0, len(self))

    def _filled(self) -> "Table":
        if not self._read:
            super().__setitem__(slice(None), self.records())
            self._read = True
        return self

    @override
    def __len__(self) -> int:
        return self.source.rows

    @override
    def __iter__(self) -> Iterator[JsonValue]:
        self._filled()
        return super().__iter__()

    @override
    def __reversed__(self) -> Iterator[JsonValue]:
        self._filled()
        return super().__reversed__()

    @overload
    def __getitem__(self, index: SupportsIndex, /) -> JsonValue: ...

    @overload
    def __getitem__(self, index: slice, /) -> list[JsonValue]: ...

    @override
    def __getitem__(self, index: SupportsIndex | slice, /) -> Any:
        if self._read:
            return super().__getitem__(index)
        wanted = range(len(self))[index]
        if isinstance(wanted, int):
            return self.source.records(wanted, wanted + 1)[0]
        if wanted.step == 1:
            return self.source.records(wanted.start, max(wanted.start, wanted.stop))
        self._filled()
        return super().__getitem__(index)

    @override
    def __contains__(self, value: object, /) -> bool:
        self._filled()
        return super().__contains__(value)

    @override
    def __eq__(self, other: object, /) -> bool:
        if isinstance(other, Table):
            return self.source.sha256 == other.source.sha256 or list(self) == list(other)
        return isinstance(other, list) and len(self) == len(other) and list(self) == other

    @override
    def __ne__(self, other: object, /) -> bool:
        return not self == other

    __hash__ = None  # as a list

    @override
    def __add__(self, other: Any, /) -> list[Any]:
        return list(self) + list(other)

    def __radd__(self, other: list[Any], /) -> list[Any]:
        return list(other) + list(self)

    @override
    def __mul__(self, times: SupportsIndex, /) -> list[JsonValue]:
        return list(self) * times

    @override
    def __rmul__(self, times: SupportsIndex, /) -> list[JsonValue]:
        return list(self) * times

    @override
    def index(self, *arguments: Any) -> int:
        """Return where a record is."""
        return list(self).index(*arguments)

    @override
    def count(self, value: JsonValue, /) -> int:
        """Return how often a record occurs."""
        return list(self).count(value)

    @override
    def copy(self) -> list[JsonValue]:
        """Return the list of records."""
        return list(self)

    def __copy__(self) -> "Table":
        return self

    def __deepcopy__(self, _memo: object) -> "Table":
        return self

    @override
    def __reduce_ex__(self, _protocol: SupportsIndex) -> tuple[Any, ...]:
        return (Table, (self.source,))

    @override
    def __repr__(self) -> str:
        return f"<table: {self.size_text}>"


def table_text(table: Table) -> str:
    """Return a table as a prompt shows it: its columns and a bounded sample of its rows."""
    named = ", ".join(f"{name}: {kind}" for name, kind in table.columns[:_MOST_NAMED])
    more = f", and {len(table.columns) - _MOST_NAMED:,} more" * (len(table.columns) > _MOST_NAMED)
    rows = _sample(table)
    left = len(table) - len(rows)
    rest = [f"… and {left:,} more row{'s' * (left != 1)}"] if left else []
    return "\n".join([f"Table of {table.size_text}; columns: {named}{more}", *rows, *rest])


def _sample(table: Table) -> list[str]:
    lines: list[str] = []
    characters = 0
    for record in table[:SAMPLE_ROWS]:
        line = json.dumps(record, ensure_ascii=False)
        if len(line) > _LONGEST_ROW:
            line = f"{line[:_LONGEST_ROW]}… (cut)"
        characters += len(line)
        if lines and characters > SAMPLE_CHARACTERS:
            break
        lines.append(line)
    return lines


_SCALARS = frozenset({str, int, float, bool, type(None)})
"""Asked first: every value that is kept is walked over, and most of it is this."""


def holds_table(value: object) -> bool:
    """Tell whether there is a table anywhere in a value."""
    if type(value) in _SCALARS:
        return False
    if isinstance(value, Table):
        return True
    if isinstance(value, dict):
        return any(map(holds_table, value.values()))
    return isinstance(value, list | tuple) and any(map(holds_table, value))


def with_each_table(value: Any, become: Callable[[Table], Any]) -> Any:
    """Return a value in which each table became something else; without tables, as it is."""
    return _changed(value, become) if holds_table(value) else value


def _changed(value: Any, become: Callable[[Table], Any]) -> Any:
    match value:
        case Table():
            return become(value)
        case dict():
            return {key: _changed(inner, become) for key, inner in value.items()}
        case list() | tuple():
            return [_changed(inner, become) for inner in value]
        case _:
            return value


def as_records(value: Any) -> Any:
    """Return a value with the list of its records in place of each table."""
    return with_each_table(value, Table.records)


def as_hashed(value: Any) -> Any:
    """Return a value with its name in place of each table: what a hash is made from."""
    return with_each_table(value, lambda table: {Reference.KEY: table.source.sha256})


def as_sketches(value: Any) -> Any:
    """Return a value with a bounded sketch in place of each table."""
    return with_each_table(value, lambda table: sketch_json(table.sketch))


def referred(value: Any, keep: Callable[[Table], Stored]) -> Any:
    """Return a value with a reference in place of each table, each kept by ``keep``.

    An object that only looks like a reference is wrapped, so that it comes back as it was.
    """
    match value:
        case Table():
            return {Reference.KEY: keep(value).model_dump(mode="json", exclude_defaults=True)}
        case dict():
            inner = {key: referred(part, keep) for key, part in value.items()}
            return {Reference.KEY: {"literal": inner}} if set(inner) == {Reference.KEY} else inner
        case list() | tuple():
            return [referred(part, keep) for part in value]
        case _:
            return value


def dereferred(value: JsonValue, load: Callable[[Stored], JsonValue]) -> JsonValue:
    """Return a value with what ``load`` returns in place of each reference."""
    match value:
        case {Reference.KEY: {"literal": dict(literal)}, **others} if not others:
            return {key: dereferred(part, load) for key, part in literal.items()}
        case {Reference.KEY: dict(reference), **others} if not others:
            return load(Stored.model_validate(reference))
        case dict():
            return {key: dereferred(part, load) for key, part in value.items()}
        case list():
            return [dereferred(part, load) for part in value]
        case _:
            return value


def shown_value(stored: Stored) -> JsonValue:
    """Return what an event itself says of a value, for displays: a sketch in place of each table.

    Of a value that is an artifact and no table the event says nothing: then it is None.
    """
    if stored.sketch is not None:
        return sketch_json(stored.sketch)
    if stored.media == MIXED:
        return dereferred(stored.value, shown_value)
    return stored.value


__all__ = [
    "Record",
    "Table",
    "TableSource",
    "as_hashed",
    "as_records",
    "as_sketches",
    "dereferred",
    "holds_table",
    "referred",
    "shown_value",
    "table_text",
    "with_each_table",
]
