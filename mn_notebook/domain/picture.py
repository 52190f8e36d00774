"""What a face shows of a run: one plain value, made from the journal alone.

Every face (notebook output, widget, lab extension, terminal) draws this and nothing else, so that
they cannot disagree. Texts in it are untrusted: a face shows them as text, never as markup.
"""

from datetime import datetime
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, JsonValue

RunStatus = Literal["queued", "running", "waiting", "paused", "succeeded", "failed", "cancelled"]
StepStatus = Literal[
    "pending",
    "running",
    "retrying",
    "waiting",
    "in_doubt",
    "succeeded",
    "failed",
    "skipped",
    "cancelled",
]
Owner = Literal["live", "gone", "none"]


class _Shown(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PictureItems(_Shown):
    """How the items of a ``for_each`` step stand."""

    total: int
    succeeded: int
    failed: int
    running: int
    waiting: int


class PictureNode(_Shown):
    """A step as a box of the graph; lengths are CSS pixels at 100 %."""

    name: str
    kind: str
    status: StepStatus
    detail: str
    """One short line: ``agent · 41 s``, ``2 of 3``, ``waits for you``, ``retry 2 of 3``."""
    attempts: int
    cost_usd: Decimal | None
    """None: unknown, or no paid call was made."""
    items: PictureItems | None
    error: str | None
    output: JsonValue
    """The step's output, cut for display (see ``output_cut``)."""
    output_cut: bool
    model: str | None
    """The model that really answered last, if any did."""
    tokens_in: int
    tokens_out: int
    x: float
    y: float
    width: float
    height: float


class PictureEdge(_Shown):
    """An arrow from one step to another."""

    source: str
    target: str
    points: tuple[tuple[float, float], ...]
    """Corners from source to target; a face may round them."""


class PictureCall(_Shown):
    """A tool call that somebody is asked about, in full."""

    call_id: str
    tool: str
    effect: Literal["read", "idempotent", "write"]
    args: dict[str, JsonValue]
    key: str
    """The idempotency key that the tool is, or would be, given."""


class PictureField(_Shown):
    """A value that an approval shows; editable when ``editable``."""

    path: str
    value: JsonValue
    editable: bool


class PictureApproval(_Shown):
    """Something that waits for a person."""

    id: str
    kind: Literal["approve", "call", "in_doubt"]
    """``approve``: a step of that kind; ``call``: a write that policy asks about; ``in_doubt``:
    a write that was begun and whose outcome is unknown."""
    path: str
    step: str
    prompt: str
    calls: tuple[PictureCall, ...]
    fields: tuple[PictureField, ...]
    evidence: str
    requested_at: datetime
    expires_at: datetime | None
    then: str | None
    command: str
    """The same decision as a line to type."""


class PictureSpan(_Shown):
    """A stretch of work or of waiting, in seconds since the run was created."""

    start: float
    end: float | None
    """None: still going on."""
    status: Literal["running", "succeeded", "failed", "interrupted", "waiting", "retrying"]


class PictureRow(_Shown):
    """One line of the timeline."""

    path: str
    status: StepStatus
    spans: tuple[PictureSpan, ...]


class RunPicture(_Shown):
    """A run, ready to be drawn."""

    version: Literal[1] = 1
    rev: int
    """The number of the last event shown: a face never replaces a picture by an older one."""
    run_id: str
    short_id: str
    workflow: str
    title: str
    """What tells this run from others of the workflow: its inputs in a few words."""
    status: RunStatus
    status_text: str
    """The status in words, such as ``waiting for a person``."""
    scripted: bool
    """A scripted model answered somewhere in this run: it proves nothing about a real one."""
    created_at: datetime
    finished_at: datetime | None
    work_seconds: float
    steps_done: int
    steps_total: int
    calls: int
    tokens_in: int
    tokens_out: int
    cost_usd: Decimal | None
    """None: at least one call's price is unknown (``cost_floor_usd`` is what is known)."""
    cost_floor_usd: Decimal
    budget_usd: Decimal | None
    owner: Owner
    """``live``: a process advances it; ``gone``: its process died; ``none``: none is needed."""
    nodes: tuple[PictureNode, ...]
    edges: tuple[PictureEdge, ...]
    width: float
    height: float
    approvals: tuple[PictureApproval, ...]
    timeline: tuple[PictureRow, ...]
    timeline_cut: int
    """How many further rows there are."""
    output: JsonValue
    output_cut: bool
    error: str | None
    next: str
    """What happens next, in one sentence; it may name a command worth typing."""
