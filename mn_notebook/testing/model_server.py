"""A scripted model behind a real socket of this machine.

As a process of its own::

    python -m mn_notebook.testing.model_server --script FILE --port-file FILE --log FILE
"""

import argparse
import asyncio
import contextlib
import hashlib
import json
import os
import signal
import threading
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from mn_notebook.testing.connection import Connection, HttpRequest
from mn_notebook.testing.model_reply import send_answer, send_json, stamp
from mn_notebook.testing.model_wire import asked_on_wire, error_of
from mn_notebook.testing.prompter import Answer, Prompter
from mn_notebook.testing.script import Asked, Script

HOST = "127.0.0.1"
CHAT_PATH = "/v1/chat/completions"
MODELS_PATH = "/v1/models"


class SeenRequest(BaseModel):
    """One chat completion that the server was asked for."""

    model_config = ConfigDict(frozen=True)

    number: int
    """Counted from 1."""
    model: str
    call_id: str | None
    """The header ``x-mn-call``."""
    idempotency_key: str | None
    body_hash: str
    """SHA-256 of the body, byte for byte."""
    stream: bool
    outcome: str
    """``text``, ``calls``, or the kind of the fault."""
    body: dict[str, JsonValue] = Field(exclude=True)
    """Not in the log: it may hold what nobody else should read."""
    headers: dict[str, str] = Field(exclude=True)
    """Not in the log: they hold the key."""

    @property
    def prompt(self) -> str:
        """What the user, which is the step's prompt, said last."""
        messages = self.body.get("messages")
        listed = messages if isinstance(messages, list) else []
        said = [each for each in listed if isinstance(each, dict)]
        return Asked(self.model, said).last_user_text


