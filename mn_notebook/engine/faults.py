"""What an exception means for an attempt."""

from mn_notebook.domain.events import ErrorInfo
from mn_notebook.errors import BudgetExceeded, ModelMissing, PermanentError, TransientError


def error_info(fault: BaseException) -> ErrorInfo:
    """Return why an attempt failed, and whether another one may help."""
    if isinstance(fault, TransientError):
        return ErrorInfo(
            type=type(fault).__name__,
            message=str(fault),
            retry_after_seconds=fault.retry_after_seconds,
            later=fault.later,
        )
    if isinstance(fault, PermanentError | ModelMissing | BudgetExceeded):
        return ErrorInfo(type=type(fault).__name__, message=str(fault), permanent=True)
    message = f"{type(fault).__name__}: {fault}" if str(fault) else type(fault).__name__
    return ErrorInfo(type=type(fault).__name__, message=message, permanent=True)


def timed_out(seconds: float, *, still_running: bool = False) -> ErrorInfo:
    """Return the failure of an attempt that took too long.

    ``still_running``: the thread that makes it cannot be stopped. Another attempt beside it could
    do the same thing twice at once, so there is none.
    """
    message = f"it took longer than its timeout of {seconds:g} s; raise `timeout`, or do less"
    if still_running:
        message += "; its thread cannot be stopped, so that it is not tried again"
    return ErrorInfo(
        type="timeout", message=message, permanent=still_running, still_acting=still_running
    )
