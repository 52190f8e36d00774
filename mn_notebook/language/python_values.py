"""Values of Python as a workflow's text holds them."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from mn_notebook.domain.durations import duration_text
from mn_notebook.errors import UsageError
from mn_notebook.language.yaml_lines import Writable


def plain_value(value: Any) -> Any:
    """Return a value as text can hold it: durations in words, tuples as lists."""
    match value:
        case timedelta():
            return duration_text(value.total_seconds())
        case Mapping():
            return {str(key): plain_value(inner) for key, inner in value.items()}
        case list() | tuple():
            return [plain_value(inner) for inner in value]
        case _:
            return value


def tool_use(tool: object) -> Writable:
    """Return a tool of an agent, with its bound arguments when it has some."""
    if isinstance(tool, Mapping):
        return {tool_name(name): plain_value(bound) for name, bound in tool.items()}
    return tool_name(tool)


def tool_name(tool: object) -> str:
    """Return the name of a tool that is given by its name or as the function itself.

    Raises:
        UsageError: it is neither.
    """
    if isinstance(tool, str):
        return tool
    name = getattr(tool, "__name__", None)
    if isinstance(name, str):
        return name
    raise UsageError(f"expected a tool or its name, found {tool!r}")


def function_name(function: Callable[..., Any] | str) -> str:
    """Return how a step names a function: those of a notebook by their name alone.

    Raises:
        UsageError: no other process could find it.
    """
    if isinstance(function, str):
        return function
    name = getattr(function, "__qualname__", "")
    module = getattr(function, "__module__", None)
    if not name or "<" in name or not module:
        raise UsageError(
            f"expected a function with a name, defined by itself and not inside of another, "
            f"found {function!r}"
        )
    return str(name) if module == "__main__" else f"{module}:{name}"
