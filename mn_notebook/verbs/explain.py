"""The verb that explains a run, or a step of it, in words."""

from mn_notebook.domain.state import RunState
from mn_notebook.domain.unread import unread_explanation
from mn_notebook.domain.why import Explanation, why_run, why_step
from mn_notebook.domain.why_facts import FACT_KINDS
from mn_notebook.engine.summary import status_of
from mn_notebook.errors import StoreTooNew, UsageError
from mn_notebook.language.words import hint
from mn_notebook.verbs.session import Session
from mn_notebook.verbs.untaken import explanation_with_untaken


def why(session: Session, run: str, step: str | None = None, /) -> Explanation:
    """Say in words what a run did, why it stands where it stands, and what would move it on.

    It is told from the journal alone, also of a run that nobody advances.

    Args:
        session: Whose store it is.
        run: The run's id, or its beginning.
        step: Only this step, or one item of it, and what the steps before have to do with it.
    """
    client = session.client
    line = client.run(run)
    state, fault = client.known_state(line.run_id)
    events, _ = client.known_events(line.run_id, kinds=FACT_KINDS)
    # What follows an event that is not understood is not understood either.
    events = [recorded for recorded in events if recorded.seq <= state.head]
    status = status_of(state) if fault is None else line.status
    owner, now = client.owner(line), client.store.clock.now()
    if step is None:
        explained_run = why_run(state, events, status, owner, now)
        note = session.note_of(line.run_id)
        if note and not state.ended:
            explained_run = explained_run.model_copy(update={"why": (note, *explained_run.why)})
        told = explanation_with_untaken(session, explained_run, line.run_id, owner)
        return _as_far(told, state, fault)
    explained = why_step(state, events, status, owner, now, step)
    if explained is None:
        near = hint(step, state.progress, nouns="its steps")
        message = f"run {line.run_id[:4]} has no step {step!r}{near}"
        raise UsageError(message)
    told = explanation_with_untaken(session, explained, line.run_id, owner)
    return _as_far(told, state, fault)


def _as_far(explained: Explanation, state: RunState, fault: StoreTooNew | None) -> Explanation:
    return explained if fault is None else unread_explanation(explained, state.head)
