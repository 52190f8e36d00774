"""Keeps what every simulated process would do again, to the letter, from being done again."""

from collections.abc import Iterator

import pytest

from tests.conformance.conftest import hasten


@pytest.fixture(scope="package", autouse=True)
def what_is_the_same_done_once() -> Iterator[None]:
    """Many stores are opened here, whose SQL is the same."""
    patch = pytest.MonkeyPatch()
    hasten(patch)
    yield
    patch.undo()
