"""What can be seen of a run from the disk; it trusts no process."""

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mn_notebook.domain.events import (
    ModelRequested,
    ModelResponded,
    Recorded,
    RunCreated,
    StepResumed,
    StepStarted,
    ToolSettled,
    ToolStarted,
    ToolSucceeded,
)
from mn_notebook.domain.fold import apply, beginning
from mn_notebook.domain.ids import ApprovalId, CallId, RunId, content_hash
from mn_notebook.domain.state import RunState
from mn_notebook.domain.values import Stored
from mn_notebook.domain.workflow import PythonStep
from mn_notebook.engine.values import Values
from mn_notebook.ports import Group
from mn_notebook.store.store import Store
from tests.simulation.cases import Case

if TYPE_CHECKING:
    from tests.simulation.outside import Outside

Identity = tuple[str, str]
"""What reaches the outside: ``model`` and the call's id, ``tool`` and its key, ``python`` and a
hash of the arguments."""


def python_name(args: Any) -> str:
    """Name a call of a function by what it is given: a function does not know its path."""
    return content_hash(args)


class Witness:
    """Reads the journal from the disk and folds it."""

    def __init__(self, store: Store, case: Case, values: Values, run_id: RunId) -> None:
        self._store = store
        self._values = values
        self.run_id = run_id
        self.state = beginning(case.workflow, run_id)
        self.events: list[Recorded] = []
        self.befores: list[RunState] = []
        """The state before each event."""
        self.intents: Counter[Identity] = Counter()
        """How often each act was announced."""
        self.finished: set[Identity] = set()
        self.missing: list[str] = []
        """Artifacts that were not there when the commit that names them was."""
        self.on_event: Any = None
        self._batches: list[str] = []
        self._spending: list[tuple[str, int, int]] | None = None
        self._identities: dict[CallId, Identity] = {}

    def be_thorough(self) -> None:
        """Hold every state against what its parts say."""
        from tests.simulation.oracle import check_state

        self.on_event = check_state

    def look(self) -> RunState:
        """Return the state after all that is durable."""
        for recorded in self._store.journal.read(self.run_id, after=self.state.head):
            assert recorded.seq == self.state.head + 1, "the numbers of the events have a hole"
            self.events.append(recorded)
            self.befores.append(self.state)
            self._look_for_artifacts(recorded.event)
            self.state = apply(self.state, recorded)
            self._count(recorded.event)
            if self.on_event is not None:
                self.on_event(self.state)
        return self.state

    def batches(self) -> list[str]:
        """Return the batch that each event was written in, also when the store was closed."""
        if len(self._batches) == len(self.events):
            return self._batches
        connection = self._store.database.connect()
        try:
            query = "SELECT batch FROM mn_event WHERE run_id = ? ORDER BY seq"
            self._batches = [batch for (batch,) in connection.execute(query, (self.run_id,))]
            self._count_spending(connection)
        finally:
            connection.close()
        return self._batches

    def spending(self) -> list[tuple[str, int, int]] | None:
        """Return what is counted by the day, where this is the only run of the store.

        Class, calls and tokens of each row; the store was open when `batches` was asked for.
        """
        return self._spending

    def _count_spending(self, connection: Any) -> None:
        runs = connection.execute("SELECT id FROM mn_run").fetchall()
        rows = connection.execute("SELECT workflow_class, calls, tokens FROM mn_spending")
        self._spending = rows.fetchall() if len(runs) == 1 else None

    def _look_for_artifacts(self, event: Any) -> None:
        for name in type(event).model_fields:
            value = getattr(event, name)
            if isinstance(value, Stored) and value.artifact is not None:
                try:
                    self._store.artifacts.get(value.artifact)
                except Exception as fault:  # noqa: BLE001 - whatever it is, it is not there
                    self.missing.append(f"{event.kind} names what cannot be read: {fault}")

    def _count(self, event: Any) -> None:
        match event:
            case StepStarted():
                self._count_function(event)
            case StepResumed():
                pass
            case ToolStarted():
                self._identities[event.call_id] = ("tool", event.key)
                self.intents["tool", event.key] += 1
            case ModelRequested():
                self._identities[event.call_id] = ("model", event.call_id)
                self.intents["model", event.call_id] += 1
            case ToolSucceeded() | ModelResponded():
                self._finish(event.call_id)
            case ToolSettled(outcome="happened"):
                self._finish(event.call_id)
            case _:
                pass

    def _count_function(self, event: StepStarted) -> None:
        step = self.state.step_of(event.path)
        if isinstance(step, PythonStep) and step.effect != "write":
            rendered: Any = self._values.load(event.input)
            self.intents["python", python_name(rendered["args"])] += 1

    def _finish(self, call_id: CallId) -> None:
        if call_id in self._identities:
            self.finished.add(self._identities[call_id])


@dataclass
class Asked:
    """What a person asked, as the person remembers it."""

    kind: str
    command_id: str
    approval_id: ApprovalId | None = None
    decision: str = ""


@dataclass
class Seen:
    """All that can be seen of one run, from outside of every process."""

    run_id: RunId
    case: Case
    witness: Witness
    outside: "Outside"
    values: Values
    asked: list[Asked] = field(default_factory=list)
    """What was accepted from people."""
    refused: list[Asked] = field(default_factory=list)
    """Decisions that were told that somebody was faster, or that it is too late."""
    groups: dict[str, int] = field(default_factory=dict)
    """How many events each batch that was handed to a journal had."""
    owners: int = 1
    """How many processes may have thought themselves its owner at once."""
    others: dict[RunId, "Seen"] = field(default_factory=dict)
    """The runs that it may reuse."""
    beside: tuple["Seen", ...] = ()
    """Other runs of the store, whose people may raise what all runs share."""

    @property
    def events(self) -> list[Recorded]:
        return self.witness.events

    @property
    def state(self) -> RunState:
        return self.witness.state

    @property
    def reuses(self) -> RunId | None:
        created = self.events[0].event
        return created.reuses if isinstance(created, RunCreated) else None


class Noting:
    """A journal that notes what it is handed; see `Seen.groups`."""

    def __init__(self, journal: Any, note: Any) -> None:
        self._journal = journal
        self._note = note

    def submit(self, group: Group, appended: Any) -> None:
        self._note(group)
        self._journal.submit(group, appended)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._journal, name)
