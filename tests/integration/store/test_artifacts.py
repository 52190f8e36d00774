"""Values too large for an event, as files."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mn_notebook.engine.values import Values
from mn_notebook.errors import StoreError, StoreUnwritable
from mn_notebook.store.artifacts import FileArtifacts
from mn_notebook.store.store import Store
from mn_notebook.testing.doubles import SequentialIds
from tests.integration.store.files import opened

if TYPE_CHECKING:
    from pydantic import JsonValue


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    one = opened(tmp_path / "store.db", threaded=False)
    yield one
    one.close()


def file_of(store: Store, sha256: str) -> Path:
    assert store.database.folder is not None
    return store.database.folder / "artifacts" / sha256[:2] / sha256


def test_what_was_kept_is_found_by_its_hash(store: Store):
    """And twice the same is kept once."""
    sha256 = store.artifacts.put(b"hello", media_type="text/plain")
    assert sha256 == hashlib.sha256(b"hello").hexdigest()
    assert store.artifacts.put(b"hello", media_type="text/plain") == sha256
    assert store.artifacts.get(sha256) == b"hello"
    assert [path.name for path in file_of(store, sha256).parent.iterdir()] == [sha256]


@pytest.mark.parametrize("damage", [b"", b"hellO", b"hello and more"])
def test_damage_is_noticed(store: Store, damage: bytes):
    """Nothing that is not what was kept is ever returned."""
    sha256 = store.artifacts.put(b"hello", media_type="text/plain")
    file_of(store, sha256).write_bytes(damage)
    with pytest.raises(StoreError, match="damaged"):
        store.artifacts.get(sha256)


def test_what_is_missing_is_said(store: Store):
    """By its name."""
    with pytest.raises(StoreError, match="missing"):
        store.artifacts.get("0" * 64)


def test_a_crash_while_writing_leaves_nothing_under_the_name(
    store: Store, monkeypatch: pytest.MonkeyPatch
):
    """At most a temporary file, which harms nobody later."""
    sha256 = hashlib.sha256(b"hello").hexdigest()

    def dies(_handle: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", dies)
    with pytest.raises(KeyboardInterrupt):
        store.artifacts.put(b"hello", media_type="text/plain")
    monkeypatch.undo()
    assert not file_of(store, sha256).exists()
    assert store.artifacts.put(b"hello", media_type="text/plain") == sha256
    assert store.artifacts.get(sha256) == b"hello"


def test_file_and_folders_are_on_the_disk_before_the_name_is_given_out(
    store: Store, monkeypatch: pytest.MonkeyPatch
):
    """The file is synced before it gets its name, the folders after."""
    seen: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def synced(handle: int) -> None:
        seen.append("folder" if Path(f"/proc/self/fd/{handle}").is_dir() else "file")
        fsync(handle)

    def renamed(path: Path, target: Path) -> Path:
        seen.append("name")
        return replace(path, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", renamed)
    store.artifacts.put(b"hello", media_type="text/plain")
    assert seen == ["file", "name", "folder", "folder", "folder", "folder"]
    seen.clear()
    store.artifacts.put(b"more", media_type="text/plain")
    assert seen == ["file", "name", "folder", "folder"]


def test_folders_are_synced_also_for_a_file_that_a_dead_process_left(
    store: Store, monkeypatch: pytest.MonkeyPatch
):
    """Who wrote the file may have died before its name was safe; whoever names it makes it so."""
    sha256 = store.artifacts.put(b"hello", media_type="text/plain")
    seen: list[int] = []
    monkeypatch.setattr(os, "fsync", seen.append)
    assert store.artifacts.put(b"hello", media_type="text/plain") == sha256
    assert seen == []
    later = FileArtifacts(store.database, SequentialIds("new"))
    assert later.put(b"hello", media_type="text/plain") == sha256
    assert len(seen) == 4


def test_a_disk_that_takes_nothing_is_said(store: Store, monkeypatch: pytest.MonkeyPatch):
    """As a store that cannot be written, not as a fault of the value."""

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreUnwritable, match="No space left"):
        Values(store.artifacts).keep("x" * 100_000)


def test_a_large_value_comes_back_as_it_was(store: Store):
    """Whatever is in it."""
    value: JsonValue = {
        "text": "é\u2028" * 40_000,
        "rows": [{"n": number} for number in range(1_000)],
    }
    kept = Values(store.artifacts).keep(value)
    assert kept.artifact is not None
    assert kept.value is None
    assert Values(store.artifacts).load(kept) == value
