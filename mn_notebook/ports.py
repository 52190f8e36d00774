"""What the parts need from outside and from each other, as small protocols."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, Protocol

from pydantic import JsonValue

from mn_notebook.domain.events import AttemptEvent, ErrorInfo, Recorded, RunEvent
from mn_notebook.domain.ids import (
    AttemptToken,
    CallId,
    CommandId,
    Fence,
    ProcessId,
    RunId,
    StepPath,
    WorkflowHash,
)
from mn_notebook.domain.messages import ModelAnswer, ModelProfile, ModelRequest
from mn_notebook.domain.notices import Notice
from mn_notebook.domain.state import Call
from mn_notebook.domain.statuses import RunStatus
from mn_notebook.domain.values import Stored
from mn_notebook.domain.workflow import Budget, Effect, Expiry, Rule, Schema, Step, Workflow


class Clock(Protocol):
    """Time, as the engine may know it."""

    def now(self) -> datetime:
        """Return the time of day, aware, in UTC. It may jump."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never run backwards."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class IdSource(Protocol):
    """New names that nobody else has."""

    def new(self) -> str:
        """Return 16 lower-case letters and digits, unguessable."""
        ...


class Expressions(Protocol):
    """Evaluates what a workflow's texts say, in a sandbox and under bounds of time and size.

    ``names`` maps every name that the text may use to a decoded value. Same text and names, same
    answer: no clock, chance or I/O.

    Every method raises `mn_notebook.errors.PermanentError` with a message for the analyst when the
    text cannot be evaluated.
    """

    def evaluate(self, expression: str, names: Mapping[str, Any]) -> Any:
        """Return the value of an expression (no braces) as JSON-able Python."""
        ...

    def render(self, template: str, names: Mapping[str, Any]) -> str:
        """Return a template's text; lists and objects in it render as JSON."""
        ...

    def fill(self, template: JsonValue, names: Mapping[str, Any]) -> JsonValue:
        """Fill the templates inside a JSON value; a lone ``{{ x }}`` keeps its type."""
        ...


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


@dataclass(frozen=True, slots=True)
class Summary:
    """What a list shows of a run; written with its events, and can be rebuilt from them."""

    status: RunStatus
    cost_usd: Decimal
    cost_known: bool
    steps_done: int
    waiting: int
    """Approvals that nobody has decided."""
    scripted: bool
    finished_at: datetime | None
    wake_at: datetime | None
    """When time alone makes the run go on."""


@dataclass(frozen=True, slots=True)
class Ceiling:
    """What all runs of a class, or all runs, may spend on a day, whichever process has them."""

    workflow_class: str
    """'' for all."""
    budget: Budget


@dataclass(frozen=True, slots=True)
class Group:
    """Events of one run that become durable together, or not at all.

    The writer proves its right to write by the run's ``fence``, or by the ``token`` of an attempt;
    exactly one of them is set.
    """

    run_id: RunId
    events: tuple[RunEvent | AttemptEvent, ...]
    at: datetime
    batch: str
    """Made by the writer; tells after an unclear commit whether the group went through."""
    fence: Fence | None = None
    owner: ProcessId | None = None
    token: AttemptToken | None = None
    summary: Summary | None = None
    counts_only: bool = False
    """Of the summary only ``steps_done`` differs from that of the writer's group before."""
    workflow_class: str = ""
    """As what its model calls are counted, beside the day."""
    ceilings: tuple["Ceiling", ...] = ()
    """What the model call in it has to fit into; else the group is refused, with
    `BudgetExceeded`."""


@dataclass(frozen=True, slots=True)
class RunLine:
    """A run as the store lists it."""

    run_id: RunId
    workflow: str
    workflow_hash: WorkflowHash
    origin: str
    title: str
    status: RunStatus
    head: int
    fence: Fence
    owner: ProcessId | None
    created_at: datetime
    updated_at: datetime
    finished_at: datetime | None
    wake_at: datetime | None
    cost_usd: Decimal
    cost_known: bool
    steps_done: int
    steps_total: int
    waiting: int
    scripted: bool


