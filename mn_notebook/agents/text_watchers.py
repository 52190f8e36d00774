"""Who watches what models say while they say it."""

import logging
import threading
from collections.abc import Callable

from mn_notebook.domain.ids import RunId
from mn_notebook.ports import OnText, TextPiece

_log = logging.getLogger(__name__)


def ignore(_piece: TextPiece) -> None:
    """Watch nothing."""


class TextWatchers:
    """Tells each watcher of a run the pieces of text that its models say.

    Pieces come as they arrive, in the engine's thread; who cannot take so many gathers them. May be
    watched from any thread.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        """Protects the watchers, which others change while the engine reads them."""
        self._watchers: dict[RunId, tuple[OnText, ...]] = {}

    def watch(self, run_id: RunId, on_text: OnText) -> Callable[[], None]:
        """Tell ``on_text`` of a run's text from now on; return how to stop."""
        with self._lock:
            self._watchers[run_id] = (*self._watchers.get(run_id, ()), on_text)
        return lambda: self._unwatch(run_id, on_text)

    def tell(self, piece: TextPiece) -> None:
        """Hand a piece on to those who watch its run; who fails at it watches no more."""
        for on_text in self._watchers.get(piece.run_id, ()):
            try:
                on_text(piece)
            except Exception as fault:  # noqa: BLE001 - who looks on must not stop the others
                self._unwatch(piece.run_id, on_text)
                extra = {"run_id": piece.run_id, "step_id": piece.path}
                _log.warning("who watches a model failed: %s", fault, extra=extra)

    def _unwatch(self, run_id: RunId, on_text: OnText) -> None:
        with self._lock:
            left = tuple(each for each in self._watchers.get(run_id, ()) if each is not on_text)
            if left:
                self._watchers[run_id] = left
            else:
                self._watchers.pop(run_id, None)
