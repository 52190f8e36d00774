"""Locks between processes that the system itself lets go of when their holder dies."""

import os
import sys
import threading
from pathlib import Path
from typing import Self
from weakref import WeakSet

from mn_notebook.errors import PermanentError

if sys.platform != "win32":
    import fcntl


class FileLock:
    """One holder's exclusive lock on a file.

    It is gone the moment its process is gone, also by SIGKILL, or the object is. Two of them in one
    process exclude each other like those of two processes. A forked child does not inherit the
    hold. The file stays behind and means nothing.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: int | None = None
        _held_locks.add(self)

    def try_acquire(self, *, create: bool = True) -> bool:
        """Take the lock if it is free; say whether it is held now.

        Args:
            create: Make the file if it is missing; otherwise a missing file cannot be locked.

        Raises:
            PermanentError: This system has no such locks.
        """
        if self.is_held:
            return True
        self.release()
        while (file := self._open(create=create)) is not None:
            if not _lock(file):
                os.close(file)
                return False
            if _is_still_at(file, self.path):
                self._file = file
                return True
            os.close(file)  # Somebody removed the file between our opening and our locking it.
        return False

    def acquire(self, *, leave: threading.Event, within_seconds: float) -> bool:
        """Wait for the lock; give up after a while or as soon as ``leave`` is set.

        Returns:
            Whether it is held now.
        """
        polls = int(within_seconds / _POLL_SECONDS) + 1
        for _ in range(polls):
            if self.try_acquire():
                return True
            if leave.wait(_POLL_SECONDS):
                return False
        return False

    @property
    def is_held(self) -> bool:
        """Say whether this object holds the lock, and the file is still the one that others see."""
        return self._file is not None and _is_still_at(self._file, self.path)

    def write(self, text: str) -> None:
        """Leave a word in the file for those who find it locked; only its holder may."""
        if self._file is None:
            raise AssertionError(self.path)
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, text.encode(), 0)

    def release(self) -> None:
        """Let go of the lock; harmless when it is not held."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def __del__(self) -> None:
        self.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def _open(self, *, create: bool) -> int | None:
        flags = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | (os.O_CREAT if create else 0)
        try:
            return os.open(self.path, flags, 0o600)
        except FileNotFoundError:
            if create:
                raise
            return None


_POLL_SECONDS = 0.1
_held_locks: WeakSet[FileLock] = WeakSet()


def is_locked(path: Path) -> bool:
    """Say whether somebody holds the lock of this file now; askers are not in each other's way."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return False
    try:
        return not _lock(file, shared=True)
    finally:
        os.close(file)


def _lock(file: int, *, shared: bool = False) -> bool:
    if sys.platform == "win32":
        raise PermanentError(
            "The embedded model needs Linux or macOS; set OPENAI_BASE_URL to a server of your own "
            "instead."
        )
    try:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise PermanentError(
            f"This file system has no locks ({error.strerror}), and local models need them: let "
            "their folders be on a disk of this machine."
        ) from error
    return True


def _is_still_at(file: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file), path.stat(follow_symlinks=False))
    except FileNotFoundError:
        return False


def _let_go_after_fork() -> None:
    # A forked child shares the open file, and would keep the lock alive after its parent's death.
    for lock in tuple(_held_locks):
        lock.release()


if sys.platform != "win32":
    os.register_at_fork(after_in_child=_let_go_after_fork)
