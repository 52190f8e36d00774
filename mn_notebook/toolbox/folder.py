"""A folder that tools may use: every file in it, and nothing that lies elsewhere.

Each part of a path is opened from the folder before it, and no link is followed: so neither ``..``
nor a link leads out, also where somebody exchanges a folder for a link meanwhile.
"""

import errno
import fcntl
import hashlib
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from mn_notebook.errors import PermanentError, TransientError, UsageError

MEGABYTE = 1_000_000
MOST_PARTS = 64
_UNFINISHED = (".mn-", ".part")
"""How the name of a file begins and ends that is being written."""


@dataclass(frozen=True, slots=True)
class Folder:
    """An allowed folder; a path in it is relative, with ``/`` between its parts."""

    path: Path

    @classmethod
    def at(cls, path: str | Path) -> "Folder":
        """Return a folder that is there.

        Raises:
            UsageError: there is no such folder, or this system cannot keep to one.
        """
        if os.open not in os.supports_dir_fd:
            message = "the tools for files need Linux or macOS: this system cannot keep to a folder"
            raise UsageError(message)
        found = Path(path).expanduser().resolve()
        if not found.is_dir():
            message = f"expected a folder that is there, found {str(path)!r}; make it first"
            raise UsageError(message)
        return cls(found)

    @contextmanager
    def reading(self, path: str) -> Iterator[BinaryIO]:
        """Open a file.

        Raises:
            PermanentError: it is not there, or not a plain file of this folder.
        """
        with self._inside(path) as (parent, name):
            number = _opened(parent, name, path)
        with os.fdopen(number, "rb") as file:
            yield file

    def read(self, path: str, *, max_bytes: int) -> bytes:
        """Return what a file holds.

        Raises:
            PermanentError: it cannot be opened, or is larger than ``max_bytes``.
        """
        with self.reading(path) as file:
            content = file.read(max_bytes + 1)
            if len(content) > max_bytes:
                size = os.fstat(file.fileno()).st_size
                raise PermanentError(too_large(path, size, max_bytes))
        return content

    def write(self, path: str, content: bytes, *, replaces: bool) -> str:
        """Make a file hold ``content``; return ``written``, ``replaced`` or ``already there``.

        On return it is on the disk, and at no moment there is a part of it under its name. A file
        of another content makes room only if ``replaces``. Folders on the way are made.

        Raises:
            PermanentError: the path is refused, or another content is there.
            TransientError: the disk does not take it now.
        """
        with self._inside(path, makes=True) as (parent, name), _told(path):
            _tidy(parent)
            if _holds(parent, name, path, content):
                os.fsync(parent)
                return "already there"
            there = _is_there(parent, name)
            if there and not replaces:
                raise PermanentError(_other_content(path))
            with _unfinished(parent, content) as temporary:
                if replaces:
                    os.replace(temporary, name, src_dir_fd=parent, dst_dir_fd=parent)
                else:
                    _put(parent, temporary, name, path)
            os.fsync(parent)
            return "replaced" if there else "written"

    def files(self, below: str = "") -> Iterator[tuple[str, os.stat_result]]:
        """Yield the files below a folder of this one, in order; hidden ones and links are not seen.

        Raises:
            PermanentError: the folder is not there, or is refused.
        """
        with _told(below or "."), self._opened(_parts(below) if below else ()) as parent:
            yield from _walked(parent, below.strip("/"), MOST_PARTS)

    @contextmanager
    def _inside(self, path: str, *, makes: bool = False) -> Iterator[tuple[int, str]]:
        """Open the folder that a path lies in; yield it with the last part of the path."""
        *folders, name = _parts(path)
        with _told(path), self._opened(tuple(folders), makes=makes) as parent:
            yield parent, name

    @contextmanager
    def _opened(self, parts: tuple[str, ...], *, makes: bool = False) -> Iterator[int]:
        current = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            for part in parts:
                if makes:
                    _make_folder(current, part)
                inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=current)
                os.close(current)
                current = inner
            yield current
        finally:
            os.close(current)


def sha256_of(content: bytes) -> str:
    """Name a content."""
    return hashlib.sha256(content).hexdigest()


def too_large(path: str, size: int, max_bytes: int) -> str:
    """Say that a file holds more than may be read."""
    return f"{path!r} has {size:,} bytes, and at most {max_bytes:,} may be read at once"


def _parts(path: str) -> tuple[str, ...]:
    """Return the parts of a path that may be in the folder.

    Raises:
        PermanentError: it leads out of the folder, or names what is hidden.
    """
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts or "\0" in path or "\\" in path:
        message = f"expected a path inside the folder, such as 'reports/may.csv', found {path!r}"
        raise PermanentError(message)
    if len(parts) > MOST_PARTS:
        message = f"expected a path of at most {MOST_PARTS} parts, found {len(parts)}"
        raise PermanentError(message)
    hidden = next((part for part in parts if part.startswith(".")), None)
    if hidden is not None:
        message = f"{hidden!r} in {path!r} is hidden, and what is hidden is left alone"
        raise PermanentError(message)
    return parts


