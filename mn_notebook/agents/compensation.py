"""Undoes calls: finds what a tool brings for that, and calls it with what it asks for by name."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import JsonValue

from mn_notebook.agents.calling import Caller, call, printed_before, user_fault
from mn_notebook.agents.doubt import leaves_doubt
from mn_notebook.agents.lanes import lane_of
from mn_notebook.agents.timing import within
from mn_notebook.agents.tools import KEY_PARAMETER, RESULT_PARAMETER, Tool
from mn_notebook.domain.workflow import AgentStep, Step
from mn_notebook.errors import PermanentError
from mn_notebook.ports import Undone

FindTool = Callable[[str], Tool | None]


class Compensations:
    """What the tools of this process bring to undo their calls; see `mn_notebook.ports.Undoer`."""

    def __init__(
        self, find: FindTool, *, absent: Callable[[str, str], str], call: Caller = call
    ) -> None:
        """Find tools through ``find``; ``absent`` says what would bring one that is not there."""
        self._find = find
        self._absent = absent
        self._call = call

    def missing(self, step: Step, tool: str) -> str | None:
        """Say which tool is not there, or None."""
        return None if self._tool(step, tool) is not None else self._absent("tool", tool)

    def repeats(self, step: Step, tool: str) -> bool | None:
        """Tell whether the compensation takes the key; None: the tool brings none any more."""
        found = self._tool(step, tool)
        if found is None or found.compensate is None:
            return None
        return KEY_PARAMETER in inspect.signature(found.compensate).parameters

    async def check(self, step: Step, tool: str, key: str) -> Undone:
        """Ask the tool's own ``check`` whether a call happened; its value is None if not."""
        found = self._tool(step, tool)
        if found is None or found.check is None:
            message = f"the tool {tool!r} brings no check any more"
            return Undone(error=user_fault(PermanentError(message), retry_all=False))
        check = found.check
        return await self._made(lambda: check(key), {}, found, repeats=True)

    async def undo(
        self, step: Step, tool: str, args: Mapping[str, JsonValue], key: str, result: JsonValue
    ) -> Undone:
        """Undo a call; what is asked for is given by name: arguments, the key, the result."""
        found = self._tool(step, tool)
        if found is None or found.compensate is None:
            message = f"the tool {tool!r} brings no compensate any more"
            return Undone(error=user_fault(PermanentError(message), retry_all=False))
        asked = inspect.signature(found.compensate).parameters
        try:
            given = {**found.prepared(args, key), KEY_PARAMETER: key, RESULT_PARAMETER: result}
        except PermanentError as fault:
            return Undone(error=user_fault(fault, retry_all=False))
        return await self._made(
            found.compensate,
            {name: value for name, value in given.items() if name in asked},
            found,
            repeats=KEY_PARAMETER in asked,
        )

    async def _made(
        self,
        function: Callable[..., Any],
        arguments: Mapping[str, Any],
        tool: Tool,
        *,
        repeats: bool,
    ) -> Undone:
        lane = lane_of(tool.name) if tool.serial else None
        turn = None if lane is None else await lane.take()
        caller = self._call if lane is None else lane.through(self._call)
        try:
            returned = await within(tool.timeout_seconds, caller(function, arguments))
        except Exception as fault:  # noqa: BLE001 - the analyst's code may raise anything
            error = user_fault(fault, retry_all=False)
            doubtful = leaves_doubt(fault) and not repeats
            return Undone(error=error, printed=printed_before(fault), doubtful=doubtful)
        finally:
            if turn is not None:
                turn.end()
        return Undone(value=returned.value, printed=returned.printed)

    def _tool(self, step: Step, name: str) -> Tool | None:
        found = self._find(name)
        if found is not None or not isinstance(step, AgentStep):
            return found
        used = (self._find(use.tool) for use in step.tools)
        return next((tool for tool in used if tool is not None and tool.name == name), None)
