"""A tool of a server as a tool like any other."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import BaseModel, JsonValue
from typing_extensions import override

from mn_notebook.agents.asking import AskedBack
from mn_notebook.agents.mcp.answers import Answer, Question, value_of
from mn_notebook.agents.mcp.connection import Request
from mn_notebook.agents.mcp.kept import KeptServer
from mn_notebook.agents.tools import Tool
from mn_notebook.domain.definitions import ToolDefinition
from mn_notebook.domain.ids import content_hash
from mn_notebook.domain.servers import served
from mn_notebook.domain.shapes import first_fault
from mn_notebook.domain.tables import as_records
from mn_notebook.domain.workflow import Effect
from mn_notebook.errors import PermanentError

MAX_NAME = 64
"""Characters of a tool's name that model servers take."""
MAX_DESCRIPTION = 4_000
"""Characters of a description that a model is shown."""


class _Anything(BaseModel):
    """Stands where tools of the notebook have a model of their signature."""


@dataclass(frozen=True, slots=True)
class ServedTool(Tool):
    """A tool of a server, as its server described it and as far as the user trusts it."""

    definition: ToolDefinition = field(kw_only=True)
    place: str = field(kw_only=True)
    """The hash of the way in which its server is reached."""

    @property
    @override
    def held(self) -> dict[str, JsonValue]:
        """Nothing: what its server holds is not known here."""
        return {}

    @property
    @override
    def code(self) -> str:
        """What names the tool: server, place and description; trust does not count."""
        return content_hash([self.place, self.definition.hash])[:16]

    @override
    def prepared(self, args: Mapping[str, JsonValue], key: str) -> dict[str, Any]:
        """Return arguments that fit the schema that the server gave, and the call's key.

        Raises:
            PermanentError: they do not fit.
        """
        plain: Any = as_records(dict(args))
        fault = first_fault(plain, self.parameters)
        if fault is not None:
            message = f"the arguments do not fit {self.definition.name!r}: {fault}"
            raise PermanentError(message)
        return {"arguments": plain, "key": key}


@dataclass(frozen=True, slots=True)
class Calling:
    """Calls a tool of a server; what is done with it blocks until the server has answered."""

    server: KeptServer
    definition: ToolDefinition
    effect: Effect

    def __call__(
        self, arguments: dict[str, JsonValue], key: str, resumed: JsonValue = None
    ) -> JsonValue:
        """Make the call, with its idempotency key, and return the value of its answer.

        ``resumed`` goes on with one in which the server asked a person something.

        Raises:
            AskedBack: the server asks something.
            TransientError: as the faults of `mn_notebook.agents.mcp.faults` say.
            PermanentError: likewise.
        """
        request = Request(self.definition, arguments, key, repeatable=self.effect != "write")
        if isinstance(resumed, dict):
            given = resumed.get("given")
            request = replace(
                request,
                state=resumed.get("state"),
                given=given if isinstance(given, dict) else None,
            )
        redaction = self.server.redaction()
        try:
            return redaction.value(self._value(self.server.call(request)))
        except AskedBack as asked:
            form = redaction.value(asked.form)
            asked_for = form if isinstance(form, dict) else {}
            raise AskedBack(redaction.text(asked.prompt), asked_for, asked.state) from None
        except Exception as fault:
            said = (redaction.text(part) if isinstance(part, str) else part for part in fault.args)
            fault.args = tuple(said)
            raise

    def _value(self, answer: Answer | Question) -> JsonValue:
        if isinstance(answer, Question):
            raise AskedBack(answer.prompt, answer.form, answer.state)
        return value_of(answer, self.definition)


def served_tool(server: KeptServer, definition: ToolDefinition, effect: Effect) -> ServedTool:
    """Return a tool of a server."""
    described = definition.description or definition.title
    if len(described) > MAX_DESCRIPTION:
        described = f"{described[:MAX_DESCRIPTION]}…"
    return ServedTool(
        name=model_name(server.name, definition.name),
        description=described,
        effect=effect,
        function=Calling(server, definition, effect),
        parameters=definition.input_schema,
        takes_key=True,
        arguments=_Anything,
        definition=definition,
        place=server.server.hash,
    )


def model_name(server: str, tool: str) -> str:
    """Return the name of a server's tool as models take it.

    >>> model_name("time", "get_current_time")
    'time__get_current_time'
    """
    name = re.sub(r"[^A-Za-z0-9_-]", "_", f"{server}__{tool}")
    if name == f"{server}__{tool}" and len(name) <= MAX_NAME:
        return name
    return f"{name[: MAX_NAME - 9]}_{content_hash(served(server, tool))[:8]}"