CommandKind = Literal[
    "decide",
    "cancel",
    "reopen",
    "wake",
    "pause",
    "resume",
    "retry",
    "skip",
    "signal",
    "delegate",
    "revoke",
    "undo",
    "budget",
]


@dataclass(frozen=True, slots=True)
class InboxCommand:
    """What somebody asks of a run's owner."""

    id: CommandId
    run_id: RunId
    kind: CommandKind
    body: dict[str, JsonValue]
    by: str
    via: str
    at: datetime


Appended = Callable[[int | None, Exception | None], None]
"""Given the number of a group's last event; or None and the error: `Fenced` when refused."""


class Journal(Protocol):
    """The ordered facts of every run: the only truth about them."""

    def submit(self, group: Group, appended: Appended) -> None:
        """Queue a group; groups become durable in the order they were queued.

        ``appended`` is called once, after the commit, in a thread of the journal's choice. A group
        whose fence or token is not valid any more is refused alone and writes nothing.
        """
        ...

    def read(
        self,
        run_id: RunId,
        *,
        after: int = 0,
        most: int | None = None,
        kinds: Collection[str] = (),
    ) -> Sequence[Recorded]:
        """Return the events after number ``after``, oldest first.

        Not more than ``most`` of them, if that is given, and only those of some ``kinds``, if any
        are named: nothing else is decoded.

        Raises:
            StoreTooNew: a newer program wrote one that this program does not know.
        """
        ...

    def workflow(self, workflow_hash: WorkflowHash) -> Workflow:
        """Return a version of a workflow."""
        ...


class Artifacts(Protocol):
    """Values too large for an event, by the hash of their bytes."""

    def put(self, content: bytes, *, media_type: str) -> str:
        """Keep bytes and return their SHA-256; on return they are on the disk."""
        ...

    def get(self, sha256: str) -> bytes:
        """Return bytes, checked against their hash.

        Raises:
            StoreError: they are missing or damaged.
        """
        ...


LoadRow = Mapping[str, JsonValue]
LoadRows = Mapping[str, LoadRow | None]
"""By key; None: there is none, or it is to go."""


class Loads(Protocol):
    """What all processes of a store know together of servers: rates, paces, breakers, budgets.

    Rows are about the present. They outlive every process, and are forgotten after the time that
    they name themselves (``until``, in seconds since 1970).
    """

    def troubles(self) -> LoadRows:
        """Return the rows that are there only while something is wrong."""
        ...

    def change(
        self,
        keys: Collection[str],
        change: Callable[[LoadRows], LoadRows],
        then: Callable[[Exception | None], None],
    ) -> None:
        """Let ``change`` turn some rows into those that it returns, in one transaction.

        It may be called again when a commit ends unclearly. ``then`` is called once, after the
        commit, in a thread of the store's choice.
        """
        ...


class Leases(Protocol):
    """Who may advance a run. One owner at any time; an older one can write nothing."""

    @property
    def process_id(self) -> ProcessId:
        """Return the name of this process."""
        ...

    def claimable(self, origins: Collection[str]) -> Sequence[RunId]:
        """Return runs of these origins that have something to do and no living owner."""
        ...

    def claim(self, run_id: RunId, at: datetime) -> Fence | None:
        """Become a run's owner, or return None when a living process is. Durable on return."""
        ...

    def claim_all(self, run_ids: Sequence[RunId], at: datetime) -> Mapping[RunId, Fence]:
        """Claim runs by one commit; return those that no living process has, each with its fence.

        Durable on return.
        """
        ...

    def release(self, run_id: RunId, fence: Fence) -> None:
        """Stop being the owner; durable when the next commit is."""
        ...

    def beat(self) -> None:
        """Show rivals that this process lives."""
        ...

    def held(self) -> Mapping[RunId, Fence]:
        """Return the runs that this process owns as the store knows it, each with its fence."""
        ...

    def is_alive(self, process_id: ProcessId) -> bool:
        """Tell whether a process still holds its lock and has shown a beat within a lease."""
        ...

    def is_locked(self, process_id: ProcessId) -> bool:
        """Tell whether a process is there, whether or not it shows any beat."""
        ...

    def close(self) -> None:
        """Give up all runs and the process's lock."""
        ...


