"""What goes into a notebook, its parameters, and what comes out, its tagged outputs."""

import ast
import importlib
import keyword
from collections.abc import Mapping
from typing import Any

from pydantic import JsonValue

from mn_notebook.errors import PermanentError
from mn_notebook.secrecy.known import needles, redact

PARAMETERS = "parameters"
"""The tag of the cell that says which parameters there are, with their defaults."""
INJECTED = "injected-parameters"
"""The tag of the cell that is put behind it."""
OUTPUT = "mn-output"
"""The tag of a cell whose output is returned; ``mn-output:NAME`` gives it a name."""
TABLE_MIME = "application/vnd.mn.table+base64"
"""How a frame leaves the kernel: as the bytes of a Parquet file."""


def with_parameters(notebook: Any, parameters: Mapping[str, JsonValue]) -> None:
    """Put a cell that sets parameters behind the one that is tagged ``parameters``.

    Raises:
        PermanentError: the notebook does not take one of them, or is not in Python.
    """
    language = notebook.metadata.get("kernelspec", {}).get("language", "python")
    if str(language).lower() != "python":
        message = f"expected a notebook in Python, found one in {language}"
        raise PermanentError(message)
    notebook.cells = [cell for cell in notebook.cells if INJECTED not in tags_of(cell)]
    if not parameters:
        return
    place = next(
        (at for at, cell in enumerate(notebook.cells) if PARAMETERS in tags_of(cell)), None
    )
    if place is None:
        message = (
            f"the notebook takes no parameters: tag the cell that sets their defaults with "
            f"{PARAMETERS!r}"
        )
        raise PermanentError(message)
    known = _assigned(notebook.cells[place].source)
    unknown = sorted(set(parameters) - known)
    if unknown:
        takes = ", ".join(sorted(known)) or "none"
        message = f"the notebook takes no parameter {unknown[0]!r}; it takes: {takes}"
        raise PermanentError(message)
    v4: Any = importlib.import_module("nbformat.v4")
    lines = [f"{name} = {_literal(name, value)}" for name, value in parameters.items()]
    cell = v4.new_code_cell("\n".join(lines), metadata={"tags": [INJECTED]})
    notebook.cells.insert(place + 1, cell)
    if (notebook.nbformat, notebook.nbformat_minor) < (4, 5):
        cell.pop("id", None)


def tags_of(cell: Any) -> list[str]:
    """Return the tags of a cell."""
    tags = cell.metadata.get("tags", [])
    return [str(tag) for tag in tags] if isinstance(tags, list) else []


def _assigned(source: str) -> set[str]:
    """Return the names that a cell sets at its top level."""
    try:
        statements = ast.parse(source).body
    except SyntaxError as fault:
        message = f"the cell {PARAMETERS!r} of the notebook is no plain Python: {fault.msg}"
        raise PermanentError(message) from fault
    names = set()
    for statement in statements:
        match statement:
            case ast.Assign(targets=targets):
                names |= {target.id for target in targets if isinstance(target, ast.Name)}
            case ast.AnnAssign(target=ast.Name(id=name)):
                names.add(name)
            case _:
                pass
    return {name for name in names if not keyword.iskeyword(name)}


def _literal(name: str, value: JsonValue) -> str:
    """Return a value as Python says it; only plain values have such a text."""
    text = repr(value)
    try:
        if ast.literal_eval(text) == value:
            return text
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        pass
    message = (
        f"the parameter {name!r} is no plain value (text, number, yes or no, list, object): write "
        "a table to a file, and give its path"
    )
    raise PermanentError(message)


def outputs_of(notebook: Any) -> dict[str, Any]:
    """Return what the tagged cells of an executed notebook show, by name.

    Raises:
        PermanentError: a tagged cell shows nothing, or two have one name.
    """
    found: dict[str, Any] = {}
    for cell in notebook.cells:
        for tag in tags_of(cell):
            head, _, name = tag.partition(":")
            if head != OUTPUT or cell.cell_type != "code":
                continue
            name = name or "output"
            if name in found:
                message = f"two cells of the notebook are tagged as the output {name!r}"
                raise PermanentError(message)
            found[name] = _shown(cell, name)
    return found


def _shown(cell: Any, name: str) -> Any:
    """Return the last value that a cell shows; else what it prints."""
    for output in reversed(cell.outputs):
        if output.output_type in ("execute_result", "display_data"):
            return _value_of(output.data)
    printed = "".join(
        output.text
        for output in cell.outputs
        if output.output_type == "stream" and output.name == "stdout"
    )
    if not printed:
        message = f"the cell of the output {name!r} shows nothing: let its last line be the value"
        raise PermanentError(message)
    return printed


def _value_of(shown: Mapping[str, Any]) -> Any:
    if TABLE_MIME in shown:
        return _table(str(shown[TABLE_MIME]))
    if "application/json" in shown:
        return shown["application/json"]
    text = next((shown[kind] for kind in ("text/plain", "text/markdown") if kind in shown), "")
    text = text if isinstance(text, str) else "".join(text)
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text
    return value if isinstance(value, str | int | float | bool | list | tuple | dict) else text


def _table(text: str) -> Any:
    import base64

    from mn_notebook.frames import table_from_parquet

    return table_from_parquet(base64.b64decode(text))


def without_tables(notebook: Any) -> None:
    """Take out what was only for us, but where it is what the notebook returns."""
    for cell in notebook.cells:
        if any(tag.partition(":")[0] == OUTPUT for tag in tags_of(cell)):
            continue
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(TABLE_MIME, None)


def without_secrets(notebook: Any) -> Any:
    """Return an executed notebook without what this process knows to be secret, tables included."""
    found = needles()
    if not found:
        return notebook
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            shown = output.get("data", {})
            if TABLE_MIME in shown:
                shown[TABLE_MIME] = _table_without(str(shown[TABLE_MIME]), found)
    nbformat: Any = importlib.import_module("nbformat")
    return nbformat.from_dict(redact(notebook))


def _table_without(text: str, found: tuple[str, ...]) -> str:
    import base64

    from mn_notebook.frames import table_from_parquet, without

    table = table_from_parquet(base64.b64decode(text))
    return base64.b64encode(without(table, found, redact).source.content).decode()


SETUP = f"""
def _mn_show_frames():
    import base64, io
    def shown(frame, include=None, exclude=None):
        target = io.BytesIO()
        try:
            frame.to_parquet(target)
        except Exception:
            return {{}}
        return {{{TABLE_MIME!r}: base64.b64encode(target.getvalue()).decode()}}
    formatter = get_ipython().display_formatter.mimebundle_formatter
    for module in ("pandas", "pandas.core.frame"):
        formatter.for_type_by_name(module, "DataFrame", shown)
_mn_show_frames()
del _mn_show_frames
"""
"""Lets frames leave the kernel whole; executed before the first cell, and part of no copy."""

__all__ = [
    "INJECTED",
    "OUTPUT",
    "PARAMETERS",
    "SETUP",
    "outputs_of",
    "tags_of",
    "with_parameters",
    "without_secrets",
    "without_tables",
]
