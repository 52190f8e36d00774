"""Gathers what models are writing until it is shown: the end of each text, and no more."""

import threading
from dataclasses import dataclass

from mn_notebook.domain.ids import CallId, RunId, StepPath
from mn_notebook.domain.values import sayable
from mn_notebook.ports import TextPiece
from mn_notebook.secrecy.known import redact_window

MAX_TAIL = 2000
"""Characters of a text that a view is sent."""
MAX_TEXTS = 8
"""How many texts are passed on at once: a front end drops messages when there are very many."""
_MAX_PLACES = 256
"""How many texts are gathered; the one that was quiet longest is let go first."""


@dataclass(frozen=True, slots=True)
class Text:
    """The end of what is being written at one place of a run; never kept in a journal."""

    run_id: RunId
    path: StepPath
    call_id: CallId
    tail: str
    length: int

    def message(self) -> dict[str, object]:
        """Return it as a view takes it: ``IText`` in ``labextension/src/source.ts``."""
        return {
            "verb": "text",
            "run_id": self.run_id,
            "path": self.path,
            "call_id": self.call_id,
            "tail": sayable(redact_window(self.tail, begins_cut=self.length > len(self.tail))),
            "length": self.length,
        }


class Writing:
    """The texts of one run as they grow; safe to use from any thread."""

    def __init__(self) -> None:
        """Hold nothing yet."""
        self._lock = threading.Lock()
        """Protects the texts, which the engine's thread adds to and the publisher's takes."""
        self._texts: dict[StepPath, Text] = {}
        self._new: dict[StepPath, None] = {}

    def add(self, piece: TextPiece) -> None:
        """Add to the text of a step, item or iteration; another call begins it anew."""
        with self._lock:
            known = self._texts.pop(piece.path, None)
            goes_on = known is not None and known.call_id == piece.call_id
            before, length = (known.tail, known.length) if known and goes_on else ("", 0)
            self._texts[piece.path] = Text(
                run_id=piece.run_id,
                path=piece.path,
                call_id=piece.call_id,
                tail=(before + piece.text)[-MAX_TAIL:],
                length=length + len(piece.text),
            )
            self._new.pop(piece.path, None)
            self._new[piece.path] = None
            while len(self._texts) > _MAX_PLACES:
                self._texts.pop(next(iter(self._texts)))

    def take(self) -> list[Text]:
        """Return the texts that grew since the last time, the newest last; of very many a few."""
        with self._lock:
            grown = [self._texts[path] for path in self._new if path in self._texts]
            self._new.clear()
        return grown[-MAX_TEXTS:]
