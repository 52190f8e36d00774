"""What a list shows of a run, from its state."""

from datetime import UTC, datetime

from mn_notebook.domain.planning import next_wake
from mn_notebook.domain.state import RunState
from mn_notebook.domain.statuses import RunStatus
from mn_notebook.ports import Summary

NEVER = datetime.max.replace(tzinfo=UTC)
"""When time alone moves on a run that only a signal does: nobody need look into it until then."""


def status_of(state: RunState) -> RunStatus:
    """Return a run's status in the words of the glossary."""
    if state.undoing:
        return "running"
    if state.phase == "succeeded":
        return "succeeded"
    if state.phase == "failed":
        return "failed"
    if state.phase == "cancelled":
        return "cancelled"
    if state.phase == "created":
        return "queued"
    if state.paused:
        return "paused"
    return "running" if _busy(state) else "waiting"


def _busy(state: RunState) -> bool:
    released = (state.instances[path].node for path in (*state.ready, *state.repeating))
    begins = any(
        state.progress[node].waiting_because is None
        for node in (*state.frontier.values(), *state.fanning.values(), *released)
    )
    return bool(state.active or begins or state.judging or state.closing or state.signalled)


def summary_of(state: RunState) -> Summary:
    """Return the row that goes with a run's events."""
    return Summary(
        status=status_of(state),
        cost_usd=state.totals.cost_usd,
        cost_known=state.totals.cost_known,
        steps_done=state.done,
        waiting=len(state.approvals),
        scripted=state.totals.scripted,
        finished_at=state.finished_at,
        wake_at=next_wake(state) or (NEVER if state.awaited and not state.ended else None),
    )
