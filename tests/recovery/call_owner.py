"""Owns the runs of one store, and stands still at an instant of the life of a call.

The instants: ``unannounced`` (its start is to be committed, and is not), ``announced`` (it is, and
nothing has left), ``under way`` (it has left, and the world has not acted), ``acted`` (it has, and
nobody here knows), ``recorded`` (its outcome is committed). The world is a server of its own, which
is told each arrival and its key.
"""

import os
import threading
import urllib.request
from pathlib import Path
from typing import Any

from mn_notebook.agents import effects
from mn_notebook.agents.tools import ToolRegistry, make_tool
from mn_notebook.domain.events import ToolStarted, ToolSucceeded
from mn_notebook.runtime import open_runtime
from mn_notebook.store.journal import SqlJournal
from tests.recovery.effect_owner import settings_of

INSTANTS = ("unannounced", "announced", "under way", "acted", "recorded")
TOOLS = ("look", "put", "send", "wire")
"""One that reads, one that may be repeated, one that writes, and one that writes and is checked."""


def asked(world: str, path: str, key: str) -> str:
    """Ask the world over HTTP."""
    request = urllib.request.Request(f"{world}/{path}", headers={"key": key})
    with urllib.request.urlopen(request, timeout=20) as answer:
        text: str = answer.read().decode()
    return text


class _Stillness:
    """Stands still at one instant, once."""

    def __init__(self, folder: Path, instant: str) -> None:
        self._reached = folder / "reached"
        self._instant = instant

    def at(self, instant: str) -> None:
        if instant == self._instant:
            written = self._reached.with_suffix(".new")
            written.write_text(instant)
            written.rename(self._reached)  # Whoever sees it sees all of it.
            threading.Event().wait()


def _registry(world: str, still: _Stillness) -> ToolRegistry:
    def act(idempotency_key: str) -> str:
        still.at("under way")
        said = asked(world, "act", idempotency_key)
        still.at("acted")
        return said

    def happened(key: str) -> str | None:
        return asked(world, "did", key) or None

    registry = ToolRegistry()
    registry.add(make_tool(act, name="look", effect="read"))
    registry.add(make_tool(act, name="put", effect="idempotent"))
    registry.add(make_tool(act, name="send"))
    registry.add(make_tool(act, name="wire", check=happened))
    return registry


def _watch(still: _Stillness) -> None:
    """Stand still around the commits of a call, and between its commit and the call."""
    submit, make = SqlJournal.submit, effects.make

    def submitted(journal: Any, group: Any, appended: Any) -> None:
        if any(isinstance(event, ToolStarted) for event in group.events):
            still.at("unannounced")

        def done(last: int | None, fault: Exception | None) -> None:
            if any(isinstance(event, ToolSucceeded) for event in group.events):
                still.at("recorded")
            appended(last, fault)

        submit(journal, group, done)

    async def made(*args: Any, **named: Any) -> Any:
        still.at("announced")
        return await make(*args, **named)

    SqlJournal.submit = submitted  # type: ignore[method-assign, assignment]
    from mn_notebook.agents import tool_step

    tool_step.make = made  # type: ignore[attr-defined]


def own(folder: Path, world: str, instant: str) -> None:
    """Advance runs until the end, which is a kill."""
    still = _Stillness(folder, instant)
    _watch(still)
    runtime = open_runtime(settings_of(folder), registry=_registry(world, still))
    (folder / f"up-{os.getpid()}").touch()
    threading.Event().wait()
    runtime.close()