class Inbox(Protocol):
    """What other processes ask of the owners of runs; it waits durably until one takes it up."""

    def pending(self, origins: Collection[str], owned: Collection[RunId]) -> Sequence[InboxCommand]:
        """Return what has not been taken up, for these runs or runs of these origins, by age."""
        ...

    def drop(self, command_id: CommandId, fence: Fence) -> None:
        """Mark a command as taken up that asks for nothing any more.

        Only its run's owner may, under its ``fence``; nothing happens when that is older.
        """
        ...

    def changed(self) -> bool:
        """Tell, cheaply, whether another process has written since the last call."""
        ...


class Notices(Protocol):
    """Who tells people what waits: each thing is claimed by one process before it is told."""

    def taken_up(self, is_alive: Callable[[ProcessId], bool]) -> Notice | None:
        """Return a notice that was begun and is to be tried now, or None.

        It is this process's own, or that of a process that is not there any more.
        """
        ...

    def claimed(
        self, origins: Collection[str], *, every_seconds: float, others_after_seconds: float
    ) -> Notice | None:
        """Claim what nobody tells, as one notice; durable on return. None: there is nothing."""
        ...

    def ended(
        self,
        notice: str,
        outcome: str,
        *,
        fault: str = "",
        tries: int = 0,
        after_seconds: float = 0.0,
    ) -> None:
        """Write what became of a notice; with an empty outcome it is tried again later."""
        ...


class Bell(Protocol):
    """Rings when another process has left something; nothing is lost where it does not."""

    def fileno(self) -> int:
        """Return what becomes readable when somebody rings."""
        ...

    def heard(self) -> None:
        """Forget the rings so far."""
        ...

    def take_down(self) -> None:
        """Hear no more."""
        ...


@dataclass(frozen=True, slots=True)
class Work:
    """An attempt to be made: everything a handler may know."""

    run_id: RunId
    path: StepPath
    step: Step
    attempt: int
    input: Mapping[str, JsonValue]
    """What was rendered when the step started, decoded."""
    calls: tuple[Call, ...]
    """What earlier attempts, or this one before it waited, said and did."""
    call_count: int
    authorised: Collection[str]
    """Hashes of calls that an approve step's decision allows."""
    workflow: Workflow
    policy: tuple[Rule, ...] = ()
    """The rules of its workflow and of those that call it, outermost first."""
    groups: tuple[str, ...] = ()
    """The classes of these workflows."""
    model: str | None = None
    """The model that all calls are made with, for the sake of the budget; None: the step's own."""
    ticket: str = ""
    """What it was given when it was `Held`, or the attempt before that waited for a place."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What of a run counts for its policy, as it stands."""

    cost_usd: Decimal
    """What it has cost, as far as that is known."""
    permissions: Mapping[str, str]
    """Tools that need no approval in this run any more, and who said so."""


@dataclass(frozen=True, slots=True)
class Succeeded:
    """The attempt has the step's output; ``events`` go into the same commit."""

    output: JsonValue
    events: tuple[AttemptEvent, ...] = ()


@dataclass(frozen=True, slots=True)
class FailedWith:
    """The attempt failed; ``events`` go into the same commit."""

    error: ErrorInfo
    events: tuple[AttemptEvent, ...] = ()


@dataclass(frozen=True, slots=True)
class WaitsFor:
    """The attempt cannot go on before a person decides about some of its calls."""

    subject: Literal["call", "in_doubt", "ask"]
    call_ids: tuple[CallId, ...]
    prompt: str
    evidence: str = ""
    events: tuple[AttemptEvent, ...] = ()
    because: str = ""
    """Why a person is asked."""
    said: str = ""
    """What the agent said when it asked for the call."""
    form: Schema | None = None
    """The JSON Schema of the call's arguments, where a person may change them; of an ``ask``, of
    what he is to fill in."""
    approvals: int = 1
    """How many people have to approve."""
    expires: Expiry | None = None
    """What becomes of the question when nobody answers."""