class ScriptedModelServer:
    """Serves a script over HTTP from a thread of its own; a context manager.

    Each request is noted, and on disk if there is a log, before anything of its answer is sent:
    whoever got an answer finds its request in the log, also after a kill of either side.
    """

    def __init__(
        self, script: Script | None = None, *, port: int = 0, log: Path | None = None
    ) -> None:
        self.script = script or Script()
        self._prompter = Prompter(self.script)
        self._port = port
        self._log_path = log
        self._log: IO[str] | None = None
        self._lock = threading.Lock()
        """Protects what was seen, which the server's thread writes and others read."""
        self._seen: list[SeenRequest] = []
        self._models_asked = 0
        self._connections: dict[asyncio.StreamWriter, asyncio.Task[None] | None] = {}
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closing = asyncio.Event()
        self._failure: OSError | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def port(self) -> int:
        """Where it listens, once it is started."""
        return self._port

    @property
    def base_url(self) -> str:
        """What a client is given."""
        return f"http://{HOST}:{self._port}/v1"

    @property
    def requests(self) -> tuple[SeenRequest, ...]:
        """Every chat completion that was asked for so far, in order."""
        with self._lock:
            return tuple(self._seen)

    @property
    def counts(self) -> Counter[str]:
        """How often each request was made, by the hash of its body."""
        return Counter(seen.body_hash for seen in self.requests)

    @property
    def call_counts(self) -> Counter[str]:
        """How often each call was made, by its id, which is its idempotency key as well."""
        return Counter(seen.call_id for seen in self.requests if seen.call_id is not None)

    @property
    def models_asked(self) -> int:
        """How often the list of models was asked for."""
        with self._lock:
            return self._models_asked

    def start(self) -> None:
        """Listen; returns when clients can connect.

        Raises:
            OSError: the port is taken, or the log cannot be written.
        """
        if self._log_path is not None:
            self._log = self._log_path.open("a", encoding="utf-8")
        ready = threading.Event()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve(ready)), name="scripted-model", daemon=True
        )
        self._thread.start()
        ready.wait()
        if self._failure is not None:
            self.stop()
            raise self._failure

    def stop(self) -> None:
        """Drop every connection and end the thread; harmless when it is done already."""
        if self._loop is not None and not self._loop.is_closed():
            with contextlib.suppress(RuntimeError):  # it closed just now
                self._loop.call_soon_threadsafe(self._closing.set)
        if self._thread is not None:
            self._thread.join()
        if self._log is not None:
            self._log.close()

    async def _serve(self, ready: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        try:
            server = await asyncio.start_server(self._connected, HOST, self._port)
        except OSError as error:
            self._failure = error
            ready.set()
            return
        self._port = server.sockets[0].getsockname()[1]
        ready.set()
        try:
            await self._closing.wait()
        finally:
            server.close()
            await self._drop_connections()
            await server.wait_closed()

    async def _drop_connections(self) -> None:
        for writer in self._connections:
            writer.transport.abort()
        tasks = [task for task in self._connections.values() if task is not None]
        if tasks:
            await asyncio.wait(tasks)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections[writer] = asyncio.current_task()
        connection = Connection(reader, writer)
        try:
            while (request := await connection.read()) is not None:
                if not await self._respond(connection, request):
                    break
        except (ConnectionError, asyncio.IncompleteReadError, ValueError):
            pass  # the client left, or does not speak HTTP: nobody is there to be told
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
            self._connections.pop(writer, None)

    async def _respond(self, connection: Connection, request: HttpRequest) -> bool:
        match request.method, request.path:
            case "GET", "/v1/models":
                await self._list_models(connection)
            case "POST", "/v1/chat/completions":
                return await self._complete(connection, request)
            case _:
                found = f"nothing is served at {request.method} {request.path}"
                await send_json(connection, 404, error_of(found), stamp(0))
        return True

    async def _list_models(self, connection: Connection) -> None:
        with self._lock:
            self._models_asked += 1
        listed: JsonValue = [{"id": self.script.model, "object": "model", "owned_by": "scripted"}]
        await send_json(connection, 200, {"object": "list", "data": listed}, stamp(0))

    async def _complete(self, connection: Connection, request: HttpRequest) -> bool:
        try:
            body = json.loads(request.body)
            answer = self._prompter.answer(asked_on_wire(body, request.headers))
        except ValueError as error:
            refusal = error_of(str(error), kind="invalid_request_error")
            await send_json(connection, 400, refusal, stamp(0))
            return True
        seen = self._note(request, body, answer)
        options = body.get("stream_options") or {}
        return await send_answer(
            connection,
            answer,
            number=seen.number,
            stream=seen.stream,
            include_usage=bool(options.get("include_usage")),
        )

    def _note(
        self, request: HttpRequest, body: dict[str, JsonValue], answer: Answer
    ) -> SeenRequest:
        fault = answer.reply.fault
        with self._lock:
            seen = SeenRequest(
                number=len(self._seen) + 1,
                model=str(body.get("model")),
                call_id=request.headers.get("x-mn-call"),
                idempotency_key=request.headers.get("idempotency-key"),
                body_hash=hashlib.sha256(request.body).hexdigest(),
                stream=bool(body.get("stream")),
                outcome=fault.kind if fault else "calls" if answer.calls else "text",
                body=body,
                headers=dict(request.headers),
            )
            self._seen.append(seen)
            self._write(seen)
        return seen

    def _write(self, seen: SeenRequest) -> None:
        if self._log is None:
            return
        self._log.write(seen.model_dump_json() + "\n")
        self._log.flush()
        os.fsync(self._log.fileno())


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until the process is told to end."""
    chosen = _parser().parse_args(arguments)
    script = Script.read(chosen.script) if chosen.script else Script()
    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told.set())
    with ScriptedModelServer(script, port=chosen.port, log=chosen.log) as server:
        if chosen.port_file:
            _write_whole(chosen.port_file, f"{server.port}\n")
        told.wait()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="A scripted model behind a socket.")
    parser.add_argument("--script", type=Path, help="a script as JSON; none: the echo")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--port-file", type=Path, help="gets the port as soon as it listens")
    parser.add_argument("--log", type=Path, help="gets one line of JSON for each request")
    return parser


def _write_whole(path: Path, text: str) -> None:
    """Write a file that nobody ever sees half of."""
    draft = path.with_name(path.name + ".draft")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


if __name__ == "__main__":
    main()
