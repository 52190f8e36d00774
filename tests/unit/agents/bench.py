"""Makes attempts at one step as the engine would: opening, run, outcome, all of it folded."""

import asyncio
import io
import sys
from collections.abc import Awaitable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, TypeVar

from pydantic import JsonValue

from mn_notebook.agents.calling import route_prints, unroute_prints
from mn_notebook.domain.events import (
    ApprovalDecided,
    AttemptEvent,
    Recorded,
    RunCreated,
    RunEvent,
    RunStarted,
    StepFailed,
    StepInterrupted,
    StepResumed,
    StepStarted,
    ToolSettled,
)
from mn_notebook.domain.fold import apply, beginning
from mn_notebook.domain.ids import ApprovalId, AttemptToken, RunId, StepPath
from mn_notebook.domain.state import Call, Instance
from mn_notebook.domain.values import Stored
from mn_notebook.domain.workflow import AgentStep, PythonStep, Step, ToolStep, ToolUse, Workflow
from mn_notebook.engine.decisions import approval_of_calls
from mn_notebook.engine.drafts import DraftRecorder, situation_of
from mn_notebook.engine.retries import held_back
from mn_notebook.engine.values import Values
from mn_notebook.ports import (
    FailedWith,
    Held,
    NotYet,
    Outcome,
    Situation,
    StepHandler,
    Succeeded,
    WaitsFor,
    Work,
)
from mn_notebook.testing.doubles import FakeClock

PATH = StepPath("act")
RUN = RunId("run0000000000000")
E = TypeVar("E")


