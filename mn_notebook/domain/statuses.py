"""How runs and steps can stand, in the words that all faces use."""

from typing import Literal

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
"""Whether a process advances a run; one that is gone has left it."""
