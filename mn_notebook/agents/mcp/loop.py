"""The thread in which the SDK's clients live: one for each process, started when it is needed."""

import asyncio
import concurrent.futures
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

THREAD = "mn-mcp"
_CLOSING_SECONDS = 10.0


class ServerLoop:
    """Runs coroutines on a loop of its own, never in the engine's. Safe to use from any thread."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        """Protects the start and the end of the thread."""

    def run(self, work: Coroutine[Any, Any, T]) -> "concurrent.futures.Future[T]":
        """Begin work; what is returned knows how it ends."""
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(
                    target=self._loop.run_forever, name=THREAD, daemon=True
                )
                self._thread.start()
            return asyncio.run_coroutine_threadsafe(work, self._loop)

    def close(self) -> None:
        """End the thread; what is under way is given up."""
        with self._lock:
            loop, thread = self._loop, self._thread
            self._loop = self._thread = None
        if loop is None or thread is None:
            return
        with_end = asyncio.run_coroutine_threadsafe(_cancel_all(), loop)
        concurrent.futures.wait([with_end], _CLOSING_SECONDS)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(_CLOSING_SECONDS)
        if not thread.is_alive():
            loop.close()


async def _cancel_all() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    if others:
        await asyncio.wait(others, timeout=_CLOSING_SECONDS)
