"""Calls the analyst's code so that nothing in it can stop the engine.

Blocking functions run in daemon threads, coroutines on a loop of their own in such a thread. What
they print goes into the journal, never into whatever cell happens to run.
"""

import asyncio
import copy
import inspect
import io
import secrets
import sys
import traceback
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import JsonValue
from pydantic_core import to_jsonable_python
from typing_extensions import override

from mn_notebook.agents.failures import ChildEnded, RaisedInChild
from mn_notebook.agents.prints import follow_threads, record_here, recorded, unfollow_threads
from mn_notebook.agents.threads import in_thread
from mn_notebook.domain.events import ErrorInfo
from mn_notebook.domain.tables import Table
from mn_notebook.domain.values import sayable
from mn_notebook.errors import MnError, PermanentError, TransientError
from mn_notebook.frames import FramesMissing, NotATable, handed, is_frame, table_of
from mn_notebook.secrecy.known import redact_text

MAX_PRINTED = 10_000
"""Characters kept of what a call prints."""


@dataclass(frozen=True, slots=True)
class Returned:
    """What a function returned, as JSON and tables, and what it printed."""

    value: JsonValue
    printed: str


Failure = TypeVar("Failure", bound=BaseException)

Caller = Callable[[Callable[..., Any], Mapping[str, Any]], Awaitable[Returned]]
"""How a function of the analyst's is called: `call`, or `call_here` where one thread has to do."""


async def call_here(function: Callable[..., Any], arguments: Mapping[str, Any]) -> Returned:
    """Call a function with named arguments in this very thread: for simulations.

    Raises:
        Exception: whatever the function raises; `NotKept` when its value is not JSON.
    """
    return _call_here(function, dict(arguments))


async def call(
    function: Callable[..., Any],
    arguments: Mapping[str, Any],
    *,
    ended: Callable[[], None] | None = None,
) -> Returned:
    """Call a function with named arguments in a thread of its own.

    Cancelling stops the waiting; the thread itself cannot be stopped and is left alone. It is a
    daemon: a call that never ends does not keep the process from ending. ``ended`` is called in
    that thread when the function has returned or raised, whether or not anybody still waits.

    Raises:
        Exception: whatever the function raises; `NotKept` when its value is not JSON.
    """
    loop = asyncio.get_running_loop()
    waiting: asyncio.Future[Returned | Exception] = loop.create_future()

    def work() -> None:
        try:
            came: Returned | Exception = call_now(function, arguments)
        except Exception as fault:  # noqa: BLE001 - the analyst's code may raise anything
            came = fault
        if ended is not None:
            ended()
        # Where the loop has ended, nobody waits any more.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(_deliver, waiting, came)

    in_thread(work)
    came = await waiting
    if isinstance(came, Exception):
        raise came
    return came


def _deliver(waiting: "asyncio.Future[Returned | Exception]", ended: Returned | Exception) -> None:
    if not waiting.done():
        waiting.set_result(ended)


def call_now(function: Callable[..., Any], arguments: Mapping[str, Any]) -> Returned:
    """Call a function in a thread, or process, that exists for this call alone.

    Raises:
        Exception: whatever the function raises; an exit is its failure, and nothing else.
    """
    try:
        return _call_here(function, dict(arguments))
    except StopIteration as fault:
        raise _escaped(fault) from fault  # no coroutine can hand it on
    except Exception:
        raise
    except BaseException as fault:
        raise _escaped(fault) from fault


class NotKept(PermanentError):
    """The function has returned, and JSON cannot hold what it returned."""


def _call_here(function: Callable[..., Any], arguments: dict[str, Any]) -> Returned:
    with recorded() as record:
        try:
            # What the function changes in its arguments must not change what the journal says.
            value = function(**handed(function, copy.deepcopy(arguments)))
            if inspect.isawaitable(value):
                value = asyncio.run(_awaited(value))
            return Returned(jsonable(value), kept(record.getvalue()))
        except BaseException as fault:
            fault.__dict__[_PRINTED] = kept(record.getvalue())
            raise


_PRINTED = "mn_printed"


def printed_before(fault: BaseException) -> str:
    """Return what a call printed before it failed."""
    return str(getattr(fault, _PRINTED, ""))


def having_printed(fault: Failure, printed: str) -> Failure:
    """Return a failure that knows what its call printed before it."""
    fault.__dict__[_PRINTED] = kept(printed)
    return fault


def kept(printed: str) -> str:
    """Return what a call printed, as the journal keeps it."""
    text = redact_text(sayable(printed))  # first: what is cut in two is not recognised
    if len(text) <= MAX_PRINTED:
        return text
    return f"{text[:MAX_PRINTED]}… (cut)"


def _escaped(fault: BaseException) -> PermanentError:
    """Make an ordinary failure of what would end the engine, such as ``sys.exit()``."""
    escaped = PermanentError(f"the function ended with {type(fault).__name__}({words_of(fault)})")
    return having_printed(escaped, printed_before(fault))


async def _awaited(value: Any) -> Any:
    return await value


def jsonable(value: Any) -> JsonValue:
    """Return a value as JSON: dates as text, models as objects; frames become tables.

    Raises:
        NotKept: it holds something that JSON cannot say, or a frame that cannot be a table.
    """
    tables = _Tables()
    try:
        plain: JsonValue = to_jsonable_python(
            _without_gaps(value, tables), inf_nan_mode="null", fallback=tables.fallback
        )
        return tables.put_back(_finite(plain))
    except (FramesMissing, NotATable) as fault:
        raise NotKept(str(fault)) from fault
    except Exception as fault:
        message = (
            f"expected a value that JSON can hold, found {type(value).__name__} ({fault}); "
            "return plain values, or a DataFrame"
        )
        raise NotKept(message) from fault


