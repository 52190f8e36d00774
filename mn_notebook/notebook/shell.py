"""The interactive shell that runs the program, if one does, and how it types commands."""

import sys
from typing import Any

from mn_notebook.verbs.here import line_here, said_here, typed_here
from mn_notebook.verbs.results import Result


def running_shell() -> Any:
    """Return IPython's shell; None in a plain Python program."""
    ipython = sys.modules.get("IPython")
    return None if ipython is None else ipython.get_ipython()


def said(text: str) -> str:
    """Return a text that names commands: a program's reader types them in a terminal."""
    if running_shell() is not None:
        return text
    return "\n".join(map(line_here, said_here(text).split("\n")))


def line(command: str) -> str:
    """Return a command as it is typed here."""
    return command if running_shell() is not None else line_here(command)


def typed(result: Result) -> Result:
    """Return a result whose commands can be typed here."""
    return result if running_shell() is not None else typed_here(result)
