"""One life of a server, spoken to through the SDK: the only module that knows it.

A client of the SDK has to be left in the task that entered it. So each connection has a task that
keeps it, and calls come and go beside that one. When the connection ends, calls under way end too.
"""

import asyncio
import logging
import os
import shutil
import sys
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import JsonValue
from typing_extensions import override

from mn_notebook._version import __version__
from mn_notebook.agents.mcp import lifeline
from mn_notebook.agents.mcp.answers import Answer, Question
from mn_notebook.agents.mcp.faults import (
    ServerAbsent,
    ServerConnectionLost,
    ServerRefused,
    ServerTimedOut,
    UnlikeDeclared,
)
from mn_notebook.agents.mcp.loop import THREAD
from mn_notebook.agents.mcp.questions import question_of, responses_to
from mn_notebook.agents.mcp.stderr import ErrorLog
from mn_notebook.domain.definitions import Hints, ToolDefinition, schema_fault
from mn_notebook.domain.servers import Server, variable_of
from mn_notebook.domain.words import one_line

T = TypeVar("T")

OPENING_SECONDS = 30.0
"""How long a server may take to be there."""
LISTING_SECONDS = 15.0
HEALTH_SECONDS = 3.0
"""How long a server that gave no answer may take to show that it still lives."""
CLOSING_SECONDS = 8.0
MAX_TOOLS = 1_000
KEY_META = "mn/idempotency_key"
"""Where a call's idempotency key stands, for servers that look for it."""
_QUIET_SECONDS = 3600.0
_CLOSED = -32000
_NOT_DONE = (-32700, -32600, -32601, -32602)
"""Codes with which a server says that it has not even begun."""


@dataclass(frozen=True, slots=True)
class Request:
    """A call that is to be made."""

    definition: ToolDefinition
    args: Mapping[str, JsonValue]
    key: str
    repeatable: bool
    """It may be made again, with the same key, when the server ended meanwhile."""
    state: JsonValue = None
    """Goes on with a call in which the server asked something; None: it begins."""
    given: Mapping[str, JsonValue] | None = None
    """What a person has filled in, None that he declined."""


