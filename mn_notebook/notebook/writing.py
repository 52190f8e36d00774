"""Holds what models are writing until it is shown: the newest of each place, and no more."""

import threading
from dataclasses import dataclass
from typing import Self

from mn_notebook.domain.ids import RunId
from mn_notebook.domain.values import sayable

MAX_TAIL = 2000
"""Characters of a text that a view is sent."""
MAX_TEXTS = 8
"""How many texts are passed on at once: a front end drops messages when there are very many."""


@dataclass(frozen=True, slots=True)
class Text:
    """The end of what is being written at one place of a run; never kept in a journal."""

    run_id: RunId
    path: str
    call_id: str
    tail: str
    length: int

    @classmethod
    def of(cls, run_id: RunId, path: str, tail: str, *, call_id: str, length: int | None) -> Self:
        """Return a text of which no more than its end is kept."""
        whole = len(tail) if length is None else length
        return cls(run_id, path, call_id, sayable(tail[-MAX_TAIL:]), whole)

    def message(self) -> dict[str, object]:
        """Return it as a view takes it: ``IText`` in ``labextension/src/source.ts``."""
        return {
            "verb": "text",
            "run_id": self.run_id,
            "path": self.path,
            "call_id": self.call_id,
            "tail": self.tail,
            "length": self.length,
        }


class Writing:
    """The texts that are not shown yet; safe to use from any thread."""

    def __init__(self) -> None:
        """Hold nothing yet."""
        self._lock = threading.Lock()
        """Protects the texts, which the engine's thread puts and the publisher's takes."""
        self._texts: dict[tuple[RunId, str], Text] = {}

    def put(self, text: Text) -> None:
        """Keep a text in the place of an older one of the same step."""
        place = (text.run_id, text.path)
        with self._lock:
            self._texts.pop(place, None)
            self._texts[place] = text

    def take(self) -> list[Text]:
        """Hand over the newest texts, the newest last; the others are let go."""
        with self._lock:
            texts = list(self._texts.values())[-MAX_TEXTS:]
            self._texts.clear()
        return texts
