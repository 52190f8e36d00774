"""What a face shows of a workflow that is defined and not yet run."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from mn_notebook.domain.picture import PictureEdge
from mn_notebook.domain.previews import CostPreview


class _Shown(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class OutlineInput(_Shown):
    """A value that a run of the workflow is given."""

    name: str
    type: str
    default: str | None
    """The default as text; None: a run must be given a value."""


class OutlineTool(_Shown):
    """A tool that a step may call."""

    name: str
    effect: Literal["read", "idempotent", "write"]


class OutlineNode(_Shown):
    """A step as a box of the graph; lengths are CSS pixels at 100 %."""

    name: str
    kind: str
    detail: str
    tools: tuple[OutlineTool, ...]
    asks_person: bool
    x: float
    y: float
    width: float
    height: float
    stands_for: int = 0
    """So many steps are put together in this box; 0: it is a step."""


class WorkflowOutline(_Shown):
    """A defined workflow, ready to be drawn.

    Its texts are untrusted: a face shows them as text, never as markup.
    """

    name: str
    group: str
    """The class of workflow that its metrics are grouped by."""
    about: str
    version: str
    """The short hash of the definition."""
    inputs: tuple[OutlineInput, ...]
    nodes: tuple[OutlineNode, ...]
    edges: tuple[PictureEdge, ...]
    width: float
    height: float
    warnings: tuple[str, ...]
    """The first ones, and how many more there are."""
    may_do: tuple[str, ...]
    """What it may do, in sentences: ``calls 1 write tool: publish_brief, after your approval``."""
    max_model_calls: int | None
    """None: nothing limits them but the number of items of a list, or the budget."""
    preview: CostPreview | None = None
    """What a run of it costs; None: nobody has looked, or it asks no model."""
    said: str = ""
    """How it is named where it is run, such as its file; '': by its name."""
