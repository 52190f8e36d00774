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
MOST_PUT_OFFS = 20
"""So often in a row may the other side ask for something later, and no attempt is used."""
LONGEST_PUT_OFF_SECONDS = 3600.0
"""After so long from the first time on it has no room for it any more: that is a failure."""


def retry_of(step: Step, effect: Effect) -> Retry:
    """Return how often a step is tried: as it says, else by what it does to the world."""
    if step.retry is not None:
        return step.retry
    return STEADY if step.kind in _TRIED_AGAIN and effect != "write" else ONCE


_TRIED_AGAIN = ("agent", "tool", "python")


def is_put_off(retry: Retry, error: ErrorInfo, put_offs: int, seconds: float) -> bool:
    """Tell whether a failure uses none of a step's attempts: the other side wants it later.

    ``put_offs`` counts those before it in a row, since something was answered, and ``seconds`` is
    how long ago the first of them was. Not where the step is to be tried once only, and not for
    ever: after so many, or so long, the time that is asked for included, an attempt is used.
    """
    if error.permanent or not error.later or retry.attempts == 1:
        return False
    until = seconds + (error.retry_after_seconds or 0.0)
    return put_offs < MOST_PUT_OFFS and until <= LONGEST_PUT_OFF_SECONDS


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
    return pause_seconds(retry, error, failures, seed, tokens)


def pause_seconds(
    retry: Retry, error: ErrorInfo, tries: int, seed: str, tokens: float = 1.0
) -> float:
    """Return how long to wait before the next of so many tries, as `retry_delay` says it."""
    backoff = min(retry.backoff_seconds * 2.0 ** (tries - 1), retry.max_backoff_seconds)
    chance = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:4], "big") / 2**32
    slowed = min(backoff * (1 + max(0.0, 1 - tokens)), max(backoff, _MOST_SLOWED_SECONDS))
    return max(slowed * (1 - chance / 4), error.retry_after_seconds or 0.0)
