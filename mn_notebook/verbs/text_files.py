"""Files of text that people name: workflows, mostly."""

from pathlib import Path

from mn_notebook.errors import UsageError

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
        message = f"the file {str(path)!r} cannot be read: {reason}"
        raise UsageError(message) from fault
