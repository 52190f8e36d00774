"""The servers that this process knows, by name, and the tools that they offer.

Whose word starts a process here: the user's own file, a workflow that he defined or ran in this
process, or the journal of a run that he himself has started, which his signature proves. What
somebody else left in a shared store starts nothing.
"""

import atexit
import concurrent.futures
import os
import threading
import weakref
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from difflib import get_close_matches

from pydantic import ValidationError

from mn_notebook.agents.mcp.kept import FindValue, KeptServer
from mn_notebook.agents.mcp.loop import ServerLoop
from mn_notebook.agents.mcp.pins import Pin, Pins
from mn_notebook.agents.mcp.served import ServedTool, served_tool
from mn_notebook.agents.trust import Signatures
from mn_notebook.domain.definitions import ToolDefinition, effect_of
from mn_notebook.domain.events import CodeRef
from mn_notebook.domain.served_names import MODULE, served_names
from mn_notebook.domain.servers import PREFIX, Server, read_served, served
from mn_notebook.domain.workflow import Effect, Schema, Workflow
from mn_notebook.errors import DefinitionError, UsageError
from mn_notebook.ports import Clock

CLOSING_SECONDS = 15.0
"""How long the end of all servers is waited for."""


class Servers:
    """The servers of a process. Safe to use from any thread."""

    def __init__(
        self,
        clock: Clock,
        pins: Pins,
        value_of: FindValue,
        own: Callable[[], Mapping[str, Server]],
        *,
        file: str = "servers.yaml",
    ) -> None:
        """Know those of ``own``, which stand in the user's ``file``; start none.

        ``value_of`` finds the variables that they need.
        """
        self.pins = pins
        self.file = file
        self._clock = clock
        self._value_of = value_of
        self._own = own
        self._declared: dict[str, Server] = {}
        self._kept: dict[str, KeptServer] = {}
        self._loop = ServerLoop()
        self._users = 0
        self._watchers: list[Callable[[], None]] = []
        self._lock = threading.RLock()
        """Protects the dictionaries and the count of users."""
        _EVERY.add(self)

    # --- which there are -----------------------------------------------------------------------

    def declare(self, servers: Mapping[str, Server]) -> None:
        """Know servers of a workflow, in place of older ones of their names."""
        with self._lock:
            self._declared.update(servers)

    def offer(self, refs: Iterable[CodeRef], signatures: Signatures) -> None:
        """Know the servers that a run was started with, where this user has started it."""
        for ref in refs:
            meant = read_served(ref.name)
            if ref.module != MODULE or meant is None or meant.tool is not None or not ref.source:
                continue
            with self._lock:
                known = meant.server in self._declared
            if known or not signatures.vouch_for(ref):
                continue
            try:
                self.declare({meant.server: Server.model_validate_json(ref.source)})
            except ValidationError:
                continue  # A newer program says more of it than this one understands.

    def names(self) -> Collection[str]:
        """Return the names of all servers that are known.

        Raises:
            UsageError: the user's file cannot be read.
        """
        own = self._from_file()
        with self._lock:
            return sorted({*own, *self._declared})

    def server(self, name: str) -> Server | None:
        """Return how a server is reached, or None where it is not known."""
        with self._lock:
            known = self._declared.get(name)
        if known is not None:
            return known
        with suppress(UsageError):  # `absent` says what is wrong with the file.
            return self._from_file().get(name)
        return None

    def _from_file(self) -> Mapping[str, Server]:
        try:
            return self._own()
        except (DefinitionError, OSError, UnicodeDecodeError) as fault:
            message = f"the servers in {self.file} cannot be read: {fault}"
            raise UsageError(message) from fault

    def kept(self, name: str) -> KeptServer | None:
        """Return a server of this process, or None where it is not known; none is started."""
        server = self.server(name)
        if server is None:
            return None
        with self._lock:
            known = self._kept.get(name)
            if known is not None and known.server == server:
                return known
            if known is not None:
                known.ending()
            self._kept[name] = KeptServer(
                name, server, self._loop, self._clock, self._value_of, self._tell
            )
            return self._kept[name]

    # --- their tools ---------------------------------------------------------------------------

    def tool(self, name: str, *, starts: bool = True) -> ServedTool | None:
        """Return ``mcp:SERVER/TOOL``, or None; then its server is on its way, if there is one.

        Unless it ``starts`` servers, only what is known already is told.
        """
        meant = read_served(name)
        kept = None if meant is None or meant.tool is None else self.kept(meant.server)
        if meant is None or meant.tool is None or kept is None:
            return None
        if kept.definitions is None:
            if starts:
                kept.want()
            return None
        definition = kept.definitions.get(meant.tool)
        if definition is None or definition.fault:
            return None
        return served_tool(kept, definition, self.effect(kept, definition))

    def check_of(self, name: str) -> str:
        """Return the function that tells whether a call of a tool happened, or ''."""
        meant = read_served(name)
        server = None if meant is None else self.server(meant.server)
        return "" if meant is None or server is None else server.check.get(meant.tool or "", "")

    def effect(self, kept: KeptServer, definition: ToolDefinition) -> Effect:
        """Return what a tool does at most, as far as its server is trusted."""
        pin = self.pins.of(kept.name, kept.server, definition)
        return effect_of(
            definition.hints, None if pin is None else pin.effect, is_trusted=pin is not None
        )

    def expand(self, name: str, *, starts: bool = True) -> tuple[str, ...]:
        """Return the tools that a name means: those of a whole server, or itself."""
        meant = read_served(name)
        if meant is None or meant.tool is not None:
            return (name,)
        kept = self.kept(meant.server)
        if kept is None:
            return (name,)
        if kept.definitions is None:
            if starts:
                kept.want()
            return (name,)
        usable = (one.name for one in kept.definitions.values() if not one.fault)
        return tuple(served(meant.server, tool) for tool in usable)

    def absent(self, name: str) -> str:
        """Say why a tool is not there, and what would bring it."""
        meant = read_served(name)
        if meant is None:
            return f"expected mcp:SERVER or mcp:SERVER/TOOL, found {name!r}"
        kept = self.kept(meant.server)
        if kept is None:
            return self._unknown(meant.server)
        if kept.definitions is None:
            return kept.fault or f"the server {meant.server!r} is being started"
        known = kept.definitions.get(meant.tool or "")
        if known is not None:
            return f"the tool {name!r} cannot be used, for its schema is not: {known.fault}"
        near = get_close_matches(meant.tool or "", kept.definitions, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"`mn servers {meant.server}` lists them"
        return f"the server {meant.server!r} has no tool {meant.tool!r}: {hint}"

    def _unknown(self, server: str) -> str:
        try:
            self._from_file()
        except UsageError as fault:
            return str(fault)
        return (
            f"the server {server!r} is not known here: run the cell that declares it, or declare "
            f"it in {self.file}"
        )

    def parameters(self, name: str) -> Mapping[str, Schema] | None:
        """Return the arguments of a server's tools, as far as it was asked for them."""
        kept = self.kept(name)
        if kept is None or kept.definitions is None:
            return None
        return {tool: definition.input_schema for tool, definition in kept.definitions.items()}

    def ready(self, names: Iterable[str], seconds: float) -> None:
        """Let servers come, all at once, and wait for them a while; which fail says so later."""
        wanted = [kept for name in names if (kept := self.kept(name)) is not None]
        coming = [kept.want() for kept in wanted if kept.definitions is None]
        end = self._clock.monotonic() + seconds
        for one in coming:
            concurrent.futures.wait([one], max(end - self._clock.monotonic(), 0))

    # --- what a run refers to ------------------------------------------------------------------

    def references(self, workflow: Workflow, signatures: Signatures) -> dict[str, CodeRef]:
        """Return the servers and tools that a workflow's steps name, as they are now.

        Those of servers are signed: they say what is started when the run goes on elsewhere.
        """
        found: dict[str, CodeRef] = {}
        for said in served_names(workflow):
            meant = read_served(said)
            server = None if meant is None else self.server(meant.server)
            if meant is None or server is None:
                continue
            ref = CodeRef(
                name=f"{PREFIX}{meant.server}",
                hash=server.hash,
                source=server.model_dump_json(),
                module=MODULE,
                environment={"server": server.hash},
            )
            found[ref.name] = signatures.signed(ref)
            for name in self.expand(said):
                tool = self.tool(name)
                if tool is not None:
                    found[name] = CodeRef(
                        name=name,
                        hash=tool.hash,
                        module=MODULE,
                        effect=tool.effect,
                        environment={"server": tool.place},
                    )
        return found

    # --- trust ---------------------------------------------------------------------------------

    def trust(
        self, name: str, tools: Iterable[str], effect: Effect | None, at: datetime, by: str
    ) -> tuple[Pin, ...]:
        """Trust tools as their server describes them now.

        Raises:
            UsageError: the server is not there, or has no such tool.
        """
        kept = self.required(name)
        definitions = kept.definitions or {}
        wanted = tuple(tools) or tuple(definitions)
        unknown = [tool for tool in wanted if tool not in definitions]
        if unknown:
            raise UsageError(self.absent(served(name, unknown[0])))
        pins = tuple(
            Pin(
                server=name,
                place=kept.server.hash,
                tool=tool,
                definition=definitions[tool].hash,
                effect=effect,
                at=at,
                by=by,
            )
            for tool in wanted
        )
        self.pins.put(pins)
        self._tell()
        return pins

    def distrust(self, name: str, tools: Iterable[str]) -> int:
        """Trust tools no more, all of a server's where none is named; return how many were."""
        dropped = self.pins.drop(name, tuple(tools) or None)
        self._tell()
        return dropped

    def required(self, name: str, *, seconds: float = 40.0) -> KeptServer:
        """Return a server that is there, and says what it offers now.

        Raises:
            UsageError: it is not known, or does not come.
        """
        kept = self.kept(name)
        if kept is None:
            known = self.names()
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known) or 'none'}"
            raise UsageError(f"there is no server {name!r}; {hint}")
        kept.refresh(seconds)
        if kept.definitions is None:
            raise UsageError(kept.fault or f"the server {name!r} is still being started; try again")
        return kept

    # --- lives ---------------------------------------------------------------------------------

    def watch(self, changed: Callable[[], None]) -> "Servers":
        """Use the servers, and be told when one came or failed to; `leave` ends it."""
        with self._lock:
            self._users += 1
            self._watchers.append(changed)
        return self

    def leave(self, changed: Callable[[], None]) -> None:
        """Use them no more; the last one who leaves ends them."""
        with self._lock:
            self._watchers = [one for one in self._watchers if one != changed]
            self._users -= 1
            last = self._users <= 0
        if last:
            self.close()

    def close_unused(self) -> None:
        """End the servers that were started to be looked at, where nobody uses any."""
        with self._lock:
            is_used = self._users > 0
        if not is_used:
            self.close()

    def close(self) -> None:
        """End every server that was started here; they come again when they are wanted."""
        with self._lock:
            kept, self._kept = list(self._kept.values()), {}
        ending = [one.ending() for one in kept if one.is_live]
        concurrent.futures.wait(ending, CLOSING_SECONDS)
        self._loop.close()

    def _tell(self) -> None:
        with self._lock:
            watchers = list(self._watchers)
        for changed in watchers:
            with suppress(RuntimeError):  # Its engine is just being ended.
                changed()

    def forget(self) -> None:
        """Let a forked child start without its parent's servers and thread."""
        self._lock = threading.RLock()
        self._loop = ServerLoop()
        self._kept, self._watchers, self._users = {}, [], 0


_EVERY: "weakref.WeakSet[Servers]" = weakref.WeakSet()


def _at_exit() -> None:
    for servers in list(_EVERY):
        servers.close()


atexit.register(_at_exit)


def _after_fork() -> None:
    for servers in list(_EVERY):
        servers.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
