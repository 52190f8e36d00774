"""A damaged file is never read as if nothing had happened."""

from pathlib import Path
from random import Random
from typing import Any

from mn_notebook.errors import StoreError
from mn_notebook.store.store import Store
from tests.integration.store.files import opened
from tests.integration.store.finished import Finished, examined, histories, told

FLIPS = 250


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
