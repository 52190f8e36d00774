"""Calls that were not made, because identical ones had been: what they gave counts for these."""

from typing import Literal

from mn_notebook.domain.events.facts import Fact
from mn_notebook.domain.ids import CallId, RunId, StepPath
from mn_notebook.domain.messages import Price, Usage
from mn_notebook.domain.values import Stored
from mn_notebook.domain.workflow import Effect


class ModelReused(Fact):
    """A model's answer was taken over; nothing was asked, and nothing paid."""

    kind: Literal["model.reused"] = "model.reused"
    path: StepPath
    attempt: int
    call_id: CallId
    model: str
    """The model that would have been asked."""
    answered_by: str
    """The model that had answered."""
    request_hash: str
    message: Stored
    finish_reason: str
    of_run: RunId | None
    """The run of the call that was made; None: this one."""
    of_call: CallId
    usage: Usage | None
    """The tokens that were spared."""
    price: Price
    """The money that was spared."""
    latency_seconds: float
    """The time that the call had taken."""
    tool_mode: Literal["native", "schema"] | None = None
    rung: int = 0
    climbed: str = ""
    reask: bool = False
    about: CallId | None = None
    scripted: bool = False


class ToolReused(Fact):
    """What a ``read`` gave was taken over; nothing was called."""

    kind: Literal["tool.reused"] = "tool.reused"
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
    output: Stored
    of_run: RunId | None
    of_call: CallId
    latency_seconds: float
