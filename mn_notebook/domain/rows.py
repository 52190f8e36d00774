"""The value of a ``for_each`` step."""

from collections.abc import Iterable, Sequence

from pydantic import JsonValue


class StepRows(list[JsonValue]):
    """The outputs of the items that succeeded; ``rows`` has every item.

    In texts ``check`` is the list of outputs and ``check.rows`` the list of
    ``{index, key, item, status, output, error}``, both in the order of the input.
    """

    def __init__(
        self, outputs: Iterable[JsonValue] = (), rows: Sequence[dict[str, JsonValue]] = ()
    ) -> None:
        super().__init__(outputs)
        self.rows: list[dict[str, JsonValue]] = list(rows)
