"""What follows when an attempt fails, or is held back: another one, or the end of its step."""

from datetime import datetime, timedelta

from mn_notebook.domain.events import (
    ErrorInfo,
    LimitWaited,
    StepFailed,
    StepHeld,
    StepRetryScheduled,
)
from mn_notebook.domain.policies import NOT_BEGUN, retry_delay, retry_of
from mn_notebook.domain.state import Instance, RunState
from mn_notebook.domain.workflow import Effect
from mn_notebook.ports import Held


def after_failure(
    state: RunState, instance: Instance, error: ErrorInfo, effect: Effect, now: datetime
) -> tuple[StepFailed | StepRetryScheduled, ...]:
    """Return the failure of an attempt and, where its policy allows another one, when."""
    retry = retry_of(state.step_at(instance.node), "read" if error.type in NOT_BEGUN else effect)
    seed = f"{state.run_id}/{instance.path}/{instance.attempt}"
    delay = retry_delay(retry, error, instance.failures + 1, seed, state.retry_tokens)
    failed = StepFailed(
        path=instance.path, attempt=instance.attempt, error=error, final=delay is None
    )
    if delay is None:
        return (failed,)
    at = now + timedelta(seconds=delay)
    return failed, StepRetryScheduled(path=instance.path, attempt=instance.attempt + 1, at=at)


def held_back(instance: Instance, held: Held) -> tuple[LimitWaited, StepHeld]:
    """Return what lets go of an attempt until the time of its next call: a timer wakes its run."""
    told = LimitWaited(
        path=instance.path,
        attempt=instance.attempt,
        limit=held.limit,
        until=held.until,
        ticket=held.ticket,
    )
    return told, StepHeld(path=instance.path, attempt=instance.attempt, until=held.until)
