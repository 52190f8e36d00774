"""Says what an undo of a run would do, call by call, what it cannot, and who does it."""

from collections.abc import Sequence
from dataclasses import dataclass

from mn_notebook.domain.ids import RunId, StepPath
from mn_notebook.domain.ledger import LEDGER_KINDS, Entry, ledger
from mn_notebook.domain.state import RunState
from mn_notebook.domain.undoing import Undoable, is_left
from mn_notebook.domain.words import one_line, plural
from mn_notebook.domain.workflow import AgentStep, ToolStep
from mn_notebook.verbs.effect_words import call_text
from mn_notebook.verbs.heirs import Heir, heirs_of
from mn_notebook.verbs.session import Session

MOST_HEIRS = 20
"""So many later runs are named."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A call that an undo deals with."""

    call_id: str
    path: str
    """What `--leave` is told to leave this call, and all others of its step or item."""
    text: str
    doubt: bool
    """Nobody knows whether it is undone: it is undone once more only with `--again`."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What an undo would do; nothing is done."""

    ended: bool
    """Else the run has to be stopped first."""
    so_far: tuple[str, ...]
    calls: tuple[Planned, ...]
    """In the order in which they are undone."""
    stays: tuple[str, ...]
    """What is not undone, each with the reason."""
    staying: tuple[str, ...]
    """The calls of ``stays``; of a python step its path."""
    inherited: tuple[str, ...] = ()
    """Which later runs have what these calls gave: a heading, and a line for each run."""
    heirs: tuple[RunId, ...] = ()
    """These runs."""


def plan_of(session: Session, run_id: RunId, leave: tuple[str, ...] = ()) -> Plan:
    """Return what an undo of a run would do, from its journal as it is now.

    Calls of a step, or an item, in ``leave`` stay.
    """
    state = session.client.state(run_id)
    entries = ledger(state, session.client.events(run_id, kinds=LEDGER_KINDS))
    left = (*state.undo.left, *leave)
    by_call = {entry.call_id: entry for entry in entries}
    calls = tuple(
        Planned(
            call_id=call.call_id,
            path=call.path,
            text=_planned(session, call, by_call[call.call_id]),
            doubt=call.undone == "in_doubt",
        )
        for call in state.undo.plan
        if not is_left(call.path, left)
    )
    planned = {call.call_id for call in calls}
    stays = [
        entry
        for entry in entries
        if entry.may_stand and entry.effect == "write" and entry.call_id not in planned
    ]
    heirs = heirs_of(
        session.client, run_id, {*(StepPath(call.path) for call in calls), *state.undo.touched}
    )
    return Plan(
        ended=state.ended,
        so_far=tuple(_so_far(state, entries)),
        calls=calls,
        stays=tuple(_staying(session, entry, left) for entry in stays),
        staying=tuple(entry.call_id or str(entry.path) for entry in stays),
        inherited=_inherited(heirs),
        heirs=tuple(heir.line.run_id for heir in heirs),
    )


def _inherited(heirs: Sequence[Heir]) -> tuple[str, ...]:
    """Name the runs whose results rest on what is undone."""
    if not heirs:
        return ()
    lines = ["Later runs took over what these steps gave, and have it still:"]
    for heir in heirs[:MOST_HEIRS]:
        steps = one_line(", ".join(heir.paths), 200)
        lines.append(f"run {heir.line.run_id[:4]} ({heir.line.status}): {steps}")
    more = len(heirs) - MOST_HEIRS
    return (*lines, *([f"and {plural(more, 'more run')}"] if more > 0 else []))


def doer(session: Session, run_id: RunId) -> str:
    """Say which process undoes what a run did, once somebody wants it."""
    state = session.client.state(run_id)
    if not state.ended:
        return "The process that advances the run stops it, and then undoes this."
    absent = absent_tools(session, state) if session.runtime is not None else ()
    if absent:
        names = one_line(", ".join(absent), 120)
        return f"The code of {names} is not in this kernel: it is undone as soon as its cell runs."
    return "This kernel undoes it, one call after the other, also when this page is closed."


def absent_tools(session: Session, state: RunState) -> tuple[str, ...]:
    """Return the tools that the plan's steps may call, and whose code this process has not."""
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
    return tuple(name for name in dict.fromkeys(names) if runtime.code.tool(name) is None)


def _so_far(state: RunState, entries: Sequence[Entry]) -> list[str]:
    short = state.run_id[:4]
    undone = sum(entry.state == "undone" for entry in entries)
    lines = [f"Undone already: {plural(undone, 'call')} of run {short}."] if undone else []
    if state.undoing:
        lines.append(f"What run {short} did is being undone.")
    return lines


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
