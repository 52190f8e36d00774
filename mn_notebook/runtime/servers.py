"""The servers of tools that a process has, for each user's files."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from mn_notebook.clock import SystemClock
from mn_notebook.settings import MnSettings

if TYPE_CHECKING:
    from mn_notebook.agents.mcp.servers import Servers
    from mn_notebook.domain.servers import Server

_SERVERS: "dict[tuple[str, str], Servers]" = {}


def servers_of(settings: MnSettings) -> "Servers":
    """Return the servers of tools of this process, for one user's files; none is started."""
    from mn_notebook.agents.mcp.pins import Pins
    from mn_notebook.agents.mcp.servers import Servers
    from mn_notebook.secrecy.secrets import secret_or_none

    key = (settings.servers, settings.trust)
    if key not in _SERVERS:
        path = Path(settings.servers).expanduser()
        _SERVERS[key] = Servers(
            SystemClock(),
            Pins(Path(settings.trust).expanduser()),
            lambda name: settings.variable(name) or secret_or_none(name),
            _OwnServers(path),
            file=str(path),
        )
    return _SERVERS[key]


def close_unused_servers(settings: MnSettings) -> None:
    """End the servers that were started to be looked at, where nobody uses any."""
    found = _SERVERS.get((settings.servers, settings.trust))
    if found is not None:
        found.close_unused()


class _OwnServers:
    """The servers in a user's file, read again when it has changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: int | None = None
        self._known: Mapping[str, Server] = {}

    def __call__(self) -> Mapping[str, "Server"]:
        """Return them.

        Raises:
            DefinitionError: the file cannot be right; it says where.
        """
        try:
            seen = self._path.stat().st_mtime_ns
        except OSError:
            return {}
        if seen != self._seen:
            from mn_notebook.language.servers import parse_servers

            text = self._path.read_text(encoding="utf-8")
            self._known = parse_servers(text, where=str(self._path))
            self._seen = seen
        return self._known
