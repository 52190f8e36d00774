"""What an attempt writes for itself: its calls of models and tools, and what it notes of them."""

from typing import Literal

from pydantic import AwareDatetime, JsonValue

from mn_notebook.domain.events.facts import ErrorInfo, Fact
from mn_notebook.domain.ids import CallId, StepPath
from mn_notebook.domain.messages import Estimate, Price, Usage
from mn_notebook.domain.values import NOTHING, Stored
from mn_notebook.domain.workflow import Effect


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
    tool_mode: Literal["native", "schema"] | None = None
    """How the model is spoken to; None: an older program wrote this."""
    rung: int = 0
    """Which model of the step's ladder is asked, the first being 0."""
    climbed: str = ""
    """Why the model below it is asked no more; '' where it is no step up."""
    about: CallId | None = None
    """It is to summarise what this tool call gave."""


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
    remembered: str = ""
    """The name by which an identical call finds the answer; '': none may take it over."""


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
    remembered: str = ""
    """The name by which an identical call finds the result; '': none may take it over."""


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


class ToolShortened(Fact):
    """A result is too long for the step's rule: this is what the model is shown of it."""

    kind: Literal["tool.shortened"] = "tool.shortened"
    path: StepPath
    call_id: CallId
    over: int
    """The characters that the rule allows."""
    characters: int
    """Those of the whole."""
    first: int = 0
    """So many of the beginning are shown."""
    last: int = 0
    """And so many of the end."""
    summary: Stored | None = None
    """What is shown instead of it all."""
    by: CallId | None = None
    """The model call that was asked for a summary."""
    because: str = ""
    """Why it was cut though a summary was asked for."""


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
