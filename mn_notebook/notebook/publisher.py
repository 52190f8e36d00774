"""Hands pictures of runs to whoever follows them, a few times a second and never by printing."""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from mn_notebook.domain.ids import RunId
from mn_notebook.domain.picture import RunPicture
from mn_notebook.domain.statuses import Owner
from mn_notebook.errors import MnError
from mn_notebook.notebook.writing import Writing
from mn_notebook.ports import TextPiece
from mn_notebook.verbs.follow import ENDED
from mn_notebook.verbs.session import Session

Deliver = Callable[[RunPicture], None]
Tell = Callable[[Mapping[str, object]], None]

INTERVAL_SECONDS = 0.2
"""The shortest time between two pictures."""
LOOK_SECONDS = 1.0
"""How often the store is asked about runs that another process advances."""
_BUSY_PASSES = 5
"""A thread that is woken all the time looks at other processes' runs in each fifth pass."""

_SHARE = 5.0
"""A picture is followed by a pause so many times as long as it took: a run that takes long to
draw is drawn less often, and leaves most of a core to the work itself."""
MAX_PAUSE_SECONDS = 2.0

_log = logging.getLogger(__name__)


@dataclass
class _Follower:
    run_id: RunId
    deliver: Deliver
    tell: Tell | None = None
    shown: tuple[int, Owner, str] = (-1, "none", "")
    ended: bool = False
    dirty: bool = True
    not_before: float = 0.0
    """When the next picture may be made, on the monotonic clock."""
    writing: Writing = field(default_factory=Writing)
    unwatch: list[Callable[[], None]] = field(default_factory=list)


class Publisher:
    """One thread that takes what the engine tells it and passes on the newest, coalesced."""

    def __init__(self, session: Session) -> None:
        """Follow runs of ``session``."""
        self._session = session
        self._followers: list[_Follower] = []
        self._lock = threading.Lock()
        """Protects the followers, which cells, comms and the thread change."""
        self._wake = threading.Event()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    def follow(
        self, run_id: RunId, deliver: Deliver, tell: Tell | None = None
    ) -> Callable[[], None]:
        """Give ``deliver`` the pictures of a run, from a thread; return how to stop.

        The present one is not among them, unless something changes. ``tell`` is given what models
        write meanwhile, as messages for a view.
        """
        follower = _Follower(run_id, deliver, tell)
        runtime = self._session.runtime
        if runtime is not None and runtime.is_alive:
            follower.unwatch.append(runtime.watch_changes(run_id, lambda: self._changed(follower)))
            if tell is not None:
                follower.unwatch.append(
                    runtime.watch_text(run_id, lambda piece: self._heard(follower, piece))
                )
        with self._lock:
            self._followers.append(follower)
        self._start()
        return lambda: self._stop(follower)

    def close(self) -> None:
        """End the thread."""
        self._closed.set()
        self._wake.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout=2.0)

    def _changed(self, follower: _Follower) -> None:
        follower.dirty = True
        self._wake.set()

    def _heard(self, follower: _Follower, piece: TextPiece) -> None:
        follower.writing.add(piece)
        self._wake.set()

    def _stop(self, follower: _Follower) -> None:
        with self._lock:
            if follower in self._followers:
                self._followers.remove(follower)
        runtime = self._session.runtime
        if runtime is not None and runtime.is_alive:
            for unwatch in follower.unwatch:
                unwatch()

    def _start(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="mn-publisher", daemon=True)
            self._thread.start()
        self._wake.set()

    def _run(self) -> None:
        passes = 0
        while not self._closed.is_set():
            woken = self._wake.wait(LOOK_SECONDS)
            self._wake.clear()
            passes = passes + 1 if woken else 0
            with self._lock:
                followers = list(self._followers)
            for follower in followers:
                looks = passes % _BUSY_PASSES == 0 and not follower.ended
                if (
                    follower.dirty or looks
                ) and self._session.client.clock.monotonic() >= follower.not_before:
                    self._deliver(follower)
                self._tell(follower)
            self._closed.wait(INTERVAL_SECONDS)

    def _tell(self, follower: _Follower) -> None:
        """Pass texts on; they are not kept, so one that cannot be shown is let go."""
        if follower.tell is None:
            return
        try:
            for text in follower.writing.take():
                follower.tell(text.message())
        except Exception as fault:  # noqa: BLE001 - a front end that went away must not end the thread
            _log.info(
                "A text could not be shown",
                exc_info=fault,
                extra={"run_id": follower.run_id, "step_id": None},
            )

    def _deliver(self, follower: _Follower) -> None:
        """Pass a picture on if it is another one; a face that fails harms nobody else."""
        follower.dirty = False
        began = self._session.client.clock.monotonic()
        try:
            client = self._session.client
            line = client.run(follower.run_id)
            note = self._session.note_of(follower.run_id)
            seen = (line.head, client.owner(line), note)
            if seen == follower.shown:
                return
            picture = client.picture(follower.run_id)
            follower.shown = (picture.rev, picture.owner, note)
            if note and picture.status not in ENDED:
                picture = picture.model_copy(update={"next": note})
            follower.ended = picture.status in ENDED
            follower.deliver(picture)
        except MnError as fault:
            _log.info("%s", fault, extra={"run_id": follower.run_id, "step_id": None})
        except Exception as fault:  # noqa: BLE001 - a front end that went away must not end the thread
            _log.warning(
                "A view could not be updated",
                exc_info=fault,
                extra={"run_id": follower.run_id, "step_id": None},
            )
        now = self._session.client.clock.monotonic()
        follower.not_before = now + min((now - began) * _SHARE, MAX_PAUSE_SECONDS)
