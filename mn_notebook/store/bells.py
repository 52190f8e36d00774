"""Bells: how a process hears at once that another one has left something for it in the store.

A bell is a socket beside the store with a file name; who has written rings them all. Nothing
depends on it: what nobody rings for is found at the next look.
"""

import os
import socket
from contextlib import suppress
from pathlib import Path

from mn_notebook.store.database import Database

_MOST_WAITING = 64
"""So many rings are heard at once; more say no more."""


class Bells:
    """The bells of a store's processes."""

    def __init__(self, database: Database) -> None:
        """Hang and ring beside ``database``; one in memory has none."""
        self._folder = database.folder / "bells" if database.folder else None

    def hang(self, name: str) -> "Bell | None":
        """Return a bell for a process, or None where there can be none."""
        if self._folder is None or not hasattr(socket, "AF_UNIX"):
            return None
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            return Bell(self._folder, name)
        return None

    def ring(self) -> None:
        """Let every process of the store look; those that are dead lose their bells."""
        # The folder alone says little: a store may come from a system that has such sockets.
        if self._folder is None or not self._folder.is_dir() or not hasattr(socket, "AF_UNIX"):
            return
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ringer:
            ringer.settimeout(0)
            for entry in list(self._folder.iterdir()):
                _ring(ringer, entry)


def _ring(ringer: socket.socket, entry: Path) -> None:
    try:
        with _Near(entry.parent) as folder:
            ringer.sendto(b"1", f"{folder}/{entry.name}")
    except ConnectionRefusedError:
        with suppress(OSError):
            entry.unlink()  # its process has died
    except OSError:
        return  # it is full of rings already, or has just been taken down


class _Near:
    """A short name of a folder: that of a socket must not be long."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._handle = -1

    def __enter__(self) -> str:
        if not Path("/proc/self/fd").is_dir():
            return str(self._folder)
        self._handle = os.open(self._folder, os.O_RDONLY)
        return f"/proc/self/fd/{self._handle}"

    def __exit__(self, *_: object) -> None:
        if self._handle >= 0:
            os.close(self._handle)


class Bell:
    """One process's bell; its loop watches the socket."""

    def __init__(self, folder: Path, name: str) -> None:
        """Hang it in ``folder``.

        Raises:
            OSError: it cannot be hung there.
        """
        self._path = folder / name
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.settimeout(0)
        try:
            with suppress(FileNotFoundError):
                self._path.unlink()
            with _Near(folder) as near:
                self._socket.bind(f"{near}/{name}")
        except OSError:
            self._socket.close()
            raise

    def fileno(self) -> int:
        """Return what becomes readable when somebody rings."""
        return self._socket.fileno()

    def heard(self) -> None:
        """Forget the rings so far."""
        with suppress(OSError):
            for _ in range(_MOST_WAITING):
                self._socket.recv(1)

    def take_down(self) -> None:
        """Hear no more."""
        self._socket.close()
        with suppress(OSError):
            self._path.unlink()
