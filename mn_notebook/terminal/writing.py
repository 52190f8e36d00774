"""Writes a line at once, without secrets."""

from typing import IO

from mn_notebook.secrecy.known import redact_text


def write(stream: IO[str], text: str) -> None:
    """Write a text as a line."""
    stream.write(redact_text(text) + "\n")
    stream.flush()
