"""How a long download or load tells its caller where it stands."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a download or a load stands."""

    done_bytes: int
    """Bytes of the model that are in place; never more than ``total_bytes``."""

    total_bytes: int
    """Bytes of the whole model."""

    text: str
    """What is being done, in words for a person."""


OnProgress = Callable[[Progress], None]
"""Called now and then while the work goes on; what it raises stops the work and can be resumed."""


def ignore(progress: Progress) -> None:
    """Take a report and do nothing with it."""
    del progress


def megabytes(count: int) -> str:
    """Say a number of bytes for a person.

    >>> megabytes(1_117_320_768)
    '1,117 MB'
    """
    return f"{count / 1e6:,.0f} MB"
