"""Writes lines at once, without secrets, and keeps an output to what the command itself says."""

import codecs
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TextIO

from mn_notebook.errors import MnError
from mn_notebook.secrecy.known import redact_text


class OutputLost(MnError):
    """What is to be said cannot be written; what was done stays done."""


def write(stream: IO[str], text: str) -> None:
    """Write a text as a line.

    Raises:
        BrokenPipeError: whoever read it has left.
        OutputLost: it cannot be written, for the disk is full or so.
    """
    try:
        stream.write(redact_text(text) + "\n")
        stream.flush()
    except BrokenPipeError:
        raise
    except OSError as fault:
        message = (
            f"the output cannot be written: {fault.strerror}; what was done is recorded, "
            "and `mn runs` lists it"
        )
        raise OutputLost(message) from fault


def opened(stream: TextIO | None) -> TextIO:
    """Return an output, or one that leads nowhere where somebody has closed it."""
    return stream or Path(os.devnull).open("w", encoding="utf-8")


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
def undisturbed() -> Iterator[None]:
    """Let what is drawn be drawn whole: Ctrl-C is heard after it, and no half of it stays."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    pressed: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _frame: pressed.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if pressed:
        raise KeyboardInterrupt


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
            os.dup2(own.fileno(), out.fileno())
            with contextlib.suppress(OSError):  # What could not be written is told already.
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
