"""Values as a picture holds them: small enough to be looked at."""

import json

from pydantic import JsonValue

from mn_notebook.domain.values import Stored
from mn_notebook.domain.words import plural

MAX_SHOWN = 4_000
"""Characters of an output that a picture holds."""


def shown(stored: Stored) -> tuple[JsonValue, bool]:
    """Return a value as a picture holds it, and whether that is not all of it."""
    if stored.artifact is not None:
        return f"{plural(stored.size, 'byte')}, kept as artifact {stored.artifact[:12]}", True
    text = json.dumps(stored.value, ensure_ascii=False)
    if len(text) <= MAX_SHOWN:
        return stored.value, False
    return text[:MAX_SHOWN] + "…", True
