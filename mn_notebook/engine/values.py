"""Values on their way into the journal and out of it."""

import json
from collections import OrderedDict
from math import inf
from typing import Any

from pydantic import JsonValue
from pydantic_core import PydanticSerializationError, from_json, to_json

from mn_notebook.domain.tables import Table, dereferred, holds_table, referred
from mn_notebook.domain.values import (
    JSON,
    MAX_INLINE_BYTES,
    MIXED,
    MOST_LEVELS,
    PARQUET,
    Stored,
    is_deeper,
    sayable,
)
from mn_notebook.errors import PermanentError
from mn_notebook.frames import table_from_parquet, with_tables, without
from mn_notebook.ports import Artifacts
from mn_notebook.secrecy.known import may_hold, needles, redact

_CACHE_BYTES = 64 * 1024 * 1024
_MOST_SEARCHED = 10_000


class Values:
    """Keeps small values in their events, large ones and tables as artifacts.

    A table is one Parquet artifact, however often it is kept; a value with tables in it holds
    references. Secrets are not kept. What is read back is always the decoded stored form, so that a
    recovered run and an undisturbed one see the same.
    """

    def __init__(self, artifacts: Artifacts) -> None:
        """Keep large values in ``artifacts``."""
        self._artifacts = artifacts
        self._decoded: OrderedDict[str, tuple[JsonValue, int]] = OrderedDict()
        self._decoded_bytes = 0
        self._searched: dict[str, tuple[str, ...]] = {}
        """Tables that were found to have no secret, and what was known when they were searched."""

    def keep(self, value: Any) -> Stored:
        """Return the stored form; an artifact is on the disk on return.

        A crash before the event that names an artifact leaves a file that nobody asks for; keeping
        the value again finds it there.

        Raises:
            PermanentError: the value is neither JSON nor a frame, or holds something else.
            StoreUnwritable: an artifact cannot be written.
        """
        known = _small_and_plain(value)
        if known is not None:
            return known
        try:
            value = with_tables(value)
            if isinstance(value, Table):
                return self._keep_table(value)
            media = MIXED if holds_table(value) else JSON
            plain = referred(value, self._keep_table) if media == MIXED else value
        except RecursionError as fault:
            raise _not_kept(value, fault) from fault
        encoded = _encoded(plain)
        return self._keep_text(encoded, media, fits=_fits_an_event(plain))

    def _keep_text(self, encoded: str, media: str, *, fits: bool) -> Stored:
        text = sayable(encoded)
        if may_hold(text):
            text = sayable(_encoded(redact(json.loads(text))))
        small = len(text) <= MAX_INLINE_BYTES // 4 or len(text.encode()) <= MAX_INLINE_BYTES
        if fits and small:
            return Stored(value=json.loads(text), media=media)
        content = text.encode()
        sha256 = self._artifacts.put(content, media_type=media)
        return Stored(artifact=sha256, size=len(content), media=media)

    def _keep_table(self, table: Table) -> Stored:
        source = self._searched_table(table).source
        # Also when it is known: its file may have been cleared with the run that it was kept for.
        self._artifacts.put(source.content, media_type=PARQUET)
        kept = table if source is table.source else Table(source)
        if source.sha256 not in self._decoded:
            self._remember(source.sha256, kept, source.weight)
        return kept.stored

    def _searched_table(self, table: Table) -> Table:
        """Return a table without secrets; one that has none is searched once."""
        known = needles()
        if not known or self._searched.get(table.source.sha256) is known:
            return table
        clean = without(table, known, redact)
        self._searched[clean.source.sha256] = known
        while len(self._searched) > _MOST_SEARCHED:
            self._searched.pop(next(iter(self._searched)))
        return clean

    def load(self, stored: Stored) -> JsonValue:
        """Return the decoded value.

        Raises:
            StoreError: its artifact is missing or damaged.
            FramesMissing: it is a table, and the library that reads one is not installed.
        """
        value = stored.value if stored.artifact is None else self._decoded_artifact(stored)
        return dereferred(value, self.load) if stored.media == MIXED else value

    def _decoded_artifact(self, stored: Stored) -> JsonValue:
        sha256 = stored.artifact or ""
        known = self._decoded.get(sha256)
        if known is not None:
            self._decoded.move_to_end(sha256)
            return known[0]
        content = self._artifacts.get(sha256)
        if stored.media == PARQUET:
            table = table_from_parquet(content)
            self._remember(sha256, table, table.source.weight)
            return table
        value: JsonValue = json.loads(content)
        self._remember(sha256, value, stored.size)
        return value

    def _remember(self, sha256: str, value: JsonValue, size: int) -> None:
        self._decoded[sha256] = (value, size)
        self._decoded_bytes += size
        while self._decoded_bytes > _CACHE_BYTES and len(self._decoded) > 1:
            _, (_, oldest) = self._decoded.popitem(last=False)
            self._decoded_bytes -= oldest


def _small_and_plain(value: Any) -> Stored | None:
    """Return the stored form of what most steps return, quickly; None: it needs a closer look."""
    if not _is_plain(value, _DEEPEST):
        return None
    try:
        text = to_json(value)
    except PydanticSerializationError:  # half a surrogate pair
        return None
    if may_hold(text):
        text = to_json(redact(from_json(text)))
    # Decoded anew: whoever holds the value may change it later.
    return Stored(value=from_json(text)) if len(text) <= MAX_INLINE_BYTES else None


_DEEPEST = 50
_LARGEST = 2**63


def _is_plain(value: Any, deepest: int) -> bool:
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return True
    if kind is int:
        return bool(-_LARGEST < value < _LARGEST)
    if kind is float:
        return bool(-inf < value < inf)
    if kind is dict and deepest:
        return all(
            type(key) is str and _is_plain(inner, deepest - 1) for key, inner in value.items()
        )
    if kind is list and deepest:
        return all(_is_plain(inner, deepest - 1) for inner in value)
    return False


_DEEPEST_ARTIFACT = 250
"""More cannot be walked through, nor read again, wherever Python's stack is deep by itself."""


def _fits_an_event(value: JsonValue) -> bool:
    """Tell whether a value may stand in an event, as far as its depth goes.

    Raises:
        PermanentError: it is so deep that it may stand nowhere.
    """
    if not is_deeper(value, MOST_LEVELS):
        return True
    if is_deeper(value, _DEEPEST_ARTIFACT):
        message = f"it is nested more than {_DEEPEST_ARTIFACT} levels deep"
        raise _not_kept(value, ValueError(message))
    return False


def _encoded(value: JsonValue) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as fault:
        raise _not_kept(value, fault) from fault


def _not_kept(value: object, fault: Exception) -> PermanentError:
    return PermanentError(
        f"expected a JSON value (text, numbers, lists, objects), found {type(value).__name__}"
        f": {fault}; return plain values, or a DataFrame"
    )