@contextmanager
def _told(path: str) -> Iterator[None]:
    """Say in words what the system says in numbers."""
    try:
        yield
    except OSError as fault:
        if fault.errno in _FULL:
            message = f"{path!r} cannot be written now: {fault.strerror}"
            raise TransientError(message) from fault
        if fault.errno in (errno.ELOOP, errno.ENOTDIR):
            message = f"{path!r} leads through what is no folder, or a link: links are not followed"
            raise PermanentError(message) from fault
        if isinstance(fault, FileNotFoundError):
            message = f"{path!r} is not there"
            raise PermanentError(message) from fault
        message = f"{path!r} cannot be used: {fault.strerror}"
        raise PermanentError(message) from fault


_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EAGAIN)


def _opened(parent: int, name: str, path: str) -> int:
    """Open a plain file that has no other name.

    It is looked at before it is opened, since opening a device may do something, and again after.
    """
    _refuse_others(os.stat(name, dir_fd=parent, follow_symlinks=False), path)
    number = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY, dir_fd=parent)
    try:
        _refuse_others(os.fstat(number), path)
        _refuse_second_names(parent, number, path)
    except BaseException:
        os.close(number)
        raise
    return number


def _refuse_others(found: os.stat_result, path: str) -> None:
    if stat.S_ISLNK(found.st_mode):
        message = f"{path!r} is a link: links are not followed; copy the file into the folder"
        raise PermanentError(message)
    if not stat.S_ISREG(found.st_mode):
        what = "a folder" if stat.S_ISDIR(found.st_mode) else "no plain file"
        message = f"expected a file, and {path!r} is {what}"
        raise PermanentError(message)


def _refuse_second_names(parent: int, number: int, path: str) -> None:
    if os.fstat(number).st_nlink > 1:
        _tidy(parent)  # The other name may be ours, of a process that ended too early.
    if os.fstat(number).st_nlink > 1:
        message = (
            f"{path!r} has another name somewhere (a hard link), so that what it holds may belong "
            "elsewhere; copy it into the folder"
        )
        raise PermanentError(message)


def _is_there(parent: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=parent, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _holds(parent: int, name: str, path: str, content: bytes) -> bool:
    """Tell whether a file is there and holds just this, durably."""
    if not _is_there(parent, name):
        return False
    with os.fdopen(_opened(parent, name, path), "rb") as file:
        if file.read(len(content) + 1) != content:
            return False
        os.fsync(file.fileno())
    return True


def _other_content(path: str) -> str:
    return (
        f"{path!r} is there with another content and was left as it is: choose another name, or "
        "call replace_file where that tool is given"
    )


def _make_folder(parent: int, part: str) -> None:
    with suppress(FileExistsError):
        os.mkdir(part, dir_fd=parent)
        os.fsync(parent)


@contextmanager
def _unfinished(parent: int, content: bytes) -> Iterator[str]:
    """Write a content under a name of its own, on the disk when it is yielded."""
    before, after = _UNFINISHED
    temporary = f"{before}{secrets.token_hex(8)}{after}"
    number = os.open(
        temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o666, dir_fd=parent
    )
    try:
        fcntl.flock(number, fcntl.LOCK_EX)  # Who holds it is alive; see `_tidy`.
        with os.fdopen(os.dup(number), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield temporary
    finally:
        with suppress(FileNotFoundError):
            os.unlink(temporary, dir_fd=parent)
        os.close(number)


def _put(parent: int, temporary: str, name: str, path: str) -> None:
    """Give a written file its name, if nobody has taken it meanwhile."""
    try:
        os.link(temporary, name, src_dir_fd=parent, dst_dir_fd=parent, follow_symlinks=False)
    except FileExistsError as fault:
        raise PermanentError(_other_content(path)) from fault


def _tidy(parent: int) -> None:
    """Remove what processes left that ended while they wrote; nobody holds its lock."""
    before, after = _UNFINISHED
    for name in os.listdir(parent):
        if not (name.startswith(before) and name.endswith(after)):
            continue
        with suppress(OSError):
            number = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=parent)
            try:
                fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.unlink(name, dir_fd=parent)
            finally:
                os.close(number)


def _walked(parent: int, prefix: str, depth: int) -> Iterator[tuple[str, os.stat_result]]:
    for name in sorted(os.listdir(parent)):
        if name.startswith("."):
            continue
        path = f"{prefix}/{name}" if prefix else name
        with suppress(FileNotFoundError):  # removed meanwhile
            found = os.stat(name, dir_fd=parent, follow_symlinks=False)
            if stat.S_ISREG(found.st_mode):
                yield path, found
            elif stat.S_ISDIR(found.st_mode) and depth > 1:
                yield from _walked_inside(parent, name, path, depth)


def _walked_inside(
    parent: int, name: str, path: str, depth: int
) -> Iterator[tuple[str, os.stat_result]]:
    try:
        inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=parent)
    except OSError:  # exchanged for a link, or not ours to read
        return
    try:
        yield from _walked(inner, path, depth - 1)
    finally:
        os.close(inner)


__all__ = ["MEGABYTE", "Folder", "sha256_of", "too_large"]
