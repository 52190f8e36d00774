"""What lists show of a run."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from mn_notebook.domain.ids import Fence, ProcessId, RunId, WorkflowHash
from mn_notebook.domain.statuses import RunStatus


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
