"""What all processes of a store know together of servers."""

from collections.abc import Callable, Collection, Mapping
from typing import Protocol

from pydantic import JsonValue

LoadRow = Mapping[str, JsonValue]

LoadRows = Mapping[str, LoadRow | None]
"""By key; None: there is none, or it is to go."""


class Loads(Protocol):
    """What all processes of a store know together of servers: rates, paces, breakers, budgets.

    Rows are about the present. They outlive every process, and are forgotten after the time that
    they name themselves (``until``, in seconds since 1970).
    """

    def troubles(self) -> LoadRows:
        """Return the rows that are there only while something is wrong."""
        ...

    def change(
        self,
        keys: Collection[str],
        change: Callable[[LoadRows], LoadRows],
        then: Callable[[Exception | None], None],
    ) -> None:
        """Let ``change`` turn some rows into those that it returns, in one transaction.

        It may be called again when a commit ends unclearly. ``then`` is called once, after the
        commit, in a thread of the store's choice.
        """
        ...
