"""Calls a function in a child process that a timeout or a cancel really ends.

The child is a new interpreter, not a fork of this process, whose threads and locks it would
inherit. A function of a module is imported there; one of the notebook goes as source, with its
imports and helpers. Nothing is pickled: what only this process has cannot be sent, and says so.
"""

import asyncio
import inspect
import os
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import FunctionType
from typing import TYPE_CHECKING, Any

from mn_notebook.agents.calling import Returned, having_printed, kept
from mn_notebook.agents.capture import capture
from mn_notebook.agents.failures import RaisedInChild, ended_without_result
from mn_notebook.agents.folders import folders
from mn_notebook.agents.wire import packed, unpacked
from mn_notebook.domain.events import ErrorInfo
from mn_notebook.errors import PermanentError
from mn_notebook.secrecy.known import remember

if TYPE_CHECKING:
    from mn_notebook.agents.child_talk import Ended, Talk


async def call_isolated(function: Callable[..., Any], arguments: Mapping[str, Any]) -> Returned:
    """Call a function with named arguments, which are JSON, in a process of its own.

    Cancelling ends the process and all its descendants, by a signal that asks and then by one that
    does not; they are gone when the cancellation gets through. They also end with this process.

    Raises:
        RaisedInChild: the function raised.
        ChildEnded: its own doing ended the process, as a fault in C code does.
        ChildKilled: somebody else ended it.
        PermanentError: the function cannot be sent, or a process cannot be started.
    """
    if os.name != "posix":
        message = "`isolation: process` needs Linux or macOS; use `isolation: thread` here"
        raise PermanentError(message)
    from mn_notebook.agents.child_talk import Talk

    ended = await _talked(Talk(_order(function, arguments), list(sys.path)))
    return _answer(ended)


async def _talked(talk: "Talk") -> "Ended":
    loop = asyncio.get_running_loop()
    over: asyncio.Future[Ended | OSError] = loop.create_future()

    def work() -> None:
        try:
            ended: Ended | OSError = talk.run()
        except OSError as fault:
            ended = fault
        # Where the loop has ended, nobody waits any more.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(_deliver, over, ended)

    threading.Thread(target=work, name="mn-child", daemon=True).start()
    try:
        ended = await asyncio.shield(over)
    except asyncio.CancelledError:
        talk.stop()
        await over
        raise
    if isinstance(ended, OSError):
        message = f"a child process cannot be started: {ended.strerror or ended}"
        raise PermanentError(message) from ended
    return ended


def _deliver(over: "asyncio.Future[Ended | OSError]", ended: "Ended | OSError") -> None:
    if not over.done():
        over.set_result(ended)


def _answer(ended: "Ended") -> Returned:
    for name, secret in ended.secrets:
        remember(name, secret)
    if ended.answer is None:
        raise having_printed(ended_without_result(ended.code, ended.printed), ended.printed)
    value, said = unpacked(ended.answer)
    if "error" not in said:
        return Returned(value, kept(ended.printed))
    fault = RaisedInChild(
        ErrorInfo.model_validate(said["error"]),
        permanent_at_any_rate=said["permanent_at_any_rate"],
        doubtful=said["doubtful"],
    )
    raise having_printed(fault, ended.printed)


# --- the order ---------------------------------------------------------------------------------


def _order(function: Callable[..., Any], arguments: Mapping[str, Any]) -> bytes:
    order = _by_name(function) or _by_source(function)
    named, beside = folders()
    return packed(dict(arguments), **order, named=named, beside=beside)


def _by_name(function: Callable[..., Any]) -> dict[str, Any] | None:
    """Return the place of a function that any process can import."""
    module, name = getattr(function, "__module__", None), getattr(function, "__qualname__", None)
    if not isinstance(module, str) or not isinstance(name, str) or module == "__main__":
        return None
    found: Any = sys.modules.get(module)
    if getattr(found, "__spec__", None) is None:
        return None
    for part in name.split("."):
        found = getattr(found, part, None)
    return {"module": module, "name": name} if found is function else None


def _by_source(function: Callable[..., Any]) -> dict[str, Any]:
    captured = capture(function)
    name = _name_of(function)
    advice = "or use `isolation: thread`"
    if captured.refusal:
        message = (
            f"{name} cannot be sent to a child process: {captured.refusal}; change that, {advice}"
        )
        raise PermanentError(message)
    if captured.live:
        named = ", ".join(repr(one) for one in captured.live)
        message = (
            f"{name} cannot be sent to a child process: it uses the global {named}, which only "
            f"this kernel has; pass it as an argument, make it inside the function, {advice}"
        )
        raise PermanentError(message)
    return {
        "module": None,
        "name": captured.defines,
        "source": captured.source,
        "imports": captured.imports,
        "helpers": captured.helpers,
    }


def _name_of(function: Callable[..., Any]) -> str:
    plain = inspect.unwrap(function)
    return repr(plain.__name__) if isinstance(plain, FunctionType) else "the function"
