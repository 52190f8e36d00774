"""A server over all its lives: started when it is needed, and again when it has ended."""

import asyncio
import concurrent.futures
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace

from mn_notebook.agents.mcp.answers import Answer, Question
from mn_notebook.agents.mcp.connection import Connection, Request
from mn_notebook.agents.mcp.faults import (
    DefinitionChanged,
    ServerAbsent,
    ServerConnectionLost,
    ServerRefused,
    ServerTimedOut,
)
from mn_notebook.agents.mcp.loop import ServerLoop
from mn_notebook.agents.mcp.redaction import Redaction
from mn_notebook.agents.mcp.stderr import ErrorLog
from mn_notebook.domain.definitions import ToolDefinition
from mn_notebook.domain.servers import Server
from mn_notebook.errors import RunError
from mn_notebook.ports import Clock

FindValue = Callable[[str], str | None]
"""Finds the value of an environment variable."""

REPETITIONS = 2
"""So often a call that may be repeated is made again when its server ended."""
PATIENCE_SECONDS = 3.0
"""A pause before a restart that is not longer is waited for; a longer one fails the attempt."""
IDLE_SECONDS = 900.0
"""A server that nobody has called for so long is ended; it is started again when it is needed."""
MAX_PAUSE_SECONDS = 60.0
_MOST_ROUNDS = 50
"""So often a server may ask for another round without a question."""


def pause_before(failure: int) -> float:
    """Return the seconds before a server is started again that has failed so often in a row.

    >>> [pause_before(failure) for failure in range(5)]
    [0.0, 0.0, 0.5, 1.0, 2.0]
    """
    return 0.0 if failure < 2 else min(0.25 * 2.0 ** (failure - 1), MAX_PAUSE_SECONDS)


