"""The real clock and the real source of ids: the one place that reads time and chance."""

import asyncio
import base64
import os
import secrets
import time
import weakref
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

    def __init__(self) -> None:
        """Begin without a stock of them."""
        self._stock: list[str] = []
        _EVERY.add(self)

    def new(self) -> str:
        """Return 16 lower-case letters and digits: 80 bits of chance."""
        try:
            return self._stock.pop()  # atomic: no two threads get the same one
        except IndexError:
            self._stock.extend(_many(_STOCK - 1))
            return _many(1)[0]

    def forget(self) -> None:
        """Give up the stock, which a forked parent will use."""
        self._stock = []


_STOCK = 64
_BYTES, _LETTERS = 10, 16

_EVERY: "weakref.WeakSet[RandomIds]" = weakref.WeakSet()


def _many(count: int) -> list[str]:
    text = base64.b32encode(secrets.token_bytes(_BYTES * count)).decode("ascii").lower()
    return [text[begin : begin + _LETTERS] for begin in range(0, len(text), _LETTERS)]


def _after_fork() -> None:
    for ids in list(_EVERY):
        ids.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
