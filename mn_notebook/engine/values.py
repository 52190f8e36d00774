"""Values on their way into the journal and out of it."""

import json
from collections import OrderedDict

from pydantic import JsonValue

from mn_notebook.domain.values import MAX_INLINE_BYTES, Stored, sayable
from mn_notebook.errors import PermanentError
from mn_notebook.ports import Artifacts

_CACHE_BYTES = 64 * 1024 * 1024


class Values:
    """Keeps small values in their events and large ones as artifacts.

    What is read back is always the decoded stored form, so that a recovered run and an undisturbed
    one see the same.
    """

    def __init__(self, artifacts: Artifacts) -> None:
        """Keep large values in ``artifacts``."""
        self._artifacts = artifacts
        self._decoded: OrderedDict[str, tuple[JsonValue, int]] = OrderedDict()
        self._decoded_bytes = 0

    def keep(self, value: JsonValue) -> Stored:
        """Return the stored form; an artifact is on the disk on return.

        Raises:
            PermanentError: the value is not JSON.
            StoreUnwritable: an artifact cannot be written.
        """
        text = sayable(_encoded(value))
        if len(text) <= MAX_INLINE_BYTES // 4 or len(text.encode()) <= MAX_INLINE_BYTES:
            return Stored(value=json.loads(text))
        content = text.encode()
        sha256 = self._artifacts.put(content, media_type="application/json")
        return Stored(artifact=sha256, size=len(content))

    def load(self, stored: Stored) -> JsonValue:
        """Return the decoded value.

        Raises:
            StoreError: its artifact is missing or damaged.
        """
        if stored.artifact is None:
            return stored.value
        known = self._decoded.get(stored.artifact)
        if known is not None:
            self._decoded.move_to_end(stored.artifact)
            return known[0]
        value: JsonValue = json.loads(self._artifacts.get(stored.artifact))
        self._remember(stored.artifact, value, stored.size)
        return value

    def _remember(self, sha256: str, value: JsonValue, size: int) -> None:
        self._decoded[sha256] = (value, size)
        self._decoded_bytes += size
        while self._decoded_bytes > _CACHE_BYTES and len(self._decoded) > 1:
            _, (_, oldest) = self._decoded.popitem(last=False)
            self._decoded_bytes -= oldest


def _encoded(value: JsonValue) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as fault:
        message = (
            f"expected a JSON value (text, numbers, lists, objects), found {type(value).__name__}"
            f": {fault}; return plain values, such as frame.to_dict('records')"
        )
        raise PermanentError(message) from fault
