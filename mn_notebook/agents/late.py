"""Puts off what a process may never need until it is needed: many runs ask no model at all."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from pydantic import JsonValue
from typing_extensions import override

from mn_notebook.domain.events import AttemptEvent
from mn_notebook.domain.messages import ModelAnswer, ModelProfile, ModelRequest
from mn_notebook.domain.workflow import Effect, Step
from mn_notebook.ports import Job, ModelClient, Outcome, Recorder, StepHandler, Work

T = TypeVar("T")


class Late(Generic[T]):
    """A thing that is made once, when it is first asked for, whichever thread asks."""

    def __init__(self, make: Callable[[], T]) -> None:
        """Make it with ``make``."""
        self._make = make
        self._lock = threading.Lock()
        """Protects the making: nothing is made twice."""
        self.made: T | None = None
        """The thing, or None while nobody has asked for it."""

    def get(self) -> T:
        """Return the thing."""
        if self.made is None:
            with self._lock:
                if self.made is None:
                    self.made = self._make()
        return self.made


class LateModels(ModelClient):
    """A model client that is put together for the first question about a model."""

    def __init__(self, make: Callable[[], ModelClient]) -> None:
        """Put it together with ``make``."""
        self._late = Late(make)

    @override
    def profile(self, model: str | None) -> ModelProfile:
        return self._late.get().profile(model)

    @override
    async def complete(
        self,
        request: ModelRequest,
        *,
        timeout_seconds: float,
        call_id: str | None = None,
        on_text: Callable[[str], None] | None = None,
    ) -> ModelAnswer:
        return await self._late.get().complete(
            request, timeout_seconds=timeout_seconds, call_id=call_id, on_text=on_text
        )

    @override
    async def aclose(self) -> None:
        if self._late.made is not None:
            await self._late.made.aclose()


class LateHandler(StepHandler):
    """A handler of steps that is put together for the first step of its kind."""

    def __init__(self, make: Callable[[], StepHandler]) -> None:
        """Put it together with ``make``."""
        self._late = Late(make)

    @override
    def missing(self, step: Step) -> str | None:
        return self._late.get().missing(step)

    @override
    def effect(self, step: Step) -> Effect:
        return self._late.get().effect(step)

    @override
    def identity(self, step: Step) -> JsonValue:
        return self._late.get().identity(step)

    @override
    def opening(self, work: Work, recorder: Recorder) -> tuple[AttemptEvent, ...]:
        return self._late.get().opening(work, recorder)

    @override
    def job(self, work: Work, /) -> Job | None:
        return self._late.get().job(work)

    @override
    async def run(self, work: Work, recorder: Recorder) -> Outcome:
        return await self._late.get().run(work, recorder)
