"""What has happened: the facts of a journal, typed, versioned, in the past tense.

Events are for ever: fields are added with defaults, never renamed or given another meaning. A
change that cannot be so raises ``version`` and upgrades the older form in `upgrade`.

Run and step events are written under the run's fence. Model, tool and artifact events (those of
`AttemptEvent`) are written under the token of their attempt.
"""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue, TypeAdapter

from mn_notebook.domain.ids import (
    ApprovalId,
    AttemptToken,
    CallId,
    CommandId,
    Fence,
    NodePath,
    ProcessId,
    RunId,
    StepName,
    StepPath,
    WorkflowHash,
)
from mn_notebook.domain.messages import Estimate, Price, Usage
from mn_notebook.domain.values import NOTHING, Stored
from mn_notebook.domain.workflow import Budget, Effect


class Fact(BaseModel):
    """What all events are: frozen, closed, and of a version."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    VERSION: ClassVar[int] = 1


class ErrorInfo(BaseModel):
    """Why something failed, in words a person can act on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: str
    """``timeout``, ``cancelled``, or the name of the exception."""
    message: str
    permanent: bool = False
    """Trying again cannot help."""
    retry_after_seconds: float | None = None
    detail: str = ""
    """The end of a traceback, for a function of the user's."""


class CodeRef(BaseModel):
    """A tool or function that a run refers to, as it was when the run was created."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    hash: str
    source: str = ""
    module: str | None = None
    """Where it can be imported from; None: it lives in a notebook."""
    effect: Effect = "write"
    defines: str = ""
    """The name that the source binds; '': the source does not stand alone."""
    imports: tuple[str, ...] = ()
    """The import statements that the source needs."""
    helpers: tuple[str, ...] = ()
    """The notebook's functions, classes and plain constants that it needs, in an order in which
    they can be executed."""
    live: tuple[str, ...] = ()
    """Other globals that it uses, such as a frame or a client: only a running kernel has them."""
    refusal: str = ""
    """Why the source says too little, as half a sentence."""
    cell: int | None = None
    """The execution count of the cell that defined it."""
    cell_id: str = ""
    """What the notebook's file calls that cell; '' where the front end does not say it."""
    environment: dict[str, str] = Field(default_factory=dict)
    """The versions of Python and of the packages that it imports."""
    signature: str = ""
    """Proves which user recorded it."""


class ProposedCall(BaseModel):
    """A tool call that a person is asked about, exactly as it would be made."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    call_id: CallId
    tool: str
    effect: Effect
    args: Stored
    args_hash: str
    key: str


# --- run ---------------------------------------------------------------------------------------


class RunCreated(Fact):
    """Somebody asked for a run; the workflow's version and the inputs are fixed here."""

    kind: Literal["run.created"] = "run.created"
    workflow: str
    workflow_hash: WorkflowHash
    origin: str
    """The notebook, or file, that the workflow belongs to."""
    title: str
    inputs: Stored
    by: str
    code: tuple[CodeRef, ...] = ()
    program: str = ""
    """The version of the package that wrote this."""
    reuses: RunId | None = None
    """The run whose unchanged steps are taken over, unpaid."""
    afresh: tuple[StepName, ...] = ()
    """Steps that are not taken over, changed or not."""
    budget: Budget | None = None
    """The most that the run may spend; None: an older program wrote this, and nothing bounds it."""
    cheaper: str = ""
    """The model that it goes on with when a person wants a cheaper one; '': none was named."""


class LeaseTaken(Fact):
    """A process became the run's owner."""

    kind: Literal["lease.taken"] = "lease.taken"
    owner: ProcessId
    fence: Fence


class RunStarted(Fact):
    """The first owner began to advance the run."""

    kind: Literal["run.started"] = "run.started"


class RunCancelRequested(Fact):
    """Somebody asked to stop; attempts under way are being cancelled."""

    kind: Literal["run.cancel_requested"] = "run.cancel_requested"
    by: str
    because: str = ""
    command_id: CommandId | None = None


class RunPauseRequested(Fact):
    """Somebody asked to hold the run: what is under way ends, nothing new begins."""

    kind: Literal["run.pause_requested"] = "run.pause_requested"
    by: str
    because: str = ""
    command_id: CommandId | None = None


class RunPaused(Fact):
    """Nothing is under way any more; the run stays as it is until somebody resumes it."""

    kind: Literal["run.paused"] = "run.paused"


