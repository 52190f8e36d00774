"""Values on their way into the journal and out of it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mn_notebook.domain.events import ToolSucceeded
from mn_notebook.domain.ids import CallId, StepPath
from mn_notebook.domain.values import MAX_INLINE_BYTES, Stored, sayable
from mn_notebook.engine import values as under_test
from mn_notebook.engine.values import Values
from mn_notebook.errors import PermanentError
from tests.unit.store.stores import memory

FINITE = st.floats(allow_nan=False, allow_infinity=False)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | FINITE | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


class Folder:
    """Artifacts that count how often they are read."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.reads = 0

    def put(self, content: bytes, *, media_type: str) -> str:
        name = str(len(self.kept))
        self.kept[name] = content
        return name

    def get(self, sha256: str) -> bytes:
        self.reads += 1
        return self.kept[sha256]


@given(JSON)
def test_what_is_read_back_does_not_depend_on_whether_it_was_ever_large(value: Any):
    """A recovered run and an undisturbed one see the same."""
    kept = Values(Folder()).keep(value)
    assert Values(Folder()).load(kept) == value
    assert Stored.model_validate_json(kept.model_dump_json()) == kept


@pytest.mark.parametrize(
    ("extra", "inline"), [(-2, True), (-1, False)], ids=["just small enough", "a byte too large"]
)
def test_the_bound_between_event_and_artifact_is_in_bytes(extra: int, inline: bool):
    """Quotes included."""
    kept = Values(Folder()).keep("x" * (MAX_INLINE_BYTES + extra))
    assert (kept.artifact is None) == inline


@pytest.mark.parametrize(
    ("levels", "inline"), [(99, True), (100, True), (101, False), (250, False)]
)
def test_what_is_too_deep_for_who_reads_events_lies_beside_them(levels: int, inline: bool):
    """A value that was written and cannot be read would make its run unreadable for ever."""
    deep: Any = "x"
    for level in range(levels):
        deep = [deep] if level % 2 else {"a": deep}
    kept = Values(Folder()).keep(deep)
    assert (kept.artifact is None) == inline
    fact = ToolSucceeded(
        path=StepPath("a"), call_id=CallId("a!1"), output=kept, latency_seconds=0.0
    )
    read = ToolSucceeded.model_validate_json(fact.model_dump_json(exclude_defaults=True))
    assert read == fact


def test_what_nobody_could_read_again_is_refused():
    """In words, and before it is written."""
    deep: Any = "x"
    for _ in range(251):
        deep = [deep]
    with pytest.raises(PermanentError, match="nested more than 250 levels deep"):
        Values(Folder()).keep(deep)


def test_wide_characters_count_with_all_their_bytes():
    """A short text may be large."""
    assert Values(Folder()).keep("é" * (MAX_INLINE_BYTES // 2)).artifact is not None


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}, b"x"], ids=repr)
def test_what_is_no_json_is_refused_in_words(value: Any):
    """With what to return instead."""
    with pytest.raises(PermanentError, match="return plain values"):
        Values(Folder()).keep(value)


def test_a_large_value_is_read_from_the_disk_once():
    """And forgotten when others need the room."""
    folder = Folder()
    values = Values(folder)
    kept = values.keep("x" * 100_000)
    for _ in range(3):
        values.load(kept)
    assert folder.reads == 1


def test_the_memory_for_large_values_is_bounded(monkeypatch: pytest.MonkeyPatch):
    """The one that was not used for longest goes first."""
    monkeypatch.setattr(under_test, "_CACHE_BYTES", 250_000)
    folder = Folder()
    values = Values(folder)
    first, second, third = (values.keep(letter * 100_000) for letter in "abc")
    for one in (first, second, first, third):
        values.load(one)
    assert folder.reads == 3
    values.load(first)
    assert folder.reads == 3
    values.load(second)
    assert folder.reads == 4


def test_half_a_character_is_kept_as_well_as_it_can_be():
    """A value from outside must not stop the journal."""
    kept = Values(Folder()).keep({"name": "\ud83d"})
    assert Stored.model_validate_json(kept.model_dump_json()) == kept


def test_a_store_in_memory_keeps_large_values_too():
    """For simulations."""
    store = memory()
    values = Values(store.artifacts)
    kept = values.keep("x" * 100_000)
    assert kept.artifact is not None
    assert Values(store.artifacts).load(kept) == "x" * 100_000
    store.close()


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(PLAIN)
def test_a_small_value_is_kept_as_json_would_say_it(value: Any):
    """Whichever way is quicker, the journal holds the same."""
    try:
        said = json.loads(sayable(json.dumps(value, ensure_ascii=False, allow_nan=False)))
    except ValueError:  # an infinity
        with pytest.raises(PermanentError):
            Values(Folder()).keep(value)
        return
    kept = Values(Folder()).keep(value).value
    assert json.dumps(kept) == json.dumps(said)
    assert not isinstance(value, dict | list) or kept is not value
