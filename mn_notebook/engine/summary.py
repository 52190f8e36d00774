"""What a list shows of a run, from its state."""

from mn_notebook.domain.picture import RunStatus
from mn_notebook.domain.planning import next_wake
from mn_notebook.domain.state import RunState
from mn_notebook.ports import Summary


def status_of(state: RunState) -> RunStatus:
    """Return a run's status in the words of the glossary."""
    if state.phase == "succeeded":
        return "succeeded"
    if state.phase == "failed":
        return "failed"
    if state.phase == "cancelled":
        return "cancelled"
    if state.phase == "created":
        return "queued"
    return "running" if _busy(state) else "waiting"


def _busy(state: RunState) -> bool:
    released = (state.instances[path].step for path in state.ready)
    begins = any(
        state.progress[position].waiting_because is None
        for position in (*state.frontier, *state.fanning, *released)
    )
    return bool(state.active or begins)


def summary_of(state: RunState) -> Summary:
    """Return the row that goes with a run's events."""
    return Summary(
        status=status_of(state),
        cost_usd=state.totals.cost_usd,
        cost_known=state.totals.cost_known,
        steps_done=len(state.workflow.steps) - state.unended,
        waiting=len(state.approvals),
        scripted=state.totals.scripted,
        finished_at=state.finished_at,
        wake_at=next_wake(state),
    )
