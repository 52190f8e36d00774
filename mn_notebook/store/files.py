"""Notices when the files of an open store are deleted or replaced under it.

SQLite goes on writing into a file that has lost its name, and nobody ever finds what it wrote. So
each commit asks whether the names still lead to the files that are open.
"""

import os
import time
from pathlib import Path

from mn_notebook.store.failures import FilesGone

_BESIDE = ("-wal", "-shm")
BESIDE_SECONDS = 0.05
"""How often they are looked at, at most."""


class OpenFiles:
    """The files of a store as they were when it was opened; safe to use from any thread."""

    def __init__(self, path: Path, *, beside: bool) -> None:
        """Watch the database at ``path``, and what SQLite keeps ``beside`` it.

        Those files live as long as a connection is open: only who keeps one can watch them.
        """
        self._path = os.fspath(path)
        self._beside = _BESIDE if beside else ()
        self._look_again_at = 0.0
        self._seen: dict[str, tuple[int, int]] = {}

    def beside(self) -> "OpenFiles":
        """Return a watch for a connection that stays open."""
        watch = OpenFiles(Path(self._path), beside=True)
        watch._seen.update(self._seen)
        return watch

    def check(self) -> None:
        """Ask whether the files are where they were; what is seen for the first time is noted.

        The database is looked at each time, what lies beside it a few times a second.

        Raises:
            FilesGone: one was deleted or replaced; the message says what to do.
        """
        self._look("")
        if self._beside and (now := time.monotonic()) >= self._look_again_at:
            for suffix in self._beside:
                self._look(suffix)
            self._look_again_at = now + BESIDE_SECONDS

    def _look(self, suffix: str) -> None:
        try:
            found = os.stat(self._path + suffix)  # noqa: PTH116 - on the way of every commit
        except OSError:
            if suffix in self._seen:
                raise FilesGone(self._deleted(suffix)) from None
            return
        identity = (found.st_ino, found.st_dev)
        if self._seen.setdefault(suffix, identity) != identity:
            raise FilesGone(self._replaced(suffix))

    def _deleted(self, suffix: str) -> str:
        if suffix:
            return (
                f"{self._path + suffix!r}, a part of the store, was deleted while it was open: "
                "nothing more is written. End every program that uses the store in the ordinary "
                "way, then open it again; `mn doctor` tells whether it is whole"
            )
        return (
            f"the store {self._path!r} was deleted, or moved away, while it was open: nothing more "
            "is written, and runs go on when it is back. Without it, `mn restore FILE` brings back "
            "a backup; then load the extension again"
        )

    def _replaced(self, suffix: str) -> str:
        return (
            f"the store {self._path + suffix!r} was replaced by another file while it was open: "
            "nothing is written into either. To go on with the new one, load the extension again "
            "(`%unload_ext mn_notebook`, `%load_ext mn_notebook`)"
        )
