"""What a database error means for a user, and which places are refused."""

import sqlite3

import pytest

from mn_notebook.errors import StoreBusy, StoreDamaged, StoreError, StoreUnwritable, UsageError
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
        (sqlite3.SQLITE_CORRUPT, StoreDamaged, "mn doctor --repair"),
        (0, StoreError, "mn doctor"),
    ],
)
def test_an_error_of_the_driver_is_said_in_words(code: int, kind: type, words: str):
    """With what to expect, or to do."""
    failure = store_failure(driver_error(code), "s.db")
    assert type(failure) is kind
    assert words in str(failure)
    assert is_busy(driver_error(code)) == (kind is StoreBusy)


def test_an_address_that_is_not_supported_is_said():
    """With what is."""
    with pytest.raises(UsageError, match="sqlite:///PATH"):
        Database("postgresql://host/name")