@dataclass(frozen=True, slots=True)
class Held:
    """The attempt may not make its next call before a time, so long that it is let go of.

    Nothing was announced. At that time the same attempt goes on, in whatever process.
    """

    limit: str
    """What holds it back, for people."""
    until: datetime
    ticket: str = ""
    """What it shows then to have the place that it was given."""
    events: tuple[AttemptEvent, ...] = ()


class NotYet(Exception):
    """A call has to wait so long that its attempt is to be let go of."""

    def __init__(self, held: Held) -> None:
        """Say what it waits for, and until when."""
        super().__init__(held.limit)
        self.held = held


Outcome = Succeeded | FailedWith | WaitsFor | Held


@dataclass(frozen=True, slots=True)
class Undone:
    """What the compensation of a call, or its check, came to."""

    value: JsonValue = None
    error: ErrorInfo | None = None
    printed: str = ""
    doubtful: bool = False
    """It may have been made all the same, and cannot be repeated blindly."""


class Undoer(Protocol):
    """Undoes calls of tools. It raises nothing: whatever happens is an `Undone`."""

    def missing(self, step: Step, tool: str) -> str | None:
        """Say what is needed that is not there, such as a cell's tool, or None."""
        ...

    def repeats(self, step: Step, tool: str) -> bool | None:
        """Tell whether a compensation may be repeated with its key; None: there is none."""
        ...

    async def check(self, step: Step, tool: str, key: str) -> Undone:
        """Ask whether a call happened; the value is what it returned, None if it did not."""
        ...

    async def undo(
        self, step: Step, tool: str, args: Mapping[str, JsonValue], key: str, result: JsonValue
    ) -> Undone:
        """Undo a call. That this is going to happen is durable by now."""
        ...


class Recorder(Protocol):
    """An attempt's pen: it writes under the attempt's own token."""

    async def record(self, *events: AttemptEvent) -> None:
        """Make events durable; on return what they announce may be done.

        Raises:
            Fenced: nobody waits for this attempt any more; stop.
        """
        ...

    def untimed(self) -> AbstractContextManager[None]:
        """Let the time that passes inside, in a queue, not count against the step's timeout."""
        ...

    def calls(self) -> tuple[Call, ...]:
        """Return the attempt's transcript as it stands."""
        ...

    def situation(self) -> Situation:
        """Return what of the run counts for its policy."""
        ...

    def keep(self, value: JsonValue) -> Stored:
        """Turn a value into its stored form."""
        ...

    def load(self, stored: Stored) -> JsonValue:
        """Return a stored value."""
        ...


Job = Callable[[Callable[[Outcome | Exception], None]], None]
"""Work that is done elsewhere: called from any thread, it begins the work and returns at once. What
it is given is told the outcome, or what was raised, once and from any thread; it is told, too, when
nobody waits any more."""


class StepHandler(Protocol):
    """Does the work of one kind of step."""

    def missing(self, step: Step) -> str | None:
        """Say what the step needs that is not there, such as a cell's function, or None."""
        ...

    def effect(self, step: Step) -> Effect:
        """Return what the step does to the world at most."""
        ...

    def identity(self, step: Step) -> JsonValue:
        """Return what, besides its inputs, determines the step: code, model, schema."""
        ...

    def opening(self, work: Work, recorder: Recorder) -> tuple[AttemptEvent, ...]:
        """Return the intents that go into the commit that starts the attempt; pure and quick."""
        ...

    def job(self, work: Work, /) -> Job | None:
        """Return work that needs neither the loop nor the recorder; None: it is done by `run`."""
        ...

    async def run(self, work: Work, recorder: Recorder) -> Outcome:
        """Do the work. What ``opening`` announced is durable by now.

        Raises:
            TransientError: trying again may help.
            PermanentError: trying again cannot help.
        """
        ...
