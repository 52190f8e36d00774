"""A recorder for an attempt that has not begun: it reads, and refuses to write."""

from contextlib import AbstractContextManager, nullcontext

from pydantic import JsonValue

from mn_notebook.domain.events import AttemptEvent
from mn_notebook.domain.state import Call
from mn_notebook.domain.values import Stored
from mn_notebook.engine.values import Values
from mn_notebook.errors import MnError


class DraftRecorder:
    """What a handler's ``opening`` is given."""

    def __init__(self, calls: tuple[Call, ...], values: Values) -> None:
        """Show the transcript so far."""
        self._calls = calls
        self._values = values

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

    def keep(self, value: JsonValue) -> Stored:
        """Turn a value into its stored form."""
        return self._values.keep(value)

    def load(self, stored: Stored) -> JsonValue:
        """Return a stored value."""
        return self._values.load(stored)