class MemoryArtifacts:
    """Artifacts in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def put(self, content: bytes, *, media_type: str) -> str:
        name = f"{len(self.kept):064d}"
        self.kept[name] = content
        return name

    def get(self, sha256: str) -> bytes:
        return self.kept[sha256]


def an_agent(*tools: str | ToolUse, **changes: object) -> AgentStep:
    uses = tuple(ToolUse(tool=use) if isinstance(use, str) else use for use in tools)
    return AgentStep.model_validate(
        {"name": PATH, "prompt": "What is known?", "tools": uses, **changes}
    )


def a_tool_step(tool: str = "send", **changes: object) -> ToolStep:
    return ToolStep.model_validate({"name": PATH, "tool": tool, **changes})


def a_python_step(function: str = "work", **changes: object) -> PythonStep:
    return PythonStep.model_validate({"name": PATH, "function": function, **changes})


class Bench:
    """One step of one run, and the handler that does its work."""

    def __init__(
        self,
        handler: StepHandler,
        step: Step,
        given: Mapping[str, JsonValue] | None = None,
        *,
        authorised: Collection[str] = (),
    ) -> None:
        self.handler = handler
        self.step = step
        self.events: list[RunEvent | AttemptEvent] = []
        self.waits: WaitsFor | None = None
        self.commits: list[tuple[RunEvent | AttemptEvent, ...]] = []
        self._values = Values(MemoryArtifacts())
        self._authorised = authorised
        self._clock = FakeClock()
        workflow = Workflow(name="w", group="w", steps=(step,))
        self._state = beginning(workflow, RUN)
        self._given = dict(given or {})
        created = RunCreated(
            workflow="w",
            workflow_hash=workflow.hash,
            origin="here",
            title="",
            inputs=Stored(value={}),
            by="ann",
        )
        self.fold(created, RunStarted())

    # --- what happened -------------------------------------------------------------------------

    def fold(self, *events: RunEvent | AttemptEvent) -> None:
        for event in events:
            recorded = Recorded(
                run_id=RUN, seq=self._state.head + 1, at=self._clock.now(), event=event
            )
            self._state = apply(self._state, recorded)
            self.events.append(event)
        self.commits.append(events)

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def kinds(self) -> list[str]:
        return [str(event.kind) for event in self.events]

    @property
    def instance(self) -> Instance:
        return self._state.instances[PATH]

    # --- the recorder --------------------------------------------------------------------------

    async def record(self, *events: AttemptEvent) -> None:
        self.fold(*events)

    def untimed(self) -> AbstractContextManager[None]:
        return nullcontext()

    def situation(self) -> Situation:
        return situation_of(self._state)

    def calls(self) -> tuple[Call, ...]:
        return self.instance.calls

    def keep(self, value: JsonValue) -> Stored:
        return self._values.keep(value)

    def load(self, stored: Stored) -> JsonValue:
        return self._values.load(stored)

    # --- attempts ------------------------------------------------------------------------------

    def work(self, attempt: int) -> Work:
        known = self._state.instances.get(PATH)
        limited = self._state.limited.get(PATH)
        return Work(
            run_id=RUN,
            path=PATH,
            step=self.step,
            attempt=attempt,
            input=self._given,
            calls=known.calls if known else (),
            call_count=known.call_count if known else 0,
            authorised=self._authorised,
            workflow=self._state.workflow,
            ticket=limited.ticket if limited else "",
        )

    def begin(self) -> None:
        """Start an attempt: what the opening announces goes into the same commit."""
        known = self._state.instances.get(PATH)
        attempt = 1 + (known.attempt if known else 0)
        work = self.work(attempt)
        opening = self.handler.opening(work, DraftRecorder(work.calls, self._values, self._state))
        started = StepStarted(
            path=PATH,
            attempt=attempt,
            token=AttemptToken(f"t{attempt}"),
            input=self.keep(self._given),
            step_key="",
        )
        self.fold(started, *opening)

    async def attempt(self) -> Outcome:
        self.begin()
        return await self.run()

    async def run(self) -> Outcome:
        work = self.work(self.instance.attempt)
        try:
            outcome = await self.handler.run(work, self)
        except NotYet as wait:
            outcome = wait.held
        self.fold(*outcome.events)
        match outcome:
            case FailedWith(error):
                self.fold(StepFailed(path=PATH, attempt=work.attempt, error=error, final=False))
            case WaitsFor():
                self.waits = outcome
                self.fold(
                    approval_of_calls(
                        self._state,
                        PATH,
                        outcome,
                        ApprovalId(f"a{len(self.events)}"),
                        FakeClock().now(),
                    )
                )
            case Held():
                self.fold(*held_back(self.instance, outcome))
            case Succeeded():
                pass
        return outcome

    def decide(self, decision: str, *, because: str = "", value: JsonValue = None) -> None:
        """Decide what is waited for, as the engine journals it."""
        (waiting,) = self._state.approvals.values()
        request = waiting.request
        fact = {
            "approval_id": request.approval_id,
            "path": PATH,
            "decision": decision,
            "by": "bob",
            "via": "test",
            "decided_at": self._clock.now(),
            "because": because,
        }
        self.fold(ApprovalDecided.model_validate(fact))
        if decision not in ("happened", "not_happened"):
            return
        for call in request.calls:
            settled = {
                "path": PATH,
                "call_id": call.call_id,
                "outcome": decision,
                "output": self.keep(value),
                "by": "bob",
            }
            self.fold(ToolSettled.model_validate(settled))

    async def go_on(self) -> Outcome:
        """Go on after a decision, in the same attempt."""
        attempt = self.instance.attempt
        token = self.instance.token or AttemptToken("")
        self.fold(StepResumed(path=PATH, attempt=attempt, token=token))
        return await self.run()

    def die(self) -> None:
        """Let the process of the attempt die: whatever was not folded never was."""
        attempt = self.instance.attempt
        self.fold(StepInterrupted(path=PATH, attempt=attempt, because="killed"))


async def settled(*coroutines: Awaitable[Any]) -> list[Any]:
    """Return how each of them ended, by a value or an exception, once all have."""
    tasks = [asyncio.ensure_future(each) for each in coroutines]
    await asyncio.wait(tasks)
    return [None if t.cancelled() else t.exception() or t.result() for t in tasks]


def output_of(outcome: Outcome) -> JsonValue:
    assert isinstance(outcome, Succeeded), outcome
    return outcome.output


def error_of(outcome: Outcome) -> str:
    assert isinstance(outcome, FailedWith), outcome
    return outcome.error.message


@contextmanager
def a_cell() -> Iterator[io.StringIO]:
    """What reaches the cell, or the terminal, that happens to run."""
    stream, before = io.StringIO(), (sys.stdout, sys.stderr)
    sys.stdout = sys.stderr = stream
    try:
        route_prints()
        yield stream
        unroute_prints()
        assert sys.stdout is stream
    finally:
        sys.stdout, sys.stderr = before
