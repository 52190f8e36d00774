"""Whether recorded source may be executed: only what this very user has signed.

It is Jupyter's own notion of trust: one secret for each user, the one that notebooks are signed
with. Whoever can write into a shared store still cannot put code into another user's kernel.
"""

import hashlib
import hmac
import logging
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from mn_notebook.domain.events import CodeRef
from mn_notebook.domain.ids import content_hash

_log = logging.getLogger(__name__)

_PURPOSE = b"mn_notebook: code that a run refers to\n"
"""What is signed here is no notebook, and no notebook's signature counts here."""


def jupyter_secret() -> bytes | None:
    """Return this user's secret, made if there is none yet; None where none can be kept."""
    from jupyter_core.paths import jupyter_data_dir

    return _secret_in(Path(jupyter_data_dir()))


@lru_cache(maxsize=8)
def _secret_in(folder: Path) -> bytes | None:
    from nbformat.sign import MemorySignatureStore, NotebookNotary

    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        make: Any = NotebookNotary  # nbformat has no types
        return bytes(make(data_dir=str(folder), store_factory=MemorySignatureStore).secret)
    except OSError as fault:
        extra = {"run_id": None, "step_id": None}
        _log.warning("code cannot be signed, so that it is not resumed: %s", fault, extra=extra)
        return None


class Signatures:
    """Signs references to code, and tells which of them this user has signed."""

    def __init__(self, secret: Callable[[], bytes | None] = jupyter_secret) -> None:
        """Sign with a secret, which is read when it is needed."""
        self._secret = secret

    def signed(self, ref: CodeRef) -> CodeRef:
        """Return a reference with a signature, or as it is where there is no secret."""
        signature = self._of(ref)
        return ref if signature is None else ref.model_copy(update={"signature": signature})

    def vouch_for(self, ref: CodeRef) -> bool:
        """Tell whether this user signed exactly this reference."""
        signature = self._of(ref) if ref.signature else None
        return signature is not None and hmac.compare_digest(signature, ref.signature)

    def _of(self, ref: CodeRef) -> str | None:
        secret = self._secret()
        if not secret:
            return None
        # Without defaults: a field that is added later leaves old signatures alone.
        body = ref.model_dump(mode="json", exclude={"signature"}, exclude_defaults=True)
        text = _PURPOSE + content_hash(body).encode()
        return "hmac-sha256:" + hmac.new(secret, text, hashlib.sha256).hexdigest()
