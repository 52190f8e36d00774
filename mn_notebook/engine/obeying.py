"""Says what the commands of people and of other processes come to: which events follow."""

from dataclasses import replace
from typing import get_args

from mn_notebook.domain.events import RunPauseRequested, RunResumed, SignalReceived
from mn_notebook.domain.state import RunState
from mn_notebook.engine import budgeting
from mn_notebook.engine.move import AnyEvent
from mn_notebook.engine.people import People, entrusted
from mn_notebook.engine.services import Services
from mn_notebook.engine.undoing import cancel_events, undo_events
from mn_notebook.errors import MnError, PermanentError, StoreBusy, StoreUnwritable
from mn_notebook.ports import CommandKind, InboxCommand

KNOWN = frozenset(get_args(CommandKind))
"""Kinds of commands; a newer program may know others."""


class Obeying:
    """Turns commands into events. Keeps values, and writes no event."""

    def __init__(self, services: Services) -> None:
        """Keep values with these services."""
        self._services = services
        self._people = People(services)

    def events_of(self, state: RunState, command: InboxCommand) -> list[AnyEvent]:
        """Return what a command comes to; nothing when it asks for what cannot be any more."""
        match command.kind:
            case "decide":
                return list(self._decision(state, command))
            case "skip":
                return list(self._people.skip(state, command))
            case "retry" | "reopen":
                return list(self._people.retry(state, command))
            case "delegate" | "revoke":
                return list(entrusted(state, command))
            case "undo":
                return undo_events(state, command)
            case "budget":
                return list(budgeting.raised(state, command))
            case "signal" if not state.ended:
                return self._signalled(command)
            case _:
                return held_or_stopped(state, command)

    def _signalled(self, command: InboxCommand) -> list[AnyEvent]:
        """Return that a signal came; one whose value cannot be kept is none."""
        try:
            value = self._services.values.keep(command.body.get("value"))
        except PermanentError:
            return []
        name = str(command.body.get("name"))
        return [SignalReceived(name=name, value=value, by=command.by, command_id=command.id)]

    def _decision(self, state: RunState, command: InboxCommand) -> tuple[AnyEvent, ...]:
        """Return what follows from a decision; one that cannot be used counts as a no."""
        try:
            return self._people.decision(state, command)
        except (StoreBusy, StoreUnwritable):
            raise
        except (MnError, ValueError, RecursionError) as fault:
            body = {**command.body, "decision": "reject", "edits": None, "value": None}
            body["because"] = f"the decision could not be used: {fault}"
            return self._people.decision(state, replace(command, body=body))


def held_or_stopped(state: RunState, command: InboxCommand) -> list[AnyEvent]:
    """Return what the wish comes to that a run is cancelled, paused, or goes on."""
    by, because = command.by, str(command.body.get("because") or "")
    match command.kind:
        case "cancel" if not state.ended and not state.cancel_requested:
            return cancel_events(command)
        case "pause" if _is_over(state, command):
            return []
        case "pause" if not state.ended and not state.pause_requested:
            return [RunPauseRequested(by=by, because=because, command_id=command.id)]
        case "resume" if not state.ended and state.pause_requested:
            return [RunResumed(by=by, command_id=command.id, asked_at=command.at)]
        case _:
            return []


def _is_over(state: RunState, command: InboxCommand) -> bool:
    """Tell whether a pause was asked for before a resume that has been obeyed.

    Sent twice, it was obeyed once; the owner that would have dropped the other one may have died.
    """
    resumed = state.resume_asked_at
    return resumed is not None and command.at <= resumed
