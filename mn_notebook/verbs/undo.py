"""The verb that undoes what a run did: a preview first, and then what a person chooses."""

import threading
from collections.abc import Collection, Sequence

from mn_notebook.domain.ids import RunId
from mn_notebook.domain.state import RunState
from mn_notebook.domain.undoing import Undoable, is_left
from mn_notebook.domain.words import one_line, plural
from mn_notebook.engine.people import located
from mn_notebook.errors import UsageError
from mn_notebook.verbs.follow import taken_up
from mn_notebook.verbs.options import Flag, Several
from mn_notebook.verbs.results import Undoing
from mn_notebook.verbs.session import Session
from mn_notebook.verbs.undo_plan import Planned, absent_tools, plan_of

_POLL_SECONDS = 0.05
_LOOKS = 5
"""So often is looked, for some seconds each time, whether this very process has obeyed."""
_PATIENCE_SECONDS = 10.0
"""So long a notebook waits for the end of an undo; it goes on in the background."""


def undo(
    session: Session,
    run: str,
    /,
    *,
    yes: Flag = False,
    leave: Several = (),
    again: Flag = False,
    keep: Flag = False,
    because: str = "",
) -> Undoing:
    """Show what a run did that can be undone; --yes undoes it, the last call first.

    Each undone call is journaled. Where one cannot be undone, nothing that was done before it is.

    Args:
        session: Whose store it is.
        run: The run's id, or its beginning; it has ended.
        yes: Do it.
        leave: A step, or an item of it, whose calls are left as they are.
        again: Make those undoings once more of which nobody knows whether they happened.
        keep: Leave all as it is, and do not offer it any more.
        because: Why, for the journal.
    """
    if keep and (yes or leave or again):
        message = "--keep leaves everything as it is: it goes with no other choice"
        raise UsageError(message)
    line = session.client.run(run)
    state = session.client.state(line.run_id)
    for path in leave:
        _require_there(state, path)
    if keep:
        return kept(session, line.run_id, because=because)
    if not yes:
        return preview(session, line.run_id, leave)
    _require_possible(session, state, leave, again=again)
    command = session.client.undo(
        line.run_id, leave=leave, again=again, because=because, via=session.via
    )
    return carried_out(session, line.run_id, command)


def preview(
    session: Session, run_id: RunId, leave: tuple[str, ...] = (), *, head: str = ""
) -> Undoing:
    """Say what an undo would do, what it cannot, and how to go on; nothing is done."""
    state = session.client.state(run_id)
    plan = plan_of(session, run_id, leave)
    lines = [*([head] if head else []), *plan.so_far]
    if plan.calls:
        lines.append(f"Run {run_id[:4]} did what can be undone; in this order:")
        lines += [f"  {number}. {call.text}" for number, call in enumerate(plan.calls, start=1)]
    elif not state.undo.begun:
        lines.append(f"Nothing that run {run_id[:4]} did can be undone.")
    if plan.stays:
        lines.append("This stays as it is:")
        lines += [f"  - {entry}" for entry in plan.stays]
    if plan.inherited:
        lines += [plan.inherited[0], *(f"  - {line}" for line in plan.inherited[1:])]
    if plan.calls:
        lines += _how_to_go_on(session, state, plan.calls, leave)
    planned = tuple(call.call_id for call in plan.calls)
    text = "\n".join(lines)
    return Undoing(
        run_id, run_id[:4], planned, plan.staying, text, done=False, taken_over_by=plan.heirs
    )


def _how_to_go_on(
    session: Session, state: RunState, plan: Sequence[Planned], leave: tuple[str, ...]
) -> list[str]:
    short, program = state.run_id[:4], session.program
    if not state.ended:
        stop = f"`{program} cancel {short} --undo`"
        return [f"The run has not ended: {stop} stops it, and undoes this."]
    if state.undoing:
        return [f"`{program} undo {short} --keep` stops that after the call it is at."]
    flags = "".join(f" --leave {path}" for path in leave)
    if any(call.doubt for call in plan):
        flags += " --again"
    return [
        f"`{program} undo {short} --yes{flags}` undoes this, and stops where a call cannot be;",
        f"`--leave STEP` leaves what a step did; `{program} undo {short} --keep` leaves all.",
    ]


def said_of_effects(session: Session, run_id: RunId, text: str, *, undo: bool, keep: bool) -> str:
    """Say of a run that is being stopped what was undone, or could be; else only ``text``."""
    state = session.client.state(run_id)
    if keep or not (state.undo.calls or undo):
        return text
    state = _followed(session, run_id)
    short = run_id[:4]
    if undo:
        head = f"Run {short} is stopped."
        if state.undo.begun or state.undoing:
            return f"{head} {outcome(session, run_id, state).text}"
        return f"{head} {preview(session, run_id).text}"
    if not state.ended:
        return f"{text} `{session.program} undo {short}` shows what of it can be."
    return preview(session, run_id, head=text).text


def kept(session: Session, run_id: RunId, *, because: str) -> Undoing:
    """Leave what a run did as it is; a running undo stops after the call that it is at."""
    command = session.client.undo(run_id, keep=True, because=because, via=session.via)
    short = run_id[:4]
    applied = taken_up(session, run_id, command)
    text = f"What run {short} did stays as it is."
    later = f"Recorded: no process advances run {short} now; {text[0].lower()}{text[1:]}"
    return Undoing(run_id, short, (), (), text if applied else later, done=False)


