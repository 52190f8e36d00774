"""Values too large for an event: files named by the hash of their bytes."""

import hashlib
import os
import re
from pathlib import Path

from mn_notebook.errors import StoreError, StoreUnwritable
from mn_notebook.ports import IdSource
from mn_notebook.store.database import Database

_NAMES = '"artifact":"'
_NAMED = re.compile(r'"artifact":"([0-9a-f]{64})"')


class FileArtifacts:
    """Bytes in a folder beside the database, or in memory for a store that is in memory.

    A file is whole, synced and in its synced folder before `put` returns; so a commit that names it
    never names nothing. A crash leaves at most a temporary file.
    """

    def __init__(self, database: Database, ids: IdSource) -> None:
        """Keep files beside ``database``."""
        self._folder = database.folder / "artifacts" if database.folder else None
        self._memory: dict[str, bytes] = {}
        self._synced: set[str] = set()
        """Names that this process has brought to the disk, folders included."""
        self._ids = ids

    def put(self, content: bytes, *, media_type: str) -> str:  # noqa: ARG002 - for stores with rows
        """Keep bytes and return their SHA-256; on return they are on the disk.

        Raises:
            StoreUnwritable: the disk is full or read-only.
        """
        sha256 = hashlib.sha256(content).hexdigest()
        if self._folder is None:
            self._memory[sha256] = content
            return sha256
        path = artifact_path(self._folder, sha256)
        try:
            if sha256 not in self._synced or not _is_refreshed(path):
                self._write(path, content)
                self._synced.add(sha256)
        except OSError as fault:
            message = f"an artifact cannot be written to {str(path.parent)!r}: {fault}"
            raise StoreUnwritable(message) from fault
        return sha256

    def _write(self, path: Path, content: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not _is_refreshed(path):
            partial = path.with_name(f".{path.name}.{self._ids.new()}")
            with partial.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        # Who wrote the file may have died before its folders were synced, so they are, also then.
        folders = list(path.parents)
        for folder in folders[: 2 if self._synced else 4]:  # the upper ones are made only once
            _sync_folder(folder)

    def get(self, sha256: str) -> bytes:
        """Return bytes, checked against their hash.

        Raises:
            StoreError: they are missing or damaged.
        """
        content = self._read(sha256)
        if hashlib.sha256(content).hexdigest() != sha256:
            message = f"artifact {sha256[:12]} is damaged: its bytes do not fit its name"
            raise StoreError(message)
        return content

    def _read(self, sha256: str) -> bytes:
        try:
            if self._folder is None:
                return self._memory[sha256]
            return artifact_path(self._folder, sha256).read_bytes()
        except (OSError, KeyError) as fault:
            message = f"artifact {sha256[:12]} is missing from the store"
            raise StoreError(message) from fault


def _is_refreshed(path: Path) -> bool:
    """Make a file young again, so that nobody takes it for forgotten; False when it is gone."""
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    return True


def artifact_path(folder: Path, sha256: str) -> Path:
    """Return where an artifact lies in the folder of artifacts."""
    return folder / sha256[:2] / sha256


def missing_artifact(folder: Path | None, body: str) -> StoreError | None:
    """Refuse an event that names an artifact which has been cleared since it was put.

    Asked inside the transaction: whoever clears artifacts does so in one of their own.
    """
    if folder is None or _NAMES not in body:
        return None
    for name in _NAMED.findall(body):
        if not artifact_path(folder, name).exists():
            message = f"artifact {name[:12]} is missing from the store: nothing was written"
            return StoreError(message)
    return None


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
