"""Makes ordinary tools of what is in the box: a function, a name, and words for a model."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from mn_notebook.agents.tools import Tool, ToolRegistry, current_registry, make_tool
from mn_notebook.domain.workflow import Effect, Schema
from mn_notebook.errors import UsageError

_PREFIX = re.compile(r"[a-z][a-z0-9_]*")


def put(
    registry: ToolRegistry | None,
    function: Callable[..., Any],
    *,
    name: str,
    effect: Effect,
    about: Mapping[str, str],
    check: Callable[[str], Any] | None = None,
) -> str:
    """Make a tool known, in place of an older one of its name, and return its name.

    ``about`` adds to what a model is told of single parameters. As it is part of the tool's hash,
    another folder or another list of hosts is another tool.
    """
    made = make_tool(function, effect=effect, name=name, check=check)
    tool = replace(made, parameters=_told(made, about))
    (current_registry() if registry is None else registry).add(tool)
    return name


def prefixed(prefix: str, name: str) -> str:
    """Return the name of a tool where there are several of its kind.

    Raises:
        UsageError: no name can begin so.
    """
    if prefix and not _PREFIX.fullmatch(prefix):
        message = f"expected a prefix of small letters, digits and _, found {prefix!r}"
        raise UsageError(message)
    return f"{prefix}{name}"


def _told(tool: Tool, about: Mapping[str, str]) -> Schema:
    properties = tool.parameters.get("properties")
    if not isinstance(properties, dict):
        return tool.parameters
    told: Schema = {
        name: {**schema, "description": _joined(schema.get("description"), about[name])}
        if isinstance(schema, dict) and name in about
        else schema
        for name, schema in properties.items()
    }
    return {**tool.parameters, "properties": told}


def _joined(said: object, more: str) -> str:
    return f"{said} {more}" if isinstance(said, str) and said else more


__all__ = ["prefixed", "put"]
