"""Sends one request to a model's server through the vendor's client, which never retries."""

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol, cast
from urllib.parse import quote, urlsplit

from mn_notebook.agents.endpoints import Endpoint
from mn_notebook.agents.model_errors import (
    Asked,
    connect_error,
    status_error,
    transport_error,
)
from mn_notebook.agents.model_wire import Response
from mn_notebook.agents.prices import load_prices
from mn_notebook.errors import PermanentError, RunError
from mn_notebook.ports import Clock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    import httpx2
    from openai import AsyncOpenAI
    from pydantic import JsonValue

CONNECT_SECONDS = 5.0
DRAIN_SECONDS = 0.1
"""For the end of a connection's answer, once all that counts has been heard."""
NO_KEY = "no-key"
"""Sent to servers that ask for no key: the vendor's client refuses to send nothing."""

_HEADER_SAFE = "!#$&'()*+,/:;=?@[]~"
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Listener(Protocol):
    """Hears an answer that arrives in pieces."""

    is_done: bool
    """Nothing that counts will follow."""

    def hear(self, piece: bytes) -> None:
        """Take the next bytes; may raise what `Connections.stream` raises."""
        ...


class Connections:
    """The open connections to servers, one client for each server and key.

    A request has no deadline of its own but for the connecting: its caller cancels it.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._clients: dict[tuple[str, str | None], AsyncOpenAI] = {}
        self._is_loaded = False

    async def prepare(self) -> None:
        """Load the vendor's client, which takes a second, without holding up the loop."""
        if not self._is_loaded:
            await asyncio.to_thread(_load)
            self._is_loaded = True

    async def post(
        self, asked: Asked, endpoint: Endpoint, body: "dict[str, JsonValue]", call_id: str | None
    ) -> Response:
        """Ask for one chat completion; return whatever success came back, unread.

        Raises:
            TransientError: the connection broke, or the server has a passing trouble.
            PermanentError: the server refuses the request, or the endpoint cannot be right.
        """
        import httpx2

        client = self._client(asked, endpoint)
        headers = _call_headers(call_id)

        async def ask() -> Response:
            return _whole(
                await client.post(
                    "/chat/completions",
                    cast_to=httpx2.Response,
                    body=body,
                    options={"headers": headers},
                )
            )

        return await self._guarded(asked, ask)

    async def stream(
        self,
        asked: Asked,
        endpoint: Endpoint,
        body: "dict[str, JsonValue]",
        call_id: str | None,
        listen: "Callable[[Response], Listener]",
    ) -> Response:
        """Ask for one chat completion in pieces; ``listen`` gets the head and says who hears.

        A server that sends a whole answer all the same is nobody's fault: it comes back unread, as
        from `post`, and nobody has heard anything. Fails as `post` does.
        """
        import httpx2
        from openai import AsyncStream

        client = self._client(asked, endpoint)
        headers = _call_headers(call_id)

        async def ask() -> Response:
            opened = await client.post(
                "/chat/completions",
                cast_to=httpx2.Response,
                body=body,
                options={"headers": headers},
                stream=True,
                stream_cls=AsyncStream[object],
            )
            return await _hear(cast("httpx2.Response", opened), listen)

        return await self._guarded(asked, ask)

    async def models(self, asked: Asked, endpoint: Endpoint) -> Response:
        """Ask for the list of models; fails as `post` does."""
        import httpx2

        client = self._client(asked, endpoint)

        async def ask() -> Response:
            return _whole(await client.get("/models", cast_to=httpx2.Response))

        return await self._guarded(asked, ask)

    async def aclose(self) -> None:
        """Close every connection."""
        clients = list(self._clients.values())
        self._clients.clear()
        for client in clients:
            await client.close()

    async def _guarded(self, asked: Asked, ask: "Callable[[], Awaitable[Response]]") -> Response:
        import httpx2
        import openai

        refused: RunError
        try:
            return await ask()
        except openai.APIStatusError as error:
            got = _whole(error.response)
            refused = status_error(asked, got.status, got.headers, got.body, now=self._clock.now())
        except openai.APITimeoutError as error:
            raise connect_error(asked, CONNECT_SECONDS) from error
        except (openai.OpenAIError, httpx2.HTTPError, ValueError, OSError) as error:
            raise transport_error(asked, error) from error
        raise refused  # unchained: a server's own words may repeat the key, and tracebacks are kept

    def _client(self, asked: Asked, endpoint: Endpoint) -> "AsyncOpenAI":
        key = (endpoint.base_url, endpoint.api_key)
        if key not in self._clients:
            _check(asked, endpoint)
            self._clients[key] = _new_client(endpoint)
        return self._clients[key]