class Connection:
    """A server that is reached. Belongs to the loop that it was opened on."""

    def __init__(self, name: str, server: Server, values: Mapping[str, str], log: ErrorLog) -> None:
        """Reach ``server``; ``values`` holds the variables that it needs."""
        self.ended = False
        self.protocol = ""
        self.told = ""
        """How the server calls itself, with its version."""
        self._name = name
        self._server = server
        self._values = values
        self._log = log
        self._client: Any = None
        self._fault = ""
        self._opened = asyncio.Event()
        self._leave = asyncio.Event()
        self._calls: set[asyncio.Task[Any]] = set()
        self._keeper: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Start the server, or reach it.

        Raises:
            ServerAbsent: it cannot be had; the message says what to do.
        """
        self._require_command()
        self._keeper = asyncio.get_running_loop().create_task(self._keep())
        try:
            async with asyncio.timeout(OPENING_SECONDS):
                await self._opened.wait()
        except TimeoutError:
            self._fault = f"it said nothing within {OPENING_SECONDS:g} s"
            self._keeper.cancel()
        if self._client is None or self.ended:
            raise ServerAbsent(self._why_absent())

    def _require_command(self) -> None:
        if self._server.command and shutil.which(self._server.command[0]) is None:
            message = (
                f"the command {self._server.command[0]!r} of the server {self._name!r} is not "
                "there: install it, or write its whole path"
            )
            raise ServerAbsent(message)

    def _why_absent(self) -> str:
        last = self._log.last(1)
        said = f"; it said: {one_line(last[0], 200)}" if last and self._server.command else ""
        fault = self._fault or "it ended at once"
        return f"the server {self._name!r} cannot be reached: {fault}{said}"

    async def _keep(self) -> None:
        try:
            async with self._entered() as client:
                self._client = client
                self._opened.set()
                await self._leave.wait()
        except asyncio.CancelledError:
            raise
        except BaseException as fault:  # noqa: BLE001 - the SDK raises whatever its transport does
            self._fault = self._fault or words_of(fault)
        finally:
            self.ended = True
            self._opened.set()
            for call in self._calls:
                call.cancel()

    @asynccontextmanager
    async def _entered(self) -> AsyncIterator[Any]:
        try:
            from mcp import Client
            from mcp_types import Implementation
        except ImportError as fault:
            message = 'the SDK is not installed: pip install "mn-notebook[mcp]"'
            raise ServerAbsent(message) from fault
        _keep_quiet()
        async with AsyncExitStack() as stack:
            transport = await self._transport(stack)
            client = Client(
                transport,
                client_info=Implementation(name="mn_notebook", version=__version__),
                elicitation_callback=_declined,
            )
            entered = await stack.enter_async_context(client)
            # `answers` does that: it needs no large imports, and fetches nothing by references.
            entered.session.validate_tool_result = _unchecked  # type: ignore[method-assign]
            yield entered

    async def _transport(self, stack: AsyncExitStack) -> Any:
        if self._server.url:
            import httpx2
            from mcp.client.streamable_http import streamable_http_client

            # A stream may stand open for long; our own bounds hold for each request.
            patience = httpx2.Timeout(OPENING_SECONDS, read=_QUIET_SECONDS)
            http = httpx2.AsyncClient(headers=self._headers(), timeout=patience)
            await stack.enter_async_context(http)
            return streamable_http_client(self._server.url, http_client=http)
        from mcp import StdioServerParameters
        from mcp.client.stdio import stdio_client

        command = guarded(self._server.command)
        parameters = StdioServerParameters(
            command=command[0],
            args=command[1:],
            env={name: self._values[name] for name in self._server.env},
            encoding_error_handler="replace",
        )
        errors = stack.enter_context(self._log.opened())
        return stdio_client(parameters, errlog=errors)

    def _headers(self) -> dict[str, str]:
        headers = {}
        for header, said in self._server.headers.items():
            name = variable_of(said)
            headers[header] = f"{said.removesuffix(name)}{self._values[name]}"
        return headers

    async def close(self) -> None:
        """End the connection, and the server where it was started for it."""
        self._leave.set()
        if self._keeper is not None:
            await asyncio.wait({self._keeper}, timeout=CLOSING_SECONDS)
            self._keeper.cancel()
        self.ended = True

    # --- what is asked of it -------------------------------------------------------------------

    async def tools(self) -> dict[str, ToolDefinition]:
        """Return the tools as the server describes them now.

        Raises:
            ServerConnectionLost: it is gone.
            ServerTimedOut: it does not answer; the connection is ended.
        """
        try:
            found = await self._bounded(self._listed(), LISTING_SECONDS)
        except TimeoutError as fault:
            await self.close()
            message = f"the server {self._name!r} did not list its tools in time"
            raise ServerTimedOut(message) from fault
        self.protocol = self._client.protocol_version
        info = self._client.server_info
        self.told = "" if info is None else one_line(f"{info.name} {info.version}", 100)
        return found

    async def _listed(self) -> dict[str, ToolDefinition]:
        found: dict[str, ToolDefinition] = {}
        cursor: str | None = None
        while len(found) < MAX_TOOLS:
            page = await self._client.list_tools(cursor=cursor)
            found.update((tool.name, _definition(tool)) for tool in page.tools)
            cursor = page.next_cursor
            if not cursor:
                break
        return found

    async def call(self, request: Request) -> Answer | Question:
        """Make a call, once.

        Raises:
            ServerConnectionLost: it may have happened; the server is gone.
            ServerTimedOut: it may have happened; the server gave no answer in time.
            ServerRefused: the server says that it has not even begun.
            UnlikeDeclared: the answer is not of the protocol.
        """
        more = {} if request.state is None else responses_to(request.state, request.given)
        calling = self._client.session.call_tool(
            request.definition.name,
            dict(request.args),
            meta={KEY_META: request.key},
            allow_input_required=True,
            **more,
        )
        try:
            return _answer(await self._bounded(calling, self._server.timeout_seconds))
        except TimeoutError as fault:
            await self._end_if_dead()
            seconds = f"{self._server.timeout_seconds:g} s"
            message = f"the server {self._name!r} gave no answer within {seconds}"
            raise ServerTimedOut(message) from fault

    async def _bounded(self, work: Coroutine[Any, Any, T], seconds: float) -> T:
        """Do work that ends with the connection, and name what goes wrong.

        Raises:
            TimeoutError: it took longer.
        """
        task = asyncio.current_task()
        if self.ended or task is None:
            work.close()
            raise ServerConnectionLost(f"the server {self._name!r} has ended")
        self._calls.add(task)
        try:
            async with asyncio.timeout(seconds):
                return await work
        except TimeoutError:
            raise
        except asyncio.CancelledError as fault:
            if not self._has_ended():
                raise
            task.uncancel()
            message = f"the server {self._name!r} ended during the call"
            raise ServerConnectionLost(message) from fault
        except Exception as fault:
            raise self._named(fault) from fault
        finally:
            self._calls.discard(task)

    def _has_ended(self) -> bool:
        """Tell whether the connection has ended, perhaps while something was awaited."""
        return self.ended

    def _named(self, fault: Exception) -> Exception:
        """Return what a fault of the SDK means."""
        from mcp.shared.exceptions import MCPError

        if isinstance(fault, MCPError):
            said = one_line(str(fault), 500)
            if fault.code in _NOT_DONE:
                return ServerRefused(f"the server {self._name!r} refuses the call: {said}")
            self.ended = self.ended or fault.code == _CLOSED
            return ServerConnectionLost(f"the server {self._name!r} broke the call off: {said}")
        if isinstance(fault, ValueError | RuntimeError):
            message = f"the answer of the server {self._name!r} cannot be read"
            return UnlikeDeclared(f"{message}: {words_of(fault)}")
        message = f"the connection to the server {self._name!r} broke: {words_of(fault)}"
        return ServerConnectionLost(message)

    async def _end_if_dead(self) -> None:
        """End the connection to a server that answers nothing any more."""
        try:
            async with asyncio.timeout(HEALTH_SECONDS):
                await self._client.list_tools(cache_mode="bypass")
        except Exception as fault:  # noqa: BLE001 - the SDK raises whatever its transport does
            self._fault = words_of(fault)
            await self.close()


def guarded(command: tuple[str, ...]) -> list[str]:
    """Return a command whose process cannot outlive this one."""
    if os.name != "posix":
        return list(command)
    path = str(Path(lifeline.__file__))
    return [sys.executable, "-I", "-S", path, str(os.getpid()), *command]


def words_of(fault: BaseException) -> str:
    """Say in a line what went wrong; of a group of faults, the first one."""
    while isinstance(fault, BaseExceptionGroup) and fault.exceptions:
        fault = fault.exceptions[0]
    said = one_line(str(fault), 300)
    return said if isinstance(fault, ServerAbsent) else f"{type(fault).__name__}: {said}"


def _definition(tool: Any) -> ToolDefinition:
    hints = tool.annotations
    schemas = (tool.input_schema, tool.output_schema)
    fault = next(filter(None, (schema_fault(one) for one in schemas if one is not None)), "")
    return ToolDefinition(
        fault=fault,
        name=tool.name,
        title=tool.title or "",
        description=tool.description or "",
        input_schema=tool.input_schema,
        output_schema=tool.output_schema,
        hints=Hints()
        if hints is None
        else Hints(
            read_only=hints.read_only_hint,
            destructive=hints.destructive_hint,
            idempotent=hints.idempotent_hint,
            open_world=hints.open_world_hint,
        ),
    )


def _answer(result: Any) -> Answer | Question:
    if result.result_type == "input_required":
        return question_of(result)
    return Answer(
        blocks=tuple(block.model_dump(mode="json", by_alias=True) for block in result.content),
        structured=result.structured_content,
        has_structured=result.structured_content is not None,
        is_error=bool(result.is_error),
    )


async def _unchecked(name: str, result: Any) -> None:
    """Leave an answer as it is."""


async def _declined(context: Any, params: Any) -> Any:  # noqa: ARG001 - the SDK's names
    """Answer a question that can only be answered while the call is held open: nobody is there."""
    from mcp_types import INVALID_REQUEST, ErrorData

    message = (
        "nobody can be asked while the call is held open; a server of the protocol 2026-07-28 can "
        "ask by ending it with `input_required`"
    )
    return ErrorData(code=INVALID_REQUEST, message=message)


class _Elsewhere(logging.Filter):
    """Lets through what is not said in our own thread: the SDK's complaints are told otherwise."""

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        return record.threadName != THREAD


_ELSEWHERE = _Elsewhere()


def _keep_quiet() -> None:
    """Let the SDK not write what it thinks of a server into whatever cell happens to run."""
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] in ("mcp", "httpx2"):
            with suppress(AttributeError):
                logging.getLogger(name).addFilter(_ELSEWHERE)
