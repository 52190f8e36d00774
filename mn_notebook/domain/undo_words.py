"""Says how the undoing of a run stands, and what moves it on."""

from collections.abc import Collection, Iterator

from mn_notebook.domain.ids import StepPath
from mn_notebook.domain.state import RunState
from mn_notebook.domain.statuses import Owner
from mn_notebook.domain.undoing import Undoable
from mn_notebook.domain.words import one_line, plural

_LONGEST = 160


def undo_status(state: RunState, owner: Owner) -> str:
    """Return the status of a run that is being undone, as people say it."""
    if owner == "gone":
        return "interrupted while it was being undone: its process ended"
    return "waiting for code, to be undone" if _code(state) else "being undone"


def undo_next(state: RunState, owner: Owner) -> str:
    """Say what happens next where a run that has ended can be, was, or is being undone; or ''."""
    short, undo = state.run_id[:4], state.undo
    code = _code(state)
    if state.undoing and owner == "gone":
        return (
            "Its undoing goes on when its notebook is open again, "
            f"or with `%mn resume {short}`; finished compensations are not made again."
        )
    if state.undoing and code:
        return f"It is undone as soon as this is mended: {code}."
    if state.undoing:
        return f"What it did is being undone: `%mn undo {short}` tells how far."
    if undo.troubled:
        return f"Its undoing stopped: `%mn undo {short}` says why, and how to go on."
    if undo.begun and undo.plan:
        return f"It is undone in part: `%mn undo {short}` shows the rest."
    if undo.begun:
        but = f", but for what {', '.join(one_line(one, 60) for one in undo.left)} did"
        done = f"It is undone{but if undo.left else ''}"
        lists = f"`%mn effects {short}` lists what it did"
        return f"{done}: {lists}; `%mn rerun {short}` does it anew."
    if state.phase == "succeeded" or undo.declined or not undo.plan:
        return ""
    calls = plural(len(undo.plan), "call")
    undoes = f"`%mn undo {short}` shows what it did that can be undone ({calls})"
    if state.phase == "failed":
        again = f"`%mn resume {short}` tries the failed steps again"
        return f"When the cause is mended, {again}; {undoes}."
    return f"It was stopped, and nothing is undone: {undoes}."


def undo_told(state: RunState) -> Iterator[str]:
    """Tell what of a run was undone, and what was not, and why."""
    undo = state.undo
    if not undo.begun:
        if undo.declined and undo.calls:
            yield "What it did is left as it is: somebody said so."
        return
    undone = [call for call in undo.calls.values() if call.undone == "undone"]
    if undone:
        yield f"Undone: {_names(undone)}."
    for call in undo.troubled:
        if call.undone == "failed":
            because = "" if call.error is None else f": {one_line(call.error.message, _LONGEST)}"
            yield f"Could not be undone: {_name(call)}{because}."
        else:
            evidence = one_line(call.evidence, _LONGEST)
            yield f"Whether {_name(call)} is undone is in doubt: {evidence}."
    rest = [call for call in undo.plan if not call.undone]
    if rest:
        how = "Not undone, for it was done before"
        if not undo.troubled:
            how = "Yet to be undone" if state.undoing else "Left as it is"
        yield f"{how}: {_names(rest)}."
    if undo.left:
        yield f"Left as it is: what {', '.join(one_line(one, 60) for one in undo.left)} did."


def undone_at(state: RunState, paths: Collection[StepPath]) -> Iterator[str]:
    """Tell which calls of some units of work were undone, or are not for a reason."""
    said = {
        "open": "is being undone",
        "undone": "was undone",
        "failed": "could not be undone",
        "in_doubt": "may have been undone: nobody knows",
    }
    calls = sorted(state.undo.calls.values(), key=lambda call: call.number)
    for call in calls:
        if call.path in paths and call.undone:
            yield f"Its call of {_name(call)} {said[call.undone]}."


def _code(state: RunState) -> str:
    call = state.undo.next
    if call is None:
        return ""
    return state.progress[state.instances[call.path].node].waiting_because or ""


def _names(calls: list[Undoable]) -> str:
    ordered = sorted(calls, key=lambda call: -call.number)
    return one_line(", ".join(map(_name, ordered)), _LONGEST)


def _name(call: Undoable) -> str:
    return f"{call.tool} at {call.path}"