def _load() -> None:
    import openai.resources.chat  # noqa: F401 - its lazy parts as well

    load_prices()


def _check(asked: Asked, endpoint: Endpoint) -> None:
    """Refuse what cannot be sent, before a library puts the key into its complaint."""
    parts = urlsplit(endpoint.base_url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        found = "the base URL is no address of a web server"
        raise PermanentError(asked.says(found, "set it to one such as http://127.0.0.1:8080/v1"))
    if "@" in parts.netloc:
        found = "the base URL holds a password"
        raise PermanentError(asked.says(found, "give the key as OPENAI_API_KEY instead"))
    key = endpoint.api_key or NO_KEY
    if not (key.isascii() and key.isprintable() and key == key.strip()):
        found = "the API key holds characters that cannot be sent"
        raise PermanentError(asked.says(found, "copy OPENAI_API_KEY again, without blanks"))


def _new_client(endpoint: Endpoint) -> "AsyncOpenAI":
    import httpx2
    import openai

    is_loopback = urlsplit(endpoint.base_url).hostname in _LOOPBACK
    client = openai.AsyncOpenAI(
        api_key=endpoint.api_key or NO_KEY,
        admin_api_key="",
        base_url=endpoint.base_url,
        max_retries=0,
        timeout=httpx2.Timeout(None, connect=CONNECT_SECONDS),
        http_client=openai.DefaultAsyncHttpxClient(trust_env=False) if is_loopback else None,
    )
    if endpoint.provider != "openai":
        client.organization = client.project = None  # read from the environment, meant for OpenAI
    return client


def _call_headers(call_id: str | None) -> dict[str, str]:
    if call_id is None:
        return {}
    name = quote(call_id, safe=_HEADER_SAFE)
    return {"Idempotency-Key": name, "x-mn-call": name}


async def _hear(response: "httpx2.Response", listen: "Callable[[Response], Listener]") -> Response:
    """Let a stream be heard to its end; read anything else as a whole."""
    try:
        if not _is_stream(response.headers.get("content-type", "")):
            await response.aread()
            whole = _whole(response)
            if whole.body.startswith(b"data:"):  # a stream that does not say that it is one
                listen(whole).hear(whole.body)
            return whole
        head = Response(response.status_code, _lower(response.headers), b"")
        listener, pieces = listen(head), response.aiter_bytes()
        async for piece in pieces:
            listener.hear(piece)
            if listener.is_done:
                await _drain(pieces)
                break
        return head
    finally:
        await response.aclose()


def _is_stream(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() == "text/event-stream"


async def _drain(pieces: "AsyncIterator[bytes]") -> None:
    """Read what follows the last event, mostly nothing, so that the connection can be used again.

    The answer is whole by now: whatever happens here is no failure of it.
    """
    import httpx2

    with suppress(TimeoutError, httpx2.HTTPError):
        async with asyncio.timeout(DRAIN_SECONDS):
            async for _ in pieces:
                pass


def _lower(headers: "httpx2.Headers") -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _whole(response: "httpx2.Response") -> Response:
    return Response(response.status_code, _lower(response.headers), response.content)
