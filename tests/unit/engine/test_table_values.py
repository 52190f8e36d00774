"""Tables on their way into the journal and out of it."""

import json
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mn_notebook.domain.events import StepSucceeded
from mn_notebook.domain.ids import StepPath, content_hash
from mn_notebook.domain.tables import Table, shown_value
from mn_notebook.domain.values import MAX_INLINE_BYTES, MIXED, PARQUET, Stored
from mn_notebook.engine.values import Values
from mn_notebook.errors import PermanentError, StoreError
from mn_notebook.frames import frame_of, table_of
from tests.unit.store.stores import memory

FRAME: Any = pd.DataFrame({"n": pd.array([1, None], dtype="Int64"), "s": ["a", "b"]})
TABLE = table_of(FRAME)


class Artifacts:
    """Artifacts that count."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[bytes, str]] = {}

    def put(self, content: bytes, *, media_type: str) -> str:
        import hashlib

        name = hashlib.sha256(content).hexdigest()
        self.kept[name] = (content, media_type)
        return name

    def get(self, sha256: str) -> bytes:
        try:
            return self.kept[sha256][0]
        except KeyError:
            raise StoreError("gone") from None


def through_journal(stored: Stored) -> Stored:
    event = StepSucceeded(path=StepPath("a"), attempt=1, output=stored)
    return StepSucceeded.model_validate_json(event.model_dump_json()).output


@pytest.mark.parametrize("value", [FRAME, TABLE], ids=["frame", "table"])
def test_table_is_one_parquet_artifact_however_often_it_is_kept(value: Any) -> None:
    """Also by another process, and once it was loaded."""
    artifacts = Artifacts()
    values = Values(artifacts)
    kept = values.keep(value)
    assert kept.media == PARQUET
    assert (kept.artifact, kept.size) == (TABLE.source.sha256, len(TABLE.source.content))
    assert values.keep(FRAME.copy()) == kept
    other = Values(artifacts)
    loaded = other.load(through_journal(kept))
    assert other.keep(loaded) == kept
    assert artifacts.kept == {TABLE.source.sha256: (TABLE.source.content, PARQUET)}
    assert isinstance(loaded, Table)
    pd.testing.assert_frame_equal(frame_of(loaded), FRAME)


def test_table_inside_a_value_is_a_reference() -> None:
    """The value itself stays in its event, and reads as it was."""
    artifacts = Artifacts()
    kept = Values(artifacts).keep({"rows": FRAME, "more": [1, {"again": TABLE}], "n": 3})
    assert kept.media == MIXED
    assert kept.artifact is None
    assert len(artifacts.kept) == 1
    loaded: Any = Values(artifacts).load(through_journal(kept))
    assert isinstance(loaded["rows"], Table)
    assert loaded == {"rows": TABLE, "more": [1, {"again": TABLE}], "n": 3}


def test_large_value_with_tables_is_an_artifact_with_references() -> None:
    """Each table beside it."""
    artifacts = Artifacts()
    value = {"rows": TABLE, "text": "x" * MAX_INLINE_BYTES}
    kept = Values(artifacts).keep(value)
    assert (kept.media, kept.value) == (MIXED, None)
    assert len(artifacts.kept) == 2
    assert Values(artifacts).load(through_journal(kept)) == value


LOOKALIKE: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.integers() | st.just(TABLE) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["$mn:table", "literal", "artifact", "a"]), inner, max_size=2
        )
    ),
    max_leaves=6,
)


@given(LOOKALIKE)
def test_what_only_looks_like_a_reference_comes_back_as_it_was(value: Any) -> None:
    """No value of an analyst's can name an artifact."""
    artifacts = Artifacts()
    kept = through_journal(Values(artifacts).keep(value))
    assert Values(artifacts).load(kept) == value


def test_events_of_older_programs_read_unchanged() -> None:
    """The fields that tables brought have defaults, and small values are written as before."""
    old = '{"value":{"a":1},"artifact":null,"size":0}'
    assert Values(Artifacts()).load(Stored.model_validate_json(old)) == {"a": 1}
    forged = Stored(value={"$mn:table": {"artifact": "0" * 64}})
    assert Values(Artifacts()).load(forged) == forged.value


def test_displays_read_a_table_from_its_event_alone() -> None:
    """Its size, columns and first rows; bounded."""
    frame = pd.DataFrame({f"c{n}": ["x" * 100] * 1_000 for n in range(100)})
    values = Values(Artifacts())
    kept = values.keep(frame)
    shown: Any = shown_value(kept)
    assert shown["table"] == "1,000 rows x 100 columns"
    assert len(shown["first"]) == 5
    assert len(json.dumps(shown)) < 8_000
    assert shown_value(values.keep({"rows": frame, "n": 3})) == {"rows": shown, "n": 3}
    assert shown_value(values.keep([1])) == [1]


def test_hash_of_a_value_names_its_tables() -> None:
    """The same table, the same hash, also after it was stored; no record is read for it."""
    values = Values(Artifacts())
    args: Any = {"rows": TABLE, "n": 1}
    loaded = values.load(through_journal(values.keep(args)))
    again: Any = {"rows": table_of(FRAME.copy()), "n": 1}
    other: Any = {"rows": table_of(FRAME.assign(n=0)), "n": 1}
    assert content_hash(loaded) == content_hash(again) == content_hash(args)
    assert content_hash(other) != content_hash(args)


def test_missing_artifact_of_a_table_is_said() -> None:
    """As for any other value."""
    kept = Values(Artifacts()).keep(FRAME)
    with pytest.raises(StoreError, match="gone"):
        Values(Artifacts()).load(kept)


def test_tables_in_memory_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that were not used for longest are read again when they are asked for."""
    from mn_notebook.engine import values as under_test

    monkeypatch.setattr(under_test, "_CACHE_BYTES", 2 * TABLE.source.weight)
    artifacts = Artifacts()
    values = Values(artifacts)
    kept = [values.keep(FRAME.assign(n=n)) for n in range(4)]
    assert len(values._decoded) <= 2
    assert [len(values.load(one)) for one in kept] == [2, 2, 2, 2]  # type: ignore[arg-type]


def test_store_keeps_tables() -> None:
    """A real one."""
    values = Values(memory().artifacts)
    assert values.load(values.keep({"a": FRAME})) == {"a": TABLE}


def test_value_that_is_too_deep_is_refused_in_words() -> None:
    """Before anything of it is kept, and with the table that is in it."""
    deep: Any = TABLE
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(PermanentError, match="expected a JSON value"):
        Values(Artifacts()).keep(deep)
    while isinstance(deep, list) and deep is not TABLE:
        (deep,) = deep  # taken apart from outside: Python itself would go too deep
