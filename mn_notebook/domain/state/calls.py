"""A call that a step makes, as far as its journal knows it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from mn_notebook.domain.events import ErrorInfo, ToolAsked, ToolShortened
from mn_notebook.domain.ids import CallId
from mn_notebook.domain.messages import Estimate, Price, Usage
from mn_notebook.domain.values import NOTHING, Stored
from mn_notebook.domain.workflow import Effect

CallStatus = Literal[
    "open", "succeeded", "failed", "asked", "refused", "in_doubt", "settled", "lost", "answered"
]


@dataclass(frozen=True)
class Call:
    """A model call or tool call of a step, as far as the journal knows it."""

    id: CallId
    kind: Literal["model", "tool"]
    attempt: int
    """The attempt that last began it; older than the running one: nobody is making it any more."""
    status: CallStatus
    name: str
    """The model asked for, or the tool."""
    started_at: datetime
    answers: CallId | None = None
    index: int = 0
    effect: Effect = "read"
    args: Stored = NOTHING
    args_hash: str = ""
    key: str = ""
    result: Stored = NOTHING
    """A model's message, or a tool's output."""
    error: ErrorInfo | None = None
    because: str = ""
    finish_reason: str = ""
    answered_by: str | None = None
    """The model that really answered."""
    reask: bool = False
    usage: Usage | None = None
    price: Price | None = None
    latency_seconds: float = 0.0
    approved: bool = False
    """A person allowed this very call."""
    approvals: int = 0
    """So many people did."""
    not_happened: bool = False
    """It was in doubt and is known not to have happened: it may be made."""
    doubtful: bool = False
    """It was refused while in doubt: whether it happened is still unknown."""
    request_hash: str = ""
    decided_by: str = ""
    """Who changed its arguments, or answered in its place."""
    rules: tuple[str, ...] = ()
    """The rules of the policy that spoke about it, in words."""
    asks: ToolAsked | None = None
    """What it asked a person last; answered where it is ``approved``."""
    given: Stored | None = None
    """What the person filled in; None: he declined, or has not answered."""
    estimate: Estimate | None = None
    """What is reserved for a model call."""
    rung: int = 0
    """Which model of the step's ladder it asks."""
    climbed: str = ""
    """Why the model below is asked no more."""
    tool_mode: Literal["native", "schema"] | None = None
    about: CallId | None = None
    """The tool call whose result it is to summarise."""
    shortened: ToolShortened | None = None
    """What of a long result a model is shown."""
    reused: CallId | None = None
    """The identical call whose outcome it has taken over."""
