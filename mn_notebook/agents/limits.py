"""Keeps calls from queueing where they cannot be served: one local model answers few at a time."""

import asyncio

from mn_notebook.domain.messages import ModelAnswer, ModelProfile, ModelRequest
from mn_notebook.ports import ModelClient


class LimitedModels:
    """A model client that lets only so many calls reach the embedded model at once."""

    def __init__(self, inner: ModelClient, *, local_calls: int) -> None:
        """Pass calls on to ``inner``."""
        self._inner = inner
        self._local = asyncio.Semaphore(local_calls)

    def profile(self, model: str | None) -> ModelProfile:
        """Say how a model is spoken to."""
        return self._inner.profile(model)

    async def complete(
        self, request: ModelRequest, *, timeout_seconds: float, call_id: str | None = None
    ) -> ModelAnswer:
        """Make one call; waiting for a turn does not count against its deadline."""
        if self.profile(request.model).provider != "local":
            return await self._inner.complete(
                request, timeout_seconds=timeout_seconds, call_id=call_id
            )
        async with self._local:
            return await self._inner.complete(
                request, timeout_seconds=timeout_seconds, call_id=call_id
            )

    async def aclose(self) -> None:
        """Let go of connections."""
        await self._inner.aclose()
