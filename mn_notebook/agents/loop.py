"""Steps of kind ``agent``: the bounded loop of model and tool calls, each journaled.

What to do next is `mn_notebook.domain.turns.next_move`; this module does it. A finished call is
never made again: after a crash, a wait or a failed connection the loop goes on with the transcript
that the journal holds.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from pydantic import JsonValue

from mn_notebook.agents.budgets import estimate_of, is_reckoned_at_once, prepare
from mn_notebook.agents.calling import Caller, call
from mn_notebook.agents.effects import (
    Made,
    Target,
    Wanted,
    ask_about,
    ask_back,
    ask_for,
    judged,
    kept,
    key_of,
    look_into,
    make,
    proposal_of,
    started,
    wanted_from,
)
from mn_notebook.agents.judging import Judge
from mn_notebook.agents.lanes import lane_of
from mn_notebook.agents.limits import Limits
from mn_notebook.agents.text_watchers import ignore
from mn_notebook.agents.tools import Tool
from mn_notebook.domain.events import (
    AttemptEvent,
    ErrorInfo,
    ModelFailed,
    ModelRequested,
    ModelResponded,
)
from mn_notebook.domain.ids import CallId, content_hash
from mn_notebook.domain.judging import Verdict
from mn_notebook.domain.messages import Message, ModelAnswer, ModelProfile, ModelRequest
from mn_notebook.domain.state import Call
from mn_notebook.domain.tables import Table, as_sketches, table_text
from mn_notebook.domain.turns import (
    Agent,
    Answer,
    AskModel,
    Fail,
    Finish,
    Move,
    RefuseTool,
    Result,
    Transcript,
    UseTool,
    Wait,
    next_move,
)
from mn_notebook.domain.values import Stored
from mn_notebook.domain.workflow import AgentStep, Effect, Step
from mn_notebook.errors import ModelMissing, PermanentError, TransientError
from mn_notebook.ports import (
    Clock,
    FailedWith,
    Job,
    ModelClient,
    OnText,
    Outcome,
    Recorder,
    Succeeded,
    TextPiece,
    WaitsFor,
    Work,
)

MAX_TOOL_TEXT = 8_000
"""Characters of a tool's result that a model is shown; what is cut is said."""

_LONGEST_CALL_SECONDS = 3600.0
"""Of a call in a step that says of itself that it has no timeout."""

FindTool = Callable[[str], Tool | None]
_SECONDS_TO_TELL = 1.0
"""Before the end of an attempt its model call ends, so that it can say what became of it."""