class RunResumed(Fact):
    """A paused run goes on, or one that was about to pause does not."""

    kind: Literal["run.resumed"] = "run.resumed"
    by: str
    command_id: CommandId | None = None
    asked_at: AwareDatetime | None = None
    """When somebody asked for it: a pause that was asked for before that is over with it."""


class RunReopened(Fact):
    """A failed run goes on: its failed steps are tried afresh."""

    kind: Literal["run.reopened"] = "run.reopened"
    by: str
    command_id: CommandId | None = None
    paths: tuple[StepPath, ...] | None = None
    """The failed steps and items that are tried; None: all."""


class RunSucceeded(Fact):
    """Every step has ended and the outputs are known."""

    kind: Literal["run.succeeded"] = "run.succeeded"
    output: Stored
    partial: str = ""
    """Why not all was done that could have been; '': it was."""


class RunFailed(Fact):
    """A step failed for good and nothing is under way any more."""

    kind: Literal["run.failed"] = "run.failed"
    error: ErrorInfo


class RunCancelled(Fact):
    """The run was stopped on request."""

    kind: Literal["run.cancelled"] = "run.cancelled"


# --- step --------------------------------------------------------------------------------------


class StepExpanded(Fact):
    """The items of a ``for_each`` are known; they are never computed again."""

    kind: Literal["step.expanded"] = "step.expanded"
    path: StepPath
    items: Stored
    """A list."""
    keys: tuple[str, ...]


class StepStarted(Fact):
    """An attempt may begin: its inputs are rendered and will not be rendered again."""

    kind: Literal["step.started"] = "step.started"
    path: StepPath
    attempt: int
    token: AttemptToken
    """'' where no process works on it: it waits for a person, time or a subworkflow."""
    input: Stored
    step_key: str
    """A hash of all that determines the step: resolved inputs, prompt, model, schema, code."""
    item: int | None = None
    """The position of a ``for_each`` item."""
    code_hash: str | None = None
    node: NodePath | None = None
    """The step as a node of its graph; None: the path names a step of the run's own graph."""
    iteration: int = 1
    """Which iteration of the step, or of its item, this is."""


class StepSucceeded(Fact):
    """The step's output is known; it is what every later step sees."""

    kind: Literal["step.succeeded"] = "step.succeeded"
    path: StepPath
    attempt: int
    output: Stored
    reused_from: StepPath | None = None
    """Where in the run that is reused the output was found; nothing was done or paid for it."""


class StepIterated(Fact):
    """An iteration of a ``repeat_until`` was judged."""

    kind: Literal["step.iterated"] = "step.iterated"
    path: StepPath
    """The iteration that has ended."""
    holds: bool
    """The condition holds."""
    again: bool
    """Another iteration follows; false although the condition does not hold: the bound is
    reached."""


class StepsRedone(Fact):
    """A rejection sent the work back: these steps are done once more."""

    kind: Literal["step.redone"] = "step.redone"
    path: StepPath
    """The approval that was rejected."""
    target: NodePath
    nodes: tuple[NodePath, ...]
    """The target, what lies between it and the approval, and the approval itself."""
    feedback: str
    output: Stored = NOTHING
    """What the rejected approval gives."""


class StepFailed(Fact):
    """An attempt failed; ``final``: no further one follows by itself."""

    kind: Literal["step.failed"] = "step.failed"
    path: StepPath
    attempt: int
    error: ErrorInfo
    final: bool
    item: int | None = None
    """Set when an item failed before its first attempt could start."""
    node: NodePath | None = None
    """As in `StepStarted`."""
    iteration: int = 1


class StepInterrupted(Fact):
    """An attempt ended without an outcome: its process died, or the run was cancelled."""

    kind: Literal["step.interrupted"] = "step.interrupted"
    path: StepPath
    attempt: int
    because: str
    on_purpose: bool = False
    """The run was paused, or the step is not wanted any more: it does not count as a crash."""


class StepResumed(Fact):
    """A waiting attempt goes on: what it waited for was decided, or its time has come."""

    kind: Literal["step.resumed"] = "step.resumed"
    path: StepPath
    attempt: int
    token: AttemptToken


class StepHeld(Fact):
    """An attempt was let go of until a time: so long a limit holds back its next call."""

    kind: Literal["step.held"] = "step.held"
    path: StepPath
    attempt: int
    until: AwareDatetime


class StepRetryScheduled(Fact):
    """Another attempt will start at a time."""

    kind: Literal["step.retry_scheduled"] = "step.retry_scheduled"
    path: StepPath
    attempt: int
    """The number of the attempt to come."""
    at: AwareDatetime


