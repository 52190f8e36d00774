"""What a frame is, and the libraries that read and write one."""

import importlib
import importlib.util
from typing import Any

from mn_notebook.errors import PermanentError

_INSTALL = 'pip install "mn-notebook[frames]"'


class FramesMissing(PermanentError):
    """A table is there, and the library that reads it is not installed."""


class NotATable(PermanentError):
    """A frame cannot be a table as it is."""


_PLAIN = frozenset({str, int, float, bool, type(None), dict, list, tuple})
"""What most values are made of: asked first, since every value that is kept is walked over."""


def is_frame(value: object) -> bool:
    """Tell whether a value is a frame: of pandas, or of anything that speaks Arrow.

    Looks at the value's class alone: nothing is imported, and nothing of the value is called.
    """
    kind = type(value)
    if kind in _PLAIN:
        return False
    if is_pandas(kind):
        return True
    speaks_arrow = hasattr(kind, "__arrow_c_stream__") or hasattr(kind, "__dataframe__")
    return speaks_arrow and (hasattr(kind, "columns") or hasattr(kind, "column_names"))


def is_pandas(kind: type) -> bool:
    """Tell whether a class is pandas' DataFrame, or made of it."""
    return comes_from(kind, "pandas", "DataFrame")


def comes_from(kind: type, package: str, name: str) -> bool:
    """Tell whether a class is that of a package, or made of it."""
    return any(
        base.__name__ == name and base.__module__.partition(".")[0] == package
        for base in getattr(kind, "__mro__", ())
    )


def frames_are_here() -> bool:
    """Tell whether pandas and pyarrow are installed, without importing them."""
    return all(importlib.util.find_spec(name) is not None for name in ("pandas", "pyarrow"))


def library(name: str) -> Any:
    """Import pandas, or a part of pyarrow.

    Raises:
        FramesMissing: it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError as fault:
        package = name.partition(".")[0]
        message = f"a table needs {package}, which is not installed here: {_INSTALL}"
        raise FramesMissing(message) from fault
