"""The engine's own thread: the one place where calls cross from other threads into the loop."""

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from typing import TypeVar

from mn_notebook.engine.worker import Worker
from mn_notebook.errors import StoreError

T = TypeVar("T")
_log = logging.getLogger(__name__)


class BackgroundWorker:
    """A worker in a daemon thread with a loop of its own.

    Nothing that an analyst runs in the kernel's main thread is needed for it to make progress, and
    it never prints: what it has to say stands in the journal and in the log.
    """

    def __init__(
        self, worker: Worker, *, at_end: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        """Prepare to run ``worker``; ``at_end`` is awaited in its loop when it has stopped."""
        self.worker = worker
        self._at_end = at_end
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mn-engine", daemon=True)

    def start(self) -> None:
        """Start the thread; the worker takes over what was interrupted."""
        self._thread.start()
        self._ready.wait()

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except Exception:  # noqa: BLE001 - the thread must not print; the log has the traceback
            _log.exception("the engine stopped", extra={"run_id": None, "step_id": None})
        finally:
            self._ready.set()

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._loop.call_soon(self._ready.set)
        try:
            await self.worker.main()
        finally:
            if self._at_end is not None:
                await self._at_end()

    @property
    def is_alive(self) -> bool:
        """Tell whether the thread still advances runs."""
        return self._thread.is_alive()

    def call(self, function: Callable[[], T]) -> T:
        """Run a function in the loop's thread and return its result.

        Raises:
            StoreError: the engine has stopped.
        """
        waiting: Future[T] = Future()

        def run() -> None:
            try:
                waiting.set_result(function())
            except BaseException as fault:  # noqa: BLE001 - handed to the caller
                waiting.set_exception(fault)

        self.post(run)
        return waiting.result()

    def post(self, function: Callable[[], None]) -> None:
        """Run a function in the loop's thread, soon.

        Raises:
            StoreError: the engine has stopped.
        """
        if self._loop is None or self._loop.is_closed() or not self.is_alive:
            message = "the engine of this process has stopped; restart the kernel to go on"
            raise StoreError(message)
        self._loop.call_soon_threadsafe(function)

    def close(self, *, within_seconds: float = 10.0) -> None:
        """Stop advancing runs; what is under way is interrupted and can be gone on with."""
        self.worker.stop()
        self._thread.join(timeout=within_seconds)
