"""What a run did to the world, as its journal alone tells it: a line for each call.

A python step that says ``effect: idempotent`` has no call of its own in the journal: its line is
that of the step.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from mn_notebook.domain.events import (
    ApprovalDecided,
    ApprovalRequested,
    CompensationFailed,
    CompensationInDoubt,
    CompensationStarted,
    CompensationSucceeded,
    Recorded,
    StepFailed,
    StepInterrupted,
    StepStarted,
    StepSucceeded,
    ToolFailed,
    ToolInDoubt,
    ToolSettled,
    ToolStarted,
    ToolSucceeded,
    UndoDeclined,
    UndoRequested,
)
from mn_notebook.domain.ids import ApprovalId, StepPath
from mn_notebook.domain.state import RunState
from mn_notebook.domain.values import NOTHING, Stored
from mn_notebook.domain.workflow import Effect, PythonStep

EffectState = Literal[
    "open",
    "cut_off",
    "succeeded",
    "failed",
    "in_doubt",
    "happened",
    "not_happened",
    "undone",
    "undo_open",
    "undo_failed",
    "undo_in_doubt",
]

LEDGER_KINDS = frozenset(
    kind.model_fields["kind"].default
    for kind in (
        ApprovalDecided,
        ApprovalRequested,
        CompensationFailed,
        CompensationInDoubt,
        CompensationStarted,
        CompensationSucceeded,
        StepFailed,
        StepInterrupted,
        StepStarted,
        StepSucceeded,
        ToolFailed,
        ToolInDoubt,
        ToolSettled,
        ToolStarted,
        ToolSucceeded,
        UndoDeclined,
        UndoRequested,
    )
)
"""The kinds of events that tell the ledger: of a long journal nothing else has to be read."""


class Leave(BaseModel):
    """Who allowed a call."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    approval_id: ApprovalId
    path: StepPath
    """Where it was asked: at the call itself, or at an approve step that showed it."""
    by: str
    via: str
    verified: bool
    at: datetime