class StepSkipped(Fact):
    """The step will not be done; the reason is for people."""

    kind: Literal["step.skipped"] = "step.skipped"
    path: StepPath
    """A step, or one item of it that has begun."""
    because: str
    by: str = ""
    """The person who wanted it; '' when the workflow's own rules did."""
    output: Stored | None = None
    """What a person gave instead: the step then counts as succeeded with it."""
    command_id: CommandId | None = None


class StepWaiting(Fact):
    """The step cannot start yet for a reason outside the graph, such as a cell that has not run."""

    kind: Literal["step.waiting"] = "step.waiting"
    path: StepPath
    because: str


# --- calls, written by attempts ----------------------------------------------------------------


class ModelRequested(Fact):
    """A model call is about to leave the process."""

    kind: Literal["model.requested"] = "model.requested"
    path: StepPath
    attempt: int
    call_id: CallId
    model: str
    messages: tuple[str, ...]
    """Hashes of the messages: what is new in them stands in earlier events."""
    request_hash: str
    reask: bool = False
    """It repairs a malformed answer."""
    max_tokens: int | None = None
    estimate: Estimate | None = None
    """What is reserved for it; None: an older program wrote this."""


class ModelResponded(Fact):
    """A model call is finished; its answer is never asked for again."""

    kind: Literal["model.responded"] = "model.responded"
    path: StepPath
    call_id: CallId
    message: Stored
    finish_reason: str
    model: str
    provider: str
    usage: Usage | None
    price: Price
    latency_seconds: float
    scripted: bool = False
    request_id: str | None = None


class ModelFailed(Fact):
    """A model call failed; it may have been paid for all the same."""

    kind: Literal["model.failed"] = "model.failed"
    path: StepPath
    call_id: CallId
    error: ErrorInfo
    latency_seconds: float
    paid: bool = False
    """The server may have done the work and taken its price: the estimate counts as spent."""


class ToolJudged(Fact):
    """A call that the model asked for was not simply allowed."""

    kind: Literal["tool.judged"] = "tool.judged"
    path: StepPath
    attempt: int
    call_id: CallId
    answers: CallId | None = None
    """The model call that asked for it; None: the workflow did."""
    index: int = 0
    """Which of that answer's tool calls it is."""
    tool: str
    effect: Effect
    args: Stored
    args_hash: str
    key: str
    verdict: Literal["ask", "refuse"]
    because: str
    rules: tuple[str, ...] = ()
    """The rules of the policy that spoke, in words."""


class ToolStarted(Fact):
    """A tool call is about to be made, with this key."""

    kind: Literal["tool.started"] = "tool.started"
    path: StepPath
    attempt: int
    call_id: CallId
    answers: CallId | None = None
    index: int = 0
    tool: str
    effect: Effect
    args: Stored
    args_hash: str
    key: str
    rules: tuple[str, ...] = ()
    """The rules of the policy that let it be made without asking anybody; none: the default."""
    compensates: bool = False
    """The tool knows how to undo it."""
    checks: bool = False
    """The tool can say whether it happened."""


class ToolSucceeded(Fact):
    """A tool call is finished; it is never made again."""

    kind: Literal["tool.succeeded"] = "tool.succeeded"
    path: StepPath
    call_id: CallId
    output: Stored
    latency_seconds: float


class ToolFailed(Fact):
    """A tool call failed, and is known not to be in doubt."""

    kind: Literal["tool.failed"] = "tool.failed"
    path: StepPath
    call_id: CallId
    error: ErrorInfo
    latency_seconds: float


class ToolInDoubt(Fact):
    """A ``write`` was begun and nobody can tell whether it happened."""

    kind: Literal["tool.in_doubt"] = "tool.in_doubt"
    path: StepPath
    call_id: CallId
    evidence: str


class ToolAsked(Fact):
    """What was called asks a person something before it goes on; the call is made again with it."""

    kind: Literal["tool.asked"] = "tool.asked"
    path: StepPath
    call_id: CallId
    prompt: str
    form: dict[str, JsonValue]
    """The JSON Schema of what is to be filled in."""
    state: Stored
    """What it is told again with the answer; only it understands it."""


class ToolSettled(Fact):
    """The doubt about a call is gone: its own ``check`` or a person said what happened."""

    kind: Literal["tool.settled"] = "tool.settled"
    path: StepPath
    call_id: CallId
    outcome: Literal["happened", "not_happened"]
    output: Stored = NOTHING
    by: str
    because: str = ""


