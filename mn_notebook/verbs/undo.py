"""The verb that undoes what a run did: a preview first, and then what a person chooses."""

import threading
from collections.abc import Sequence

from mn_notebook.domain.ids import RunId
from mn_notebook.domain.ledger import LEDGER_KINDS, Entry, ledger
from mn_notebook.domain.state import RunState
from mn_notebook.domain.undoing import Undoable, is_left
from mn_notebook.domain.words import one_line, plural
from mn_notebook.domain.workflow import AgentStep, ToolStep
from mn_notebook.engine.people import located
from mn_notebook.errors import UsageError
from mn_notebook.verbs.effect_words import call_text
from mn_notebook.verbs.follow import taken_up
from mn_notebook.verbs.heirs import Heir, heirs_of
from mn_notebook.verbs.options import Flag, Several
from mn_notebook.verbs.results import Undoing
from mn_notebook.verbs.session import Session

MOST_HEIRS = 20
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
    entries = ledger(state, session.client.events(run_id, kinds=LEDGER_KINDS))
    left = (*state.undo.left, *leave)
    plan = [call for call in state.undo.plan if not is_left(call.path, left)]
    planned = tuple(str(call.call_id) for call in plan)
    stays = [
        entry
        for entry in entries
        if entry.may_stand and entry.effect == "write" and entry.call_id not in planned
    ]
    lines = [*([head] if head else []), *_so_far(state, entries)]
    if plan:
        by_call = {entry.call_id: entry for entry in entries}
        lines.append(f"Run {run_id[:4]} did what can be undone; in this order:")
        lines += [
            f"  {number}. {_planned(session, call, by_call[call.call_id])}"
            for number, call in enumerate(plan, start=1)
        ]
    elif not state.undo.begun:
        lines.append(f"Nothing that run {run_id[:4]} did can be undone.")
    if stays:
        lines.append("This stays as it is:")
        lines += [f"  - {_staying(session, entry, left)}" for entry in stays]
    heirs = heirs_of(session.client, run_id, {*(call.path for call in plan), *state.undo.touched})
    lines += _inherited(heirs)
    if plan:
        lines += _how_to_go_on(session, state, plan, leave)
    names = tuple(entry.call_id or str(entry.path) for entry in stays)
    taken = tuple(str(heir.line.run_id) for heir in heirs)
    text = "\n".join(lines)
    return Undoing(run_id, run_id[:4], planned, names, text, done=False, taken_over_by=taken)


def _inherited(heirs: Sequence[Heir]) -> list[str]:
    """Name the runs whose results rest on what is undone."""
    if not heirs:
        return []
    lines = ["Later runs took over what these steps gave, and have it still:"]
    for heir in heirs[:MOST_HEIRS]:
        steps = one_line(", ".join(heir.paths), 200)
        lines.append(f"  - run {heir.line.run_id[:4]} ({heir.line.status}): {steps}")
    more = len(heirs) - MOST_HEIRS
    return [*lines, *([f"  - and {plural(more, 'more run')}"] if more > 0 else [])]


def _so_far(state: RunState, entries: Sequence[Entry]) -> list[str]:
    short = state.run_id[:4]
    undone = sum(entry.state == "undone" for entry in entries)
    lines = [f"Undone already: {plural(undone, 'call')} of run {short}."] if undone else []
    if state.undoing:
        lines.append(f"What run {short} did is being undone.")
    return lines


def _how_to_go_on(
    session: Session, state: RunState, plan: Sequence[Undoable], leave: tuple[str, ...]
) -> list[str]:
    short, program = state.run_id[:4], session.program
    if not state.ended:
        stop = f"`{program} cancel {short} --undo`"
        return [f"The run has not ended: {stop} stops it, and undoes this."]
    if state.undoing:
        return [f"`{program} undo {short} --keep` stops that after the call it is at."]
    flags = "".join(f" --leave {path}" for path in leave)
    if any(call.undone == "in_doubt" for call in plan):
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


def carried_out(session: Session, run_id: RunId, command: str) -> Undoing:
    """Wait for the undoing of a run, and say what came of it."""
    if not taken_up(session, run_id, command) and not _here(session, run_id, command):
        short = run_id[:4]
        text = (
            f"Recorded: no process advances run {short} now. It is undone as soon as its notebook "
            "is open again."
        )
        return Undoing(run_id, short, (), (), text, done=False)
    state = _followed(session, run_id)
    return outcome(session, run_id, state)


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
    steps = [state.step_of(call.path) for call in state.undo.plan]
    names = [
        name
        for step in steps
        for name in (
            [step.tool] if isinstance(step, ToolStep)
            else [use.tool for use in step.tools] if isinstance(step, AgentStep) else []
        )
    ]  # fmt: skip
    if session.via == "terminal" and any(runtime.code.tool(name) is None for name in names):
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


def _planned(session: Session, call: Undoable, entry: Entry) -> str:
    text = call_text(session.client.values, entry)
    match call:
        case Undoable(undone="failed"):
            because = "" if call.error is None else f": {one_line(call.error.message, 120)}"
            return f"{text}: could not be undone{because}"
        case Undoable(undone="in_doubt"):
            return f"{text}: whether it is undone is in doubt"
        case Undoable(undone="open"):
            return f"{text}: is being undone"
        case Undoable(outcome="done"):
            return text
        case _:
            return f"{text}: in doubt; its check says first whether it happened"


def _staying(session: Session, entry: Entry, left: tuple[str, ...]) -> str:
    text = call_text(session.client.values, entry)
    if not entry.compensates:
        doubt = " and it is in doubt" if entry.state in ("in_doubt", "cut_off") else ""
        return f"{text}: its tool brings no compensate{doubt}"
    if is_left(entry.path, left):
        return f"{text}: it is left"
    return f"{text}: nobody knows whether it happened"
