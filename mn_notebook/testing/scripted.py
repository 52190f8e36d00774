"""A scripted model in the same process: no sockets, no threads, no time but the clock's."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from typing_extensions import override

from mn_notebook.domain.ids import content_hash
from mn_notebook.domain.messages import (
    Message,
    ModelAnswer,
    ModelProfile,
    ModelRequest,
    Price,
    ToolCall,
)
from mn_notebook.errors import PermanentError, RunError, TransientError
from mn_notebook.ports import Clock, ModelClient
from mn_notebook.testing.model_wire import asked_in_process, pieces_of
from mn_notebook.testing.prompter import Answer, Prompter
from mn_notebook.testing.script import ModelFault, Script

_ANSWERED = frozenset(
    {
        *("malformed_arguments", "unknown_tool", "null_content"),
        *("stream_without_done", "refused_stream", "whole_for_stream"),
    }
)
"""Faults that a client hands on as an answer."""
_SILENT = frozenset({"hang", "drip", "endless_stream"})
_LASTING_CODES = frozenset({"insufficient_quota", "context_length_exceeded"})
_PASSING_STATUSES = frozenset({408, 409, 425, 429})


@dataclass(frozen=True, slots=True)
class MadeCall:
    """One call that was made, whatever became of it."""

    request: ModelRequest
    request_hash: str
    call_id: str | None


class ScriptedModel(ModelClient):
    """Answers from a script and fails as a real client would; notes each call before anything else.

    Without a clock no time passes: delays are skipped, and what hangs reaches its deadline at once.
    """

    def __init__(
        self,
        script: Script | None = None,
        *,
        clock: Clock | None = None,
        tool_mode: Literal["native", "schema"] = "native",
    ) -> None:
        self._prompter = Prompter(script or Script())
        self._clock = clock
        self._tool_mode: Literal["native", "schema"] = tool_mode
        self.calls: list[MadeCall] = []
        self.is_closed = False

    @property
    def counts(self) -> Counter[str]:
        """How often each request was made, by its hash."""
        return Counter(call.request_hash for call in self.calls)

    @override
    def profile(self, model: str | None) -> ModelProfile:
        return ModelProfile(
            name=model or self._prompter.script.model,
            provider="scripted",
            tool_mode=self._tool_mode,
            scripted=True,
        )

    @override
    async def complete(
        self,
        request: ModelRequest,
        *,
        timeout_seconds: float,
        call_id: str | None = None,
        on_text: Callable[[str], None] | None = None,
    ) -> ModelAnswer:
        asked_hash = content_hash(request.model_dump(mode="json"))
        self.calls.append(MadeCall(request, asked_hash, call_id))
        answer = self._prompter.answer(asked_in_process(request))
        delay = answer.reply.delay_seconds
        fault = answer.reply.fault
        if delay > timeout_seconds or (fault is not None and fault.kind in _SILENT):
            await self._wait(timeout_seconds)
            raise TransientError(f"scripted: no whole answer within {timeout_seconds:g} s")
        await self._wait(delay)
        if fault is not None and fault.kind not in _ANSWERED:
            raise _error_of(fault)
        if on_text is not None:
            for piece in pieces_of(answer.text or ""):
                on_text(piece)
        return _answer_of(answer, latency=delay)

    @override
    async def aclose(self) -> None:
        self.is_closed = True

    async def _wait(self, seconds: float) -> None:
        if self._clock is not None:
            await self._clock.sleep(seconds)


def _error_of(fault: ModelFault) -> RunError:
    message = f"scripted {fault.kind}: {fault.message}"
    if fault.kind not in {"status", "error_in_success", "error_chunk"}:
        return TransientError(message)
    is_passing = fault.status >= 500 or fault.status in _PASSING_STATUSES
    if fault.code in _LASTING_CODES or not is_passing:
        return PermanentError(f"{message} (HTTP {fault.status})")
    wait = fault.headers.get("retry-after")
    return TransientError(
        f"{message} (HTTP {fault.status})",
        retry_after_seconds=float(wait) if wait else None,
        too_fast=fault.status == 429,
        later=fault.status == 503 and wait is not None,
    )


def _answer_of(answer: Answer, *, latency: float) -> ModelAnswer:
    calls = tuple(
        ToolCall(
            id=call.id or f"call_{answer.request_hash[:8]}_{index}",
            name=call.name,
            arguments=call.arguments_text,
        )
        for index, call in enumerate(answer.calls)
    )
    return ModelAnswer.model_validate(
        {
            "message": Message(role="assistant", content=answer.text or "", tool_calls=calls),
            "finish_reason": answer.finish_reason,
            "model": answer.model,
            "provider": "scripted",
            "usage": answer.usage,
            "price": Price(usd=Decimal(0), source="scripted", matched=answer.model),
            "latency_seconds": latency,
            "scripted": True,
        }
    )
