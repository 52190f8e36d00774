"""Writes lines at once, without secrets, and keeps an output to what the command itself says."""

import codecs
import contextlib
import os
import sys
from collections.abc import Iterator
from typing import IO, TextIO

from mn_notebook.secrecy.known import redact_text


def write(stream: IO[str], text: str) -> None:
    """Write a text as a line."""
    stream.write(redact_text(text) + "\n")
    stream.flush()


def _escaped(fault: UnicodeError) -> tuple[str, int]:
    """Write letters that an encoding does not have as JSON does: the line means the same."""
    if not isinstance(fault, UnicodeEncodeError):
        raise fault
    pairs = fault.object[fault.start : fault.end].encode("utf-16-be", "surrogatepass")
    units = (pairs[n : n + 2].hex() for n in range(0, len(pairs), 2))
    return "".join(f"\\u{unit}" for unit in units), fault.end


ESCAPES = "mn_notebook.escapes"
codecs.register_error(ESCAPES, _escaped)


def forgiving(stream: IO[str]) -> None:
    """Let a stream write what its encoding has no sign for as an escape, and never fail."""
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors=ESCAPES)


@contextlib.contextmanager
def alone(out: TextIO) -> Iterator[TextIO]:
    """Yield an output that is the command's alone: all else goes to the error output.

    A workflow's module may print while it is imported, a step may start a program that does. What
    is already on its way to ``out`` goes there.
    """
    out.flush()
    own = _own(out)
    before, sys.stdout = sys.stdout, sys.stderr
    try:
        yield out if own is None else own
    finally:
        sys.stdout = before
        if own is not None:
            own.flush()
            os.dup2(own.fileno(), out.fileno())
            own.close()


def _own(out: TextIO) -> TextIO | None:
    """Return a way of its own to where an output goes, which from then on goes to the errors."""
    try:
        place, errors = out.fileno(), sys.stderr.fileno()
    except (OSError, ValueError):
        return None  # It is no file: nobody but Python writes to it.
    own = os.fdopen(os.dup(place), "w", encoding=out.encoding, errors=ESCAPES)
    os.dup2(errors, place)
    return own
