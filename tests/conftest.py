"""How `pytest -n` spreads the tests: what shares a costly fixture stays in one process."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings
from typing_extensions import override
from xdist.scheduler import LoadScopeScheduling

from mn_notebook.agents.tools import REGISTRY

# How long an example takes says something about the machine, and nothing about the code.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

TOGETHER = ("tests/ui/", "tests/recovery/", "tests/integration/test_fault_matrix.py")
"""Where each file has a server, a browser, a nursery of processes or played rows of its own."""


class Scheduling(LoadScopeScheduling):  # type: ignore[misc]  # pytest-xdist is untyped
    """Gives each of these files to one process, and each other test to whoever is free."""

    @override
    def _split_scope(self, nodeid: str) -> str:
        return nodeid.partition("::")[0] if nodeid.startswith(TOGETHER) else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: Any, log: Any) -> Scheduling:
    """Tell pytest-xdist; its own groups by mark do not work with every version of pytest."""
    return Scheduling(config, log)


@pytest.fixture(autouse=True)
def _tools_of_one_test() -> Iterator[None]:
    """Forget the tools that a test has declared: the next one is to be what it would be alone."""
    before = dict(REGISTRY._tools)
    yield
    REGISTRY._tools.clear()
    REGISTRY._tools.update(before)