class LimitWaited(Fact):
    """A call has to wait for a limit: a rate, a pace or a breaker. Nothing of it was announced."""

    kind: Literal["limit.waited"] = "limit.waited"
    path: StepPath
    attempt: int
    limit: str
    """What it is, for people."""
    until: AwareDatetime
    """When it goes on, as far as anybody knows."""
    ticket: str = ""
    """The place that it has, for the attempt that goes on should this one not."""


class NoteAdded(Fact):
    """Something worth keeping that decides nothing, such as what a call printed."""

    kind: Literal["note.added"] = "note.added"
    path: StepPath
    text: str


# --- people ------------------------------------------------------------------------------------

ApprovalKind = Literal["approve", "call", "in_doubt", "crashing", "ask", "budget"]


class ApprovalRequested(Fact):
    """Something waits for a person."""

    VERSION: ClassVar[int] = 2  # Since then it may be asked about a budget.

    kind: Literal["approval.requested"] = "approval.requested"
    approval_id: ApprovalId
    path: StepPath
    attempt: int
    subject: ApprovalKind
    prompt: str
    shown: Stored = NOTHING
    """An object: value by path."""
    editable: tuple[str, ...] = ()
    calls: tuple[ProposedCall, ...] = ()
    evidence: str = ""
    expires_at: AwareDatetime | None = None
    then: Literal["reject", "skip", "escalate", "wait"] = "wait"
    to: str = ""
    """Whom an escalation names."""
    form: dict[str, JsonValue] | None = None
    """The JSON Schema of what an ``ask`` asks for, or of the arguments of a call."""
    because: str = ""
    """Why a person is asked about a call."""
    said: str = ""
    """What the agent said when it asked for the call: its own words, and no proof of anything."""
    cost_usd: Decimal | None = None
    """What the run had cost when it asked, as far as that is known."""
    needed: int = 1
    """So many different people have to approve."""
    given: tuple[str, ...] = ()
    """Those who have approved already."""


class ApprovalDecided(Fact):
    """A person decided; the decision holds for exactly what was shown, edits included.

    Version 2 knows ``stop``.
    """

    VERSION: ClassVar[int] = 2

    kind: Literal["approval.decided"] = "approval.decided"
    approval_id: ApprovalId
    path: StepPath
    decision: Literal["approve", "reject", "happened", "not_happened", "answer", "stop"]
    """``answer``: of a form, or in place of a call, which is never made; ``stop``: the run ends."""
    by: str
    via: str
    decided_at: AwareDatetime
    edits: Stored = NOTHING
    because: str = ""
    authorised: tuple[str, ...] = ()
    """Hashes of the calls that may now be made without a further question."""
    value: Stored = NOTHING
    """What a call in doubt returned, when a person knows."""
    command_id: CommandId | None = None
    verified: bool = False
    """A server proved who ``by`` is."""
    answers: Stored = NOTHING
    """What a person filled in."""
    calls: tuple[ProposedCall, ...] = ()
    """The calls as they are made instead of those that were shown: with edited arguments."""
    counts: bool = True
    """It is one of the approvals that are needed; false: two people are, and it is nobody's proven
    word, or that of somebody who does not count. The question is asked anew."""
    always: bool = False
    """Further calls of the tool in this run need no approval; see `PermissionGranted`."""


class ApprovalExpired(Fact):
    """Nobody decided in time. Silence never approves."""

    kind: Literal["approval.expired"] = "approval.expired"
    approval_id: ApprovalId
    path: StepPath


class ApprovalEscalated(Fact):
    """Nobody decided in time; the question stays open and is shown more urgently."""

    kind: Literal["approval.escalated"] = "approval.escalated"
    approval_id: ApprovalId
    path: StepPath
    to: str = ""


class ApprovalClosed(Fact):
    """Nobody needs to decide any more: the step was given up, skipped, or is done anew."""

    kind: Literal["approval.closed"] = "approval.closed"
    approval_id: ApprovalId
    path: StepPath


class ApprovalDelegated(Fact):
    """Somebody named another person who should decide; everybody still may."""

    kind: Literal["approval.delegated"] = "approval.delegated"
    approval_id: ApprovalId
    path: StepPath
    to: str
    by: str
    because: str = ""
    command_id: CommandId | None = None


class PermissionGranted(Fact):
    """A person allowed all further calls of a tool in this run, as far as one approval allows."""

    kind: Literal["permission.granted"] = "permission.granted"
    tool: str
    by: str