class AgentHandler:
    """Runs agents: asks models, makes the tool calls they want, waits for people."""

    def __init__(
        self,
        models: ModelClient,
        find_tool: FindTool,
        clock: Clock,
        *,
        absent: Callable[[str, str], str],
        judge: Judge | None = None,
        call: Caller = call,
        limits: Limits | None = None,
        on_text: OnText = ignore,
    ) -> None:
        """Ask ``models``, and find tools through ``find_tool``; ``call`` is how they are called.

        ``absent`` says what would bring a tool that is not there, ``judge`` which calls may be
        made. ``on_text`` is told what models say while they say it.
        """
        self.expand: Callable[[str], tuple[str, ...]] = lambda name: (name,)
        """Tells which tools a name means: several where it is that of a server."""
        self.call = call
        self.judge = judge or Judge()
        self.limits = limits or Limits(clock)
        self.on_text = on_text
        self._absent = absent
        self._models = models
        self._find_tool = find_tool
        self._clock = clock

    def missing(self, step: Step) -> str | None:
        """Say which tool is not there."""
        for use in _agent(step).tools:
            for name in self.expand(use.tool):
                if self._find_tool(name) is None:
                    return self._absent("tool", name)
        return None

    def effect(self, step: Step) -> Effect:
        """Return the strongest effect of the agent's tools."""
        effects = {tool.effect for tool in self._tools(_agent(step))}
        return (
            "write" if "write" in effects else "idempotent" if "idempotent" in effects else "read"
        )

    def identity(self, step: Step) -> JsonValue:
        """Return what determines an agent besides its prompt: model, schema, tools."""
        agent = _agent(step)
        return {
            "model": self._model_name(agent.model),
            "output": agent.output,
            "turns": agent.turns,
            "tools": [[tool.name, tool.hash] for tool in self._tools(agent)],
        }

    def _model_name(self, model: str | None) -> str | None:
        try:
            return self._models.profile(model).name
        except ModelMissing:
            return model

    def _tools(self, step: AgentStep) -> list[Tool]:
        return list(self._used(step).values())

    def _used(self, step: AgentStep) -> dict[str, Tool]:
        """Return the tools that are there, by the names that the workflow says."""
        names = [name for use in step.tools for name in self.expand(use.tool)]
        found = {name: self._find_tool(name) for name in names}
        return {name: tool for name, tool in found.items() if tool is not None}

    def opening(self, work: Work, recorder: Recorder) -> tuple[AttemptEvent, ...]:
        """Return the intent of the first model call, so that it costs no commit of its own."""
        try:
            loop = _Loop(self, work, recorder)
        except (ModelMissing, PermanentError):
            return ()  # `run` says so again, where it can fail the step.
        move = next_move(loop.agent, loop.transcript())
        if not is_reckoned_at_once(loop.profile):
            return ()
        if not isinstance(move, AskModel) or not self.limits.may_ask_at_once(loop.profile, work):
            return ()
        return (loop.requested(move),)

    def job(self, _work: Work, /) -> Job | None:
        """Return nothing: what is done here is journaled while it is done."""
        return None

    async def run(self, work: Work, recorder: Recorder) -> Outcome:
        """Run the loop to its end, or to where a person has to decide.

        Raises:
            ModelMissing: no model is configured.
        """
        loop = _Loop(self, work, recorder)
        return await loop.run()

    def resolve(self, work: Work) -> Agent:
        """Return what the agent was asked, with tools and model as they are now."""
        step = _agent(work.step)
        profile = self.profile_of(work)
        specs = [tool.spec(_bound(work, name)) for name, tool in self._used(step).items()]
        return Agent(
            prompt=str(work.input.get("prompt", "")),
            tools=tuple(specs),
            output=step.output,
            turns=step.turns,
            tool_mode=profile.tool_mode,
            model=profile.name,
        )

    def profile_of(self, work: Work) -> ModelProfile:
        """Return how the agent's model is spoken to."""
        return self._models.profile(work.model or _agent(work.step).model or work.workflow.model)

    def target(self, name: str, work: Work) -> Target:
        """Return what a tool call of the agent is made to, its bound arguments filled in."""
        used = self._used(_agent(work.step)).items()
        said, tool = next(((said, tool) for said, tool in used if tool.name == name), (name, None))
        if tool is None:
            message = f"the tool {name!r} is not there any more"
            raise PermanentError(message)
        bound = _bound(work, said)
        return Target(
            name=name,
            effect=tool.effect,
            function=tool.function,
            prepared=lambda args, key: tool.prepared({**args, **bound}, key),
            check=tool.check,
            concurrency=tool.concurrency,
            bound=bound,
            parameters=tool.parameters,
            said=said,
            compensates=tool.compensate is not None,
            timeout_seconds=tool.timeout_seconds,
            lane=lane_of(tool.name) if tool.serial else None,
        )

    @property
    def models(self) -> ModelClient:
        """Return who is asked."""
        return self._models

    @property
    def clock(self) -> Clock:
        """Return the clock that latencies are measured with."""
        return self._clock


