"""A recorder for an attempt that has not begun: it reads, and refuses to write."""

from contextlib import AbstractContextManager, nullcontext

from pydantic import JsonValue

from mn_notebook.domain.events import AttemptEvent
from mn_notebook.domain.state import Call, RunState
from mn_notebook.domain.values import Stored
from mn_notebook.engine.values import Values
from mn_notebook.errors import MnError
from mn_notebook.ports import Situation


class DraftRecorder:
    """What a handler's ``opening`` is given."""

    def __init__(self, calls: tuple[Call, ...], values: Values, state: RunState) -> None:
        """Show the transcript so far, and the run that the attempt belongs to."""
        self._calls = calls
        self._values = values
        self._state = state

    async def record(self, *_events: AttemptEvent) -> None:
        """Refuse: what an opening returns is written for it."""
        message = "an opening returns its events; it cannot record them itself"
        raise MnError(message)

    def untimed(self) -> AbstractContextManager[None]:
        """Stop no clock: none runs yet."""
        return nullcontext()

    def calls(self) -> tuple[Call, ...]:
        """Return the transcript so far."""
        return self._calls

    def situation(self) -> Situation:
        """Return what of the run counts for its policy."""
        return situation_of(self._state)

    def keep(self, value: JsonValue) -> Stored:
        """Turn a value into its stored form."""
        return self._values.keep(value)

    def load(self, stored: Stored) -> JsonValue:
        """Return a stored value."""
        return self._values.load(stored)


def situation_of(state: RunState) -> Situation:
    """Return what of a run counts for its policy."""
    return Situation(state.totals.cost_usd, state.permissions)
