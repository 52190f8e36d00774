"""How long a call may take where its tool says so."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

V = TypeVar("V")


async def within(seconds: float | None, call: Awaitable[V]) -> V:
    """Wait for a call, but no longer than ``seconds``.

    Raises:
        TimeoutError: it has not returned by then; whether it will, nobody knows.
    """
    if seconds is None:
        return await call
    limit = asyncio.timeout(seconds)
    try:
        async with limit:
            return await call
    except TimeoutError as fault:
        if not limit.expired():
            raise  # It is the call's own.
        message = f"the call had not returned after {seconds:g} s"
        raise TimeoutError(message) from fault