class _Loop:
    """One attempt of one agent."""

    def __init__(self, handler: AgentHandler, work: Work, recorder: Recorder) -> None:
        self.agent = handler.resolve(work)
        self.profile = handler.profile_of(work)
        self._handler = handler
        self._work = work
        self._recorder = recorder
        self._ends_at: float | None = None
        """When the attempt's time is over, with a moment left to journal what became of it."""

    # --- the transcript ------------------------------------------------------------------------

    def transcript(self) -> Transcript:
        """Return what was said and done, from the journal's calls."""
        answers: list[Answer] = []
        results: list[Result] = []
        for known in self._recorder.calls():
            if known.kind == "model" and known.status == "succeeded":
                answers.append(self._answer(known))
            elif known.kind == "tool" and known.answers is not None:
                results.append(self._result(known))
        return Transcript(tuple(answers), tuple(results), self._work.attempt)

    def _answer(self, call: Call) -> Answer:
        message = Message.model_validate(self._recorder.load(call.result))
        return Answer(call.id, message, call.finish_reason, call.attempt)

    def _result(self, call: Call) -> Result:
        status = call.status
        return Result(
            answers=call.answers or "",
            index=call.index,
            call_id=call.id,
            status=status if status != "lost" else "open",
            text=self._told(call),
            approved=call.approved,
            not_happened=call.not_happened,
        )

    def _told(self, call: Call) -> str:
        if call.status == "answered":
            answer = cut(self._recorder.load(call.result))
            return f"the tool was not called; {call.decided_by or 'a person'} answered: {answer}"
        if call.status in ("succeeded", "settled"):
            return f"{self._edited(call)}{cut(self._recorder.load(call.result))}"
        if call.status == "failed" and call.error is not None:
            return f"error: {call.error.message}"
        return f"refused: {call.because}" if call.status == "refused" else ""

    def _edited(self, call: Call) -> str:
        """Tell the model that the call was made with other arguments than it gave."""
        if not call.decided_by:
            return ""
        args = cut(self._recorder.load(call.args))
        return f"({call.decided_by} had it called with other arguments: {args}) "

    # --- the loop ------------------------------------------------------------------------------

    async def run(self) -> Outcome:
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
            case AskModel():
                return await self._announce_and_ask(move)
            case UseTool():
                return await self._use(move)
            case RefuseTool():
                await self._recorder.record(self._refusal(move))
                return None
            case Wait(call_ids):
                return self._still_waiting(call_ids)
            case Finish(output):
                return Succeeded(output)
            case Fail(because, kind):
                return FailedWith(ErrorInfo(type=kind, message=because, permanent=True))

    # --- models --------------------------------------------------------------------------------

    def requested(self, move: AskModel) -> ModelRequested:
        """Return the intent of a model call."""
        request = move.request
        return ModelRequested(
            path=self._work.path,
            attempt=self._work.attempt,
            call_id=self._next_call_id(),
            model=request.model,
            messages=tuple(
                content_hash(message.model_dump(mode="json"))[:16] for message in request.messages
            ),
            request_hash=request_hash(request),
            reask=move.reask,
            max_tokens=request.max_tokens,
            estimate=estimate_of(self.profile, request),
        )

    def _next_call_id(self) -> CallId:
        """Number calls over all attempts: the journal's count, and what is new in this one."""
        known = len(self._recorder.calls()) - len(self._work.calls)
        return CallId(f"{self._work.path}!{self._work.call_count + known + 1}")

    async def _announce_and_ask(self, move: AskModel) -> FailedWith | None:
        """Announce a call when it may begin at once, not before, and make it."""
        limits, ways = self._handler.limits, (self._recorder, self._untimed)
        await prepare(self.profile)
        async with limits.asking(self.profile, self._work, *ways, move.request):
            requested = self.requested(move)
            await self._recorder.record(requested)
            return await self._ask(requested.call_id)

    async def _ask_announced(self, call_id: CallId) -> FailedWith | None:
        limits, ways = self._handler.limits, (self._recorder, self._untimed)
        async with limits.asking(self.profile, self._work, *ways, None):
            return await self._ask(call_id)

    async def _ask(self, call_id: CallId) -> FailedWith | None:
        """Make the announced call, and journal its answer; or return the attempt's failure."""
        move = next_move(self.agent, self.transcript())
        if not isinstance(move, AskModel):
            message = "the transcript changed under a model call that had been announced"
            raise PermanentError(message)
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
        await self._recorder.record(self._responded(call_id, answer, stored))
        return None

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
        )
        failed = ModelFailed(
            path=self._work.path,
            call_id=call_id,
            error=error,
            latency_seconds=round(seconds, 6),
            paid=isinstance(fault, TransientError) and fault.paid,
        )
        return FailedWith(error, (failed,))

    def _responded(self, call_id: CallId, answer: ModelAnswer, message: Stored) -> ModelResponded:
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
        )

    # --- tools ---------------------------------------------------------------------------------

    async def _use(self, move: UseTool) -> Outcome | None:
        target = self._handler.target(move.tool, self._work)
        if move.result is not None:
            return await self._use_again(target, move.result)
        # In full, with what the model does not see: it is journaled, asked about and made so.
        wanted = self._wanted(move, target.effect, target.bound)
        verdict = self._judged(target, wanted)
        if verdict.outcome == "allow":
            return await self._announce_and_make(target, wanted, verdict.rules)
        fact = judged(self._work, wanted, self._recorder, verdict)
        if verdict.outcome == "refuse":
            await self._recorder.record(fact)
            return None
        return ask_for(target, wanted, verdict, (fact,), said=self._said())

    def _judged(self, target: Target, wanted: Wanted) -> Verdict:
        return self._handler.judge(self._work, proposal_of(target, wanted), self._recorder)

    def _said(self) -> str:
        """Return what the agent said with its last calls, where it said anything in words."""
        answers = self.transcript().answers
        native = bool(answers) and self.agent.tool_mode == "native"
        return answers[-1].message.content.strip() if native else ""

    async def _use_again(self, target: Target, result: Result) -> Outcome | None:
        """Go on with a call that was approved, settled as not happened, or left open by a crash."""
        call = next(call for call in self._recorder.calls() if call.id == result.call_id)
        wanted = wanted_from(call, self._recorder)
        left_open = result.status == "open"
        if left_open and target.effect == "write":
            made = await look_into(
                target,
                wanted,
                self._work,
                self._recorder,
                self._handler.clock,
                self._handler.call,
            )
            if made.doubtful and made.events[0].kind == "tool.in_doubt":
                return ask_about(wanted, made)
            await self._recorder.record(*made.events)
            return None
        return await self._announce_and_make(target, wanted)

    async def _announce_and_make(
        self, target: Target, wanted: Wanted, rules: tuple[str, ...] = ()
    ) -> Outcome | None:
        """Announce a call when it may begin at once, not before, and make it."""
        limits, ways = self._handler.limits, (self._recorder, self._untimed)
        async with limits.using(
            target.name, target.concurrency, self._work, *ways, lane=target.lane
        ):
            await self._recorder.record(started(self._work, wanted, self._recorder, target, rules))
            return await self._make(target, wanted)

    async def _make(self, target: Target, wanted: Wanted) -> Outcome | None:
        handler = self._handler
        made = await make(target, wanted, self._work, self._recorder, handler.clock, handler.call)
        handler.limits.used(target.name, self._work, made.error)
        if made.doubtful:
            return ask_about(wanted, made)
        if made.asked is not None:
            return ask_back(wanted, made.asked, *made.events)
        await self._recorder.record(*made.events)
        return None

    def _wanted(
        self,
        move: UseTool | RefuseTool,
        effect: Effect,
        bound: Mapping[str, JsonValue] | None = None,
    ) -> Wanted:
        args: dict[str, JsonValue]
        args = move.args if isinstance(move.args, dict) else {"malformed": move.args}
        args = {**args, **(bound or {})}
        calls = self._recorder.calls()
        return Wanted(
            call_id=self._next_call_id(),
            tool=move.tool,
            effect=effect,
            args=args,
            key=key_of(self._work, move.tool, args, calls),
            answers=CallId(move.answers),
            index=move.index,
        )

    def _refusal(self, move: RefuseTool) -> AttemptEvent:
        wanted = self._wanted(move, "write")
        return judged(self._work, wanted, self._recorder, Verdict("refuse", because=move.because))

    def _still_waiting(self, call_ids: tuple[str, ...]) -> WaitsFor:
        call = next(call for call in self._recorder.calls() if call.id in call_ids)
        wanted = wanted_from(call, self._recorder)
        if call.status == "in_doubt":
            return ask_about(wanted, Made(()))
        if call.asks is not None:
            return ask_back(wanted, call.asks)
        target = self._handler.target(call.name, self._work)
        return ask_for(target, wanted, self._judged(target, wanted), said=self._said())


def request_hash(request: ModelRequest) -> str:
    """Name a model request: equal requests have equal hashes."""
    return content_hash(request.model_dump(mode="json"))[:32]


def cut(value: JsonValue) -> str:
    """Return a tool's result as a model is shown it; of a table, its columns and a sample."""
    if isinstance(value, Table):
        value = table_text(value)
    text = value if isinstance(value, str) else json.dumps(as_sketches(value), ensure_ascii=False)
    if len(text) <= MAX_TOOL_TEXT:
        return text
    return f"{text[:MAX_TOOL_TEXT]}… (cut: {len(text) - MAX_TOOL_TEXT} characters more)"


def _bound(work: Work, name: str) -> dict[str, JsonValue]:
    """Return the arguments of a tool that the workflow sets and no model sees."""
    bound = work.input.get("tools")
    given = bound.get(name) if isinstance(bound, dict) else None
    return given if isinstance(given, dict) else {}


def _agent(step: Step) -> AgentStep:
    if not isinstance(step, AgentStep):
        message = f"expected an agent step, found {step.kind}"
        raise PermanentError(message)
    return step
