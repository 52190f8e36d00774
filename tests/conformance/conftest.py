"""Keeps what every simulated process would do again, to the letter, from being done again."""

from collections.abc import Iterator

import pytest

from mn_notebook.engine import worker


@pytest.fixture(scope="package", autouse=True)
def what_is_the_same_done_once() -> Iterator[None]:
    """A case opens many stores, and has seconds in which nothing happens."""
    patch = pytest.MonkeyPatch()
    hasten(patch)
    yield
    patch.undo()


def hasten(patch: pytest.MonkeyPatch) -> None:
    """Look around less often."""
    patch.setattr(worker, "PROBE_SECONDS", 0.5)
