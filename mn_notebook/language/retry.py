"""Reads how often and how long a step is tried."""

from mn_notebook.domain.workflow import Retry
from mn_notebook.language.section import Section
from mn_notebook.language.tree import Scalar
from mn_notebook.language.vocabulary import RETRY_KEYS

_MOST_ATTEMPTS = 100


def read_retry(section: Section) -> Retry | None:
    """Return the ``retry`` of a step or of the defaults, or None when there is none."""
    value = section.value("retry")
    if isinstance(value, Scalar) and type(value.value) is int:
        message = f"expected how often and how long; write: retry: {{attempts: {value.value}}}"
        section.findings.problem(value.mark, message)
        return None
    inner = section.section("retry", "retry", "a mapping such as {attempts: 3, backoff: 2s}")
    if inner is None:
        return None
    inner.check_keys(RETRY_KEYS)
    attempts = inner.whole("attempts", 1, _MOST_ATTEMPTS)
    backoff = inner.duration("backoff", zero=True)
    if attempts is None:
        if inner.value("attempts") is None:
            inner.findings.problem(
                section.mark("retry"), "expected `attempts` in retry, such as {attempts: 3}"
            )
        return None
    if backoff is None:
        return Retry(attempts=attempts)
    ceiling = max(backoff, Retry(attempts=1).max_backoff_seconds)
    return Retry(attempts=attempts, backoff_seconds=backoff, max_backoff_seconds=ceiling)
