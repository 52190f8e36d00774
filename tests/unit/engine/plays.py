"""A run played by hand: the heart and the engine's moves, without store, loop or handlers.

What `decide` wants is done at once, as far as it can be; attempts end when, and as, a test says.
After every event the state is held against what its parts say.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from mn_notebook.domain import events as e
from mn_notebook.domain.fold import apply, beginning
from mn_notebook.domain.ids import (
    ApprovalId,
    CommandId,
    Fence,
    NodePath,
    ProcessId,
    RunId,
    StepPath,
)
from mn_notebook.domain.planning import CancelAttempts, decide, next_wake
from mn_notebook.domain.state import Instance, RunState
from mn_notebook.domain.values import Stored
from mn_notebook.domain.workflow import (
    AskStep,
    ForEach,
    Redo,
    Repeat,
    WaitStep,
    Workflow,
    WorkflowStep,
)
from mn_notebook.engine.moves import Moves
from mn_notebook.engine.names import names_for, value_of
from mn_notebook.engine.obeying import held_or_stopped
from mn_notebook.engine.services import Services
from mn_notebook.engine.values import Values
from mn_notebook.language.expressions import SandboxedExpressions
from mn_notebook.ports import CommandKind, InboxCommand
from mn_notebook.testing.doubles import FakeClock, SequentialIds
from tests.simulation.oracle import check_state
from tests.unit.domain.journals import names, stored

RUN = RunId("run")
OOPS = e.ErrorInfo(type="Oops", message="oops")


class Folder:
    """Artifacts in a dictionary."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def put(self, content: bytes, *, media_type: str) -> str:
        name = f"{media_type}-{len(self.kept)}"
        self.kept[name] = content
        return name

    def get(self, sha256: str) -> bytes:
        return self.kept[sha256]


class Work:
    """A handler whose attempts a test ends by hand."""

    def missing(self, step: Any) -> None:
        return None

    def effect(self, step: Any) -> str:
        return "read"

    def identity(self, step: Any) -> None:
        return None

    def opening(self, work: Any, recorder: Any) -> tuple[()]:
        return ()

    def job(self, work: Any) -> None:
        return None


