"""What speaks to models."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from mn_notebook.domain.ids import CallId, RunId, StepPath
from mn_notebook.domain.messages import ModelAnswer, ModelProfile, ModelRequest


@dataclass(frozen=True, slots=True)
class TextPiece:
    """A piece of a model's answer on its way: for those who watch, never journaled.

    An attempt that fails, or whose process dies, may have shown pieces of an answer that nobody
    ever gets; the next call has another ``call_id`` and begins anew.
    """

    run_id: RunId
    path: StepPath
    attempt: int
    call_id: CallId
    text: str


OnText = Callable[[TextPiece], None]
"""Told of each piece as it arrives, in the engine's thread; it must be quick and must not raise."""


class ModelClient(Protocol):
    """Speaks to models. It never retries: the journal owns retries."""

    def profile(self, model: str | None) -> ModelProfile:
        """Say how a model is spoken to; None asks for the default one.

        Raises:
            ModelMissing: nothing is configured that could answer.
        """
        ...

    async def complete(
        self,
        request: ModelRequest,
        *,
        timeout_seconds: float,
        call_id: str | None = None,
        on_text: Callable[[str], None] | None = None,
    ) -> ModelAnswer:
        """Make one call, under one overall deadline.

        A ``call_id`` is sent along, so that an outside that keeps books can recognise a repetition.
        ``on_text`` is told the answer's text as it arrives; the answer is the same without it.

        Raises:
            TransientError: trying again may help; the outcome at the server may be unknown.
            PermanentError: trying again cannot help.
            ModelMissing: nothing is configured that could answer.
        """
        ...

    async def aclose(self) -> None:
        """Let go of connections and of the local model."""
        ...
