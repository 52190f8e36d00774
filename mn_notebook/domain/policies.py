"""When to try again, and after how long."""

import hashlib

from mn_notebook.domain.events import ErrorInfo
from mn_notebook.domain.workflow import AgentStep, ApproveStep, Effect, PythonStep, Retry, ToolStep

STEADY = Retry(attempts=3)
"""For steps that only read, compute or ask a model."""
ONCE = Retry(attempts=1)
"""For steps that write."""
MAX_INTERRUPTIONS = 3
"""So often may an attempt end without an outcome and without progress before a person is asked."""


def retry_of(step: AgentStep | ToolStep | PythonStep | ApproveStep, effect: Effect) -> Retry:
    """Return how often a step is tried: as it says, else by what it does to the world."""
    if step.retry is not None:
        return step.retry
    return ONCE if effect == "write" else STEADY


def retry_delay(retry: Retry, error: ErrorInfo, failures: int, seed: str) -> float | None:
    """Return how many seconds to wait before another attempt, or None for no further one.

    ``failures`` counts the failed attempts, this one included. The wait doubles with each; up to a
    quarter is taken off by a jitter that ``seed`` fixes, so that a replay waits as long. What the
    other side asked for (``Retry-After``) is a lower bound.
    """
    if error.permanent or failures >= retry.attempts:
        return None
    backoff = min(retry.backoff_seconds * 2.0 ** (failures - 1), retry.max_backoff_seconds)
    chance = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:4], "big") / 2**32
    return max(backoff * (1 - chance / 4), error.retry_after_seconds or 0.0)
