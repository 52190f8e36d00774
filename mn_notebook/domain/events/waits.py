"""What a step waits for that no person decides: time and signals."""

from typing import Literal

from pydantic import AwareDatetime

from mn_notebook.domain.events.facts import Fact
from mn_notebook.domain.ids import CommandId, StepPath
from mn_notebook.domain.values import NOTHING, Stored


class TimerSet(Fact):
    """Time alone will move a step on, or end it."""

    kind: Literal["timer.set"] = "timer.set"
    path: StepPath
    at: AwareDatetime
    purpose: Literal["wait", "timeout"] = "wait"


class TimerFired(Fact):
    """The time has come."""

    kind: Literal["timer.fired"] = "timer.fired"
    path: StepPath


class SignalAwaited(Fact):
    """A step waits for a signal; one that was kept is taken at once."""

    kind: Literal["signal.awaited"] = "signal.awaited"
    path: StepPath
    name: str


class SignalReceived(Fact):
    """Somebody sent a signal; it is kept until a step waits for it."""

    kind: Literal["signal.received"] = "signal.received"
    name: str
    value: Stored = NOTHING
    by: str
    command_id: CommandId | None = None
