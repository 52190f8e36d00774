"""Sends one request to a model's server through the vendor's client, which never retries."""

import asyncio
from typing import TYPE_CHECKING
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
    from collections.abc import Awaitable, Callable

    import httpx2
    from openai import AsyncOpenAI
    from pydantic import JsonValue

CONNECT_SECONDS = 5.0
NO_KEY = "no-key"
"""Sent to servers that ask for no key: the vendor's client refuses to send nothing."""

_HEADER_SAFE = "!#$&'()*+,/:;=?@[]~"
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


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
        return await self._send(
            asked,
            lambda: client.post(
                "/chat/completions",
                cast_to=httpx2.Response,
                body=body,
                options={"headers": headers},
            ),
        )

    async def models(self, asked: Asked, endpoint: Endpoint) -> Response:
        """Ask for the list of models; fails as `post` does."""
        import httpx2

        client = self._client(asked, endpoint)
        return await self._send(asked, lambda: client.get("/models", cast_to=httpx2.Response))

    async def aclose(self) -> None:
        """Close every connection."""
        clients = list(self._clients.values())
        self._clients.clear()
        for client in clients:
            await client.close()

    async def _send(
        self, asked: Asked, request: "Callable[[], Awaitable[httpx2.Response]]"
    ) -> Response:
        import httpx2
        import openai

        refused: RunError
        try:
            return _whole(await request())
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


def _whole(response: "httpx2.Response") -> Response:
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Response(response.status_code, headers, response.content)