def undo_seen(
    session: Session,
    run_id: RunId,
    seen: Collection[str],
    *,
    leave: tuple[str, ...] = (),
    again: bool = False,
    because: str = "",
) -> Undoing:
    """Set going the undoing of the calls that somebody was shown, and do not wait for its end.

    Raises:
        UsageError: it would undo a call that was not shown, or nothing can be undone now.
    """
    state = session.client.state(run_id)
    for path in leave:
        _require_there(state, path)
    _require_possible(session, state, leave, again=again)
    plan = plan_of(session, run_id, leave)
    if any(call.call_id not in seen for call in plan.calls):
        message = "more can be undone now than was shown: look at it again"
        raise UsageError(message)
    command = session.client.undo(
        run_id, leave=leave, again=again, because=because, via=session.via
    )
    if not set_going(session, run_id, command):
        return _nobody(run_id)
    text = f"What run {run_id[:4]} did is being undone, the last call first."
    planned = tuple(call.call_id for call in plan.calls)
    return Undoing(run_id, run_id[:4], planned, (), text, done=False)


def set_going(session: Session, run_id: RunId, command: str) -> bool:
    """Tell whether a process has taken up that a run is undone; this one does if no other does."""
    return taken_up(session, run_id, command) or _here(session, run_id, command)


def carried_out(session: Session, run_id: RunId, command: str) -> Undoing:
    """Wait for the undoing of a run, and say what came of it."""
    if not set_going(session, run_id, command):
        return _nobody(run_id)
    state = _followed(session, run_id)
    return outcome(session, run_id, state)


def _nobody(run_id: RunId) -> Undoing:
    short = run_id[:4]
    text = (
        f"Recorded: no process advances run {short} now. It is undone as soon as its notebook "
        "is open again."
    )
    return Undoing(run_id, short, (), (), text, done=False)


def outcome(session: Session, run_id: RunId, state: RunState) -> Undoing:
    """Say how far the undoing of a run has come."""
    short, program = run_id[:4], session.program
    undone = [call for call in state.undo.calls.values() if call.undone == "undone"]
    lines = [f"{plural(len(undone), 'call')} of run {short} undone."]
    if not state.ended or state.undoing:
        lines = [f"What run {short} did is being undone: `{program} undo {short}` tells how far."]
    for call in state.undo.troubled:
        lines += _trouble(call, short, program)
    left = [call for call in state.undo.plan if not call.undone]
    if state.undo.troubled and left:
        names = ", ".join(f"{call.tool} at {call.path}" for call in left)
        lines.append(f"Not undone either, for it was done before: {one_line(names, 200)}.")
    done = not state.undoing and not state.undo.plan
    ids = tuple(str(call.call_id) for call in undone)
    stopped = bool(state.undo.troubled)
    return Undoing(run_id, short, ids, (), "\n".join(lines), done=done, stopped=stopped)


def _trouble(call: Undoable, short: str, program: str) -> list[str]:
    what = f"{call.tool} at {call.path}"
    leave = f"`{program} undo {short} --yes --leave {call.path}` leaves it and goes on"
    if call.undone == "in_doubt":
        return [
            f"Nobody knows whether {what} is undone: {one_line(call.evidence, 200)}.",
            f"`{program} undo {short} --yes --again` undoes it once more; {leave}.",
        ]
    because = "" if call.error is None else f": {one_line(call.error.message, 200)}"
    return [
        f"{what} could not be undone{because}.",
        f"When the cause is mended, `{program} undo {short} --yes` tries again; {leave}.",
    ]


def _followed(session: Session, run_id: RunId) -> RunState:
    """Wait until the undoing has come to its end; not for ever where code is waited for."""
    clock, pause = session.client.clock, threading.Event()
    end = clock.monotonic() + _PATIENCE_SECONDS
    while True:
        state = session.client.state(run_id)
        going_on = not state.ended or state.undoing
        if not going_on or (clock.monotonic() >= end and not session.face.waits):
            return state
        call = state.undo.current
        if state.ended and (call is None or _waiting(state, call)):
            return state
        pause.wait(_POLL_SECONDS)


def _waiting(state: RunState, call: Undoable) -> str | None:
    return state.progress[state.instances[call.path].node].waiting_because


def _here(session: Session, run_id: RunId, command: str) -> bool:
    """Let this process undo what nobody else does, where the code is here."""
    state = session.client.state(run_id)
    runtime = session.engine()
    runtime.recall(state)
    if session.via == "terminal" and absent_tools(session, state):
        return False
    owned = runtime.resume(run_id)
    return owned and any(taken_up(session, run_id, command) for _ in range(_LOOKS))


def _require_there(state: RunState, path: str) -> None:
    instance, node = located(state, path)  # type: ignore[arg-type]  # as somebody typed it
    if instance is None and node is None:
        message = f"run {state.run_id[:4]} has no step {path!r}"
        raise UsageError(message)


def _require_possible(
    session: Session, state: RunState, leave: tuple[str, ...], *, again: bool
) -> None:
    short, program = state.run_id[:4], session.program
    if not state.ended:
        message = (
            f"run {short} has not ended: `{program} cancel {short} --undo` stops it, and undoes "
            "what it did"
        )
        raise UsageError(message)
    if state.undoing:
        message = f"what run {short} did is being undone already; `{program} undo {short}` shows it"
        raise UsageError(message)
    plan = [call for call in state.undo.plan if not is_left(call.path, leave)]
    if not plan:
        message = f"nothing that run {short} did can be undone; `{program} undo {short}` says why"
        raise UsageError(message)
    doubtful = [call for call in plan if call.undone == "in_doubt"]
    if doubtful and not again:
        message = (
            f"nobody knows whether {doubtful[0].tool} at {doubtful[0].path} is undone: --again "
            f"undoes it once more, --leave {doubtful[0].path} leaves it as it is"
        )
        raise UsageError(message)
