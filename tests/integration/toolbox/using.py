"""Calls tools of the box as the engine calls them."""

from typing import Any

import pytest

from mn_notebook.agents.calling import call_now
from mn_notebook.agents.tools import Tool, ToolRegistry


class Box:
    """A registry of its own, with the tools that a test puts there."""

    def __init__(self) -> None:
        self.registry = ToolRegistry()

    def tool(self, name: str) -> Tool:
        found = self.registry.get(name)
        assert found is not None, self.registry.effects()
        return found

    def use(self, name: str, key: str = "mn-0123456789abcdef", **args: Any) -> Any:
        tool = self.tool(name)
        return call_now(tool.function, tool.prepared(args, key)).value

    def fault(self, name: str, kind: type[Exception], **args: Any) -> str:
        """Return the words of the failure that a call must end with."""
        with pytest.raises(kind) as raised:
            self.use(name, **args)
        return str(raised.value)
