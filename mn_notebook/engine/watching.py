"""Tells whoever watches a run how it stands, some times a second."""

import logging
from collections.abc import Callable

from mn_notebook.domain.ids import RunId
from mn_notebook.domain.state import RunState

_log = logging.getLogger(__name__)

Watcher = Callable[[RunState], None]


class Watching:
    """Who watches which run, and of which runs there is something new to tell."""

    def __init__(self, trouble: Callable[[], str | None]) -> None:
        """Tell also when ``trouble`` says something else: why the store cannot be written."""
        self._watchers: dict[RunId, list[Watcher]] = {}
        self._dirty: set[RunId] = set()
        self._last: dict[RunId, RunState] = {}
        """How runs stood that were let go of and that somebody watches."""
        self._trouble = trouble
        self._told_trouble: str | None = None

    def watch(self, run_id: RunId, watcher: Watcher) -> None:
        """Tell ``watcher`` of a run's new states from now on."""
        self._watchers.setdefault(run_id, []).append(watcher)
        self._dirty.add(run_id)

    def unwatch(self, run_id: RunId, watcher: Watcher) -> None:
        """Stop telling ``watcher``."""
        watchers = self._watchers.get(run_id, [])
        if watcher in watchers:
            watchers.remove(watcher)
        if not watchers:
            self._watchers.pop(run_id, None)
            self._last.pop(run_id, None)

    def touch(self, run_id: RunId) -> None:
        """Have something to tell of a run."""
        self._dirty.add(run_id)

    def keep(self, state: RunState) -> bool:
        """Keep how a run stands that is let go of; False when nobody watches it."""
        watched = state.run_id in self._watchers
        if watched:
            self._last[state.run_id] = state
        return watched

    def publish(
        self,
        live: Callable[[RunId], RunState | None],
        read: Callable[[RunId], RunState],
    ) -> None:
        """Tell what is new: of a run that is ``live`` here, or as it is ``read``."""
        trouble = self._trouble()
        if trouble != self._told_trouble:
            self._told_trouble = trouble
            self._dirty.update(self._watchers)
        dirty, self._dirty = self._dirty, set()
        for run_id in dirty & self._watchers.keys():
            try:
                last = self._last.pop(run_id, None)
                state = live(run_id) or last or read(run_id)
                for watcher in list(self._watchers[run_id]):
                    watcher(state)
            except Exception as fault:  # noqa: BLE001 - who looks on must not stop the engine
                extra = {"run_id": run_id, "step_id": None}
                _log.warning("a watcher failed: %s", fault, exc_info=fault, extra=extra)
