"""Turns what this package raises on purpose into one calm message, without a traceback."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from IPython.core.error import UsageError

from mn_notebook.domain.picture import RunPicture
from mn_notebook.domain.words import one_line, plain
from mn_notebook.errors import MnError

_TYPED = re.compile(r"`mn (?=[a-z])")


ShownError = UsageError
"""IPython shows it as one message."""


def as_typed_here(message: str) -> str:
    """Name the lines of a message as a cell takes them: ``%mn runs``.

    Parts below the faces name them as a terminal does.
    """
    return _TYPED.sub("`%mn ", message)


@contextmanager
def calmly() -> Iterator[None]:
    """Let the cell fail with a message instead of a traceback."""
    try:
        yield
    except MnError as fault:
        raise ShownError(as_typed_here(plain(str(fault)))) from None


def require_success(picture: RunPicture) -> None:
    """Let the cell that waited for a run fail when the run did, or when a person is asked.

    Raises:
        ShownError: the run failed, was cancelled or waits.
    """
    name = f"run {picture.short_id} of {one_line(picture.workflow, 60)}"
    match picture.status:
        case "succeeded":
            return
        case "failed" | "cancelled":
            error = f": {one_line(picture.error, 300)}" if picture.error else ""
            message = f"{name} {picture.status}{error}. {picture.next}"
        case _ if picture.approvals:
            asked = picture.approvals[0]
            message = (
                f"{name} waits for a person at step {one_line(asked.path, 80)}: "
                f"{one_line(asked.prompt, 160)} `{one_line(asked.command)}` decides; "
                f"the run is kept, and goes on when this notebook is open again, "
                f"or with `%mn resume {picture.short_id}`."
            )
        case _:
            message = f"{name} stands: {picture.status_text}. {picture.next}"
    raise ShownError(message)
