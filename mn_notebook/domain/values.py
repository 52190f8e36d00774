"""A value as the journal keeps it: inside its event, or beside it as an artifact."""

from typing import Any

from pydantic import BaseModel, ConfigDict, JsonValue

from mn_notebook.domain.sketches import TableSketch

MAX_INLINE_BYTES = 64 * 1024
"""A larger value becomes an artifact, so that an event stays small."""
MOST_LEVELS = 100
"""Lists and objects within each other, of what is said or evaluated. A reader of events takes no
more than 200: one that was written with more would make its run unreadable for ever."""

JSON = "application/json"
PARQUET = "application/vnd.apache.parquet"
"""A table."""
MIXED = "application/vnd.mn-notebook.tables+json"
"""JSON with references to tables in it; only values of this kind have any."""


def sayable(text: str) -> str:
    """Return text as UTF-8 can say it: half a surrogate pair is replaced, a whole one joined.

    >>> sayable("half " + chr(0xD83D)) == "half " + chr(0xFFFD)
    True
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def is_deeper(value: Any, levels: int) -> bool:
    """Tell whether lists and objects stand within each other on more levels than these.

    >>> is_deeper([{"a": []}], 3), is_deeper([{"a": []}], 2)
    (False, True)
    """
    within: list[Any] = [value]
    for _ in range(levels + 1):
        within = [one for one in within if isinstance(one, dict | list | tuple)]
        if not within:
            return False
        within = [
            inner for one in within for inner in (one.values() if isinstance(one, dict) else one)
        ]
    return True


class Stored(BaseModel):
    """A value, or the name of the artifact that holds it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: JsonValue = None
    artifact: str | None = None
    """The SHA-256 of the artifact's bytes; then ``value`` is None."""
    size: int = 0
    """Bytes of the artifact."""
    media: str = JSON
    """What the value is written in: `JSON`, `PARQUET` or `MIXED`."""
    sketch: TableSketch | None = None
    """What displays show of a table; so none of them has to read it."""


NOTHING = Stored()
"""The value None."""
