"""Undoes what a run did: says which events begin, and end, the undoing of a call."""

from pydantic import JsonValue

from mn_notebook.domain.events import (
    CompensationFailed,
    CompensationInDoubt,
    CompensationStarted,
    CompensationSucceeded,
    ErrorInfo,
    NoteAdded,
    RunCancelRequested,
    ToolSettled,
    UndoDeclined,
    UndoRequested,
)
from mn_notebook.domain.ids import CallId
from mn_notebook.domain.state import RunState
from mn_notebook.domain.undoing import Undoable
from mn_notebook.domain.values import Stored
from mn_notebook.domain.workflow import Step
from mn_notebook.engine.move import AnyEvent, Move
from mn_notebook.engine.services import TROUBLE_SECONDS, Services
from mn_notebook.engine.starts import blocked
from mn_notebook.errors import StoreBusy, StoreUnwritable
from mn_notebook.ports import InboxCommand, Undone

CHECKED = "its tool's own check said so before anything was undone"


class Undoing:
    """Says what follows where a call is undone. Writes nothing."""

    def __init__(self, services: Services) -> None:
        """Undo with what ``services.undoer`` finds."""
        self._services = services

    def begin(self, state: RunState, call_id: CallId) -> Move:
        """Return the intent of a compensation, or that it cannot be made; nothing: check first."""
        call = state.undo.calls[call_id]
        instance = state.instances[call.path]
        undoer, step = self._services.undoer, state.step_at(instance.node)
        missing = undoer.missing(step, call.tool) or self._services.another(state, instance.node)
        if missing is not None:
            return blocked(state, instance.node, missing)
        if call.outcome != "done":
            return Move()
        repeats = undoer.repeats(step, call.tool)
        if repeats is None:
            message = f"the tool {call.tool!r} brings no compensate any more"
            return Move((_failed(call, ErrorInfo(type="NotThere", message=message)),))
        started = CompensationStarted(
            path=call.path,
            call_id=call_id,
            tool=call.tool,
            key=call.key,
            attempt=call.attempts + 1,
            repeats=repeats,
        )
        return Move((started,))

    async def make(self, call: Undoable, step: Step) -> tuple[AnyEvent, ...]:
        """Make a compensation whose intent is durable, or ask about a call in doubt."""
        if call.outcome != "done":
            return await self._checked(call, step)
        clock = self._services.clock
        args = await self._loaded(call.args)
        result = await self._loaded(call.result)
        began = clock.monotonic()
        done = await self._services.undoer.undo(
            step, call.tool, args if isinstance(args, dict) else {}, call.key, result
        )
        seconds = round(clock.monotonic() - began, 6)
        printed = _printed(call, done)
        if done.doubtful and done.error is not None:
            evidence = f"its compensation ended with {done.error.message}"
            doubt = CompensationInDoubt(path=call.path, call_id=call.call_id, evidence=evidence)
            return (*printed, doubt)
        if done.error is not None:
            return (*printed, _failed(call, done.error, seconds))
        succeeded = CompensationSucceeded(
            path=call.path,
            call_id=call.call_id,
            output=await self._kept(done.value),
            latency_seconds=seconds,
        )
        return (*printed, succeeded)

    async def _checked(self, call: Undoable, step: Step) -> tuple[AnyEvent, ...]:
        found = await self._services.undoer.check(step, call.tool, call.key)
        printed = _printed(call, found)
        if found.error is not None:
            message = f"nobody knows whether the call happened: {found.error.message}"
            error = found.error.model_copy(update={"message": message})
            return (*printed, _failed(call, error))
        settled = ToolSettled(
            path=call.path,
            call_id=call.call_id,
            outcome="not_happened" if found.value is None else "happened",
            output=await self._kept(found.value),
            by="check",
            because=CHECKED,
        )
        return (*printed, settled)

    async def _loaded(self, stored: Stored) -> JsonValue:
        while True:
            try:
                return self._services.values.load(stored)
            except StoreBusy:
                await self._services.clock.sleep(TROUBLE_SECONDS)

    async def _kept(self, value: JsonValue) -> Stored:
        """Keep what a call gave, however long the store cannot take it: it was done."""
        while True:
            try:
                return self._services.values.keep(value)
            except (StoreBusy, StoreUnwritable):
                await self._services.clock.sleep(TROUBLE_SECONDS)


def cut_off(state: RunState, because: str) -> tuple[AnyEvent, ...]:
    """Return what becomes of compensations that a former owner was making."""
    return tuple(
        CompensationInDoubt(
            path=call.path, call_id=call.call_id, evidence=because, again=call.repeats
        )
        for call in state.undo.standing
        if call.undone == "open"
    )


def undo_events(state: RunState, command: InboxCommand) -> list[AnyEvent]:
    """Return what a person's word about the undoing of a run comes to."""
    body, by = command.body, command.by
    because = str(body.get("because") or "")
    if body.get("keep"):
        if state.undo.declined or not state.undo.calls:
            return []
        return [UndoDeclined(by=by, because=because, command_id=command.id)]
    if not state.ended or state.undoing:
        return []
    leave = body.get("leave")
    return [
        UndoRequested(
            by=by,
            because=because,
            leave=tuple(map(str, leave)) if isinstance(leave, list) else (),
            again=bool(body.get("again")),
            command_id=command.id,
        )
    ]


def cancel_events(command: InboxCommand) -> list[AnyEvent]:
    """Return what a person's wish to stop a run comes to, with what is to be undone then."""
    by, because = command.by, str(command.body.get("because") or "")
    events: list[AnyEvent] = [RunCancelRequested(by=by, because=because, command_id=command.id)]
    if command.body.get("undo"):
        events.append(UndoRequested(by=by, because=because))
    if command.body.get("keep"):
        events.append(UndoDeclined(by=by, because=because))
    return events


def not_undone(call: Undoable, fault: Exception) -> CompensationFailed:
    """Return that a call was not undone for a reason outside its tool."""
    return _failed(call, ErrorInfo(type=type(fault).__name__, message=str(fault)))


def _failed(call: Undoable, error: ErrorInfo, seconds: float = 0.0) -> CompensationFailed:
    return CompensationFailed(
        path=call.path, call_id=call.call_id, error=error, latency_seconds=seconds
    )


def _printed(call: Undoable, done: Undone) -> tuple[AnyEvent, ...]:
    return (NoteAdded(path=call.path, text=done.printed),) if done.printed.strip() else ()
