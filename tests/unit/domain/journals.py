"""Builders of journals for tests of the heart."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from mn_notebook.domain import events as e
from mn_notebook.domain.fold import apply, beginning
from mn_notebook.domain.ids import (
    ApprovalId,
    AttemptToken,
    CallId,
    Fence,
    NodePath,
    ProcessId,
    RunId,
    StepName,
    StepPath,
    WorkflowHash,
)
from mn_notebook.domain.messages import Price, Usage
from mn_notebook.domain.planning import Command, decide
from mn_notebook.domain.state import Instance, Progress, RunState
from mn_notebook.domain.values import NOTHING, Stored
from mn_notebook.domain.workflow import (
    AgentStep,
    ApproveStep,
    ForEach,
    PythonStep,
    Retry,
    Step,
    ToolStep,
    Workflow,
)

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
RUN = RunId("run1")


def names(*found: str) -> tuple[StepName, ...]:
    return tuple(StepName(name) for name in found)


def python(name: str, *needs: str, **more: Any) -> PythonStep:
    needed = names(*needs)
    uses = more.pop("uses", needed)
    return PythonStep(name=StepName(name), function="f", needs=needed, uses=uses, **more)


def tool(name: str, *needs: str, **more: Any) -> ToolStep:
    needed = tuple(StepName(need) for need in needs)
    return ToolStep(name=StepName(name), tool="t", needs=needed, uses=needed, **more)


def agent(name: str, *needs: str, **more: Any) -> AgentStep:
    needed = tuple(StepName(need) for need in needs)
    return AgentStep(name=StepName(name), prompt="p", needs=needed, uses=needed, **more)


def approve(name: str, *needs: str, **more: Any) -> ApproveStep:
    needed = tuple(StepName(need) for need in needs)
    return ApproveStep(name=StepName(name), prompt="ok?", needs=needed, uses=needed, **more)


def each(**more: Any) -> ForEach:
    return ForEach(over="[]", **more)


def workflow(*steps: Step, **more: Any) -> Workflow:
    return Workflow(name="w", group="w", steps=steps, **more)


def stored(value: Any) -> Stored:
    return Stored(value=value)


ERROR = e.ErrorInfo(type="Oops", message="oops")
FATAL = e.ErrorInfo(type="Oops", message="oops", permanent=True)


@dataclass
class Journal:
    """A run's journal as it grows; every method writes one fact, or the usual few."""

    workflow: Workflow
    now: datetime = NOON
    facts: list[e.Recorded] = field(default_factory=list)
    state: RunState = field(init=False)

    def __post_init__(self) -> None:
        self.state = beginning(self.workflow, RUN)

    def add(self, *events: Any) -> "Journal":
        for event in events:
            recorded = e.Recorded(run_id=RUN, seq=self.state.head + 1, at=self.now, event=event)
            self.facts.append(recorded)
            self.state = apply(self.state, recorded)
        return self

    def pass_seconds(self, seconds: float) -> "Journal":
        self.now += timedelta(seconds=seconds)
        return self

    def next(self, slots: int = 8, *blocked: str) -> Command | None:
        return decide(self.state, self.now, slots, frozenset(blocked))

    def instance(self, path: str) -> Instance:
        return self.state.instances[StepPath(path)]

    def progress(self, name: str) -> Progress:
        return self.state.progress[NodePath(name)]

    def status(self, name: str) -> str:
        return self.state.progress_of(StepName(name)).status

    # --- facts ---------------------------------------------------------------------------------

    def begun(self) -> "Journal":
        created = e.RunCreated(
            workflow=self.workflow.name,
            workflow_hash=WorkflowHash("h"),
            origin="n.ipynb",
            title="t",
            inputs=stored({"x": 1}),
            by="ann",
        )
        taken = e.LeaseTaken(owner=ProcessId("p"), fence=Fence(1))
        return self.add(created, taken, e.RunStarted())

    def started(self, path: str, attempt: int = 1, item: int | None = None) -> "Journal":
        return self.add(
            e.StepStarted(
                path=StepPath(path),
                attempt=attempt,
                token=AttemptToken(f"{path}#{attempt}"),
                input=stored({"args": {}}),
                step_key="k",
                item=item,
            )
        )

    def expanded(self, path: str, *keys: str) -> "Journal":
        return self.add(e.StepExpanded(path=StepPath(path), items=stored(list(keys)), keys=keys))

    def succeeded(self, path: str, output: Any = None, attempt: int = 1) -> "Journal":
        return self.add(
            e.StepSucceeded(path=StepPath(path), attempt=attempt, output=stored(output))
        )

    def failed(
        self, path: str, *, final: bool = True, attempt: int = 1, item: int | None = None
    ) -> "Journal":
        return self.add(
            e.StepFailed(path=StepPath(path), attempt=attempt, error=ERROR, final=final, item=item)
        )

    def skipped(self, path: str, because: str = "it is not wanted") -> "Journal":
        return self.add(e.StepSkipped(path=StepPath(path), because=because))

    def retried(self, path: str, attempt: int, seconds: float) -> "Journal":
        at = self.now + timedelta(seconds=seconds)
        return self.add(e.StepRetryScheduled(path=StepPath(path), attempt=attempt, at=at))

    def interrupted(self, path: str, attempt: int = 1) -> "Journal":
        return self.add(e.StepInterrupted(path=StepPath(path), attempt=attempt, because="it died"))

    def resumed(self, path: str, attempt: int = 1) -> "Journal":
        return self.add(
            e.StepResumed(path=StepPath(path), attempt=attempt, token=AttemptToken("x"))
        )

    def asked(self, path: str, subject: str = "approve", **more: Any) -> "Journal":
        fields: dict[str, Any] = {
            "approval_id": ApprovalId(f"ask-{path}"),
            "path": StepPath(path),
            "attempt": 1,
            "subject": subject,
            "prompt": "ok?",
        }
        return self.add(e.ApprovalRequested(**{**fields, **more}))

    def decided(self, path: str, decision: str = "approve", **more: Any) -> "Journal":
        fields: dict[str, Any] = {
            "approval_id": ApprovalId(f"ask-{path}"),
            "path": StepPath(path),
            "decision": decision,
            "by": "ann",
            "via": "test",
            "decided_at": self.now,
        }
        return self.add(e.ApprovalDecided(**{**fields, **more}))

    def expired(self, path: str) -> "Journal":
        return self.add(
            e.ApprovalExpired(approval_id=ApprovalId(f"ask-{path}"), path=StepPath(path))
        )

    def call_began(self, path: str, number: int, attempt: int = 1, **more: Any) -> "Journal":
        fields: dict[str, Any] = {
            "path": StepPath(path),
            "attempt": attempt,
            "call_id": CallId(f"{path}!{number}"),
            "tool": "t",
            "effect": "write",
            "args": stored({}),
            "args_hash": "h",
            "key": f"key{number}",
        }
        return self.add(e.ToolStarted(**{**fields, **more}))

    def call_done(self, path: str, number: int, output: Any = "done") -> "Journal":
        return self.add(
            e.ToolSucceeded(
                path=StepPath(path),
                call_id=CallId(f"{path}!{number}"),
                output=stored(output),
                latency_seconds=0.5,
            )
        )

    def model_asked(self, path: str, number: int, attempt: int = 1) -> "Journal":
        return self.add(
            e.ModelRequested(
                path=StepPath(path),
                attempt=attempt,
                call_id=CallId(f"{path}!{number}"),
                model="m",
                messages=("a", "b"),
                request_hash="r",
            )
        )

    def model_said(self, path: str, number: int, usd: Any = "0.25") -> "Journal":
        return self.add(
            e.ModelResponded(
                path=StepPath(path),
                call_id=CallId(f"{path}!{number}"),
                message=stored({"role": "assistant", "content": "hi"}),
                finish_reason="stop",
                model="m-2030",
                provider="p",
                usage=Usage(input_tokens=3, output_tokens=2),
                price=Price(usd=usd, source="list"),
                latency_seconds=1.0,
            )
        )

    def model_failed(self, path: str, number: int) -> "Journal":
        return self.add(
            e.ModelFailed(
                path=StepPath(path),
                call_id=CallId(f"{path}!{number}"),
                error=ERROR,
                latency_seconds=1.0,
            )
        )


__all__ = ["ERROR", "FATAL", "NOON", "NOTHING", "RUN", "Journal", "Retry"]
