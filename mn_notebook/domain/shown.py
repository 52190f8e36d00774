"""Values as a picture holds them: small enough to be looked at."""

import json

from pydantic import JsonValue

from mn_notebook.domain.tables import shown_value
from mn_notebook.domain.values import Stored
from mn_notebook.domain.words import plural

MAX_SHOWN = 4_000
"""Characters of an output that a picture holds."""


def shown(stored: Stored, room: int = MAX_SHOWN) -> tuple[JsonValue, bool]:
    """Return a value as a picture holds it, and whether that is not all of it.

    ``room`` is how many characters there are for it.

    Of a table a picture holds the sketch that its event has: nothing has to be read for it.
    """
    if stored.artifact is not None and stored.sketch is None:
        return f"{plural(stored.size, 'byte')}, kept as artifact {stored.artifact[:12]}", True
    value = shown_value(stored)
    is_part = value != stored.value
    text = json.dumps(value, ensure_ascii=False)
    if len(text) <= room:
        return value, is_part
    return text[:room] + "…", True