class PermissionRevoked(Fact):
    """A permission does not hold any more: the next call of the tool is asked about again."""

    kind: Literal["permission.revoked"] = "permission.revoked"
    tool: str
    by: str
    command_id: CommandId | None = None


# --- undoing -----------------------------------------------------------------------------------


class UndoRequested(Fact):
    """Somebody wants what the run did to be undone, once it has ended."""

    kind: Literal["undo.requested"] = "undo.requested"
    by: str
    because: str = ""
    leave: tuple[str, ...] = ()
    """Steps, or items of them, whose calls are left as they are."""
    again: bool = False
    """Compensations that are in doubt are made once more."""
    command_id: CommandId | None = None


class UndoDeclined(Fact):
    """Somebody chose to leave what the run did as it is."""

    kind: Literal["undo.declined"] = "undo.declined"
    by: str
    because: str = ""
    command_id: CommandId | None = None


class CompensationStarted(Fact):
    """A call is about to be undone."""

    kind: Literal["compensation.started"] = "compensation.started"
    path: StepPath
    call_id: CallId
    """The call that is undone."""
    tool: str
    key: str
    """That of the call."""
    attempt: int = 1
    repeats: bool = False
    """It takes the key, so that it may be repeated."""


class CompensationSucceeded(Fact):
    """A call is undone; its compensation is never made again."""

    kind: Literal["compensation.succeeded"] = "compensation.succeeded"
    path: StepPath
    call_id: CallId
    output: Stored = NOTHING
    latency_seconds: float = 0.0


class CompensationFailed(Fact):
    """A call was not undone; what was done before it stays as it is, too."""

    kind: Literal["compensation.failed"] = "compensation.failed"
    path: StepPath
    call_id: CallId
    error: ErrorInfo
    latency_seconds: float = 0.0


class CompensationInDoubt(Fact):
    """A compensation was begun, and nobody can tell whether the call is undone."""

    kind: Literal["compensation.in_doubt"] = "compensation.in_doubt"
    path: StepPath
    call_id: CallId
    evidence: str
    again: bool = False
    """It is repeated with the same key."""


# --- time and signals --------------------------------------------------------------------------


class TimerSet(Fact):
    """Time alone will move a step on, or end it."""

    kind: Literal["timer.set"] = "timer.set"
    path: StepPath
    at: AwareDatetime
    purpose: Literal["wait", "timeout"] = "wait"


class TimerFired(Fact):
    """The time has come."""

    kind: Literal["timer.fired"] = "timer.fired"
    path: StepPath


class SignalAwaited(Fact):
    """A step waits for a signal; one that was kept is taken at once."""

    kind: Literal["signal.awaited"] = "signal.awaited"
    path: StepPath
    name: str


class SignalReceived(Fact):
    """Somebody sent a signal; it is kept until a step waits for it."""

    kind: Literal["signal.received"] = "signal.received"
    name: str
    value: Stored = NOTHING
    by: str
    command_id: CommandId | None = None


# --- budgets -----------------------------------------------------------------------------------

BudgetLevel = Literal["run", "workflow", "step", "class", "day"]
"""Whose budget: the run's, that of a subworkflow or of a step in it, or what the user grants all
runs of a class, or all runs, for a day."""
BudgetUnit = Literal["usd", "tokens", "calls", "seconds", "price"]
"""Of what there is not enough; ``price``: nobody knows what a call costs, and that blocks it."""


class BudgetReached(Fact):
    """What comes next does not fit into a budget: nothing new begins before a person decides."""

    kind: Literal["budget.reached"] = "budget.reached"
    path: StepPath
    """Whose call was not made, or what was not begun."""
    level: BudgetLevel = "run"
    where: str = ""
    """The step, the subworkflow or the class; '' for the run and the day."""
    unit: BudgetUnit = "usd"
    counted: Decimal = Decimal(0)
    """Spent and reserved by then."""
    limit: Decimal = Decimal(0)
    estimate: Estimate | None = None
    """Of the call that did not fit."""
    model: str = ""
    day: str = ""
    """The day, in UTC, whose budget it is; '' for those that are not by the day."""
    until: AwareDatetime | None = None
    """When a new day brings a new budget."""


