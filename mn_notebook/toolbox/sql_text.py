"""What a query is made of: which tables it reads, and which functions stand for tables in it.

DuckDB's own parser says it, as JSON; nothing of the query is carried out for that.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mn_notebook.errors import PermanentError

TABLE_FUNCTIONS = frozenset(
    {"generate_series", "json_each", "json_tree", "range", "repeat", "repeat_row", "unnest"}
)
"""What may stand where a table stands. All others read files, settings or the net, or do things."""

_ONE = "expected one query, such as SELECT region, sum(amount) FROM sales GROUP BY region"


@dataclass(frozen=True, slots=True)
class Parsed:
    """One query that only reads."""

    tables: frozenset[str]
    """The names that stand for tables in it, those of its own WITH among them."""


def parsed(connection: Any, query: str) -> Parsed:
    """Take a query apart.

    Raises:
        PermanentError: it is no single query that only reads, or cannot be parsed.
    """
    import duckdb

    try:
        statements = connection.extract_statements(query)
    except duckdb.Error as fault:
        raise PermanentError(str(fault)) from fault
    if len(statements) != 1:
        message = f"{_ONE}; found {len(statements)} statements"
        raise PermanentError(message)
    kind = statements[0].type.name
    if kind != "SELECT":
        message = f"this tool only reads: {_ONE}; found a statement of kind {kind}"
        raise PermanentError(message)
    return _judged(_tree(connection, query))


def _tree(connection: Any, query: str) -> Any:
    # All of it is fetched: an unfinished result would keep the connection busy.
    rows = connection.execute("SELECT json_serialize_sql(?)", [query]).fetchall()
    try:
        tree = json.loads(rows[0][0])
    except RecursionError as fault:
        message = "the query is nested too deeply: break it up, such as by WITH"
        raise PermanentError(message) from fault
    if tree.get("error"):
        message = (
            "expected a query of SELECT alone; of PIVOT and the like this tool cannot say what "
            "they read: write sum(x) FILTER (WHERE ...) instead"
        )
        raise PermanentError(message)
    return tree


def _judged(tree: Any) -> Parsed:
    tables = set()
    for node in _nodes(tree):
        match node:
            case {"type": "BASE_TABLE", "table_name": str(name)}:
                tables.add(name)
            case {"type": "SHOW_REF", "table_name": str(name)}:
                tables.add(name.strip('"'))
            case {"type": "TABLE_FUNCTION", "function": {"function_name": str(name)}}:
                if name.lower() not in TABLE_FUNCTIONS:
                    known = ", ".join(sorted(TABLE_FUNCTIONS))
                    message = (
                        f"{name!r} may not stand for a table here: name a table or a file instead, "
                        f"or one of {known}"
                    )
                    raise PermanentError(message)
            case _:
                pass
    return Parsed(frozenset(tables))


def _nodes(tree: Any) -> Iterator[Any]:
    """Yield every part of a parsed query; without recursion, for queries can be deep."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)


__all__ = ["TABLE_FUNCTIONS", "Parsed", "parsed"]
