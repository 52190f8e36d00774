"""The real clock and the real source of ids: the one place that reads time and chance."""

import asyncio
import secrets
import time
from datetime import UTC, datetime

_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"


class SystemClock:
    """Time as the machine tells it."""

    def now(self) -> datetime:
        """Return the time of day, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds that never run backwards."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


class RandomIds:
    """Unguessable names, without letters that are easily taken for another."""

    def new(self) -> str:
        """Return 16 lower-case letters and digits: 80 bits of chance."""
        return "".join(secrets.choice(_ALPHABET) for _ in range(16))