class Entry(BaseModel):
    """A call, and what is known of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int
    at: datetime
    """When it was first begun."""
    ended_at: datetime | None = None
    path: StepPath
    call_id: str
    """'' for a python step."""
    tool: str
    effect: Effect
    args: Stored = NOTHING
    """Of a python step its whole input: the arguments stand below ``args``."""
    args_hash: str = ""
    key: str = ""
    state: EffectState = "open"
    attempts: int = 1
    """So often was it begun; a repetition has the same key."""
    result: Stored = NOTHING
    because: str = ""
    """Why it failed, what its doubt rests on, or what its settlement or undoing said."""
    settled_by: str = ""
    approved: tuple[Leave, ...] = ()
    """Who allowed it; several where it takes several, or where it was asked about again."""
    rules: tuple[str, ...] = ()
    """The rules of the policy that let it be made without asking anybody, in words."""
    compensates: bool = False
    checks: bool = False

    @property
    def may_stand(self) -> bool:
        """Tell whether the world may have it, as far as anybody knows."""
        return self.state not in ("failed", "not_happened", "undone")


def ledger(
    state: RunState, events: Iterable[Recorded], *, reads: bool = False
) -> tuple[Entry, ...]:
    """Return a line for each call that a run made, in the order in which they were begun.

    Calls that only read are left out unless ``reads``.
    """
    book = _Book(state)
    for recorded in events:
        book.take(recorded)
    kept = (entry for entry in book.entries.values() if reads or entry.effect != "read")
    return tuple(
        entry.model_copy(update={"number": number}) for number, entry in enumerate(kept, start=1)
    )


class _Book:
    """A ledger while it is written."""

    def __init__(self, state: RunState) -> None:
        self.entries: dict[str, Entry] = {}
        """By call; a python step by its path."""
        self._state = state
        self._asked: dict[ApprovalId, ApprovalRequested] = {}
        self._by_call: dict[str, tuple[Leave, ...]] = {}
        self._by_hash: dict[str, tuple[Leave, ...]] = {}

    def take(self, recorded: Recorded) -> None:
        event, at = recorded.event, recorded.at
        match event:
            case ToolStarted():
                self._started(event, at)
            case ToolSucceeded():
                self._end(event.call_id, at, state="succeeded", result=event.output)
            case ToolFailed():
                self._end(event.call_id, at, state="failed", because=event.error.message)
            case ToolInDoubt():
                self._end(event.call_id, at, state="in_doubt", because=event.evidence)
            case ToolSettled():
                self._end(
                    event.call_id,
                    at,
                    state=event.outcome,
                    result=event.output,
                    because=event.because,
                    settled_by=event.by,
                )
            case ApprovalRequested():
                self._asked[event.approval_id] = event
            case ApprovalDecided():
                self._decided(event, at)
            case StepStarted() | StepSucceeded() | StepFailed() | StepInterrupted():
                self._step(event, at)
            case _:
                self._undone(event)

    def _started(self, event: ToolStarted, at: datetime) -> None:
        known = self.entries.get(event.call_id)
        leaves = self._by_call.get(event.call_id) or self._by_hash.get(event.args_hash, ())
        if known is not None:
            self._change(
                event.call_id,
                state="open",
                attempts=known.attempts + 1,
                approved=leaves,
                rules=event.rules,
                ended_at=None,
            )
            return
        self.entries[event.call_id] = Entry(
            number=0,
            at=at,
            path=event.path,
            call_id=event.call_id,
            tool=event.tool,
            effect=event.effect,
            args=event.args,
            args_hash=event.args_hash,
            key=event.key,
            approved=leaves,
            rules=event.rules,
            compensates=event.compensates,
            checks=event.checks,
        )

    def _decided(self, event: ApprovalDecided, at: datetime) -> None:
        request = self._asked.get(event.approval_id)
        if event.decision != "approve":
            return
        leave = Leave(
            approval_id=event.approval_id,
            path=event.path,
            by=event.by,
            via=event.via,
            verified=event.verified,
            at=at,
        )
        if request is not None and request.subject == "call":
            for call in request.calls:
                self._by_call[call.call_id] = (*self._by_call.get(call.call_id, ()), leave)
        for args_hash in event.authorised:
            self._by_hash[args_hash] = (*self._by_hash.get(args_hash, ()), leave)

    def _step(
        self, event: StepStarted | StepSucceeded | StepFailed | StepInterrupted, at: datetime
    ) -> None:
        if isinstance(event, StepInterrupted):
            for key, entry in self.entries.items():
                if entry.path == event.path and entry.state == "open":
                    self._change(key, state="cut_off", because=event.because)
            return
        instance = self._state.instances.get(event.path)
        step = None if instance is None else self._state.step_at(instance.node)
        if not isinstance(step, PythonStep) or step.effect == "write":
            return  # What writes is a call.
        match event:
            case StepStarted():
                known = self.entries.get(event.path)
                self.entries[event.path] = Entry(
                    number=0,
                    at=at if known is None else known.at,
                    path=event.path,
                    call_id="",
                    tool=step.function,
                    effect=step.effect,
                    args=event.input,
                    attempts=1 if known is None else known.attempts + 1,
                )
            case StepSucceeded(reused_from=str()):
                self.entries.pop(event.path, None)  # Nothing was done.
            case StepSucceeded():
                self._end(event.path, at, state="succeeded", result=event.output)
            case StepFailed():
                self._end(event.path, at, state="failed", because=event.error.message)

    def _undone(self, event: object) -> None:
        match event:
            case CompensationStarted():
                self._change(event.call_id, state="undo_open")
            case CompensationSucceeded():
                self._change(event.call_id, state="undone", because="")
            case CompensationFailed():
                self._change(event.call_id, state="undo_failed", because=event.error.message)
            case CompensationInDoubt():
                self._change(event.call_id, state="undo_in_doubt", because=event.evidence)
            case _:
                pass

    def _end(self, key: str, at: datetime, **changes: object) -> None:
        self._change(key, ended_at=at, **changes)

    def _change(self, key: str, **changes: object) -> None:
        known = self.entries.get(key)
        if known is not None:
            self.entries[key] = known.model_copy(update=changes)
