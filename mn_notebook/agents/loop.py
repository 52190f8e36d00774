"""The bounded loop of model and tool calls of one attempt of an agent, each journaled.

What to do next is `mn_notebook.domain.turns.next_move`; this module does it. A finished call is
never made again: after a crash, a wait or a failed connection the loop goes on with the transcript
that the journal holds.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from mn_notebook.agents.agent_tools import AgentTools, Surroundings
from mn_notebook.agents.budgets import estimate_of, prepare
from mn_notebook.agents.effects import kept
from mn_notebook.agents.numbering import next_call_id
from mn_notebook.agents.reuse import Sought, request_hash
from mn_notebook.agents.told import transcript_of
from mn_notebook.domain.events import (
    AttemptEvent,
    ErrorInfo,
    ModelFailed,
    ModelRequested,
    ModelResponded,
    ModelReused,
    ToolShortened,
)
from mn_notebook.domain.ids import CallId, content_hash
from mn_notebook.domain.long_results import Shown
from mn_notebook.domain.messages import Message, ModelAnswer, ModelProfile
from mn_notebook.domain.transcripts import Agent, Answer, Result, Transcript
from mn_notebook.domain.turns import (
    AskModel,
    Fail,
    Finish,
    Move,
    RefuseTool,
    Shorten,
    Summarise,
    UseTool,
    Wait,
    next_move,
    summarised,
)
from mn_notebook.domain.values import Stored
from mn_notebook.errors import PermanentError, TransientError
from mn_notebook.ports import (
    FailedWith,
    ModelClient,
    OnText,
    Outcome,
    Recorder,
    Succeeded,
    TextPiece,
    Work,
)

_LONGEST_CALL_SECONDS = 3600.0
"""Of a call in a step that says of itself that it has no timeout."""
_SECONDS_TO_TELL = 1.0
"""Before the end of an attempt its model call ends, so that it can say what became of it."""

Asking = AskModel | Summarise


class Handler(Surroundings, Protocol):
    """What an attempt of an agent needs around it."""

    on_text: OnText

    @property
    def models(self) -> ModelClient:
        """Return who is asked."""
        ...

    def resolve(self, work: Work) -> Agent:
        """Return what the agent was asked, with tools and models as they are now."""
        ...

    def profiles_of(self, work: Work) -> tuple[ModelProfile, ...]:
        """Return how the models of its ladder are spoken to."""
        ...

    def profile(self, model: str) -> ModelProfile:
        """Return how a model is spoken to."""
        ...


class Loop:
    """One attempt of one agent."""

    def __init__(self, handler: Handler, work: Work, recorder: Recorder) -> None:
        """Prepare the attempt.

        Raises:
            ModelMissing: a model that it may ask is not configured.
        """
        self.agent = handler.resolve(work)
        self.profiles = handler.profiles_of(work)
        self._handler = handler
        self._work = work
        self._recorder = recorder
        self._tools = AgentTools(handler, work, recorder, self._untimed, self._said)
        self._ends_at: float | None = None
        """When the attempt's time is over, with a moment left to journal what became of it."""

    def transcript(self) -> Transcript:
        """Return what was said and done so far."""
        return transcript_of(self._work, self._recorder)

    async def run(self) -> Outcome:
        """Go on until the attempt has an outcome, or a person has to decide."""
        seconds = self._work.step.timeout_seconds
        if seconds is not None:
            to_tell = min(_SECONDS_TO_TELL, seconds * 0.2)
            self._ends_at = self._handler.clock.monotonic() + seconds - to_tell
        while True:
            outcome = await self._step()
            if outcome is not None:
                return outcome

    async def _step(self) -> Outcome | None:
        fresh = self._fresh_model_call()
        if fresh is not None:
            return await self._ask_announced(fresh)
        return await self._follow(next_move(self.agent, self.transcript()))

    def _fresh_model_call(self) -> CallId | None:
        """Return a model call that this very attempt announced and has not made yet."""
        for known in self._recorder.calls():
            is_open = known.kind == "model" and known.status == "open"
            if is_open and known.attempt == self._work.attempt:
                return known.id
        return None

    async def _follow(self, move: Move) -> Outcome | None:
        match move:
            case AskModel() | Summarise():
                return await self._ask_or_reuse(move)
            case UseTool():
                return await self._tools.use(move)
            case RefuseTool():
                await self._recorder.record(self._tools.refusal(move))
                return None
            case Shorten(result, shown):
                await self._recorder.record(self._shortened(result, shown))
                return None
            case Wait(call_ids):
                return self._tools.still_waiting(call_ids)
            case Finish(output):
                return Succeeded(output)
            case Fail(because, kind):
                return FailedWith(ErrorInfo(type=kind, message=because, permanent=True))

    def _said(self) -> str:
        """Return what the agent said with its last calls, where it said anything in words."""
        answers = self.transcript().answers
        native = bool(answers) and bool(answers[-1].message.tool_calls)
        return answers[-1].message.content.strip() if native else ""

    # --- models --------------------------------------------------------------------------------

    def requested(self, move: Asking) -> ModelRequested:
        """Return the intent of a model call."""
        request, profile = move.request, self._profile_of(move)
        return ModelRequested(
            path=self._work.path,
            attempt=self._work.attempt,
            call_id=next_call_id(self._work, self._recorder),
            model=request.model,
            messages=tuple(
                content_hash(message.model_dump(mode="json"))[:16] for message in request.messages
            ),
            request_hash=request_hash(request),
            reask=isinstance(move, AskModel) and move.reask,
            max_tokens=request.max_tokens,
            estimate=estimate_of(profile, request),
            tool_mode=profile.tool_mode,
            rung=move.rung if isinstance(move, AskModel) else 0,
            climbed=move.climbed if isinstance(move, AskModel) else "",
            about=CallId(move.result.call_id) if isinstance(move, Summarise) else None,
        )

    def _profile_of(self, move: Asking) -> ModelProfile:
        if isinstance(move, AskModel):
            return self.profiles[move.rung]
        return self._handler.profile(move.request.model)

    async def _ask_or_reuse(self, move: Asking) -> FailedWith | None:
        """Take over the answer to an identical call, or make this one."""
        reuse, profile = self._handler.reuse, self._profile_of(move)
        sought = reuse.of_model(self._work, profile, move.request)
        if sought is None:
            return await self._announce_and_ask(move, profile, None)
        async with reuse.alone(sought, self._untimed) as found:
            if found is None:
                return await self._announce_and_ask(move, profile, sought)
            reused = found.for_model(self.requested(move), self._work)
            await self._recorder.record(reused, *self._settled(move, reused.call_id, reused))
            return None

    async def _announce_and_ask(
        self, move: Asking, profile: ModelProfile, sought: Sought | None
    ) -> FailedWith | None:
        """Announce a call when it may begin at once, not before, and make it."""
        limits, ways = self._handler.limits, (self._recorder, self._untimed)
        await prepare(profile)
        async with limits.asking(profile, self._work, *ways, move.request):
            requested = self.requested(move)
            await self._recorder.record(requested)
            return await self._ask(move, requested.call_id, sought)

    async def _ask_announced(self, call_id: CallId) -> FailedWith | None:
        """Make a call that was announced with the attempt."""
        move = next_move(self.agent, self.transcript())
        if not isinstance(move, AskModel):
            message = "the transcript changed under a model call that had been announced"
            raise PermanentError(message)
        profile = self._profile_of(move)
        limits, ways = self._handler.limits, (self._recorder, self._untimed)
        sought = self._handler.reuse.of_model(self._work, profile, move.request)
        async with limits.asking(profile, self._work, *ways, None):
            return await self._ask(move, call_id, sought)

    async def _ask(self, move: Asking, call_id: CallId, sought: Sought | None) -> FailedWith | None:
        """Make the announced call, and journal its answer; or return the attempt's failure."""
        clock = self._handler.clock
        began = clock.monotonic()
        try:
            answer = await self._handler.models.complete(
                move.request,
                timeout_seconds=self._seconds_left(),
                call_id=f"{self._work.run_id}/{call_id}",
                on_text=self._watched(call_id),
            )
        except (TransientError, PermanentError) as fault:
            self._handler.limits.failed(self._work, fault)
            return self._model_failed(call_id, fault, clock.monotonic() - began)
        self._handler.limits.answered(self._work, answer.usage)
        message_body = answer.message.model_dump(mode="json")
        stored = await kept(message_body, self._recorder, self._handler.clock)
        responded = self._responded(call_id, answer, stored, sought)
        await self._recorder.record(responded, *self._settled(move, call_id, answer))
        if sought is not None:
            self._handler.reuse.remember(sought, self._work, responded)
        return None

    def _settled(
        self, move: Asking, call_id: CallId, answer: ModelAnswer | ModelReused
    ) -> tuple[AttemptEvent, ...]:
        """Return what a summary settles: that it is what the model is shown."""
        if not isinstance(move, Summarise):
            return ()
        said = self._message_of(answer)
        shown = summarised(self.agent, move.result, Answer(call_id, said, answer.finish_reason))
        return (self._shortened(move.result, shown, call_id),)

    def _message_of(self, answer: ModelAnswer | ModelReused) -> Message:
        if isinstance(answer, ModelAnswer):
            return answer.message
        return Message.model_validate(self._recorder.load(answer.message))

    def _shortened(self, result: Result, shown: Shown, by: CallId | None = None) -> ToolShortened:
        summary = None if shown.summary is None else self._recorder.keep(shown.summary)
        return ToolShortened(
            path=self._work.path,
            call_id=CallId(result.call_id),
            over=self.agent.long_results.over,
            characters=shown.characters,
            first=shown.first,
            last=shown.last,
            summary=summary,
            by=by,
            because=shown.because,
        )

    def _seconds_left(self) -> float:
        """Return how long a call may take, so that it ends before its attempt is ended.

        Then its failure is journaled as what it is, and counts against its server.
        """
        if self._ends_at is None:
            return _LONGEST_CALL_SECONDS
        return max(0.0, self._ends_at - self._handler.clock.monotonic())

    @contextmanager
    def _untimed(self) -> Iterator[None]:
        """Let the attempt, and its calls, have as much time after a queue as before it."""
        clock = self._handler.clock
        began = clock.monotonic()
        with self._recorder.untimed():
            yield
        if self._ends_at is not None:
            self._ends_at += clock.monotonic() - began

    def _watched(self, call_id: CallId) -> Callable[[str], None]:
        """Return what hands a call's text on to who watches."""
        work, on_text = self._work, self._handler.on_text
        return lambda text: on_text(TextPiece(work.run_id, work.path, work.attempt, call_id, text))

    def _model_failed(
        self, call_id: CallId, fault: TransientError | PermanentError, seconds: float
    ) -> FailedWith:
        wait = fault.retry_after_seconds if isinstance(fault, TransientError) else None
        error = ErrorInfo(
            type=type(fault).__name__,
            message=str(fault),
            permanent=isinstance(fault, PermanentError),
            retry_after_seconds=wait,
            later=isinstance(fault, TransientError) and fault.later,
        )
        failed = ModelFailed(
            path=self._work.path,
            call_id=call_id,
            error=error,
            latency_seconds=round(seconds, 6),
            paid=isinstance(fault, TransientError) and fault.paid,
        )
        return FailedWith(error, (failed,))

    def _responded(
        self, call_id: CallId, answer: ModelAnswer, message: Stored, sought: Sought | None
    ) -> ModelResponded:
        takes = sought is not None and answer.finish_reason in ("stop", "tool_calls")
        return ModelResponded(
            path=self._work.path,
            call_id=call_id,
            message=message,
            finish_reason=answer.finish_reason,
            model=answer.model,
            provider=answer.provider,
            usage=answer.usage,
            price=answer.price,
            latency_seconds=round(answer.latency_seconds, 6),
            scripted=answer.scripted,
            request_id=answer.request_id,
            remembered=sought.name if sought is not None and takes else "",
        )
