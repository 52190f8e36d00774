"""What a person is asked, and what he decides."""

from decimal import Decimal
from typing import ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, JsonValue

from mn_notebook.domain.events.facts import Fact
from mn_notebook.domain.ids import ApprovalId, CallId, CommandId, StepPath
from mn_notebook.domain.values import NOTHING, Stored
from mn_notebook.domain.workflow import Effect

ApprovalKind = Literal["approve", "call", "in_doubt", "crashing", "ask", "budget"]


class ProposedCall(BaseModel):
    """A tool call that a person is asked about, exactly as it would be made."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    call_id: CallId
    tool: str
    effect: Effect
    args: Stored
    args_hash: str
    key: str


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
