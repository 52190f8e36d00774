"""Verbs about servers of tools: servers, trust."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mn_notebook.domain.words import one_line, plural
from mn_notebook.domain.workflow import Effect
from mn_notebook.errors import UsageError
from mn_notebook.runtime.servers import servers_of
from mn_notebook.verbs.called import whole
from mn_notebook.verbs.files import find_workflow
from mn_notebook.verbs.options import Flag
from mn_notebook.verbs.results import Said, ServedToolLine, ServerLine, ServerList
from mn_notebook.verbs.served import declared
from mn_notebook.verbs.session import Session

if TYPE_CHECKING:
    from mn_notebook.agents.mcp.kept import KeptServer
    from mn_notebook.agents.mcp.servers import Servers

LISTING_SECONDS = 40.0


def servers(
    session: Session, name: str | None = None, /, *, workflow: str | None = None
) -> ServerList:
    """List the servers of tools that are known, or the tools of one.

    A server that is named is started, and asked what it offers now. The others are listed with what
    is known of them.

    Args:
        session: Whose store it is.
        name: A server, as workflows name it.
        workflow: A workflow, or its YAML file, whose servers are meant, too.
    """
    known = _known(session, workflow)
    if name is not None:
        known.required(name, seconds=LISTING_SECONDS)
        return ServerList((_line(known, name),), known.file)
    return ServerList(tuple(_line(known, one) for one in known.names()), known.file)


def trust(
    session: Session,
    server: str,
    /,
    *tools: str,
    effect: Effect | None = None,
    revoke: Flag = False,
    workflow: str | None = None,
) -> Said:
    """Trust tools of a server, as it describes them now, or trust them no more.

    A tool that is trusted has the effect that its hints tell, so that what only reads asks nobody.
    A server that describes a tool otherwise later on is asked about again.

    Args:
        session: Whose store it is.
        server: The server, as workflows name it.
        tools: Its tools; none named means all that it offers now.
        effect: What these tools do to the world, where their hints say nothing.
        revoke: Trust them no more.
        workflow: A workflow, or its YAML file, whose servers are meant, too.
    """
    known = _known(session, workflow)
    if revoke:
        count = known.distrust(server, tools)
        return Said(
            f"{plural(count, 'tool')} of {server} trusted no more: each call is asked about."
        )
    now = session.client.store.clock.now()
    pins = known.trust(server, tools, effect, now, session.settings.user)
    lines = {line.name: line for line in _line(known, server).tools}
    told = [f"{pin.tool}: {_becomes(lines[pin.tool], effect)}" for pin in pins]
    head = f"{plural(len(pins), 'tool')} of {server} trusted, as described now:"
    return Said("\n".join([head, *(f"  {line}" for line in told)]))


def _becomes(line: ServedToolLine, wanted: Effect | None) -> str:
    asks = "asks before each call" if line.effect == "write" else "asks nobody"
    said = f"{line.effect}, {asks}"
    if wanted is not None and wanted != line.effect:
        return f"{said}; not {wanted}, for its server says itself that it {line.hints}"
    if wanted is None and line.effect == "write" and line.hints == "says nothing":
        return f"{said}; it has no hints: say what it does with --effect"
    return said


def _known(session: Session, workflow: str | None) -> "Servers":
    """Return the servers, those of a workflow included."""
    if workflow is None:
        return servers_of(session.settings)
    return declared(session, whole(session, find_workflow(session, workflow)))


def _line(known: "Servers", name: str) -> ServerLine:
    kept = known.kept(name)
    if kept is None:
        raise UsageError(f"there is no server {name!r}")
    return ServerLine(
        name=name,
        place=one_line(kept.server.place, 200),
        state="here" if kept.is_live else "failed" if kept.fault else "not started",
        told=kept.told,
        protocol=kept.protocol,
        fault=kept.fault,
        starts=kept.starts,
        variables=kept.server.variables,
        log=kept.log.last(5),
        tools=tuple(_tools(known, kept)),
    )


def _tools(known: "Servers", kept: "KeptServer") -> Iterator[ServedToolLine]:
    for definition in (kept.definitions or {}).values():
        trusted = known.pins.of(kept.name, kept.server, definition) is not None
        changed = not trusted and known.pins.knows(kept.name, definition.name)
        yield ServedToolLine(
            name=definition.name,
            effect=known.effect(kept, definition),
            hints=definition.hints.words,
            trust="trusted" if trusted else "changed since" if changed else "not trusted",
            about=one_line(definition.fault or definition.description or definition.title, 200),
            hash=definition.hash,
        )
