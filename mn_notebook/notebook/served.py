"""Servers of tools, from Python: ``mn.servers``, ``mn.trust``."""

from mn_notebook.domain.workflow import Effect
from mn_notebook.notebook.bundle import Shown
from mn_notebook.notebook.quiet import quietly
from mn_notebook.notebook.session import current_notebook
from mn_notebook.verbs import servers as verbs


def servers(name: str | None = None, /) -> Shown:
    """List the servers of tools that are known, or the tools of one, which is started for it.

    Raises:
        UsageError: there is no server of that name, or it does not come.
    """
    with quietly():
        return Shown(verbs.servers(current_notebook().session, name))


def trust(server: str, /, *tools: str, effect: Effect | None = None, revoke: bool = False) -> Shown:
    """Trust tools of a server, as it describes them now, or trust them no more.

    Raises:
        UsageError: there is no server of that name, or it has no such tool.
    """
    with quietly():
        session = current_notebook().session
        return Shown(verbs.trust(session, server, *tools, effect=effect, revoke=revoke))
