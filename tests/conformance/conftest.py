"""Keeps what every simulated process would do again, to the letter, from being done again."""

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mn_notebook.agents import tools
from mn_notebook.engine import worker
from tests.conformance.world import Scripted
from tests.simulation.conftest import make_tables_once


@pytest.fixture(scope="package", autouse=True)
def what_is_the_same_done_once() -> Iterator[None]:
    """A case opens many stores, makes its tools often, and has seconds in which nothing happens."""
    patch = pytest.MonkeyPatch()
    hasten(patch)
    patch.setattr(tools, "_arguments_of", made_once(tools._arguments_of))
    with make_tables_once(patch):
        yield
    patch.undo()


def hasten(patch: pytest.MonkeyPatch) -> None:
    """Look around less often."""
    patch.setattr(worker, "PROBE_SECONDS", 0.5)


def made_once(arguments_of: Callable[..., Any]) -> Callable[..., Any]:
    """Make what checks the arguments of a scripted tool once: its signature is all it is made of.

    The tool itself is a new one in each process.
    """
    known: dict[tuple[str, str], Any] = {}

    def arguments(function: Callable[..., Any], name: str) -> Any:
        if not isinstance(function, Scripted):
            return arguments_of(function, name)
        key = (name, str(inspect.signature(function)))
        if key not in known:
            known[key] = arguments_of(function, name)
        return known[key]

    return arguments
