"""Builds the large stores that ``scale.py`` measures: real journals, written through the store.

Every run is made of the events that a real one has: it is created, claimed under a fence, and its
events are appended in groups with the row that goes with them. Nothing is written past the
journal, so that what is measured is what a user would have. What a step did is not done, only
told.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from mn_notebook.clock import RandomIds, SystemClock
from mn_notebook.domain import events as e
from mn_notebook.domain.fold import apply, beginning
from mn_notebook.domain.ids import (
    ApprovalId,
    AttemptToken,
    CallId,
    Fence,
    ProcessId,
    RunId,
    StepName,
    StepPath,
)
from mn_notebook.domain.messages import Price, Usage
from mn_notebook.domain.values import Stored
from mn_notebook.domain.workflow import AgentStep, ApproveStep, ForEach, PythonStep, Workflow
from mn_notebook.engine.summary import summary_of
from mn_notebook.ports import Group, Summary
from mn_notebook.store.store import open_store

BEGAN = datetime(2030, 1, 1, 8, tzinfo=UTC)
ANSWER = Stored(value={"text": "x" * 200, "score": 0.5})
"""What a step returns here: about as much as a short answer of a model."""
FAULT = e.ErrorInfo(type="ValueError", message="the figure could not be read", permanent=True)
_GROUP = 400
"""Events appended at once."""


# --- workflows ---------------------------------------------------------------------------------


def _python(name: str, *needs: str, **more: Any) -> PythonStep:
    return PythonStep(
        name=StepName(name), function="work", needs=tuple(map(StepName, needs)), **more
    )


def chain(steps: int) -> Workflow:
    """Return a workflow of steps that each need the one before."""
    names = [f"s{n}" for n in range(steps)]
    before = [(), *((name,) for name in names[:-1])]
    return Workflow(
        name="chain",
        group="scale",
        steps=tuple(_python(name, *needs) for name, needs in zip(names, before, strict=True)),
    )


def wide(steps: int) -> Workflow:
    """Return a workflow of many steps between a first and a last one."""
    middle = [f"m{n}" for n in range(steps - 2)]
    return Workflow(
        name="wide",
        group="scale",
        steps=(
            _python("first"),
            *(_python(name, "first") for name in middle),
            _python("last", *middle),
        ),
    )


def each(items: int) -> Workflow:
    """Return a workflow with a step of many items."""
    for_each = ForEach(
        over=f"range({items}) | list", max_items=items, concurrency=50, on_error="collect"
    )
    return Workflow(
        name="each",
        group="scale",
        steps=(
            _python("load"),
            _python("check", "load", for_each=for_each),
            _python("sum", "check"),
        ),
    )


def asking() -> Workflow:
    """Return a workflow that does a step and asks a person."""
    ask = ApproveStep(
        name=StepName("review"),
        prompt="Publish the note?",
        needs=(StepName("draft"),),
        uses=(StepName("draft"),),
        show=("draft.text",),
    )
    return Workflow(name="asking", group="scale", steps=(_python("draft"), ask))


def agents(steps: int) -> Workflow:
    """Return a chain of agents, whose steps have many events each."""
    return Workflow(
        name="agents",
        group="scale",
        steps=tuple(
            AgentStep(
                name=StepName(f"a{n}"),
                prompt="Go on.",
                turns=100,
                needs=(StepName(f"a{n - 1}"),) if n else (),
            )
            for n in range(steps)
        ),
    )


# --- what their runs did -----------------------------------------------------------------------


def began(path: str, item: int | None = None) -> e.StepStarted:
    """Return the start of a step, or of an item."""
    node = None if item is None else path.partition("[")[0]
    return e.StepStarted(
        path=StepPath(path),
        attempt=1,
        token=AttemptToken(f"{path}#1"),
        input=Stored(value={"args": {}}),
        step_key="0" * 32,
        item=item,
        node=node,  # a NewType of str
    )


def done(path: str) -> e.StepSucceeded:
    """Return the success of a step, or of an item."""
    return e.StepSucceeded(path=StepPath(path), attempt=1, output=ANSWER)


def failed(path: str, item: int | None = None) -> e.StepFailed:
    """Return the failure of a step, or of an item, for good."""
    return e.StepFailed(path=StepPath(path), attempt=1, error=FAULT, final=True, item=item)


def walked(workflow: Workflow, upto: int) -> Iterator[Any]:
    """Do the first steps of a workflow in their order; the next one is left under way."""
    for step in workflow.steps[:upto]:
        yield began(step.name)
        yield done(step.name)
    if upto < len(workflow.steps):
        yield began(workflow.steps[upto].name)
    else:
        yield e.RunSucceeded(output=ANSWER)


def fanned(items: int) -> Iterator[Any]:
    """Do most items of ``each``: some fail, fifty are under way, a tenth has not begun."""
    yield from (began("load"), done("load"))
    keys = tuple(str(n) for n in range(items))
    yield e.StepExpanded(path=StepPath("check"), items=Stored(value=list(range(items))), keys=keys)
    started = items * 9 // 10
    for n in range(started):
        yield began(f"check[{n}]", n)
        if n < started - 50:
            yield failed(f"check[{n}]", n) if n % 97 == 5 else done(f"check[{n}]")


def asked(run_id: RunId) -> Iterator[Any]:
    """Do the first step of ``asking``, and ask."""
    yield from (began("draft"), done("draft"))
    yield e.StepStarted(
        path=StepPath("review"), attempt=1, token=AttemptToken(""), input=Stored(), step_key="k"
    )
    yield e.ApprovalRequested(
        approval_id=ApprovalId(f"{run_id}-a"),
        path=StepPath("review"),
        attempt=1,
        subject="approve",
        prompt="Publish the note?",
        shown=Stored(value={"draft.text": "x" * 200}),
    )


def talked(steps: int, calls: int) -> Iterator[Any]:
    """Do the steps of ``agents`` with many model calls each; the last one is under way."""
    for n in range(steps):
        path = StepPath(f"a{n}")
        yield began(path)
        for call in range(calls):
            call_id = CallId(f"a{n}.{call}")
            yield e.ModelRequested(
                path=path,
                attempt=1,
                call_id=call_id,
                model="m",
                messages=("0" * 32,),
                request_hash=f"{call:032}",
            )
            yield e.ModelResponded(
                path=path,
                call_id=call_id,
                message=Stored(value={"role": "assistant", "content": "x" * 200}),
                finish_reason="stop",
                model="m-1",
                provider="p",
                usage=Usage(input_tokens=100, output_tokens=50),
                price=Price(usd=Decimal("0.001"), source="scripted"),
                latency_seconds=0.5,
            )
        if n < steps - 1:
            yield done(path)


# --- stores ------------------------------------------------------------------------------------


class Seeder:
    """Writes runs into a store as their owners would have."""

    def __init__(self, path: Path, origin: str) -> None:
        """Open a store; its runs belong to ``origin``."""
        self._ids = RandomIds()
        self._origin = origin
        self.store = open_store(
            str(path), clock=SystemClock(), ids=self._ids, threaded=True, durability="normal"
        )
        self._leases = self.store.lease_holder(
            process_id=ProcessId(self._ids.new()), origin=origin, program="scale"
        )
        self._count = 0
        self._faults: list[Exception] = []
        self.events = 0

    def run(self, workflow: Workflow, events: Iterable[Any], run_id: RunId | None = None) -> RunId:
        """Write a run with these events, and let go of it."""
        return self._written(workflow, events, run_id or RunId(self._ids.new()), None)

    def copies(self, count: int, workflow: Workflow, events: Iterable[Any]) -> RunId:
        """Write so many runs with the same events; folded once, for they all end alike."""
        facts = tuple(events)
        state = beginning(workflow, RunId("copy"))
        opening = (self._created(workflow), e.LeaseTaken(owner=ProcessId("p"), fence=Fence(1)))
        for event in (*opening, e.RunStarted(), *facts):
            state = apply(state, _recorded(state.run_id, state.head + 1, BEGAN, event))
        ids = [RunId(self._ids.new()) for _ in range(count)]
        for run_id in ids:
            self._written(workflow, facts, run_id, summary_of(state))
        return ids[-1]

    def _created(self, workflow: Workflow) -> e.RunCreated:
        return e.RunCreated(
            workflow=workflow.name,
            workflow_hash=workflow.hash,
            origin=self._origin,
            title=f"number {self._count}",
            inputs=Stored(value={}),
            by="ann",
        )

    def _written(
        self, workflow: Workflow, events: Iterable[Any], run_id: RunId, known: Summary | None
    ) -> RunId:
        # Each run a second later than the one before: lists have an order to keep.
        at = BEGAN + timedelta(seconds=self._count)
        self._count += 1
        created = self._created(workflow)
        self.store.journal.create(run_id, workflow, "", created, at)
        fence = self._leases.claim(run_id, at)
        if fence is None:
            message = f"run {run_id} could not be claimed"
            raise SystemExit(message)
        state = beginning(workflow, run_id)
        opening = (created, e.LeaseTaken(owner=self._leases.process_id, fence=fence))
        if known is None:
            for event in opening:
                state = apply(state, _recorded(run_id, state.head + 1, at, event))
        group: list[Any] = []
        self.events += len(opening)
        for event in (e.RunStarted(), *events):
            at += timedelta(milliseconds=20)
            if known is None:
                state = apply(state, _recorded(run_id, state.head + 1, at, event))
            group.append(event)
            self.events += 1
            if len(group) == _GROUP:
                self._append(run_id, group, fence, at, known or summary_of(state))
                group = []
        self._append(run_id, group, fence, at, known or summary_of(state))
        self._leases.release(run_id, fence)
        return run_id

    def _append(
        self, run_id: RunId, group: list[Any], fence: Fence, at: datetime, summary: Summary
    ) -> None:
        if not group:
            return
        self.store.journal.submit(
            Group(
                run_id=run_id,
                events=tuple(group),
                at=at,
                batch=self._ids.new(),
                fence=fence,
                owner=self._leases.process_id,
                summary=summary,
            ),
            self._appended,
        )

    def _appended(self, _last: int | None, fault: Exception | None) -> None:
        if fault is not None:
            self._faults.append(fault)

    def close(self) -> None:
        """Write what is queued and let go.

        Raises:
            SystemExit: something could not be written.
        """
        self._leases.close()
        self.store.close()
        if self._faults:
            raise SystemExit(str(self._faults[0]))


def _recorded(run_id: RunId, seq: int, at: datetime, event: Any) -> e.Recorded:
    return e.Recorded.model_construct(run_id=run_id, seq=seq, at=at, event=event)