class BudgetRaised(Fact):
    """A person gave more, or wants a cheaper model from here on."""

    kind: Literal["budget.raised"] = "budget.raised"
    level: BudgetLevel = "run"
    where: str = ""
    budget: Budget = Budget()
    """What is said holds from here on; what is not said stays."""
    model: str = ""
    """The model of all further calls; '': the steps' own."""
    by: str
    via: str = ""
    because: str = ""
    day: str = ""
    """For which day, where it is a day's or a class's."""
    command_id: CommandId | None = None


AttemptEvent = (
    ModelRequested
    | ModelResponded
    | ModelFailed
    | ToolJudged
    | ToolStarted
    | ToolSucceeded
    | ToolFailed
    | ToolInDoubt
    | ToolAsked
    | ToolSettled
    | LimitWaited
    | NoteAdded
)
"""What an attempt writes for itself, under its token."""

RunEvent = (
    RunCreated
    | LeaseTaken
    | RunStarted
    | RunCancelRequested
    | RunPauseRequested
    | RunPaused
    | RunResumed
    | RunReopened
    | RunSucceeded
    | RunFailed
    | RunCancelled
    | StepExpanded
    | StepStarted
    | StepSucceeded
    | StepIterated
    | StepsRedone
    | StepFailed
    | StepInterrupted
    | StepHeld
    | StepResumed
    | StepRetryScheduled
    | StepSkipped
    | StepWaiting
    | ApprovalRequested
    | ApprovalDecided
    | ApprovalExpired
    | ApprovalEscalated
    | ApprovalClosed
    | ApprovalDelegated
    | PermissionGranted
    | PermissionRevoked
    | UndoRequested
    | UndoDeclined
    | CompensationStarted
    | CompensationSucceeded
    | CompensationFailed
    | CompensationInDoubt
    | TimerSet
    | TimerFired
    | SignalAwaited
    | SignalReceived
    | BudgetReached
    | BudgetRaised
)
"""What only the run's owner writes, under its fence."""

Event = Annotated[RunEvent | AttemptEvent, Field(discriminator="kind")]


class Recorded(BaseModel):
    """An event with its place in the journal of its run."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    run_id: RunId
    seq: int
    """1 for the first event of a run; the only order there is."""
    at: datetime
    """When the owner said it happened; for people, never for order."""
    event: RunEvent | AttemptEvent

    @classmethod
    def known(
        cls, run_id: RunId, seq: int, at: datetime, event: RunEvent | AttemptEvent
    ) -> "Recorded":
        """Return a record of parts that are known to be right, made quickly.

        A long journal has a hundred thousand; ``model_construct`` takes three times as long, and
        longer than to look at every part.
        """
        made = cls.__new__(cls)
        fields = {"run_id": run_id, "seq": seq, "at": at, "event": event}
        object.__setattr__(made, "__dict__", fields)
        object.__setattr__(made, "__pydantic_fields_set__", set(fields))
        object.__setattr__(made, "__pydantic_extra__", None)
        object.__setattr__(made, "__pydantic_private__", None)
        return made


UPGRADES: dict[tuple[str, int], Any] = {
    ("approval.decided", 1): lambda fields: fields,
    ("approval.requested", 1): lambda fields: fields,
}
"""From an older version of a kind: a function from its JSON object to that of the next version."""


def read_event(kind: str, version: int, body: str | bytes) -> RunEvent | AttemptEvent:
    """Decode a stored event, upgrading an older form.

    Raises:
        UnknownEvent: a newer program wrote it.
    """
    known = KINDS.get(kind)
    if known is None or version > known.VERSION:
        raise UnknownEvent(kind, version)
    if version == known.VERSION:
        event: RunEvent | AttemptEvent = known.model_validate_json(body)
        return event
    fields = TypeAdapter(dict[str, Any]).validate_json(body)
    for older in range(version, known.VERSION):
        fields = UPGRADES[kind, older](fields)
    # Of the class that the column says: the journal leaves the kind out of the body.
    upgraded: RunEvent | AttemptEvent = known.model_validate(fields)
    return upgraded


class UnknownEvent(Exception):
    """A newer program wrote an event that this one does not know."""

    def __init__(self, kind: str, version: int) -> None:
        super().__init__(f"event {kind!r} of version {version}")
        self.kind = kind
        self.version = version


KINDS: dict[str, Any] = {
    member.model_fields["kind"].default: member
    for union in (RunEvent, AttemptEvent)
    for member in union.__args__
}
"""Every kind of event and its class."""

ATTEMPT_KINDS = frozenset(member.model_fields["kind"].default for member in AttemptEvent.__args__)

ZERO_USD = Decimal(0)