class KeptServer:
    """A server of this process. Its public methods may be used from any thread."""

    def __init__(
        self,
        name: str,
        server: Server,
        loop: ServerLoop,
        clock: Clock,
        value_of: FindValue,
        changed: Callable[[], None],
    ) -> None:
        """Know a server, and start nothing; ``changed`` is told when it came, or failed to."""
        self.name = name
        self.server = server
        self.log = ErrorLog(lambda line: self.redaction().text(line))
        self.definitions: Mapping[str, ToolDefinition] | None = None
        """The tools as it last described them; None: it was never reached."""
        self.fault = ""
        """Why it is not there; '' while it is, or was not asked for."""
        self.starts = 0
        self._loop = loop
        self._clock = clock
        self._value_of = value_of
        self._changed = changed
        self._live: Connection | None = None
        self._failures = 0
        self._not_before = 0.0
        self._used_at = 0.0
        self._calls = 0
        self._door: asyncio.Lock | None = None
        self._ending: asyncio.Task[None] | None = None
        self._coming: concurrent.futures.Future[None] | None = None
        self._lock = threading.Lock()
        """Protects the decision whether somebody is already bringing it."""

    @property
    def is_live(self) -> bool:
        """Tell whether it is reached at the moment."""
        live = self._live
        return live is not None and not live.ended

    @property
    def protocol(self) -> str:
        """Return the version of the protocol that it speaks, '' when it was never reached."""
        return "" if self._live is None else self._live.protocol

    @property
    def told(self) -> str:
        """Return how it calls itself."""
        return "" if self._live is None else self._live.told

    def want(self) -> "concurrent.futures.Future[None]":
        """Let the server come, and say what it offers; return at once."""
        with self._lock:
            if self._coming is None or self._coming.done():
                self._coming = self._loop.run(self._bring())
            return self._coming

    def refresh(self, seconds: float) -> None:
        """Ask what it offers now, and wait for it; `fault` says why it does not come."""
        with suppress(concurrent.futures.TimeoutError, ServerAbsent):
            self._loop.run(self._listed()).result(seconds)

    def call(self, request: Request) -> Answer | Question:
        """Make a call and wait for its end, which the server's own timeout bounds.

        Raises:
            TransientError: as the faults of `mn_notebook.agents.mcp.faults` say.
            PermanentError: likewise.
        """
        try:
            return self._loop.run(self._call(request)).result()
        except concurrent.futures.CancelledError as fault:
            message = f"the server {self.name!r} is being ended with its process"
            raise ServerConnectionLost(message) from fault

    def redaction(self) -> Redaction:
        """Return what hides the values that the server was given."""
        found = ((name, self._value_of(name)) for name in self.server.variables)
        return Redaction((name, value) for name, value in found if value)

    def ending(self) -> "concurrent.futures.Future[None]":
        """Let the server end; it comes again when it is wanted."""
        return self._loop.run(self._end())

    # --- on the loop ---------------------------------------------------------------------------

    async def _bring(self) -> None:
        try:
            pause = self._not_before - self._clock.monotonic()
            if pause > 0:
                await self._clock.sleep(pause)
            await self._listed()
        except ServerAbsent:
            pass  # `fault` says so.
        finally:
            self._changed()

    async def _listed(self) -> None:
        """Ask for the tools as they are described now.

        Raises:
            ServerAbsent: it does not tell.
        """
        connection = await self._connection()
        try:
            self.definitions = await connection.tools()
        except RunError:
            # Such as one that was started again at its address, and knows nothing of us.
            await connection.close()
            await self._connection()

    async def _connection(self) -> Connection:
        """Return the living connection, or a new one.

        Raises:
            ServerAbsent: it cannot be had, or not yet.
        """
        if self._door is None:
            self._door = asyncio.Lock()
        async with self._door:
            self._used_at = self._clock.monotonic()
            if self._live is not None and not self._live.ended:
                return self._live
            if self._live is not None:
                await self._left()
            await self._paused()
            connection = Connection(self.name, self.server, self._values(), self.log)
            try:
                await connection.open()
                self.definitions = await connection.tools()
            except RunError as fault:
                await connection.close()
                self._failed(str(fault))
                raise ServerAbsent(self.fault) from fault
            self._live = connection
            self.starts += 1
            self.fault = ""
            return connection

    async def _left(self) -> None:
        """Take leave of a connection that ended by itself."""
        if self._live is not None:
            await self._live.close()
            self._live = None
            self._failed("")

    def _failed(self, fault: str) -> None:
        self._failures += 1
        self._not_before = self._clock.monotonic() + pause_before(self._failures)
        self.fault = self.redaction().text(fault)

    async def _paused(self) -> None:
        pause = self._not_before - self._clock.monotonic()
        if pause <= 0:
            return
        if pause > PATIENCE_SECONDS:
            message = self.fault or f"the server {self.name!r} ended {self._failures} times"
            raise ServerAbsent(message, retry_after_seconds=round(pause, 1))
        await self._clock.sleep(pause)

    def _values(self) -> dict[str, str]:
        found = {name: self._value_of(name) for name in self.server.variables}
        absent = [name for name, value in found.items() if value is None]
        if absent:
            named = ", ".join(absent)
            message = (
                f"the server {self.name!r} needs {named} in the environment: set it, and go on"
            )
            self._failed(message)
            raise ServerAbsent(message)
        return {name: value for name, value in found.items() if value is not None}

    async def _call(self, request: Request) -> Answer | Question:
        self._calls += 1
        left = REPETITIONS if request.repeatable else 0
        try:
            while True:
                try:
                    answer = await self._call_once(request)
                except ServerConnectionLost:
                    if left == 0:
                        raise
                    left -= 1
                else:
                    self._failures = 0
                    return answer
        finally:
            self._calls -= 1
            self._end_when_idle()

    async def _call_once(self, request: Request) -> Answer | Question:
        await self._require_unchanged(request.definition)
        for _ in range(_MOST_ROUNDS):
            # No connection that comes afterwards would know what was just compared.
            connection = self._live
            if connection is None or connection.ended:
                raise ServerAbsent(f"the server {self.name!r} has ended; nothing was sent")
            answer = await connection.call(request)
            if not isinstance(answer, Question) or answer.asks:
                return answer
            request = replace(request, state=answer.state, given={})
            await self._clock.sleep(0.1)
        raise ServerTimedOut(f"the server {self.name!r} did not come to an end")

    async def _require_unchanged(self, definition: ToolDefinition) -> None:
        """Compare what the call was judged by with what the server says of the tool now.

        Raises:
            DefinitionChanged: it is another tool by now; nothing was sent.
            ServerRefused: it has no such tool any more.
        """
        await self._listed()
        now = (self.definitions or {}).get(definition.name)
        if now is None:
            message = f"the server {self.name!r} has no tool {definition.name!r} any more"
            raise ServerRefused(message)
        if now.hash != definition.hash:
            message = (
                f"the server {self.name!r} describes {definition.name!r} otherwise than before: "
                "nothing was sent, and it asks anew"
            )
            raise DefinitionChanged(message)

    def _end_when_idle(self) -> None:
        self._used_at = self._clock.monotonic()
        asyncio.get_running_loop().call_later(IDLE_SECONDS, self._look_whether_idle)

    def _look_whether_idle(self) -> None:
        idle = self._clock.monotonic() - self._used_at
        if self._calls == 0 and idle >= IDLE_SECONDS * 0.99 and self.is_live:
            self._ending = asyncio.get_running_loop().create_task(self._end())

    async def _end(self) -> None:
        live, self._live = self._live, None
        if live is not None:
            await live.close()
