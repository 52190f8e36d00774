"""What people give, as the journal will hold it."""

from typing import Any

from pydantic import JsonValue

from mn_notebook.domain.inputs import plain_value
from mn_notebook.errors import PermanentError, UsageError
from mn_notebook.frames import with_tables


def plain(what: str, value: Any) -> JsonValue:
    """Return a value as the journal will hold it; frames become tables.

    Raises:
        UsageError: it is not JSON.
    """
    return plain_value(what, tabled(what, value))


def tabled(what: str, value: Any) -> Any:
    """Return a value with its frames as tables.

    Raises:
        UsageError: a frame cannot be one.
    """
    try:
        return with_tables(value)
    except (PermanentError, RecursionError) as fault:
        raise UsageError(f"{what}: {fault}") from fault
