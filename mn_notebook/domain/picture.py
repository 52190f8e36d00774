"""What a face shows of a run: one plain value, made from the journal alone.

Every face (notebook output, widget, lab extension, terminal) draws this and nothing else, so that
they cannot disagree. Texts in it are untrusted: a face shows them as text, never as markup.
"""

from datetime import datetime
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, JsonValue

from mn_notebook.domain.statuses import Owner, RunStatus, StepStatus


class _Shown(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PictureItem(_Shown):
    """An item of a ``for_each`` step that somebody may want to look at."""

    key: str
    path: str
    status: StepStatus


class PictureItems(_Shown):
    """How the items of a ``for_each`` step stand, or the steps that one box stands for."""

    total: int
    succeeded: int
    failed: int
    running: int
    waiting: int
    skipped: int = 0
    telling: tuple[PictureItem, ...] = ()
    """Those in trouble or at work, trouble first; the numbers above count all."""


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
    path: str = ""
    """Where the step stands in the run: its name; ``review[acme]/draft`` inside a subworkflow."""
    iteration: int = 1
    """Which iteration it is in; above 1 when it repeats, or a rejection sent the work back."""
    at_most: int | None = None
    """The bound of its ``repeat_until``."""
    reused: bool = False
    """Its output was taken from an earlier run, unpaid."""
    stand_in: str | None = None
    """The fallback whose value stands for this step's."""
    calls_workflow: str | None = None
    """The workflow that a step of this kind runs; its graphs are in ``scopes``."""
    actions: tuple[Literal["retry", "skip"], ...] = ()
    """What a person can ask for here, now."""
    stands_for: int = 0
    """So many steps are put together in this box, and counted in ``items``; 0: it is a step."""


class PictureEdge(_Shown):
    """An arrow from one step to another."""

    source: str
    target: str
    points: tuple[tuple[float, float], ...]
    """Corners from source to target; a face may round them."""


class PictureFormField(_Shown):
    """A field that a person fills in, or an argument that a person may change."""

    name: str
    type_text: str
    """As it would be written in a workflow, such as ``list[str]`` or ``low | high``."""
    json_schema: dict[str, JsonValue]
    required: bool


class PictureCall(_Shown):
    """A tool call that somebody is asked about, in full."""

    call_id: str
    tool: str
    effect: Literal["read", "idempotent", "write"]
    args: dict[str, JsonValue]
    key: str
    """The idempotency key that the tool is, or would be, given."""
    arguments: tuple[PictureFormField, ...] = ()
    """What may be changed before the call is approved; none: it is made as shown, or not at all."""


class PictureField(_Shown):
    """A value that an approval shows; editable when ``editable``."""

    path: str
    value: JsonValue
    editable: bool


class PictureChoice(_Shown):
    """Something that may be decided about a question."""

    decision: Literal["approve", "reject", "answer", "happened", "not_happened", "cheaper", "stop"]
    label: str
    leads_to: str
    """What follows, as half a sentence."""


class PicturePermission(_Shown):
    """A tool that needs no approval in this run any more."""

    tool: str
    by: str
    """Who said so."""
    command: str
    """The line that takes it back; '' of a run that has ended."""


class PictureBudget(_Shown):
    """A budget that is used up: how much of how much, what waits, and what may be given."""

    whose: str
    """Such as ``the run's budget``."""
    used: str
    """Such as ``20 of 20 calls``, and ``how``: ``made``."""
    how: str
    counted: Decimal
    """Spent and reserved, in the unit of ``limit``; of a price that nobody knows: dollars."""
    limit: Decimal
    wanted: Decimal
    """What the call needs that did not fit; 0: that is not known."""
    wanted_text: str
    waiting: str
    """The step whose call was not made, or that was not begun."""
    spent_on: str
    """The steps that have spent the most, with how much; '' where none has."""
    left: str
    """About how much is left to do."""
    word: Literal["usd", "calls", "tokens", "time", "unknown_price"]
    """The word of a budget that is raised."""
    offer: str
    """The limit that is offered, as it is typed; it may be edited."""
    unit: str
    model: str
    """Whose call did not fit; '' where none was asked yet."""
    cheaper: str
    """The model that was named to go on with; '': none, or it would not help."""
    another_model: bool
    """A cheaper model would help: not where calls, tokens or time are used up."""


class PictureApproval(_Shown):
    """Something that waits for a person."""

    id: str
    kind: Literal["approve", "call", "in_doubt", "ask", "budget"]
    """``approve``: a step of that kind; ``call``: a write that policy asks about; ``in_doubt``:
    a write that was begun and whose outcome is unknown; ``ask``: a form to be filled in;
    ``budget``: a budget that is used up."""
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
    form: tuple[PictureFormField, ...] = ()
    """What an ``ask`` asks for."""
    escalated: bool = False
    """Nobody answered in time, and it is shown more urgently since."""
    escalated_to: str = ""
    redo: str | None = None
    """The step that a rejection sends the work back to."""
    because: str = ""
    """Why a person is asked about a call: the rule that wants it."""
    said: str = ""
    """What the agent said when it asked for the call."""
    cost_usd: Decimal | None = None
    """What the run had cost when it asked; None: unknown."""
    needed: int = 1
    """So many different people have to approve."""
    given: tuple[str, ...] = ()
    """Those who have."""
    delegated_to: str = ""
    """Who should decide, as somebody said."""
    choices: tuple[PictureChoice, ...] = ()
    may_always: bool = False
    """An approval may allow all further calls of the tool in this run."""
    budget: PictureBudget | None = None
    """Of a ``budget``."""


RunAction = Literal["pause", "resume", "cancel", "retry", "undo", "keep"]


class PictureWait(_Shown):
    """A step that waits for time or for a signal, and for nobody's decision."""

    path: str
    signal: str | None
    """The signal that it waits for; None: time."""
    until: datetime | None
    """When time alone makes it go on, or fail if it waits for a signal; None: never."""
    command: str
    """The line that sends the signal, or ''."""


class PictureScope(_Shown):
    """The graph of a subworkflow, drawn as the run's own."""

    path: str
    """The step of the outer graph that it belongs to, with its item and iteration."""
    workflow: str
    status: StepStatus
    nodes: tuple[PictureNode, ...]
    edges: tuple[PictureEdge, ...]
    width: float
    height: float
    steps: int = 0
    """How many steps the graph has, however few boxes are drawn; 0: each has its box."""


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
    waits: tuple[PictureWait, ...] = ()
    scopes: tuple[PictureScope, ...] = ()
    """The graphs of subworkflows, those at work or in trouble first."""
    scopes_cut: int = 0
    """How many further ones there are."""
    actions: tuple[RunAction, ...] = ()
    """What a person can ask for now; ``retry`` tries all failed steps again, ``undo`` shows first
    what could be undone, ``keep`` stops an undoing after the call that it is at."""
    undoable: int = 0
    """How many calls an undo would deal with, as far as the run has come."""
    reuses: str | None = None
    """The run whose unchanged steps this one takes over."""
    approvals_cut: int = 0
    """How many further approvals there are."""
    waits_cut: int = 0
    """How many further waits there are."""
    permissions: tuple[PicturePermission, ...] = ()
    """Tools that need no approval in this run any more."""
    workflow_version: str = ""
    """The first characters of the hash of the workflow's version."""
    budget: tuple[str, ...] = ()
    """What is spent or reserved of each limit of its budget: ``$0.41 of $1.00``."""
    reserved_usd: Decimal = Decimal(0)
    """The estimates of calls that have no outcome; not in ``cost_usd``."""
    budget_hint: str = ""
    """That most of a limit is used; '' while there is enough."""
    spared: str = ""
    """Which calls were not made because identical ones had been, in words."""
