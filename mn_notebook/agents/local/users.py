"""Who uses a server: counted by locks, so that a killed user is not counted."""

import os
import secrets
import threading
from pathlib import Path

from mn_notebook.agents.local.locks import FileLock
from mn_notebook.errors import TransientError


class Seat:
    """This process's place among the users of a server; empty the moment the process is gone."""

    def __init__(self, users: Path) -> None:
        self._lock = FileLock(users / f"{os.getpid()}-{secrets.token_hex(4)}")

    @property
    def is_taken(self) -> bool:
        """Say whether the server can see this user."""
        return self._lock.is_held

    def take(self) -> None:
        """Become a user; harmless when it is one already.

        Raises:
            TransientError: The file could not be locked.
        """
        # The server may be looking into the new file at this very moment, hence the patience.
        if not self._lock.acquire(leave=threading.Event(), within_seconds=2):
            raise TransientError(f"{str(self._lock.path)!r} could not be locked; try again.")

    def leave(self) -> None:
        """Stop being a user; harmless when it is none."""
        if self._lock.is_held:
            self._lock.path.unlink(missing_ok=True)
        self._lock.release()


def is_used(users: Path) -> bool:
    """Say whether any user is alive; what the dead left is removed."""
    living = [path for path in users.glob("*") if _is_alive(path)]
    return bool(living)


def _is_alive(path: Path) -> bool:
    with FileLock(path) as lock:
        if lock.try_acquire(create=False):
            path.unlink(missing_ok=True)
            return False
    return path.exists()
