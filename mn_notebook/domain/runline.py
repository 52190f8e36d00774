"""What a face shows of a run in a list of runs: one line."""

from datetime import datetime
from decimal import Decimal

from pydantic import BaseModel, ConfigDict

from mn_notebook.domain.statuses import Owner, RunStatus


class RunLine(BaseModel):
    """A run in a list. Its texts are untrusted: a face shows them as text, never as markup."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    run_id: str
    short_id: str
    workflow: str
    title: str
    """What tells this run from others of the workflow: its inputs in a few words."""
    status: RunStatus
    status_text: str
    """The status in words, such as ``waiting for a person``."""
    created_at: datetime
    finished_at: datetime | None
    steps_done: int
    steps_total: int
    cost_usd: Decimal | None
    """None: at least one call's price is unknown (``cost_floor_usd`` is what is known)."""
    cost_floor_usd: Decimal
    budget_usd: Decimal | None = None
    """The most that it may spend; None: it asks no model, or nothing bounds it."""
    waiting: int
    """How many approvals of this run wait for a person."""
    origin: str
    """The notebook, or whatever else, that started it."""
    owner: Owner
    scripted: bool = False
    """A scripted model answered somewhere in it: it proves nothing about a real one."""
