"""The real clock and the real source of ids: the one place that reads time and chance."""

import asyncio
import base64
import secrets
import time
from datetime import UTC, datetime


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
    """Unguessable names of lower-case letters and digits."""

    def new(self) -> str:
        """Return 16 lower-case letters and digits: 80 bits of chance."""
        return base64.b32encode(secrets.token_bytes(10)).decode("ascii").lower()
