"""A damaged file is never read as if nothing had happened."""

import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from random import Random
from typing import Any

import pytest

from mn_notebook.engine.summary import summary_of
from mn_notebook.errors import StoreDamaged, StoreError
from mn_notebook.store.examination import examine
from mn_notebook.store.store import Store
from tests.integration.store.files import opened
from tests.integration.store.finished import Finished, examined, histories, told

FLIPS = 150


def read_all(path: Path, expected: dict[str, Any]) -> tuple[int, bool]:
    """Read a damaged store: everything is as it was, or it is said that it is not.

    Returns:
        How many runs were refused, and whether the list was wrong.
    """
    try:
        store = opened(path, threaded=False)
    except StoreError:
        return len(expected), False
    try:
        refused = sum(_is_refused(store, run_id, expected[run_id]) for run_id in expected)
        try:
            listed = {line.run_id for line in store.views.runs() if "damaged" not in line.title}
        except StoreError:
            return refused, False
        return refused, listed != set(expected) and not refused
    finally:
        store.close()


def _is_refused(store: Store, run_id: str, expected: Any) -> bool:
    try:
        found = told(store, run_id)
    except StoreError:
        return True
    assert found == expected, "a different history was told"
    return False


def test_a_flipped_bit_is_told_or_changes_nothing(finished: Finished):
    """Wherever in the file it is; and what the list of runs hides, the doctor finds."""
    path = finished.path
    expected = histories(path)
    assert len(expected) == 4
    whole = path.read_bytes()
    chance = Random(20)
    refused = 0
    for _ in range(FLIPS):
        position, bit = chance.randrange(len(whole)), chance.randrange(8)
        damaged = bytearray(whole)
        damaged[position] ^= 1 << bit
        path.write_bytes(damaged)  # into the same file: it is no copy
        found, hidden = read_all(path, expected)
        refused += bool(found)
        if hidden:
            assert _is_found(path), f"byte {position}, bit {bit}: the list is wrong, unnoticed"
    assert refused > FLIPS // 20, "no flip has landed where it matters"
    path.write_bytes(whole)
    assert histories(path) == expected


def _is_found(path: Path) -> bool:
    try:
        return bool(examined(path).damages)
    except StoreError:
        return True


def test_without_seals_a_flip_would_be_told_as_history(finished: Finished):
    """The proof that the test above can fail: rows of an older version have no seals."""
    path = finished.path
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE mn_event SET seal = NULL")
    expected = histories(path)
    whole = path.read_bytes()
    flipped = unnoticed = 0
    at = whole.find(b"small")
    while at >= 0:
        path.write_bytes(whole[:at] + b"smell" + whole[at + 5 :])
        flipped += 1
        with suppress(StoreError):
            unnoticed += histories(path) != expected
        at = whole.find(b"small", at + 1)
    assert flipped
    assert unnoticed


@pytest.mark.parametrize("seq", [1, 2, 4])
def test_a_changed_event_is_refused_by_its_number(finished: Finished, seq: int):
    """The other runs are read as before."""
    path = finished.path
    before = histories(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        change = "UPDATE mn_event SET body = body || ' ' WHERE run_id = ? AND seq = ?"
        assert connection.execute(change, (finished.decided, seq)).rowcount == 1
    store = opened(path, threaded=False)
    with pytest.raises(StoreDamaged, match=f"event {seq} of run '{finished.decided}'"):
        store.journal.read(finished.decided)
    for run_id in set(finished.runs) - {finished.decided}:
        assert told(store, run_id) == before[run_id]
    store.close()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("DELETE FROM mn_event WHERE run_id = '{run}' AND seq = 3", "event 3 of run .* is missing"),
        ("DELETE FROM mn_event WHERE run_id = '{run}' AND seq > 3", "has 3 events, and should"),
        ("UPDATE mn_run SET head = head - 1 WHERE id = '{run}'", "events, and should have"),
        ("DELETE FROM mn_run WHERE id = '{run}'", "missing among the runs"),
    ],
    ids=["gap", "end", "head", "row"],
)
def test_a_journal_that_does_not_fit_its_run_is_refused(
    finished: Finished, change: str, words: str
):
    """Gaps, a lost end, a head that is wrong, a row that is gone."""
    with closing(sqlite3.connect(finished.path)) as connection, connection:
        assert connection.execute(change.format(run=finished.decided)).rowcount
    store = opened(finished.path, threaded=False)
    with pytest.raises(StoreDamaged, match=words):
        store.journal.read(finished.decided)
    store.close()


def test_a_run_that_goes_back_is_noticed_by_who_has_read_further(finished: Finished):
    """Such as after an older copy was written over the store."""
    store = opened(finished.path, threaded=False)
    head = store.views.run(finished.decided).head
    with pytest.raises(StoreDamaged, match=f"gone back from event {head + 2} to {head}"):
        store.journal.read(finished.decided, after=head + 2)
    store.close()


def test_a_damaged_command_is_left_and_the_others_are_heard(finished: Finished):
    """A decision that cannot be read is not guessed at."""
    store = opened(finished.path, threaded=False)
    first = store.inbox.put(finished.waiting, "cancel", {"because": "x"}, by="ann", via="t")
    second = store.inbox.put(finished.waiting, "pause", {}, by="ann", via="t")
    damage = "UPDATE mn_command SET body = replace(body, 'x', 'y') WHERE id = ?"
    store.writer.call(lambda cursor: cursor.execute(damage, (first,)) and None)
    assert [one.id for one in store.inbox.pending([], [finished.waiting])] == [second]
    assert any("command" in damage.text for damage in examine(store.database, summary_of).damages)
    store.close()
