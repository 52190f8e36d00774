"""Puts the pieces of what a model says together, for those who watch."""

from collections.abc import Callable
from typing import Protocol

from mn_notebook.domain.ids import CallId, RunId, StepPath
from mn_notebook.ports import TextPiece

MAX_TAIL = 4_000
"""Characters of a text on its way that are kept: who wants all of it reads the answer."""


class Publish(Protocol):
    """Shows what has been written so far."""

    def __call__(
        self, run_id: RunId, path: str, tail: str, *, call_id: str = "", length: int | None = None
    ) -> None:
        """Show the end of a text and its length."""
        ...


def gathering(publish: Publish) -> Callable[[TextPiece], None]:
    """Return what takes a run's pieces, in the engine's thread, and publishes what they make."""
    texts: dict[StepPath, tuple[CallId, str, int]] = {}

    def take(piece: TextPiece) -> None:
        call_id, tail, length = texts.get(piece.path, (piece.call_id, "", 0))
        if call_id != piece.call_id:
            tail, length = "", 0  # Another call: what the one before had said is journaled or lost.
        tail, length = (tail + piece.text)[-MAX_TAIL:], length + len(piece.text)
        texts[piece.path] = (piece.call_id, tail, length)
        publish(piece.run_id, piece.path, tail, call_id=piece.call_id, length=length)

    return take
