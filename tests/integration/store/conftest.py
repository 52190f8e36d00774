"""What the tests of the store share."""

from pathlib import Path

import pytest

from tests.integration.store.finished import Finished, make_store, moved


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """A store that nobody changes."""
    return make_store(tmp_path_factory.mktemp("original") / "store.db")


@pytest.fixture
def finished(original: Finished, tmp_path: Path) -> Finished:
    """A store with runs, for one test."""
    return moved(original, tmp_path / "store.db")
