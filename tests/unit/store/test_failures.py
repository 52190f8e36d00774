"""What a database error means for a user, and which places are refused."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from mn_notebook.errors import StoreBusy, StoreError, StoreUnwritable, UsageError
from mn_notebook.store import database
from mn_notebook.store.database import Database
from mn_notebook.store.failures import is_busy, store_failure


def driver_error(code: int) -> sqlite3.Error:
    error = sqlite3.OperationalError("driver's words")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        (sqlite3.SQLITE_BUSY, StoreBusy, "held by another program"),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, StoreBusy, "held by another program"),
        (sqlite3.SQLITE_LOCKED, StoreBusy, "held by another program"),
        (sqlite3.SQLITE_FULL, StoreUnwritable, "the disk is full"),
        (sqlite3.SQLITE_READONLY, StoreUnwritable, "it is read-only"),
        (sqlite3.SQLITE_IOERR_WRITE, StoreUnwritable, "the disk reports an error"),
        (sqlite3.SQLITE_CANTOPEN, StoreUnwritable, "it cannot be opened"),
        (sqlite3.SQLITE_CORRUPT, StoreError, "mn doctor"),
        (0, StoreError, "mn doctor"),
    ],
)
def test_an_error_of_the_driver_is_said_in_words(code: int, kind: type, words: str):
    """With what to expect, or to do."""
    failure = store_failure(driver_error(code), "s.db")
    assert type(failure) is kind
    assert words in str(failure)
    assert is_busy(driver_error(code)) == (kind is StoreBusy)


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "smb3", "fuse.sshfs", "9p"])
def test_a_store_on_a_network_file_system_is_refused_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch, kind: str
):
    """SQLite loses data there."""
    monkeypatch.setattr(Path, "mkdir", lambda *_args, **_more: None)
    mounts = f"/dev/sda / ext4 rw 0 0\nserver:/x /home/far {kind} rw 0 0\n"
    monkeypatch.setattr(Path, "read_text", lambda *_args, **_more: mounts)
    with pytest.raises(StoreUnwritable, match="MN_STORE to a path on a local disk"):
        Database("/home/far/folder/store.db")


def test_the_longest_mount_decides(monkeypatch: pytest.MonkeyPatch):
    """A local disk below a network one is local; a name that only begins alike is elsewhere."""
    mounts = "a / nfs rw 0 0\nb /home ext4 rw 0 0\nc /home/farther nfs rw 0 0\n"
    monkeypatch.setattr(Path, "read_text", lambda *_args, **_more: mounts)
    assert database._filesystem_of(Path("/home/far")) == "ext4"
    assert database._filesystem_of(Path("/home/farther/x")) == "nfs"
    assert database._filesystem_of(Path("/srv")) == "nfs"


def test_where_mounts_cannot_be_told_nothing_is_refused(monkeypatch: pytest.MonkeyPatch):
    """Not every system has that file."""

    def missing(*_args: Any, **_more: Any) -> str:
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_text", missing)
    assert database._filesystem_of(Path("/srv")) == ""


def test_an_address_that_is_not_supported_is_said():
    """With what is."""
    with pytest.raises(UsageError, match="sqlite:///PATH"):
        Database("postgresql://host/name")
