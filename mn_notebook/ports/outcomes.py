"""What an attempt can come to."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import JsonValue

from mn_notebook.domain.events import AttemptEvent, ErrorInfo
from mn_notebook.domain.ids import CallId
from mn_notebook.domain.workflow import Expiry, Schema


@dataclass(frozen=True, slots=True)
class Succeeded:
    """The attempt has the step's output; ``events`` go into the same commit."""

    output: JsonValue
    events: tuple[AttemptEvent, ...] = ()


@dataclass(frozen=True, slots=True)
class FailedWith:
    """The attempt failed; ``events`` go into the same commit."""

    error: ErrorInfo
    events: tuple[AttemptEvent, ...] = ()


@dataclass(frozen=True, slots=True)
class WaitsFor:
    """The attempt cannot go on before a person decides about some of its calls."""

    subject: Literal["call", "in_doubt", "ask"]
    call_ids: tuple[CallId, ...]
    prompt: str
    evidence: str = ""
    events: tuple[AttemptEvent, ...] = ()
    because: str = ""
    """Why a person is asked."""
    said: str = ""
    """What the agent said when it asked for the call."""
    form: Schema | None = None
    """The JSON Schema of the call's arguments, where a person may change them; of an ``ask``, of
    what he is to fill in."""
    approvals: int = 1
    """How many people have to approve."""
    expires: Expiry | None = None
    """What becomes of the question when nobody answers."""


@dataclass(frozen=True, slots=True)
class Held:
    """The attempt may not make its next call before a time, so long that it is let go of.

    Nothing was announced. At that time the same attempt goes on, in whatever process.
    """

    limit: str
    """What holds it back, for people."""
    until: datetime
    ticket: str = ""
    """What it shows then to have the place that it was given."""
    events: tuple[AttemptEvent, ...] = ()


class NotYet(Exception):
    """A call has to wait so long that its attempt is to be let go of."""

    def __init__(self, held: Held) -> None:
        """Say what it waits for, and until when."""
        super().__init__(held.limit)
        self.held = held


Outcome = Succeeded | FailedWith | WaitsFor | Held
