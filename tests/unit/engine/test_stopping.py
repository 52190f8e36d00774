"""A worker that stops begins nothing more, and leaves nothing half begun."""

import asyncio
import gc
from typing import Any

import pytest

from mn_notebook.engine.worker import Worker
from mn_notebook.errors import StoreError
from mn_notebook.testing.doubles import FakeClock


async def test_what_is_launched_while_the_engine_stops_is_left_to_the_next_owner() -> None:
    """Its runner hears of it as of any trouble; no coroutine is left that nobody awaits."""
    nothing: Any = None
    services: Any = type("Services", (), {"clock": FakeClock()})()
    worker = Worker(services, nothing, nothing, lambda _run_id: nothing, origins=["n"])

    async def work() -> None:
        raise AssertionError

    async with asyncio.TaskGroup() as group:
        worker._runs._group = group
    with pytest.raises(StoreError, match="is stopping"):
        worker._runs._spawn(work())
    gc.collect()
