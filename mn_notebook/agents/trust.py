"""Whether recorded source may be executed: only what this very user has signed.

It is Jupyter's own notion of trust: one secret for each user, the one that notebooks are signed
with. Whoever can write into a shared store still cannot put code into another user's kernel.
"""

import base64
import hashlib
import hmac
import logging
import os
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

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
    """Return what `nbformat.sign.NotebookNotary` would; importing that one takes seconds."""
    file = folder / "notebook_secret"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not file.exists():
            _make(file)
        return file.read_bytes()
    except OSError as fault:
        extra = {"run_id": None, "step_id": None}
        _log.warning("code cannot be signed, so that it is not resumed: %s", fault, extra=extra)
        return None


def _make(file: Path) -> None:
    """Make a secret that only its user can read, whole from the beginning; the first one stays."""
    new = file.with_name(f"{file.name}.{os.getpid()}")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as made:
        made.write(base64.encodebytes(os.urandom(1024)))
    try:
        with suppress(FileExistsError):
            os.link(new, file)
    finally:
        new.unlink()


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
