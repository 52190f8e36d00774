"""Files of text that people name: workflows, mostly."""

from pathlib import Path

from mn_notebook.errors import UsageError
from mn_notebook.language.words import hint

SUFFIXES = (".yaml", ".yml")


def is_file_name(text: str) -> bool:
    """Tell whether somebody means a file, not a workflow's name.

    >>> is_file_name("brief.yaml"), is_file_name("./brief"), is_file_name("brief")
    (True, True, False)
    """
    return text.lower().endswith(SUFFIXES) or "/" in text or "\\" in text


def read_text_file(path: Path) -> str:
    """Return a file's text.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as fault:
        reason = getattr(fault, "strerror", None) or "it is not UTF-8 text"
        meant = file_hint(path.name, path.parent) if isinstance(fault, FileNotFoundError) else ""
        message = f"the file {str(path)!r} cannot be read: {reason}{meant}"
        raise UsageError(message) from fault


def file_hint(name: str, folder: Path) -> str:
    """Return the tail of a message: the workflow's file that is meant by a name, or those there."""
    try:
        here = sorted(p.name for p in folder.iterdir() if p.name.lower().endswith(SUFFIXES))
    except OSError:
        return ""
    exact = [file for file in here if file.rpartition(".")[0] == name]
    return f"; did you mean {exact[0]!r}?" if exact else hint(name, here, nouns="here are")
