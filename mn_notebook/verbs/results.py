"""What verbs answer with, where no picture or line of the domain says it already."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import JsonValue
from typing_extensions import override

from mn_notebook.domain.events import Recorded
from mn_notebook.domain.outline import WorkflowOutline
from mn_notebook.domain.picture import PictureApproval, RunPicture
from mn_notebook.domain.previews import CostPreview
from mn_notebook.domain.runline import RunLine
from mn_notebook.domain.why import Explanation
from mn_notebook.domain.workflow import Effect


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence or two."""

    text: str


@dataclass(frozen=True, slots=True)
class Defined:
    """A workflow that can be run by its name from now on."""

    outline: WorkflowOutline
    notes: tuple[str, ...]
    """What becomes of an older version and of the runs that are under way with it."""
    children: tuple[WorkflowOutline, ...] = ()
    """The workflows that it calls, directly or through others."""


@dataclass(frozen=True, slots=True)
class RunList:
    """The newest runs."""

    lines: tuple[RunLine, ...]
    more: int
    """So many older ones are not among them."""


@dataclass(frozen=True, slots=True)
class RunLog:
    """The journal of a run, or that of one of its steps: its last events."""

    run: RunLine
    events: tuple[Recorded, ...]
    lines: tuple[str, ...]
    """The events as sentences, one each."""
    earlier: int = 0
    """So many earlier events are not among them."""
    unread: str = ""
    """Why the journal goes on where this program cannot read it; '' when it was read whole."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits for a person, and the run that it belongs to."""

    run_id: str
    short_id: str
    workflow: str
    title: str
    approval: PictureApproval


@dataclass(frozen=True, slots=True)
class Approvals:
    """What waits for a person, longest waiting first."""

    waiting: tuple[Waiting, ...]
    now: datetime
    more: int = 0
    """So many that have not waited as long are not among them."""


@dataclass(frozen=True, slots=True, repr=False)
class Decided:
    """A decision that is recorded; its representation is what is to be said of it."""

    run_id: str
    short_id: str
    path: str
    decision: str
    applied: bool
    """A living process has taken it up; else it waits in the store."""
    text: str
    changed: bool = True
    """False: somebody was faster, and the decision counts for nothing."""

    @override
    def __repr__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked of several runs at once."""

    decided: tuple[Decided, ...]
    """One for each run."""
    text: str
    """What is to be said of all of them."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """What `resume` did."""

    runs: tuple[RunPicture, ...]
    """The runs that go on."""
    notes: tuple[str, ...]
    """Why others do not."""


@dataclass(frozen=True, slots=True)
class Started:
    """A run that takes over from another one."""

    run: RunPicture
    forecast: str
    """What is expected to be taken over, and what is done anew."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a step, or an item of it, would be given."""

    key: str
    """Which item; '' when the step has none."""
    text: str
    characters: int
    tokens_estimated: int
    """An estimate, from the number of characters."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a run would cost, and what one of its steps would be given, rendered."""

    workflow: str
    step: str
    """'' where none was named."""
    run_id: str
    """The run whose values were used; '' when none was needed."""
    rendered: tuple[Rendered, ...]
    more: int
    """So many further items are not shown."""
    cost: str = ""
    """What a run of the workflow costs, in sentences."""
    expected: CostPreview | None = None
    """The figures; None: it asks no model."""


@dataclass(frozen=True, slots=True)
class Exported:
    """A file that runs again."""

    path: Path
    left_out: tuple[str, ...]
    """What belongs to the run and is not in the file."""
    given: tuple[str, ...] = ()
    """The inputs that have to be given, as ``name=value``; ``…`` stands for what is long."""


@dataclass(frozen=True, slots=True)
class ModelLine:
    """A model that can run on this machine."""

    name: str
    installed: bool
    size_bytes: int
    bytes_here: int
    licence: str
    about: str
    origin: str
    path: str
    spoken_to: str
    """How much it reads at once, and how it is asked for tools."""


@dataclass(frozen=True, slots=True)
class Models:
    """The models of this machine, and the one that a step without a model's name gets."""

    models: tuple[ModelLine, ...]
    answers: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class ServedToolLine:
    """A tool of a server."""

    name: str
    effect: Effect
    """What it does to the world at most, as far as it is trusted."""
    hints: str
    """What its server says that it does, in a few words."""
    trust: Literal["trusted", "not trusted", "changed since"]
    about: str
    hash: str
    """What names this very description."""


