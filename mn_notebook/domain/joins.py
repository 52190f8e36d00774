"""When a step starts: its join rule over the outcomes of what it needs.

The seven rules have MirrorNeuron's names. An outcome is one of succeeded, failed (with
``on_failure: continue``) and skipped; a rejected approval counts as skipped for a step that builds
on what it showed. A step that needs nothing starts at once, whatever its rule.
"""

import math
from dataclasses import dataclass
from typing import Literal

from mn_notebook.domain.workflow import Join

Verdict = Literal["start", "skip", "wait"]


@dataclass(frozen=True)
class Tally:
    """How the needs of a step have ended."""

    open: int = 0
    """Needs that have not ended."""
    succeeded: int = 0
    failed: int = 0
    skipped: int = 0

    @property
    def total(self) -> int:
        """Return the number of needs."""
        return self.open + self.succeeded + self.failed + self.skipped


def verdict(join: Join, tally: Tally) -> Verdict:
    """Say whether a step starts, can never start, or waits for more of its needs to end.

    >>> verdict(Join(rule="one_success"), Tally(open=1, failed=1))
    'wait'
    >>> verdict(Join(rule="one_success"), Tally(skipped=1, failed=1))
    'skip'
    """
    if not tally.total:
        return "start"
    match join.rule:
        case "all_success":
            return _all_success(tally)
        case "all_done":
            return "wait" if tally.open else "start"
        case "one_success":
            return _at_least(1, tally.succeeded, tally.open)
        case "one_done":
            return _at_least(1, tally.succeeded + tally.failed, tally.open)
        case "one_failed":
            return _at_least(1, tally.failed, tally.open)
        case "none_failed_min_one_success":
            return _none_failed(tally)
        case "quorum_success":
            return _at_least(needed(join, tally.total), tally.succeeded, tally.open)


def needed(join: Join, total: int) -> int:
    """Return how many of ``total`` needs are a quorum: a number, a share, or more than half.

    More than there are can never be reached.

    >>> [needed(Join(rule="quorum_success", quorum=q), 5) for q in (None, 2, 0.8, 9)]
    [3, 2, 4, 9]
    """
    quorum = join.quorum
    if quorum is None:
        return total // 2 + 1
    if isinstance(quorum, int):
        return quorum
    # A share such as 0.6 of 5 is 3, although 0.6 * 5 is a little more in binary.
    return max(1, math.ceil(round(quorum * total, 9)))


def _all_success(tally: Tally) -> Verdict:
    if tally.failed or tally.skipped:
        return "skip"
    return "wait" if tally.open else "start"


def _none_failed(tally: Tally) -> Verdict:
    if tally.failed:
        return "skip"
    if tally.open:
        return "wait"
    return "start" if tally.succeeded else "skip"


def _at_least(wanted: int, have: int, still_open: int) -> Verdict:
    if have >= wanted:
        return "start"
    return "wait" if have + still_open >= wanted else "skip"
