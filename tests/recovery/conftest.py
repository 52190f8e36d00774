"""What the recovery tests share: a nursery of processes and a scripted model."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.recovery import stories
from tests.recovery.processes import ModelProcess, Nursery, running_model


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.recovery)
            item.add_marker(pytest.mark.timeout(240))


@pytest.fixture(scope="module")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    """Every process that it began has ended when the tests of a file have."""
    with Nursery(tmp_path_factory.mktemp("children")) as nursery:
        yield nursery


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModelProcess]:
    script = stories.script(seed=20).model_dump_json()
    with running_model(tmp_path_factory.mktemp("model"), script) as model:
        yield model
