"""How `pytest -n` spreads the tests: what shares a costly fixture stays in one process."""

from pathlib import Path

import pytest

TOGETHER = ("ui", "recovery")
"""Folders whose files each have a server, a browser or a nursery of processes of their own."""


@pytest.hookimpl(tryfirst=True)  # pytest-xdist reads the marks in the same hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    folders = [Path(__file__).parent / name for name in TOGETHER]
    for item in items:
        if any(item.path.is_relative_to(folder) for folder in folders):
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
