"""Statements as a driver takes them."""

from collections.abc import Callable, Mapping
from operator import itemgetter
from typing import Any


class Compiled:
    """A statement as the driver takes it."""

    def __init__(self, sql: str, names: tuple[str, ...], constants: Mapping[str, Any]) -> None:
        """Take a statement, its parameters in their order, and those that it fixes itself."""
        self.sql = sql
        self.names = names
        self._constants = {name: constants[name] for name in names if name in constants}
        self._pick = _picker(names)

    @property
    def constants(self) -> Mapping[str, Any]:
        """Return the parameters that the statement fixes itself."""
        return self._constants

    def row(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        """Return the parameters in the driver's order.

        Raises:
            KeyError: a parameter has no value.
        """
        return self._pick({**self._constants, **values} if self._constants else values)


def _picker(names: tuple[str, ...]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    """Return what picks values by name into a tuple: each event of a journal goes through it."""
    if len(names) > 1:
        return itemgetter(*names)
    return lambda values: tuple(values[name] for name in names)
