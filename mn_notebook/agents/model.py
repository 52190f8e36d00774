"""Makes model calls over the chat-completions protocol."""

import asyncio

from typing_extensions import override

from mn_notebook.agents.endpoints import (
    SCRIPTED_PREFIX,
    SERVERS_CHOICE,
    Endpoint,
    ModelEndpoints,
    shown_url,
)
from mn_notebook.agents.model_connection import Connections
from mn_notebook.agents.model_errors import Asked, deadline_error
from mn_notebook.agents.model_wire import (
    Heard,
    Response,
    read_answer,
    read_first_model,
    write_request,
)
from mn_notebook.agents.prices import price_of
from mn_notebook.domain.messages import ModelAnswer, ModelProfile, ModelRequest
from mn_notebook.errors import ModelMissing, PermanentError
from mn_notebook.ports import Clock, ModelClient

SCRIPTED_HEADER = "x-mn-scripted"


class OpenAIModels(ModelClient):
    """Speaks to any server with OpenAI's chat completions; each call is one request.

    After a crash nothing is left to clean up here: whether a call that was under way was answered,
    and paid for, only the server knows.
    """

    def __init__(self, endpoints: ModelEndpoints, clock: Clock) -> None:
        self._endpoints = endpoints
        self._clock = clock
        self._connections = Connections(clock)
        self._first_models: dict[str, str] = {}
        self._listing = asyncio.Lock()
        """Held while a server is asked for its models, so that it is asked once."""

    @override
    def profile(self, model: str | None) -> ModelProfile:
        return self._endpoints.profile(model)

    @override
    async def complete(
        self, request: ModelRequest, *, timeout_seconds: float, call_id: str | None = None
    ) -> ModelAnswer:
        asked = Asked(request.model, "an endpoint that was still being started")
        await self._connections.prepare()
        try:
            async with asyncio.timeout(timeout_seconds):
                endpoint = await self._endpoints.endpoint(request.model)
                asked = _asked(request.model, endpoint)
                return await self._ask(endpoint, request, call_id)
        except TimeoutError as error:
            raise deadline_error(asked, timeout_seconds) from error

    @override
    async def aclose(self) -> None:
        await self._connections.aclose()

    async def _ask(
        self, endpoint: Endpoint, request: ModelRequest, call_id: str | None
    ) -> ModelAnswer:
        profile = endpoint.profile
        model = profile.name if profile else await self._first_model(endpoint)
        asked = _asked(model, endpoint)
        body = write_request(request, model=model, provider=endpoint.provider)
        began = self._clock.monotonic()
        response = await self._connections.post(asked, endpoint, body, call_id)
        latency = max(0.0, self._clock.monotonic() - began)
        heard = read_answer(asked, response, now=self._clock.now())
        scripted = _is_scripted(asked, profile, response)
        provider = "scripted" if scripted else endpoint.provider
        return self._answer(heard, response, asked_model=model, provider=provider, latency=latency)

    def _answer(
        self, heard: Heard, response: Response, *, asked_model: str, provider: str, latency: float
    ) -> ModelAnswer:
        model = heard.model or asked_model
        return ModelAnswer(
            message=heard.message,
            finish_reason=heard.finish_reason,
            model=model,
            provider=provider,
            usage=heard.usage,
            price=price_of(provider, model, heard.usage, at=self._clock.now()),
            latency_seconds=latency,
            request_id=response.headers.get("x-request-id"),
            scripted=provider == "scripted",
            extra=heard.extra,
        )

    async def _first_model(self, endpoint: Endpoint) -> str:
        asked = _asked(SERVERS_CHOICE, endpoint)
        async with self._listing:
            if endpoint.base_url not in self._first_models:
                response = await self._connections.models(asked, endpoint)
                found = read_first_model(asked, response)
                if found is None:
                    raise ModelMissing(
                        asked.says("the server lists no model", "load one there, or name one")
                    )
                self._first_models[endpoint.base_url] = found
        return self._first_models[endpoint.base_url]


def _asked(model: str, endpoint: Endpoint) -> Asked:
    return Asked(model, shown_url(endpoint.base_url), endpoint.api_key)


def _is_scripted(asked: Asked, profile: ModelProfile | None, response: Response) -> bool:
    says_so = response.headers.get(SCRIPTED_HEADER) == "1"
    if asked.model.startswith(SCRIPTED_PREFIX) and not says_so:
        raise PermanentError(
            asked.says(
                "a server answered that is not scripted",
                "point OPENAI_BASE_URL at the scripted server, or ask for a real model",
            )
        )
    return says_so or (profile is not None and profile.scripted)
