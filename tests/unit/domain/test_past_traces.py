"""What a run has used is read off its facts, without a fold."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from mn_notebook.domain.events import (
    ModelRequested,
    ModelResponded,
    ModelReused,
    Recorded,
    RunCreated,
    RunSucceeded,
    StepExpanded,
)
from mn_notebook.domain.ids import CallId, RunId, StepPath, WorkflowHash
from mn_notebook.domain.messages import Price, Usage
from mn_notebook.domain.past_traces import Trace, trace_of
from mn_notebook.domain.values import NOTHING

BEGAN = datetime(2026, 11, 26, 12, tzinfo=UTC)


def created(**more: Any) -> RunCreated:
    return RunCreated(
        workflow="w",
        workflow_hash=WorkflowHash("h"),
        origin="n.ipynb",
        title="",
        inputs=NOTHING,
        by="ann",
        **more,
    )


def asked(path: str, model: str = "m") -> ModelRequested:
    return ModelRequested(
        path=StepPath(path),
        attempt=1,
        call_id=CallId("c"),
        model=model,
        messages=(),
        request_hash="",
    )


def answered(path: str, usd: str | None = "0.01", *, tokens: int | None = 10) -> ModelResponded:
    return ModelResponded(
        path=StepPath(path),
        call_id=CallId("c"),
        message=NOTHING,
        finish_reason="stop",
        model="m",
        provider="p",
        usage=None if tokens is None else Usage(input_tokens=tokens, output_tokens=1),
        price=Price(usd=None if usd is None else Decimal(usd), source="test"),
        latency_seconds=1.0,
    )


def expanded(path: str, items: int) -> StepExpanded:
    return StepExpanded(
        path=StepPath(path), items=NOTHING, keys=tuple(str(number) for number in range(items))
    )


def trace(*facts: tuple[float, Any], usd: str | None = "0.02") -> Trace:
    """The trace of facts with their seconds; a text stands for a fact of that kind."""
    moments, uses = [], []
    for seq, (seconds, fact) in enumerate(facts, 1):
        at = BEGAN + timedelta(seconds=seconds)
        moments.append((seq, fact if isinstance(fact, str) else fact.kind, at))
        if not isinstance(fact, str):
            uses.append(Recorded.known(RunId("r"), seq, at, fact))
    found = trace_of(None if usd is None else Decimal(usd), moments, uses)
    assert found is not None
    return found


def test_calls_tokens_and_models_are_counted() -> None:
    """A call that was announced counts, whatever became of it."""
    found = trace(
        (0, created()),
        (1, asked("a")),
        (2, answered("a")),
        (2, asked("b", "other")),
        (3, "model.failed"),
        (4, RunSucceeded(output=NOTHING)),
    )
    assert (found.run.usd, found.run.calls, found.run.tokens) == (Decimal("0.02"), 2, 11)
    assert found.models == {"m", "other"}
    assert (found.reuses, found.partial) == (False, False)
    assert found.run.seconds == 4


def test_what_a_step_with_items_has_used_is_known_by_itself() -> None:
    """Only steps of the run's own graph; what is called counts to the step that calls it."""
    found = trace(
        (0, created()),
        (1, answered("plan")),
        (2, expanded("look", 3)),
        (5, answered("look[0]")),
        (6, answered("look[1]#2")),
        (7, expanded("look[2]/deep", 9)),
        (8, answered("look[2]/deep[4]")),
        (9, answered("end")),
    )
    part = found.run.parts["look"]
    assert set(found.run.parts) == {"look"}
    assert (part.items, part.calls, part.tokens, part.usd) == (3, 3, 33, Decimal("0.03"))
    assert part.seconds == 6


def test_what_is_unknown_of_one_call_is_unknown_of_all() -> None:
    """Neither a price nor tokens are taken for nothing."""
    found = trace(
        (0, created()),
        (1, expanded("look", 2)),
        (2, answered("look[0]", None)),
        (3, answered("look[1]", tokens=None)),
        usd=None,
    )
    assert found.run.usd is None
    assert found.run.tokens is None
    assert found.run.parts["look"].usd is None


def test_waiting_is_not_counted_as_time() -> None:
    """A night that passed before a person decided, and an hour without a process, are no work."""
    found = trace(
        (0, created()),
        (1, "lease.taken"),
        (3, "step.started"),
        (4, "approval.requested"),
        (50_004, "approval.decided"),
        (50_005, "step.resumed"),
        (53_605, "lease.taken"),
        (53_607, "step.succeeded"),
        (53_608, RunSucceeded(output=NOTHING)),
    )
    assert found.run.seconds == 2 + 1 + 1 + 2 + 1


def test_what_comes_after_the_end_is_not_counted_unless_it_is_opened_again() -> None:
    """To undo what was done is no part of a run's time; to try it afresh is."""
    ended = ((0, created()), (2, "run.failed"))
    undone = (*ended, (10, "undo.requested"), (12, "compensation.started"))
    again = (*ended, (100, "run.reopened"), (103, RunSucceeded(output=NOTHING)))
    assert trace(*undone).run.seconds == 2
    assert trace(*again).run.seconds == 5


def test_a_clock_that_went_back_takes_nothing_away() -> None:
    """Times are for people, and never negative."""
    found = trace((0, created()), (5, "step.started"), (1, "step.succeeded"), (2, "x"))
    assert found.run.seconds == 6


def test_runs_that_are_no_whole_runs_are_known() -> None:
    """One that takes over from another, and one whose budget ended it."""
    found = trace(
        (0, created(reuses=RunId("before"))),
        (1, RunSucceeded(output=NOTHING, partial="the budget was spent")),
    )
    assert (found.reuses, found.partial) == (True, True)


def test_answers_of_other_runs_count_as_if_they_were_paid() -> None:
    """What they spared is no saving that the next run has; what a run spares in itself is."""

    def reused(of_run: str | None, usd: str | None = "0.01") -> ModelReused:
        return ModelReused(
            path=StepPath("a"),
            attempt=1,
            call_id=CallId("c"),
            model="m",
            answered_by="m",
            request_hash="",
            message=NOTHING,
            finish_reason="stop",
            of_run=None if of_run is None else RunId(of_run),
            of_call=CallId("c"),
            usage=Usage(input_tokens=10, output_tokens=1),
            price=Price(usd=None if usd is None else Decimal(usd), source="test"),
            latency_seconds=1.0,
        )

    own = trace((0, created()), (1, asked("a")), (2, answered("a")), (3, reused(None)))
    assert (own.run.spared, own.run.calls, own.run.tokens) == (0, 1, 11)
    others = trace((0, created()), (1, expanded("a", 1)), (2, answered("a")), (3, reused("before")))
    assert (others.run.spared, others.run.calls, others.run.tokens) == (1, 1, 22)
    assert others.run.usd == Decimal("0.02") + Decimal("0.01")
    assert others.run.parts["a"].usd == Decimal("0.02")
    assert trace((0, created()), (1, reused("before", None))).run.usd is None


def test_facts_without_a_beginning_say_nothing() -> None:
    """Nothing is guessed at."""
    assert trace_of(Decimal(0), [], []) is None
    later = Recorded.known(RunId("r"), 2, BEGAN, RunSucceeded(output=NOTHING))
    assert trace_of(Decimal(0), [(2, "run.succeeded", BEGAN)], [later]) is None
