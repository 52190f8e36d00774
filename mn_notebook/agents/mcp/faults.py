"""How a call of a server's tool can fail, and what that says about whether it happened.

`mn_notebook.agents.doubt` knows by their names that the first two leave it open.
"""

from mn_notebook.agents.calling import NotKept
from mn_notebook.errors import PermanentError, TransientError


class ServerConnectionLost(TransientError):
    """The server ended, or the connection to it, after the call was sent."""


class ServerTimedOut(TransientError):
    """The server gave no answer in time."""


class ServerAbsent(TransientError):
    """The server is not there: nothing was sent."""


class DefinitionChanged(TransientError):
    """The server describes the tool otherwise by now: nothing was sent."""


class ServerRefused(PermanentError):
    """The server refused the call itself, such as one of a tool that it does not know."""


class ToolSaidError(TransientError):
    """The tool ended, and said that it failed."""


class UnlikeDeclared(NotKept):
    """The tool ended, and its answer is not what was declared: nobody can tell what it did."""
