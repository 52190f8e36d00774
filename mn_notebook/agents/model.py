"""Makes model calls over the chat-completions protocol."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import JsonValue
from typing_extensions import override

from mn_notebook.agents.endpoints import (
    SCRIPTED_PREFIX,
    SERVERS_CHOICE,
    Endpoint,
    ModelEndpoints,
    shown_url,
)
from mn_notebook.agents.model_connection import Connections
from mn_notebook.agents.model_errors import Asked, OptionRefused, deadline_error
from mn_notebook.agents.model_stream import StreamedCompletion
from mn_notebook.agents.model_wire import (
    Heard,
    Response,
    read_answer,
    read_completion,
    read_first_model,
    write_request,
)
from mn_notebook.agents.prices import price_of
from mn_notebook.domain.messages import ModelAnswer, ModelProfile, ModelRequest
from mn_notebook.errors import ModelMissing, PermanentError
from mn_notebook.ports import Clock, ModelClient

SCRIPTED_HEADER = "x-mn-scripted"

OnDelta = Callable[[str], None]


class OpenAIModels(ModelClient):
    """Speaks to any server with OpenAI's chat completions; each call is one request.

    Answers are streamed where the server can; the deadline holds for the whole stream, and the
    answer is what it would be without. Only an option that a server refuses costs a second request.

    After a crash nothing is left to clean up here: whether a call that was under way was answered,
    and paid for, only the server knows.
    """

    def __init__(self, endpoints: ModelEndpoints, clock: Clock) -> None:
        self._endpoints = endpoints
        self._clock = clock
        self._connections = Connections(clock)
        self._left_out: dict[tuple[str, str], set[str]] = {}
        """What a server has refused to hear of, by its address and the model."""
        self._first_models: dict[str, str] = {}
        self._listing = asyncio.Lock()
        """Held while a server is asked for its models, so that it is asked once."""

    @override
    def profile(self, model: str | None) -> ModelProfile:
        return self._endpoints.profile(model)

    @override
    async def complete(
        self,
        request: ModelRequest,
        *,
        timeout_seconds: float,
        call_id: str | None = None,
        on_text: Callable[[str], None] | None = None,
    ) -> ModelAnswer:
        asked = Asked(request.model, "an endpoint that was still being started")
        await self._connections.prepare()
        try:
            async with asyncio.timeout(timeout_seconds):
                endpoint = await self._endpoints.endpoint(request.model)
                asked = _asked(request.model, endpoint)
                return await self._ask(endpoint, request, call_id, on_text or _nobody)
        except TimeoutError as error:
            raise deadline_error(asked, timeout_seconds) from error

    @override
    async def aclose(self) -> None:
        await self._connections.aclose()

    async def _ask(
        self, endpoint: Endpoint, request: ModelRequest, call_id: str | None, on_text: OnDelta
    ) -> ModelAnswer:
        """Ask; and once more without an option that the server refuses to hear of.

        A refusal comes before any work, so that nothing is paid for twice; it is remembered.
        """
        profile = endpoint.profile
        model = profile.name if profile else await self._first_model(endpoint)
        left_out = self._left_out.setdefault((endpoint.base_url, model), set())
        question = _Question(_asked(model, endpoint), endpoint, request, call_id, on_text)
        while True:
            asked_without = frozenset(left_out)  # others may hear of a refusal meanwhile
            try:
                answer = await self._ask_once(question, asked_without)
            except OptionRefused as refused:
                if refused.option in asked_without:
                    raise
                left_out.add(refused.option)
                continue
            if answer.usage is None:
                left_out.add("stream")  # What a call used is worth more than to see it come.
            return answer

    async def _ask_once(self, question: "_Question", left_out: frozenset[str]) -> ModelAnswer:
        asked, endpoint = question.asked, question.endpoint
        profile = self._endpoints.profile(question.request.model)
        streams = profile.streams and "stream" not in left_out
        body = write_request(
            question.request,
            model=asked.model,
            provider=endpoint.provider,
            streams=streams,
            left_out=left_out,
        )
        began = self._clock.monotonic()
        response, heard = await self._heard(question, body, streams=streams)
        latency = max(0.0, self._clock.monotonic() - began)
        scripted = _is_scripted(asked, endpoint.profile, response)
        provider = "scripted" if scripted else endpoint.provider
        return self._answer(
            heard, response, asked_model=asked.model, provider=provider, latency=latency
        )

    async def _heard(
        self, question: "_Question", body: dict[str, JsonValue], *, streams: bool
    ) -> tuple[Response, Heard]:
        asked, endpoint, call_id = question.asked, question.endpoint, question.call_id
        heard: list[StreamedCompletion] = []

        def listen(head: Response) -> StreamedCompletion:
            heard.append(
                StreamedCompletion(
                    asked, now=self._clock.now(), headers=head.headers, on_text=question.on_text
                )
            )
            return heard[0]

        if not streams:
            response = await self._connections.post(asked, endpoint, body, call_id)
        else:
            response = await self._connections.stream(asked, endpoint, body, call_id, listen)
        if heard:
            return response, read_completion(asked, heard[0].completion())
        answer = read_answer(asked, response, now=self._clock.now())
        if answer.message.content:
            question.on_text(answer.message.content)
        return response, answer

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


@dataclass(frozen=True, slots=True)
class _Question:
    """One call: what is asked, of whom, and who wants to hear it."""

    asked: Asked
    endpoint: Endpoint
    request: ModelRequest
    call_id: str | None
    on_text: OnDelta


def _nobody(_text: str) -> None:
    """Watch nothing."""


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