def _finite(value: JsonValue) -> JsonValue:
    """Turn NaN, which JSON lacks, into null."""
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else None
    if isinstance(value, list):
        return [_finite(inner) for inner in value]
    if isinstance(value, dict):
        return {str(key): _finite(inner) for key, inner in value.items()}
    return value


_GAPS = ("NaTType", "NAType")
"""What frames hold where a value is missing, besides NaN."""


class _Tables:
    """The tables of a value while the rest of it becomes JSON: texts stand for them meanwhile."""

    def __init__(self) -> None:
        self._mark = ""
        self._tables: list[Table] = []

    def held(self, table: Table) -> str:
        """Return the text that stands for a table; nobody can have written it."""
        self._mark = self._mark or f"mn-table-{secrets.token_hex(16)}-"
        self._tables.append(table)
        return f"{self._mark}{len(self._tables) - 1}"

    def fallback(self, value: Any) -> Any:
        """Return what stands for a value that JSON has no word for."""
        if is_frame(value):
            return self.held(table_of(value))
        return _fallback(value, self)

    def put_back(self, value: JsonValue) -> JsonValue:
        """Return a value with its tables."""
        if not self._tables:
            return value
        if isinstance(value, dict):
            return {key: self.put_back(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.put_back(inner) for inner in value]
        if isinstance(value, str) and value.startswith(self._mark):
            return self._tables[int(value.removeprefix(self._mark))]
        return value


def _without_gaps(value: Any, tables: _Tables) -> Any:
    if isinstance(value, Table):
        return tables.held(value)
    if isinstance(value, dict):
        return {key: _without_gaps(inner, tables) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_without_gaps(inner, tables) for inner in value]
    if is_frame(value):
        return tables.held(table_of(value))
    return None if type(value).__name__ in _GAPS else value


def _fallback(value: Any, tables: _Tables) -> Any:
    """Numbers of numeric libraries know how to become plain; nothing else is guessed."""
    if type(value).__module__ == "numpy" and value.dtype.str.endswith("[ns]"):
        value = value.astype(value.dtype.str.replace("ns", "us"))  # else a bare number comes out
    if getattr(value, "ndim", 0) and callable(getattr(value, "tolist", None)):
        return _without_gaps(value.tolist(), tables)
    for method in ("item", "isoformat"):
        convert = getattr(value, method, None)
        if callable(convert):
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
    if isinstance(fault, RaisedInChild):
        permanent = fault.permanent_at_any_rate if retry_all else fault.error.permanent
        return fault.error.model_copy(update={"permanent": permanent})
    if isinstance(fault, TransientError):
        return ErrorInfo(
            type=type(fault).__name__,
            message=sayable(words_of(fault)),
            retry_after_seconds=fault.retry_after_seconds,
            later=fault.later,
        )
    if isinstance(fault, ChildEnded):
        return ErrorInfo(
            type=type(fault).__name__,
            message=sayable(words_of(fault)),
            permanent=not retry_all,
            detail=redact_text(sayable(fault.last_words))[-2000:],
        )
    words, kind = words_of(fault), type(fault).__name__
    permanent = isinstance(fault, MnError) or (
        isinstance(fault, PROGRAMMING_ERRORS) and not retry_all
    )
    return ErrorInfo(
        type=kind,
        message=sayable(f"{kind}: {words}" if words else kind),
        permanent=permanent,
        detail=redact_text(sayable("".join(traceback.format_exception(fault)[-4:])))[-2000:],
    )


def words_of(fault: BaseException) -> str:
    """Return what a failure says; where saying it fails, or wants to end the process, that."""
    try:
        return str(fault)
    except BaseException as another:  # noqa: BLE001 - the analyst's code may raise anything
        return f"it cannot be said: {type(another).__name__}"


class PrintRouter(io.TextIOBase):
    """Stands in for ``sys.stdout``: prints of a call are kept, all others go where they went.

    In all else it is the stream that it stands for. What threads print that the call has started is
    the call's until it ends; after that they print on their own account.
    """

    def __init__(self, original: Any) -> None:
        """Pass on to ``original``."""
        self.original = original

    @override
    def write(self, text: str) -> int:
        """Write to the running call's record, or to the original stream."""
        printed = record_here()
        if printed is None:
            self.original.write(redact_text(text))
        elif printed.tell() <= MAX_PRINTED:
            printed.write(text)
        return len(text)

    @override
    def flush(self) -> None:
        """Flush the original stream."""
        self.original.flush()

    @override
    def isatty(self) -> bool:
        """Say what the original stream says."""
        return bool(self.original.isatty())

    @override
    def fileno(self) -> int:
        """Return the file of the original stream."""
        return int(self.original.fileno())

    @override
    def writable(self) -> bool:
        """Say yes."""
        return True

    @property
    @override
    def encoding(self) -> str:  # type: ignore[override]  # a property in fact, not in typeshed
        """Return the encoding of the original stream."""
        return str(getattr(self.original, "encoding", None) or "utf-8")

    @property
    @override
    def errors(self) -> str | None:  # type: ignore[override]  # a property in fact, not in typeshed
        """Return how the original stream treats what it cannot encode."""
        errors: str | None = getattr(self.original, "errors", None)
        return errors

    def __getattr__(self, name: str) -> Any:
        return getattr(self.original, name)


def route_prints() -> None:
    """Keep what calls print out of the cells of a notebook; done once for a process."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if not isinstance(stream, PrintRouter):
            setattr(sys, name, PrintRouter(stream))
    follow_threads()


def unroute_prints() -> None:
    """Give the streams back."""
    unfollow_threads()
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if isinstance(stream, PrintRouter):
            setattr(sys, name, stream.original)
