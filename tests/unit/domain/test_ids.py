"""Names that stay what they are."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mn_notebook.domain.ids import (
    RunId,
    StepName,
    StepPath,
    content_hash,
    idempotency_key,
    item_path,
    step_of,
)

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def key(args: Any, occurrence: int = 1, path: str = "a", tool: str = "send") -> str:
    return idempotency_key(RunId("r"), StepPath(path), tool, args, occurrence)


def test_a_key_is_the_same_in_every_version_of_this_program():
    """Keys outlive processes and releases: this one was made by the first."""
    assert key({"to": "ann", "n": 1}) == "mn-7f69f9487ba1d28efdb1cc694844665a"


@given(st.dictionaries(st.text(), VALUES, max_size=4))
def test_a_key_does_not_depend_on_the_order_of_the_arguments(args: dict[str, Any]):
    """Equal calls have equal keys."""
    backwards = dict(reversed(args.items()))
    assert key(args) == key(backwards)


@given(VALUES, st.integers(1, 50))
def test_a_key_tells_one_call_from_the_next(args: Any, occurrence: int):
    """Another place, tool, argument or repetition is another call."""
    keys = {
        key(args, occurrence),
        key(args, occurrence + 1),
        key(args, occurrence, path="b"),
        key(args, occurrence, tool="post"),
        key([args], occurrence),
    }
    assert len(keys) == 5


@given(st.from_regex(r"[a-z_][a-z0-9_]{0,10}", fullmatch=True), st.none() | st.text())
def test_a_path_gives_its_step_back(step: str, item: str | None):
    """Whatever the key of the item is, brackets included."""
    assert step_of(item_path(StepName(step), item)) == step


@given(VALUES)
def test_equal_values_have_equal_hashes(value: Any):
    """A hash is of the value, not of how it is written."""
    assert content_hash(value) == content_hash(value)


def test_half_a_character_can_be_hashed():
    """Text from outside may hold anything."""
    assert content_hash("\ud83d") != content_hash("\ud83e")
