"""Tells somebody elsewhere that something waits, in a thread of its own, and outside quiet hours.

No run waits for it, and no run fails by it. Each thing is claimed in the store, told, and marked:
told at least once, by one process at a time, under an id by which a second time is recognised.
"""

import logging
import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime

from mn_notebook.domain.ids import ProcessId
from mn_notebook.domain.notices import Notice, QuietHours, Waits
from mn_notebook.engine.hooks import Hook
from mn_notebook.errors import MnError, TransientError
from mn_notebook.ports import Clock, Notices
from mn_notebook.secrecy.known import redact_text

_log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
"""So often is looked whether something waits."""
OTHERS_AFTER_SECONDS = 60.0
"""What nobody of its own notebook has told for so long is told by whoever is there."""
LAST_LOOK_SECONDS = 3.0
"""So long a process that ends waits for its last notice."""
PAUSES_SECONDS = (10.0, 30.0, 60.0, 300.0, 900.0, 3600.0)
"""How long a hook that failed is left alone; after the last one it is given up."""


@dataclass(frozen=True, slots=True)
class Telling:
    """How people are told, and when."""

    hook: Hook
    quiet: QuietHours | None = None
    every_seconds: float = 60.0
    """Between two notices; what begins to wait meanwhile comes together in the next one."""
    details: Callable[[Waits], tuple[str, ...]] | None = None
    """Adds to what is told of each thing."""
    local: Callable[[datetime], datetime] = datetime.astimezone
    """Gives the time of this place."""


class Notifier:
    """Looks, claims, tells and marks."""

    def __init__(
        self,
        notices: Notices,
        telling: Telling,
        clock: Clock,
        *,
        origins: Callable[[], Collection[str]],
        is_alive: Callable[[ProcessId], bool],
    ) -> None:
        """Tell what waits in runs of ``origins``, and in others of which nobody tells it."""
        self._notices = notices
        self._telling = telling
        self._clock = clock
        self._origins = origins
        self._is_alive = is_alive
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mn-notify", daemon=True)
        self._trouble = ""

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def close(self) -> None:
        """Look a last time, and stop; what is not told by then another process tells."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=LAST_LOOK_SECONDS)

    def _run(self) -> None:
        while True:
            ends = self._stop.wait(LOOK_SECONDS)
            try:
                self.look()
            except Exception as fault:  # noqa: BLE001 - nothing here may stop anything
                self._say(f"people cannot be told what waits: {fault}")
            if ends:
                return

    def look(self) -> bool:
        """Tell what is to be told now; return whether something was.

        Raises:
            StoreError: the store cannot be read or written; nothing is lost.
        """
        telling = self._telling
        if telling.quiet is not None and telling.quiet.contain(telling.local(self._clock.now())):
            return False
        notice = self._notices.taken_up(self._is_alive) or self._notices.claimed(
            self._origins(),
            every_seconds=telling.every_seconds,
            others_after_seconds=OTHERS_AFTER_SECONDS,
        )
        if notice is None:
            return False
        return self._tell(notice)

    def _tell(self, notice: Notice) -> bool:
        try:
            self._telling.hook(self._detailed(notice))
        except Exception as fault:  # noqa: BLE001 - whatever a hook does, it is tried again later
            known = isinstance(fault, TransientError)
            self._failed(notice, str(fault) if known else f"{type(fault).__name__}: {fault}")
            return False
        self._notices.ended(notice.id, "sent")
        self._trouble = ""
        return True

    def _failed(self, notice: Notice, fault: str) -> None:
        fault = redact_text(fault)
        given_up = notice.tries >= len(PAUSES_SECONDS)
        self._notices.ended(
            notice.id,
            "failed" if given_up else "",
            fault=fault,
            tries=notice.tries + 1,
            after_seconds=0.0 if given_up else PAUSES_SECONDS[notice.tries],
        )
        self._say(f"people cannot be told what waits: {fault}")

    def _detailed(self, notice: Notice) -> Notice:
        details = self._telling.details
        if details is None:
            return notice
        waits = []
        for one in notice.waits:
            try:
                waits.append(replace(one, details=details(one)))
            except MnError:  # decided meanwhile, or not to be read
                waits.append(one)
        return replace(notice, waits=tuple(waits))

    def _say(self, trouble: str) -> None:
        """Say what is wrong, once for as long as it lasts."""
        if trouble != self._trouble:
            self._trouble = trouble
            _log.warning("%s", trouble, extra={"run_id": None, "step_id": None})


__all__ = ["LOOK_SECONDS", "OTHERS_AFTER_SECONDS", "PAUSES_SECONDS", "Notifier"]
