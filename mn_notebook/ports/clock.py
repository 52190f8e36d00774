"""Time and new names: what the engine does not make up by itself."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Time, as the engine may know it."""

    def now(self) -> datetime:
        """Return the time of day, aware, in UTC. It may jump."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never run backwards."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class IdSource(Protocol):
    """New names that nobody else has."""

    def new(self) -> str:
        """Return 16 lower-case letters and digits, unguessable."""
        ...
