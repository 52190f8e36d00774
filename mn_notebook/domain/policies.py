"""When to try again, and after how long."""

import hashlib

from mn_notebook.domain.events import ErrorInfo
from mn_notebook.domain.workflow import Effect, Retry, Step

STEADY = Retry(attempts=3)
"""For steps that only read, compute or ask a model."""
ONCE = Retry(attempts=1)
"""For steps that write."""
NOT_BEGUN = frozenset({"ServerAbsent", "DefinitionChanged"})
"""Types of errors that say that nothing was sent: what writes is tried again after them, too."""
MAX_INTERRUPTIONS = 3
"""So often may an attempt end without an outcome and without progress before a person is asked."""


RETRY_SHARE = 0.25
"""What a step that succeeds adds to the retries that its run may make without slowing down."""
_MOST_SLOWED_SECONDS = 600.0


def retry_of(step: Step, effect: Effect) -> Retry:
    """Return how often a step is tried: as it says, else by what it does to the world."""
    if step.retry is not None:
        return step.retry
    return STEADY if step.kind in _TRIED_AGAIN and effect != "write" else ONCE


_TRIED_AGAIN = ("agent", "tool", "python")


def retry_delay(
    retry: Retry, error: ErrorInfo, failures: int, seed: str, tokens: float = 1.0
) -> float | None:
    """Return how many seconds to wait before another attempt, or None for no further one.

    ``failures`` counts the failed attempts, this one included. The wait doubles with each; up to a
    quarter is taken off by a jitter that ``seed`` fixes, so that a replay waits as long. What the
    other side asked for (``Retry-After``) is a lower bound.

    ``tokens`` is what is left of the run's retry budget, a token bucket as gRPC's retry throttling
    has it: retries take tokens out, successes put some back. Below one, every wait grows with the
    deficit, so that a storm of failures dies down instead of keeping its pace.
    """
    if error.permanent or failures >= retry.attempts:
        return None
    backoff = min(retry.backoff_seconds * 2.0 ** (failures - 1), retry.max_backoff_seconds)
    chance = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:4], "big") / 2**32
    slowed = min(backoff * (1 + max(0.0, 1 - tokens)), max(backoff, _MOST_SLOWED_SECONDS))
    return max(slowed * (1 - chance / 4), error.retry_after_seconds or 0.0)
