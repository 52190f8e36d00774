"""What a kernel sends to its front end, without secrets.

Whatever a notebook's file holds of outputs has come this way: prints, displayed values, tables,
widgets, errors with their tracebacks; those of cells that have nothing to do with a run as well.
"""

from typing import Any

from mn_notebook.secrecy.known import may_hold, redact


def redact_outgoing(shell: Any) -> None:
    """Let a shell's kernel send no secrets; a shell without a kernel sends nothing."""
    session = _session(shell)
    if session is None or hasattr(session.pack, "packs"):
        return
    packs = session.pack

    def pack(content: Any) -> Any:
        packed = packs(content)
        return packs(redact(content)) if may_hold(packed) else packed

    pack.packs = packs  # type: ignore[attr-defined]  # what `leave_outgoing` puts back
    session.pack = pack


def leave_outgoing(shell: Any) -> None:
    """Let a shell's kernel send what it sends by itself."""
    session = _session(shell)
    if session is not None:
        session.pack = getattr(session.pack, "packs", session.pack)


def _session(shell: Any) -> Any:
    return getattr(getattr(shell, "kernel", None), "session", None)
