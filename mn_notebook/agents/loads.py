"""How the loop of a process changes the rows that it shares with others, and waits for that."""

import asyncio
import logging
from collections.abc import Callable, Collection

from mn_notebook.domain.admission import is_about_trouble
from mn_notebook.ports import LoadRow, LoadRows, Loads

_log = logging.getLogger(__name__)

Change = Callable[[LoadRows], LoadRows]
Then = Callable[[Exception | None], None]


class LocalLoads:
    """Rows in memory; forgotten with the process. For tests, and for tools."""

    def __init__(self) -> None:
        self.rows: dict[str, LoadRow] = {}

    def troubles(self) -> LoadRows:
        """Return the rows that tell of trouble."""
        return {key: row for key, row in self.rows.items() if is_about_trouble(key)}

    def change(
        self,
        keys: Collection[str],
        change: Change,
        then: Then,
    ) -> None:
        """Change rows at once."""
        for key, row in change({key: self.rows.get(key) for key in keys}).items():
            if row is None:
                self.rows.pop(key, None)
            else:
                self.rows[key] = row
        then(None)


class SharedRows:
    """The rows as one loop sees them: what is changed is waited for there, or left to itself."""

    def __init__(self, loads: Loads, noticed: Callable[[LoadRows], None]) -> None:
        """Change ``loads``; ``noticed`` is told in the loop what was changed."""
        self._loads = loads
        self._noticed = noticed

    async def change(self, keys: Collection[str], change: Change) -> None:
        """Change rows; on return that is durable.

        Raises:
            StoreError: the store was closed, or is damaged.
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def then(fault: Exception | None) -> None:
            if done.done():
                return
            if fault is None:
                done.set_result(None)
            else:
                done.set_exception(fault)

        self._start(keys, change, then)
        await done

    def change_later(self, keys: Collection[str], change: Change) -> None:
        """Let rows be changed with the next commit; nobody waits for it."""
        self._start(keys, change, _told)

    def _start(self, keys: Collection[str], change: Change, then: Then) -> None:
        loop = asyncio.get_running_loop()
        changed: dict[str, LoadRow | None] = {}

        def noted(rows: LoadRows) -> LoadRows:
            changed.clear()
            changed.update(change(rows))
            return changed

        def in_loop(fault: Exception | None) -> None:
            if fault is None:
                self._noticed(changed)
            then(fault)

        def committed(fault: Exception | None) -> None:
            if _runs_here(loop):
                in_loop(fault)
            else:
                loop.call_soon_threadsafe(in_loop, fault)

        self._loads.change(keys, noted, committed)


def _runs_here(loop: asyncio.AbstractEventLoop) -> bool:
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False


def _told(fault: Exception | None) -> None:
    if fault is not None:
        _log.warning("%s", fault, extra={"run_id": None, "step_id": None})
