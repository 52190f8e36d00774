"""What follows when an attempt fails, or is held back: another one, or the end of its step."""

from datetime import datetime, timedelta

from mn_notebook.domain.events import (
    ErrorInfo,
    LimitWaited,
    StepFailed,
    StepHeld,
    StepRetryScheduled,
)
from mn_notebook.domain.policies import NOT_BEGUN, is_put_off, pause_seconds, retry_delay, retry_of
from mn_notebook.domain.state import Instance, RunState
from mn_notebook.domain.workflow import Effect
from mn_notebook.ports import Held


def after_failure(
    state: RunState, instance: Instance, error: ErrorInfo, effect: Effect, now: datetime
) -> tuple[StepFailed | StepRetryScheduled, ...]:
    """Return the failure of an attempt and, where its policy allows another one, when."""
    step = state.step_at(instance.node)
    nothing_done = error.type in NOT_BEGUN or error.later
    retry = retry_of(step, "read" if nothing_done else effect)
    seed = f"{state.run_id}/{instance.path}/{instance.attempt}"
    # What a subworkflow failed of was put off inside of it, as often as it may be.
    put_off = step.kind != "workflow" and is_put_off(
        retry, error, instance.put_offs, _seconds_put_off(instance, now)
    )
    if put_off:
        tries = instance.failures + instance.put_offs + 1
        delay: float | None = pause_seconds(retry, error, tries, seed, state.retry_tokens)
    else:
        delay = retry_delay(retry, error, instance.failures + 1, seed, state.retry_tokens)
    failed = StepFailed(
        path=instance.path,
        attempt=instance.attempt,
        error=error,
        final=delay is None,
        put_off=put_off,
    )
    if delay is None:
        return (failed,)
    at = now + timedelta(seconds=delay)
    return failed, StepRetryScheduled(path=instance.path, attempt=instance.attempt + 1, at=at)


def _seconds_put_off(instance: Instance, now: datetime) -> float:
    since = instance.put_off_since
    if not instance.put_offs or since is None:
        return 0.0
    return max(0.0, (now - since).total_seconds())


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
