"""Copies of frozen values with some fields changed."""

from dataclasses import FrozenInstanceError, dataclass, field

import pytest

from mn_notebook.domain.replacing import replace


@dataclass(frozen=True)
class Point:
    x: int
    y: int = 0
    names: tuple[str, ...] = field(default=(), compare=False)


def test_a_copy_has_the_changes_and_the_original_has_none() -> None:
    """What was folded before stays as it was: watchers hold it."""
    before = Point(1, 2, ("a",))
    after = replace(before, y=3)

    assert (before, after) == (Point(1, 2), Point(1, 3))
    assert after.names == ("a",)
    assert hash(after) == hash(Point(1, 3))


def test_a_copy_is_frozen_and_can_be_copied_again() -> None:
    """It is a value like the one that it was made of."""
    after = replace(replace(Point(1), x=2), y=5)

    assert (after.x, after.y) == (2, 5)
    with pytest.raises(FrozenInstanceError):
        after.x = 3  # type: ignore[misc]


def test_a_field_that_there_is_not_is_refused() -> None:
    """A misspelt name must not become a new attribute that nobody reads."""
    with pytest.raises(TypeError, match="Point has no field 'z'"):
        replace(Point(1), z=3)  # type: ignore[call-arg]
