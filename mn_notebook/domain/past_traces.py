"""Reads off a run's facts what it has used."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from mn_notebook.domain.events import (
    ModelRequested,
    ModelResponded,
    ModelReused,
    Recorded,
    RunCreated,
    RunSucceeded,
    StepExpanded,
)
from mn_notebook.domain.ids import step_of
from mn_notebook.domain.past_runs import Part, PastRun

Moment = tuple[int, str, datetime]

_MOVED_ON = frozenset(
    {
        "lease.taken",
        "run.cancel_requested",
        "run.resumed",
        "run.reopened",
        "approval.decided",
        "approval.expired",
        "approval.escalated",
        "approval.closed",
        "approval.delegated",
        "permission.revoked",
        "signal.received",
        "timer.fired",
        "budget.raised",
        "undo.requested",
        "undo.declined",
    }
)
"""What somebody did, or time, or a new process: what lay before it was waited for."""
_ENDS = frozenset({"run.succeeded", "run.failed", "run.cancelled"})


@dataclass(frozen=True, slots=True)
class Trace:
    """What a run has used, and whether it can be compared with others."""

    run: PastRun
    models: frozenset[str]
    """The models that were asked."""
    reuses: bool
    """It may have taken over finished steps from another run."""
    partial: bool
    """It ended well although not all was done."""


def trace_of(
    usd: Decimal | None, moments: Sequence[Moment], uses: Sequence[Recorded]
) -> Trace | None:
    """Return what a run that has ended has used; None: its facts do not tell.

    An answer that was taken over from another run counts as if it had been asked for and paid.

    Args:
        usd: What it cost; None: the price of a call is unknown.
        moments: All that happened, in its order.
        uses: Its creation, its items, its model calls and its end, in their order.
    """
    if not uses or not isinstance(uses[0].event, RunCreated):
        return None
    numbers, clock = _clock(moments)
    tokens: int | None = 0
    parts: dict[str, Part] = {}
    began: dict[str, float] = {}
    models = set()
    calls, spared, partial = 0, 0, False
    for recorded in uses:
        seconds = _at(recorded.seq, numbers, clock)
        match recorded.event:
            case StepExpanded(path=path, keys=keys) if "/" not in path:
                step = step_of(path)
                parts[step] = replace(parts.get(step, Part(0)), items=len(keys))
                began.setdefault(step, seconds)
            case ModelRequested(model=model):
                models.add(model)
                calls += 1
            case ModelResponded() | ModelReused() as answer:
                if isinstance(answer, ModelReused):
                    if answer.of_run is None:
                        continue  # Every run of the workflow spares what is asked twice in it.
                    calls, spared = calls + 1, spared + 1
                    usd = _sum(usd, answer.price.usd)
                    models.add(answer.model)
                used = _tokens(answer)
                tokens = None if tokens is None or used is None else tokens + used
                step = step_of(answer.path)
                if step in parts:
                    parts[step] = _with(parts[step], answer, used, seconds - began[step])
            case RunSucceeded(partial=why):
                partial = bool(why)
            case _:
                pass
    run = PastRun(usd, tokens, calls, clock[-1] if clock else 0.0, parts, spared)
    return Trace(run, frozenset(models), uses[0].event.reuses is not None, partial)


def _with(
    part: Part, answer: ModelResponded | ModelReused, tokens: int | None, seconds: float
) -> Part:
    return Part(
        items=part.items,
        usd=_sum(part.usd, answer.price.usd),
        tokens=part.tokens + (tokens or 0),
        calls=part.calls + 1,
        seconds=max(part.seconds, seconds),
    )


def _sum(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return None if one is None or other is None else one + other


def _tokens(answer: ModelResponded | ModelReused) -> int | None:
    usage = answer.usage
    return None if usage is None else usage.input_tokens + usage.output_tokens


def _clock(moments: Sequence[Moment]) -> tuple[list[int], list[float]]:
    """Return for each event how long the run had been under way by then.

    It is under way from its creation to its end, but for what lies before a fact that says that
    somebody, or time, moved it on.
    """
    numbers: list[int] = []
    clock: list[float] = []
    counted, before, ended = 0.0, None, False
    for number, kind, at in moments:
        if before is not None and not ended and kind not in _MOVED_ON:
            counted += max(0.0, (at - before).total_seconds())
        before = at
        ended = kind in _ENDS or (ended and kind != "run.reopened")
        numbers.append(number)
        clock.append(counted)
    return numbers, clock


def _at(number: int, numbers: Sequence[int], clock: Sequence[float]) -> float:
    place = bisect_right(numbers, number)
    return clock[place - 1] if place else 0.0
