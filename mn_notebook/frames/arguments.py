"""Hands a function its tables in the form that its parameters ask for."""

import functools
import inspect
import types
from collections.abc import Callable, Mapping
from typing import Any, Literal, Union, get_args, get_origin

from mn_notebook.domain.tables import Table, as_records, holds_table, with_each_table
from mn_notebook.frames.kinds import comes_from, is_pandas, library
from mn_notebook.frames.parquet import arrow_of, frame_of

Form = Literal["pandas", "arrow", "polars", "records"]


def handed(function: Callable[..., Any], arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return arguments with each table in the form that its parameter's annotation names.

    ``pd.DataFrame``, ``pa.Table`` and ``pl.DataFrame`` get that; ``list`` gets records; anything
    else, or nothing, gets a DataFrame. A list of records for a parameter that asks for a frame
    becomes one.

    Raises:
        FramesMissing: a table needs a library that is not installed.
    """
    if not any(holds_table(value) or _is_records(value) for value in arguments.values()):
        return dict(arguments)
    forms = forms_of(function)
    return {name: _given(value, forms.get(name)) for name, value in arguments.items()}


def _given(value: Any, form: Form | None) -> Any:
    if _is_records(value):
        return value if form in (None, "records") else _of_records(value, form)
    if form == "records" and isinstance(value, Table):
        return as_records(value)
    return with_each_table(value, lambda table: in_form(table, form or "pandas"))


def _is_records(value: Any) -> bool:
    return type(value) is list and all(isinstance(row, dict) for row in value)


def in_form(table: Table, form: Form) -> Any:
    """Return a table in one of the forms that a function may ask for."""
    match form:
        case "pandas":
            return frame_of(table)
        case "arrow":
            return arrow_of(table)
        case "polars":
            return library("polars").from_arrow(arrow_of(table))
        case "records":
            return table.records()


def _of_records(records: list[Any], form: Form | None) -> Any:
    match form:
        case "arrow":
            return library("pyarrow").Table.from_pylist(records)
        case "polars":
            return library("polars").DataFrame(records)
        case _:
            return library("pandas").DataFrame(records)


def forms_of(function: Callable[..., Any]) -> dict[str, Form]:
    """Return in which form each parameter wants a table, where its annotation says one."""
    while isinstance(function, functools.partial):
        function = function.func
    target = inspect.unwrap(function)
    if not isinstance(target, types.FunctionType | types.MethodType | type):
        target = getattr(target, "__call__", target)  # noqa: B004 - an object that can be called
    try:
        hints = inspect.get_annotations(target, eval_str=True)
    except Exception:  # noqa: BLE001 - an annotation that cannot be evaluated is read as a text
        hints = getattr(target, "__annotations__", {})
    found = {name: form_of(hint) for name, hint in hints.items()}
    return {name: form for name, form in found.items() if form is not None}


def form_of(hint: Any) -> Form | None:
    """Return the form that an annotation names, or None."""
    if isinstance(hint, str):
        return _form_named(hint)
    if get_origin(hint) in (Union, types.UnionType):
        return next((form for part in get_args(hint) if (form := form_of(part))), None)
    kind = get_origin(hint) or hint
    if not isinstance(kind, type):
        return None
    if is_pandas(kind):
        return "pandas"
    if comes_from(kind, "pyarrow", "Table"):
        return "arrow"
    if comes_from(kind, "polars", "DataFrame"):
        return "polars"
    return "records" if kind is not object and issubclass(list, kind) else None


def _form_named(text: str) -> Form | None:
    name = text.partition("|")[0].strip()
    if name in ("pl.DataFrame", "polars.DataFrame"):
        return "polars"
    if name.endswith("DataFrame"):
        return "pandas"
    if name in ("pa.Table", "pyarrow.Table"):
        return "arrow"
    return "records" if name.partition("[")[0].lower() in ("list", "sequence") else None