@dataclass
class Play:
    """One run. Every method that changes something lets the run go on as far as it can."""

    workflow: Workflow
    inputs: dict[str, Any] = field(default_factory=dict)
    slots: int = 8
    reusable: Any = None
    facts: list[e.Recorded] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.clock = FakeClock()
        self.ids = SequentialIds("id")
        self.values = Values(Folder())
        more = {} if self.reusable is None else {"reusable": self.reusable}
        services = Services(
            journal=None,  # type: ignore[arg-type]
            values=self.values,
            expressions=SandboxedExpressions(),
            clock=self.clock,
            ids=self.ids,
            handlers={kind: Work() for kind in ("agent", "tool", "python")},  # type: ignore[misc]
            **more,
        )
        self.moves = Moves(services)
        self.state: RunState = beginning(self.workflow, RUN)
        self.commands = 0

    # --- going on ------------------------------------------------------------------------------

    def begin(self, **more: Any) -> "Play":
        created = e.RunCreated(
            workflow=self.workflow.name,
            workflow_hash=self.workflow.hash,
            origin="n.ipynb",
            title="",
            inputs=stored(self.inputs),
            by="ann",
            **more,
        )
        taken = e.LeaseTaken(owner=ProcessId("p"), fence=Fence(1))
        return self.add(created, taken, e.RunStarted()).go()

    def add(self, *events: Any) -> "Play":
        for event in events:
            fact = e.Recorded(run_id=RUN, seq=self.state.head + 1, at=self.clock.now(), event=event)
            self.facts.append(fact)
            self.state = apply(self.state, fact)
            check_state(self.state)
        return self

    def go(self) -> "Play":
        """Do all that can be done now."""
        for _ in range(2000):
            command = decide(self.state, self.clock.now(), self.slots)
            if command is None:
                return self
            if isinstance(command, CancelAttempts):
                for path in sorted(self.state.active):
                    self.add(*self.moves.cancelled(self.state.instances[path]))
                continue
            move = self.moves.of(self.state, command)
            assert move.events, f"{command} comes to nothing"
            self.add(*move.events)
        message = f"the run never comes to rest: {command}"
        raise AssertionError(message)

    def pass_seconds(self, seconds: float) -> "Play":
        self.clock.advance(seconds)
        return self.go()

    # --- the ends of attempts ------------------------------------------------------------------

    def ends(self, path: str, output: Any = None) -> "Play":
        instance = self.running(path)
        done = e.StepSucceeded(
            path=instance.path, attempt=instance.attempt, output=self.values.keep(output)
        )
        return self.add(done).go()

    def fails(
        self, path: str, *, final: bool = True, seconds: float = 1.0, error: e.ErrorInfo = OOPS
    ) -> "Play":
        instance = self.running(path)
        at = self.clock.now() + timedelta(seconds=seconds)
        failed = e.StepFailed(
            path=instance.path, attempt=instance.attempt, error=error, final=final
        )
        again = e.StepRetryScheduled(path=instance.path, attempt=instance.attempt + 1, at=at)
        return self.add(failed, *(() if final else (again,))).go()

    def dies(self) -> "Play":
        """Let the process end, and the next one go on."""
        interrupted = [
            e.StepInterrupted(
                path=path, attempt=self.state.instances[path].attempt, because="it died"
            )
            for path in sorted(self.state.active)
        ]
        return self.add(*interrupted).go()

    def running(self, path: str) -> Instance:
        assert path in self.state.active, f"{path} is not under way: {sorted(self.state.active)}"
        return self.state.instances[StepPath(path)]

    # --- people --------------------------------------------------------------------------------

    def command(self, kind: CommandKind, **body: Any) -> InboxCommand:
        self.commands += 1
        return InboxCommand(
            id=CommandId(f"c{self.commands}"),
            run_id=RUN,
            kind=kind,
            body=body,
            by="ann",
            via="test",
            at=self.clock.now(),
        )

    def says(self, kind: CommandKind, **body: Any) -> bool:
        """Obey a command; tell whether it came to something."""
        events = self._events_of(self.command(kind, **body))
        self.add(*events).go()
        return bool(events)

    def _events_of(self, command: InboxCommand) -> list[Any]:
        people = self.moves.people
        match command.kind:
            case "decide":
                return list(people.decision(self.state, command))
            case "skip":
                return list(people.skip(self.state, command))
            case "retry":
                return list(people.retry(self.state, command))
            case "signal":
                if self.state.ended:
                    return []
                name, value = str(command.body["name"]), stored(command.body.get("value"))
                return [e.SignalReceived(name=name, value=value, by="ann", command_id=command.id)]
            case _:
                return held_or_stopped(self.state, command)

    def decides(self, path: str, decision: str = "approve", **more: Any) -> "Play":
        body = {"approval_id": self.question(path), "decision": decision, "edits": None, **more}
        assert self.says("decide", **body)
        return self

    def question(self, path: str) -> ApprovalId:
        found = [
            approval_id
            for approval_id, waiting in self.state.approvals.items()
            if waiting.request.path == path
        ]
        assert len(found) == 1, f"{path} is not asked: {self.asked}"
        return found[0]

    # --- looking -------------------------------------------------------------------------------

    @property
    def active(self) -> list[str]:
        return [str(path) for path in sorted(self.state.active)]

    @property
    def asked(self) -> list[str]:
        return sorted(str(waiting.request.path) for waiting in self.state.approvals.values())

    @property
    def kinds(self) -> list[str]:
        return [fact.event.kind for fact in self.facts]

    @property
    def wake_at(self) -> datetime | None:
        return next_wake(self.state)

    @property
    def output(self) -> Any:
        return self.values.load(self.state.output)

    @property
    def phase(self) -> str:
        return self.state.phase

    def status(self, node: str) -> str:
        return self.state.progress[NodePath(node)].status

    def because(self, node: str) -> str | None:
        return self.state.progress[NodePath(node)].skipped_because

    def value(self, node: str) -> Any:
        return value_of(self.state, NodePath(node), self.values)

    def names(self, node: str, item: int | None = None) -> dict[str, Any]:
        return names_for(self.state, NodePath(node), self.values, item)

    def input(self, path: str) -> Any:
        return self.values.load(self.state.instances[StepPath(path)].input)


# --- steps ---------------------------------------------------------------------------------------


def wait(name: str, *needs: str, **more: Any) -> WaitStep:
    return WaitStep(name=name, needs=names(*needs), uses=names(*needs), **more)


def ask(name: str, *needs: str, **more: Any) -> AskStep:
    fields = {"type": "object", "properties": {"x": {"type": "integer"}}}
    return AskStep(
        name=name, prompt="?", fields=fields, needs=names(*needs), uses=names(*needs), **more
    )


def calls(name: str, child: str, *needs: str, **more: Any) -> WorkflowStep:
    return WorkflowStep(name=name, workflow=child, needs=names(*needs), uses=names(*needs), **more)


def over(count: int, **more: Any) -> ForEach:
    return ForEach(over=str(list(range(count))), **more)


def until(expression: str, at_most: int = 3) -> Repeat:
    return Repeat(until=expression, at_most=at_most)


def redo(target: str, at_most: int = 3) -> Redo:
    return Redo(target=target, at_most=at_most)


__all__ = ["OOPS", "Play", "Stored"]
