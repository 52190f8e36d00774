"""Where a run stands: the values that the fold of its journal is made of.

Everything is immutable. Collections that grow with the workflow or the run are persistent maps, so
that a changed state shares all but a few nodes with the one before and an event costs the same in
a run of ten steps and of ten thousand.
"""

from mn_notebook.domain.state.calls import Call, CallStatus
from mn_notebook.domain.state.graphs import Progress, ProgressStatus, Scope
from mn_notebook.domain.state.instances import Instance, InstanceStatus, Limited, Span
from mn_notebook.domain.state.run import (
    RETRY_TOKENS,
    OpenApproval,
    RunPhase,
    RunState,
    Spared,
    Totals,
)

__all__ = [
    "RETRY_TOKENS",
    "Call",
    "CallStatus",
    "Instance",
    "InstanceStatus",
    "Limited",
    "OpenApproval",
    "Progress",
    "ProgressStatus",
    "RunPhase",
    "RunState",
    "Scope",
    "Span",
    "Spared",
    "Totals",
]
