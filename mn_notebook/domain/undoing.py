"""What of a run can be undone, in which order, and how far its undoing has come."""

from dataclasses import dataclass, field
from typing import Literal

from immutables import Map

from mn_notebook.domain.events import ErrorInfo
from mn_notebook.domain.ids import CallId, StepPath
from mn_notebook.domain.values import NOTHING, Stored

Outcome = Literal["open", "done", "not_done", "in_doubt"]
Undone = Literal["", "open", "undone", "failed", "in_doubt"]


@dataclass(frozen=True)
class Undoable:
    """A call of a tool that brings a ``compensate``."""

    number: int
    """Calls are undone from the highest number to the lowest."""
    path: StepPath
    call_id: CallId
    tool: str
    key: str
    args: Stored
    checks: bool
    """The tool can say whether the call happened."""
    outcome: Outcome = "open"
    result: Stored = NOTHING
    undone: Undone = ""
    """How its compensation stands; '': it has not begun, or is to be made again."""
    attempts: int = 0
    """So often was its compensation begun."""
    repeats: bool = False
    """Its compensation may be repeated with the same key."""
    error: ErrorInfo | None = None
    evidence: str = ""


@dataclass(frozen=True)
class Undo:
    """The undoable calls of a run, and what people want done about them."""

    calls: Map[CallId, Undoable] = field(default_factory=Map)
    numbers: Map[int, CallId] = field(default_factory=Map)
    """The calls by their numbers."""
    top: int = 0
    """No call with a higher number is to be undone: who undoes thousands looks at few."""
    wanted: bool = False
    """Somebody asked for it, and nothing has stopped it."""
    declined: bool = False
    """Somebody chose to leave what the run did as it is."""
    begun: bool = False
    """A compensation was begun: what the run did does not stand as its journal says."""
    left: tuple[str, ...] = ()
    """Steps, or items of them, whose calls are left as they are."""

    @property
    def standing(self) -> tuple[Undoable, ...]:
        """Return the calls that happened, or may have, and are not undone, the last one first."""
        found = [
            call
            for call in self.calls.values()
            if call.outcome != "not_done" and call.undone != "undone"
        ]
        return tuple(sorted(found, key=lambda call: -call.number))

    @property
    def plan(self) -> tuple[Undoable, ...]:
        """Return the calls that an undo would deal with, in its order.

        Of a call in doubt its tool's ``check`` says whether there is anything to undo; where there
        is none, nobody knows, and nothing is done.
        """
        return tuple(call for call in self.standing if self._is_planned(call))

    @property
    def current(self) -> Undoable | None:
        """Return the call that is being undone, or is to be undone now; None: there is none."""
        if not self.wanted:
            return None
        for number in range(self.top, 0, -1):
            call = self.calls[self.numbers[number]]
            if call.undone in ("", "open") and self._is_planned(call):
                return call
        return None

    @property
    def next(self) -> Undoable | None:
        """Return the call to be undone now; None: one is being undone, or there is none."""
        call = self.current
        return call if call is not None and not call.undone else None

    @property
    def goes_on(self) -> bool:
        """Tell whether something is being undone, or will be without a further word."""
        return self.current is not None

    def _is_planned(self, call: Undoable) -> bool:
        if call.outcome == "not_done" or call.undone == "undone":
            return False
        return (call.outcome == "done" or call.checks) and not is_left(call.path, self.left)

    @property
    def troubled(self) -> tuple[Undoable, ...]:
        """Return the calls whose compensation failed, or is in doubt, and that are not left."""
        return tuple(call for call in self.plan if call.undone in ("failed", "in_doubt"))

    @property
    def touched(self) -> frozenset[StepPath]:
        """Return the units of work of which a call was undone, or may have been."""
        return frozenset(call.path for call in self.calls.values() if call.attempts)


def is_left(path: StepPath, left: tuple[str, ...]) -> bool:
    """Tell whether a unit of work is one of those that are left as they are, or within one.

    >>> is_left(StepPath("pay[3]"), ("pay",)), is_left(StepPath("payroll"), ("pay",))
    (True, False)
    """
    return any(path == one or path.startswith((f"{one}[", f"{one}#", f"{one}/")) for one in left)
