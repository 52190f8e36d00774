"""The code that runs were started with, as their journals hold it, made usable again.

A kernel that was restarted has none of its notebook's functions before their cells have run. What
the journal holds stands in for them where this user has signed it, and where the globals that only
a kernel has are there again. A definition of the notebook itself always comes first.
"""

import inspect
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mn_notebook.agents.capture import SOURCES
from mn_notebook.agents.restore import restore
from mn_notebook.agents.tools import Tool, ToolRegistry, make_tool, registering_in
from mn_notebook.agents.trust import Signatures
from mn_notebook.domain.events import CodeRef
from mn_notebook.domain.ids import RunId

PATIENCE_SECONDS = 0.5
"""So long is waited for imports of recorded code before it is said to be on its way."""
_MOST_RUNS = 10_000


@dataclass
class _Making:
    """A function on its way from its source; made in a thread, for its imports may take long."""

    done: threading.Event = field(default_factory=threading.Event)
    function: Callable[..., Any] | None = None
    tool: Tool | None = None
    """What the source itself declares to be a tool."""
    fault: str = ""


class RecordedCode:
    """What journals say about code, by run and by name. Safe to use from any thread."""

    def __init__(
        self,
        signatures: Signatures | None = None,
        namespace: Mapping[str, Any] | None = None,
    ) -> None:
        """Trust what ``signatures`` vouch for, and find live globals in ``namespace``."""
        self.signatures = signatures or Signatures(lambda: None)
        self.made: Callable[[], None] = lambda: None
        """Called, from some thread, when code that took long has been made."""
        self._namespace: Mapping[str, Any] = {} if namespace is None else namespace
        self._hashes: dict[RunId, dict[str, str]] = {}
        self._newest: dict[str, dict[str, tuple[datetime, CodeRef]]] = {}
        """By name and origin, with the time of the run."""
        self._making: dict[str, _Making] = {}
        self._lock = threading.Lock()
        """Protects the dictionaries from being changed while another thread reads them."""

    def offer(
        self, run_id: RunId, origin: str, started_at: datetime, refs: Iterable[CodeRef]
    ) -> None:
        """Take note of what a run that goes on here was started with."""
        with self._lock:
            # Without an environment: written before hashes took helpers into account.
            known = {ref.name: ref.hash for ref in refs if ref.environment}
            self._hashes[run_id] = known
            while len(self._hashes) > _MOST_RUNS:
                self._hashes.pop(next(iter(self._hashes)))
            for ref in refs:
                by_origin = self._newest.setdefault(ref.name, {})
                if origin not in by_origin or by_origin[origin][0] <= started_at:
                    by_origin[origin] = (started_at, ref)

    def hash_of(self, run_id: RunId, name: str) -> str:
        """Return the hash of what a run called by a name when it was started, or ''."""
        with self._lock:
            return self._hashes.get(run_id, {}).get(name, "")

    def newest_hash(self, name: str) -> str:
        """Return the hash of what stands in for a name here, or ''."""
        ref = self._ref(name)
        return "" if ref is None else ref.hash

    def knows(self, name: str) -> bool:
        """Tell whether a notebook has had code of its own under a name."""
        return self._ref(name) is not None

    def function(self, name: str) -> Callable[..., Any] | None:
        """Return a function made of its recorded source, or None; `waits_for` says why."""
        making = self._ready(name)
        return None if making is None else making.function

    def tool(self, name: str) -> Tool | None:
        """Return a tool made of its recorded source, or None; `waits_for` says why."""
        making, ref = self._ready(name), self._ref(name)
        if making is None or making.function is None or ref is None:
            return None
        return making.tool or make_tool(making.function, effect=ref.effect, name=name)

    def waits_for(self, name: str) -> str:
        """Say what brings code back that is not there: which cell, or which global of it."""
        ref = self._ref(name)
        if ref is None:
            return "run the cell that defines it"
        cell = "" if ref.cell is None else f" (cell {ref.cell})"
        return f"run the cell that defines it{cell}{self._otherwise(ref)}"

    def _otherwise(self, ref: CodeRef) -> str:
        """Say what else would do than the cell, or why nothing else does."""
        if not ref.source:
            return ""
        if ref.refusal:
            return f"; its recorded source is not enough: {ref.refusal}"
        if not self.signatures.vouch_for(ref):
            return "; its recorded source is not signed by this user"
        absent = self._absent(ref)
        if absent:
            what = "global" if len(absent) == 1 else "globals"
            return f", or what defines its {what} {', '.join(repr(name) for name in absent)}"
        making = self._making.get(ref.signature)
        if making is not None and making.done.is_set():
            return f"; its recorded source cannot be used here: {making.fault}"
        return "; its recorded source is just being loaded"

    # --- making it -----------------------------------------------------------------------------

    def _ref(self, name: str) -> CodeRef | None:
        """Return the newest record of a name; None where two notebooks mean different things."""
        with self._lock:
            found = [ref for _, ref in self._newest.get(name, {}).values() if ref.module is None]
        return found[0] if found and all(ref.hash == found[0].hash for ref in found) else None

    def _absent(self, ref: CodeRef) -> list[str]:
        return [name for name in ref.live if name not in self._namespace]

    def _ready(self, name: str) -> _Making | None:
        ref = self._ref(name)
        if ref is None or not ref.defines or ref.refusal or self._absent(ref):
            return None
        if not self.signatures.vouch_for(ref):
            return None
        making = self._begun(ref)
        if making.function is not None:
            self._bring_live(ref, making.function)
        return making

    def _begun(self, ref: CodeRef) -> _Making:
        """Begin to make a function, once, and wait a moment for it."""
        with self._lock:
            known = self._making.get(ref.signature)
            making = self._making.setdefault(ref.signature, known or _Making())
        if known is None:
            work = threading.Thread(
                target=self._make, args=(ref, making), name="mn-recorded", daemon=True
            )
            work.start()
            making.done.wait(PATIENCE_SECONDS)
        return making

    def _make(self, ref: CodeRef, making: _Making) -> None:
        registry = ToolRegistry()
        live = {name: self._namespace[name] for name in ref.live if name in self._namespace}
        try:
            with registering_in(registry):
                function = restore(ref.defines, ref.source, ref.imports, ref.helpers, live)
            making.tool = registry.get(ref.name)
            making.function = function
        except (Exception, SystemExit) as fault:  # noqa: BLE001 - the analyst's code may raise anything
            making.fault = f"{type(fault).__name__}: {fault}"
        making.done.set()
        self.made()

    def _bring_live(self, ref: CodeRef, function: Callable[..., Any]) -> None:
        """Let the function see the globals as they are now; a cell may have made new ones."""
        space = getattr(inspect.unwrap(function), "__globals__", {})
        if SOURCES in space:
            space.update({name: self._namespace[name] for name in ref.live})
