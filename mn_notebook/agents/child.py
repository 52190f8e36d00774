"""The program of a child process that does one call: ``isolation: process``.

It reads an order of JSON from its standard input, says on its standard output what the function
returned or raised, and sends everything that is printed to its standard error. Nothing that it
reads is unpickled: a function comes as the name of a module's, or as source.
"""

import faulthandler
import importlib
import io
import json
import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from mn_notebook.agents.calling import call_now, user_fault
from mn_notebook.agents.doubt import leaves_doubt
from mn_notebook.agents.folders import bring_again
from mn_notebook.agents.guardian import guard
from mn_notebook.agents.restore import restore
from mn_notebook.agents.wire import packed, unpacked
from mn_notebook.secrecy.known import listen
from mn_notebook.secrecy.sources import know_what_is_declared

LENGTH_BYTES = 8


def main(tell: int, confide: int) -> None:
    """Do what the order on standard input says; file ``tell`` is for the guardian's words.

    On file ``confide`` the parent is told each secret before the function has it: what is printed
    and returned here is redacted there, also when this process ends badly.
    """
    length = int.from_bytes(_exactly(LENGTH_BYTES), "big")
    order = _exactly(length)
    guard(lambda: _work(order, confide), tell)


def _exactly(count: int) -> bytes:
    parts = []
    while count:
        part = os.read(0, min(count, 1 << 20))
        if not part:
            sys.exit("the order ended early")
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def _work(order: bytes, confide: int) -> None:
    listen(_confiding(confide))
    know_what_is_declared()
    answer = os.fdopen(_rearranged(), "wb")
    faulthandler.enable(file=2)
    said = _done(order)
    with answer:
        answer.write(len(said).to_bytes(LENGTH_BYTES, "big") + said)


def _confiding(file: int) -> Callable[[str, str], None]:
    lock = threading.Lock()  # A line that is long is not written in one piece.

    def confide(name: str, value: str) -> None:
        line = memoryview(json.dumps([name, value]).encode() + b"\n")
        with lock, suppress(OSError):  # Who wanted to know it is gone, and soon this process is.
            while line:
                line = line[os.write(file, line) :]

    return confide


def _rearranged() -> int:
    """Keep standard output for the answer, and let prints of both kinds go out together."""
    answer = os.dup(1)
    os.dup2(2, 1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # At once: what was printed before a crash is what helps to understand it.
            stream.reconfigure(encoding="utf-8", errors="surrogatepass", write_through=True)
    return answer


def _done(content: bytes) -> bytes:
    try:
        arguments, order = unpacked(content)
        returned = call_now(_function(order), arguments if isinstance(arguments, dict) else {})
        return packed(returned.value)
    except Exception as fault:  # noqa: BLE001 - the analyst's code may raise anything
        plain = user_fault(fault, retry_all=False)
        retried = user_fault(fault, retry_all=True)
        return packed(
            None,
            error=plain.model_dump(mode="json"),
            permanent_at_any_rate=retried.permanent,
            doubtful=leaves_doubt(fault),
        )


def _function(order: dict[str, Any]) -> Callable[..., Any]:
    bring_again(order["named"], order["beside"])
    if order["module"] is not None:
        found: Any = importlib.import_module(order["module"])
        for part in order["name"].split("."):
            found = getattr(found, part)
        function: Callable[..., Any] = found
        return function
    return restore(order["name"], order["source"], order["imports"], order["helpers"])
