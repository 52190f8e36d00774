"""Calls the analyst's code so that nothing in it can stop the engine.

Blocking functions run in daemon threads, coroutines on a loop of their own in such a thread. What
they print goes into the journal, never into whatever cell happens to run.
"""

import asyncio
import contextvars
import functools
import inspect
import io
import sys
import traceback
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import anyio.to_thread
from pydantic import JsonValue
from pydantic_core import to_jsonable_python
from typing_extensions import override

from mn_notebook.domain.events import ErrorInfo
from mn_notebook.errors import MnError, PermanentError, TransientError

MAX_PRINTED = 10_000
"""Characters kept of what a call prints."""

_printed: contextvars.ContextVar[io.StringIO | None] = contextvars.ContextVar(
    "mn_printed", default=None
)

_LIMITER_THREADS = 64
_limiter: contextvars.ContextVar[anyio.CapacityLimiter | None] = contextvars.ContextVar(
    "mn_limiter", default=None
)


@dataclass(frozen=True, slots=True)
class Returned:
    """What a function returned, as JSON, and what it printed."""

    value: JsonValue
    printed: str


Caller = Callable[[Callable[..., Any], Mapping[str, Any]], Awaitable[Returned]]
"""How a function of the analyst's is called: `call`, or `call_here` where one thread has to do."""


async def call_here(function: Callable[..., Any], arguments: Mapping[str, Any]) -> Returned:
    """Call a function with named arguments in this very thread: for simulations.

    Raises:
        Exception: whatever the function raises; `PermanentError` when its value is not JSON.
    """
    return _call_here(function, dict(arguments))


async def call(function: Callable[..., Any], arguments: Mapping[str, Any]) -> Returned:
    """Call a function with named arguments in a thread of its own.

    Cancelling stops the waiting; the thread itself cannot be stopped and is left alone.

    Raises:
        Exception: whatever the function raises; `PermanentError` when its value is not JSON.
    """
    work = functools.partial(_call_here, function, dict(arguments))
    return await anyio.to_thread.run_sync(work, abandon_on_cancel=True, limiter=_thread_limiter())


def _thread_limiter() -> anyio.CapacityLimiter:
    limiter = _limiter.get()
    if limiter is None:
        limiter = anyio.CapacityLimiter(_LIMITER_THREADS)
        _limiter.set(limiter)
    return limiter


def _call_here(function: Callable[..., Any], arguments: dict[str, Any]) -> Returned:
    printed = io.StringIO()
    token = _printed.set(printed)
    try:
        value = function(**arguments)
        if inspect.isawaitable(value):
            value = asyncio.run(_awaited(value))
        return Returned(jsonable(value), printed.getvalue()[:MAX_PRINTED])
    finally:
        _printed.reset(token)


async def _awaited(value: Any) -> Any:
    return await value


def jsonable(value: Any) -> JsonValue:
    """Return a value as JSON: dates as text, frames as lists of records, models as objects.

    Raises:
        PermanentError: it holds something that JSON cannot say.
    """
    try:
        plain: JsonValue = to_jsonable_python(
            _records(value), inf_nan_mode="null", fallback=_fallback
        )
    except Exception as fault:
        message = (
            f"expected a value that JSON can hold, found {type(value).__name__} ({fault}); "
            "return plain values, such as frame.to_dict('records')"
        )
        raise PermanentError(message) from fault
    return _finite(plain)


def _finite(value: JsonValue) -> JsonValue:
    """Turn NaN, which JSON lacks, into null."""
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else None
    if isinstance(value, list):
        return [_finite(inner) for inner in value]
    if isinstance(value, dict):
        return {str(key): _finite(inner) for key, inner in value.items()}
    return value


def _records(value: Any) -> Any:
    to_dict = getattr(value, "to_dict", None)
    if type(value).__name__ == "DataFrame" and to_dict is not None:
        return to_dict("records")
    if type(value).__name__ == "Series" and to_dict is not None:
        return value.tolist()
    return value


def _fallback(value: Any) -> Any:
    """Numbers and arrays of numeric libraries know how to become plain; nothing else is guessed."""
    if isinstance(value, Decimal):
        return str(value)
    for method in ("item", "tolist", "isoformat"):
        convert = getattr(value, method, None)
        if callable(convert) and getattr(value, "ndim", 0) in (0, 1, 2):
            return convert()
    message = f"{type(value).__name__} is not JSON"
    raise TypeError(message)


PROGRAMMING_ERRORS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    ImportError,
    LookupError,
    NameError,
    NotImplementedError,
    SyntaxError,
    TypeError,
    ValueError,
)
"""Raised by code that is wrong, or given what it cannot take: trying again cannot help."""


def user_fault(fault: Exception, *, retry_all: bool) -> ErrorInfo:
    """Return why a function of the analyst's failed, with the end of its traceback.

    ``retry_all``: the step says itself how often it is tried; then only `PermanentError` is final.
    """
    if isinstance(fault, TransientError):
        return ErrorInfo(
            type=type(fault).__name__,
            message=str(fault),
            retry_after_seconds=fault.retry_after_seconds,
        )
    permanent = isinstance(fault, MnError) or (
        isinstance(fault, PROGRAMMING_ERRORS) and not retry_all
    )
    return ErrorInfo(
        type=type(fault).__name__,
        message=f"{type(fault).__name__}: {fault}" if str(fault) else type(fault).__name__,
        permanent=permanent,
        detail="".join(traceback.format_exception(fault)[-4:])[-2000:],
    )


class PrintRouter(io.TextIOBase):
    """Stands in for ``sys.stdout``: prints of a call are kept, all others go where they went."""

    def __init__(self, original: Any) -> None:
        """Pass on to ``original``."""
        self.original = original

    @override
    def write(self, text: str) -> int:
        """Write to the running call's record, or to the original stream."""
        printed = _printed.get()
        if printed is None:
            self.original.write(text)
        elif printed.tell() < MAX_PRINTED:
            printed.write(text)
        return len(text)

    @override
    def flush(self) -> None:
        """Flush the original stream."""
        self.original.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.original, name)


def route_prints() -> None:
    """Keep what calls print out of the cells of a notebook; done once for a process."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if not isinstance(stream, PrintRouter):
            setattr(sys, name, PrintRouter(stream))


def unroute_prints() -> None:
    """Give the streams back."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if isinstance(stream, PrintRouter):
            setattr(sys, name, stream.original)
