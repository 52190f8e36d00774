"""How a call in a child process can fail: as its function did, or by the end of the process."""

import signal

from mn_notebook.domain.events import ErrorInfo
from mn_notebook.errors import RunError, TransientError


class RaisedInChild(RunError):
    """The function raised; the exception itself stayed in its process, its words are here."""

    def __init__(self, error: ErrorInfo, *, permanent_at_any_rate: bool, doubtful: bool) -> None:
        """Take the words of the child."""
        super().__init__(error.message)
        self.error = error
        self.permanent_at_any_rate = permanent_at_any_rate
        """Permanent also for a step that says itself how often it is tried."""
        self.doubtful = doubtful
        """What it was to write may have been written."""


class ChildEnded(RunError):
    """The function's own doing ended its process, before there was a result."""

    def __init__(self, message: str, last_words: str = "") -> None:
        """Say how it ended, and what it wrote just before that."""
        super().__init__(message)
        self.last_words = last_words


class ChildKilled(TransientError):
    """Somebody else ended the function's process, before there was a result."""


_FROM_OUTSIDE = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def ended_without_result(code: int | None, last_words: str) -> ChildEnded | ChildKilled:
    """Return the failure of a child that ended so.

    ``code`` is its exit code, a negative one the number of a signal, None what nobody saw.
    """
    if code is None:
        return ChildKilled("the child was killed from outside, together with what watched it")
    if code >= 0:
        message = f"the child ended with exit code {code}, before the function had returned"
        return ChildEnded(message, last_words)
    message = f"the child ended with signal {-code} ({_name(-code)})"
    if -code not in _FROM_OUTSIDE:
        return ChildEnded(message, last_words)
    if -code == signal.SIGKILL:
        message += "; if nobody killed it, the system was short of memory"
    return ChildKilled(message)


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # a real-time signal
        return "no name"