@dataclass(frozen=True, slots=True)
class ServerLine:
    """A server of tools."""

    name: str
    place: str
    """The command that starts it, or its address."""
    state: Literal["here", "failed", "not started"]
    told: str
    """How it calls itself."""
    protocol: str
    fault: str
    """Why it is not there."""
    starts: int
    variables: tuple[str, ...]
    """The environment variables that it is given."""
    log: tuple[str, ...]
    """The last lines that it wrote to its standard error."""
    tools: tuple[ServedToolLine, ...]


@dataclass(frozen=True, slots=True)
class ServerList:
    """The servers of tools that are known."""

    servers: tuple[ServerLine, ...]
    file: str
    """Where this user declares those that no workflow does."""


@dataclass(frozen=True, slots=True)
class BackedUp:
    """A copy of the whole store in one file."""

    path: Path
    runs: int
    artifacts: int
    missing: int
    """Artifacts that could not be read."""
    size_bytes: int
    text: str


@dataclass(frozen=True, slots=True)
class PutBack:
    """What `restore` brought back."""

    runs: tuple[str, ...]
    held: tuple[str, ...]
    """Those that have not ended, and are paused."""
    there: tuple[str, ...]
    """Those that the store had already."""
    kept: Path | None
    """Where the store is that was replaced."""
    text: str


@dataclass(frozen=True, slots=True)
class Pruning:
    """What `prune` took out, or would take out."""

    runs: tuple[str, ...]
    text: str
    done: bool = False
    stayed: tuple[str, ...] = ()
    """Those that somebody goes on with."""
    events: int = 0
    artifacts: int = 0
    bytes: int = 0
    """So many are free, or would be."""
    archive: Path | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that `doctor` looked at."""

    subject: str
    verdict: Literal["ok", "warn", "bad"]
    text: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that `doctor` looked at."""

    findings: tuple[Finding, ...]

    @property
    def healthy(self) -> bool:
        """Tell whether nothing is bad."""
        return all(finding.verdict != "bad" for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Undoing:
    """What `undo` did, or would do."""

    run_id: str
    short_id: str
    calls: tuple[str, ...]
    """Those that are, or would be, undone."""
    stays: tuple[str, ...]
    """Those that stay as they are."""
    text: str
    done: bool
    """All that can be undone is."""
    stopped: bool = False
    """A call could not be undone, or nobody knows whether it is."""
    taken_over_by: tuple[str, ...] = ()
    """Later runs that have what the steps gave of which calls are, or would be, undone."""


@dataclass(frozen=True, slots=True)
class EffectLine:
    """A call that a run made, as a table shows it."""

    number: int
    at: datetime
    ended_at: datetime | None
    path: str
    tool: str
    effect: str
    args: dict[str, JsonValue]
    key: str
    state: str
    approved_by: str
    approved_via: str
    approval: str
    rules: tuple[str, ...]
    """The rules of the policy that let it be made without asking anybody."""
    attempts: int
    result: JsonValue
    because: str
    settled_by: str
    call: str
    text: str
    """The call in a few words."""


@dataclass(frozen=True, slots=True)
class Effects:
    """The ledger of a run: what it did to the world."""

    run_id: str
    short_id: str
    workflow: str
    lines: tuple[EffectLine, ...]
    note: str = ""


Result = (
    RunPicture
    | RunList
    | Said
    | Defined
    | RunLog
    | Approvals
    | Decided
    | Asked
    | Explanation
    | Resumed
    | Started
    | Preview
    | Exported
    | Models
    | ServerList
    | BackedUp
    | PutBack
    | Pruning
    | Report
    | Undoing
    | Effects
)
"""Everything that a verb may answer with."""

MOVING = ("run", "resume", "rerun", "try")
"""The verbs that start runs or go on with them."""


def runs_of(result: Result) -> tuple[RunPicture, ...]:
    """Return the runs that a verb started, or went on with."""
    match result:
        case RunPicture():
            return (result,)
        case Started(run=run):
            return (run,)
        case Resumed(runs=runs):
            return runs
        case _:
            return ()
