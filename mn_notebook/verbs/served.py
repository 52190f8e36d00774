"""What verbs ask of the servers of tools: which there are, what they offer, and that they come."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mn_notebook.domain.outline import OutlineTool
from mn_notebook.domain.served_names import served_names, servers_named
from mn_notebook.domain.servers import Server
from mn_notebook.domain.workflow import Schema, Workflow
from mn_notebook.errors import UsageError
from mn_notebook.runtime.servers import servers_of
from mn_notebook.verbs.called import family
from mn_notebook.verbs.session import Session

if TYPE_CHECKING:
    from mn_notebook.agents.mcp.servers import Servers
    from mn_notebook.language.servers import KnownServers

DEFINING_SECONDS = 15.0
"""So long the cell of a workflow waits for the servers whose tools it names."""
STARTING_SECONDS = 40.0
"""So long a terminal waits for them before it starts a run."""


@dataclass(frozen=True, slots=True)
class _Known:
    """The servers as the checker asks about them."""

    session: Session
    starts: bool
    """They may be started to see what they offer."""
    asked: set[str] = field(default_factory=set)
    """Those that were waited for already."""

    @property
    def servers(self) -> "Servers":
        """Return the servers of this process; they are put together when somebody asks."""
        return servers_of(self.session.settings)

    def names(self) -> Collection[str]:
        """Return the servers that are known besides those of the text."""
        return self.servers.names()

    def tools(self, name: str, declared: Server | None) -> Mapping[str, Schema] | None:
        """Return the tools of a server, as far as it can be asked."""
        if declared is not None:
            if self.starts:
                self.servers.declare({name: declared})
            elif self.servers.server(name) != declared:
                return None
        if self.starts and name not in self.asked:
            self.asked.add(name)
            self.servers.ready([name], DEFINING_SECONDS)
        return self.servers.parameters(name)


def known_servers(session: Session) -> "KnownServers":
    """Return the servers as the checker asks about them.

    A cell of a notebook is the user's own code: what it declares is started, to see what it offers.
    A file that is only looked at starts nothing.
    """
    return _Known(session, starts=session.via == "notebook")


def served_effect(session: Session) -> Callable[[str], tuple[OutlineTool, ...]]:
    """Return what tells the tools that a name such as ``mcp:time`` means, with their effects.

    It starts nothing: of what is not known yet the worst is assumed.
    """

    def tools(name: str) -> tuple[OutlineTool, ...]:
        servers = servers_of(session.settings)
        found = []
        for one in servers.expand(name, starts=False):
            tool = servers.tool(one, starts=False)
            found.append(OutlineTool(name=one, effect="write" if tool is None else tool.effect))
        return tuple(found)

    return tools


def declared(session: Session, workflow: Workflow) -> "Servers":
    """Return the servers, with those of a workflow that is the user's to run."""
    servers = servers_of(session.settings)
    for one in family(workflow):
        servers.declare(one.servers)
    return servers


def bring_servers(session: Session, workflow: Workflow) -> None:
    """Let the servers of a workflow come before a run of it starts.

    A terminal waits for them: it would otherwise end before they are there. A notebook does not:
    the run waits by itself, and says for what.

    Raises:
        UsageError: in a terminal, one of them does not come; the message says what to do.
    """
    said = served_names(workflow)
    if not said:
        return
    servers = declared(session, workflow)
    waits = session.via == "terminal"
    servers.ready(servers_named(workflow), STARTING_SECONDS if waits else 0.0)
    for name in (one for whole in said for one in servers.expand(whole)) if waits else ():
        if servers.tool(name) is None:
            raise UsageError(servers.absent(name))
